//! `MATH_NUMERIC` in the memory of a data structure, and the decimal text it stands for. Only text goes in and out; arithmetic is the runtime's.

const STRING_BYTES: usize = 33;
const SIGN: usize = 33;
const DECIMAL_POSITION: usize = 36;
const LENGTH: usize = 38;
const DIGITS_MAX: usize = STRING_BYTES - 1;
/// The exponent that text may have, as that of the ERP's own numbers.
const EXPONENT_MAX: i64 = 63;

/// Digits without zeros before them, the last `scale` of which lie right of the point; no zero ends the fraction.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub negative: bool,
    pub digits: String,
    pub scale: usize,
}

impl Decimal {
    /// Reads `-12.50` or `1.25e1`; nothing else is a number here.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        if whole.is_empty() || fraction.is_empty() || mantissa.len() > 200 {
            return None;
        }
        if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent: i64 = exponent.parse().ok().filter(|exponent: &i64| exponent.abs() <= EXPONENT_MAX)?;
        let mut digits = format!("{whole}{fraction}");
        let mut scale = fraction.len() as i64 - exponent;
        while scale < 0 {
            digits.push('0');
            scale += 1;
        }
        Some(Decimal::normal(negative, &digits, scale as usize))
    }

    fn normal(negative: bool, digits: &str, mut scale: usize) -> Decimal {
        let mut digits = digits.trim_start_matches('0');
        while scale > 0 && digits.ends_with('0') {
            digits = &digits[..digits.len() - 1];
            scale -= 1;
        }
        match digits {
            "" => Decimal { negative: false, digits: "0".to_owned(), scale: 0 },
            digits => Decimal { negative, digits: digits.to_owned(), scale },
        }
    }

    /// Digits that a field must have to show it; `0.05` needs two.
    pub fn digits_needed(&self) -> usize {
        self.digits.len().max(self.scale)
    }

    pub fn to_text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let digits = format!("{:0>width$}", self.digits, width = self.scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale);
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// Fills the 50 bytes, which are zero before. The caller has held the digits to 32.
    pub fn write(&self, memory: &mut [u8]) {
        memory[..self.digits.len()].copy_from_slice(self.digits.as_bytes());
        memory[SIGN] = if self.negative { b'-' } else { 0 };
        memory[DECIMAL_POSITION..][..2].copy_from_slice(&(self.scale as i16).to_ne_bytes());
        memory[LENGTH..][..2].copy_from_slice(&(self.digits.len() as i16).to_ne_bytes());
    }

    /// None where foreign code left what is no number. A structure of zero bytes is zero.
    pub fn read(memory: &[u8]) -> Option<Decimal> {
        let text = memory[..DIGITS_MAX].split(|byte| *byte == 0).next()?;
        let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let scale = i16::from_ne_bytes([memory[DECIMAL_POSITION], memory[DECIMAL_POSITION + 1]]);
        let scale = usize::try_from(scale).ok().filter(|scale| *scale <= 2 * DIGITS_MAX)?;
        Some(Decimal::normal(memory[SIGN] == b'-', digits, scale))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_round_trips() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("0012.50", "12.5"),
            ("-0.05", "-0.05"),
            ("1e3", "1000"),
            ("1.25e-1", "0.125"),
            ("12345678901234567890123456789012", "12345678901234567890123456789012"),
        ] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(decimal.to_text(), expected);
            let mut memory = [0; 50];
            decimal.write(&mut memory);
            assert_eq!(Decimal::read(&memory), Some(decimal), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", "1.", ".5", "+1", "1,5", "1e", "1e64", "0x1", "--1", "NaN", &"1".repeat(300)] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        let mut memory = [0; 50];
        memory[..2].copy_from_slice(b"1x");
        assert_eq!(Decimal::read(&memory), None);
        memory[..2].copy_from_slice(b"12");
        memory[DECIMAL_POSITION..][..2].copy_from_slice(&(-1_i16).to_ne_bytes());
        assert_eq!(Decimal::read(&memory), None);
    }

    proptest! {
        #[test]
        fn foreign_text_is_a_number_or_none(text in "[-0-9.eE+ é]{0,80}") {
            if let Some(decimal) = Decimal::parse(&text) {
                prop_assert_eq!(Decimal::parse(&decimal.to_text()), Some(decimal));
            }
        }
    }
}

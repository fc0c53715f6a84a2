//! Exact decimal arithmetic on numbers of up to 32 significant digits: what `MATH_NUMERIC` means, without its layout and without C.
//!
//! Numbers are kept as digits, one to a byte, because that is how they arrive and leave; schoolbook arithmetic on 32 of them is quick
//! enough.

use std::cmp::Ordering;

pub(super) const DIGITS_MAX: usize = 32;
/// Digits behind the point.
pub(super) const SCALE_MAX: usize = 63;

/// A number in its only form: no zeros in front, none at the end of a fraction, zero without digits and sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// 0 to 9 each, the highest first. The value is this whole number, divided by ten `scale` times.
    digits: Vec<u8>,
    scale: usize,
}

/// Why there is no number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DecimalError {
    #[error("number has more than {DIGITS_MAX} digits before the point")]
    TooLarge,
    #[error("number divided by zero")]
    DividedByZero,
    #[error("text is not a number")]
    NotANumber,
}

impl Decimal {
    /// A number of any digits, rounded half away from zero to what a number can hold.
    pub(super) fn new(negative: bool, digits: Vec<u8>, scale: usize) -> Result<Decimal, DecimalError> {
        let exact = Decimal { negative, digits, scale }.in_its_only_form();
        let too_many = exact.digits.len().saturating_sub(DIGITS_MAX);
        let excess = too_many.max(exact.scale.saturating_sub(SCALE_MAX));
        if too_many > exact.scale {
            return Err(DecimalError::TooLarge);
        }
        let fitted = exact.rounded(exact.scale - excess);
        // Rounding 99…9 up may bring one digit more.
        if fitted.digits.len() > DIGITS_MAX { Err(DecimalError::TooLarge) } else { Ok(fitted) }
    }

    /// Digits with an optional sign, one point, and an exponent of -63 to 63; blanks around them. Blank text is zero.
    pub(super) fn parse(text: &str) -> Result<Decimal, DecimalError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Decimal::default());
        }
        let (negative, unsigned) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Option<Vec<u8>> =
            whole.chars().chain(fraction.chars()).map(|digit| digit.to_digit(10).map(|digit| digit as u8)).collect();
        let mut digits = digits.filter(|digits| !digits.is_empty()).ok_or(DecimalError::NotANumber)?;
        let scale = match fraction.len().checked_add_signed(-exponent) {
            Some(scale) => scale,
            None => {
                digits.resize(digits.len() + exponent as usize - fraction.len(), 0);
                0
            }
        };
        Decimal::new(negative, digits, scale)
    }

    /// The shortest decimal number that is this floating point number and no other.
    pub(super) fn from_f64(value: f64) -> Result<Decimal, DecimalError> {
        if !value.is_finite() || value.abs() >= 1e63 {
            return Err(DecimalError::TooLarge);
        }
        if value.abs() < 1e-63 { Ok(Decimal::default()) } else { Decimal::parse(&format!("{value:e}")) }
    }

    pub(super) fn from_i64(value: i64) -> Decimal {
        let digits = value.unsigned_abs().to_string().bytes().map(|digit| digit - b'0').collect();
        Decimal { negative: value < 0, digits, scale: 0 }.in_its_only_form()
    }

    /// The whole part; the nearest number that fits when it is larger.
    pub(super) fn to_i64(&self) -> i64 {
        let whole = self.truncated(0);
        let magnitude = whole.digits.iter().try_fold(0_i128, |value, digit| value.checked_mul(10)?.checked_add(i128::from(*digit)));
        let value = magnitude.unwrap_or(i128::MAX) * if self.negative { -1 } else { 1 };
        value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    pub(super) fn to_f64(&self) -> f64 {
        self.to_text().parse().unwrap_or(0.0)
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The digits as text; "0" for zero.
    pub(super) fn raw_digits(&self) -> String {
        if self.is_zero() { "0".to_owned() } else { self.digits.iter().map(|digit| char::from(b'0' + digit)).collect() }
    }

    pub(super) fn scale(&self) -> usize {
        self.scale
    }

    pub(super) fn add(&self, other: &Decimal) -> Result<Decimal, DecimalError> {
        let scale = self.scale.max(other.scale);
        let (left, right) = (self.digits_at(scale), other.digits_at(scale));
        if self.negative == other.negative {
            return Decimal::new(self.negative, sum(&left, &right), scale);
        }
        match compare_digits(&left, &right) {
            Ordering::Less => Decimal::new(other.negative, difference(&right, &left), scale),
            _ => Decimal::new(self.negative, difference(&left, &right), scale),
        }
    }

    pub(super) fn subtract(&self, other: &Decimal) -> Result<Decimal, DecimalError> {
        self.add(&other.negated())
    }

    pub(super) fn multiply(&self, other: &Decimal) -> Result<Decimal, DecimalError> {
        Decimal::new(self.negative != other.negative, product(&self.digits, &other.digits), self.scale + other.scale)
    }

    /// The quotient to 32 significant digits, rounded half away from zero.
    pub(super) fn divide(&self, other: &Decimal) -> Result<Decimal, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DividedByZero);
        }
        // Zeros behind the dividend, so that the quotient has two digits more than a number holds and no negative scale.
        let for_digits = (DIGITS_MAX + 2 + other.digits.len()).saturating_sub(self.digits.len());
        let zeros = for_digits.max(other.scale.saturating_sub(self.scale));
        let mut dividend = self.digits.clone();
        dividend.resize(dividend.len() + zeros, 0);
        let (mut quotient, exact) = quotient(&dividend, &other.digits);
        let mut scale = self.scale + zeros - other.scale;
        if !exact {
            // A digit that stands for all those that follow: what is not exactly a half must not be taken for one.
            quotient.push(1);
            scale += 1;
        }
        Decimal::new(self.negative != other.negative, quotient, scale)
    }

    pub(super) fn negated(&self) -> Decimal {
        Decimal { negative: !self.negative && !self.is_zero(), ..self.clone() }
    }

    pub(super) fn absolute(&self) -> Decimal {
        Decimal { negative: false, ..self.clone() }
    }

    /// Rounded half away from zero to so many digits behind the point. May have a digit more than `DIGITS_MAX` where `new` did not check
    /// it.
    pub(super) fn rounded(&self, scale: usize) -> Decimal {
        if scale >= self.scale {
            return self.clone();
        }
        let dropped = self.scale - scale;
        let up = self.digits.len() >= dropped && self.digits[self.digits.len() - dropped] >= 5;
        let kept = self.truncated(scale);
        if !up {
            return kept;
        }
        Decimal { negative: self.negative, digits: sum(&kept.digits_at(scale), &[1]), scale }.in_its_only_form()
    }

    pub(super) fn truncated(&self, scale: usize) -> Decimal {
        let dropped = self.scale.saturating_sub(scale);
        let digits = self.digits[..self.digits.len().saturating_sub(dropped)].to_vec();
        Decimal { negative: self.negative, digits, scale: self.scale.min(scale) }.in_its_only_form()
    }

    /// Minus, digits and a point: the whole number, however small.
    pub(super) fn to_text(&self) -> String {
        let digits = self.raw_digits();
        let digits = format!("{digits:0>width$}", width = self.scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale);
        let sign = if self.negative { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// Text of at most 32 characters: a longer fraction is rounded to fit. Where even the whole number does not fit with its sign, it is
    /// written with an exponent.
    pub(super) fn to_short_text(&self) -> String {
        let text = self.to_text();
        let whole_length = text.len() - self.scale;
        if text.len() <= DIGITS_MAX {
            return text;
        }
        // One character is the point; it goes when no digit follows it.
        let rounded = self.rounded(DIGITS_MAX.saturating_sub(whole_length)).to_text();
        if rounded.len() <= DIGITS_MAX {
            return rounded;
        }
        self.to_exponent_text()
    }

    /// The first 26 digits and an exponent; the rest is cut off, so that the text is always one that can be read again.
    fn to_exponent_text(&self) -> String {
        const FRACTION: usize = DIGITS_MAX - "-1.E+31".len();
        let exponent = self.digits.len() as isize - self.scale as isize - 1;
        let mantissa = Decimal { scale: self.digits.len() - 1, ..self.clone() }.truncated(FRACTION);
        format!("{}E{exponent:+}", mantissa.to_text())
    }

    /// The digits as they are with a larger scale.
    fn digits_at(&self, scale: usize) -> Vec<u8> {
        let mut digits = self.digits.clone();
        digits.resize(digits.len() + scale - self.scale, 0);
        digits
    }

    fn in_its_only_form(mut self) -> Decimal {
        let zeros_behind = self.digits.iter().rev().take_while(|digit| **digit == 0).count().min(self.scale);
        self.digits.truncate(self.digits.len() - zeros_behind);
        self.scale -= zeros_behind;
        let zeros_before = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros_before);
        if self.digits.is_empty() { Decimal::default() } else { self }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let scale = self.scale.max(other.scale);
        let magnitudes = compare_digits(&self.digits_at(scale), &other.digits_at(scale));
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitudes,
            (true, true) => magnitudes.reverse(),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parse_exponent(text: &str) -> Result<isize, DecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    text.parse().ok().filter(|exponent| (-63..=63).contains(exponent)).ok_or(DecimalError::NotANumber)
}

/// Compares whole numbers that may begin with zeros.
fn compare_digits(left: &[u8], right: &[u8]) -> Ordering {
    let (left, right) = (without_zeros_before(left), without_zeros_before(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn without_zeros_before(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|digit| **digit == 0).count()..]
}

fn sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let (longer, shorter) = if left.len() >= right.len() { (left, right) } else { (right, left) };
    let mut result = longer.to_vec();
    let mut carry = 0;
    for (place, digit) in result.iter_mut().rev().enumerate() {
        let added = if place < shorter.len() { shorter[shorter.len() - 1 - place] } else { 0 };
        let total = *digit + added + carry;
        *digit = total % 10;
        carry = total / 10;
    }
    if carry > 0 {
        result.insert(0, carry);
    }
    result
}

/// The larger whole number less the smaller one.
fn difference(larger: &[u8], smaller: &[u8]) -> Vec<u8> {
    let mut result = larger.to_vec();
    take_away(&mut result, smaller);
    result
}

fn take_away(larger: &mut [u8], smaller: &[u8]) {
    let smaller = without_zeros_before(smaller);
    let mut borrow = 0;
    for (place, digit) in larger.iter_mut().rev().enumerate() {
        let taken = borrow + if place < smaller.len() { smaller[smaller.len() - 1 - place] } else { 0 };
        borrow = u8::from(*digit < taken);
        *digit = *digit + 10 * borrow - taken;
    }
}

fn product(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut places = vec![0_u32; left.len() + right.len()];
    for (i, a) in left.iter().rev().enumerate() {
        for (j, b) in right.iter().rev().enumerate() {
            places[i + j] += u32::from(*a) * u32::from(*b);
        }
    }
    let mut carry = 0;
    for place in &mut places {
        let total = *place + carry;
        *place = total % 10;
        carry = total / 10;
    }
    places.iter().rev().map(|place| *place as u8).collect()
}

/// Long division: the quotient, and whether nothing remains.
fn quotient(dividend: &[u8], divisor: &[u8]) -> (Vec<u8>, bool) {
    let mut rest: Vec<u8> = Vec::with_capacity(divisor.len() + 1);
    let mut quotient = Vec::with_capacity(dividend.len());
    for digit in dividend {
        rest.push(*digit);
        let mut times = 0;
        while compare_digits(&rest, divisor).is_ge() {
            take_away(&mut rest, divisor);
            times += 1;
        }
        rest = without_zeros_before(&rest).to_vec();
        quotient.push(times);
    }
    (quotient, rest.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn text_has_one_number_and_a_number_one_text() {
        for (text, expected) in [
            ("", "0"),
            ("  ", "0"),
            ("-0.00", "0"),
            ("0012.500", "12.5"),
            (" +7 ", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-1.5e3", "-1500"),
            ("1.5E-3", "0.0015"),
            ("1e-63", "0.000000000000000000000000000000000000000000000000000000000000001"),
            ("0e63", "0"),
            ("12345678901234567890123456789012", "12345678901234567890123456789012"),
            ("1.2345678901234567890123456789012345", "1.2345678901234567890123456789012"),
            ("9.99999999999999999999999999999999", "10"),
            ("1000000000000000000000000000000e1", "10000000000000000000000000000000"),
        ] {
            assert_eq!(number(text).to_text(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["-", ".", "1.2.3", "1 2", "e5", "1e", "1e+", "1e64", "1e-64", "--1", "1e--1", "0x10", "١", "1,5"] {
            assert_eq!(Decimal::parse(text), Err(DecimalError::NotANumber), "{text}");
        }
        assert_eq!(Decimal::parse("1e32"), Err(DecimalError::TooLarge));
        assert_eq!(Decimal::parse("99999999999999999999999999999999.5"), Err(DecimalError::TooLarge));
        assert_eq!(Decimal::parse(&"9".repeat(100_000)), Err(DecimalError::TooLarge));
    }

    #[test]
    fn arithmetic() {
        type Operation = fn(&Decimal, &Decimal) -> Result<Decimal, DecimalError>;
        let table: [(&str, Operation, &str, &str); 12] = [
            ("0.1", Decimal::add, "0.2", "0.3"),
            ("99999999999999999999999999999999", Decimal::add, "-1", "99999999999999999999999999999998"),
            ("1e31", Decimal::add, "1e-40", "10000000000000000000000000000000"),
            ("5", Decimal::subtract, "5.00", "0"),
            ("-5", Decimal::subtract, "7.25", "-12.25"),
            ("1.5", Decimal::multiply, "-1.5", "-2.25"),
            ("0.5", Decimal::multiply, "2", "1"),
            ("1", Decimal::divide, "3", "0.33333333333333333333333333333333"),
            ("-2", Decimal::divide, "3", "-0.66666666666666666666666666666667"),
            ("1", Decimal::divide, "0.001", "1000"),
            ("1e-40", Decimal::divide, "1e-40", "1"),
            ("0", Decimal::divide, "7", "0"),
        ];
        for (left, operation, right, expected) in table {
            assert_eq!(operation(&number(left), &number(right)).unwrap().to_text(), expected, "{left} and {right}");
        }
        assert_eq!(number("1").divide(&number("0")), Err(DecimalError::DividedByZero));
        assert_eq!(number("1e31").multiply(&number("10")), Err(DecimalError::TooLarge));
        assert_eq!(number("1e31").divide(&number("1e-1")), Err(DecimalError::TooLarge));
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        for (text, scale, expected) in [
            ("0.5000000000000000000000000000001", 0, "1"),
            ("2.5", 0, "3"),
            ("-2.5", 0, "-3"),
            ("2.49", 0, "2"),
            ("0.04", 1, "0"),
            ("0.05", 1, "0.1"),
            ("0.005", 1, "0"),
            ("9.99", 1, "10"),
            ("1.5", 7, "1.5"),
        ] {
            assert_eq!(number(text).rounded(scale).to_text(), expected, "{text} to {scale}");
        }
        assert_eq!(number("-9.99").truncated(1).to_text(), "-9.9");
        assert_eq!(number("-0.99").truncated(0), Decimal::default());
    }

    #[test]
    fn digits_far_behind_a_half_still_round_up() {
        // The quotient is 1.00…005 (33 digits) and a bit: one over 0.99…9950…
        let divisor = number("0.99999999999999999999999999999995");
        assert_eq!(number("1").divide(&divisor).unwrap().to_text(), "1.0000000000000000000000000000001");
    }

    #[test]
    fn short_text_keeps_to_32_characters() {
        for (text, expected) in [
            ("-12.5", "-12.5"),
            ("0.12345678901234567890123456789012", "0.12345678901234567890123456789"),
            ("12345678901234567890123456789012", "12345678901234567890123456789012"),
            ("-12345678901234567890123456789012", "-1.2345678901234567890123456E+31"),
            ("-99999999999999999999999999999999", "-9.9999999999999999999999999E+31"),
            ("1234567890123456789012345678901.5", "1234567890123456789012345678902"),
            ("1e-50", "0"),
        ] {
            let short = number(text).to_short_text();
            assert_eq!(short, expected, "{text}");
            assert!(short.len() <= DIGITS_MAX, "{short}");
        }
    }

    #[test]
    fn plain_numbers() {
        assert_eq!(Decimal::from_i64(i64::MIN).to_text(), "-9223372036854775808");
        assert_eq!(Decimal::from_i64(i64::MIN).to_i64(), i64::MIN);
        assert_eq!(number("1e31").to_i64(), i64::MAX);
        assert_eq!(number("-1e31").to_i64(), i64::MIN);
        assert_eq!(number("-2.9").to_i64(), -2);
        assert_eq!(Decimal::from_f64(0.1).unwrap().to_text(), "0.1");
        assert_eq!(Decimal::from_f64(-1.5e10).unwrap().to_f64(), -1.5e10);
        assert_eq!(Decimal::from_f64(1e-300).unwrap(), Decimal::default());
        assert_eq!(Decimal::from_f64(f64::NAN), Err(DecimalError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_is_refused(text in "([0-9.eE+ -]|\\PC){0,40}") {
            if let Ok(number) = Decimal::parse(&text) {
                prop_assert!(number.digits.len() <= DIGITS_MAX && number.scale <= SCALE_MAX);
                prop_assert!(Decimal::parse(&number.to_text()).is_ok_and(|again| again == number));
                let short = number.to_short_text();
                prop_assert!(short.len() <= DIGITS_MAX && Decimal::parse(&short).is_ok());
            }
        }
    }
}

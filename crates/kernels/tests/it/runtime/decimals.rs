//! Decimal arithmetic against whole numbers of any size: a result R of an operation with the exact value N / D is right when R is a
//! multiple of the last place a number of its size can have, and no further than half of that from N / D.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{call, field, start};

#[repr(C)]
struct Decimal {
    left: [u16; 80],
    right: [u16; 80],
    operation: u16,
    digits: [u8; 33],
    sign: u8,
    edit_code: u8,
    decimal_position: i16,
    length: i16,
    rest: [u8; 10],
}

/// A whole number in words of 32 bits, the lowest first; binary, where the runtime is decimal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Whole(Vec<u32>);

impl Whole {
    fn of(digits: &str) -> Whole {
        digits.bytes().fold(Whole::default(), |number, digit| number.times(10).plus(&Whole(vec![u32::from(digit - b'0')])))
    }

    fn ten_to(exponent: usize) -> Whole {
        (0..exponent).fold(Whole(vec![1]), |number, _| number.times(10))
    }

    fn times(&self, factor: u32) -> Whole {
        self.multiplied(&Whole(vec![factor]))
    }

    fn multiplied(&self, other: &Whole) -> Whole {
        let mut words = vec![0_u32; self.0.len() + other.0.len()];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0_u64;
            for j in 0..other.0.len() {
                let total = u64::from(*a) * u64::from(other.0[j]) + u64::from(words[i + j]) + carry;
                words[i + j] = total as u32;
                carry = total >> 32;
            }
            words[i + other.0.len()] = carry as u32;
        }
        Whole(words).trimmed()
    }

    fn plus(&self, other: &Whole) -> Whole {
        let mut words = Vec::new();
        let mut carry = 0;
        for place in 0..=self.0.len().max(other.0.len()) {
            let total = self.word(place) + other.word(place) + carry;
            words.push(total as u32);
            carry = total >> 32;
        }
        Whole(words).trimmed()
    }

    /// The larger less the smaller.
    fn distance(&self, other: &Whole) -> Whole {
        let (large, small) = if self.compare(other).is_ge() { (self, other) } else { (other, self) };
        let mut words = Vec::new();
        let mut borrow = 0;
        for place in 0..large.0.len() {
            let taken = small.word(place) + borrow;
            borrow = u64::from(large.word(place) < taken);
            words.push((large.word(place) + (borrow << 32) - taken) as u32);
        }
        Whole(words).trimmed()
    }

    fn compare(&self, other: &Whole) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn word(&self, place: usize) -> u64 {
        self.0.get(place).copied().unwrap_or(0).into()
    }

    fn trimmed(mut self) -> Whole {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }
}

/// A signed fraction; the sign of zero means nothing.
struct Exact {
    negative: bool,
    over: Whole,
    under: Whole,
}

#[derive(Clone, Debug)]
struct Operand {
    negative: bool,
    digits: String,
    scale: usize,
}

impl Operand {
    fn text(&self) -> String {
        let padded = format!("{:0>width$}", self.digits, width = self.scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - self.scale);
        format!("{}{whole}.{fraction}", if self.negative { "-" } else { "" })
    }
}

/// What the operation comes to, without any rounding.
fn exact(left: &Operand, operation: char, right: &Operand) -> Exact {
    let (a, b) = (Whole::of(&left.digits), Whole::of(&right.digits));
    let (a_under, b_under) = (Whole::ten_to(left.scale), Whole::ten_to(right.scale));
    match operation {
        '*' => Exact { negative: left.negative != right.negative, over: a.multiplied(&b), under: a_under.multiplied(&b_under) },
        '/' => Exact { negative: left.negative != right.negative, over: a.multiplied(&b_under), under: a_under.multiplied(&b) },
        _ => {
            let (a, b) = (a.multiplied(&b_under), b.multiplied(&a_under));
            let right_negative = right.negative != (operation == '-');
            let over = if left.negative == right_negative { a.plus(&b) } else { a.distance(&b) };
            let negative = if a.compare(&b).is_ge() { left.negative } else { right_negative };
            Exact { negative, over, under: a_under.multiplied(&b_under) }
        }
    }
}

/// Digits before the point; less than nothing when zeros follow it.
fn magnitude(digits: &str, scale: usize) -> isize {
    digits.len() as isize - scale as isize
}

fn check(left: &Operand, operation: char, right: &Operand) {
    let mut data = Decimal {
        left: field(&left.text()),
        right: field(&right.text()),
        operation: operation as u16,
        digits: [0; 33],
        sign: 0,
        edit_code: 0,
        decimal_position: 0,
        length: 0,
        rest: [0; 10],
    };
    assert_eq!(call("Calculate", &mut data), 0);
    let digits: String = data.digits.iter().take_while(|digit| **digit != 0).map(|digit| char::from(*digit)).collect();
    let case = format!("{} {operation} {} = {}{digits} / 10^{}", left.text(), right.text(), char::from(data.sign), data.decimal_position);
    let scale = usize::try_from(data.decimal_position).expect(&case);
    assert_eq!(usize::try_from(data.length).ok(), Some(digits.len()), "{case}");
    assert!((1..=32).contains(&digits.len()) && scale <= 63, "{case}");
    assert!(digits == "0" || !digits.starts_with('0'), "{case}");
    assert!(scale == 0 || !digits.ends_with('0'), "{case}");

    let exact = exact(left, operation, right);
    let too_large = exact.over.times(2).compare(&exact.under.multiplied(&Whole::ten_to(32).times(2).distance(&Whole(vec![1])))).is_ge();
    if too_large {
        assert_eq!((digits.as_str(), data.sign), ("0", 0), "{case}");
        return;
    }
    assert!(digits == "0" || (data.sign == b'-') == exact.negative, "{case}");
    // |R - N/D| * 2 <= one in the last place, all times D and ten to the scale and to that place.
    let last_place = if digits == "0" { 63 } else { usize::try_from(32 - magnitude(&digits, scale)).unwrap_or(0).min(63) };
    assert!(last_place >= scale, "{case}");
    let result = Whole::of(&digits).multiplied(&Whole::ten_to(last_place - scale)).multiplied(&exact.under);
    let target = exact.over.multiplied(&Whole::ten_to(last_place));
    let off = result.distance(&target).times(2).compare(&exact.under);
    assert!(off.is_lt() || (off.is_eq() && result.compare(&target).is_gt()), "{case}");
}

fn operand() -> impl Strategy<Value = Operand> {
    ("[0-9]{1,32}", 0_usize..=40, any::<bool>()).prop_map(|(digits, scale, negative)| Operand { negative, digits, scale })
}

/// Few digits, so that exact results and ties come up often.
fn short_operand() -> impl Strategy<Value = Operand> {
    ("[0-9]{1,4}", 0_usize..=3, any::<bool>()).prop_map(|(digits, scale, negative)| Operand { negative, digits, scale })
}

#[test]
fn arithmetic_is_exact_to_32_digits() {
    start(&["decimal"]);
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() });
    let operands = (prop_oneof![operand(), short_operand()], prop_oneof![operand(), short_operand()]);
    let outcome = runner.run(&operands, |(left, right)| {
        for operation in ['+', '-', '*', '/'] {
            if operation != '/' || Whole::of(&right.digits) != Whole::default() {
                check(&left, operation, &right);
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn results_at_the_edges() {
    start(&["decimal"]);
    let operand = |digits: &str, scale| Operand { negative: false, digits: digits.to_owned(), scale };
    let nines = "9".repeat(32);
    for (left, operation, right) in [
        (operand(&nines, 0), '+', operand("5", 1)),
        (operand(&nines, 0), '+', operand("49", 2)),
        (operand(&nines, 31), '+', operand("5", 32)),
        (operand(&nines, 0), '*', operand(&nines, 0)),
        (operand(&nines, 32), '*', operand(&nines, 32)),
        (operand("1", 40), '*', operand("5", 24)),
        (operand("1", 40), '*', operand("4", 24)),
        (operand("1", 0), '/', operand(&nines, 40)),
        (operand("1", 40), '/', operand(&nines, 0)),
        (operand("2", 0), '/', operand("3", 0)),
    ] {
        check(&left, operation, &right);
    }
}

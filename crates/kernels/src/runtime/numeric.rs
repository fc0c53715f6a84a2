//! `MATH_NUMERIC`: its layout, and the functions of the SDK on it. The arithmetic itself is in `decimal`.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::cmp::Ordering;
use std::ffi::{c_char, c_int, c_long, c_short};
use std::ptr;

use super::decimal::{DIGITS_MAX, Decimal, DecimalError, SCALE_MAX};
use super::session;
use super::units::{Unit, string, text_within, write_within};

const CURRENCY_SIZE: usize = 4;

/// The structure of `jdetypes.h`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct MathNumeric {
    digits: [c_char; DIGITS_MAX + 1],
    sign: u8,
    edit_code: c_char,
    decimal_position: c_short,
    length: c_short,
    flags: u16,
    currency: [c_char; CURRENCY_SIZE],
    currency_decimals: c_short,
    precision: c_short,
}

const _: () = assert!(size_of::<MathNumeric>() == 50 && align_of::<MathNumeric>() == 2);

const ZERO: MathNumeric = MathNumeric {
    digits: [0; DIGITS_MAX + 1],
    sign: 0,
    edit_code: 0,
    decimal_position: 0,
    length: 0,
    flags: 0,
    currency: [0; CURRENCY_SIZE],
    currency_decimals: 0,
    precision: 0,
};

impl MathNumeric {
    /// Sources fill members themselves, or forget to: what is no digit ends the number, and the position of the point is held to what
    /// there is.
    fn value(&self) -> Decimal {
        let digits =
            self.digits[..DIGITS_MAX].iter().map(|digit| (*digit as u8).wrapping_sub(b'0')).take_while(|digit| *digit <= 9).collect();
        let scale = usize::try_from(self.decimal_position).unwrap_or(0).min(SCALE_MAX);
        // 32 digits always fit.
        Decimal::new(self.sign == b'-', digits, scale).unwrap_or_default()
    }

    fn set(&mut self, value: &Decimal) {
        let raw = value.raw_digits();
        self.digits = [0; DIGITS_MAX + 1];
        for (place, digit) in self.digits.iter_mut().zip(raw.bytes()) {
            *place = digit as c_char;
        }
        self.sign = if value.is_negative() { b'-' } else { 0 };
        self.decimal_position = value.scale() as c_short;
        self.length = raw.len() as c_short;
    }
}

/// The number behind a pointer; zero for NULL.
unsafe fn read(number: *const MathNumeric) -> MathNumeric {
    // SAFETY: NULL or a number; members of packed structures may lie at odd places.
    if number.is_null() { ZERO } else { unsafe { number.read_unaligned() } }
}

unsafe fn value(number: *const MathNumeric) -> Decimal {
    // SAFETY: passed on to the caller.
    unsafe { read(number) }.value()
}

/// Stores a value with the currency of `like`. A failed operation stores zero and leaves a line in the trace.
unsafe fn store(number: *mut MathNumeric, like: &MathNumeric, operation: &str, outcome: Result<Decimal, DecimalError>) -> bool {
    let stored = outcome.is_ok();
    let value = outcome.unwrap_or_else(|failure| {
        session::trace(&format!("{operation}: {failure}, the result is zero"));
        Decimal::default()
    });
    let mut result = MathNumeric { currency: like.currency, currency_decimals: like.currency_decimals, ..ZERO };
    result.set(&value);
    if !number.is_null() {
        // SAFETY: the caller's number.
        unsafe { number.write_unaligned(result) };
    }
    stored
}

/// Changes a number in place; currency and flags stay.
unsafe fn change(number: *mut MathNumeric, change: impl FnOnce(&Decimal) -> Decimal) {
    if !number.is_null() {
        // SAFETY: the caller's number.
        unsafe {
            let mut result = number.read_unaligned();
            result.set(&change(&result.value()));
            number.write_unaligned(result);
        }
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn ZeroMathNumeric(number: *mut MathNumeric) {
    // SAFETY: NULL or the caller's number.
    unsafe { store(number, &ZERO, "ZeroMathNumeric", Ok(Decimal::default())) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathCopy(destination: *mut MathNumeric, source: *const MathNumeric) {
    if !destination.is_null() {
        // SAFETY: the caller's numbers.
        unsafe { destination.write_unaligned(read(source)) };
    }
}

/// Exports an operation of two numbers.
macro_rules! operation {
    ($($name:ident = $operation:path;)*) => { $(
        #[unsafe(no_mangle)]
        pub(super) unsafe extern "C" fn $name(result: *mut MathNumeric, left: *const MathNumeric, right: *const MathNumeric) {
            // SAFETY: NULL or the caller's numbers; both are read before the result is written, which may be one of them.
            unsafe {
                let (left, right) = (read(left), read(right));
                store(result, &left, stringify!($name), $operation(&left.value(), &right.value()));
            }
        }
    )* };
}

operation! {
    MathAdd = Decimal::add;
    MathSubtract = Decimal::subtract;
    MathMultiply = Decimal::multiply;
    MathDivide = Decimal::divide;
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathRound(number: *mut MathNumeric, decimals: c_int) {
    // SAFETY: NULL or the caller's number.
    unsafe { change(number, |value| value.rounded(usize::try_from(decimals).unwrap_or(0))) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathTruncate(number: *mut MathNumeric, decimals: c_int) {
    // SAFETY: as above.
    unsafe { change(number, |value| value.truncated(usize::try_from(decimals).unwrap_or(0))) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathNegate(number: *mut MathNumeric) {
    // SAFETY: as above.
    unsafe { change(number, Decimal::negated) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathAbs(number: *mut MathNumeric) {
    // SAFETY: as above.
    unsafe { change(number, Decimal::absolute) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathCompare(left: *const MathNumeric, right: *const MathNumeric) -> c_int {
    // SAFETY: NULL or the caller's numbers.
    match unsafe { value(left).cmp(&value(right)) } {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathZeroTest(number: *const MathNumeric) -> c_int {
    // SAFETY: as above.
    let value = unsafe { value(number) };
    match (value.is_zero(), value.is_negative()) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn ParseNumericString(number: *mut MathNumeric, text: *const u16) -> c_int {
    // SAFETY: NULL, or the caller's number and text.
    let stored = unsafe { store(number, &ZERO, "ParseNumericString", Decimal::parse(&string(text))) };
    c_int::from(!stored)
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn FormatMathNumeric(text: *mut u16, number: *const MathNumeric) {
    // SAFETY: the caller's buffer holds 32 characters and the end, and no more are written.
    unsafe { write_within(text, &u16::encode(&value(number).to_short_text()), DIGITS_MAX + 1) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathNumericToInt(number: *const MathNumeric, result: *mut c_int) {
    // SAFETY: NULL, or the caller's number and place.
    unsafe { put(result, value(number).to_i64().clamp(c_int::MIN.into(), c_int::MAX.into()) as c_int) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathNumericToLong(number: *const MathNumeric, result: *mut c_long) {
    // SAFETY: as above.
    unsafe { put(result, value(number).to_i64()) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathNumericToShort(number: *const MathNumeric, result: *mut c_short) {
    // SAFETY: as above.
    unsafe { put(result, value(number).to_i64().clamp(c_short::MIN.into(), c_short::MAX.into()) as c_short) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn MathNumericToDouble(number: *const MathNumeric, result: *mut f64) {
    // SAFETY: as above.
    unsafe { put(result, value(number).to_f64()) };
}

unsafe fn put<N>(place: *mut N, number: N) {
    if !place.is_null() {
        // SAFETY: the caller's place for a number of this type.
        unsafe { place.write_unaligned(number) };
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn IntToMathNumeric(plain: c_int, number: *mut MathNumeric) {
    // SAFETY: NULL or the caller's number.
    unsafe { store(number, &ZERO, "IntToMathNumeric", Ok(Decimal::from_i64(plain.into()))) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn LongToMathNumeric(plain: c_long, number: *mut MathNumeric) {
    // SAFETY: as above.
    unsafe { store(number, &ZERO, "LongToMathNumeric", Ok(Decimal::from_i64(plain))) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn ShortToMathNumeric(plain: c_short, number: *mut MathNumeric) {
    // SAFETY: as above.
    unsafe { store(number, &ZERO, "ShortToMathNumeric", Ok(Decimal::from_i64(plain.into()))) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn DoubleToMathNumeric(plain: f64, number: *mut MathNumeric) {
    // SAFETY: as above.
    unsafe { store(number, &ZERO, "DoubleToMathNumeric", Decimal::from_f64(plain)) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathGetRawString(number: *mut MathNumeric) -> *mut c_char {
    // SAFETY: the place of a member of the caller's number is only computed.
    if number.is_null() { ptr::null_mut() } else { unsafe { (&raw mut (*number).digits).cast() } }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeZMathGetRawString(number: *mut MathNumeric) -> *mut c_char {
    // SAFETY: as above.
    unsafe { jdeMathGetRawString(number) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathGetDecimalPosition(number: *const MathNumeric) -> c_short {
    // SAFETY: NULL or the caller's number.
    unsafe { read(number) }.decimal_position
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathGetSign(number: *const MathNumeric) -> u8 {
    // SAFETY: as above.
    if unsafe { value(number) }.is_negative() { b'-' } else { b' ' }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathSetCurrencyCode(number: *mut MathNumeric, code: *const c_char) {
    if !number.is_null() {
        // SAFETY: the caller's number, whose currency has four bytes; the code is NULL or text.
        unsafe { write_within((&raw mut (*number).currency).cast(), text_within(code, CURRENCY_SIZE), CURRENCY_SIZE) };
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathSetCurrencyCodeUNI(number: *mut MathNumeric, code: *const u16) {
    // Currency codes are ASCII; a character that is not becomes a question mark.
    // SAFETY: as above; the local code is text.
    unsafe {
        let narrow: Vec<c_char> = text_within(code, CURRENCY_SIZE - 1)
            .iter()
            .map(|unit| unit.character().filter(char::is_ascii).map_or(b'?' as c_char, |character| character as u8 as c_char))
            .chain([0])
            .collect();
        jdeMathSetCurrencyCode(number, narrow.as_ptr());
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathGetCurrencyCode(number: *mut MathNumeric) -> *mut c_char {
    // SAFETY: the place of a member of the caller's number is only computed.
    if number.is_null() { ptr::null_mut() } else { unsafe { (&raw mut (*number).currency).cast() } }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathSetCurrencyDecimals(number: *mut MathNumeric, decimals: c_short) {
    if !number.is_null() {
        // SAFETY: the caller's number.
        unsafe { (&raw mut (*number).currency_decimals).write_unaligned(decimals) };
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMathGetCurrencyDecimals(number: *const MathNumeric) -> c_short {
    // SAFETY: NULL or the caller's number.
    unsafe { read(number) }.currency_decimals
}

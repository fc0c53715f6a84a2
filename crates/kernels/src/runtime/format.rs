//! The printf of the SDK: its formats, and the text they give. Arguments arrive in an array, because taking them from a variadic call is
//! work for C (`sdk/variadic.c`): that asks first which kind each argument has, so the grammar of formats is known here alone.

#![expect(unsafe_code, reason = "formats and arguments come from C")]

use std::ffi::{c_char, c_int, c_void};

use super::plain_number::digits;
use super::session;
use super::units::{Unit, text, text_within, write_within};

/// Held to by `sdk/variadic.c` too.
pub(super) const ARGUMENTS_MAX: usize = 64;
const LENGTH_MAX: usize = 32_767;
const FIELD_MAX: usize = 1_000;

/// What C takes from the call for one argument. The numbers are those of `sdk/variadic.c`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Kind {
    Int = 1,
    Long = 2,
    Real = 3,
    LongReal = 4,
    Pointer = 5,
}

/// An argument; only the member of its kind has a value.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Argument {
    whole: i64,
    real: f64,
    pointer: *const c_void,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Size {
    Byte,
    Short,
    Long,
    LongDouble,
}

#[derive(Clone, Copy, Debug)]
enum Amount {
    Fixed(usize),
    Argument,
}

#[derive(Debug)]
struct Directive {
    left: bool,
    zeros: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    width: Option<Amount>,
    precision: Option<Amount>,
    size: Option<Size>,
    letter: u8,
}

impl Directive {
    /// The kind of its own argument, behind those of width and precision.
    fn kind(&self) -> Option<Kind> {
        match (self.letter, self.size) {
            (b'd' | b'i' | b'u' | b'x' | b'X' | b'o', Some(Size::Long)) => Some(Kind::Long),
            (b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'c' | b'C', _) => Some(Kind::Int),
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G', Some(Size::LongDouble)) => Some(Kind::LongReal),
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G', _) => Some(Kind::Real),
            (b's' | b'S' | b'p' | b'n', _) => Some(Kind::Pointer),
            _ => None,
        }
    }

    fn kinds(&self) -> Vec<Kind> {
        let amounts = [self.width, self.precision].into_iter().flatten().filter(|amount| matches!(amount, Amount::Argument));
        amounts.map(|_| Kind::Int).chain(self.kind()).collect()
    }
}

enum Piece<'a, U> {
    Plain(&'a [U]),
    Directive(Directive),
}

/// Takes a format apart. What looks like a directive and is none stands for itself.
fn pieces<U: Unit>(format: &[U]) -> Vec<Piece<'_, U>> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while !rest.is_empty() {
        let plain = rest.iter().position(|unit| *unit == U::of(b'%')).unwrap_or(rest.len());
        if plain > 0 {
            pieces.push(Piece::Plain(&rest[..plain]));
            rest = &rest[plain..];
            continue;
        }
        let mut reader = Reader { units: rest, place: 1 };
        let directive = reader.directive();
        let (taken, after) = rest.split_at(reader.place.min(rest.len()));
        pieces.push(match directive {
            Some(directive) => Piece::Directive(directive),
            None if taken.len() == 2 && taken[1] == U::of(b'%') => Piece::Plain(&taken[1..]),
            None => Piece::Plain(taken),
        });
        rest = after;
    }
    pieces
}

/// Reads a format unit by unit.
pub(super) struct Reader<'a, U> {
    pub units: &'a [U],
    pub place: usize,
}

impl<U: Unit> Reader<'_, U> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.units.get(self.place).and_then(|unit| u8::try_from(unit.value()).ok())
    }

    pub(super) fn accept(&mut self, expected: u8) -> bool {
        let accepted = self.peek() == Some(expected);
        self.place += usize::from(accepted);
        accepted
    }

    /// Digits, as a number held to a limit.
    pub(super) fn number(&mut self, limit: usize) -> Option<usize> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = Some((number.unwrap_or(0) * 10 + usize::from(digit - b'0')).min(limit));
            self.place += 1;
        }
        number
    }

    pub(super) fn size(&mut self) -> Option<Size> {
        let size = match self.peek()? {
            b'h' => Size::Short,
            b'l' | b'z' | b'j' | b't' => Size::Long,
            b'L' => Size::LongDouble,
            _ => return None,
        };
        self.place += 1;
        match size {
            Size::Short if self.accept(b'h') => return Some(Size::Byte),
            // A long long is a long here.
            Size::Long => _ = self.accept(b'l'),
            _ => {}
        }
        Some(size)
    }

    /// The directive behind a percent sign. `None`, with the place behind what was read, when it is none.
    fn directive(&mut self) -> Option<Directive> {
        let mut directive = Directive {
            left: false,
            zeros: false,
            plus: false,
            blank: false,
            alternate: false,
            width: None,
            precision: None,
            size: None,
            letter: 0,
        };
        loop {
            match self.peek() {
                Some(b'-') => directive.left = true,
                Some(b'0') => directive.zeros = true,
                Some(b'+') => directive.plus = true,
                Some(b' ') => directive.blank = true,
                Some(b'#') => directive.alternate = true,
                _ => break,
            }
            self.place += 1;
        }
        directive.width = self.amount();
        if self.accept(b'.') {
            directive.precision = self.amount().or(Some(Amount::Fixed(0)));
        }
        directive.size = self.size();
        directive.letter = self.peek().unwrap_or(0);
        self.place += 1;
        directive.kind().map(|_| directive)
    }

    fn amount(&mut self) -> Option<Amount> {
        if self.accept(b'*') { Some(Amount::Argument) } else { self.number(FIELD_MAX).map(Amount::Fixed) }
    }
}

/// Formats: at most `LENGTH_MAX` units. A directive whose arguments are missing ends the text.
unsafe fn render<U: Unit>(format: &[U], arguments: &[Argument]) -> Vec<U> {
    let mut rendered = Vec::new();
    let mut rest = arguments.iter();
    for piece in pieces(format) {
        match piece {
            Piece::Plain(units) => rendered.extend_from_slice(units),
            Piece::Directive(directive) => {
                let taken: Vec<Argument> = rest.by_ref().take(directive.kinds().len()).copied().collect();
                if taken.len() < directive.kinds().len() {
                    break;
                }
                // SAFETY: pointers among the arguments are what the format says they are; that is the business function's promise.
                rendered.extend(unsafe { field::<U>(&directive, &taken) });
            }
        }
        if rendered.len() > LENGTH_MAX {
            break;
        }
    }
    rendered.truncate(LENGTH_MAX);
    rendered
}

/// One directive's text in its width.
unsafe fn field<U: Unit>(directive: &Directive, arguments: &[Argument]) -> Vec<U> {
    let mut arguments = arguments.iter();
    let mut amount = |amount: Option<Amount>| match amount? {
        Amount::Fixed(number) => Some(number as i64),
        Amount::Argument => arguments.next().map(|argument| argument.whole),
    };
    let width = amount(directive.width).unwrap_or(0);
    // A negative precision counts as none, a negative width as a minus sign before it.
    let precision = amount(directive.precision).and_then(|number| usize::try_from(number).ok()).map(|number| number.min(FIELD_MAX));
    let left = directive.left || width < 0;
    let width = usize::try_from(width.unsigned_abs()).unwrap_or(FIELD_MAX).min(FIELD_MAX);
    let Some(argument) = arguments.next() else { return Vec::new() };

    let (sign, body, zeros) = match directive.letter {
        // SAFETY: the argument is the text that the directive names.
        b's' | b'S' => (String::new(), unsafe { text_argument(directive, argument.pointer, precision) }, false),
        b'c' | b'C' => (String::new(), character::<U>(directive, argument.whole), false),
        b'n' => return Vec::new(),
        b'p' => (String::new(), U::encode(&format!("{:#x}", argument.pointer.addr())), false),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let (sign, body) = real(directive, argument.real, precision);
            (sign, U::encode(&body), directive.zeros && argument.real.is_finite())
        }
        _ => {
            let (sign, body) = whole(directive, argument.whole, precision);
            (sign, U::encode(&body), directive.zeros && precision.is_none())
        }
    };
    let padding = width.saturating_sub(sign.len() + body.len());
    let of = |byte: u8, count: usize| vec![U::of(byte); count];
    match (left, zeros) {
        (true, _) => [U::encode(&sign), body, of(b' ', padding)].concat(),
        (false, true) => [U::encode(&sign), of(b'0', padding), body].concat(),
        (false, false) => [of(b' ', padding), U::encode(&sign), body].concat(),
    }
}

/// Whether text and characters of the directive are JCHAR: the plain letter follows the format, `l` and `h` and the capital say it.
fn is_wide<U: Unit>(size: Option<Size>, letter: u8) -> bool {
    match (letter, size) {
        (_, Some(Size::Long)) => true,
        (_, Some(Size::Short)) | (b'S' | b'C', _) => false,
        _ => U::WIDE,
    }
}

unsafe fn text_argument<U: Unit>(directive: &Directive, pointer: *const c_void, precision: Option<usize>) -> Vec<U> {
    let limit = precision.unwrap_or(LENGTH_MAX);
    let wide = is_wide::<U>(directive.size, directive.letter);
    // SAFETY: text of the kind that the directive names; no more than the precision of it is read.
    let mut units = unsafe {
        match (pointer.is_null(), wide, wide == U::WIDE) {
            (true, _, _) => U::encode("(null)"),
            (false, _, true) => text_within(pointer.cast::<U>(), limit).to_vec(),
            (false, true, false) => U::encode(&u16::decode(text_within(pointer.cast::<u16>(), limit))),
            (false, false, false) => U::encode(&c_char::decode(text_within(pointer.cast::<c_char>(), limit))),
        }
    };
    units.truncate(limit);
    units
}

fn character<U: Unit>(directive: &Directive, value: i64) -> Vec<U> {
    let wide = is_wide::<U>(directive.size, directive.letter);
    if wide == U::WIDE {
        // Taken as it is, half a surrogate pair too: the other half may be the next argument.
        return vec![U::from_value(value as u32)];
    }
    if wide { U::encode(&u16::decode(&[value as u16])) } else { U::encode(&c_char::decode(&[value as c_char])) }
}

/// Sign or prefix, and digits.
fn whole(directive: &Directive, value: i64, precision: Option<usize>) -> (String, String) {
    let signed = matches!(directive.letter, b'd' | b'i');
    let value = match directive.size {
        Some(Size::Byte) if signed => i64::from(value as i8),
        Some(Size::Byte) => i64::from(value as u8),
        Some(Size::Short) if signed => i64::from(value as i16),
        Some(Size::Short) => i64::from(value as u16),
        Some(Size::Long) => value,
        _ if signed => i64::from(value as i32),
        _ => i64::from(value as u32),
    };
    let magnitude = if signed { value.unsigned_abs() } else { value as u64 };
    let radix = match directive.letter {
        b'x' | b'X' => 16,
        b'o' => 8,
        _ => 10,
    };
    let mut body = if magnitude == 0 && precision == Some(0) { String::new() } else { digits(magnitude, radix) };
    body = format!("{body:0>width$}", width = precision.unwrap_or(0));
    if directive.letter == b'X' {
        body.make_ascii_uppercase();
    }
    let prefix = match directive.letter {
        b'd' | b'i' => sign_of(directive, value < 0),
        b'x' if directive.alternate && magnitude > 0 => "0x",
        b'X' if directive.alternate && magnitude > 0 => "0X",
        b'o' if directive.alternate && !body.starts_with('0') => "0",
        _ => "",
    };
    (prefix.to_owned(), body)
}

fn sign_of(directive: &Directive, negative: bool) -> &'static str {
    match (negative, directive.plus, directive.blank) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

/// Sign and digits of a floating point number.
fn real(directive: &Directive, value: f64, precision: Option<usize>) -> (String, String) {
    let precision = precision.unwrap_or(6);
    let magnitude = value.abs();
    let mut body = match directive.letter {
        _ if value.is_nan() => "nan".to_owned(),
        _ if value.is_infinite() => "inf".to_owned(),
        b'f' | b'F' => fixed(magnitude, precision, directive.alternate),
        b'e' | b'E' => scientific(magnitude, precision, directive.alternate),
        _ => general(magnitude, precision.max(1), directive.alternate),
    };
    if directive.letter.is_ascii_uppercase() {
        body.make_ascii_uppercase();
    }
    (sign_of(directive, value.is_sign_negative() && !value.is_nan()).to_owned(), body)
}

fn fixed(magnitude: f64, precision: usize, point: bool) -> String {
    format!("{magnitude:.precision$}{}", if point && precision == 0 { "." } else { "" })
}

fn scientific(magnitude: f64, precision: usize, point: bool) -> String {
    let (mantissa, exponent) = mantissa_and_exponent(magnitude, precision);
    let point = if point && precision == 0 { "." } else { "" };
    format!("{mantissa}{point}e{sign}{exponent:02}", sign = if exponent < 0 { '-' } else { '+' }, exponent = exponent.abs())
}

fn general(magnitude: f64, precision: usize, alternate: bool) -> String {
    let (_, exponent) = mantissa_and_exponent(magnitude, precision - 1);
    let plain = exponent >= -4 && exponent < precision as i32;
    let text = if plain {
        fixed(magnitude, (precision as i32 - 1 - exponent) as usize, alternate)
    } else {
        scientific(magnitude, precision - 1, alternate)
    };
    if alternate { text } else { without_zeros(&text) }
}

fn mantissa_and_exponent(magnitude: f64, precision: usize) -> (String, i32) {
    let text = format!("{magnitude:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

/// Zeros at the end of the fraction, and the point if none of it is left.
fn without_zeros(text: &str) -> String {
    let (mantissa, exponent) = text.split_at(text.find('e').unwrap_or(text.len()));
    let shortened = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    format!("{shortened}{exponent}")
}

/// The kinds of a format's arguments, for C to take them by. `kinds` has room for `ARGUMENTS_MAX`.
#[unsafe(no_mangle)]
unsafe extern "C" fn packwright_format_kinds(format: *const c_void, wide: c_int, kinds: *mut u8) -> c_int {
    fn all<U: Unit>(format: &[U]) -> Vec<Kind> {
        let directives =
            pieces(format).into_iter().filter_map(|piece| if let Piece::Directive(directive) = piece { Some(directive) } else { None });
        directives.flat_map(|directive| directive.kinds()).take(ARGUMENTS_MAX).collect()
    }
    // SAFETY: the format is NULL or text of the named kind; the kinds fit their array.
    unsafe {
        let found = if wide != 0 { all(text(format.cast::<u16>())) } else { all(text(format.cast::<c_char>())) };
        for (place, kind) in found.iter().enumerate() {
            kinds.add(place).write(*kind as u8);
        }
        found.len() as c_int
    }
}

/// Formats into a buffer of `size` units, and gives the length of the whole text.
#[unsafe(no_mangle)]
unsafe extern "C" fn packwright_format(
    destination: *mut c_void,
    size: usize,
    format: *const c_void,
    wide: c_int,
    arguments: *const Argument,
    count: c_int,
) -> c_int {
    unsafe fn into<U: Unit>(destination: *mut U, size: usize, format: *const U, arguments: &[Argument]) -> usize {
        // SAFETY: as below.
        unsafe {
            let rendered = render(text(format), arguments);
            write_within(destination, &rendered, size);
            rendered.len()
        }
    }
    // SAFETY: C hands on its caller's buffer and format, and the arguments it has taken by their kinds.
    let length = unsafe {
        let arguments = arguments_of(arguments, count);
        if wide != 0 {
            into(destination.cast::<u16>(), size, format.cast(), arguments)
        } else {
            into(destination.cast::<c_char>(), size, format.cast(), arguments)
        }
    };
    length as c_int
}

/// Formats JCHAR text for the runtime's own use: files and the trace.
pub(super) unsafe fn formatted(format: *const u16, arguments: *const Argument, count: c_int) -> Vec<u16> {
    // SAFETY: as in `packwright_format`.
    unsafe { render(text(format), arguments_of(arguments, count)) }
}

unsafe fn arguments_of<'a>(arguments: *const Argument, count: c_int) -> &'a [Argument] {
    // SAFETY: an array of `sdk/variadic.c`, with so many of its places filled.
    unsafe { std::slice::from_raw_parts(arguments, usize::try_from(count).unwrap_or(0).min(ARGUMENTS_MAX)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn packwright_trace(format: *const u16, arguments: *const Argument, count: c_int) {
    // SAFETY: as in `packwright_format`.
    session::trace(&u16::decode(&unsafe { formatted(format, arguments, count) }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a format says, and however few arguments there are: no panic, and no more text than the limit.
        #[test]
        fn any_format_is_bounded(format in "([%*.0-9lhLdsxfegcn#+ -]|\\PC){0,40}", whole: i64, real: f64) {
            let arguments = vec![Argument { whole, real, pointer: std::ptr::null() }; ARGUMENTS_MAX];
            for count in [0, 1, ARGUMENTS_MAX] {
                // SAFETY: the only pointer is NULL.
                let (wide, narrow) = unsafe {
                    (render(&u16::encode(&format), &arguments[..count]), render(&c_char::encode(&format), &arguments[..count]))
                };
                prop_assert!(wide.len() <= LENGTH_MAX && narrow.len() <= LENGTH_MAX);
            }
        }
    }

    #[test]
    fn arguments_are_counted_with_width_and_precision() {
        let kinds = |format: &str| -> Vec<Kind> {
            let units = u16::encode(format);
            let directives =
                pieces(&units).into_iter().filter_map(|piece| if let Piece::Directive(directive) = piece { Some(directive) } else { None });
            directives.flat_map(|directive| directive.kinds()).collect()
        };
        assert_eq!(kinds("%*.*f"), [Kind::Int, Kind::Int, Kind::Real]);
        assert_eq!(kinds("%ld %s %Lg %hd %%"), [Kind::Long, Kind::Pointer, Kind::LongReal, Kind::Int]);
        assert_eq!(kinds("% %y %"), []);
    }
}

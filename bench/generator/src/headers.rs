//! What a source includes beside the SDK and its own header. Sources of the light mix include nothing more. Those of the heavy mix include
//! what a grown application makes them include: one header that pulls in the declarations of the whole application, one of their library,
//! and those of the functions they call; after preprocessing they have 10 to 38 thousand lines. Shared headers are business function objects
//! without a source. No header says more than declarations.

use crate::chance::Chance;
use std::fmt::Write;

/// Number of the first shared header, the application's.
pub const FIRST: usize = 90_000;
/// Headers behind the application's.
const PARTS: usize = 8;
const PART_LINES: usize = 700;
const OF_LIBRARIES: usize = FIRST + 1_000;
const LIBRARY_LINES: usize = 900;
const OF_FUNCTIONS: usize = FIRST + 2_000;
const OF_FUNCTIONS_COUNT: usize = 160;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    Light,
    Heavy,
}

impl Mix {
    pub fn from_word(word: &str) -> Option<Mix> {
        match word {
            "light" => Some(Mix::Light),
            "heavy" => Some(Mix::Heavy),
            _ => None,
        }
    }

    /// With this many a source takes gcc -O1 about 80 ms on the machine of bench/README.md.
    pub fn usual_statements(self) -> usize {
        match self {
            Mix::Light => 30,
            Mix::Heavy => 16,
        }
    }

    /// Numbers of the headers that a source of this library includes after `jde.h`, in order.
    pub fn includes(self, library: usize, chance: &mut Chance) -> Vec<usize> {
        if self == Mix::Light {
            return Vec::new();
        }
        let mut of_functions: Vec<usize> =
            (0..chance.between(2, 36)).map(|_| OF_FUNCTIONS + chance.between(0, OF_FUNCTIONS_COUNT - 1)).collect();
        of_functions.sort_unstable();
        of_functions.dedup();
        [FIRST, OF_LIBRARIES + library].into_iter().chain(of_functions).collect()
    }

    /// All shared headers of an application: number and text.
    pub fn shared(self, libraries: usize) -> Vec<(usize, String)> {
        if self == Mix::Light {
            return Vec::new();
        }
        let parts: Vec<usize> = (1..=PARTS).map(|part| FIRST + part).collect();
        let mut all = vec![(FIRST, header(FIRST, &parts, 40))];
        all.extend(parts.iter().map(|&number| (number, header(number, &[], PART_LINES))));
        all.extend((1..=libraries).map(|library| OF_LIBRARIES + library).map(|number| (number, header(number, &[], LIBRARY_LINES))));
        all.extend((0..OF_FUNCTIONS_COUNT).map(|position| {
            let number = OF_FUNCTIONS + position;
            (number, header(number, &[], Chance::new(number).between(250, 1_300)))
        }));
        all
    }
}

/// Declarations of about `lines` lines, after the headers it includes.
fn header(number: usize, includes: &[usize], lines: usize) -> String {
    let mut chance = Chance::new(number);
    let mut text =
        format!("/*\n * B55{number}: declarations shared by many sources.\n */\n#ifndef B55{number}_H\n#define B55{number}_H\n\n");
    for include in includes {
        let _ = writeln!(text, "#include <b55{include}.h>");
    }
    let mut written = includes.len();
    let mut block = 0;
    while written < lines {
        block += 1;
        let before = text.len();
        match chance.between(0, 9) {
            0..=3 => structure(&mut text, number, block, &mut chance),
            4..=7 => functions(&mut text, number, block, &mut chance),
            8 => enumeration(&mut text, number, block, &mut chance),
            _ => constants(&mut text, number, block, &mut chance),
        }
        written += text[before..].lines().count();
    }
    text + "\n#endif\n"
}

fn structure(text: &mut String, number: usize, block: usize, chance: &mut Chance) {
    let _ = write!(text, "\ntypedef struct tagB55{number}_Row{block}\n{{\n");
    for member in 0..chance.between(6, 24) {
        let declared = match chance.between(0, 4) {
            0 => format!("MATH_NUMERIC mnValue{member};"),
            1 => format!("JCHAR szText{member}[{}];", chance.between(2, 81)),
            2 => format!("JDEDATE jdDate{member};"),
            3 => format!("ID idKey{member};"),
            _ => format!("JCHAR cFlag{member};"),
        };
        let _ = writeln!(text, "   {declared}");
    }
    let _ = writeln!(text, "}} B55{number}_ROW{block}, *LPB55{number}_ROW{block};");
}

fn functions(text: &mut String, number: usize, block: usize, chance: &mut Chance) {
    text.push('\n');
    for function in 0..chance.between(2, 6) {
        let _ = write!(
            text,
            "JDEBFRTN (ID) JDEBFWINAPI I55{number}_Step{block}_{function} (\n   LPBHVRCOM         lpBhvrCom,\n   LPVOID            lpVoid,\n\
             \x20  LPMATH_NUMERIC    lpValue,\n   const JCHAR *     szText,\n   const JDEDATE *   lpDate,\n   int               nCount\n);\n"
        );
    }
}

fn enumeration(text: &mut String, number: usize, block: usize, chance: &mut Chance) {
    let _ = write!(text, "\nenum B55{number}_STATE{block}\n{{\n");
    for state in 0..chance.between(5, 15) {
        let _ = writeln!(text, "   B55{number}_STATE{block}_{state} = {},", state * 10);
    }
    text.push_str("};\n");
}

fn constants(text: &mut String, number: usize, block: usize, chance: &mut Chance) {
    text.push('\n');
    for constant in 0..chance.between(4, 12) {
        let _ = writeln!(text, "#define B55{number}_LIMIT{block}_{constant} {}", chance.between(1, 9_999));
    }
}

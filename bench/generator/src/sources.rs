//! C sources: functions that do what business functions do (decimal arithmetic, texts, dates, messages, calls of one another), of lengths
//! that differ as those of real ones do: many short, few long.

use crate::Application;
use crate::chance::Chance;
use std::fmt::Write;

/// Statements of one internal function.
const PART_STATEMENTS: usize = 6;

pub fn function_name(number: usize) -> String {
    format!("F55Function{number:05}")
}

pub fn header(number: usize) -> String {
    let function = function_name(number);
    format!(
        "#ifndef B55{number:05}_H\n#define B55{number:05}_H\n\n#include <d55{number:05}.h>\n\n\
         JDEBFRTN (ID) JDEBFWINAPI {function} (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD55{number:05} lpDS);\n\n#endif\n"
    )
}

pub fn source(application: &Application, number: usize, library: usize) -> String {
    let mut chance = Chance::new(number);
    let mut text = format!("/*\n * B55{number:05}: a business function of the benchmarks.\n */\n#include <jde.h>\n");
    for include in application.mix.includes(library, &mut chance) {
        let _ = writeln!(text, "#include <b55{include}.h>");
    }
    // The last line of these is what a benchmark changes.
    let _ = write!(text, "#define b55{number:05}_c\n#include <b55{number:05}.h>\n\n#define SOURCE_STATE 1\n");
    let parts = length(application.statements, &mut chance).div_ceil(PART_STATEMENTS);
    for part in 0..parts {
        internal_function(&mut text, application.functions, number, part, &mut chance);
    }
    business_function(&mut text, number, parts);
    text
}

/// From a third of the usual to almost four times; the average is the usual.
fn length(usual: usize, chance: &mut Chance) -> usize {
    let [least, most] = match chance.between(0, 9) {
        0..=5 => [33, 80],
        6..=8 => [80, 180],
        _ => [180, 390],
    };
    (usual * chance.between(least, most) / 100).max(1)
}

fn internal_function(text: &mut String, functions: usize, number: usize, part: usize, chance: &mut Chance) {
    let _ = write!(
        text,
        "\nstatic ID I55{number:05}_Part{part} (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD55{number:05} lpDS)\n{{\n\
         \x20  MATH_NUMERIC mnWork;\n   MATH_NUMERIC mnTotal;\n   JCHAR        szWork[64];\n   JDEDATE      jdWork;\n\
         \x20  int          nState = SOURCE_STATE;\n   int          i      = 0;\n\n\
         \x20  ZeroMathNumeric(&mnWork);\n   ZeroMathNumeric(&mnTotal);\n   memset((void *) szWork, 0, sizeof(szWork));\n   JDEDATECopy(&jdWork, &lpDS->jdDay);\n"
    );
    for _ in 0..PART_STATEMENTS {
        statement(text, functions, number, chance);
    }
    text.push_str(
        "   MathCopy(&lpDS->mnAmount, &mnTotal);\n   lpDS->nCount = nState + i;\n   return nState < 0 ? ER_WARNING : ER_SUCCESS;\n}\n",
    );
}

fn statement(text: &mut String, functions: usize, number: usize, chance: &mut Chance) {
    let (small, large) = (chance.between(2, 9), chance.between(100, 9_999));
    let lines = match chance.between(0, 8) {
        0 => format!(
            "MathMultiply(&mnWork, &lpDS->mnQuantity, &lpDS->mnAmount);\nMathRound(&mnWork, {small});\nMathAdd(&mnTotal, &mnTotal, &mnWork);"
        ),
        1 => format!(
            "for (i = 0; i < (int) DIM(szWork) && szWork[i] != 0; i++)\n{{\n   if (szWork[i] == _J('{small}'))\n      nState = nState * {small} + i;\n   else\n      nState ^= szWork[i] << (i % {small});\n}}"
        ),
        2 => format!(
            "switch (nState % {small})\n{{\n   case 0: jdeStrcpy(szWork, _J(\"state {large}\")); break;\n   case 1: lpDS->cMode = _J('{small}'); break;\n   case 2: nState += {large}; break;\n   default: IntToMathNumeric(nState, &mnWork); break;\n}}"
        ),
        3 => format!(
            "if (jdeStrncmp(szWork, lpDS->szText, {small}) > 0 && lpDS->nCount != {large})\n{{\n   jdeErrorSet(lpBhvrCom, lpVoid, IDERRszText_4, _J(\"4363\"), (LPVOID) NULL);\n   nState -= {small};\n}}"
        ),
        4 => format!(
            "if (DateCompare(&jdWork, &lpDS->jdDay) != 0 || jdWork.nYear < {large})\n{{\n   jdWork.nDay = (short) (nState % 28 + 1);\n   lpDS->bDone = TRUE;\n}}"
        ),
        5 => format!(
            "jdeSnprintf(szWork, DIM(szWork), _J(\"%d of %d, {large}\"), nState, lpDS->nCount);\nnState += (int) jdeStrlen(szWork);"
        ),
        6 => {
            let called = function_name((number + large) % functions + 1);
            format!(
                "if (lpDS->bDone && jdeCallObject(_J(\"{called}\"), NULL, lpBhvrCom, lpVoid, (LPVOID) lpDS,\n                  (CALLMAP *) NULL, 0, (JCHAR *) NULL, (JCHAR *) NULL, 0) == ER_ERROR)\n   return ER_ERROR;"
            )
        }
        7 => format!(
            "{{\n   int anTable[{small}];\n   for (i = 0; i < {small}; i++)\n      anTable[i] = (nState >> i) * {large} + lpDS->nCount;\n   for (i = 1; i < {small}; i++)\n      nState += anTable[i] > anTable[i - 1] ? anTable[i] : -anTable[i - 1];\n}}"
        ),
        _ => format!(
            "if (MathCompare(&mnTotal, &lpDS->mnQuantity) < 0 && MathZeroTest(&mnWork) != 0)\n{{\n   MathDivide(&mnTotal, &mnTotal, &mnWork);\n   MathNumericToInt(&mnTotal, &i);\n   nState += i % {large};\n}}"
        ),
    };
    lines.lines().for_each(|line| {
        let _ = writeln!(text, "   {line}");
    });
}

fn business_function(text: &mut String, number: usize, parts: usize) {
    let _ = write!(
        text,
        "\nJDEBFRTN (ID) JDEBFWINAPI {} (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD55{number:05} lpDS)\n{{\n   ID idResult = ER_SUCCESS;\n\n\
         \x20  if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD55{number:05}) NULL))\n   {{\n\
         \x20     jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J(\"4363\"), (LPVOID) NULL);\n      return ER_ERROR;\n   }}\n",
        function_name(number)
    );
    for part in 0..parts {
        let _ = writeln!(text, "   if (idResult != ER_ERROR)\n      idResult = I55{number:05}_Part{part}(lpBhvrCom, lpVoid, lpDS);");
    }
    text.push_str("   return idResult;\n}\n");
}

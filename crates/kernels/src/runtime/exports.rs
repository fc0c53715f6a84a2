//! The list of everything that libraries may call by name. It is what keeps these functions in the program: nothing in Rust calls most of
//! them.

#![expect(unsafe_code, reason = "the variadic functions are in C")]

use super::{call, convert, date, error, file, memory, numeric, plain_number, pointers, session, text};

/// The functions of `sdk/variadic.c`, of which only the address is used here.
mod variadic {
    unsafe extern "C" {
        pub fn jdeFprintf();
        pub fn jdeFprintfConvert();
        pub fn jdeSnprintf();
        pub fn jdeSprintf();
        pub fn jdeSscanf();
        pub fn jdeTraceSz();
        pub fn jdeVsnprintf();
        pub fn jdeVsprintf();
        pub fn jdeZSnprintf();
        pub fn jdeZSprintf();
        pub fn jdeZSscanf();
        pub fn jdeZVsnprintf();
        pub fn jdeZVsprintf();
    }
}

macro_rules! addresses {
    ($($module:ident: $($name:ident)+;)+) => {
        vec![$($((stringify!($name), $module::$name as *const ()),)+)+]
    };
}

/// Names and addresses, by theme: the names of `sdk/exports.txt`.
pub fn exports() -> Vec<(&'static str, *const ())> {
    addresses! {
        call: jdeCallObject;
        convert: jdeFromUnicode jdeToUnicode;
        date:
            DateCompare DeformatDate FormatDate IsJDEDATENull jdeConvertUDCToDateFormat jdeUTimeCompare
            jdeUTimeIsNull jdeUTimeNow jdeUTimeToDate;
        error: jdeErrorClear jdeErrorClearAll jdeErrorSet jdeErrorSetToText jdeSetGBRError jdeSetGBRErrorSubText;
        file:
            jdeAccess jdeFclose jdeFeof jdeFflush jdeFgetc jdeFgets jdeFgetsConvert jdeFopen jdeFputc jdeFputs
            jdeFputsConvert jdeFread jdeFseek jdeFtell jdeFwrite jdeRemove jdeRename jdeRewind;
        memory: jdeAlloc jdeFree jdeMemset jdeReAlloc;
        numeric:
            DoubleToMathNumeric FormatMathNumeric IntToMathNumeric LongToMathNumeric MathAbs MathAdd MathCompare
            MathCopy MathDivide MathMultiply MathNegate MathNumericToDouble MathNumericToInt MathNumericToLong
            MathNumericToShort MathRound MathSubtract MathTruncate MathZeroTest ParseNumericString
            ShortToMathNumeric ZeroMathNumeric jdeMathGetCurrencyCode jdeMathGetCurrencyDecimals
            jdeMathGetDecimalPosition jdeMathGetRawString jdeMathGetSign jdeMathSetCurrencyCode
            jdeMathSetCurrencyCodeUNI jdeMathSetCurrencyDecimals jdeZMathGetRawString;
        plain_number:
            jdeAtof jdeAtoi jdeAtol jdeItoa jdeLtoa jdeStrtod jdeStrtol jdeZAtof jdeZAtoi jdeZAtol jdeZItoa jdeZLtoa
            jdeZStrtod jdeZStrtol;
        pointers: jdeRemoveDataPtr jdeRetrieveDataPtr jdeStoreDataPtr;
        session: JDB_FreeBhvr JDB_InitBhvr;
        text:
            IsStringBlank jdeIsalnum jdeIsalpha jdeIsdigit jdeIslower jdeIsspace jdeIsupper jdeNIDcmp jdeNIDcpy
            jdeStrcat jdeStrchr jdeStrcmp jdeStrcpy jdeStrcspn jdeStrdup jdeStricmp jdeStripTrailingBlanks jdeStrlen
            jdeStrlwr jdeStrncat jdeStrncmp jdeStrncpy jdeStrncpyTerminate jdeStrnicmp jdeStrpbrk jdeStrrchr
            jdeStrspn jdeStrstr jdeStrtok jdeStrupr jdeTolower jdeToupper jdeZIsalnum jdeZIsalpha jdeZIsdigit
            jdeZIslower jdeZIsspace jdeZIsupper jdeZStrcat jdeZStrchr jdeZStrcmp jdeZStrcpy jdeZStrcspn jdeZStrdup
            jdeZStricmp jdeZStrlen jdeZStrlwr jdeZStrncat jdeZStrncmp jdeZStrncpy jdeZStrncpyTerminate jdeZStrnicmp
            jdeZStrpbrk jdeZStrrchr jdeZStrspn jdeZStrstr jdeZStrtok jdeZStrupr jdeZTolower jdeZToupper;
        variadic:
            jdeFprintf jdeFprintfConvert jdeSnprintf jdeSprintf jdeSscanf jdeTraceSz jdeVsnprintf jdeVsprintf
            jdeZSnprintf jdeZSprintf jdeZSscanf jdeZVsnprintf jdeZVsprintf;
    }
}

/* MATH_NUMERIC by hand-written cases: layout, arithmetic, text, and damaged numbers. */
#include "check.h"

static MATH_NUMERIC number(const JCHAR *text)
{
    MATH_NUMERIC result;
    ParseNumericString(&result, text);
    return result;
}

static JCHAR szShown[MAXLEN_MATH_NUMERIC + 1];

static const JCHAR *shown(MATH_NUMERIC value)
{
    FormatMathNumeric(szShown, &value);
    return szShown;
}

THEME(Layout)
{
    BEGIN_THEME;
    CHECK(sizeof(MATH_NUMERIC) == 50 && _Alignof(MATH_NUMERIC) == 2 && sizeof(JDEDATE) == 6 && sizeof(JDEUTIME) == 16);
    CHECK(offsetof(MATH_NUMERIC, Sign) == 33 && offsetof(MATH_NUMERIC, nDecimalPosition) == 36 && offsetof(MATH_NUMERIC, nPrecision) == 48);
    CHECK(sizeof(ID) == 4 && sizeof(JCHAR) == 2 && sizeof(BOOL) == 4 && sizeof(HUSER) == sizeof(void *));
    return ER_SUCCESS;
}

THEME(Arithmetic)
{
    MATH_NUMERIC left = number(_J("12.50")), right = number(_J("-3")), result;

    BEGIN_THEME;
    MathAdd(&result, &left, &right);
    IS(shown(result), "9.5");
    MathSubtract(&result, &left, &right);
    IS(shown(result), "15.5");
    MathMultiply(&result, &left, &right);
    IS(shown(result), "-37.5");
    MathDivide(&result, &left, &right);
    IS(shown(result), "-4.16666666666666666666666666667");
    MathDivide(&left, &left, &left);
    IS(shown(left), "1");
    ZeroMathNumeric(&right);
    MathDivide(&result, &left, &right);
    CHECK(MathZeroTest(&result) == 0);
    result = number(_J("2.345"));
    MathRound(&result, 2);
    IS(shown(result), "2.35");
    MathTruncate(&result, 1);
    IS(shown(result), "2.3");
    MathNegate(&result);
    IS(shown(result), "-2.3");
    CHECK(MathZeroTest(&result) < 0 && MathCompare(&result, &left) < 0 && MathCompare(&left, &result) > 0);
    MathAbs(&result);
    CHECK(MathZeroTest(&result) > 0 && MathCompare(&result, &result) == 0);
    MathRound(&result, -5);
    IS(shown(result), "2");
    MathAdd(NULL, &left, &right);
    MathAdd(&result, NULL, &left);
    IS(shown(result), "1");
    return ER_SUCCESS;
}

THEME(Text)
{
    MATH_NUMERIC value;

    BEGIN_THEME;
    CHECK(ParseNumericString(&value, _J(" -1,5")) == 1 && MathZeroTest(&value) == 0);
    CHECK(ParseNumericString(&value, _J(" -1.50 ")) == 0);
    IS(shown(value), "-1.5");
    CHECK(ParseNumericString(&value, _J("")) == 0 && ParseNumericString(&value, NULL) == 0);
    IS(shown(value), "0");
    CHECK(ParseNumericString(&value, _J("2.5E3")) == 0);
    IS(shown(value), "2500");
    CHECK(ParseNumericString(&value, _J("1e32")) == 1);
    IS(shown(number(_J("-0.1234567890123456789012345678901"))), "-0.12345678901234567890123456789");
    IS(shown(number(_J("-12345678901234567890123456789012"))), "-1.2345678901234567890123456E+31");
    return ER_SUCCESS;
}

THEME(Conversions)
{
    MATH_NUMERIC value = number(_J("-2147483649.9"));
    int whole;
    long large;
    short small;
    double real;

    BEGIN_THEME;
    MathNumericToInt(&value, &whole);
    MathNumericToLong(&value, &large);
    MathNumericToShort(&value, &small);
    MathNumericToDouble(&value, &real);
    CHECK(whole == INT32_MIN && large == -2147483649L && small == INT16_MIN && real == -2147483649.9);
    IntToMathNumeric(-7, &value);
    IS(shown(value), "-7");
    LongToMathNumeric(9999999999L, &value);
    IS(shown(value), "9999999999");
    ShortToMathNumeric(12, &value);
    IS(shown(value), "12");
    DoubleToMathNumeric(0.1, &value);
    IS(shown(value), "0.1");
    DoubleToMathNumeric(NAN, &value);
    IS(shown(value), "0");
    return ER_SUCCESS;
}

THEME(Parts)
{
    MATH_NUMERIC value = number(_J("-0.050")), copy;

    BEGIN_THEME;
    Z_IS(jdeMathGetRawString(&value), "5");
    Z_IS(jdeZMathGetRawString(&value), "5");
    CHECK(jdeMathGetDecimalPosition(&value) == 2 && jdeMathGetSign(&value) == '-');
    CHECK(value.nDecimalPosition == 2 && value.nLength == 1 && value.Sign == '-');
    jdeMathSetCurrencyCode(&value, "EURO");
    Z_IS(jdeMathGetCurrencyCode(&value), "EUR");
    jdeMathSetCurrencyCodeUNI(&value, _J("USD"));
    jdeMathSetCurrencyDecimals(&value, 2);
    MathCopy(&copy, &value);
    Z_IS(jdeMathGetCurrencyCode(&copy), "USD");
    MathAdd(&copy, &value, &value);
    Z_IS(copy.szCurrency, "USD");
    CHECK(jdeMathGetCurrencyDecimals(&copy) == 2);
    MathAbs(&copy);
    CHECK(jdeMathGetSign(&copy) == ' ' && copy.Sign == 0);
    Z_IS(jdeMathGetCurrencyCode(&copy), "USD");
    return ER_SUCCESS;
}

/* What sources make of a number by hand, or leave of it. */
THEME(Damaged)
{
    MATH_NUMERIC value;

    BEGIN_THEME;
    memset(&value, 0, sizeof(value));
    CHECK(MathZeroTest(&value) == 0);
    IS(shown(value), "0");
    memset(&value, 0xff, sizeof(value));
    IS(shown(value), "0");
    memset(&value, '9', sizeof(value));
    value.nDecimalPosition = 32;
    CHECK(MathZeroTest(&value) > 0);
    value.nDecimalPosition = 0;
    memset(value.String, '9', sizeof(value.String));
    IS(shown(value), "99999999999999999999999999999999");
    value.Sign = '-';
    MathAdd(&value, &value, &value);
    CHECK(MathZeroTest(&value) == 0);
    memset(&value, 0, sizeof(value));
    strcpy(value.String, "00125");
    value.nDecimalPosition = 2;
    IS(shown(value), "1.25");
    FormatMathNumeric(NULL, &value);
    FormatMathNumeric(lpDS->szFailure, NULL);
    IS(lpDS->szFailure, "0");
    lpDS->szFailure[0] = 0;
    return ER_SUCCESS;
}

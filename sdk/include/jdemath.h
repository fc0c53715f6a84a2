/*
 * Decimal arithmetic on MATH_NUMERIC. A result may be one of the operands. Adding, subtracting and multiplying
 * are exact up to 32 significant digits, dividing gives 32 significant digits; what does not fit is rounded
 * half away from zero. Digits behind the 63rd decimal place are rounded off too. Dividing by zero gives zero,
 * and so does a result of more than 32 digits before the point; the trace then has a line about it. The
 * currency of a result is that of the left operand.
 */
#ifndef PACKWRIGHT_JDEMATH_H
#define PACKWRIGHT_JDEMATH_H

#include "jdetypes.h"

extern void ZeroMathNumeric(LPMATH_NUMERIC number);
extern void MathCopy(LPMATH_NUMERIC destination, const MATH_NUMERIC *source);

extern void MathAdd(LPMATH_NUMERIC result, const MATH_NUMERIC *left, const MATH_NUMERIC *right);
extern void MathSubtract(LPMATH_NUMERIC result, const MATH_NUMERIC *left, const MATH_NUMERIC *right);
extern void MathMultiply(LPMATH_NUMERIC result, const MATH_NUMERIC *left, const MATH_NUMERIC *right);
extern void MathDivide(LPMATH_NUMERIC result, const MATH_NUMERIC *left, const MATH_NUMERIC *right);

/* In place. Decimals from 0 to 63; MathRound rounds half away from zero, MathTruncate drops the rest. */
extern void MathRound(LPMATH_NUMERIC number, int decimals);
extern void MathTruncate(LPMATH_NUMERIC number, int decimals);
extern void MathNegate(LPMATH_NUMERIC number);
extern void MathAbs(LPMATH_NUMERIC number);

/* Below 0, 0 or above 0: left against right, and a number against zero. */
extern int MathCompare(const MATH_NUMERIC *left, const MATH_NUMERIC *right);
extern int MathZeroTest(const MATH_NUMERIC *number);

/* Text: blanks around it, a sign, digits with one decimal point, and an exponent from -63 to 63 (1.5E3). Blank
 * text is zero. The result is 0, or 1 when the text is no number or has more than 32 digits before the point
 * (then the number is zero). */
extern int ParseNumericString(LPMATH_NUMERIC number, const JCHAR *text);

/* Plain text with a leading minus and a decimal point: at most MAXLEN_MATH_NUMERIC characters and the end. A
 * longer fraction is rounded to fit; minus and 32 digits are written with an exponent and their first 26 digits. */
extern void FormatMathNumeric(JCHAR *text, const MATH_NUMERIC *number);

/* To a plain number: the fraction is dropped, and what is too large becomes the largest there is. */
extern void MathNumericToInt(const MATH_NUMERIC *number, int *result);
extern void MathNumericToLong(const MATH_NUMERIC *number, long *result);
extern void MathNumericToShort(const MATH_NUMERIC *number, short *result);
extern void MathNumericToDouble(const MATH_NUMERIC *number, double *result);
extern void IntToMathNumeric(int value, LPMATH_NUMERIC number);
extern void LongToMathNumeric(long value, LPMATH_NUMERIC number);
extern void ShortToMathNumeric(short value, LPMATH_NUMERIC number);
extern void DoubleToMathNumeric(double value, LPMATH_NUMERIC number);

/* Parts. The text belongs to the number; the sign is '-' or ' '. */
extern ZCHAR *jdeMathGetRawString(LPMATH_NUMERIC number);
extern ZCHAR *jdeZMathGetRawString(LPMATH_NUMERIC number);
extern short jdeMathGetDecimalPosition(const MATH_NUMERIC *number);
extern BYTE jdeMathGetSign(const MATH_NUMERIC *number);

/* The currency code has up to three characters. */
extern void jdeMathSetCurrencyCode(LPMATH_NUMERIC number, const ZCHAR *code);
extern void jdeMathSetCurrencyCodeUNI(LPMATH_NUMERIC number, const JCHAR *code);
extern ZCHAR *jdeMathGetCurrencyCode(LPMATH_NUMERIC number);
extern void jdeMathSetCurrencyDecimals(LPMATH_NUMERIC number, short decimals);
extern short jdeMathGetCurrencyDecimals(const MATH_NUMERIC *number);

#endif

/*
 * B5500940: how the reports of this library print an amount.
 */
#ifndef B5500940_H
#define B5500940_H

/* Room for the longest number, a point, two decimals and the end. */
#define AMOUNT_TEXT_SIZE (MAXLEN_MATH_NUMERIC + 4)

/* Internal functions */

void I5500940_AmountText (JCHAR *szText, LPMATH_NUMERIC lpAmount);

#endif

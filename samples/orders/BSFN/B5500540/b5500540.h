/*
 * B5500540: rounding of amounts for the functions of this library.
 */
#ifndef B5500540_H
#define B5500540_H

/* Internal functions */

BOOL I5500540_RoundAmount (LPMATH_NUMERIC lpAmount, int nDecimals, JCHAR cMethod);

void I5500540_PercentOf (LPMATH_NUMERIC lpResult, LPMATH_NUMERIC lpAmount, LPMATH_NUMERIC lpPercent);

#endif

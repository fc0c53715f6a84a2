/*
 * B5500540: rounding of amounts. It exports no business function; the other sources of the library call it
 * with CALLIBF and CALLIBFRET.
 */
#include <jde.h>

#define b5500540_c

#include <b5500540.h>
#include <b5500550.h>

/* Rounds in place. No method, or a blank, is ROUND_NEAREST; an unknown one leaves the amount alone and gives FALSE. */
BOOL I5500540_RoundAmount (LPMATH_NUMERIC lpAmount, int nDecimals, JCHAR cMethod)
{
   MATH_NUMERIC   mnExact;
   MATH_NUMERIC   mnStep;
   MATH_NUMERIC   mnTenth;
   int            nPlace = 0;

   switch (cMethod)
   {
      case _J('\0'):
      case _J(' '):
      case ROUND_NEAREST:
         MathRound(lpAmount, nDecimals);
         return TRUE;

      case ROUND_DOWN:
         MathTruncate(lpAmount, nDecimals);
         return TRUE;

      case ROUND_UP:
         break;

      default:
         return FALSE;
   }

   MathCopy(&mnExact, lpAmount);
   MathTruncate(lpAmount, nDecimals);
   if (MathCompare(&mnExact, lpAmount) == 0)
   {
      return TRUE;
   }

   /* One unit of the last decimal place, away from zero. */
   IntToMathNumeric(1, &mnStep);
   ParseNumericString(&mnTenth, _J("0.1"));
   for (nPlace = 0; nPlace < nDecimals; nPlace++)
   {
      MathMultiply(&mnStep, &mnStep, &mnTenth);
   }
   if (MathZeroTest(&mnExact) < 0)
   {
      MathSubtract(lpAmount, lpAmount, &mnStep);
   }
   else
   {
      MathAdd(lpAmount, lpAmount, &mnStep);
   }
   return TRUE;
}

/* Exact: multiplies by a hundredth instead of dividing by a hundred. */
void I5500540_PercentOf (LPMATH_NUMERIC lpResult, LPMATH_NUMERIC lpAmount, LPMATH_NUMERIC lpPercent)
{
   MATH_NUMERIC mnHundredth;

   ParseNumericString(&mnHundredth, _J("0.01"));
   MathMultiply(lpResult, lpAmount, lpPercent);
   MathMultiply(lpResult, lpResult, &mnHundredth);
}

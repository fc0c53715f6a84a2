/*
 * B5500940: how the reports print an amount: always with two decimals. It exports no business function; the other
 * sources of the library call it with CALLIBF.
 */
#include <jde.h>

#define b5500940_c

#include <b5500940.h>

#define AMOUNT_DECIMALS 2

/* The text must have room for AMOUNT_TEXT_SIZE characters. */
void I5500940_AmountText (JCHAR *szText, LPMATH_NUMERIC lpAmount)
{
   MATH_NUMERIC   mnRounded;
   JCHAR         *szPoint    = (JCHAR *) NULL;
   size_t         nDecimals  = 0;

   MathCopy(&mnRounded, lpAmount);
   MathRound(&mnRounded, AMOUNT_DECIMALS);
   FormatMathNumeric(szText, &mnRounded);

   /* A number carries no zeros at the end of its fraction. */
   szPoint = jdeStrchr(szText, _J('.'));
   if (szPoint == (JCHAR *) NULL)
   {
      jdeStrcat(szText, _J("."));
   }
   else
   {
      nDecimals = jdeStrlen(szPoint) - 1;
   }
   for (; nDecimals < AMOUNT_DECIMALS; nDecimals++)
   {
      jdeStrcat(szText, _J("0"));
   }
}

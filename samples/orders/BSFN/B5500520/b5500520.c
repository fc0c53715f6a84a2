/*
 * B5500520: discounts in percent. The discount is rounded, never the rest, so that both add up to the gross amount.
 */
#include <jde.h>

#define b5500520_c

#include <b5500520.h>
#include <b5500540.h>
#include <b5500550.h>

JDEBFRTN (ID) JDEBFWINAPI F5505ApplyDiscount (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500520 lpDS)
{
   MATH_NUMERIC   mnHundred;
   BOOL           bRounded = FALSE;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500520) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnDiscountAmount);
   MathCopy(&lpDS->mnNetAmount, &lpDS->mnGrossAmount);

   IntToMathNumeric(100, &mnHundred);
   if (MathZeroTest(&lpDS->mnDiscountPercent) < 0 || MathCompare(&lpDS->mnDiscountPercent, &mnHundred) > 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnDiscountPercent_2, _J("55D3"), (LPVOID) NULL);
      return ER_ERROR;
   }

   CALLIBF(I5500540_PercentOf(&lpDS->mnDiscountAmount, &lpDS->mnGrossAmount, &lpDS->mnDiscountPercent));
   CALLIBFRET(bRounded, I5500540_RoundAmount(&lpDS->mnDiscountAmount, PRICE_AMOUNT_DECIMALS, lpDS->cRounding));
   if (!bRounded)
   {
      ZeroMathNumeric(&lpDS->mnDiscountAmount);
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRcRounding_3, _J("55D4"), (LPVOID) NULL);
      return ER_ERROR;
   }
   MathSubtract(&lpDS->mnNetAmount, &lpDS->mnGrossAmount, &lpDS->mnDiscountAmount);

   return ER_SUCCESS;
}

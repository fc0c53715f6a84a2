/*
 * B5500530: the tax on an amount, at a rate in percent. An amount below zero, as of a returned item, has a tax below zero.
 */
#include <jde.h>

#define b5500530_c

#include <b5500530.h>
#include <b5500540.h>
#include <b5500550.h>

JDEBFRTN (ID) JDEBFWINAPI F5505CalculateTax (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500530 lpDS)
{
   BOOL bRounded = FALSE;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500530) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnTaxAmount);

   if (MathZeroTest(&lpDS->mnTaxRate) < 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnTaxRate_2, _J("55D5"), (LPVOID) NULL);
      return ER_ERROR;
   }

   CALLIBF(I5500540_PercentOf(&lpDS->mnTaxAmount, &lpDS->mnTaxableAmount, &lpDS->mnTaxRate));
   CALLIBFRET(bRounded, I5500540_RoundAmount(&lpDS->mnTaxAmount, PRICE_AMOUNT_DECIMALS, lpDS->cRounding));
   if (!bRounded)
   {
      ZeroMathNumeric(&lpDS->mnTaxAmount);
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRcRounding_3, _J("55D4"), (LPVOID) NULL);
      return ER_ERROR;
   }

   return ER_SUCCESS;
}

/*
 * B5500340: quantities in other units of measure, with four decimals.
 */
#include <jde.h>

#define b5500340_c

#include <b5500340.h>

#define QUANTITY_DECIMALS 4

JDEBFRTN (ID) JDEBFWINAPI F5503ConvertUnit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500340 lpDS)
{
   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500340) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnConverted);

   if (MathZeroTest(&lpDS->mnConversionFactor) <= 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnConversionFactor_2, _J("55B3"), (LPVOID) NULL);
      return ER_ERROR;
   }

   if (lpDS->cOperation == _J('M'))
   {
      MathMultiply(&lpDS->mnConverted, &lpDS->mnQuantity, &lpDS->mnConversionFactor);
   }
   else if (lpDS->cOperation == _J('D'))
   {
      MathDivide(&lpDS->mnConverted, &lpDS->mnQuantity, &lpDS->mnConversionFactor);
   }
   else
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRcOperation_3, _J("55B5"), (LPVOID) NULL);
      return ER_ERROR;
   }
   MathRound(&lpDS->mnConverted, QUANTITY_DECIMALS);

   return ER_SUCCESS;
}

/*
 * B5500510: the unit price at a quantity. Quantity breaks are text such as "10:18.50;50:17.00":
 * from 10 pieces on 18.50 each, from 50 on 17.00. Their order does not matter.
 */
#include <jde.h>

#define b5500510_c

#include <b5500510.h>
#include <b5500550.h>

/* Reads "quantity:price", and cuts the text in two while doing so. FALSE when it is something else. */
static BOOL I5500510_ReadBreak (JCHAR *szBreak, LPMATH_NUMERIC lpFrom, LPMATH_NUMERIC lpPrice)
{
   JCHAR *szPrice = jdeStrchr(szBreak, PRICE_BREAK_SIGN);

   if (szPrice == (JCHAR *) NULL)
   {
      return FALSE;
   }
   *szPrice = _J('\0');
   szPrice++;

   /* A blank text would be read as zero. */
   if (IsStringBlank(szBreak) || IsStringBlank(szPrice))
   {
      return FALSE;
   }
   if (ParseNumericString(lpFrom, szBreak) != 0 || ParseNumericString(lpPrice, szPrice) != 0)
   {
      return FALSE;
   }
   return MathZeroTest(lpFrom) > 0 && MathZeroTest(lpPrice) >= 0;
}

JDEBFRTN (ID) JDEBFWINAPI F5505UnitPriceForQuantity (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500510 lpDS)
{
   MATH_NUMERIC   mnFrom;
   MATH_NUMERIC   mnPrice;
   MATH_NUMERIC   mnBestFrom;
   JCHAR          szBreaks[DIM(lpDS->szPriceBreaks)];
   JCHAR         *szBreak   = (JCHAR *) NULL;
   short          nBreak    = 0;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500510) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&mnFrom);
   ZeroMathNumeric(&mnPrice);
   ZeroMathNumeric(&mnBestFrom);

   MathCopy(&lpDS->mnUnitPrice, &lpDS->mnBasePrice);
   lpDS->nBreakUsed = 0;

   if (MathZeroTest(&lpDS->mnQuantity) <= 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnQuantity_1, _J("55D1"), (LPVOID) NULL);
      return ER_ERROR;
   }

   jdeStrncpyTerminate(szBreaks, lpDS->szPriceBreaks, DIM(szBreaks));
   for (szBreak = jdeStrtok(szBreaks, PRICE_BREAK_END);
        szBreak != (JCHAR *) NULL;
        szBreak = jdeStrtok((JCHAR *) NULL, PRICE_BREAK_END))
   {
      if (IsStringBlank(szBreak))
      {
         continue;
      }
      nBreak++;
      if (!I5500510_ReadBreak(szBreak, &mnFrom, &mnPrice))
      {
         jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszPriceBreaks_3, _J("55D2"), (LPVOID) NULL);
         return ER_ERROR;
      }

      /* The highest break that the quantity reaches. */
      if (MathCompare(&lpDS->mnQuantity, &mnFrom) >= 0 && MathCompare(&mnFrom, &mnBestFrom) > 0)
      {
         MathCopy(&mnBestFrom, &mnFrom);
         MathCopy(&lpDS->mnUnitPrice, &mnPrice);
         lpDS->nBreakUsed = nBreak;
      }
   }

   return ER_SUCCESS;
}

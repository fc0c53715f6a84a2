/*
 * B5500330: what a warehouse has, and what it should order.
 */
#include <jde.h>

#define b5500330_c

#include <b5500330.h>

/* What is on hand and not yet promised to anybody; below zero when more is promised than there is. */
JDEBFRTN (ID) JDEBFWINAPI F5506AvailableQuantity (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500330 lpDS)
{
   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500330) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   MathSubtract(&lpDS->mnAvailable, &lpDS->mnOnHand, &lpDS->mnCommitted);
   return ER_SUCCESS;
}

/*
 * Nothing while more is available than the reorder point. Else the reorder quantity, or what is missing up to the
 * reorder point when that is more, raised to a multiple of the order multiple.
 */
JDEBFRTN (ID) JDEBFWINAPI F5506ReorderQuantity (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500331 lpDS)
{
   MATH_NUMERIC   mnMissing;
   MATH_NUMERIC   mnWanted;
   MATH_NUMERIC   mnLots;
   MATH_NUMERIC   mnOne;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500331) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnSuggested);

   if (MathZeroTest(&lpDS->mnOrderMultiple) <= 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnOrderMultiple_4, _J("55B3"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (MathCompare(&lpDS->mnAvailable, &lpDS->mnReorderPoint) > 0)
   {
      return ER_SUCCESS;
   }

   MathSubtract(&mnMissing, &lpDS->mnReorderPoint, &lpDS->mnAvailable);
   MathCopy(&mnWanted, &lpDS->mnReorderQuantity);
   if (MathCompare(&mnMissing, &mnWanted) > 0)
   {
      MathCopy(&mnWanted, &mnMissing);
   }

   MathDivide(&mnLots, &mnWanted, &lpDS->mnOrderMultiple);
   MathTruncate(&mnLots, 0);
   MathMultiply(&lpDS->mnSuggested, &mnLots, &lpDS->mnOrderMultiple);
   if (MathCompare(&lpDS->mnSuggested, &mnWanted) < 0)
   {
      IntToMathNumeric(1, &mnOne);
      MathAdd(&mnLots, &mnLots, &mnOne);
      MathMultiply(&lpDS->mnSuggested, &mnLots, &lpDS->mnOrderMultiple);
   }

   return ER_SUCCESS;
}

/*
 * B5500920: the lines of the stock report. The quantities come from the item library.
 */
#include <jde.h>

#define b5500920_c

#include <b5500920.h>
#include <d5500330.h>
#include <d5500331.h>

static ID I5500920_Available (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500920 lpDS)
{
   DSD5500330  dsStock;
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsStock, 0, sizeof(dsStock));
   MathCopy(&dsStock.mnOnHand, &lpDS->mnOnHand);
   MathCopy(&dsStock.mnCommitted, &lpDS->mnCommitted);
   idResult = jdeCallObject(_J("F5506AvailableQuantity"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsStock,
                            (CALLMAP *) NULL, 0, (JCHAR *) NULL, (JCHAR *) NULL, 0);
   MathCopy(&lpDS->mnAvailable, &dsStock.mnAvailable);
   return idResult;
}

static ID I5500920_Suggest (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500920 lpDS)
{
   DSD5500331  dsReorder;
   CALLMAP     map[] = {{IDERRmnOrderMultiple_7, IDERRmnOrderMultiple_4}};
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsReorder, 0, sizeof(dsReorder));
   MathCopy(&dsReorder.mnAvailable, &lpDS->mnAvailable);
   MathCopy(&dsReorder.mnReorderPoint, &lpDS->mnReorderPoint);
   MathCopy(&dsReorder.mnReorderQuantity, &lpDS->mnReorderQuantity);
   MathCopy(&dsReorder.mnOrderMultiple, &lpDS->mnOrderMultiple);
   idResult = jdeCallObject(_J("F5506ReorderQuantity"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsReorder,
                            map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
   MathCopy(&lpDS->mnSuggested, &dsReorder.mnSuggested);
   return idResult;
}

JDEBFRTN (ID) JDEBFWINAPI R5502StockStatus (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500920 lpDS)
{
   JCHAR szAvailable[MAXLEN_MATH_NUMERIC + 1];
   JCHAR szSuggested[MAXLEN_MATH_NUMERIC + 1];

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500920) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnAvailable);
   ZeroMathNumeric(&lpDS->mnSuggested);
   jdeStrcpy(lpDS->szReportLine, _J(""));

   if (I5500920_Available(lpBhvrCom, lpVoid, lpDS) == ER_ERROR
       || I5500920_Suggest(lpBhvrCom, lpVoid, lpDS) == ER_ERROR)
   {
      return ER_ERROR;
   }

   FormatMathNumeric(szAvailable, &lpDS->mnAvailable);
   FormatMathNumeric(szSuggested, &lpDS->mnSuggested);
   jdeSnprintf(lpDS->szReportLine, DIM(lpDS->szReportLine), _J("%-12s  %-25s  %16s  %16s"),
               lpDS->szWarehouse, lpDS->szItemNumber, szAvailable, szSuggested);

   return ER_SUCCESS;
}

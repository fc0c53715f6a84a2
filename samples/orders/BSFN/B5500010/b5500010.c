/*
 * B5500010: an order while it is being entered. Its lines are kept in memory as the rows they will become; the caller
 * holds a handle, a number of the stored pointers, and gives it back with F5501EndOrder.
 */
#include <jde.h>

#define b5500010_c

#include <b5500010.h>
#include <b5500060.h>
#include <d5500530.h>

/* The order behind a handle, also taking the handle back when bRemove is set. NULL, with a message, when there is none. */
static LPORDERLIST I5500010_FindOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, ID idItem, ID idOrderList, BOOL bRemove)
{
   HUSER        hUser   = (HUSER) NULL;
   LPORDERLIST  lpOrder = (LPORDERLIST) NULL;

   if (JDB_InitBhvr(lpBhvrCom, &hUser, (JCHAR *) NULL, JDEDB_COMMIT_AUTO) != JDEDB_PASSED)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("078S"), (LPVOID) NULL);
      return (LPORDERLIST) NULL;
   }
   if (bRemove)
   {
      lpOrder = (LPORDERLIST) jdeRemoveDataPtr(hUser, idOrderList);
   }
   else
   {
      lpOrder = (LPORDERLIST) jdeRetrieveDataPtr(hUser, idOrderList);
   }
   JDB_FreeBhvr(hUser);

   if (lpOrder == (LPORDERLIST) NULL)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, idItem, _J("55A1"), (LPVOID) NULL);
   }
   return lpOrder;
}

/* The tax on the net amount of a whole order, by the pricing library. */
static ID I5500010_Tax (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500010 lpDS)
{
   DSD5500530  dsTax;
   CALLMAP     map[] = {{IDERRmnTaxRate_3, IDERRmnTaxRate_2}, {IDERRcRounding_4, IDERRcRounding_3}};
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsTax, 0, sizeof(dsTax));
   MathCopy(&dsTax.mnTaxableAmount, &lpDS->mnNetAmount);
   MathCopy(&dsTax.mnTaxRate, &lpDS->mnTaxRate);
   dsTax.cRounding = lpDS->cRounding;
   idResult = jdeCallObject(_J("F5505CalculateTax"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsTax,
                            map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
   MathCopy(&lpDS->mnTaxAmount, &dsTax.mnTaxAmount);
   return idResult;
}

/* Net amount, tax and total of an open order. The tax is rounded once, on the sum of the lines. */
JDEBFRTN (ID) JDEBFWINAPI F5501CalculateOrderTotal (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500010 lpDS)
{
   LPORDERLIST  lpOrder = (LPORDERLIST) NULL;
   LPORDERLINE  lpLine  = (LPORDERLINE) NULL;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500010) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnNetAmount);
   ZeroMathNumeric(&lpDS->mnTaxAmount);
   ZeroMathNumeric(&lpDS->mnTotal);
   lpDS->nLines = 0;

   lpOrder = I5500010_FindOrder(lpBhvrCom, lpVoid, (ID) IDERRidOrderList_2, lpDS->idOrderList, FALSE);
   if (lpOrder == (LPORDERLIST) NULL)
   {
      return ER_ERROR;
   }
   if (MathCompare(&lpOrder->rowHeader.ohdoco, &lpDS->mnOrderNumber) != 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnOrderNumber_1, _J("55A1"), (LPVOID) NULL);
      return ER_ERROR;
   }

   for (lpLine = lpOrder->lpFirst; lpLine != (LPORDERLINE) NULL; lpLine = lpLine->lpNext)
   {
      MathAdd(&lpDS->mnNetAmount, &lpDS->mnNetAmount, &lpLine->rowLine.olntam);
   }
   lpDS->nLines = lpOrder->nLines;

   if (I5500010_Tax(lpBhvrCom, lpVoid, lpDS) == ER_ERROR)
   {
      return ER_ERROR;
   }
   MathAdd(&lpDS->mnTotal, &lpDS->mnNetAmount, &lpDS->mnTaxAmount);

   MathCopy(&lpOrder->rowHeader.ohntam, &lpDS->mnNetAmount);
   MathCopy(&lpOrder->rowHeader.ohstam, &lpDS->mnTaxAmount);
   MathCopy(&lpOrder->rowHeader.ohtotl, &lpDS->mnTotal);
   return ER_SUCCESS;
}

/* Opens an order without lines. A greatest number of lines of zero is ORDER_LINES_MAX. */
JDEBFRTN (ID) JDEBFWINAPI F5501BeginOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500011 lpDS)
{
   HUSER        hUser   = (HUSER) NULL;
   LPORDERLIST  lpOrder = (LPORDERLIST) NULL;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500011) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->idOrderList = (ID) 0;

   if (lpDS->nLinesMaximum < 0 || lpDS->nLinesMaximum > ORDER_LINES_MAX)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRnLinesMaximum_4, _J("55A6"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (JDB_InitBhvr(lpBhvrCom, &hUser, (JCHAR *) NULL, JDEDB_COMMIT_AUTO) != JDEDB_PASSED)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("078S"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpOrder = (LPORDERLIST) jdeAlloc(COMMON_POOL, sizeof(ORDERLIST), MEM_ZEROINIT | MEM_FIXED);
   if (lpOrder != (LPORDERLIST) NULL)
   {
      MathCopy(&lpOrder->rowHeader.ohdoco, &lpDS->mnOrderNumber);
      jdeStrncpyTerminate(lpOrder->rowHeader.ohcuno, lpDS->szCustomer, DIM(lpOrder->rowHeader.ohcuno));
      JDEDATECopy(&lpOrder->rowHeader.ohtrdj, &lpDS->jdOrderDate);
      lpOrder->nLinesMaximum = (lpDS->nLinesMaximum == 0) ? ORDER_LINES_MAX : lpDS->nLinesMaximum;
      lpDS->idOrderList = jdeStoreDataPtr(hUser, (void *) lpOrder);
   }
   JDB_FreeBhvr(hUser);

   if (lpDS->idOrderList == (ID) 0)
   {
      jdeFree((void *) lpOrder);
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRidOrderList_5, _J("55A4"), (LPVOID) NULL);
      return ER_ERROR;
   }
   return ER_SUCCESS;
}

/* Adds a line with the next number. */
JDEBFRTN (ID) JDEBFWINAPI F5501AddOrderLine (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500012 lpDS)
{
   LPORDERLIST  lpOrder = (LPORDERLIST) NULL;
   LPORDERLINE  lpLine  = (LPORDERLINE) NULL;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500012) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnLineNumber);

   lpOrder = I5500010_FindOrder(lpBhvrCom, lpVoid, (ID) IDERRidOrderList_1, lpDS->idOrderList, FALSE);
   if (lpOrder == (LPORDERLIST) NULL)
   {
      return ER_ERROR;
   }
   if (MathZeroTest(&lpDS->mnQuantity) <= 0)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnQuantity_3, _J("55D1"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (lpOrder->nLines < lpOrder->nLinesMaximum)
   {
      lpLine = (LPORDERLINE) jdeAlloc(COMMON_POOL, sizeof(ORDERLINE), MEM_ZEROINIT | MEM_FIXED);
   }
   if (lpLine == (LPORDERLINE) NULL)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRidOrderList_1, _J("55A2"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpOrder->nLines++;
   IntToMathNumeric((int) lpOrder->nLines, &lpDS->mnLineNumber);

   MathCopy(&lpLine->rowLine.oldoco, &lpOrder->rowHeader.ohdoco);
   MathCopy(&lpLine->rowLine.ollnid, &lpDS->mnLineNumber);
   jdeStrncpyTerminate(lpLine->rowLine.ollitm, lpDS->szItemNumber, DIM(lpLine->rowLine.ollitm));
   MathCopy(&lpLine->rowLine.oluorg, &lpDS->mnQuantity);
   MathCopy(&lpLine->rowLine.oluprc, &lpDS->mnUnitPrice);
   MathCopy(&lpLine->rowLine.olntam, &lpDS->mnNetAmount);

   if (lpOrder->lpLast == (LPORDERLINE) NULL)
   {
      lpOrder->lpFirst = lpLine;
   }
   else
   {
      lpOrder->lpLast->lpNext = lpLine;
   }
   lpOrder->lpLast = lpLine;

   return ER_SUCCESS;
}

/* Takes the handle back and frees the order with its lines. */
JDEBFRTN (ID) JDEBFWINAPI F5501EndOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500013 lpDS)
{
   LPORDERLIST  lpOrder = (LPORDERLIST) NULL;
   LPORDERLINE  lpLine  = (LPORDERLINE) NULL;
   LPORDERLINE  lpNext  = (LPORDERLINE) NULL;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500013) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->nLines = 0;

   lpOrder = I5500010_FindOrder(lpBhvrCom, lpVoid, (ID) IDERRidOrderList_1, lpDS->idOrderList, TRUE);
   if (lpOrder == (LPORDERLIST) NULL)
   {
      return ER_ERROR;
   }

   lpDS->nLines      = lpOrder->nLines;
   lpDS->idOrderList = (ID) 0;
   for (lpLine = lpOrder->lpFirst; lpLine != (LPORDERLINE) NULL; lpLine = lpNext)
   {
      lpNext = lpLine->lpNext;
      jdeFree((void *) lpLine);
   }
   jdeFree((void *) lpOrder);

   return ER_SUCCESS;
}

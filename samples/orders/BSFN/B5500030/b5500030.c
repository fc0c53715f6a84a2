/*
 * B5500030: the dates of an order, counted in working days from Monday to Friday. Holidays are not known here.
 */
#include <jde.h>

#define b5500030_c

#include <b5500030.h>
#include <b5500050.h>

#define LEAD_TIME_DAYS_MAX 999

/* The order date plus the lead time. Without a lead time it is the order date itself, or the Monday after it. */
JDEBFRTN (ID) JDEBFWINAPI F5501PromisedDate (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500030 lpDS)
{
   BOOL  bDate   = FALSE;
   BOOL  bWorks  = FALSE;
   long  lDay    = 0;
   short nLeft   = 0;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500030) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   memset((void *) &lpDS->jdPromisedDate, 0, sizeof(lpDS->jdPromisedDate));

   CALLIBFRET(bDate, I5500050_IsCalendarDate(&lpDS->jdOrderDate));
   if (!bDate)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRjdOrderDate_1, _J("55A5"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (lpDS->nLeadTimeDays < 0 || lpDS->nLeadTimeDays > LEAD_TIME_DAYS_MAX)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRnLeadTimeDays_2, _J("55A3"), (LPVOID) NULL);
      return ER_ERROR;
   }

   CALLIBFRET(lDay, I5500050_DayNumber(&lpDS->jdOrderDate));
   nLeft = lpDS->nLeadTimeDays;
   CALLIBFRET(bWorks, I5500050_IsWorkingDay(lDay));
   while (nLeft > 0 || !bWorks)
   {
      lDay++;
      CALLIBFRET(bWorks, I5500050_IsWorkingDay(lDay));
      if (bWorks && nLeft > 0)
      {
         nLeft--;
      }
   }
   CALLIBF(I5500050_DateOfDay(lDay, &lpDS->jdPromisedDate));

   /* The last years of the calendar leave no room for a long lead time. */
   CALLIBFRET(bDate, I5500050_IsCalendarDate(&lpDS->jdPromisedDate));
   if (!bDate)
   {
      memset((void *) &lpDS->jdPromisedDate, 0, sizeof(lpDS->jdPromisedDate));
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRjdOrderDate_1, _J("55A5"), (LPVOID) NULL);
      return ER_ERROR;
   }

   return ER_SUCCESS;
}

/* How much later than promised an order was shipped; zero when it was not late. */
JDEBFRTN (ID) JDEBFWINAPI F5501DaysLate (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500031 lpDS)
{
   BOOL  bDate     = FALSE;
   BOOL  bWorks    = FALSE;
   long  lPromised = 0;
   long  lShipped  = 0;
   long  lDay      = 0;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500031) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->nDaysLate        = 0;
   lpDS->nWorkingDaysLate = 0;
   lpDS->bLate            = FALSE;

   CALLIBFRET(bDate, I5500050_IsCalendarDate(&lpDS->jdPromisedDate));
   if (!bDate)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRjdPromisedDate_1, _J("55A5"), (LPVOID) NULL);
      return ER_ERROR;
   }
   CALLIBFRET(bDate, I5500050_IsCalendarDate(&lpDS->jdShippedDate));
   if (!bDate)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRjdShippedDate_2, _J("55A5"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (DateCompare(&lpDS->jdShippedDate, &lpDS->jdPromisedDate) <= 0)
   {
      return ER_SUCCESS;
   }

   CALLIBFRET(lPromised, I5500050_DayNumber(&lpDS->jdPromisedDate));
   CALLIBFRET(lShipped, I5500050_DayNumber(&lpDS->jdShippedDate));
   lpDS->bLate     = TRUE;
   lpDS->nDaysLate = (int) (lShipped - lPromised);
   for (lDay = lPromised + 1; lDay <= lShipped; lDay++)
   {
      CALLIBFRET(bWorks, I5500050_IsWorkingDay(lDay));
      if (bWorks)
      {
         lpDS->nWorkingDaysLate++;
      }
   }

   return ER_SUCCESS;
}

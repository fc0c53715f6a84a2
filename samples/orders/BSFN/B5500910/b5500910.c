/*
 * B5500910: the lines of the nightly order report, in columns of fixed width.
 */
#include <jde.h>

#define b5500910_c

#include <b5500910.h>
#include <b5500940.h>

#define DATE_MASK       _J("E-O-A")
#define DATE_TEXT_SIZE  32

JDEBFRTN (ID) JDEBFWINAPI R5501FormatReportLine (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500910 lpDS)
{
   JCHAR szNumber[MAXLEN_MATH_NUMERIC + 1];
   JCHAR szDate[DATE_TEXT_SIZE];
   JCHAR szTotal[AMOUNT_TEXT_SIZE];

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500910) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   FormatMathNumeric(szNumber, &lpDS->mnOrderNumber);
   FormatDate(szDate, &lpDS->jdOrderDate, DATE_MASK);
   CALLIBF(I5500940_AmountText(szTotal, &lpDS->mnTotal));
   jdeSnprintf(lpDS->szReportLine, DIM(lpDS->szReportLine), _J("%8s  %-10s  %-10s  %18s %s"),
               szNumber, lpDS->szCustomer, szDate, szTotal, lpDS->szCurrency);

   return ER_SUCCESS;
}

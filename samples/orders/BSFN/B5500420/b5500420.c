/*
 * B5500420: whether a customer has credit for one more order. A limit of zero means that there is no limit.
 */
#include <jde.h>

#define b5500420_c

#include <b5500420.h>

#define HOLD_NONE    _J(' ')
#define HOLD_CREDIT  _J('C')

/* What a message tells about its case: the runtime puts this text behind it. */
typedef struct tagCREDITTEXT
{
   JCHAR szDescription[81];
} CREDITTEXT;

static void I5500420_Describe (CREDITTEXT *lpText, LPDSD5500420 lpDS)
{
   JCHAR szPercent[MAXLEN_MATH_NUMERIC + 1];
   JCHAR szLimit[MAXLEN_MATH_NUMERIC + 1];

   FormatMathNumeric(szPercent, &lpDS->mnCreditUsedPercent);
   FormatMathNumeric(szLimit, &lpDS->mnCreditLimit);
   jdeSnprintf(lpText->szDescription, DIM(lpText->szDescription), _J("%s percent of %s"), szPercent, szLimit);
}

JDEBFRTN (ID) JDEBFWINAPI F5504CheckCredit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500420 lpDS)
{
   MATH_NUMERIC   mnUsed;
   MATH_NUMERIC   mnHundred;
   CREDITTEXT     dsText;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500420) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnCreditUsedPercent);
   lpDS->cHoldCode = HOLD_NONE;

   if (MathZeroTest(&lpDS->mnCreditLimit) <= 0)
   {
      return ER_SUCCESS;
   }

   MathAdd(&mnUsed, &lpDS->mnOpenBalance, &lpDS->mnOrderAmount);
   IntToMathNumeric(100, &mnHundred);
   MathMultiply(&lpDS->mnCreditUsedPercent, &mnUsed, &mnHundred);
   MathDivide(&lpDS->mnCreditUsedPercent, &lpDS->mnCreditUsedPercent, &lpDS->mnCreditLimit);
   MathRound(&lpDS->mnCreditUsedPercent, 2);

   /* Amounts decide, not the percentage, which is rounded. */
   if (MathCompare(&mnUsed, &lpDS->mnCreditLimit) > 0)
   {
      lpDS->cHoldCode = HOLD_CREDIT;
      I5500420_Describe(&dsText, lpDS);
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnOrderAmount_3, _J("55C1"), (LPVOID) &dsText);
      return ER_ERROR;
   }
   if (MathZeroTest(&lpDS->mnWarningPercent) > 0
       && MathCompare(&lpDS->mnCreditUsedPercent, &lpDS->mnWarningPercent) >= 0)
   {
      I5500420_Describe(&dsText, lpDS);
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnOrderAmount_3, _J("55C2"), (LPVOID) &dsText);
      return ER_WARNING;
   }

   return ER_SUCCESS;
}

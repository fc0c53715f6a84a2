/*
 * B5500410: check digits of customer numbers. From the right, the digits before the check digit count twice to seven
 * times, then twice again; the check digit is what the sum lacks to a multiple of eleven, an X when that is ten.
 */
#include <jde.h>

#define b5500410_c

#include <b5500410.h>

#define WEIGHT_MIN 2
#define WEIGHT_MAX 7

/* The check digit for the first nCount characters; 0 when there is none, or another character than a digit. */
static JCHAR I5500410_CheckDigit (const JCHAR *szNumber, size_t nCount)
{
   int      nSum    = 0;
   int      nWeight = WEIGHT_MIN;
   int      nCheck  = 0;
   size_t   nIndex  = nCount;

   if (nCount == 0)
   {
      return _J('\0');
   }
   while (nIndex > 0)
   {
      nIndex--;
      if (szNumber[nIndex] < _J('0') || szNumber[nIndex] > _J('9'))
      {
         return _J('\0');
      }
      nSum   += nWeight * (szNumber[nIndex] - _J('0'));
      nWeight = (nWeight == WEIGHT_MAX) ? WEIGHT_MIN : nWeight + 1;
   }

   nCheck = (11 - nSum % 11) % 11;
   return (nCheck == 10) ? _J('X') : (JCHAR) (_J('0') + nCheck);
}

/* The check digit that belongs behind a customer number. */
JDEBFRTN (ID) JDEBFWINAPI F5504CustomerCheckDigit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500410 lpDS)
{
   JCHAR szNumber[DIM(lpDS->szCustomer)];

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500410) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   jdeStrncpyTerminate(szNumber, lpDS->szCustomer, DIM(szNumber));
   jdeStripTrailingBlanks(szNumber);
   lpDS->cCheckDigit = I5500410_CheckDigit(szNumber, jdeStrlen(szNumber));
   if (lpDS->cCheckDigit == _J('\0'))
   {
      lpDS->cCheckDigit = _J(' ');
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszCustomer_1, _J("55C4"), (LPVOID) NULL);
      return ER_ERROR;
   }
   return ER_SUCCESS;
}

/* Whether the last character of a customer number is its check digit. */
JDEBFRTN (ID) JDEBFWINAPI F5504VerifyCustomerNumber (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500411 lpDS)
{
   JCHAR    szNumber[DIM(lpDS->szCustomer)];
   size_t   nLength = 0;
   JCHAR    cCheck  = _J('\0');

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500411) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->bValid = FALSE;

   jdeStrncpyTerminate(szNumber, lpDS->szCustomer, DIM(szNumber));
   jdeStripTrailingBlanks(szNumber);
   nLength = jdeStrlen(szNumber);
   if (nLength > 0)
   {
      cCheck = I5500410_CheckDigit(szNumber, nLength - 1);
   }
   if (cCheck == _J('\0'))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszCustomer_1, _J("55C4"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (jdeToupper(szNumber[nLength - 1]) != cCheck)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszCustomer_1, _J("55C3"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->bValid = TRUE;
   return ER_SUCCESS;
}

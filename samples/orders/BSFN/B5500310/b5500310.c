/*
 * B5500310: check digits of item numbers. Hyphens only make a number readable and are passed over. From the right, the
 * digits before the check digit count three times and once in turn; with the check digit the sum is a multiple of ten.
 */
#include <jde.h>

#define b5500310_c

#include <b5500310.h>

/* The check digit for the first nCount characters; 0 when they are not digits and hyphens with at least one digit. */
static JCHAR I5500310_CheckDigit (const JCHAR *szNumber, size_t nCount)
{
   int      nSum    = 0;
   int      nWeight = 3;
   size_t   nIndex  = nCount;

   while (nIndex > 0)
   {
      nIndex--;
      if (szNumber[nIndex] == _J('-'))
      {
         continue;
      }
      if (szNumber[nIndex] < _J('0') || szNumber[nIndex] > _J('9'))
      {
         return _J('\0');
      }
      nSum   += nWeight * (szNumber[nIndex] - _J('0'));
      nWeight = 4 - nWeight;
   }

   /* A number without a digit has a sum of zero and its first weight unused. */
   if (nSum == 0 && jdeStrcspn(szNumber, _J("0123456789")) >= nCount)
   {
      return _J('\0');
   }
   return (JCHAR) (_J('0') + (10 - nSum % 10) % 10);
}

/* Length of a number without the blanks at its end. */
static size_t I5500310_Length (const JCHAR *szNumber)
{
   size_t nLength = jdeStrlen(szNumber);

   while (nLength > 0 && szNumber[nLength - 1] == _J(' '))
   {
      nLength--;
   }
   return nLength;
}

/* The check digit that belongs behind an item number. */
JDEBFRTN (ID) JDEBFWINAPI F5503ItemCheckDigit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500310 lpDS)
{
   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500310) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->cCheckDigit = I5500310_CheckDigit(lpDS->szItemNumber, I5500310_Length(lpDS->szItemNumber));
   if (lpDS->cCheckDigit == _J('\0'))
   {
      lpDS->cCheckDigit = _J(' ');
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszItemNumber_1, _J("55B4"), (LPVOID) NULL);
      return ER_ERROR;
   }
   return ER_SUCCESS;
}

/* Whether the last character of an item number is its check digit. */
JDEBFRTN (ID) JDEBFWINAPI F5503VerifyItemNumber (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500311 lpDS)
{
   size_t   nLength = 0;
   JCHAR    cCheck  = _J('\0');

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500311) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->bValid = FALSE;
   nLength      = I5500310_Length(lpDS->szItemNumber);
   if (nLength > 0)
   {
      cCheck = I5500310_CheckDigit(lpDS->szItemNumber, nLength - 1);
   }
   if (cCheck == _J('\0'))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszItemNumber_1, _J("55B4"), (LPVOID) NULL);
      return ER_ERROR;
   }
   if (cCheck != lpDS->szItemNumber[nLength - 1])
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszItemNumber_1, _J("55B1"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->bValid = TRUE;
   return ER_SUCCESS;
}

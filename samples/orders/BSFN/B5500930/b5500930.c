/*
 * B5500930: amounts in English words, as on a cheque: "two hundred fifty and 97/100 EUR".
 */
#include <jde.h>

#define b5500930_c

#include <b5500930.h>

#define AMOUNT_LIMIT 1000000000L

static const JCHAR *const szSmall[] =
{
   _J("zero"), _J("one"), _J("two"), _J("three"), _J("four"), _J("five"), _J("six"), _J("seven"), _J("eight"), _J("nine"),
   _J("ten"), _J("eleven"), _J("twelve"), _J("thirteen"), _J("fourteen"), _J("fifteen"), _J("sixteen"), _J("seventeen"),
   _J("eighteen"), _J("nineteen")
};

static const JCHAR *const szTens[] =
{
   _J(""), _J(""), _J("twenty"), _J("thirty"), _J("forty"), _J("fifty"), _J("sixty"), _J("seventy"), _J("eighty"), _J("ninety")
};

/* Adds a word behind a blank; what has no room is cut off. */
static void I5500930_Word (JCHAR *szText, size_t nSize, const JCHAR *szWord)
{
   if (szText[0] != _J('\0'))
   {
      jdeStrncat(szText, _J(" "), nSize - 1 - jdeStrlen(szText));
   }
   jdeStrncat(szText, szWord, nSize - 1 - jdeStrlen(szText));
}

/* A number from 1 to 999. */
static void I5500930_Hundreds (JCHAR *szText, size_t nSize, long lNumber)
{
   JCHAR szPair[32];

   if (lNumber >= 100)
   {
      I5500930_Word(szText, nSize, szSmall[lNumber / 100]);
      I5500930_Word(szText, nSize, _J("hundred"));
   }
   lNumber %= 100;
   if (lNumber >= 20 && lNumber % 10 != 0)
   {
      jdeSnprintf(szPair, DIM(szPair), _J("%s-%s"), szTens[lNumber / 10], szSmall[lNumber % 10]);
      I5500930_Word(szText, nSize, szPair);
   }
   else if (lNumber >= 20)
   {
      I5500930_Word(szText, nSize, szTens[lNumber / 10]);
   }
   else if (lNumber > 0)
   {
      I5500930_Word(szText, nSize, szSmall[lNumber]);
   }
}

static void I5500930_Number (JCHAR *szText, size_t nSize, long lNumber)
{
   if (lNumber == 0)
   {
      I5500930_Word(szText, nSize, szSmall[0]);
   }
   if (lNumber >= 1000000L)
   {
      I5500930_Hundreds(szText, nSize, lNumber / 1000000L);
      I5500930_Word(szText, nSize, _J("million"));
      lNumber %= 1000000L;
   }
   if (lNumber >= 1000L)
   {
      I5500930_Hundreds(szText, nSize, lNumber / 1000L);
      I5500930_Word(szText, nSize, _J("thousand"));
      lNumber %= 1000L;
   }
   I5500930_Hundreds(szText, nSize, lNumber);
}

JDEBFRTN (ID) JDEBFWINAPI R5501AmountInWords (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500930 lpDS)
{
   MATH_NUMERIC   mnCents;
   MATH_NUMERIC   mnHundred;
   JCHAR          szEnd[32];
   long           lCents = 0;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500930) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   jdeStrcpy(lpDS->szAmountText, _J(""));

   IntToMathNumeric(100, &mnHundred);
   MathMultiply(&mnCents, &lpDS->mnAmount, &mnHundred);
   MathRound(&mnCents, 0);
   MathNumericToLong(&mnCents, &lCents);
   if (lCents >= AMOUNT_LIMIT * 100 || lCents <= -AMOUNT_LIMIT * 100)
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRmnAmount_1, _J("55E1"), (LPVOID) NULL);
      return ER_ERROR;
   }

   if (lCents < 0)
   {
      I5500930_Word(lpDS->szAmountText, DIM(lpDS->szAmountText), _J("minus"));
      lCents = -lCents;
   }
   I5500930_Number(lpDS->szAmountText, DIM(lpDS->szAmountText), lCents / 100);
   jdeSnprintf(szEnd, DIM(szEnd), _J("and %02ld/100 %s"), lCents % 100, lpDS->szCurrency);
   I5500930_Word(lpDS->szAmountText, DIM(lpDS->szAmountText), szEnd);
   jdeStripTrailingBlanks(lpDS->szAmountText);

   return ER_SUCCESS;
}

/*
 * B5500430: addresses as they are printed on an envelope. A line that would be blank is left out.
 */
#include <jde.h>

#define b5500430_c

#include <b5500430.h>

#define ADDRESS_LINES_MAX 4

/* Copies without the blanks at both ends. */
static void I5500430_Trim (JCHAR *szTo, const JCHAR *szFrom, size_t nSize)
{
   while (*szFrom != _J('\0') && jdeIsspace(*szFrom))
   {
      szFrom++;
   }
   jdeStrncpyTerminate(szTo, szFrom, nSize);
   jdeStripTrailingBlanks(szTo);
}

/* Countries that write the postal code behind the city. */
static BOOL I5500430_CodeComesLast (const JCHAR *szCountry)
{
   return jdeStricmp(szCountry, _J("US")) == 0
      || jdeStricmp(szCountry, _J("CA")) == 0
      || jdeStricmp(szCountry, _J("GB")) == 0;
}

JDEBFRTN (ID) JDEBFWINAPI F5504FormatMailingAddress (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500430 lpDS)
{
   JCHAR    szCity[DIM(lpDS->szCity)];
   JCHAR    szCode[DIM(lpDS->szPostalCode)];
   JCHAR    szCountry[DIM(lpDS->szCountry)];
   JCHAR    szHome[DIM(lpDS->szHomeCountry)];
   JCHAR    szText[ADDRESS_LINES_MAX][DIM(lpDS->szLine1)];
   JCHAR   *szLines[ADDRESS_LINES_MAX];
   int      nLine = 0;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500430) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   I5500430_Trim(szCity, lpDS->szCity, DIM(szCity));
   I5500430_Trim(szCode, lpDS->szPostalCode, DIM(szCode));
   I5500430_Trim(szCountry, lpDS->szCountry, DIM(szCountry));
   I5500430_Trim(szHome, lpDS->szHomeCountry, DIM(szHome));

   memset((void *) szText, 0, sizeof(szText));
   I5500430_Trim(szText[0], lpDS->szName, DIM(szText[0]));
   I5500430_Trim(szText[1], lpDS->szStreet, DIM(szText[1]));
   if (IsStringBlank(szCode) || IsStringBlank(szCity))
   {
      jdeSnprintf(szText[2], DIM(szText[2]), _J("%s%s"), szCode, szCity);
   }
   else if (I5500430_CodeComesLast(szCountry))
   {
      jdeSnprintf(szText[2], DIM(szText[2]), _J("%s %s"), szCity, szCode);
   }
   else
   {
      jdeSnprintf(szText[2], DIM(szText[2]), _J("%s %s"), szCode, szCity);
   }
   if (jdeStricmp(szCountry, szHome) != 0)
   {
      jdeStrncpyTerminate(szText[3], szCountry, DIM(szText[3]));
      jdeStrupr(szText[3]);
   }

   szLines[0] = lpDS->szLine1;
   szLines[1] = lpDS->szLine2;
   szLines[2] = lpDS->szLine3;
   szLines[3] = lpDS->szLine4;
   lpDS->nLines = 0;
   for (nLine = 0; nLine < ADDRESS_LINES_MAX; nLine++)
   {
      jdeStrcpy(szLines[nLine], _J(""));
      if (!IsStringBlank(szText[nLine]))
      {
         jdeStrncpyTerminate(szLines[lpDS->nLines], szText[nLine], DIM(lpDS->szLine1));
         lpDS->nLines++;
      }
   }

   return ER_SUCCESS;
}

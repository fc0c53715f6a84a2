/*
 * B5500440: names reduced to what people type when they search: letters and digits in upper case, one blank between words.
 */
#include <jde.h>

#define b5500440_c

#include <b5500440.h>

JDEBFRTN (ID) JDEBFWINAPI F5504SearchName (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500440 lpDS)
{
   const JCHAR   *szFrom       = (const JCHAR *) NULL;
   size_t         nLength      = 0;
   BOOL           bBlankBefore = FALSE;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500440) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   /* The result is never longer than the name, and both have the same size. */
   for (szFrom = lpDS->szName; *szFrom != _J('\0') && nLength + 1 < DIM(lpDS->szSearchName); szFrom++)
   {
      if (jdeIsalnum(*szFrom))
      {
         if (bBlankBefore && nLength > 0)
         {
            lpDS->szSearchName[nLength++] = _J(' ');
         }
         bBlankBefore = FALSE;
         lpDS->szSearchName[nLength++] = jdeToupper(*szFrom);
      }
      else if (jdeIsspace(*szFrom) || *szFrom == _J('-') || *szFrom == _J('/'))
      {
         bBlankBefore = TRUE;
      }
   }
   lpDS->szSearchName[nLength] = _J('\0');

   return ER_SUCCESS;
}

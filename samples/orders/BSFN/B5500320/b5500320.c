/*
 * B5500320: the segments of an item number, such as style, colour and size. A number has up to three of them.
 */
#include <jde.h>

#define b5500320_c

#include <b5500320.h>

#define SEGMENTS_MAX 3

JDEBFRTN (ID) JDEBFWINAPI F5503SplitItemNumber (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500320 lpDS)
{
   JCHAR    szNumber[DIM(lpDS->szItemNumber)];
   JCHAR    szSeparator[2];
   JCHAR   *szSegments[SEGMENTS_MAX];
   JCHAR   *szSegment = (JCHAR *) NULL;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500320) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   szSegments[0] = lpDS->szSegment1;
   szSegments[1] = lpDS->szSegment2;
   szSegments[2] = lpDS->szSegment3;
   jdeStrcpy(lpDS->szSegment1, _J(""));
   jdeStrcpy(lpDS->szSegment2, _J(""));
   jdeStrcpy(lpDS->szSegment3, _J(""));
   lpDS->nSegments = 0;

   szSeparator[0] = lpDS->cSeparator;
   szSeparator[1] = _J('\0');
   if (szSeparator[0] == _J('\0') || szSeparator[0] == _J(' '))
   {
      szSeparator[0] = _J('-');
   }

   jdeStrncpyTerminate(szNumber, lpDS->szItemNumber, DIM(szNumber));
   jdeStripTrailingBlanks(szNumber);
   for (szSegment = jdeStrtok(szNumber, szSeparator);
        szSegment != (JCHAR *) NULL;
        szSegment = jdeStrtok((JCHAR *) NULL, szSeparator))
   {
      if (lpDS->nSegments == SEGMENTS_MAX || jdeStrlen(szSegment) >= DIM(lpDS->szSegment1))
      {
         jdeErrorSet(lpBhvrCom, lpVoid, (ID) IDERRszItemNumber_1, _J("55B2"), (LPVOID) NULL);
         return ER_ERROR;
      }
      jdeStrncpyTerminate(szSegments[lpDS->nSegments], szSegment, DIM(lpDS->szSegment1));
      lpDS->nSegments++;
   }

   return ER_SUCCESS;
}

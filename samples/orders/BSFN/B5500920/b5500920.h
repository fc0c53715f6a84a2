/*
 * B5500920: the lines of the stock report.
 */
#ifndef B5500920_H
#define B5500920_H

#include <d5500920.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500920_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI R5502StockStatus (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500920 lpDS);

#endif

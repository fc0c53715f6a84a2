/*
 * B5500340: quantities in other units of measure.
 */
#ifndef B5500340_H
#define B5500340_H

#include <d5500340.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500340_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5503ConvertUnit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500340 lpDS);

#endif

/*
 * B5500320: the segments of an item number.
 */
#ifndef B5500320_H
#define B5500320_H

#include <d5500320.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500320_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5503SplitItemNumber (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500320 lpDS);

#endif

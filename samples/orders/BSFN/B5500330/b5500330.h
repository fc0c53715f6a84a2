/*
 * B5500330: what a warehouse has and what it should order.
 */
#ifndef B5500330_H
#define B5500330_H

#include <d5500330.h>
#include <d5500331.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500330_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5506AvailableQuantity (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500330 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5506ReorderQuantity (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500331 lpDS);

#endif

/*
 * B5500040: whether an order may be entered at all.
 */
#ifndef B5500040_H
#define B5500040_H

#include <d5500040.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500040_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5501ValidateOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500040 lpDS);

#endif

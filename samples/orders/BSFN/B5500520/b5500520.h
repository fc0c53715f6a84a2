/*
 * B5500520: discounts in percent.
 */
#ifndef B5500520_H
#define B5500520_H

#include <d5500520.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500520_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5505ApplyDiscount (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500520 lpDS);

#endif

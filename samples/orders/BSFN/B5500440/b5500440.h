/*
 * B5500440: names reduced to what people type when they search.
 */
#ifndef B5500440_H
#define B5500440_H

#include <d5500440.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500440_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5504SearchName (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500440 lpDS);

#endif

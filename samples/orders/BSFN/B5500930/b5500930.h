/*
 * B5500930: amounts in English words, as on a cheque.
 */
#ifndef B5500930_H
#define B5500930_H

#include <d5500930.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500930_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI R5501AmountInWords (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500930 lpDS);

#endif

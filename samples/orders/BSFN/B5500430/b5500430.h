/*
 * B5500430: addresses as they are printed on an envelope.
 */
#ifndef B5500430_H
#define B5500430_H

#include <d5500430.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500430_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5504FormatMailingAddress (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500430 lpDS);

#endif

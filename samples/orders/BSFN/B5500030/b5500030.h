/*
 * B5500030: the dates of an order, counted in working days from Monday to Friday.
 */
#ifndef B5500030_H
#define B5500030_H

#include <d5500030.h>
#include <d5500031.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500030_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5501PromisedDate (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500030 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5501DaysLate (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500031 lpDS);

#endif

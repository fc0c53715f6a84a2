/*
 * B5500410: check digits of customer numbers, modulus 11 with the weights 2 to 7.
 */
#ifndef B5500410_H
#define B5500410_H

#include <d5500410.h>
#include <d5500411.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500410_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5504CustomerCheckDigit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500410 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5504VerifyCustomerNumber (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500411 lpDS);

#endif

/*
 * B5500310: check digits of item numbers, modulus 10 with the weights 3 and 1.
 */
#ifndef B5500310_H
#define B5500310_H

/* Data structures */

#ifndef DATASTRUCTURE_D5500310
#define DATASTRUCTURE_D5500310

typedef struct tagDSD5500310
{
   JCHAR             szItemNumber[26];
   JCHAR             cCheckDigit;
} DSD5500310, *LPDSD5500310;

#define IDERRszItemNumber_1   1L
#define IDERRcCheckDigit_2    2L

#endif

#ifndef DATASTRUCTURE_D5500311
#define DATASTRUCTURE_D5500311

typedef struct tagDSD5500311
{
   JCHAR             szItemNumber[26];
   BOOL              bValid;
} DSD5500311, *LPDSD5500311;

#define IDERRszItemNumber_1   1L
#define IDERRbValid_2         2L

#endif

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500310_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5503ItemCheckDigit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500310 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5503VerifyItemNumber (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500311 lpDS);

#endif

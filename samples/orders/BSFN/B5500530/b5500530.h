/*
 * B5500530: the tax on an amount.
 */
#ifndef B5500530_H
#define B5500530_H

/* Data structures */

#ifndef DATASTRUCTURE_D5500530
#define DATASTRUCTURE_D5500530

typedef struct tagDSD5500530
{
   MATH_NUMERIC      mnTaxableAmount;
   MATH_NUMERIC      mnTaxRate;
   JCHAR             cRounding;
   MATH_NUMERIC      mnTaxAmount;
} DSD5500530, *LPDSD5500530;

#define IDERRmnTaxableAmount_1   1L
#define IDERRmnTaxRate_2         2L
#define IDERRcRounding_3         3L
#define IDERRmnTaxAmount_4       4L

#endif

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500530_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5505CalculateTax (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500530 lpDS);

#endif

/*
 * B5500510: the unit price at a quantity.
 */
#ifndef B5500510_H
#define B5500510_H

/* Data structures */

#ifndef DATASTRUCTURE_D5500510
#define DATASTRUCTURE_D5500510

typedef struct tagDSD5500510
{
   MATH_NUMERIC      mnQuantity;
   MATH_NUMERIC      mnBasePrice;
   JCHAR             szPriceBreaks[121];
   MATH_NUMERIC      mnUnitPrice;
   short             nBreakUsed;
} DSD5500510, *LPDSD5500510;

#define IDERRmnQuantity_1      1L
#define IDERRmnBasePrice_2     2L
#define IDERRszPriceBreaks_3   3L
#define IDERRmnUnitPrice_4     4L
#define IDERRnBreakUsed_5      5L

#endif

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500510_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5505UnitPriceForQuantity (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500510 lpDS);

#endif

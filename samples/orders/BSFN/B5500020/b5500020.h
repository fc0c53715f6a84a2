/*
 * B5500020: the price of one order line, put together from the functions of the pricing library.
 */
#ifndef B5500020_H
#define B5500020_H

/* Data structures */

#ifndef DATASTRUCTURE_D5500020
#define DATASTRUCTURE_D5500020

typedef struct tagDSD5500020
{
   MATH_NUMERIC      mnQuantity;
   MATH_NUMERIC      mnBasePrice;
   JCHAR             szPriceBreaks[121];
   MATH_NUMERIC      mnDiscountPercent;
   MATH_NUMERIC      mnTaxRate;
   JCHAR             cRounding;
   MATH_NUMERIC      mnUnitPrice;
   MATH_NUMERIC      mnExtendedAmount;
   MATH_NUMERIC      mnDiscountAmount;
   MATH_NUMERIC      mnNetAmount;
   MATH_NUMERIC      mnTaxAmount;
   MATH_NUMERIC      mnLineTotal;
} DSD5500020, *LPDSD5500020;

#define IDERRmnQuantity_1          1L
#define IDERRmnBasePrice_2         2L
#define IDERRszPriceBreaks_3       3L
#define IDERRmnDiscountPercent_4   4L
#define IDERRmnTaxRate_5           5L
#define IDERRcRounding_6           6L
#define IDERRmnUnitPrice_7         7L
#define IDERRmnExtendedAmount_8    8L
#define IDERRmnDiscountAmount_9    9L
#define IDERRmnNetAmount_10        10L
#define IDERRmnTaxAmount_11        11L
#define IDERRmnLineTotal_12        12L

#endif

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500020_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5501PriceOrderLine (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500020 lpDS);

#endif

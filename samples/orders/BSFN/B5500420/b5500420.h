/*
 * B5500420: whether a customer has credit for one more order.
 */
#ifndef B5500420_H
#define B5500420_H

/* Data structures */

#ifndef DATASTRUCTURE_D5500420
#define DATASTRUCTURE_D5500420

typedef struct tagDSD5500420
{
   MATH_NUMERIC      mnCreditLimit;
   MATH_NUMERIC      mnOpenBalance;
   MATH_NUMERIC      mnOrderAmount;
   MATH_NUMERIC      mnWarningPercent;
   MATH_NUMERIC      mnCreditUsedPercent;
   JCHAR             cHoldCode;
} DSD5500420, *LPDSD5500420;

#define IDERRmnCreditLimit_1         1L
#define IDERRmnOpenBalance_2         2L
#define IDERRmnOrderAmount_3         3L
#define IDERRmnWarningPercent_4      4L
#define IDERRmnCreditUsedPercent_5   5L
#define IDERRcHoldCode_6             6L

#endif

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500420_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5504CheckCredit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500420 lpDS);

#endif

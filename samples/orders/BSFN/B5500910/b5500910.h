/*
 * B5500910: the lines of the nightly order report.
 */
#ifndef B5500910_H
#define B5500910_H

/* Data structures */

#ifndef DATASTRUCTURE_D5500910
#define DATASTRUCTURE_D5500910

typedef struct tagDSD5500910
{
   MATH_NUMERIC      mnOrderNumber;
   JCHAR             szCustomer[11];
   JDEDATE           jdOrderDate;
   MATH_NUMERIC      mnTotal;
   JCHAR             szCurrency[4];
   JCHAR             szReportLine[133];
} DSD5500910, *LPDSD5500910;

#define IDERRmnOrderNumber_1   1L
#define IDERRszCustomer_2      2L
#define IDERRjdOrderDate_3     3L
#define IDERRmnTotal_4         4L
#define IDERRszCurrency_5      5L
#define IDERRszReportLine_6    6L

#endif

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500910_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI R5501FormatReportLine (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500910 lpDS);

#endif

/*
 * Types, constants and macros without any function: characters, handles, numbers, dates, the structure
 * that travels through every call, and the codes of results, modes and types.
 */
#ifndef PACKWRIGHT_JDETYPES_H
#define PACKWRIGHT_JDETYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* Characters. A JCHAR is one UTF-16 unit of two bytes, the element type of a u"" literal; a ZCHAR is one byte. */

typedef unsigned short JCHAR;
typedef char ZCHAR;

typedef JCHAR *PJSTR;
typedef const JCHAR *PCJSTR;
typedef ZCHAR *PZSTR;
typedef const ZCHAR *PCZSTR;

/* The second macro lets the argument be a macro itself: it is expanded before the prefix is joined to it. */
#define JDE_JOIN_UNICODE(literal) u##literal
#define _J(literal) JDE_JOIN_UNICODE(literal)
#define _Z(literal) literal

/* Plain types. */

typedef int32_t ID;
typedef ID GENLNG;
typedef int BOOL;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

typedef uint8_t BYTE;
typedef uint16_t WORD;
typedef uint32_t DWORD;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

#define VOID void
typedef void *LPVOID;

/* Words of another compiler that sources still carry; they mean nothing here. */
#define FAR
#define NEAR
#define PASCAL
#define WINAPI
#define CALLBACK

/* The name of an object or of a data item. An array, so that NID list[] = {NID_AN8, NID_ALPH} works. */
#define NID_SIZE 11
typedef JCHAR NID[NID_SIZE];

/* Handles are compared and copied, never followed. */
typedef void *HENV;
typedef void *HUSER;
typedef void *HREQUEST;
typedef void *HCACHE;
typedef void *HJDECURSOR;
typedef struct tagCG_BHVR *LPCG_BHVR;

/* Elements of an array: characters of a string buffer, not bytes. */
#define DIM(array) (sizeof(array) / sizeof((array)[0]))

/* Decimal numbers: 50 bytes, aligned to 2. The value is String as a whole number, divided by ten
 * nDecimalPosition times. String has 1 to 32 digits without leading zeros and ends with a zero byte;
 * it may have fewer digits than nDecimalPosition says (0.05 is "5" and 2), and the runtime drops zeros
 * at the end of a fraction (12.50 is "125" and 1). Sign is '-' or 0. A structure of zero bytes is 0. */

#define MAXLEN_MATH_NUMERIC 32
#define CURRENCY_CODE_SIZE 4

typedef struct tagMATH_NUMERIC {
    ZCHAR String[MAXLEN_MATH_NUMERIC + 1];
    BYTE Sign;
    ZCHAR EditCode;
    short nDecimalPosition;
    short nLength;
    WORD wFlags;
    ZCHAR szCurrency[CURRENCY_CODE_SIZE];
    short nCurrencyDecimals;
    short nPrecision;
} MATH_NUMERIC, *LPMATH_NUMERIC;

/* A day of the Gregorian calendar; all zero means no date. */
typedef struct tagJDEDATE {
    short nYear;
    short nMonth;
    short nDay;
} JDEDATE, *LPJDEDATE;

#define JDEDATECopy(destination, source) memcpy((void *)(destination), (const void *)(source), sizeof(JDEDATE))

/* A moment, 16 bytes aligned to 8, of our own layout: seconds since 1970-01-01 00:00 UTC, nanoseconds within
 * the second, and a mark that is 1 when there is a moment at all; all zero means none. */
typedef struct tagJDEUTIME {
    int64_t qSeconds;
    int32_t lNanoseconds;
    int32_t lPresent;
} JDEUTIME, *LPJDEUTIME;

#define JDEUTIMECopy(destination, source) memcpy((void *)(destination), (const void *)(source), sizeof(JDEUTIME))

/* Entry points. Every header of a business function defines JDEBFRTN anew. */

#ifndef JDEBFRTN
#define JDEBFRTN(type) type
#endif
#define JDEBFWINAPI

#define ER_SUCCESS 0
#define ER_WARNING 1
#define ER_ERROR 2

/* What a function is told about its caller. Always behind a pointer that the runtime made and passed on
 * untouched; members may join at its end. */

#define BOB_MODE_UNDEFINED 0
#define BOB_MODE_SPECIAL 1
#define BOB_MODE_ADD 2
#define BOB_MODE_ADD_PRIMARY 3
#define BOB_MODE_ADD_SPECIAL 4
#define BOB_MODE_DELETE 5
#define BOB_MODE_UPDATE 6
#define BOB_MODE_UPDATE_SPECIAL 7
#define BOB_MODE_INQUIRE 8

typedef struct tagBHVRCOM {
    HENV hEnv;
    int iBobMode;
    JCHAR szApplication[11];
    JCHAR szVersion[11];
    JCHAR szUser[11];
} BHVRCOM, *LPBHVRCOM;

/* Moves an error from an item of the called function's data structure to one of the caller's. */
typedef struct tagCALLMAP {
    ID idCallerItem;
    ID idCalledItem;
} CALLMAP, *LPCALLMAP;

#define CALL_OBJECT_NO_ERRORS 0x0001

/* Calls of an internal function of another source in the same library. */
#define CALLIBF(call) call
#define CALLIBFRET(result, call) (result) = call

/* Memory. The pool is a name without meaning. */
#define COMMON_POOL ((void *)0)
#define MEM_DEFAULT 0x0000u
#define MEM_FIXED 0x0001u
#define MEM_ZEROINIT 0x0002u

/* Results of the functions that begin with JDB. */
typedef int JDEDB_RESULT;
#define JDEDB_FAILED 0
#define JDEDB_PASSED 1

typedef int JDEDB_COMMIT;
#define JDEDB_COMMIT_AUTO 0
#define JDEDB_COMMIT_MANUAL 1

/* Types of data items. */
#define EVDT_CHAR 1
#define EVDT_STRING 2
#define EVDT_SHORT 3
#define EVDT_USHORT 4
#define EVDT_LONG 5
#define EVDT_ULONG 6
#define EVDT_ID 7
#define EVDT_ID2 8
#define EVDT_MATH_NUMERIC 9
#define EVDT_JDEDATE 11
#define EVDT_BYTE 13
#define EVDT_BOOL 14
#define EVDT_INT 15
#define EVDT_HANDLE 16
#define EVDT_LONGVARCHAR 17
#define EVDT_LONGVARBINARY 18
#define EVDT_BINARY 19
#define EVDT_VARSTRING 20
#define EVDT_TEXT 21
#define EVDT_NID 22
#define EVDT_UINT 24
#define EVDT_TIMESTAMP 50
#define EVDT_JDEUTIME 55

#endif

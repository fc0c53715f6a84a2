/*
 * Strings. Counts and sizes are characters, never bytes. Every function exists twice: jdeXxx for JCHAR and
 * jdeZXxx for ZCHAR. Where nothing else is said a function does what its namesake in the C library does; a
 * source that is NULL counts as empty text, and nothing is written through a destination that is NULL.
 */
#ifndef PACKWRIGHT_JDESTR_H
#define PACKWRIGHT_JDESTR_H

#include <stdarg.h>
#include <stddef.h>

#include "jdetypes.h"

/* Copying. StrncpyTerminate takes the size of the whole buffer and always ends the text inside it.
 * Strdup allocates: free with jdeFree. */

extern JCHAR *jdeStrcpy(JCHAR *destination, const JCHAR *source);
extern JCHAR *jdeStrncpy(JCHAR *destination, const JCHAR *source, size_t count);
extern JCHAR *jdeStrncpyTerminate(JCHAR *destination, const JCHAR *source, size_t size);
extern JCHAR *jdeStrcat(JCHAR *destination, const JCHAR *source);
extern JCHAR *jdeStrncat(JCHAR *destination, const JCHAR *source, size_t count);
extern JCHAR *jdeStrdup(const JCHAR *text);

extern ZCHAR *jdeZStrcpy(ZCHAR *destination, const ZCHAR *source);
extern ZCHAR *jdeZStrncpy(ZCHAR *destination, const ZCHAR *source, size_t count);
extern ZCHAR *jdeZStrncpyTerminate(ZCHAR *destination, const ZCHAR *source, size_t size);
extern ZCHAR *jdeZStrcat(ZCHAR *destination, const ZCHAR *source);
extern ZCHAR *jdeZStrncat(ZCHAR *destination, const ZCHAR *source, size_t count);
extern ZCHAR *jdeZStrdup(const ZCHAR *text);

/* Comparing. The forms with an i ignore case. */

extern int jdeStrcmp(const JCHAR *left, const JCHAR *right);
extern int jdeStrncmp(const JCHAR *left, const JCHAR *right, size_t count);
extern int jdeStricmp(const JCHAR *left, const JCHAR *right);
extern int jdeStrnicmp(const JCHAR *left, const JCHAR *right, size_t count);

extern int jdeZStrcmp(const ZCHAR *left, const ZCHAR *right);
extern int jdeZStrncmp(const ZCHAR *left, const ZCHAR *right, size_t count);
extern int jdeZStricmp(const ZCHAR *left, const ZCHAR *right);
extern int jdeZStrnicmp(const ZCHAR *left, const ZCHAR *right, size_t count);

/* Searching. Strtok remembers its place for each thread. */

extern size_t jdeStrlen(const JCHAR *text);
extern JCHAR *jdeStrchr(const JCHAR *text, JCHAR character);
extern JCHAR *jdeStrrchr(const JCHAR *text, JCHAR character);
extern JCHAR *jdeStrstr(const JCHAR *text, const JCHAR *part);
extern JCHAR *jdeStrpbrk(const JCHAR *text, const JCHAR *set);
extern size_t jdeStrspn(const JCHAR *text, const JCHAR *set);
extern size_t jdeStrcspn(const JCHAR *text, const JCHAR *set);
extern JCHAR *jdeStrtok(JCHAR *text, const JCHAR *delimiters);

extern size_t jdeZStrlen(const ZCHAR *text);
extern ZCHAR *jdeZStrchr(const ZCHAR *text, ZCHAR character);
extern ZCHAR *jdeZStrrchr(const ZCHAR *text, ZCHAR character);
extern ZCHAR *jdeZStrstr(const ZCHAR *text, const ZCHAR *part);
extern ZCHAR *jdeZStrpbrk(const ZCHAR *text, const ZCHAR *set);
extern size_t jdeZStrspn(const ZCHAR *text, const ZCHAR *set);
extern size_t jdeZStrcspn(const ZCHAR *text, const ZCHAR *set);
extern ZCHAR *jdeZStrtok(ZCHAR *text, const ZCHAR *delimiters);

/* Characters and their case; JCHAR by Unicode, ZCHAR by ASCII. */

extern JCHAR jdeToupper(JCHAR character);
extern JCHAR jdeTolower(JCHAR character);
extern JCHAR *jdeStrupr(JCHAR *text);
extern JCHAR *jdeStrlwr(JCHAR *text);
extern int jdeIsalpha(JCHAR character);
extern int jdeIsdigit(JCHAR character);
extern int jdeIsalnum(JCHAR character);
extern int jdeIsspace(JCHAR character);
extern int jdeIsupper(JCHAR character);
extern int jdeIslower(JCHAR character);

extern ZCHAR jdeZToupper(ZCHAR character);
extern ZCHAR jdeZTolower(ZCHAR character);
extern ZCHAR *jdeZStrupr(ZCHAR *text);
extern ZCHAR *jdeZStrlwr(ZCHAR *text);
extern int jdeZIsalpha(ZCHAR character);
extern int jdeZIsdigit(ZCHAR character);
extern int jdeZIsalnum(ZCHAR character);
extern int jdeZIsspace(ZCHAR character);
extern int jdeZIsupper(ZCHAR character);
extern int jdeZIslower(ZCHAR character);

/* Text and plain numbers. Itoa and Ltoa take a radix from 2 to 36 and need up to 65 characters (radix 2). */

extern int jdeAtoi(const JCHAR *text);
extern long jdeAtol(const JCHAR *text);
extern double jdeAtof(const JCHAR *text);
extern long jdeStrtol(const JCHAR *text, JCHAR **end, int radix);
extern double jdeStrtod(const JCHAR *text, JCHAR **end);
extern JCHAR *jdeItoa(int value, JCHAR *text, int radix);
extern JCHAR *jdeLtoa(long value, JCHAR *text, int radix);

extern int jdeZAtoi(const ZCHAR *text);
extern long jdeZAtol(const ZCHAR *text);
extern double jdeZAtof(const ZCHAR *text);
extern long jdeZStrtol(const ZCHAR *text, ZCHAR **end, int radix);
extern double jdeZStrtod(const ZCHAR *text, ZCHAR **end);
extern ZCHAR *jdeZItoa(int value, ZCHAR *text, int radix);
extern ZCHAR *jdeZLtoa(long value, ZCHAR *text, int radix);

/* Formatting. %s and %c take JCHAR in the jde form and ZCHAR in the jdeZ form; %ls and %lc are always JCHAR,
 * %hs, %S and %hc always ZCHAR. %d %i %u %x %X %o with h, l, ll; %f %e %g %p %%; flags, width, precision and *
 * as in C. Width and precision count characters and are held to 1000; a call writes at most 32767 characters
 * and takes at most 64 arguments. %n takes its argument and does nothing. The result is the number of
 * characters written; for the forms with a size, the number that the whole text has. */

extern int jdeSprintf(JCHAR *text, const JCHAR *format, ...);
extern int jdeSnprintf(JCHAR *text, size_t size, const JCHAR *format, ...);
extern int jdeVsprintf(JCHAR *text, const JCHAR *format, va_list arguments);
extern int jdeVsnprintf(JCHAR *text, size_t size, const JCHAR *format, va_list arguments);
extern int jdeSscanf(const JCHAR *text, const JCHAR *format, ...);

extern int jdeZSprintf(ZCHAR *text, const ZCHAR *format, ...);
extern int jdeZSnprintf(ZCHAR *text, size_t size, const ZCHAR *format, ...);
extern int jdeZVsprintf(ZCHAR *text, const ZCHAR *format, va_list arguments);
extern int jdeZVsnprintf(ZCHAR *text, size_t size, const ZCHAR *format, va_list arguments);
extern int jdeZSscanf(const ZCHAR *text, const ZCHAR *format, ...);

/* TRUE when the text is NULL, empty or nothing but blanks. */
extern BOOL IsStringBlank(const JCHAR *text);

/* Cuts the blanks off the end, in place. */
extern JCHAR *jdeStripTrailingBlanks(JCHAR *text);

/* Between the two kinds of text. The size is that of the destination, in its characters; the result always
 * ends inside it and a character is never cut. The code page is NULL or "UTF-8", or "ISO-8859-1"; with another
 * one the result is NULL and the destination empty. */
extern JCHAR *jdeToUnicode(JCHAR *destination, const ZCHAR *source, int size, const ZCHAR *codePage);
extern ZCHAR *jdeFromUnicode(ZCHAR *destination, const JCHAR *source, int size, const ZCHAR *codePage);

/* Names: at most ten characters are taken, and the end is always set. Comparing ignores blanks at the end. */
extern JCHAR *jdeNIDcpy(JCHAR *destination, const JCHAR *source);
extern int jdeNIDcmp(const JCHAR *left, const JCHAR *right);

#endif

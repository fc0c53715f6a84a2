/*
 * Dates and moments.
 *
 * A mask is up to 32 characters: day D (one or two digits), A (zero in front), Y (blank in front); month M, O
 * and N likewise, T its English name and B the name's first three letters; year R (two digits) and E (four);
 * S a slash and C a comma; any other character stands for itself. OSASE gives 11/21/2026. A mask of NULL or
 * blanks is OSASE. Reading a year of two digits, 00 to 49 are 2000 to 2049 and 50 to 99 are 1950 to 1999.
 */
#ifndef PACKWRIGHT_JDEDATE_H
#define PACKWRIGHT_JDEDATE_H

#include "jdetypes.h"

/* All zero, or no date at all (NULL). */
extern BOOL IsJDEDATENull(const JDEDATE *date);

/* Below 0, 0 or above 0. No date comes before every date. */
extern int DateCompare(const JDEDATE *left, const JDEDATE *right);

/* 0 when done. No date gives empty text; a day that is not in the calendar, or a bad mask, gives 1 and empty text. */
extern int FormatDate(JCHAR *text, const JDEDATE *date, const JCHAR *mask);

/* 0 when the text is a day of the calendar, written as the mask says; separators may be any of / - . , and blank,
 * or be left out. Blank text gives no date and 0; anything else gives no date and 1. */
extern int DeformatDate(LPJDEDATE date, const JCHAR *text, const JCHAR *mask);

/* From a date format of three letters (D, M and Y or E, as in DMY or EMD) to a mask of five. 0 when done. */
extern int jdeConvertUDCToDateFormat(const JCHAR *format, JCHAR *mask);

/* Moments. These four names are our own. */
extern BOOL jdeUTimeIsNull(const JDEUTIME *moment);
extern int jdeUTimeCompare(const JDEUTIME *left, const JDEUTIME *right);
extern void jdeUTimeNow(LPJDEUTIME moment);
extern void jdeUTimeToDate(const JDEUTIME *moment, LPJDEDATE date);

#endif

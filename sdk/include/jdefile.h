/*
 * Files. Names are text; the FILE is that of the C library. The plain forms read and write JCHAR text as its two
 * bytes, low byte first; the Convert forms read and write UTF-8.
 */
#ifndef PACKWRIGHT_JDEFILE_H
#define PACKWRIGHT_JDEFILE_H

#include <stddef.h>
#include <stdio.h>

#include "jdetypes.h"

extern FILE *jdeFopen(const JCHAR *name, const JCHAR *mode);
extern int jdeFclose(FILE *file);
extern int jdeFflush(FILE *file);
extern int jdeFeof(FILE *file);
extern int jdeFseek(FILE *file, long offset, int origin);
extern long jdeFtell(FILE *file);
extern void jdeRewind(FILE *file);
extern int jdeRemove(const JCHAR *name);
extern int jdeRename(const JCHAR *from, const JCHAR *to);
extern int jdeAccess(const JCHAR *name, int mode);

extern size_t jdeFread(void *block, size_t size, size_t count, FILE *file);
extern size_t jdeFwrite(const void *block, size_t size, size_t count, FILE *file);

/* A character, or EOF. */
extern int jdeFgetc(FILE *file);
extern int jdeFputc(JCHAR character, FILE *file);

extern JCHAR *jdeFgets(JCHAR *text, int size, FILE *file);
extern int jdeFputs(const JCHAR *text, FILE *file);
extern int jdeFprintf(FILE *file, const JCHAR *format, ...);

extern JCHAR *jdeFgetsConvert(LPBHVRCOM lpBhvrCom, JCHAR *text, int size, FILE *file);
extern int jdeFputsConvert(LPBHVRCOM lpBhvrCom, const JCHAR *text, FILE *file);
extern int jdeFprintfConvert(LPBHVRCOM lpBhvrCom, FILE *file, const JCHAR *format, ...);

/* The other spelling of the same names. */
#define jdeFOpen jdeFopen
#define jdeFClose jdeFclose
#define jdeFFlush jdeFflush
#define jdeFSeek jdeFseek
#define jdeFTell jdeFtell
#define jdeFRead jdeFread
#define jdeFWrite jdeFwrite
#define jdeFGetc jdeFgetc
#define jdeFPutc jdeFputc
#define jdeFGets jdeFgets
#define jdeFPuts jdeFputs
#define jdeFPrintf jdeFprintf
#define jdeFGetsConvert jdeFgetsConvert
#define jdeFPutsConvert jdeFputsConvert
#define jdeFPrintfConvert jdeFprintfConvert

#endif

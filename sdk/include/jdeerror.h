/*
 * Messages. A function names a message of the data dictionary and the item of its own data structure that it is
 * about (the IDERR constants; 0 for none). Whether the message is an error or a warning is decided by the
 * dictionary; what the call comes to is decided by the function's own result.
 */
#ifndef PACKWRIGHT_JDEERROR_H
#define PACKWRIGHT_JDEERROR_H

#include "jdetypes.h"

/* TRUE when the message was taken: it has a name of up to 10 characters, and fewer than 1000 are kept. The
 * substitution structure, if any, begins with text: its first member, of which up to 80 characters are taken. The
 * first two pointers may be NULL: a function that was given none has to be able to say so. */
extern BOOL jdeErrorSet(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, ID item, const JCHAR *message, LPVOID substitution);
extern BOOL jdeSetGBRError(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, ID item, const JCHAR *message);
extern BOOL jdeSetGBRErrorSubText(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, ID item, const JCHAR *message, LPVOID substitution);
extern BOOL jdeErrorSetToText(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, ID item, const JCHAR *message, const JCHAR *text);

/* Takes back what the running function, and the functions it called, have set: for one item, or all. */
extern void jdeErrorClear(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, ID item);
extern void jdeErrorClearAll(LPBHVRCOM lpBhvrCom, LPVOID lpVoid);

#endif

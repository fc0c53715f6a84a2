/*
 * Joining the caller's session, pointers kept by number, and the trace.
 */
#ifndef PACKWRIGHT_JDESESSION_H
#define PACKWRIGHT_JDESESSION_H

#include "jdetypes.h"

/* A handle to the session of the running call. It is what the stored pointers below ask for, and no more: this
 * runtime reaches no database. The first pointer and the application may be NULL, the kind of commit has no effect.
 * At most 1000 handles are open at once. */
extern JDEDB_RESULT JDB_InitBhvr(void *lpBhvrCom, HUSER *user, const JCHAR *application, JDEDB_COMMIT commit);
extern JDEDB_RESULT JDB_FreeBhvr(HUSER user);

/* Numbers from 1 to 1000 for pointers, kept for the session whichever handle stored them. 0 when there is no free one,
 * the handle is not open, or the pointer is NULL. Looking up a number that is not in use gives NULL; removing
 * gives the pointer back and frees the number. */
extern ID jdeStoreDataPtr(HUSER user, void *pointer);
extern void *jdeRetrieveDataPtr(HUSER user, ID number);
extern void *jdeRemoveDataPtr(HUSER user, ID number);

/* One line to the trace, formatted as jdeSprintf does. The handle may be NULL. */
extern void jdeTraceSz(HUSER user, const JCHAR *format, ...);

#endif

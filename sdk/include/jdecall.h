/*
 * Calling business functions of any library by name.
 */
#ifndef PACKWRIGHT_JDECALL_H
#define PACKWRIGHT_JDECALL_H

#include "jdetypes.h"

/* The result of the function. One that does not exist or cannot be loaded, and a call that is nested more than
 * 256 deep, give ER_ERROR and a message (BSFNUNKNWN, BSFNDEPTH). Messages of the called function become the
 * caller's: their items as the map says, else 0; with CALL_OBJECT_NO_ERRORS they are dropped. The library and
 * the two text pointers are not looked at. */
extern ID jdeCallObject(const JCHAR *function, const JCHAR *library, LPBHVRCOM lpBhvrCom, LPVOID lpVoid,
                        LPVOID dataStructure, const CALLMAP *map, int mapCount,
                        const JCHAR *first, const JCHAR *second, int flags);

#endif

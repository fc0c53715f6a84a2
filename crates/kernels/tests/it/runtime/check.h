/* Checks for the C side of the tests: the first one that does not hold ends the function with its place and words. */
#ifndef CHECK_H
#define CHECK_H

#include <jde.h>

typedef struct tagDSCHECK {
    JCHAR szFailure[400];
    JCHAR szFolder[200];
} DSCHECK, *LPDSCHECK;

#define CHECK(condition)                                                                         \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            jdeSnprintf(lpDS->szFailure, DIM(lpDS->szFailure), _J("line %d: %S"), __LINE__, #condition); \
            return ER_ERROR;                                                                     \
        }                                                                                        \
    } while (0)

#define IS(text, expected) CHECK(jdeStrcmp(text, _J(expected)) == 0)
#define Z_IS(text, expected) CHECK(strcmp(text, expected) == 0)

#define THEME(name) JDEBFRTN(ID) JDEBFWINAPI name(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSCHECK lpDS)
#define BEGIN_THEME CHECK(lpBhvrCom != NULL && lpVoid != NULL)

#endif

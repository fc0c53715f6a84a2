/* The data structure and shape of the functions that call each other. */
#include <jde.h>

typedef struct tagDSNESTED {
    JCHAR szFunction[40];
    int nMapped;
    int nFlags;
    int nDepth;
    int nResult;
    JCHAR szGreeting[40];
} DSNESTED, *LPDSNESTED;

#define FUNCTION(name) JDEBFRTN(ID) JDEBFWINAPI name(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSNESTED lpDS)

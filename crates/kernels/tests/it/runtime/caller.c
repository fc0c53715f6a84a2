/* Functions that call others by name. */
#include "nested.h"

FUNCTION(CallOther)
{
    CALLMAP map[2] = {{11, 1}, {12, 3}};
    lpDS->nResult = jdeCallObject(lpDS->szFunction, NULL, lpBhvrCom, lpVoid, lpDS, lpDS->nMapped ? map : NULL, lpDS->nMapped ? 2 : 0,
                                  (JCHAR *)NULL, (JCHAR *)NULL, lpDS->nFlags ? CALL_OBJECT_NO_ERRORS : 0);
    if (lpDS->nResult == ER_ERROR && jdeStrcmp(lpDS->szFunction, _J("Complain")) == 0)
        jdeSetGBRError(lpBhvrCom, lpVoid, 7, _J("9999"));
    jdeTraceSz(NULL, _J("called %s: %d"), lpDS->szFunction, lpDS->nResult);
    return ER_SUCCESS;
}

FUNCTION(CallItself)
{
    ID result;
    lpDS->nDepth++;
    result = jdeCallObject(_J("CallItself"), NULL, lpBhvrCom, lpVoid, lpDS, NULL, 0, NULL, NULL, 0);
    return result;
}

FUNCTION(CallWithNothing)
{
    (void)lpBhvrCom;
    (void)lpVoid;
    /* Without context the called function gets the session's own. */
    if (jdeCallObject(lpDS->szFunction, NULL, NULL, NULL, lpDS, NULL, 5, NULL, NULL, 0) != ER_WARNING)
        return ER_SUCCESS;
    return jdeCallObject(NULL, NULL, NULL, NULL, NULL, NULL, -1, NULL, NULL, 0);
}

FUNCTION(TakeBack)
{
    jdeErrorSet(lpBhvrCom, lpVoid, 1, _J("KEPT"), NULL);
    jdeErrorSet(lpBhvrCom, lpVoid, 2, _J("GONE"), NULL);
    jdeErrorClear(lpBhvrCom, lpVoid, 2);
    jdeCallObject(_J("ComplainAndTakeBack"), NULL, lpBhvrCom, lpVoid, lpDS, NULL, 0, NULL, NULL, 0);
    return ER_SUCCESS;
}

FUNCTION(ComplainOften)
{
    (void)lpDS;
    for (int i = 0; i < 1500; i++) {
        BOOL kept = jdeErrorSet(lpBhvrCom, lpVoid, 0, _J("MANY"), NULL);
        if (kept != (i < 1000))
            return ER_SUCCESS;
    }
    return jdeErrorSet(lpBhvrCom, lpVoid, 0, _J("  "), NULL) ? ER_SUCCESS : ER_ERROR;
}

/* Functions that are called, and complain. */
#include "nested.h"

typedef struct tagDSDE0022 {
    JCHAR szDescription[41];
} DSDE0022;

FUNCTION(Greet)
{
    if (lpBhvrCom == NULL || lpVoid == NULL || lpDS == NULL) {
        jdeErrorSet(lpBhvrCom, lpVoid, (ID)0, _J("4363"), NULL);
        return ER_ERROR;
    }
    jdeSprintf(lpDS->szGreeting, _J("hello %s"), lpBhvrCom->szUser);
    return ER_WARNING;
}

FUNCTION(Complain)
{
    DSDE0022 subst;
    (void)lpDS;
    memset(&subst, 0, sizeof(subst));
    jdeStrncpy(subst.szDescription, _J("too many  "), DIM(subst.szDescription) - 1);
    jdeErrorSet(lpBhvrCom, lpVoid, 1, _J("0001"), NULL);
    jdeSetGBRErrorSubText(lpBhvrCom, lpVoid, 2, _J("0002"), &subst);
    jdeErrorSetToText(lpBhvrCom, lpVoid, 3, _J("0003"), _J("free text"));
    return ER_ERROR;
}

FUNCTION(ComplainAndTakeBack)
{
    Complain(lpBhvrCom, lpVoid, lpDS);
    jdeErrorClearAll(lpBhvrCom, lpVoid);
    return ER_SUCCESS;
}

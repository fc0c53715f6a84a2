/* One operation on two numbers, for the test that checks many of them. */
#include <jde.h>

typedef struct tagDSDECIMAL {
    JCHAR szLeft[80];
    JCHAR szRight[80];
    JCHAR cOperation;
    MATH_NUMERIC mnResult;
} DSDECIMAL, *LPDSDECIMAL;

JDEBFRTN(ID) JDEBFWINAPI Calculate(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSDECIMAL lpDS)
{
    MATH_NUMERIC left, right;
    (void)lpBhvrCom;
    (void)lpVoid;
    if (ParseNumericString(&left, lpDS->szLeft) != 0 || ParseNumericString(&right, lpDS->szRight) != 0)
        return ER_ERROR;
    switch (lpDS->cOperation) {
    case _J('+'): MathAdd(&lpDS->mnResult, &left, &right); break;
    case _J('-'): MathSubtract(&lpDS->mnResult, &left, &right); break;
    case _J('*'): MathMultiply(&lpDS->mnResult, &left, &right); break;
    case _J('/'): MathDivide(&lpDS->mnResult, &left, &right); break;
    default: return ER_ERROR;
    }
    return ER_SUCCESS;
}

/* Handles to the session, and pointers stored by number. */
#include "check.h"

THEME(Handles)
{
    HUSER first = NULL, second = (HUSER)0L;

    BEGIN_THEME;
    CHECK(JDB_InitBhvr(lpBhvrCom, &first, NULL, JDEDB_COMMIT_AUTO) == JDEDB_PASSED && first != (HUSER)NULL);
    CHECK(JDB_InitBhvr(lpBhvrCom, &second, _J("P5501"), JDEDB_COMMIT_MANUAL) == JDEDB_PASSED && second != first);
    CHECK(JDB_FreeBhvr(first) == JDEDB_PASSED && JDB_FreeBhvr(first) == JDEDB_FAILED && JDB_FreeBhvr(NULL) == JDEDB_FAILED);
    CHECK(jdeStoreDataPtr(first, lpDS) == 0);
    CHECK(JDB_FreeBhvr(second) == JDEDB_PASSED && JDB_InitBhvr(lpBhvrCom, NULL, NULL, JDEDB_COMMIT_AUTO) == JDEDB_FAILED);
    return ER_SUCCESS;
}

/* Stored by one handle, found by another: the number is all that two functions share. */
THEME(Pointers)
{
    HUSER first, second;
    ID number, other;
    int value = 5;

    BEGIN_THEME;
    JDB_InitBhvr(lpBhvrCom, &first, NULL, JDEDB_COMMIT_AUTO);
    number = jdeStoreDataPtr(first, &value);
    other = jdeStoreDataPtr(first, lpDS);
    CHECK(number > 0 && other > 0 && other != number && jdeStoreDataPtr(first, NULL) == 0);
    JDB_FreeBhvr(first);
    JDB_InitBhvr(lpBhvrCom, &second, NULL, JDEDB_COMMIT_AUTO);
    CHECK(jdeRetrieveDataPtr(second, number) == &value && jdeRetrieveDataPtr(second, number) == &value);
    CHECK(jdeRetrieveDataPtr(NULL, number) == NULL && jdeRetrieveDataPtr(first, number) == NULL);
    CHECK(jdeRemoveDataPtr(second, number) == &value && jdeRemoveDataPtr(second, number) == NULL);
    CHECK(jdeRetrieveDataPtr(second, 0) == NULL && jdeRetrieveDataPtr(second, -5) == NULL && jdeRetrieveDataPtr(second, 100000) == NULL);
    CHECK(jdeRemoveDataPtr(second, other) == lpDS);
    JDB_FreeBhvr(second);
    return ER_SUCCESS;
}

THEME(Limits)
{
    HUSER user, more;
    ID number = 0;
    int opened = 1;

    BEGIN_THEME;
    JDB_InitBhvr(lpBhvrCom, &user, NULL, JDEDB_COMMIT_AUTO);
    for (int i = 1; i <= 1000; i++) {
        number = jdeStoreDataPtr(user, lpDS);
        CHECK(number == i);
    }
    CHECK(jdeStoreDataPtr(user, lpDS) == 0);
    CHECK(jdeRemoveDataPtr(user, 500) == lpDS && jdeStoreDataPtr(user, lpVoid) == 500);
    while (JDB_InitBhvr(lpBhvrCom, &more, NULL, JDEDB_COMMIT_AUTO) == JDEDB_PASSED)
        opened++;
    CHECK(opened == 1000 && more == NULL);
    return ER_SUCCESS;
}

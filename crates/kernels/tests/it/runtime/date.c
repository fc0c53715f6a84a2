/* Days, masks and moments. */
#include "check.h"

THEME(Days)
{
    JDEDATE first = {2026, 3, 7}, second = {2026, 11, 1}, none = {0, 0, 0}, copy;

    BEGIN_THEME;
    CHECK(DateCompare(&first, &second) < 0 && DateCompare(&second, &first) > 0 && DateCompare(&first, &first) == 0);
    CHECK(DateCompare(&none, &first) < 0 && DateCompare(NULL, &none) == 0);
    CHECK(IsJDEDATENull(&none) && IsJDEDATENull(NULL) && !IsJDEDATENull(&first));
    JDEDATECopy(&copy, &first);
    CHECK(DateCompare(&copy, &first) == 0);
    return ER_SUCCESS;
}

THEME(Masks)
{
    JDEDATE day = {2026, 3, 7}, none = {0, 0, 0}, bad = {2026, 2, 30}, read;
    JCHAR szText[40];
    JCHAR szMask[6];

    BEGIN_THEME;
    CHECK(FormatDate(szText, &day, NULL) == 0);
    IS(szText, "03/07/2026");
    CHECK(FormatDate(szText, &day, _J("  ")) == 0);
    IS(szText, "03/07/2026");
    CHECK(FormatDate(szText, &day, _J("ASOSR")) == 0);
    IS(szText, "07/03/26");
    CHECK(FormatDate(szText, &none, NULL) == 0 && szText[0] == 0);
    CHECK(FormatDate(szText, &bad, NULL) == 1 && szText[0] == 0);
    CHECK(DeformatDate(&read, _J("7.3.2026"), _J("DSMSE")) == 0 && DateCompare(&read, &day) == 0);
    CHECK(DeformatDate(&read, _J("30.2.2026"), _J("DSMSE")) == 1 && IsJDEDATENull(&read));
    CHECK(DeformatDate(&read, _J("  "), NULL) == 0 && IsJDEDATENull(&read));
    CHECK(DeformatDate(&read, NULL, NULL) == 0 && DeformatDate(NULL, _J("x"), NULL) == 1);
    CHECK(jdeConvertUDCToDateFormat(_J("MDE"), szMask) == 0);
    IS(szMask, "OSASE");
    CHECK(jdeConvertUDCToDateFormat(_J("???"), szMask) == 1);
    return ER_SUCCESS;
}

THEME(Moments)
{
    JDEUTIME none = {0, 0, 0}, epoch = {0, 0, 1}, now, copy;
    JDEDATE day;

    BEGIN_THEME;
    jdeUTimeNow(&now);
    CHECK(jdeUTimeIsNull(&none) && !jdeUTimeIsNull(&epoch) && jdeUTimeIsNull(NULL));
    CHECK(jdeUTimeCompare(&none, &epoch) < 0 && jdeUTimeCompare(&now, &epoch) > 0);
    JDEUTIMECopy(&copy, &now);
    CHECK(jdeUTimeCompare(&copy, &now) == 0);
    jdeUTimeToDate(&epoch, &day);
    CHECK(day.nYear == 1970 && day.nMonth == 1 && day.nDay == 1);
    jdeUTimeToDate(&none, &day);
    CHECK(IsJDEDATENull(&day));
    return ER_SUCCESS;
}

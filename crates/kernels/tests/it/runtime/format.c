/* Formats, where the C library says what is right, and reading by formats. */
#include "check.h"

/* Whether our formatter and that of the C library write the same. */
#define SAME(...)                                                                   \
    do {                                                                            \
        char ours[1200], theirs[1200];                                              \
        int length = jdeZSprintf(ours, __VA_ARGS__);                                \
        int expected = snprintf(theirs, sizeof(theirs), __VA_ARGS__);               \
        CHECK(length == expected);                                                  \
        if (strcmp(ours, theirs) != 0) {                                            \
            jdeSprintf(lpDS->szFailure, _J("line %d: '%S' is not '%S'"), __LINE__, ours, theirs); \
            return ER_ERROR;                                                        \
        }                                                                           \
    } while (0)

THEME(Numbers)
{
    static const int values[] = {0, 1, -1, 7, -42, 123456, INT32_MAX, INT32_MIN};
    static const char *const flags[] = {"", "-", "0", "+", " ", "#", "+0", "-0", "#0", "- ", "-#"};
    static const char *const sizes[] = {"", "1", "12", ".0", ".5", "12.5", "3.7"};
    static const char letters[] = "diuxXo";
    static const char *const lengths[] = {"", "h", "hh", "l"};

    BEGIN_THEME;
    for (size_t v = 0; v < DIM(values); v++)
        for (size_t f = 0; f < DIM(flags); f++)
            for (size_t s = 0; s < DIM(sizes); s++)
                for (size_t l = 0; letters[l] != 0; l++)
                    for (size_t h = 0; h < DIM(lengths); h++) {
                        char format[30];
                        char ours[100], theirs[100];
                        sprintf(format, "<%%%s%s%s%c>", flags[f], sizes[s], lengths[h], letters[l]);
                        if (h == 3) {
                            jdeZSprintf(ours, format, values[v] * 3000000000L);
                            sprintf(theirs, format, values[v] * 3000000000L);
                        } else {
                            jdeZSprintf(ours, format, values[v]);
                            sprintf(theirs, format, values[v]);
                        }
                        if (strcmp(ours, theirs) != 0) {
                            jdeSprintf(lpDS->szFailure, _J("%S of %d: '%S' is not '%S'"), format, values[v], ours, theirs);
                            return ER_ERROR;
                        }
                    }
    SAME("%*d|%-*d|%.*d|%*.*d", 6, 1, 6, 2, 3, 3, -6, 2, 4);
    SAME("%lld %zu %hhd %hd", 5000000000LL, (size_t)7, 300, 70000);
    SAME("%d%%", 50);
    SAME("no directive");
    return ER_SUCCESS;
}

THEME(Reals)
{
    static const double values[] = {0.0, -0.0, 1.0, -1.5, 0.5, 2.5, 3.14159265358979, 1e10, 123456789.125, 1e-5, 9.9999e-5,
                                    0.0001, 99999.95, 999999.5, 1e100, 5e-324, 1.7976931348623157e308, 1.0 / 3.0};
    static const char *const flags[] = {"", "-", "0", "+", " ", "#", "+0"};
    static const char *const sizes[] = {"", "15", ".0", ".1", ".3", "20.10", ".17", ".30"};
    static const char letters[] = "fFeEgG";
    char zOut[20];

    BEGIN_THEME;
    for (size_t v = 0; v < DIM(values); v++)
        for (size_t f = 0; f < DIM(flags); f++)
            for (size_t s = 0; s < DIM(sizes); s++)
                for (size_t l = 0; letters[l] != 0; l++) {
                    char format[30];
                    char ours[500], theirs[500];
                    /* The C library here forgets the zeros that # keeps when rounding carries into another digit. */
                    if (values[v] == 999999.5 && strcmp(flags[f], "#") == 0)
                        continue;
                    sprintf(format, "<%%%s%s%c>", flags[f], sizes[s], letters[l]);
                    jdeZSprintf(ours, format, values[v]);
                    sprintf(theirs, format, values[v]);
                    if (strcmp(ours, theirs) != 0) {
                        jdeSprintf(lpDS->szFailure, _J("%S: '%S' is not '%S'"), format, ours, theirs);
                        return ER_ERROR;
                    }
                }
    jdeZSprintf(zOut, "%#g", 999999.5);
    Z_IS(zOut, "1.00000e+06");
    SAME("%f %5e %010g %-8F|", INFINITY, -INFINITY, INFINITY, INFINITY);
    SAME("%Lf %.2Lf", 1.5L, 2.25L);
    return ER_SUCCESS;
}

THEME(Texts)
{
    JCHAR szOut[100];
    ZCHAR zOut[100];
    int value = 3;

    BEGIN_THEME;
    jdeSprintf(szOut, _J("%s|%ls|%S|%hs"), _J("wide"), _J("wide"), "narrow", "gr\xc3\xbcn");
    IS(szOut, "wide|wide|narrow|gr\x00fcn");
    jdeSprintf(szOut, _J("[%6s][%-6s][%.2s][%6.1s][%c%lc%C]"), _J("abc"), _J("abc"), _J("abc"), _J("abc"), _J('x'), _J('\x00e4'), 'z');
    IS(szOut, "[   abc][abc   ][ab][     a][x\x00e4z]");
    jdeSprintf(szOut, _J("%s %d %5.2f %x %lu %%"), _J("n"), -5, 2.345, 255, 4000000000UL);
    IS(szOut, "n -5  2.35 ff 4000000000 %");
    CHECK(jdeSprintf(szOut, _J("%s"), (JCHAR *)NULL) == 6);
    IS(szOut, "(null)");
    jdeSprintf(szOut, _J("%p"), (void *)0x1f);
    IS(szOut, "0x1f");
    jdeSprintf(szOut, _J("a%nb%d"), &value, 9);
    IS(szOut, "ab9");
    CHECK(value == 3);
    jdeZSprintf(zOut, "%s|%hs|%ls|%S|%c", "narrow", "narrow", _J("gr\x00fcn"), "z", 'q');
    Z_IS(zOut, "narrow|narrow|gr\xc3\xbcn|z|q");
    jdeSprintf(szOut, _J("50%% of 100%, %y %"));
    IS(szOut, "50% of 100%, %y %");
    return ER_SUCCESS;
}

THEME(Bounds)
{
    static JCHAR szLong[40000];
    JCHAR szOut[8];
    ZCHAR zOut[8];

    BEGIN_THEME;
    CHECK(jdeSnprintf(szOut, DIM(szOut), _J("%d"), 123456789) == 9);
    IS(szOut, "1234567");
    CHECK(jdeSnprintf(NULL, 0, _J("%s"), _J("abc")) == 3);
    CHECK(jdeZSnprintf(zOut, sizeof(zOut), "%s", "abcdefghij") == 10);
    Z_IS(zOut, "abcdefg");
    CHECK(jdeSprintf(szLong, _J("%9999d"), 1) == 1000 && jdeStrlen(szLong) == 1000);
    CHECK(jdeSprintf(szLong, _J("%.99999999999999999999f"), 1.0) == 1002);
    CHECK(jdeSprintf(szLong, _J("%*d"), INT32_MIN, 1) == 1000);
    for (int i = 0; i < 39999; i++)
        szLong[i] = _J('x');
    CHECK(jdeSnprintf(NULL, 0, _J("%s%s"), szLong, szLong) == 32767);
    jdeSprintf(szLong, _J("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d"),
               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    CHECK(jdeStrlen(szLong) == 64);
    CHECK(jdeSprintf(NULL, _J("%d"), 5) == 1 && jdeSprintf(szOut, NULL) == 0 && szOut[0] == 0);
    return ER_SUCCESS;
}

static int wide_list(JCHAR *text, size_t size, const JCHAR *format, ...)
{
    va_list list;
    int length;
    va_start(list, format);
    length = size == 0 ? jdeVsprintf(text, format, list) : jdeVsnprintf(text, size, format, list);
    va_end(list);
    return length;
}

static int narrow_list(ZCHAR *text, size_t size, const ZCHAR *format, ...)
{
    va_list list;
    int length;
    va_start(list, format);
    length = size == 0 ? jdeZVsprintf(text, format, list) : jdeZVsnprintf(text, size, format, list);
    va_end(list);
    return length;
}

THEME(Lists)
{
    JCHAR szOut[100];
    ZCHAR zOut[100];

    BEGIN_THEME;
    /* More than six of each sort, so that arguments lie in registers and in memory. */
    wide_list(szOut, 0, _J("%d %g %d %g %d %g %d %g %d %g %d %g %d %g %d %g %d %g %s"), 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5,
              _J("end"));
    IS(szOut, "1 1.5 2 2.5 3 3.5 4 4.5 5 5.5 6 6.5 7 7.5 8 8.5 9 9.5 end");
    CHECK(wide_list(szOut, 4, _J("%s"), _J("abcdef")) == 6);
    IS(szOut, "abc");
    CHECK(narrow_list(zOut, 0, "%s-%d", "abc", 5) == 5 && narrow_list(zOut, 3, "%d", 12345) == 5);
    Z_IS(zOut, "12");
    return ER_SUCCESS;
}

THEME(Scanning)
{
    int whole = 0, hex = 0, place = 0;
    long large = 0;
    short small = 0;
    double real = 0;
    float plain = 0;
    JCHAR szWord[20];
    ZCHAR zWord[20];
    JCHAR cFirst = 0;

    BEGIN_THEME;
    CHECK(jdeSscanf(_J(" 12 ff -9999999999 7"), _J("%d%x%ld%hd"), &whole, &hex, &large, &small) == 4);
    CHECK(whole == 12 && hex == 255 && large == -9999999999L && small == 7);
    CHECK(jdeSscanf(_J("1.5 2.25"), _J("%lf%f"), &real, &plain) == 2 && real == 1.5 && plain == 2.25f);
    CHECK(jdeSscanf(_J("order 17, open"), _J("%s %d,%n%hs"), szWord, &whole, &place, zWord) == 3);
    IS(szWord, "order");
    Z_IS(zWord, "open");
    CHECK(whole == 17 && place == 9);
    CHECK(jdeSscanf(_J("123456"), _J("%3d%*2d%c"), &whole, &cFirst) == 2 && whole == 123 && cFirst == _J('6'));
    CHECK(jdeSscanf(_J("abc-123"), _J("%[a-z]-%[^a-z]"), szWord, lpDS->szFolder) == 2);
    IS(szWord, "abc");
    IS(lpDS->szFolder, "123");
    CHECK(jdeSscanf(_J("]x"), _J("%[]x]"), szWord) == 1);
    IS(szWord, "]x");
    CHECK(jdeSscanf(_J("-a5"), _J("%[-0-9a]"), szWord) == 1);
    IS(szWord, "-a5");
    CHECK(jdeSscanf(_J("50 %"), _J("%d%%"), &whole) == 1);
    CHECK(jdeSscanf(_J("x"), _J("%d"), &whole) == 0 && jdeSscanf(_J("  "), _J("%d"), &whole) == EOF);
    CHECK(jdeSscanf(_J("1 x"), _J("%d %d"), &whole, &hex) == 1 && jdeSscanf(_J("5"), _J("%q"), &whole) == 0);
    CHECK(jdeZSscanf("7 seven", "%d %s", &whole, zWord) == 2 && whole == 7);
    Z_IS(zWord, "seven");
    return ER_SUCCESS;
}

/* Strings: copying, comparing, searching, characters, plain numbers, code pages and names. */
#include "check.h"

#define GREETING "hello"
#define NESTED _J(GREETING)

THEME(Copying)
{
    JCHAR szText[10];
    ZCHAR zText[10];
    JCHAR *copy;

    BEGIN_THEME;
    IS(jdeStrcpy(szText, NESTED), "hello");
    CHECK(sizeof(_J('a')) == 2 || _J('a') == 97);
    jdeMemset(szText, _J('x'), sizeof(szText));
    jdeStrncpy(szText, _J("ab"), 5);
    CHECK(szText[1] == _J('b') && szText[2] == _J('\0') && szText[4] == 0 && szText[5] == _J('x'));
    jdeStrncpy(szText, _J("abcdef"), 3);
    CHECK(szText[2] == _J('c') && szText[3] == 0 && szText[5] == _J('x'));
    IS(jdeStrncpyTerminate(szText, _J("0123456789"), DIM(szText)), "012345678");
    IS(jdeStrncpyTerminate(szText, _J("ab"), DIM(szText)), "ab");
    IS(jdeStrncpyTerminate(szText, _J("cd"), 0), "ab");
    IS(jdeStrcat(szText, _J("cd")), "abcd");
    IS(jdeStrncat(szText, _J("efgh"), 2), "abcdef");
    IS(jdeStrcpy(szText, szText + 2), "cdef");
    IS(jdeStrcpy(szText, NULL), "");
    CHECK(jdeStrcpy(NULL, _J("a")) == NULL && jdeStrcat(NULL, _J("a")) == NULL);
    copy = jdeStrdup(_J("kept"));
    IS(copy, "kept");
    jdeFree(copy);

    Z_IS(jdeZStrcpy(zText, _Z("hello")), "hello");
    Z_IS(jdeZStrncpyTerminate(zText, "0123456789", sizeof(zText)), "012345678");
    Z_IS(jdeZStrcat(jdeZStrcpy(zText, "a"), "b"), "ab");
    Z_IS(jdeZStrncat(zText, "cde", 1), "abc");
    jdeZStrncpy(zText, "xy", 5);
    CHECK(zText[2] == 0 && zText[4] == 0);
    jdeFree(jdeZStrdup("x"));
    return ER_SUCCESS;
}

THEME(Comparing)
{
    const JCHAR open[3] = {_J('a'), _J('b'), _J('c')};

    BEGIN_THEME;
    CHECK(jdeStrcmp(_J("abc"), _J("abc")) == 0);
    CHECK(jdeStrcmp(_J("abc"), _J("abd")) < 0 && jdeStrcmp(_J("b"), _J("abc")) > 0);
    CHECK(jdeStrcmp(_J("ab"), _J("abc")) < 0 && jdeStrcmp(NULL, _J("")) == 0);
    CHECK(jdeStrcmp(_J("\x00e9"), _J("z")) > 0 && jdeZStrcmp("\xe9", "z") > 0);
    CHECK(jdeStrncmp(open, _J("abcdef"), 3) == 0);
    CHECK(jdeStrncmp(_J("abx"), _J("aby"), 2) == 0 && jdeStrncmp(_J("abx"), _J("aby"), 3) < 0);
    CHECK(jdeStricmp(_J("\x00c4" "Bc"), _J("\x00e4" "bC")) == 0 && jdeStricmp(_J("A"), _J("b")) < 0);
    CHECK(jdeStrnicmp(_J("ABx"), _J("aby"), 2) == 0 && jdeStrnicmp(_J("ABx"), _J("aby"), 3) < 0);
    CHECK(jdeZStrncmp("abx", "aby", 2) == 0 && jdeZStricmp("ABC", "abc") == 0 && jdeZStrnicmp("ABx", "aby", 2) == 0);
    return ER_SUCCESS;
}

THEME(Searching)
{
    const JCHAR *text = _J("one two one");
    JCHAR szList[] = _J(",,a,b;;c,");
    ZCHAR zList[] = "x y";

    BEGIN_THEME;
    CHECK(jdeStrlen(text) == 11 && jdeStrlen(NULL) == 0 && jdeZStrlen("abc") == 3);
    CHECK(jdeStrchr(text, _J('o')) == text && jdeStrrchr(text, _J('o')) == text + 8);
    CHECK(jdeStrchr(text, _J('x')) == NULL && jdeStrchr(text, 0) == text + 11 && jdeStrchr(NULL, _J('a')) == NULL);
    CHECK(jdeStrstr(text, _J("two")) == text + 4 && jdeStrstr(text, _J("")) == text && jdeStrstr(text, _J("three")) == NULL);
    CHECK(jdeStrpbrk(text, _J("wt")) == text + 4 && jdeStrpbrk(text, _J("xyz")) == NULL);
    CHECK(jdeStrspn(text, _J("eno")) == 3 && jdeStrcspn(text, _J(" ")) == 3);
    IS(jdeStrtok(szList, _J(",;")), "a");
    Z_IS(jdeZStrtok(zList, " "), "x");
    IS(jdeStrtok(NULL, _J(",;")), "b");
    IS(jdeStrtok(NULL, _J(",;")), "c");
    Z_IS(jdeZStrtok(NULL, " "), "y");
    CHECK(jdeStrtok(NULL, _J(",;")) == NULL && jdeStrtok(NULL, _J(",;")) == NULL && jdeZStrtok(NULL, " ") == NULL);
    CHECK(jdeZStrchr(zList, 'x') == zList && jdeZStrrchr("aba", 'a') != NULL && jdeZStrstr("abc", "bc") != NULL);
    CHECK(jdeZStrpbrk("abc", "cb") != NULL && jdeZStrspn("aab", "a") == 2 && jdeZStrcspn("aab", "b") == 2);
    return ER_SUCCESS;
}

THEME(Characters)
{
    JCHAR szText[] = _J("aB\x00e4\x00df");
    ZCHAR zText[] = "aB\xe4";

    BEGIN_THEME;
    CHECK(jdeToupper(_J('q')) == _J('Q') && jdeTolower(_J('Q')) == _J('q') && jdeToupper(_J('1')) == _J('1'));
    IS(jdeStrupr(szText), "AB\x00c4\x00df");
    IS(jdeStrlwr(szText), "ab\x00e4\x00df");
    Z_IS(jdeZStrupr(zText), "AB\xe4");
    Z_IS(jdeZStrlwr(zText), "ab\xe4");
    CHECK(jdeIsalpha(_J('\x00e4')) && !jdeIsalpha(_J('1')) && jdeIsdigit(_J('7')) && !jdeIsdigit(_J('\x0661')));
    CHECK(jdeIsalnum(_J('a')) && jdeIsalnum(_J('0')) && !jdeIsalnum(_J('-')) && jdeIsspace(_J(' ')) && jdeIsspace(_J('\t')));
    CHECK(jdeIsupper(_J('A')) && !jdeIsupper(_J('a')) && jdeIslower(_J('a')) && !jdeIslower(_J('A')));
    CHECK(jdeZToupper('a') == 'A' && jdeZTolower('\xe4') == '\xe4' && jdeZIsalpha('a') && !jdeZIsalpha('\xe4'));
    CHECK(jdeZIsdigit('0') && jdeZIsalnum('z') && jdeZIsspace('\n') && jdeZIsupper('Z') && jdeZIslower('z'));
    CHECK(IsStringBlank(NULL) && IsStringBlank(_J("")) && IsStringBlank(_J("   ")) && !IsStringBlank(_J(" a")));
    jdeStrcpy(szText, _J("a  "));
    IS(jdeStripTrailingBlanks(szText), "a");
    jdeStrcpy(szText, _J("   "));
    IS(jdeStripTrailingBlanks(szText), "");
    return ER_SUCCESS;
}

THEME(PlainNumbers)
{
    const JCHAR *text = _J("12.5kg");
    JCHAR szText[70];
    ZCHAR zText[70];
    JCHAR *end;
    ZCHAR *zEnd;

    BEGIN_THEME;
    CHECK(jdeAtoi(_J(" -42x")) == -42 && jdeAtol(_J("9999999999")) == 9999999999L && jdeAtof(_J("2.5")) == 2.5);
    CHECK(jdeAtoi(_J("")) == 0 && jdeAtoi(NULL) == 0 && jdeAtoi(_J("99999999999")) == INT32_MAX);
    CHECK(jdeStrtod(text, &end) == 12.5 && end == text + 4 && jdeStrtol(text, &end, 10) == 12 && end == text + 2);
    CHECK(jdeStrtol(_J("ff"), NULL, 16) == 255 && jdeStrtol(text + 4, &end, 10) == 0 && end == text + 4);
    CHECK(jdeZAtoi("7") == 7 && jdeZAtol("-8") == -8 && jdeZAtof("1e3") == 1000.0 && jdeZStrtol("077", NULL, 0) == 63);
    CHECK(jdeZStrtod("1.5x", &zEnd) == 1.5 && *zEnd == 'x');
    IS(jdeItoa(-255, szText, 10), "-255");
    IS(jdeItoa(-1, szText, 16), "ffffffff");
    IS(jdeLtoa(5, szText, 2), "101");
    IS(jdeLtoa(INT64_MIN, szText, 10), "-9223372036854775808");
    IS(jdeItoa(1, szText, 1), "");
    Z_IS(jdeZItoa(35, zText, 36), "z");
    Z_IS(jdeZLtoa(-1L, zText, 8), "1777777777777777777777");
    return ER_SUCCESS;
}

THEME(CodePages)
{
    JCHAR szText[6];
    ZCHAR zText[6];

    BEGIN_THEME;
    IS(jdeToUnicode(szText, "gr\xc3\xbcn", DIM(szText), NULL), "gr\x00fcn");
    IS(jdeToUnicode(szText, "gr\xfcn", DIM(szText), "ISO-8859-1"), "gr\x00fcn");
    IS(jdeToUnicode(szText, "123456789", DIM(szText), NULL), "12345");
    CHECK(jdeToUnicode(szText, "x", DIM(szText), "EBCDIC") == NULL && szText[0] == 0);
    Z_IS(jdeFromUnicode(zText, _J("123\x00fc"), sizeof(zText), NULL), "123\xc3\xbc");
    Z_IS(jdeFromUnicode(zText, _J("1234\x00fc"), sizeof(zText), NULL), "1234");
    Z_IS(jdeFromUnicode(zText, _J("1234\x00fc"), sizeof(zText), "ISO-8859-1"), "1234\xfc");
    CHECK(jdeFromUnicode(zText, NULL, sizeof(zText), NULL) == zText && zText[0] == 0);
    return ER_SUCCESS;
}

#define NID_AN8 _J("AN8")
#define NID_AN8 _J("AN8")
#define NID_ALPH _J("ALPH")

THEME(Names)
{
    NID columns[] = {NID_AN8, NID_ALPH};
    NID name;

    BEGIN_THEME;
    CHECK(sizeof(NID) == 22 && DIM(columns) == 2);
    IS(jdeNIDcpy(name, columns[1]), "ALPH");
    CHECK(jdeNIDcmp(name, NID_ALPH) == 0 && jdeNIDcmp(name, _J("ALPH  ")) == 0 && jdeNIDcmp(name, NID_AN8) < 0);
    IS(jdeNIDcpy(name, _J("ABCDEFGHIJKLM")), "ABCDEFGHIJ");
    CHECK(jdeStrcmp(lpBhvrCom->szApplication, _J("P5501")) == 0 && jdeStrcmp(lpBhvrCom->szUser, _J("TESTER")) == 0);
    CHECK(jdeStrcmp(lpBhvrCom->szVersion, _J("XJDE0001AN")) == 0 && lpBhvrCom->iBobMode == BOB_MODE_UNDEFINED);
    return ER_SUCCESS;
}

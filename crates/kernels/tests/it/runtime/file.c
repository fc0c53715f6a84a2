/* Files in both forms. */
#include "check.h"
#include <unistd.h>

static JCHAR szName[300];

static const JCHAR *in_folder(LPDSCHECK lpDS, const JCHAR *name)
{
    jdeSprintf(szName, _J("%s/%s"), lpDS->szFolder, name);
    return szName;
}

THEME(Plain)
{
    JCHAR szLine[20];
    unsigned char bytes[4];
    FILE *file = jdeFopen(in_folder(lpDS, _J("gr\x00fcn.txt")), _J("w+b"));

    BEGIN_THEME;
    CHECK(file != NULL);
    CHECK(jdeFprintf(file, _J("%s %d\n"), _J("line"), 1) == 7 && jdeFputs(_J("second"), file) >= 0 && jdeFputc(_J('!'), file) == _J('!'));
    CHECK(jdeFflush(file) == 0 && jdeFtell(file) == 28);
    jdeRewind(file);
    CHECK(jdeFread(bytes, 1, 4, file) == 4 && bytes[0] == 'l' && bytes[1] == 0);
    CHECK(jdeFseek(file, 0, SEEK_SET) == 0 && jdeFgetc(file) == _J('l'));
    IS(jdeFgets(szLine, DIM(szLine), file), "ine 1\n");
    IS(jdeFgets(szLine, 4, file), "sec");
    IS(jdeFGets(szLine, DIM(szLine), file), "ond!");
    CHECK(jdeFgets(szLine, DIM(szLine), file) == NULL && jdeFeof(file) && jdeFgetc(file) == EOF);
    CHECK(jdeFWrite(bytes, 2, 2, file) == 2);
    CHECK(jdeFclose(file) == 0);
    return ER_SUCCESS;
}

THEME(Converted)
{
    JCHAR szLine[20];
    char bytes[40] = "";
    JCHAR szOther[300];
    FILE *file = jdeFopen(in_folder(lpDS, _J("text.txt")), _J("w+"));

    BEGIN_THEME;
    CHECK(jdeFprintfConvert(lpBhvrCom, file, _J("gr%cn %d\n"), _J('\x00fc'), 7) == 7);
    CHECK(jdeFputsConvert(lpBhvrCom, _J("\xd83d\xde00" "x\n"), file) >= 0);
    rewind(file);
    CHECK(fread(bytes, 1, sizeof(bytes), file) == 14 && memcmp(bytes, "gr\xc3\xbcn 7\n\xf0\x9f\x98\x80x\n", 14) == 0);
    rewind(file);
    IS(jdeFgetsConvert(lpBhvrCom, szLine, DIM(szLine), file), "gr\x00fcn 7\n");
    IS(jdeFgetsConvert(lpBhvrCom, szLine, DIM(szLine), file), "\xd83d\xde00x\n");
    CHECK(jdeFgetsConvert(lpBhvrCom, szLine, DIM(szLine), file) == NULL);
    jdeFclose(file);
    jdeStrcpy(szOther, in_folder(lpDS, _J("other.txt")));
    CHECK(jdeRename(in_folder(lpDS, _J("text.txt")), szOther) == 0 && jdeAccess(szOther, F_OK) == 0);
    CHECK(jdeRemove(szOther) == 0 && jdeAccess(szOther, F_OK) != 0);
    return ER_SUCCESS;
}

THEME(Missing)
{
    JCHAR szLine[5];

    BEGIN_THEME;
    CHECK(jdeFopen(in_folder(lpDS, _J("absent")), _J("r")) == NULL && jdeFopen(NULL, NULL) == NULL);
    CHECK(jdeFclose(NULL) == EOF && jdeFgetc(NULL) == EOF && jdeFputs(_J("x"), NULL) == EOF && jdeFprintf(NULL, _J("x")) == -1);
    CHECK(jdeFgets(szLine, DIM(szLine), NULL) == NULL && jdeFgetsConvert(lpBhvrCom, szLine, 5, NULL) == NULL && jdeFeof(NULL));
    return ER_SUCCESS;
}

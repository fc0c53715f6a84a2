/* Blocks of memory. */
#include "check.h"

THEME(Blocks)
{
    static const unsigned char zeros[1000];
    unsigned char odd[5] = {1, 1, 1, 1, 1};
    unsigned char *block = jdeAlloc(COMMON_POOL, 1000, MEM_ZEROINIT | MEM_FIXED);

    BEGIN_THEME;
    CHECK(block != NULL && memcmp(block, zeros, 1000) == 0);
    block[0] = 42;
    block = jdeReAlloc(COMMON_POOL, block, 100000, MEM_DEFAULT);
    CHECK(block != NULL && block[0] == 42);
    CHECK(jdeReAlloc(COMMON_POOL, block, 0, 0) == NULL && block[0] == 42);
    CHECK(jdeFree(block) == 1 && jdeFree(NULL) == 1);
    CHECK(jdeAlloc(COMMON_POOL, 0, 0) == NULL && jdeAlloc(COMMON_POOL, (unsigned long)-1, MEM_ZEROINIT) == NULL);
    jdeMemset(odd, _J('\x0302'), sizeof(odd));
    CHECK(odd[0] == 2 && odd[1] == 3 && odd[3] == 3 && odd[4] == 1);
    CHECK(jdeMemset(NULL, 1, 10) == NULL);
    return ER_SUCCESS;
}

/*
 * Memory of the process. Blocks belong to whoever took them, and end with the process at the latest.
 */
#ifndef PACKWRIGHT_JDEMEM_H
#define PACKWRIGHT_JDEMEM_H

#include <stddef.h>

#include "jdetypes.h"

/* NULL when there is no memory, or when 0 bytes are asked for. The pool is ignored; MEM_ZEROINIT clears the block. */
extern void *jdeAlloc(void *pool, unsigned long bytes, unsigned int flags);

/* The block with its first bytes kept, perhaps elsewhere; what is new has no value yet. With a block of NULL like
 * jdeAlloc. The result is NULL, and the block stays, when there is no memory or 0 bytes are asked for. */
extern void *jdeReAlloc(void *pool, void *block, unsigned long bytes, unsigned int flags);

/* NULL is harmless. The result is always 1. */
extern unsigned int jdeFree(void *block);

/* Fills with a character of two bytes. The length is in bytes; an odd last byte is left alone. */
extern void *jdeMemset(void *block, JCHAR character, size_t bytes);

#endif

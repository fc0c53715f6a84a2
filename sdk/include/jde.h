/*
 * The one header that a business function includes first: the C library headers its code may rely on,
 * and everything the runtime offers. Names and parameter order are those that business functions are
 * written against; layouts and the values of constants are our own, so sources are compatible and
 * compiled objects are not. What is not declared here is not offered: compile with
 * -Werror=implicit-function-declaration, so that a missing function is an error of its source.
 */
#ifndef PACKWRIGHT_JDE_H
#define PACKWRIGHT_JDE_H

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "jdetypes.h"

#include "jdestr.h"
#include "jdemem.h"
#include "jdemath.h"
#include "jdedate.h"
#include "jdeerror.h"
#include "jdecall.h"
#include "jdesession.h"
#include "jdefile.h"

#endif

/*
 * B5500060: what an open order looks like in memory, for all sources of this library.
 */
#ifndef B5500060_H
#define B5500060_H

#include <f5501.h>
#include <f5502.h>

#define ORDER_LINES_MAX 999

typedef struct tagORDERLINE
{
   F5502                rowLine;
   struct tagORDERLINE *lpNext;
} ORDERLINE, *LPORDERLINE;

typedef struct tagORDERLIST
{
   F5501        rowHeader;
   short        nLines;
   short        nLinesMaximum;
   LPORDERLINE  lpFirst;
   LPORDERLINE  lpLast;
} ORDERLIST, *LPORDERLIST;

#endif

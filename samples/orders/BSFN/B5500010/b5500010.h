/*
 * B5500010: an order while it is being entered. Its lines are kept in a list that the caller knows by a handle only.
 */
#ifndef B5500010_H
#define B5500010_H

#include <d5500010.h>
#include <d5500011.h>
#include <d5500012.h>
#include <d5500013.h>

/* Exported functions */

#undef JDEBFRTN
#if defined (WIN32)
   #if defined (b5500010_c)
      #define JDEBFRTN(type) __declspec(dllexport) type
   #else
      #define JDEBFRTN(type) __declspec(dllimport) type
   #endif
#else
   #define JDEBFRTN(type) type
#endif

JDEBFRTN (ID) JDEBFWINAPI F5501CalculateOrderTotal (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500010 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5501BeginOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500011 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5501AddOrderLine (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500012 lpDS);

JDEBFRTN (ID) JDEBFWINAPI F5501EndOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500013 lpDS);

#endif

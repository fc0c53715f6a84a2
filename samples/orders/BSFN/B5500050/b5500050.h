/*
 * B5500050: calendar arithmetic for the functions of this library. Day 1 is Monday, the 1st of January of year 1.
 */
#ifndef B5500050_H
#define B5500050_H

/* Internal functions */

BOOL I5500050_IsCalendarDate (LPJDEDATE lpDate);

long I5500050_DayNumber (LPJDEDATE lpDate);

void I5500050_DateOfDay (long lDay, LPJDEDATE lpDate);

BOOL I5500050_IsWorkingDay (long lDay);

#endif

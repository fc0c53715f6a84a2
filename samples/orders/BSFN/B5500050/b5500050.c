/*
 * B5500050: calendar arithmetic. It exports no business function; the other sources of the library call it with
 * CALLIBF and CALLIBFRET. Days are numbered from Monday, the 1st of January of year 1, in today's calendar.
 */
#include <jde.h>

#define b5500050_c

#include <b5500050.h>

#define YEAR_MAX            9999
#define MONTHS_OF_YEAR      12
#define DAYS_OF_400_YEARS   146097L

static BOOL I5500050_IsLeapYear (int nYear)
{
   return (nYear % 4 == 0 && nYear % 100 != 0) || nYear % 400 == 0;
}

static int I5500050_DaysOfMonth (int nYear, int nMonth)
{
   static const int nDays[MONTHS_OF_YEAR] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

   return nDays[nMonth - 1] + ((nMonth == 2 && I5500050_IsLeapYear(nYear)) ? 1 : 0);
}

/* Days before the 1st of January of a year. */
static long I5500050_DaysBeforeYear (int nYear)
{
   long lYears = (long) nYear - 1;

   return 365 * lYears + lYears / 4 - lYears / 100 + lYears / 400;
}

BOOL I5500050_IsCalendarDate (LPJDEDATE lpDate)
{
   return !IsJDEDATENull(lpDate)
      && lpDate->nYear >= 1 && lpDate->nYear <= YEAR_MAX
      && lpDate->nMonth >= 1 && lpDate->nMonth <= MONTHS_OF_YEAR
      && lpDate->nDay >= 1 && lpDate->nDay <= I5500050_DaysOfMonth(lpDate->nYear, lpDate->nMonth);
}

/* The date must be one of the calendar. */
long I5500050_DayNumber (LPJDEDATE lpDate)
{
   long  lDay   = I5500050_DaysBeforeYear(lpDate->nYear) + lpDate->nDay;
   int   nMonth = 1;

   for (nMonth = 1; nMonth < lpDate->nMonth; nMonth++)
   {
      lDay += I5500050_DaysOfMonth(lpDate->nYear, nMonth);
   }
   return lDay;
}

void I5500050_DateOfDay (long lDay, LPJDEDATE lpDate)
{
   int nYear  = (int) (lDay * 400 / DAYS_OF_400_YEARS) + 1;
   int nMonth = 1;

   /* By the mean length of a year the guess is at most one year off. */
   while (I5500050_DaysBeforeYear(nYear) >= lDay)
   {
      nYear--;
   }
   while (I5500050_DaysBeforeYear(nYear + 1) < lDay)
   {
      nYear++;
   }

   lDay -= I5500050_DaysBeforeYear(nYear);
   while (lDay > I5500050_DaysOfMonth(nYear, nMonth))
   {
      lDay -= I5500050_DaysOfMonth(nYear, nMonth);
      nMonth++;
   }

   lpDate->nYear  = (short) nYear;
   lpDate->nMonth = (short) nMonth;
   lpDate->nDay   = (short) lDay;
}

/* Monday to Friday. */
BOOL I5500050_IsWorkingDay (long lDay)
{
   return (lDay - 1) % 7 < 5;
}

/*
 * B5500020: the price of one order line. Three functions of the pricing library do the work; their messages come back
 * on the members of this function that they are about.
 */
#include <jde.h>

#define b5500020_c

#include <b5500020.h>
#include <d5500510.h>
#include <d5500520.h>
#include <d5500530.h>

/* Unit price at the quantity, and quantity times price. */
static ID I5500020_Extend (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500020 lpDS)
{
   DSD5500510  dsPrice;
   CALLMAP     map[] = {{IDERRmnQuantity_1, IDERRmnQuantity_1}, {IDERRszPriceBreaks_3, IDERRszPriceBreaks_3}};
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsPrice, 0, sizeof(dsPrice));
   MathCopy(&dsPrice.mnQuantity, &lpDS->mnQuantity);
   MathCopy(&dsPrice.mnBasePrice, &lpDS->mnBasePrice);
   jdeStrncpyTerminate(dsPrice.szPriceBreaks, lpDS->szPriceBreaks, DIM(dsPrice.szPriceBreaks));
   idResult = jdeCallObject(_J("F5505UnitPriceForQuantity"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsPrice,
                            map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
   if (idResult != ER_ERROR)
   {
      MathCopy(&lpDS->mnUnitPrice, &dsPrice.mnUnitPrice);
      MathMultiply(&lpDS->mnExtendedAmount, &lpDS->mnQuantity, &lpDS->mnUnitPrice);
      MathRound(&lpDS->mnExtendedAmount, 2);
   }
   return idResult;
}

static ID I5500020_Discount (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500020 lpDS)
{
   DSD5500520  dsDiscount;
   CALLMAP     map[] = {{IDERRmnDiscountPercent_4, IDERRmnDiscountPercent_2}, {IDERRcRounding_6, IDERRcRounding_3}};
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsDiscount, 0, sizeof(dsDiscount));
   MathCopy(&dsDiscount.mnGrossAmount, &lpDS->mnExtendedAmount);
   MathCopy(&dsDiscount.mnDiscountPercent, &lpDS->mnDiscountPercent);
   dsDiscount.cRounding = lpDS->cRounding;
   idResult = jdeCallObject(_J("F5505ApplyDiscount"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsDiscount,
                            map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
   if (idResult != ER_ERROR)
   {
      MathCopy(&lpDS->mnDiscountAmount, &dsDiscount.mnDiscountAmount);
      MathCopy(&lpDS->mnNetAmount, &dsDiscount.mnNetAmount);
   }
   return idResult;
}

static ID I5500020_Tax (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500020 lpDS)
{
   DSD5500530  dsTax;
   CALLMAP     map[] = {{IDERRmnTaxRate_5, IDERRmnTaxRate_2}, {IDERRcRounding_6, IDERRcRounding_3}};
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsTax, 0, sizeof(dsTax));
   MathCopy(&dsTax.mnTaxableAmount, &lpDS->mnNetAmount);
   MathCopy(&dsTax.mnTaxRate, &lpDS->mnTaxRate);
   dsTax.cRounding = lpDS->cRounding;
   idResult = jdeCallObject(_J("F5505CalculateTax"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsTax,
                            map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
   if (idResult != ER_ERROR)
   {
      MathCopy(&lpDS->mnTaxAmount, &dsTax.mnTaxAmount);
      MathAdd(&lpDS->mnLineTotal, &lpDS->mnNetAmount, &lpDS->mnTaxAmount);
   }
   return idResult;
}

JDEBFRTN (ID) JDEBFWINAPI F5501PriceOrderLine (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500020 lpDS)
{
   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500020) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   ZeroMathNumeric(&lpDS->mnUnitPrice);
   ZeroMathNumeric(&lpDS->mnExtendedAmount);
   ZeroMathNumeric(&lpDS->mnDiscountAmount);
   ZeroMathNumeric(&lpDS->mnNetAmount);
   ZeroMathNumeric(&lpDS->mnTaxAmount);
   ZeroMathNumeric(&lpDS->mnLineTotal);

   if (I5500020_Extend(lpBhvrCom, lpVoid, lpDS) == ER_ERROR
       || I5500020_Discount(lpBhvrCom, lpVoid, lpDS) == ER_ERROR
       || I5500020_Tax(lpBhvrCom, lpVoid, lpDS) == ER_ERROR)
   {
      return ER_ERROR;
   }
   return ER_SUCCESS;
}

/*
 * B5500040: whether an order may be entered at all. Every check runs, so that the user sees all messages at once.
 */
#include <jde.h>

#define b5500040_c

#include <b5500040.h>
#include <d5500311.h>
#include <d5500411.h>
#include <d5500420.h>

#define CREDIT_WARNING_PERCENT 90

static ID I5500040_Customer (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500040 lpDS)
{
   DSD5500411  dsCustomer;
   CALLMAP     map[] = {{IDERRszCustomer_1, IDERRszCustomer_1}};

   memset((void *) &dsCustomer, 0, sizeof(dsCustomer));
   jdeStrncpyTerminate(dsCustomer.szCustomer, lpDS->szCustomer, DIM(dsCustomer.szCustomer));
   return jdeCallObject(_J("F5504VerifyCustomerNumber"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsCustomer,
                        map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
}

static ID I5500040_Item (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500040 lpDS)
{
   DSD5500311  dsItem;
   CALLMAP     map[] = {{IDERRszItemNumber_2, IDERRszItemNumber_1}};

   memset((void *) &dsItem, 0, sizeof(dsItem));
   jdeStrncpyTerminate(dsItem.szItemNumber, lpDS->szItemNumber, DIM(dsItem.szItemNumber));
   return jdeCallObject(_J("F5503VerifyItemNumber"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsItem,
                        map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
}

static ID I5500040_Credit (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500040 lpDS)
{
   DSD5500420  dsCredit;
   CALLMAP     map[] = {{IDERRmnOrderAmount_3, IDERRmnOrderAmount_3}};
   ID          idResult = ER_SUCCESS;

   memset((void *) &dsCredit, 0, sizeof(dsCredit));
   MathCopy(&dsCredit.mnCreditLimit, &lpDS->mnCreditLimit);
   MathCopy(&dsCredit.mnOpenBalance, &lpDS->mnOpenBalance);
   MathCopy(&dsCredit.mnOrderAmount, &lpDS->mnOrderAmount);
   IntToMathNumeric(CREDIT_WARNING_PERCENT, &dsCredit.mnWarningPercent);
   idResult = jdeCallObject(_J("F5504CheckCredit"), NULL, lpBhvrCom, lpVoid, (LPVOID) &dsCredit,
                            map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, 0);
   lpDS->cHoldCode = dsCredit.cHoldCode;
   return idResult;
}

JDEBFRTN (ID) JDEBFWINAPI F5501ValidateOrder (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500040 lpDS)
{
   ID idCustomer = ER_SUCCESS;
   ID idItem     = ER_SUCCESS;
   ID idCredit   = ER_SUCCESS;

   if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5500040) NULL))
   {
      jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
      return ER_ERROR;
   }

   lpDS->cHoldCode = _J(' ');
   lpDS->bValid    = FALSE;

   idCustomer = I5500040_Customer(lpBhvrCom, lpVoid, lpDS);
   idItem     = I5500040_Item(lpBhvrCom, lpVoid, lpDS);
   idCredit   = I5500040_Credit(lpBhvrCom, lpVoid, lpDS);
   if (idCustomer == ER_ERROR || idItem == ER_ERROR || idCredit == ER_ERROR)
   {
      return ER_ERROR;
   }

   lpDS->bValid = TRUE;
   return (idCredit == ER_WARNING) ? ER_WARNING : ER_SUCCESS;
}

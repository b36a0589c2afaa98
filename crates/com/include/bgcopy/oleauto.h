/* BSTR, VARIANT and byte arrays: made and freed by the library. Part of bgcopy. */

#ifndef BGCOPY_OLEAUTO_H
#define BGCOPY_OLEAUTO_H

#include "oaidl.h"

STDAPI_(BSTR) SysAllocString(const OLECHAR *text);
STDAPI_(BSTR) SysAllocStringLen(const OLECHAR *text, UINT length);
STDAPI_(BSTR) SysAllocStringByteLen(LPCSTR bytes, UINT length);
STDAPI_(INT) SysReAllocString(BSTR *string, const OLECHAR *text);
STDAPI_(INT) SysReAllocStringLen(BSTR *string, const OLECHAR *text, UINT length);
STDAPI_(void) SysFreeString(BSTR string);
STDAPI_(UINT) SysStringLen(BSTR string);
STDAPI_(UINT) SysStringByteLen(BSTR string);

STDAPI_(void) VariantInit(VARIANTARG *variant);
STDAPI VariantClear(VARIANTARG *variant);
STDAPI VariantCopy(VARIANTARG *destination, const VARIANTARG *source);

STDAPI_(SAFEARRAY *) SafeArrayCreateVector(VARTYPE vt, LONG lowerBound, ULONG elements);
STDAPI SafeArrayDestroy(SAFEARRAY *array);
STDAPI SafeArrayAccessData(SAFEARRAY *array, void **data);
STDAPI SafeArrayUnaccessData(SAFEARRAY *array);

#endif

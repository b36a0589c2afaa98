/*
 * The entry points of the COM library: activation, the task allocator, ids as text. There are no apartments here: every
 * object may be used from every thread, and CoInitialize only counts. Part of bgcopy.
 */

#ifndef BGCOPY_OBJBASE_H
#define BGCOPY_OBJBASE_H

#include "windows.h"
#include "rpc.h"
#include "unknwn.h"
#include "objidl.h"

typedef IUnknown *LPUNKNOWN;

typedef enum tagCLSCTX {
    CLSCTX_INPROC_SERVER = 0x1,
    CLSCTX_INPROC_HANDLER = 0x2,
    CLSCTX_LOCAL_SERVER = 0x4,
    CLSCTX_REMOTE_SERVER = 0x10
} CLSCTX;
#define CLSCTX_INPROC (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)
#define CLSCTX_SERVER (CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)
#define CLSCTX_ALL (CLSCTX_INPROC_HANDLER | CLSCTX_SERVER)

typedef enum tagCOINIT {
    COINIT_MULTITHREADED = 0x0,
    COINIT_APARTMENTTHREADED = 0x2,
    COINIT_DISABLE_OLE1DDE = 0x4,
    COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

typedef enum tagEOLE_AUTHENTICATION_CAPABILITIES {
    EOAC_NONE = 0x0,
    EOAC_STATIC_CLOAKING = 0x20,
    EOAC_DYNAMIC_CLOAKING = 0x40,
    EOAC_DEFAULT = 0x800
} EOLE_AUTHENTICATION_CAPABILITIES;

STDAPI CoInitialize(LPVOID reserved);
STDAPI CoInitializeEx(LPVOID reserved, DWORD flags);
STDAPI_(void) CoUninitialize(void);
STDAPI CoInitializeSecurity(void *descriptor, LONG services, void *service, void *reserved1, DWORD authentication,
                            DWORD impersonation, void *list, DWORD capabilities, void *reserved3);
STDAPI CoSetProxyBlanket(IUnknown *proxy, DWORD authentication, DWORD authorization, OLECHAR *principal,
                         DWORD authenticationLevel, DWORD impersonationLevel, void *identity, DWORD capabilities);
STDAPI CoCreateInstance(REFCLSID clsid, IUnknown *outer, DWORD context, REFIID iid, LPVOID *object);

STDAPI_(LPVOID) CoTaskMemAlloc(SIZE_T size);
STDAPI_(LPVOID) CoTaskMemRealloc(LPVOID memory, SIZE_T size);
STDAPI_(void) CoTaskMemFree(LPVOID memory);

STDAPI_(int) StringFromGUID2(REFGUID guid, LPOLESTR text, int length);
STDAPI CLSIDFromString(LPCOLESTR text, CLSID *clsid);
STDAPI IIDFromString(LPCOLESTR text, IID *iid);
STDAPI CoCreateGuid(GUID *guid);

#ifdef __cplusplus
extern "C++" {
template <typename T> void **IID_PPV_ARGS_Helper(T **object) { return reinterpret_cast<void **>(object); }
}
#define IID_PPV_ARGS(object) __uuidof(**(object)), IID_PPV_ARGS_Helper(object)
#endif

#endif

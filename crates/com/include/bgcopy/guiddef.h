/* GUIDs: the base of every interface and class id. Part of bgcopy. */

/* The library holds every id of these headers; a program that defines INITGUID has copies of its own, of what is
 * declared from then on: not below the guard, for that may be after this was included. */
#undef DEFINE_GUID
#if defined(INITGUID) && defined(__cplusplus)
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    extern "C" const GUID __attribute__((weak)) name = { l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }
#elif defined(INITGUID)
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    const GUID __attribute__((weak)) name = { l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif

#ifndef BGCOPY_GUIDDEF_H
#define BGCOPY_GUIDDEF_H

#include <stdint.h>
#include <string.h>

#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#endif

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

typedef GUID IID;
typedef GUID CLSID;
typedef GUID FMTID;
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef IID *LPIID;
typedef CLSID *LPCLSID;

#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const CLSID &
#else
#define REFGUID const GUID *
#define REFIID const IID *
#define REFCLSID const CLSID *
#endif

#ifdef __cplusplus
static inline int InlineIsEqualGUID(REFGUID a, REFGUID b) { return memcmp(&a, &b, sizeof(GUID)) == 0; }
#define IsEqualGUID(a, b) (InlineIsEqualGUID(a, b))
inline bool operator==(const GUID &a, const GUID &b) { return InlineIsEqualGUID(a, b); }
inline bool operator!=(const GUID &a, const GUID &b) { return !InlineIsEqualGUID(a, b); }
#else
#define IsEqualGUID(a, b) (memcmp(a, b, sizeof(GUID)) == 0)
#endif
#define IsEqualIID(a, b) IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)

#ifdef __cplusplus
/* __uuidof for compilers that have none: a specialisation for each interface and class of these headers. */
extern "C++" {
template <typename T> struct bgcopy_uuid;
template <typename T> struct bgcopy_uuid<T *> : bgcopy_uuid<T> {};
template <typename T> struct bgcopy_uuid<const T> : bgcopy_uuid<T> {};
}
#define __CRT_UUID_DECL(type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    extern "C++" { \
    template <> struct bgcopy_uuid<type> { \
        static const GUID &value() { \
            static const GUID id = { l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }; \
            return id; \
        } \
    }; \
    }
#ifndef __uuidof
#define __uuidof(type) (bgcopy_uuid<__typeof__(type)>::value())
#endif
#endif

DEFINE_GUID(GUID_NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
#define IID_NULL GUID_NULL
#define CLSID_NULL GUID_NULL

#endif

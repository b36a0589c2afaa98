/*
 * What sources that use these interfaces expect of <windows.h>: the base types, codes, and a handful of small helpers.
 * It is not the Windows API. Part of bgcopy.
 */

#ifndef BGCOPY_WINDOWS_H
#define BGCOPY_WINDOWS_H

#include <string.h>
#include <time.h>

#include "wtypes.h"
#include "rpcndr.h"
#include "winerror.h"

#define ZeroMemory(destination, length) memset((destination), 0, (length))
#define CopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#define MAKELANGID(primary, sub) ((((WORD)(sub)) << 10) | (WORD)(primary))
#define LANGIDFROMLCID(lcid) ((WORD)(lcid))
#define LANG_NEUTRAL 0x00
#define LANG_ENGLISH 0x09
#define LANG_FRENCH 0x0C
#define SUBLANG_DEFAULT 0x01
#define SUBLANG_ENGLISH_US 0x01
#define INFINITE 0xFFFFFFFF

/* English (United States): a locale is no property of a thread here. */
static inline LCID GetThreadLocale(void) { return 0x0409; }
static inline LANGID GetUserDefaultLangID(void) { return 0x0409; }

static inline LONG InterlockedIncrement(volatile LONG *value) { return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST); }
static inline LONG InterlockedDecrement(volatile LONG *value) { return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST); }
static inline LONG InterlockedExchange(volatile LONG *value, LONG next) {
    return __atomic_exchange_n(value, next, __ATOMIC_SEQ_CST);
}

#ifdef CLOCK_MONOTONIC
static inline void Sleep(DWORD milliseconds) {
    struct timespec time;
    time.tv_sec = milliseconds / 1000;
    time.tv_nsec = (long)(milliseconds % 1000) * 1000000L;
    while (nanosleep(&time, &time) != 0) {
    }
}
#endif

#endif

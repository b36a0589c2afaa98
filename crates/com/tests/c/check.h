/* What the test programs share: they end with the first thing that is not as it must be, and say where. */

#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <deliveryoptimization.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

#define ANSWERS(call, code) \
    do { \
        HRESULT answer_ = (call); \
        if (answer_ != (HRESULT)(code)) { \
            fprintf(stderr, "%s:%d: %s is 0x%08x, not %s\n", __FILE__, __LINE__, #call, (unsigned)answer_, #code); \
            exit(1); \
        } \
    } while (0)

/* A text in UTF-16, of ASCII; never freed, for the programs are short. */
static inline WCHAR *wide(const char *text)
{
    size_t length = strlen(text);
    WCHAR *units = (WCHAR *)calloc(length + 1, sizeof(WCHAR));
    for (size_t i = 0; i < length; i++)
        units[i] = (WCHAR)(unsigned char)text[i];
    return units;
}

/* Joins two texts, as UTF-16. */
static inline WCHAR *joined(const char *first, const char *second)
{
    char *text = (char *)malloc(strlen(first) + strlen(second) + 1);
    strcpy(text, first);
    strcat(text, second);
    WCHAR *units = wide(text);
    free(text);
    return units;
}

static inline int same(const WCHAR *one, const WCHAR *other)
{
    while (*one && *one == *other)
        one++, other++;
    return *one == *other;
}

/* A text that the library gave is what it must be; it is freed. */
static inline int gives(WCHAR *text, const WCHAR *wanted)
{
    int is = text && same(text, wanted);
    CoTaskMemFree(text);
    return is;
}

static inline void nap(void)
{
    struct timespec time = { 0, 2000000 };
    nanosleep(&time, NULL);
}

static inline double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Longer than any wait of a test takes. */
#define PATIENCE 60.0

#ifdef __cplusplus
template <typename Condition> static inline void until(Condition condition, const char *what)
{
    double end = seconds() + PATIENCE;
    while (!condition()) {
        if (seconds() > end) {
            fprintf(stderr, "in vain: %s\n", what);
            exit(1);
        }
        nap();
    }
}

#define UNTIL(condition) until([&] { return condition; }, #condition)

static inline BG_JOB_STATE state_of(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;
    ANSWERS(job->GetState(&state), S_OK);
    return state;
}
#else
static inline IBackgroundCopyManager *manager_of(REFCLSID clsid)
{
    IBackgroundCopyManager *manager = NULL;
    ANSWERS(CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager, (void **)&manager), S_OK);
    CHECK(manager);
    return manager;
}

/* Waits until a job stands there. */
static inline void until_state(IBackgroundCopyJob *job, BG_JOB_STATE wanted)
{
    double end = seconds() + PATIENCE;
    BG_JOB_STATE state = (BG_JOB_STATE)-1;
    while (seconds() < end) {
        ANSWERS(IBackgroundCopyJob_GetState(job, &state), S_OK);
        if (state == wanted)
            return;
        nap();
    }
    fprintf(stderr, "the job is in state %d, not in %d\n", (int)state, (int)wanted);
    exit(1);
}
#endif

#endif

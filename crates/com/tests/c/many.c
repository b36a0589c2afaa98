/* Many jobs, many threads, many objects; and how long a call takes, which the caller of this program judges. */

#define COBJMACROS
#include "check.h"

#include <pthread.h>

#define JOBS 300
#define THREADS 100
#define CALLS 20
#define CYCLES 10000
#define SAMPLES 501

static IBackgroundCopyJob *shared;
static IBackgroundCopyManager *manager;

static void *ask(void *unused)
{
    (void)unused;
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    for (int i = 0; i < CALLS; i++) {
        BG_JOB_STATE state;
        ANSWERS(IBackgroundCopyJob_GetState(shared, &state), S_OK);
        CHECK(state == BG_JOB_STATE_SUSPENDED);
    }
    CoUninitialize();
    return NULL;
}

static void ask_from_many_threads(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, ask, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static int ascending(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return a < b ? -1 : a > b;
}

/* Microseconds of one GetState: the median. */
static double state_takes(void)
{
    double samples[SAMPLES];
    BG_JOB_STATE state;
    for (int i = 0; i < SAMPLES; i++) {
        double start = seconds();
        ANSWERS(IBackgroundCopyJob_GetState(shared, &state), S_OK);
        samples[i] = (seconds() - start) * 1e6;
    }
    qsort(samples, SAMPLES, sizeof samples[0], ascending);
    return samples[SAMPLES / 2];
}

/* Milliseconds of EnumJobs: the fastest of a few, for the machine may be busy. */
static double list_takes(void)
{
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        IEnumBackgroundCopyJobs *jobs = NULL;
        ULONG count = 0;
        double start = seconds();
        ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
        double took = (seconds() - start) * 1e3;
        best = took < best ? took : best;
        ANSWERS(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
        CHECK(count == JOBS);
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    return best;
}

static void cancel_all(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL, *again = NULL;
    IBackgroundCopyJob *some[64];
    ULONG fetched = 0, total = 0;
    HRESULT answer;
    ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    ANSWERS(IEnumBackgroundCopyJobs_Skip(jobs, 10), S_OK);
    ANSWERS(IEnumBackgroundCopyJobs_Clone(jobs, &again), S_OK);
    do {
        answer = IEnumBackgroundCopyJobs_Next(again, 64, some, &fetched);
        CHECK(answer == S_OK || answer == S_FALSE);
        for (ULONG i = 0; i < fetched; i++) {
            ANSWERS(IBackgroundCopyJob_Cancel(some[i]), S_OK);
            IBackgroundCopyJob_Release(some[i]);
        }
        total += fetched;
    } while (answer == S_OK);
    CHECK(total == JOBS - 10);
    IEnumBackgroundCopyJobs_Release(again);
    ULONG count = 0;
    ANSWERS(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    CHECK(count == JOBS);
    IEnumBackgroundCopyJobs_Release(jobs);
}

/* Two objects, an id and a text, made and let go of; what is kept of them the leak sanitizer finds at the end. */
static void make_and_release(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    for (int i = 0; i < CYCLES; i++) {
        IEnumBackgroundCopyJobs *again = NULL;
        IBackgroundCopyJob *first = NULL;
        IBackgroundCopyJob5 *job = NULL;
        GUID *copy = (GUID *)CoTaskMemAlloc(sizeof *copy);
        BSTR text = SysAllocString(BGCOPY_TEXT("a text"));
        ANSWERS(IEnumBackgroundCopyJobs_Clone(jobs, &again), S_OK);
        ANSWERS(IEnumBackgroundCopyJobs_Next(again, 1, &first, NULL), S_OK);
        ANSWERS(IBackgroundCopyJob_QueryInterface(first, &IID_IBackgroundCopyJob5, (void **)&job), S_OK);
        CHECK(IBackgroundCopyJob_Release(first) == 1);
        ANSWERS(IBackgroundCopyJob5_GetId(job, copy), S_OK);
        CHECK(IBackgroundCopyJob5_Release(job) == 0);
        CHECK(IEnumBackgroundCopyJobs_Release(again) == 0);
        CoTaskMemFree(copy);
        SysFreeString(text);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

int main(void)
{
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    manager = manager_of(&CLSID_BackgroundCopyManager);
    for (int i = 0; i < JOBS; i++) {
        GUID id;
        if (shared)
            IBackgroundCopyJob_Release(shared);
        ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("one of many"), BG_JOB_TYPE_DOWNLOAD, &id, &shared),
                S_OK);
    }
    ask_from_many_threads();
    make_and_release();
    printf("GetState: %.0f us\n", state_takes());
    printf("EnumJobs: %.1f ms\n", list_takes());
    CHECK(IBackgroundCopyJob_Release(shared) == 0);
    cancel_all();
    CHECK(IBackgroundCopyManager_Release(manager) == 0);
    CoUninitialize();
    puts("done");
    return 0;
}

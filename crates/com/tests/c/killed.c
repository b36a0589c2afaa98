/*
 * A client that is killed while it is called back, and the one after it, which is told what the first never confirmed
 * (spec 8.2, "at least once"). With an address it is the first and creates a file when it is called; without, the second.
 */

#define COBJMACROS
#include "check.h"

#include <unistd.h>

static const char *step;
static volatile LONG told;

static HRESULT STDMETHODCALLTYPE query(IBackgroundCopyCallback *self, REFIID iid, void **object)
{
    int is_ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback);
    *object = is_ours ? self : NULL;
    return is_ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE reference(IBackgroundCopyCallback *self)
{
    (void)self;
    return 2;
}

static HRESULT STDMETHODCALLTYPE transferred(IBackgroundCopyCallback *self, IBackgroundCopyJob *job)
{
    (void)self;
    if (step) {
        FILE *file = fopen(step, "w");
        CHECK(file);
        fclose(file);
        for (;;)
            pause();
    }
    ANSWERS(IBackgroundCopyJob_Complete(job), S_OK);
    InterlockedIncrement(&told);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE failed(IBackgroundCopyCallback *self, IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    (void)self, (void)job, (void)error;
    CHECK(!"the file is there");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE modified(IBackgroundCopyCallback *self, IBackgroundCopyJob *job, DWORD reserved)
{
    (void)self, (void)job, (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl METHODS = { query, reference, reference, transferred, failed, modified };
static IBackgroundCopyCallback callback = { &METHODS };

int main(int argc, char **argv)
{
    IBackgroundCopyJob *job = NULL;
    double end = seconds() + PATIENCE;
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    if (argc == 4) {
        GUID id;
        step = argv[3];
        ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("killed"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
        ANSWERS(IBackgroundCopyJob_AddFile(job, wide(argv[1]), wide(argv[2])), S_OK);
        ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback), S_OK);
        ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    } else {
        IEnumBackgroundCopyJobs *jobs = NULL;
        IUnknown *before = (IUnknown *)&before;
        ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
        ANSWERS(IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL), S_OK);
        IEnumBackgroundCopyJobs_Release(jobs);
        ANSWERS(IBackgroundCopyJob_GetNotifyInterface(job, &before), S_OK);
        CHECK(before == NULL);
        ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback), S_OK);
    }
    while (told == 0) {
        CHECK(seconds() < end);
        nap();
    }
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

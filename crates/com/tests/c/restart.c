/*
 * A client whose service is killed under it: a call fails with DO_E_NO_SERVICE, and works again when there is a service
 * again; the callback that was registered is told by the new one. The test moves on by files named after its steps.
 */

#define COBJMACROS
#include "check.h"

#include <unistd.h>

static const char *steps;
static volatile LONG told;

static void step(const char *name, int is_ours)
{
    char path[4096];
    double end = seconds() + PATIENCE;
    snprintf(path, sizeof path, "%s.%s", steps, name);
    if (is_ours) {
        FILE *file = fopen(path, "w");
        CHECK(file);
        fclose(file);
        return;
    }
    while (access(path, F_OK) != 0) {
        CHECK(seconds() < end);
        nap();
    }
}

static HRESULT STDMETHODCALLTYPE query(IBackgroundCopyCallback *self, REFIID iid, void **object)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback)) {
        *object = self;
        return S_OK;
    }
    *object = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE reference(IBackgroundCopyCallback *self)
{
    (void)self;
    return 2;
}

static HRESULT STDMETHODCALLTYPE transferred(IBackgroundCopyCallback *self, IBackgroundCopyJob *job)
{
    (void)self;
    CHECK(job);
    InterlockedIncrement(&told);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE failed(IBackgroundCopyCallback *self, IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    (void)self;
    (void)job;
    CHECK(error);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE modified(IBackgroundCopyCallback *self, IBackgroundCopyJob *job, DWORD reserved)
{
    (void)self;
    (void)job;
    CHECK(reserved == 0);
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl METHODS = { query, reference, reference, transferred, failed, modified };
static IBackgroundCopyCallback callback = { &METHODS };

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    steps = argv[3];
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = NULL;
    BG_JOB_STATE state;
    GUID id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("outlives"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_AddFile(job, wide(argv[1]), wide(argv[2])), S_OK);
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback), S_OK);
    step("ready", 1);
    step("killed", 0);
    ANSWERS(IBackgroundCopyJob_Resume(job), DO_E_NO_SERVICE);
    ANSWERS(IBackgroundCopyJob_GetState(job, &state), DO_E_NO_SERVICE);
    step("refused", 1);
    step("back", 0);
    ANSWERS(IBackgroundCopyJob_GetState(job, &state), S_OK);
    CHECK(state == BG_JOB_STATE_SUSPENDED);
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_TRANSFERRED);
    double end = seconds() + PATIENCE;
    while (told == 0) {
        CHECK(seconds() < end);
        nap();
    }
    ANSWERS(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

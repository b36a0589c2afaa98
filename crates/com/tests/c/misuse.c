/*
 * What a program does wrong with the library, in every way that is defined (faults J13): each call answers with a code,
 * and nothing is written, freed or run that must not be. Compiled with the address sanitizer, which ends the program
 * otherwise. A Release too many is a Release of freed memory, here as on Windows: no library can answer that.
 */

#define COBJMACROS
#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* They are kept in places that last, for the sanitizer counts what is lost. */
static const WCHAR *url, *local;

static IBackgroundCopyJob *created(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("misused"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    return job;
}

static void misuse_activation(void)
{
    static const GUID nothing = { 7, 7, 7, { 7 } };
    void *object = &object;
    CoUninitialize();
    ANSWERS(CoInitializeEx(&object, COINIT_MULTITHREADED), E_INVALIDARG);
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    ANSWERS(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), RPC_E_CHANGED_MODE);
    ANSWERS(CoSetProxyBlanket(NULL, 0, 0, NULL, 0, 0, NULL, 0), E_INVALIDARG);
    ANSWERS(CoCreateInstance(NULL, NULL, CLSCTX_ALL, &IID_IUnknown, &object), E_INVALIDARG);
    CHECK(object == NULL);
    ANSWERS(CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_ALL, NULL, &object), E_INVALIDARG);
    ANSWERS(CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_ALL, &IID_IUnknown, NULL), E_POINTER);
    ANSWERS(CoCreateInstance(&nothing, NULL, CLSCTX_ALL, &IID_IUnknown, &object), REGDB_E_CLASSNOTREG);
    ANSWERS(CoCreateInstance(&CLSID_BackgroundCopyManager, (IUnknown *)&object, CLSCTX_ALL, &IID_IUnknown, &object),
            CLASS_E_NOAGGREGATION);
    object = &object;
    ANSWERS(CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_ALL, &nothing, &object), E_NOINTERFACE);
    CHECK(object == NULL);
}

static void misuse_memory(void)
{
    VARIANT value;
    CoTaskMemFree(NULL);
    CoTaskMemFree(CoTaskMemRealloc(NULL, 0));
    SysFreeString(NULL);
    CHECK(SysAllocString(NULL) == NULL && SysStringLen(NULL) == 0 && SysReAllocString(NULL, BGCOPY_TEXT("x")) == 0);
    VariantInit(NULL);
    ANSWERS(VariantClear(NULL), E_INVALIDARG);
    ANSWERS(VariantCopy(&value, NULL), E_INVALIDARG);
    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(BGCOPY_TEXT("freed once"));
    ANSWERS(VariantClear(&value), S_OK);
    ANSWERS(VariantClear(&value), S_OK);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = NULL;
    ANSWERS(VariantClear(&value), S_OK);
    ANSWERS(CLSIDFromString(BGCOPY_TEXT("{no id}"), NULL), E_INVALIDARG);
}

/*
 * Calls every method of an interface with zeros: NULL, 0, and structures of them. It must answer, and not that something
 * broke inside (E_UNEXPECTED). A function that takes fewer arguments does not look at the others.
 */
typedef HRESULT(STDMETHODCALLTYPE *Method)(void *, UINT64, UINT64, UINT64, UINT64, UINT64, UINT64);

static void with_zeros(IUnknown *object, REFIID iid, size_t table)
{
    IUnknown *face = NULL;
    ANSWERS(IUnknown_QueryInterface(object, iid, NULL), E_POINTER);
    ANSWERS(IUnknown_QueryInterface(object, iid, (void **)&face), S_OK);
    Method *methods = *(Method **)face;
    for (size_t slot = 3; slot < table / sizeof(Method); slot++) {
        HRESULT answer = methods[slot](face, 0, 0, 0, 0, 0, 0);
        if (answer == E_UNEXPECTED) {
            fprintf(stderr, "the method in slot %zu of %08x broke\n", slot, (unsigned)iid->Data1);
            exit(1);
        }
    }
    IUnknown_Release(face);
}

#define WITH_ZEROS(object, interface) with_zeros((IUnknown *)(object), &IID_##interface, sizeof(interface##Vtbl))

/* No object answers to the interface of another. */
static void with_foreign(IUnknown *object, REFIID foreign)
{
    void *none = &none;
    ANSWERS(IUnknown_QueryInterface(object, foreign, &none), E_NOINTERFACE);
    CHECK(none == NULL);
}

static void misuse_jobs(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = created(manager);
    IEnumBackgroundCopyFiles *files = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyFile *file = NULL, *more = NULL;
    ANSWERS(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
    ANSWERS(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, NULL, NULL), E_INVALIDARG);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &more, NULL), S_FALSE);
    ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    with_foreign((IUnknown *)job, &IID_IDODownload);
    with_foreign((IUnknown *)file, &IID_IBackgroundCopyJob);
    with_foreign((IUnknown *)files, &IID_IEnumBackgroundCopyJobs);
    with_foreign((IUnknown *)jobs, &IID_IBackgroundCopyManager);
    WITH_ZEROS(manager, IBackgroundCopyManager);
    WITH_ZEROS(files, IEnumBackgroundCopyFiles);
    WITH_ZEROS(jobs, IEnumBackgroundCopyJobs);
    WITH_ZEROS(file, IBackgroundCopyFile6);
    WITH_ZEROS(file, IDeliveryOptimizationFile2);
    /* The job is cancelled by the first of these, and the others ask one that has ended. */
    WITH_ZEROS(job, IBackgroundCopyJobHttpOptions3);
    WITH_ZEROS(job, IBitsTokenOptions);
    WITH_ZEROS(job, IBackgroundCopyJob5);
    WITH_ZEROS(job, IDeliveryOptimizationJob2);
    WITH_ZEROS(job, IBackgroundCopyJobHttpOptions3);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
}

static void misuse_downloads(void)
{
    IDOManager *manager = NULL;
    IDODownload *download = NULL;
    IEnumUnknown *list = NULL;
    ANSWERS(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_ALL, &IID_IDOManager, (void **)&manager), S_OK);
    ANSWERS(IDOManager_CreateDownload(manager, &download), S_OK);
    ANSWERS(IDOManager_EnumDownloads(manager, NULL, &list), S_OK);
    with_foreign((IUnknown *)download, &IID_IBackgroundCopyJob);
    WITH_ZEROS(manager, IDOManager);
    WITH_ZEROS(list, IEnumUnknown);
    WITH_ZEROS(download, IDODownload);
    ANSWERS(IDODownload_Finalize(download), DO_E_INVALID_STATE);
    IEnumUnknown_Release(list);
    IDOManager_Release(manager);
    DO_DOWNLOAD_STATUS status;
    ANSWERS(IDODownload_GetStatus(download, &status), S_OK);
    CHECK(status.State == DODownloadState_Aborted);
    IDODownload_Release(download);
}

/* Whoever made an object may be gone: manager, enumerator and initialisation. */
static void use_after_release(void)
{
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = created(manager);
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
    CHECK(IBackgroundCopyManager_Release(manager) == 0);
    ANSWERS(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    CHECK(IEnumBackgroundCopyFiles_Release(files) == 0);
    CoUninitialize();
    CoUninitialize();
    ANSWERS(IBackgroundCopyJob_Cancel(job), S_OK);
    ANSWERS(IBackgroundCopyJob_Cancel(job), BG_E_INVALID_STATE);
    CHECK(IBackgroundCopyJob_Release(job) == 0);
    ANSWERS(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    CHECK(gives(text, local));
    CHECK(IBackgroundCopyFile_Release(file) == 0);
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
}

/* An object for notifications that lies, or that takes away what it is called with. */
static volatile LONG references, calls;
static int lies;

static HRESULT STDMETHODCALLTYPE query(IBackgroundCopyCallback *self, REFIID iid, void **object)
{
    int is_ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback);
    *object = is_ours && !lies ? self : NULL;
    if (*object)
        InterlockedIncrement(&references);
    return is_ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE add_reference(IBackgroundCopyCallback *self)
{
    (void)self;
    return (ULONG)InterlockedIncrement(&references);
}

static ULONG STDMETHODCALLTYPE release(IBackgroundCopyCallback *self)
{
    (void)self;
    return (ULONG)InterlockedDecrement(&references);
}

static HRESULT STDMETHODCALLTYPE told(IBackgroundCopyCallback *self, IBackgroundCopyJob *job)
{
    /* Removes itself, puts itself back, removes itself, ends the job, and removes itself from what has ended. */
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)self), S_OK);
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    ANSWERS(IBackgroundCopyJob_Cancel(job), S_OK);
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, NULL), BG_E_INVALID_STATE);
    InterlockedIncrement(&calls);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE failed(IBackgroundCopyCallback *self, IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    WITH_ZEROS(error, IBackgroundCopyError);
    return told(self, job);
}

static HRESULT STDMETHODCALLTYPE modified(IBackgroundCopyCallback *self, IBackgroundCopyJob *job, DWORD reserved)
{
    (void)self, (void)job, (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl METHODS = { query, add_reference, release, told, failed, modified };
static IBackgroundCopyCallback callback = { &METHODS };

static void misuse_callbacks(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = created(manager);
    double end = seconds() + PATIENCE;
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)manager), E_NOINTERFACE);
    lies = 1;
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback), E_NOINTERFACE);
    lies = 0;
    CHECK(references == 0);
    ANSWERS(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback), S_OK);
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    IBackgroundCopyJob_Release(job);
    while (calls == 0 || references != 0) {
        CHECK(seconds() < end);
        nap();
    }
    CHECK(calls == 1);
}

/* The child of a program that uses the library is told so, and does not disturb its parent. */
static void use_after_fork(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = created(manager);
    BG_JOB_STATE state;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        void *object = NULL;
        VARIANT value;
        ANSWERS(IBackgroundCopyJob_GetState(job, &state), RPC_E_DISCONNECTED);
        ANSWERS(IBackgroundCopyJob_Cancel(job), RPC_E_DISCONNECTED);
        ANSWERS(CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_ALL, &IID_IUnknown, &object),
                RPC_E_DISCONNECTED);
        VariantInit(&value);
        ANSWERS(VariantClear(&value), S_OK);
        IBackgroundCopyJob_Release(job);
        IBackgroundCopyManager_Release(manager);
        _exit(0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ANSWERS(IBackgroundCopyJob_GetState(job, &state), S_OK);
    CHECK(state == BG_JOB_STATE_SUSPENDED);
    ANSWERS(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

/* One of many threads, none of which was initialised, that all end one job: one of them does. */
static volatile LONG ended;

static void *end_it(void *argument)
{
    IBackgroundCopyJob *job = argument;
    HRESULT answer = IBackgroundCopyJob_Cancel(job);
    CHECK(answer == S_OK || answer == BG_E_INVALID_STATE);
    if (answer == S_OK)
        InterlockedIncrement(&ended);
    IBackgroundCopyJob_Release(job);
    return NULL;
}

static void misuse_threads(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = created(manager);
    pthread_t threads[16];
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        IBackgroundCopyJob_AddRef(job);
        CHECK(pthread_create(&threads[i], NULL, end_it, job) == 0);
    }
    IBackgroundCopyJob_Release(job);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK(ended == 1);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    url = wide(argv[1]);
    local = wide(argv[2]);
    misuse_activation();
    misuse_memory();
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    misuse_jobs(manager);
    misuse_downloads();
    use_after_release();
    misuse_callbacks(manager);
    use_after_fork(manager);
    misuse_threads(manager);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

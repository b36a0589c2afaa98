/*
 * The last word on the certificates of servers (spec 7.7, SetServerCertificateValidationInterface). With a second address
 * and no step it accepts, refuses with a code of its own and accepts after all; with a step it creates that file when it is
 * asked, and never answers; with no address it finds the job that was left like that, and goes on with it.
 */

#define COBJMACROS
#include "check.h"

#include <unistd.h>

#define UNTRUSTED 0x800B0109
#define X509_ASN_ENCODING 1
#define IS_ACTIVE BG_E_READ_ONLY_WHEN_JOB_ACTIVE

typedef struct {
    IBackgroundCopyServerCertificateValidationCallback base;
    volatile LONG references;
    volatile LONG asked;
    HRESULT says;
    const char *step;
} Examiner;

static HRESULT STDMETHODCALLTYPE query(IBackgroundCopyServerCertificateValidationCallback *self, REFIID iid, void **object)
{
    int is_ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyServerCertificateValidationCallback);
    *object = is_ours ? self : NULL;
    if (is_ours)
        InterlockedIncrement(&((Examiner *)self)->references);
    return is_ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE add(IBackgroundCopyServerCertificateValidationCallback *self)
{
    return (ULONG)InterlockedIncrement(&((Examiner *)self)->references);
}

static ULONG STDMETHODCALLTYPE release(IBackgroundCopyServerCertificateValidationCallback *self)
{
    return (ULONG)InterlockedDecrement(&((Examiner *)self)->references);
}

static IBackgroundCopyJobHttpOptions3 *options_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions3 *options = NULL;
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&options), S_OK);
    return options;
}

static void asks(IBackgroundCopyJob *job, void *object, HRESULT code)
{
    IBackgroundCopyJobHttpOptions3 *options = options_of(job);
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(options, (IUnknown *)object), code);
    IBackgroundCopyJobHttpOptions3_Release(options);
}

static HRESULT STDMETHODCALLTYPE ValidateServerCertificate(IBackgroundCopyServerCertificateValidationCallback *self,
                                                           IBackgroundCopyJob *job, IBackgroundCopyFile *file, DWORD length,
                                                           const BYTE data[], DWORD encoding, DWORD store_length,
                                                           const BYTE store[])
{
    Examiner *examiner = (Examiner *)self;
    BG_JOB_STATE state;
    WCHAR *name = NULL;
    /* Its own certificate as DER, and a PKCS #7 message with it in it. */
    CHECK(length > 100 && data[0] == 0x30 && encoding == X509_ASN_ENCODING);
    CHECK(store_length > length && store[0] == 0x30 && memmem(store, store_length, data, length));
    /* Whoever is asked may use the job. */
    ANSWERS(IBackgroundCopyJob_GetState(job, &state), S_OK);
    CHECK(state == BG_JOB_STATE_CONNECTING);
    asks(job, examiner, IS_ACTIVE);
    ANSWERS(IBackgroundCopyFile_GetRemoteName(file, &name), S_OK);
    CHECK(name[0] == 'h' && name[4] == 's');
    CoTaskMemFree(name);
    if (getenv("STORE")) {
        FILE *file_of_store = fopen(getenv("STORE"), "wb");
        CHECK(file_of_store && fwrite(store, 1, store_length, file_of_store) == store_length);
        fclose(file_of_store);
    }
    InterlockedIncrement(&examiner->asked);
    if (examiner->step) {
        FILE *step = fopen(examiner->step, "w");
        CHECK(step);
        fclose(step);
        for (;;)
            pause();
    }
    return examiner->says;
}

static IBackgroundCopyServerCertificateValidationCallbackVtbl METHODS = { query, add, release, ValidateServerCertificate };

static IBackgroundCopyJob *created(IBackgroundCopyManager *manager, const char *url, WCHAR *local)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;
    WCHAR *remote = wide(url);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("examined"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_AddFile(job, remote, local), S_OK);
    free(remote);
    free(local);
    IBackgroundCopyJobHttpOptions3 *options = options_of(job);
    /* The authority is the test's own. */
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(options, BG_SSL_IGNORE_UNKNOWN_CA), S_OK);
    IBackgroundCopyJobHttpOptions3_Release(options);
    return job;
}

static void completes(IBackgroundCopyJob *job)
{
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_TRANSFERRED);
    ANSWERS(IBackgroundCopyJob_Complete(job), S_OK);
}

static void has_error(IBackgroundCopyJob *job, HRESULT wanted)
{
    IBackgroundCopyError *error = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    WCHAR *protocol = NULL;
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), S_OK);
    ANSWERS(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    ANSWERS(code, wanted);
    CHECK(context == BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK);
    ANSWERS(IBackgroundCopyError_GetFile(error, &file), S_OK);
    IBackgroundCopyFile_Release(file);
    ANSWERS(IBackgroundCopyError_GetProtocol(error, &protocol), S_OK);
    CHECK(gives(protocol, BGCOPY_TEXT("http")));
    IBackgroundCopyError_Release(error);
}

static void released(Examiner *examiner)
{
    double end = seconds() + PATIENCE;
    while (examiner->references != 1) {
        CHECK(seconds() < end);
        nap();
    }
}

int main(int argc, char **argv)
{
    Examiner accepts = { { &METHODS }, 1, 0, S_OK, NULL };
    Examiner refuses = { { &METHODS }, 1, 0, (HRESULT)UNTRUSTED, NULL };
    IBackgroundCopyJob *job = NULL;
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    if (argc == 4) {
        Examiner hangs = { { &METHODS }, 1, 0, S_OK, argv[3] };
        job = created(manager, argv[1], wide(argv[2]));
        asks(job, &hangs, S_OK);
        ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
        for (;;)
            pause();
    }
    if (argc == 3) {
        /* The manager is an object, and nobody to ask. */
        job = created(manager, argv[1], joined(argv[2], "/accepted"));
        asks(job, manager, E_NOINTERFACE);
        asks(job, NULL, S_OK);
        asks(job, &refuses, S_OK);
        asks(job, &accepts, S_OK);
        released(&refuses);
        completes(job);
        CHECK(accepts.asked == 1 && refuses.asked == 0);
        released(&accepts);
        IBackgroundCopyJob_Release(job);

        job = created(manager, argv[1], joined(argv[2], "/refused"));
        asks(job, &refuses, S_OK);
        ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
        until_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
        has_error(job, (HRESULT)UNTRUSTED);
        CHECK(refuses.asked == 1);
        asks(job, &accepts, IS_ACTIVE);
        asks(job, NULL, IS_ACTIVE);
        /* A refusal is not remembered. */
        ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
        until_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
        CHECK(refuses.asked == 2);
        ANSWERS(IBackgroundCopyJob_Suspend(job), S_OK);
        asks(job, &accepts, S_OK);
        released(&refuses);
        completes(job);
        CHECK(accepts.asked == 2 && refuses.asked == 2);
        released(&accepts);
    } else {
        IEnumBackgroundCopyJobs *jobs = NULL;
        ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
        ANSWERS(IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL), S_OK);
        IEnumBackgroundCopyJobs_Release(jobs);
        until_state(job, BG_JOB_STATE_ERROR);
        has_error(job, BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED);
        asks(job, &accepts, S_OK);
        completes(job);
        CHECK(accepts.asked == 1);
        released(&accepts);
    }
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

/* Client certificates out of the stores of the user (spec 7.7), shown to a server that wants one. */

#define COBJMACROS
#include "check.h"

#define NO_SUCH_STORE 0x80070002
#define NO_SUCH_CERTIFICATE 0x80092004
#define BAD_STUB_DATA 0x800706F7
#define NULL_REF 0x800706F4
#define WANTS_CERTIFICATE 0x80072F0C

static IBackgroundCopyJob *created(IBackgroundCopyManager *manager, const WCHAR *remote, const WCHAR *local,
                                   IBackgroundCopyJobHttpOptions **options)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("certified"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_AddFile(job, remote, local), S_OK);
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)options), S_OK);
    /* The authority is the test's own. */
    ANSWERS(IBackgroundCopyJobHttpOptions_SetSecurityFlags(*options, BG_SSL_IGNORE_UNKNOWN_CA), S_OK);
    ULONG flags = 0;
    ANSWERS(IBackgroundCopyJobHttpOptions_GetSecurityFlags(*options, &flags), S_OK);
    CHECK(flags == BG_SSL_IGNORE_UNKNOWN_CA);
    return job;
}

static void completes(IBackgroundCopyJob *job, IBackgroundCopyJobHttpOptions *options)
{
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_TRANSFERRED);
    ANSWERS(IBackgroundCopyJob_Complete(job), S_OK);
    /* That it has ended comes before what is wrong with what is set. */
    ANSWERS(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options), BG_E_INVALID_STATE);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     BGCOPY_TEXT("MY"), BGCOPY_TEXT("nobody")),
            BG_E_INVALID_STATE);
    IBackgroundCopyJobHttpOptions_Release(options);
    IBackgroundCopyJob_Release(job);
}

static void refused(IBackgroundCopyJobHttpOptions *options)
{
    const WCHAR *my = BGCOPY_TEXT("MY"), *ada = BGCOPY_TEXT("ada");
    WCHAR *longer = calloc(300, sizeof(WCHAR));
    BYTE hash[20] = { 7 };
    for (int i = 0; i < 299; i++)
        longer[i] = 'x';
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, (BG_CERT_STORE_LOCATION)8, my, ada), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_SERVICES, my, ada),
            NO_SUCH_STORE);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     BGCOPY_TEXT("SPC"), ada), NO_SUCH_STORE);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER, my,
                                                                     BGCOPY_TEXT("nobody")), NO_SUCH_CERTIFICATE);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER, my,
                                                                     BGCOPY_TEXT("")), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER, my, longer),
            BG_E_STRING_TOO_LONG);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER, my, NULL),
            NULL_REF);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, BG_CERT_STORE_LOCATION_CURRENT_USER, my, hash),
            NO_SUCH_CERTIFICATE);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, BG_CERT_STORE_LOCATION_CURRENT_USER, my, NULL),
            NULL_REF);
    free(longer);
}

/* None is told, one is told with its place, and one that was removed is told no more. */
static void told(IBackgroundCopyJobHttpOptions *options, BYTE hash[20])
{
    BG_CERT_STORE_LOCATION location = BG_CERT_STORE_LOCATION_USERS;
    WCHAR *store = NULL, *subject = NULL;
    BYTE *blob = NULL;
    ANSWERS(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options), S_FALSE);
    ANSWERS(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &blob, &subject), BAD_STUB_DATA);
    CHECK(store == NULL && blob == NULL && subject == NULL);
    ANSWERS(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, NULL, &store, &blob, &subject), NULL_REF);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     BGCOPY_TEXT("my"), BGCOPY_TEXT("Ada")), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &blob, &subject), S_OK);
    CHECK(location == BG_CERT_STORE_LOCATION_CURRENT_USER && gives(store, BGCOPY_TEXT("MY")));
    CHECK(gives(subject, BGCOPY_TEXT("ada lovelace")));
    memcpy(hash, blob, 20);
    CoTaskMemFree(blob);
    ANSWERS(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &blob, &subject), BAD_STUB_DATA);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    const WCHAR *remote = wide(argv[1]);
    IBackgroundCopyJobHttpOptions *options = NULL;
    BYTE hash[20];
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = created(manager, remote, joined(argv[2], "/named"), &options);
    refused(options);
    told(options, hash);

    /* "Server asks for an optional client certificate and none is set." */
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_ERROR);
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), S_OK);
    ANSWERS(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    CHECK(code == (HRESULT)WANTS_CERTIFICATE && context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT);
    IBackgroundCopyError_Release(error);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     BGCOPY_TEXT("MY"), BGCOPY_TEXT("ada")), S_OK);
    completes(job, options);

    job = created(manager, remote, joined(argv[2], "/known"), &options);
    ANSWERS(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                   BGCOPY_TEXT("MY"), hash), S_OK);
    completes(job, options);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

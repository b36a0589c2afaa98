/* What methods answer to arguments that cannot be, through both classes. */

#define COBJMACROS
#include "check.h"

static void check_manager(IBackgroundCopyManager *manager, int is_do)
{
    GUID id;
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)&job;
    IEnumBackgroundCopyJobs *jobs = NULL;
    WCHAR *text = NULL, longest[258];
    for (int i = 0; i < 257; i++)
        longest[i] = 'x';
    longest[257] = 0;
    const WCHAR *name = wide("refused");
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    CHECK(job == NULL);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, longest, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, wide(""), BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, NULL, &job), E_INVALIDARG);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, name, (BG_JOB_TYPE)7, &id, &job), E_NOTIMPL);
    ANSWERS(IBackgroundCopyManager_GetJob(manager, &GUID_NULL, &job), is_do ? DO_E_JOB_NOT_FOUND : BG_E_NOT_FOUND);
    ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0x10, &jobs), E_NOTIMPL);
    ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyManager_GetErrorDescription(manager, BG_E_EMPTY, 0, &text), E_INVALIDARG);
    ANSWERS(IBackgroundCopyManager_GetErrorDescription(manager, BG_E_EMPTY, 0x0407, &text), 0x80070717);
    CHECK(text == NULL);
    ANSWERS(IBackgroundCopyManager_GetErrorDescription(manager, BG_E_EMPTY, 0x0409, &text), S_OK);
    CHECK(text && text[0]);
    CoTaskMemFree(text);
}

static void check_job(IBackgroundCopyJob5 *job, int is_do, const char *folder)
{
    const WCHAR *url = wide("http://127.0.0.1:9/x"), *local = joined(folder, "/refused");
    ANSWERS(IBackgroundCopyJob5_AddFile(job, NULL, local), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, wide("gopher://a/b"), local), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide("relative")), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetDisplayName(job, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_GetDisplayName(job, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetPriority(job, (BG_JOB_PRIORITY)9), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_SetNotifyFlags(job, 0x40), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_SetProxySettings(job, (BG_JOB_PROXY_USAGE)9, NULL, NULL), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, wide("a"), NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetNotifyCmdLine(job, NULL, wide("x")), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetFileACLFlags(job, 0x20), E_INVALIDARG);

    UINT64 length = 7;
    BYTE *data = (BYTE *)&data;
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), E_NOTIMPL);
    CHECK(data == NULL && length == 0);
    BG_JOB_REPLY_PROGRESS progress;
    WCHAR *reply = (WCHAR *)&reply;
    ANSWERS(IBackgroundCopyJob5_GetReplyProgress(job, &progress), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, local), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, wide("relative")), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_GetReplyFileName(job, &reply), E_NOTIMPL);
    CHECK(reply == NULL);

    BG_FILE_RANGE none = { 0, 0 }, eof = { BG_LENGTH_TO_EOF, 5 }, twice[2] = { { 0, 10 }, { 5, 10 } };
    HRESULT invalid = is_do ? DO_E_INVALID_RANGE : BG_E_INVALID_RANGE;
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 0, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 1, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 1, &none), invalid);
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 1, &eof), invalid);
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 2, twice),
            is_do ? DO_E_OVERLAPPING_RANGES : BG_E_OVERLAPPING_RANGES);

    BG_AUTH_CREDENTIALS credentials = { BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, { { NULL, NULL } } };
    ANSWERS(IBackgroundCopyJob5_SetCredentials(job, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetCredentials(job, &credentials), E_INVALIDARG);
    credentials.Credentials.Basic.UserName = wide("user");
    credentials.Credentials.Basic.Password = wide("secret");
    credentials.Target = (BG_AUTH_TARGET)7;
    ANSWERS(IBackgroundCopyJob5_SetCredentials(job, &credentials), BG_E_INVALID_AUTH_TARGET);
    credentials.Target = BG_AUTH_TARGET_SERVER;
    credentials.Scheme = (BG_AUTH_SCHEME)9;
    ANSWERS(IBackgroundCopyJob5_SetCredentials(job, &credentials), BG_E_INVALID_AUTH_SCHEME);
    credentials.Scheme = BG_AUTH_SCHEME_BASIC;
    ANSWERS(IBackgroundCopyJob5_SetCredentials(job, &credentials), S_OK);
    ANSWERS(IBackgroundCopyJob5_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_OK);
    ANSWERS(IBackgroundCopyJob5_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_FALSE);

    BITS_JOB_PROPERTY_VALUE value;
    memset(&value, 0, sizeof value);
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, (BITS_JOB_PROPERTY_ID)6, &value),
            is_do ? DO_E_UNKNOWN_PROPERTY_ID : BG_E_UNKNOWN_PROPERTY_ID);
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value),
            BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE);
    value.Target = BG_AUTH_TARGET_SERVER;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value),
            BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED);
    ANSWERS(IBackgroundCopyJob5_ReplaceRemotePrefix(job, wide("http://none/"), wide("http://b/")), S_FALSE);
    ANSWERS(IBackgroundCopyJob5_ReplaceRemotePrefix(job, wide(""), wide("http://b/")), E_INVALIDARG);
}

static void check_options(IBackgroundCopyJob5 *job)
{
    IBackgroundCopyJobHttpOptions3 *options = NULL;
    WCHAR *text = (WCHAR *)&text;
    BYTE hash[20] = { 0 };
    ANSWERS(IBackgroundCopyJob5_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&options), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(options, &text), S_FALSE);
    CHECK(text == NULL);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(options, NULL), 0x800706F4);
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(options, wide("X-A: 1\r\nX-B: 2\r\n")), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(options, &text), S_OK);
    CHECK(gives(text, wide("X-A: 1\r\nX-B: 2\r\n")));
    ANSWERS(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(options), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(options, &text), E_ACCESSDENIED);
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(options, 0x40), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(options), S_FALSE);
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(options, (BG_CERT_STORE_LOCATION)9, wide("MY"), hash),
            E_NOTIMPL);
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(options, BG_CERT_STORE_LOCATION_CURRENT_USER, NULL,
                                                                    hash), 0x800706F4);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetHttpMethod(options, &text), S_OK);
    CHECK(gives(text, wide("GET")));
    IBackgroundCopyJobHttpOptions3_Release(options);
}

static void check_settings(IBackgroundCopyJob5 *job, int is_do)
{
    ULONG number = 0;
    ANSWERS(IBackgroundCopyJob5_GetNotifyFlags(job, &number), S_OK);
    CHECK(number == (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR));
    ANSWERS(IBackgroundCopyJob5_GetNoProgressTimeout(job, &number), S_OK);
    CHECK(number == (is_do ? 86400u : 1209600u));
    ANSWERS(IBackgroundCopyJob5_GetMinimumRetryDelay(job, &number), S_OK);
    CHECK(number == 600);
    ANSWERS(IBackgroundCopyJob5_SetMinimumRetryDelay(job, 1), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetMinimumRetryDelay(job, &number), S_OK);
    CHECK(number == 5);
    ANSWERS(IBackgroundCopyJob5_GetMaximumDownloadTime(job, &number), S_OK);
    CHECK(number == 7776000);

    BITS_JOB_PROPERTY_VALUE value;
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value), S_OK);
    CHECK(value.Dword == BITS_JOB_TRANSFER_POLICY_STANDARD);
    value.Dword = BITS_JOB_TRANSFER_POLICY_ALWAYS;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
    memset(&value, 0, sizeof value);
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value), S_OK);
    CHECK(value.Dword == BITS_JOB_TRANSFER_POLICY_ALWAYS);
    value.ClsID = CLSID_DeliveryOptimization;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    memset(&value, 0, sizeof value);
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value), S_OK);
    CHECK(IsEqualGUID(&value.ClsID, &CLSID_DeliveryOptimization));

    BG_JOB_PROXY_USAGE usage = BG_JOB_PROXY_USAGE_AUTODETECT;
    WCHAR *list = (WCHAR *)&list, *bypass = (WCHAR *)&bypass;
    ANSWERS(IBackgroundCopyJob5_GetProxySettings(job, &usage, &list, &bypass), S_OK);
    CHECK(usage == BG_JOB_PROXY_USAGE_PRECONFIG && list == NULL && bypass == NULL);
    ANSWERS(IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, wide("http://p:8080"), wide("<local>")),
            S_OK);
    ANSWERS(IBackgroundCopyJob5_GetProxySettings(job, &usage, &list, &bypass), S_OK);
    CHECK(usage == BG_JOB_PROXY_USAGE_OVERRIDE && gives(list, wide("http://p:8080")) && gives(bypass, wide("<local>")));
    ANSWERS(IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_AUTODETECT, NULL, NULL), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetProxySettings(job, &usage, &list, &bypass), S_OK);
    CHECK(usage == BG_JOB_PROXY_USAGE_AUTODETECT);
    CoTaskMemFree(list);
    CoTaskMemFree(bypass);

    WCHAR *program = NULL, *parameters = NULL;
    ANSWERS(IBackgroundCopyJob5_GetNotifyCmdLine(job, &program, &parameters), S_OK);
    CHECK(gives(program, wide("")) && gives(parameters, wide("")));
    IUnknown *callback = (IUnknown *)&callback;
    ANSWERS(IBackgroundCopyJob5_GetNotifyInterface(job, &callback), S_OK);
    CHECK(callback == NULL);
    ANSWERS(IBackgroundCopyJob5_SetNotifyInterface(job, (IUnknown *)job), E_NOINTERFACE);
}

static void check_class(REFCLSID clsid, int is_do, const char *folder)
{
    IBackgroundCopyManager *manager = manager_of(clsid);
    IBackgroundCopyJob *first = NULL;
    IBackgroundCopyJob5 *job = NULL;
    GUID id;
    check_manager(manager, is_do);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, wide("refused"), BG_JOB_TYPE_DOWNLOAD, &id, &first), S_OK);
    ANSWERS(IBackgroundCopyJob_QueryInterface(first, &IID_IBackgroundCopyJob5, (void **)&job), S_OK);
    check_job(job, is_do, folder);
    check_options(job);
    check_settings(job, is_do);
    ANSWERS(IBackgroundCopyJob5_Cancel(job), S_OK);
    ANSWERS(IBackgroundCopyJob5_Cancel(job), is_do ? DO_E_INVALID_STATE : BG_E_INVALID_STATE);
    IBackgroundCopyJob5_Release(job);
    IBackgroundCopyJob_Release(first);
    IBackgroundCopyManager_Release(manager);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    ANSWERS(CoInitialize(NULL), S_OK);
    check_class(&CLSID_BackgroundCopyManager, 0, argv[1]);
    check_class(&CLSID_BackgroundCopyManager10_3, 0, argv[1]);
    check_class(&CLSID_DeliveryOptimization, 1, argv[1]);
    CoUninitialize();
    puts("done");
    return 0;
}

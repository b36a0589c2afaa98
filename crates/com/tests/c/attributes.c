/* What a client sets of a job is what it gets, and does what it says (spec 7.2 to 7.8, 4.1). */

#define COBJMACROS
#include "check.h"

#include <unistd.h>

static IBackgroundCopyManager *manager;

static IBackgroundCopyJob5 *created(const WCHAR *name)
{
    IBackgroundCopyJob *first = NULL;
    IBackgroundCopyJob5 *job = NULL;
    GUID id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &first), S_OK);
    ANSWERS(IBackgroundCopyJob_QueryInterface(first, &IID_IBackgroundCopyJob5, (void **)&job), S_OK);
    IBackgroundCopyJob_Release(first);
    return job;
}

static void texts(IBackgroundCopyJob5 *job)
{
    WCHAR *text = NULL, *longer = calloc(1026, sizeof(WCHAR));
    for (int i = 0; i < 1025; i++)
        longer[i] = 'x';
    ANSWERS(IBackgroundCopyJob5_SetDisplayName(job, BGCOPY_TEXT("another name")), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetDisplayName(job, &text), S_OK);
    CHECK(gives(text, BGCOPY_TEXT("another name")));
    ANSWERS(IBackgroundCopyJob5_SetDisplayName(job, longer), BG_E_STRING_TOO_LONG);
    ANSWERS(IBackgroundCopyJob5_GetDescription(job, &text), S_OK);
    CHECK(gives(text, BGCOPY_TEXT("")));
    ANSWERS(IBackgroundCopyJob5_SetDescription(job, NULL), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetDescription(job, longer), BG_E_STRING_TOO_LONG);
    ANSWERS(IBackgroundCopyJob5_SetDescription(job, BGCOPY_TEXT("what for")), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetDescription(job, &text), S_OK);
    CHECK(gives(text, BGCOPY_TEXT("what for")));
    free(longer);

    char owner[32];
    snprintf(owner, sizeof owner, "uid:%u", (unsigned)geteuid());
    ANSWERS(IBackgroundCopyJob5_GetOwner(job, &text), S_OK);
    CHECK(gives(text, wide(owner)));
    ULONG level = 0;
    BOOL elevated = 7;
    ANSWERS(IBackgroundCopyJob5_GetOwnerIntegrityLevel(job, &level), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetOwnerElevationState(job, &elevated), S_OK);
    CHECK(level == (geteuid() == 0 ? 0x3000u : 0x2000u) && elevated == (geteuid() == 0));
    /* It is the owner's already. */
    ANSWERS(IBackgroundCopyJob5_TakeOwnership(job), geteuid() == 0 ? S_OK : E_ACCESSDENIED);
}

static void numbers(IBackgroundCopyJob5 *job)
{
    static const BG_JOB_PRIORITY PRIORITIES[] = {
        BG_JOB_PRIORITY_HIGH, BG_JOB_PRIORITY_LOW, BG_JOB_PRIORITY_FOREGROUND, BG_JOB_PRIORITY_NORMAL,
    };
    static const DWORD FLAGS[] = {
        BG_JOB_ENABLE_PEERCACHING_CLIENT, BG_JOB_ENABLE_PEERCACHING_SERVER, BG_JOB_DISABLE_BRANCH_CACHE, 7, 0,
    };
    static const DWORD ACLS[] = {
        BG_COPY_FILE_OWNER, BG_COPY_FILE_GROUP, BG_COPY_FILE_DACL, BG_COPY_FILE_SACL, BG_COPY_FILE_ALL, 0,
    };
    ULONG number = 7;
    DWORD flags = 7;
    for (size_t i = 0; i < ARRAYSIZE(PRIORITIES); i++) {
        BG_JOB_PRIORITY priority = (BG_JOB_PRIORITY)9;
        ANSWERS(IBackgroundCopyJob5_SetPriority(job, PRIORITIES[i]), S_OK);
        ANSWERS(IBackgroundCopyJob5_GetPriority(job, &priority), S_OK);
        CHECK(priority == PRIORITIES[i]);
    }
    for (size_t i = 0; i < ARRAYSIZE(FLAGS); i++) {
        ANSWERS(IBackgroundCopyJob5_SetPeerCachingFlags(job, FLAGS[i]), S_OK);
        ANSWERS(IBackgroundCopyJob5_GetPeerCachingFlags(job, &flags), S_OK);
        CHECK(flags == FLAGS[i]);
    }
    ANSWERS(IBackgroundCopyJob5_SetPeerCachingFlags(job, 8), E_NOTIMPL);
    for (size_t i = 0; i < ARRAYSIZE(ACLS); i++) {
        ANSWERS(IBackgroundCopyJob5_SetFileACLFlags(job, ACLS[i]), S_OK);
        ANSWERS(IBackgroundCopyJob5_GetFileACLFlags(job, &flags), S_OK);
        CHECK(flags == ACLS[i]);
    }
    ANSWERS(IBackgroundCopyJob5_SetMaximumDownloadTime(job, 77), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetMaximumDownloadTime(job, &number), S_OK);
    CHECK(number == 77);
    ANSWERS(IBackgroundCopyJob5_SetNoProgressTimeout(job, 99), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetNoProgressTimeout(job, &number), S_OK);
    CHECK(number == 99);
    ANSWERS(IBackgroundCopyJob5_GetErrorCount(job, &number), S_OK);
    CHECK(number == 0);
    ANSWERS(IBackgroundCopyJob5_SetNotifyFlags(job, BG_NOTIFY_DISABLE | BG_NOTIFY_FILE_RANGES_TRANSFERRED), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetNotifyFlags(job, &number), S_OK);
    CHECK(number == (BG_NOTIFY_DISABLE | BG_NOTIFY_FILE_RANGES_TRANSFERRED));
}

static void properties(IBackgroundCopyJob5 *job)
{
    static const DWORD POLICIES[] = {
        BITS_JOB_TRANSFER_POLICY_ALWAYS, BITS_JOB_TRANSFER_POLICY_NOT_ROAMING, BITS_JOB_TRANSFER_POLICY_NO_SURCHARGE,
        BITS_JOB_TRANSFER_POLICY_UNRESTRICTED, BITS_JOB_TRANSFER_POLICY_STANDARD, BITS_COST_STATE_ROAMING,
    };
    static const BITS_JOB_PROPERTY_ID SWITCHES[] = {
        BITS_JOB_PROPERTY_DYNAMIC_CONTENT, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, BITS_JOB_PROPERTY_ON_DEMAND_MODE,
    };
    BITS_JOB_PROPERTY_VALUE value;
    for (size_t i = 0; i < ARRAYSIZE(POLICIES); i++) {
        value.Dword = POLICIES[i];
        ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
        memset(&value, 0, sizeof value);
        ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value), S_OK);
        CHECK(value.Dword == POLICIES[i]);
    }
    for (size_t i = 0; i < ARRAYSIZE(SWITCHES); i++) {
        ANSWERS(IBackgroundCopyJob5_GetProperty(job, SWITCHES[i], &value), S_OK);
        CHECK(!value.Enable);
        value.Enable = TRUE;
        ANSWERS(IBackgroundCopyJob5_SetProperty(job, SWITCHES[i], value), S_OK);
        value.Enable = FALSE;
        ANSWERS(IBackgroundCopyJob5_GetProperty(job, SWITCHES[i], &value), S_OK);
        CHECK(value.Enable);
        value.Enable = FALSE;
        ANSWERS(IBackgroundCopyJob5_SetProperty(job, SWITCHES[i], value), S_OK);
    }
    value.Uint64 = 1ull << 40;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value), S_OK);
    value.Uint64 = 0;
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, &value), S_OK);
    CHECK(value.Uint64 == 1ull << 40);
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, &value), S_OK);
    CHECK(value.Dword == 500);
    value.Target = BG_AUTH_TARGET_PROXY;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value), S_OK);
    memset(&value, 0, sizeof value);
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, &value), S_OK);
    CHECK(value.Target == BG_AUTH_TARGET_PROXY);
    /* Kept and told; there is no class that could be created, and a command line does what it is for. */
    value.ClsID = CLSID_BackgroundCopyManager;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    memset(&value, 0, sizeof value);
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    value.ClsID = CLSID_BackgroundCopyManager;
    ANSWERS(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value), S_OK);
    CHECK(IsEqualGUID(&value.ClsID, &GUID_NULL));
}

static void tokens(IBackgroundCopyJob5 *job)
{
    IBitsTokenOptions *options = NULL;
    BG_TOKEN flags = (BG_TOKEN)7;
    WCHAR *sid = (WCHAR *)&sid;
    ANSWERS(IBackgroundCopyJob5_QueryInterface(job, &IID_IBitsTokenOptions, (void **)&options), S_OK);
    ANSWERS(IBitsTokenOptions_SetHelperTokenFlags(options, (BG_TOKEN)(BG_TOKEN_LOCAL_FILE | BG_TOKEN_NETWORK)), E_NOTIMPL);
    ANSWERS(IBitsTokenOptions_GetHelperTokenFlags(options, &flags), E_NOTIMPL);
    ANSWERS(IBitsTokenOptions_SetHelperToken(options), E_NOTIMPL);
    ANSWERS(IBitsTokenOptions_ClearHelperToken(options), E_NOTIMPL);
    ANSWERS(IBitsTokenOptions_GetHelperTokenSid(options, &sid), E_NOTIMPL);
    CHECK(flags == 0 && sid == NULL);
    IBitsTokenOptions_Release(options);
}

/* Redirects one by one; a method that is not the default excludes what needs ranges, and locks the priority. */
static void http(IBackgroundCopyJob5 *job)
{
    static const ULONG POLICIES[] = {
        BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT, BG_HTTP_REDIRECT_POLICY_DISALLOW, BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP,
        BG_SSL_ENABLE_CRL_CHECK, BG_SSL_IGNORE_CERT_CN_INVALID, BG_SSL_IGNORE_CERT_DATE_INVALID, BG_SSL_IGNORE_UNKNOWN_CA,
        BG_SSL_IGNORE_CERT_WRONG_USAGE, BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT,
    };
    IBackgroundCopyJobHttpOptions3 *options = NULL;
    ULONG flags = 7;
    WCHAR *text = NULL;
    BITS_JOB_PROPERTY_VALUE value;
    ANSWERS(IBackgroundCopyJob5_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&options), S_OK);
    for (size_t i = 0; i < ARRAYSIZE(POLICIES); i++) {
        ANSWERS(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(options, POLICIES[i]), S_OK);
        ANSWERS(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(options, &flags), S_OK);
        CHECK(flags == POLICIES[i]);
    }
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetHttpMethod(options, BGCOPY_TEXT("POST")), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetHttpMethod(options, &text), S_OK);
    CHECK(gives(text, BGCOPY_TEXT("POST")));
    ANSWERS(IBackgroundCopyJob5_SetPriority(job, BG_JOB_PRIORITY_LOW), BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD);
    value.Enable = TRUE;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value),
            BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD);
    IBackgroundCopyJobHttpOptions3_Release(options);
}

/* Enumerators are snapshots; a copy of one has its place. */
static void lists(IBackgroundCopyJob5 *job, const WCHAR *remote, const char *folder)
{
    BG_FILE_INFO set[] = {
        { (WCHAR *)remote, joined(folder, "/one") }, { (WCHAR *)remote, joined(folder, "/two") },
        { (WCHAR *)remote, joined(folder, "/three") },
    }, bad[] = { { (WCHAR *)remote, joined(folder, "/four") }, { (WCHAR *)remote, (WCHAR *)BGCOPY_TEXT("relative") } };
    IEnumBackgroundCopyFiles *files = NULL, *copy = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL, *others = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyJob *again = NULL;
    WCHAR *name = NULL;
    ULONG count = 7;
    ANSWERS(IBackgroundCopyJob5_AddFileSet(job, 2, bad), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_AddFileSet(job, ARRAYSIZE(set), set), S_OK);
    ANSWERS(IBackgroundCopyJob5_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    CHECK(count == 3);
    ANSWERS(IEnumBackgroundCopyFiles_Skip(files, 1), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Clone(files, &copy), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Reset(files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(copy, 1, &file, NULL), S_OK);
    ANSWERS(IBackgroundCopyFile_GetLocalName(file, &name), S_OK);
    CHECK(gives(name, set[1].LocalName));
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(copy);
    IEnumBackgroundCopyFiles_Release(files);

    ANSWERS(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    ANSWERS(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    CHECK(count == 2);
    ANSWERS(IEnumBackgroundCopyJobs_Skip(jobs, 1), S_OK);
    ANSWERS(IEnumBackgroundCopyJobs_Clone(jobs, &others), S_OK);
    ANSWERS(IEnumBackgroundCopyJobs_Next(others, 1, &again, &count), S_OK);
    CHECK(count == 1);
    IBackgroundCopyJob_Release(again);
    ANSWERS(IEnumBackgroundCopyJobs_Skip(others, 1), S_FALSE);
    ANSWERS(IEnumBackgroundCopyJobs_Reset(others), S_OK);
    ANSWERS(IEnumBackgroundCopyJobs_Skip(others, 2), S_OK);
    IEnumBackgroundCopyJobs_Release(others);
    IEnumBackgroundCopyJobs_Release(jobs);
    /* Everybody's jobs are for administrators; a service of one user has no others. */
    HRESULT all = IBackgroundCopyManager_EnumJobs(manager, BG_JOB_ENUM_ALL_USERS, &jobs);
    CHECK(all == (geteuid() == 0 ? S_OK : E_ACCESSDENIED));
    if (all == S_OK)
        IEnumBackgroundCopyJobs_Release(jobs);
}

/* What GetStats says of the first file. */
static SwarmStatus swarm_of(IBackgroundCopyJob5 *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IDeliveryOptimizationFile *swarm = NULL;
    DOSwarmStats stats;
    ANSWERS(IBackgroundCopyJob5_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&swarm), S_OK);
    ANSWERS(IDeliveryOptimizationFile_GetStats(swarm, &stats), S_OK);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    IDeliveryOptimizationFile_Release(swarm);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    return stats.status;
}

/* Runs, pauses and goes: through the states that other programs do not see. */
static void states(IBackgroundCopyJob5 *job)
{
    IBackgroundCopyJob *base = (IBackgroundCopyJob *)job;
    BG_JOB_STATE state;
    double end = seconds() + PATIENCE;
    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    do {
        ANSWERS(IBackgroundCopyJob5_GetState(job, &state), S_OK);
        CHECK(state == BG_JOB_STATE_QUEUED || state == BG_JOB_STATE_CONNECTING || state == BG_JOB_STATE_TRANSFERRING);
        CHECK(seconds() < end);
    } while (state != BG_JOB_STATE_TRANSFERRING);
    CHECK(swarm_of(job) == SwarmStatus_Downloading);
    ANSWERS(IBackgroundCopyJob5_Suspend(job), S_OK);
    until_state(base, BG_JOB_STATE_SUSPENDED);
    ANSWERS(IBackgroundCopyJob5_Suspend(job), S_OK);

    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile4 *more = NULL;
    BOOL from_peer = TRUE;
    ANSWERS(IBackgroundCopyJob5_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile4, (void **)&more), S_OK);
    ANSWERS(IBackgroundCopyFile4_IsDownloadedFromPeer(more, &from_peer), S_OK);
    CHECK(!from_peer);
    IBackgroundCopyFile4_Release(more);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);

    BITS_JOB_PROPERTY_VALUE value;
    value.Enable = TRUE;
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value),
            BG_E_READ_ONLY_PROPERTY_AFTER_RESUME);
    ANSWERS(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, value),
            BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE);
    ANSWERS(IBackgroundCopyJob5_Cancel(job), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetState(job, &state), S_OK);
    CHECK(state == BG_JOB_STATE_CANCELLED);
    ANSWERS(IBackgroundCopyJob5_Suspend(job), BG_E_INVALID_STATE);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    manager = manager_of(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob5 *job = created(BGCOPY_TEXT("attributes"));
    texts(job);
    numbers(job);
    properties(job);
    tokens(job);
    IBackgroundCopyJob5 *posted = created(BGCOPY_TEXT("posted"));
    http(posted);
    lists(job, wide(argv[1]), argv[2]);
    ANSWERS(IBackgroundCopyJob5_Cancel(posted), S_OK);
    IBackgroundCopyJob5_Release(posted);
    states(job);
    IBackgroundCopyJob5_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

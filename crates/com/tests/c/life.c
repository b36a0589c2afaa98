/* The life of a job through the BITS class: made, filled, run, completed, and looked at after its end. */

#define COBJMACROS
#include "check.h"

static void check_identity(IBackgroundCopyJob *job)
{
    static const IID *const IDS[] = {
        &IID_IBackgroundCopyJob, &IID_IBackgroundCopyJob2, &IID_IBackgroundCopyJob3, &IID_IBackgroundCopyJob4,
        &IID_IBackgroundCopyJob5, &IID_IBackgroundCopyJobHttpOptions, &IID_IBackgroundCopyJobHttpOptions2,
        &IID_IBackgroundCopyJobHttpOptions3, &IID_IBitsTokenOptions, &IID_IDeliveryOptimizationJob,
        &IID_IDeliveryOptimizationJob2,
    };
    IUnknown *identity = NULL;
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IUnknown, (void **)&identity), S_OK);
    for (size_t i = 0; i < ARRAYSIZE(IDS); i++) {
        IUnknown *face = NULL, *again = NULL;
        ANSWERS(IBackgroundCopyJob_QueryInterface(job, IDS[i], (void **)&face), S_OK);
        ANSWERS(IUnknown_QueryInterface(face, &IID_IUnknown, (void **)&again), S_OK);
        CHECK(again == identity);
        IUnknown_Release(again);
        IUnknown_Release(face);
    }
    void *none = &none;
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyFile, &none), E_NOINTERFACE);
    CHECK(none == NULL);
    IUnknown_Release(identity);
}

static void check_files(IBackgroundCopyJob *job, const WCHAR *remote, const WCHAR *local)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL, *more[2];
    ULONG count = 0, fetched = 7;
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    CHECK(count == 1);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 2, more, NULL), E_INVALIDARG);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 2, more, &fetched), S_FALSE);
    CHECK(fetched == 0);
    ANSWERS(IEnumBackgroundCopyFiles_Reset(files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Skip(files, 2), S_FALSE);

    ANSWERS(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    CHECK(gives(text, remote));
    ANSWERS(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    CHECK(gives(text, local));
    BG_FILE_PROGRESS progress;
    ANSWERS(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
    CHECK(progress.BytesTotal == BG_SIZE_UNKNOWN && progress.BytesTransferred == 0 && !progress.Completed);

    IBackgroundCopyFile6 *all = NULL;
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile6, (void **)&all), S_OK);
    DWORD ranges = 7;
    BG_FILE_RANGE *list = (BG_FILE_RANGE *)&list;
    ANSWERS(IBackgroundCopyFile6_GetFileRanges(all, &ranges, &list), S_FALSE);
    CHECK(ranges == 0 && list == NULL);
    ANSWERS(IBackgroundCopyFile6_GetTemporaryName(all, &text), E_PENDING);
    CHECK(text == NULL);
    BOOL valid = TRUE;
    ANSWERS(IBackgroundCopyFile6_GetValidationState(all, &valid), S_OK);
    CHECK(!valid);
    ANSWERS(IBackgroundCopyFile6_SetValidationState(all, TRUE), E_PENDING);
    BITS_FILE_PROPERTY_VALUE value;
    ANSWERS(IBackgroundCopyFile6_GetProperty(all, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
    CHECK(value.String == NULL);
    ANSWERS(IBackgroundCopyFile6_GetProperty(all, (BITS_FILE_PROPERTY_ID)9, &value), BG_E_UNKNOWN_PROPERTY_ID);
    ANSWERS(IBackgroundCopyFile6_SetProperty(all, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value),
            BG_E_READ_ONLY_PROPERTY);
    ANSWERS(IBackgroundCopyFile6_UpdateDownloadPosition(all, 5), S_OK);

    IDeliveryOptimizationFile *swarm = NULL;
    DOSwarmStats stats;
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&swarm), S_OK);
    ANSWERS(IDeliveryOptimizationFile_GetStats(swarm, &stats), S_OK);
    CHECK(stats.totalBytesDownloaded == 0 && stats.isBackground && stats.status == SwarmStatus_Paused);
    CHECK(gives(stats.sourceURL, remote));
    CoTaskMemFree(stats.fileId);
    IDeliveryOptimizationFile_Release(swarm);
    IBackgroundCopyFile6_Release(all);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

static void check_transferred(IBackgroundCopyJob *job, UINT64 size)
{
    BG_JOB_PROGRESS progress;
    ANSWERS(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    CHECK(progress.FilesTotal == 1 && progress.FilesTransferred == 1);
    CHECK(progress.BytesTotal == size && progress.BytesTransferred == size);
    BG_JOB_TIMES times;
    ANSWERS(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    CHECK(times.CreationTime.dwHighDateTime > 0x01D00000 && times.TransferCompletionTime.dwHighDateTime != 0);
    IBackgroundCopyError *error = (IBackgroundCopyError *)&error;
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), BG_E_ERROR_INFORMATION_UNAVAILABLE);
    CHECK(error == NULL);

    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile5 *all = NULL;
    BITS_FILE_PROPERTY_VALUE value;
    ANSWERS(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&all), S_OK);
    ANSWERS(IBackgroundCopyFile5_GetProperty(all, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
    CHECK(value.String != NULL && value.String[0] == 'H');
    CoTaskMemFree(value.String);
    UINT64 origin = 0, peers = 1;
    ANSWERS(IBackgroundCopyFile5_GetPeerDownloadStats(all, &origin, &peers), S_OK);
    CHECK(origin >= size && peers == 0);
    IDeliveryOptimizationFile *swarm = NULL;
    DOSwarmStats stats;
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&swarm), S_OK);
    ANSWERS(IDeliveryOptimizationFile_GetStats(swarm, &stats), S_OK);
    CHECK(stats.fileSize == size && stats.totalBytesDownloaded >= size && stats.bytesFromHttp >= size);
    CHECK(stats.status == SwarmStatus_Complete && stats.downloadMode == DownloadMode_CdnOnly);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    IDeliveryOptimizationFile_Release(swarm);
    IBackgroundCopyFile5_Release(all);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    const WCHAR *remote = wide(argv[1]), *local = wide(argv[2]), *name = wide("a life");
    UINT64 size = strtoull(argv[3], NULL, 10);
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    ANSWERS(CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                                 EOAC_NONE, NULL), S_OK);
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    ANSWERS(CoSetProxyBlanket((IUnknown *)manager, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_NONE, COLE_DEFAULT_PRINCIPAL,
                              RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING), S_OK);
    IBackgroundCopyJob *job = NULL, *again = NULL;
    GUID id, same_id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_GetId(job, &same_id), S_OK);
    CHECK(IsEqualGUID(&id, &same_id) && !IsEqualGUID(&id, &GUID_NULL));
    check_identity(job);

    BG_JOB_STATE state;
    BG_JOB_TYPE type = BG_JOB_TYPE_UPLOAD;
    BG_JOB_PRIORITY priority;
    ANSWERS(IBackgroundCopyJob_GetState(job, &state), S_OK);
    ANSWERS(IBackgroundCopyJob_GetType(job, &type), S_OK);
    ANSWERS(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    CHECK(state == BG_JOB_STATE_SUSPENDED && type == BG_JOB_TYPE_DOWNLOAD && priority == BG_JOB_PRIORITY_NORMAL);
    BG_JOB_PROGRESS progress;
    ANSWERS(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    CHECK(progress.BytesTotal == 0 && progress.FilesTotal == 0);
    ANSWERS(IBackgroundCopyJob_Resume(job), BG_E_EMPTY);
    ANSWERS(IBackgroundCopyJob_AddFile(job, remote, local), S_OK);
    check_files(job, remote, local);

    ANSWERS(IBackgroundCopyManager_GetJob(manager, &id, &again), S_OK);
    ANSWERS(IBackgroundCopyJob_SetPriority(again, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ANSWERS(IBackgroundCopyJob_Resume(again), S_OK);
    IBackgroundCopyJob_Release(again);
    until_state(job, BG_JOB_STATE_TRANSFERRED);
    check_transferred(job, size);
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    ANSWERS(IBackgroundCopyJob_Complete(job), S_OK);

    /* The pointer still tells, and nothing can be changed any more. */
    ANSWERS(IBackgroundCopyJob_GetState(job, &state), S_OK);
    CHECK(state == BG_JOB_STATE_ACKNOWLEDGED);
    ANSWERS(IBackgroundCopyJob_Complete(job), BG_E_INVALID_STATE);
    ANSWERS(IBackgroundCopyJob_Cancel(job), BG_E_INVALID_STATE);
    ANSWERS(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW), BG_E_INVALID_STATE);
    ANSWERS(IBackgroundCopyJob_SetNotifyInterface(job, NULL), BG_E_INVALID_STATE);
    ANSWERS(IBackgroundCopyJob_AddFile(job, remote, local), BG_E_INVALID_STATE);
    ANSWERS(IBackgroundCopyManager_GetJob(manager, &id, &again), BG_E_NOT_FOUND);
    CHECK(again == NULL);
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    CHECK(gives(text, name));
    CHECK(IBackgroundCopyJob_Release(job) == 0);
    CHECK(IBackgroundCopyManager_Release(manager) == 0);
    CoUninitialize();
    puts("done");
    return 0;
}

/* Uploads and their replies, through the BITS class: PLAIN REPLYING LARGE FILE FOLDER REPLY SIZE REFUSING, of which the
   first three are URLs: a server that answers nothing, one whose application answers REPLY, and one that answers more than
   1 MB. The application of the last one refuses the file. */

#define COBJMACROS
#include "check.h"

static IBackgroundCopyManager *manager;

static IBackgroundCopyJob5 *job_of(BG_JOB_TYPE type)
{
    GUID id;
    IBackgroundCopyJob *job = NULL;
    IBackgroundCopyJob5 *newer = NULL;
    BG_JOB_TYPE given = BG_JOB_TYPE_DOWNLOAD;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, wide("upload"), type, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&newer), S_OK);
    IBackgroundCopyJob_Release(job);
    ANSWERS(IBackgroundCopyJob5_GetType(newer, &given), S_OK);
    CHECK(given == type);
    return newer;
}

static void cancel(IBackgroundCopyJob5 *job)
{
    ANSWERS(IBackgroundCopyJob5_Cancel(job), S_OK);
    IBackgroundCopyJob5_Release(job);
}

static void wait_for(IBackgroundCopyJob5 *job)
{
    until_state((IBackgroundCopyJob *)job, BG_JOB_STATE_TRANSFERRED);
}

/* What an upload cannot be told. */
static void check_refusals(const WCHAR *url, const char *file, const char *folder)
{
    const WCHAR *local = wide(file);
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD);
    ANSWERS(IBackgroundCopyJob5_Resume(job), BG_E_EMPTY);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, joined(folder, "/missing")), 0x80070003);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide(folder)), E_ACCESSDENIED);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, wide("ftp://a/b"), local), E_INVALIDARG);
    BG_FILE_INFO set[2] = { { wide("http://127.0.0.1:9/a"), wide(file) }, { wide("http://127.0.0.1:9/b"), wide(file) } };
    ANSWERS(IBackgroundCopyJob5_AddFileSet(job, 2, set), BG_E_TOO_MANY_FILES);
    BG_FILE_RANGE range = { 0, 1 };
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 1, &range), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, local), S_OK);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, local), BG_E_TOO_MANY_FILES);
    ANSWERS(IBackgroundCopyJob5_AddFileWithRanges(job, url, local, 1, &range), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_ReplaceRemotePrefix(job, wide("http://"), wide("https://")), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_Complete(job), BG_E_INVALID_STATE);

    BITS_JOB_PROPERTY_VALUE value;
    memset(&value, 0, sizeof value);
    value.Uint64 = 1;
    const BITS_JOB_PROPERTY_ID only[] = { BITS_JOB_PROPERTY_DYNAMIC_CONTENT, BITS_JOB_PROPERTY_HIGH_PERFORMANCE,
                                          BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, BITS_JOB_PROPERTY_ON_DEMAND_MODE };
    for (size_t i = 0; i < sizeof only / sizeof only[0]; i++)
        ANSWERS(IBackgroundCopyJob5_SetProperty(job, only[i], value), BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY);

    IBackgroundCopyJobHttpOptions3 *options = NULL;
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob5_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&options), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions3_GetHttpMethod(options, &text), S_OK);
    CHECK(gives(text, wide("BITS_POST")));
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetHttpMethod(options, wide("BITS_POST")), S_OK);
    ANSWERS(IBackgroundCopyJobHttpOptions3_SetHttpMethod(options, wide("PUT")), E_NOTIMPL);
    IBackgroundCopyJobHttpOptions3_Release(options);

    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *first = NULL;
    IBackgroundCopyFile2 *newer = NULL;
    DWORD count = 7;
    BG_FILE_RANGE *ranges = &range;
    ANSWERS(IBackgroundCopyJob5_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &first, NULL), S_OK);
    ANSWERS(IBackgroundCopyFile_QueryInterface(first, &IID_IBackgroundCopyFile2, (void **)&newer), S_OK);
    ANSWERS(IBackgroundCopyFile2_GetFileRanges(newer, &count, &ranges), S_FALSE);
    CHECK(count == 0 && ranges == NULL);
    ANSWERS(IBackgroundCopyFile2_SetRemoteName(newer, wide("http://127.0.0.1:9/c")), E_NOTIMPL);
    IBackgroundCopyFile2_Release(newer);
    IBackgroundCopyFile_Release(first);
    IEnumBackgroundCopyFiles_Release(files);

    /* There is a reply to an upload-reply only. */
    BG_JOB_REPLY_PROGRESS progress;
    BYTE *data = NULL;
    UINT64 length = 0;
    ANSWERS(IBackgroundCopyJob5_GetReplyProgress(job, &progress), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, joined(folder, "/reply")), E_NOTIMPL);
    ANSWERS(IBackgroundCopyJob5_GetReplyFileName(job, &text), E_NOTIMPL);
    cancel(job);
}

/* A file of the job, and how far it is. */
static BG_FILE_PROGRESS file_progress(IBackgroundCopyJob5 *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_FILE_PROGRESS progress;
    ULONG count = 0;
    ANSWERS(IBackgroundCopyJob5_EnumFiles(job, &files), S_OK);
    ANSWERS(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    CHECK(count == 1);
    ANSWERS(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ANSWERS(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    return progress;
}

static void check_upload(const WCHAR *url, const char *file, UINT64 size)
{
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD);
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide(file)), S_OK);
    CHECK(!file_progress(job).Completed);
    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    wait_for(job);
    ANSWERS(IBackgroundCopyJob5_GetProgress(job, &progress), S_OK);
    CHECK(progress.BytesTotal == size && progress.BytesTransferred == size);
    CHECK(progress.FilesTotal == 1 && progress.FilesTransferred == 1);
    BG_FILE_PROGRESS sent = file_progress(job);
    CHECK(sent.Completed && sent.BytesTotal == size && sent.BytesTransferred == size);
    ANSWERS(IBackgroundCopyJob5_Complete(job), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetState(job, &state), S_OK);
    CHECK(state == BG_JOB_STATE_ACKNOWLEDGED);
    ANSWERS(IBackgroundCopyJob5_Complete(job), BG_E_INVALID_STATE);
    IBackgroundCopyJob5_Release(job);
}

static void check_reply(const WCHAR *url, const char *file, const char *folder, const char *reply)
{
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD_REPLY);
    const WCHAR *name = joined(folder, "/reply");
    BG_JOB_REPLY_PROGRESS progress;
    WCHAR *text = NULL;
    BYTE *data = (BYTE *)&data;
    UINT64 length = 7, size = strlen(reply);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide(file)), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetReplyFileName(job, &text), S_OK);
    CHECK(gives(text, wide("")));
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, wide("relative")), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, wide(file)), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, joined(folder, "/no/folder")), 0x80070003);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, name), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetReplyFileName(job, &text), S_OK);
    CHECK(gives(text, name));
    ANSWERS(IBackgroundCopyJob5_GetReplyProgress(job, &progress), S_OK);
    CHECK(progress.BytesTotal == (UINT64)BG_SIZE_UNKNOWN && progress.BytesTransferred == 0);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), BG_E_INVALID_STATE);
    CHECK(data == NULL && length == 0);

    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    wait_for(job);
    ANSWERS(IBackgroundCopyJob5_GetReplyProgress(job, &progress), S_OK);
    CHECK(progress.BytesTotal == size && progress.BytesTransferred == size);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), S_OK);
    CHECK(length == size && memcmp(data, reply, size) == 0);
    CoTaskMemFree(data);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, NULL, &length), E_INVALIDARG);
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, joined(folder, "/other")), BG_E_INVALID_STATE);
    CHECK(file_progress(job).Completed);
    ANSWERS(IBackgroundCopyJob5_Complete(job), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), BG_E_INVALID_STATE);
    IBackgroundCopyJob5_Release(job);
}

/* "BITS generates the file name … the reply file is written to the same directory as the local upload file." */
static void check_made_up(const WCHAR *url, const char *file)
{
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD_REPLY);
    const WCHAR *source = wide(file);
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, NULL), S_OK);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, source), S_OK);
    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    ANSWERS(IBackgroundCopyJob5_GetReplyFileName(job, &text), S_OK);
    for (size_t i = 0; i < strlen(file); i++)
        CHECK(text[i] == source[i]);
    CHECK(text[strlen(file)] == '.');
    CoTaskMemFree(text);
    wait_for(job);
    cancel(job);
}

/* "BG_E_TOO_LARGE (size still set)" (spec 7.3). */
static void check_large(const WCHAR *url, const char *file, const char *folder)
{
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD_REPLY);
    BYTE *data = (BYTE *)&data;
    UINT64 length = 0;
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, joined(folder, "/large")), S_OK);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide(file)), S_OK);
    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    wait_for(job);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), BG_E_TOO_LARGE);
    CHECK(data == NULL && length == (1 << 20) + 1);
    ANSWERS(IBackgroundCopyJob5_Complete(job), S_OK);
    IBackgroundCopyJob5_Release(job);
}

/* Nothing is answered: "0 if the job has no reply" (spec 3), "NULL when the server sent none" (7.3). */
static void check_no_reply(const WCHAR *url, const char *file, const char *folder)
{
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD_REPLY);
    BG_JOB_REPLY_PROGRESS progress;
    BYTE *data = (BYTE *)&data;
    UINT64 length = 7;
    ANSWERS(IBackgroundCopyJob5_SetReplyFileName(job, joined(folder, "/none")), S_OK);
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide(file)), S_OK);
    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    wait_for(job);
    ANSWERS(IBackgroundCopyJob5_GetReplyProgress(job, &progress), S_OK);
    CHECK(progress.BytesTotal == 0 && progress.BytesTransferred == 0);
    ANSWERS(IBackgroundCopyJob5_GetReplyData(job, &data, &length), S_OK);
    CHECK(data == NULL && length == 0);
    ANSWERS(IBackgroundCopyJob5_Complete(job), S_OK);
    IBackgroundCopyJob5_Release(job);
}

/* What the server's application answers is its error, and no longer the server's (spec 6.3). */
static void check_application(const WCHAR *url, const char *file)
{
    IBackgroundCopyJob5 *job = job_of(BG_JOB_TYPE_UPLOAD);
    IBackgroundCopyError *error = NULL;
    IBackgroundCopyFile *of_error = NULL;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = S_OK;
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob5_AddFile(job, url, wide(file)), S_OK);
    ANSWERS(IBackgroundCopyJob5_Resume(job), S_OK);
    until_state((IBackgroundCopyJob *)job, BG_JOB_STATE_ERROR);
    ANSWERS(IBackgroundCopyJob5_GetError(job, &error), S_OK);
    ANSWERS(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    ANSWERS(code, BG_E_HTTP_ERROR_403);
    CHECK(context == BG_ERROR_CONTEXT_REMOTE_APPLICATION);
    ANSWERS(IBackgroundCopyError_GetErrorContextDescription(error, 0x0409, &text), S_OK);
    CoTaskMemFree(text);
    ANSWERS(IBackgroundCopyError_GetFile(error, &of_error), S_OK);
    IBackgroundCopyFile_Release(of_error);
    IBackgroundCopyError_Release(error);
    cancel(job);
}

int main(int argc, char **argv)
{
    CHECK(argc == 9);
    const WCHAR *plain = wide(argv[1]), *replying = wide(argv[2]), *large = wide(argv[3]);
    const char *file = argv[4], *folder = argv[5], *reply = argv[6];
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    manager = manager_of(&CLSID_BackgroundCopyManager);
    check_refusals(plain, file, folder);
    check_upload(plain, file, strtoull(argv[7], NULL, 10));
    check_reply(replying, file, folder, reply);
    check_made_up(replying, file);
    check_large(large, file, folder);
    check_no_reply(plain, file, folder);
    check_application(wide(argv[8]), file);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

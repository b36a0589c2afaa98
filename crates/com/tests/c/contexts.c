/*
 * The switch for strict contexts (spec 6.3, "DO reduction"): the DO class tells REMOTE_FILE for status 403 and NONE for all
 * else, and no file with it; the BITS class tells what it always does.
 */

#define COBJMACROS
#include "check.h"

static void fails(REFCLSID clsid, const WCHAR *remote, const WCHAR *local, unsigned wanted, BG_ERROR_CONTEXT where)
{
    IBackgroundCopyManager *manager = manager_of(clsid);
    IBackgroundCopyJob *job = NULL;
    IBackgroundCopyError *error = NULL;
    IBackgroundCopyFile *file = (IBackgroundCopyFile *)&file;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_UNKNOWN;
    HRESULT code = S_OK;
    WCHAR *text = NULL;
    GUID id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, BGCOPY_TEXT("contexts"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_AddFile(job, remote, local), S_OK);
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_ERROR);
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), S_OK);
    ANSWERS(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    CHECK(code == (HRESULT)wanted && context == where);
    ANSWERS(IBackgroundCopyError_GetErrorContextDescription(error, 0x0409, &text), S_OK);
    CHECK(text && text[0]);
    CoTaskMemFree(text);
    if (where == BG_ERROR_CONTEXT_NONE) {
        ANSWERS(IBackgroundCopyError_GetFile(error, &file), DO_E_FILE_NOT_AVAILABLE);
        CHECK(file == NULL);
        ANSWERS(IBackgroundCopyError_GetProtocol(error, &text), BG_E_PROTOCOL_NOT_AVAILABLE);
    } else {
        ANSWERS(IBackgroundCopyError_GetFile(error, &file), S_OK);
        IBackgroundCopyFile_Release(file);
        ANSWERS(IBackgroundCopyError_GetProtocol(error, &text), S_OK);
        CHECK(gives(text, wide("http")));
    }
    IBackgroundCopyError_Release(error);
    ANSWERS(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    const WCHAR *missing = wide(argv[1]), *forbidden = wide(argv[2]), *local = wide(argv[3]);
    BG_ERROR_CONTEXT reduced = strcmp(argv[4], "strict") == 0 ? BG_ERROR_CONTEXT_NONE : BG_ERROR_CONTEXT_REMOTE_FILE;
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    fails(&CLSID_DeliveryOptimization, missing, local, 0x80190194, reduced);
    fails(&CLSID_DeliveryOptimization, forbidden, local, 0x80190193, BG_ERROR_CONTEXT_REMOTE_FILE);
    fails(&CLSID_BackgroundCopyManager, missing, local, 0x80190194, BG_ERROR_CONTEXT_REMOTE_FILE);
    CoUninitialize();
    puts("done");
    return 0;
}

/* What went wrong, and can it go on: the error object of a file that is not there (spec 6.9, #3 and #12). */

#define COBJMACROS
#include "check.h"

static void check_error(IBackgroundCopyJob *job, const WCHAR *local)
{
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = S_OK;
    WCHAR *text = NULL;
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), S_OK);
    ANSWERS(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    CHECK(context == BG_ERROR_CONTEXT_REMOTE_FILE && code == (HRESULT)0x80190194);
    ANSWERS(IBackgroundCopyError_GetError(error, NULL, &code), E_INVALIDARG);
    CHECK(code == (HRESULT)0x80190194);
    ANSWERS(IBackgroundCopyError_GetErrorDescription(error, 0x0409, &text), S_OK);
    CHECK(text && text[0]);
    CoTaskMemFree(text);
    ANSWERS(IBackgroundCopyError_GetErrorDescription(error, 0, &text), E_INVALIDARG);
    CHECK(text == NULL);
    ANSWERS(IBackgroundCopyError_GetErrorDescription(error, 0x0411, &text), 0x80070717);
    ANSWERS(IBackgroundCopyError_GetErrorContextDescription(error, LANGIDFROMLCID(GetThreadLocale()), &text), S_OK);
    CHECK(text && text[0]);
    CoTaskMemFree(text);
    ANSWERS(IBackgroundCopyError_GetProtocol(error, &text), S_OK);
    CHECK(gives(text, wide("http")));
    IBackgroundCopyFile *file = NULL;
    ANSWERS(IBackgroundCopyError_GetFile(error, &file), S_OK);
    ANSWERS(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    CHECK(gives(text, local));
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
}

/* The file is redirected through the error object, and the job goes on. */
static void repair(IBackgroundCopyJob *job, const WCHAR *remote)
{
    IBackgroundCopyError *error = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile2 *repairable = NULL;
    WCHAR *text = NULL;
    ULONG errors = 0;
    ANSWERS(IBackgroundCopyJob_GetErrorCount(job, &errors), S_OK);
    CHECK(errors == 1);
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), S_OK);
    ANSWERS(IBackgroundCopyError_GetFile(error, &file), S_OK);
    ANSWERS(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&repairable), S_OK);
    ANSWERS(IBackgroundCopyFile2_SetRemoteName(repairable, wide("no url")), E_INVALIDARG);
    ANSWERS(IBackgroundCopyFile2_SetRemoteName(repairable, remote), S_OK);
    ANSWERS(IBackgroundCopyFile2_GetRemoteName(repairable, &text), S_OK);
    CHECK(gives(text, remote));
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_TRANSFERRED);
    BG_ERROR_CONTEXT context;
    HRESULT code;
    ANSWERS(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    CHECK(code == (HRESULT)0x80190194);
    IBackgroundCopyFile2_Release(repairable);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), BG_E_ERROR_INFORMATION_UNAVAILABLE);
}

/* The DO class adds a file with an id and tells of the error as JSON, too. */
static void check_delivery(const WCHAR *missing, const WCHAR *local)
{
    IBackgroundCopyManager *manager = manager_of(&CLSID_DeliveryOptimization);
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationJob *adds = NULL;
    IDeliveryOptimizationJob2 *tells = NULL;
    GUID id;
    VARIANT value;
    VariantInit(&value);
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, wide("delivery"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_Resume(job), DO_E_JOB_EMPTY);
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&adds), S_OK);
    ANSWERS(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&tells), S_OK);
    ANSWERS(IDeliveryOptimizationJob_AddFileWithRanges(adds, wide(""), missing, local, 0, NULL, DO_UNKNOWN_FILE_SIZE),
            E_INVALIDARG);
    ANSWERS(IDeliveryOptimizationJob_AddFileWithRanges(adds, wide("one"), missing, local, 0, NULL, DO_UNKNOWN_FILE_SIZE),
            S_OK);
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_ERROR);
    ANSWERS(IDeliveryOptimizationJob2_GetProperty(tells, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    CHECK(V_VT(&value) == VT_BSTR && SysStringLen(V_BSTR(&value)) > 20 && V_BSTR(&value)[0] == '{');
    ANSWERS(IDeliveryOptimizationJob2_SetProperty(tells, DOJobPropertyId_ExtendedErrorInfo, &value),
            DO_E_READ_ONLY_PROPERTY);
    ANSWERS(VariantClear(&value), S_OK);
    CHECK(V_VT(&value) == VT_EMPTY);
    ANSWERS(IDeliveryOptimizationJob2_GetProperty(tells, (DOJobPropertyId)5, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ANSWERS(IBackgroundCopyJob_Complete(job), BG_S_PARTIAL_COMPLETE);
    ANSWERS(IBackgroundCopyJob_Resume(job), DO_E_INVALID_STATE);
    IDeliveryOptimizationJob2_Release(tells);
    IDeliveryOptimizationJob_Release(adds);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    const WCHAR *missing = wide(argv[1]), *there = wide(argv[2]), *local = wide(argv[3]);
    ANSWERS(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = manager_of(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = NULL;
    IBackgroundCopyError *error = (IBackgroundCopyError *)&error;
    GUID id;
    ANSWERS(IBackgroundCopyManager_CreateJob(manager, wide("missing"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(IBackgroundCopyJob_AddFile(job, missing, local), S_OK);
    ANSWERS(IBackgroundCopyJob_GetError(job, &error), BG_E_ERROR_INFORMATION_UNAVAILABLE);
    CHECK(error == NULL);
    ANSWERS(IBackgroundCopyJob_Resume(job), S_OK);
    until_state(job, BG_JOB_STATE_ERROR);
    check_error(job, local);
    repair(job, there);
    ANSWERS(IBackgroundCopyJob_Complete(job), S_OK);
    check_delivery(missing, joined(argv[3], ".delivery"));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    puts("done");
    return 0;
}

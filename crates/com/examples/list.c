/* Lists all jobs of the user with their files: list */

#define COBJMACROS
#include <locale.h>

#include <bits.h>

#include "text.h"

static const char *const STATES[] = {
    "queued", "connecting", "transferring", "suspended", "error", "transient error", "transferred", "acknowledged",
    "cancelled",
};

static void ListFiles(IBackgroundCopyJob *pJob)
{
    IEnumBackgroundCopyFiles *pFiles = NULL;
    IBackgroundCopyFile *pFile = NULL;
    if (FAILED(IBackgroundCopyJob_EnumFiles(pJob, &pFiles)))
        return;
    while (IEnumBackgroundCopyFiles_Next(pFiles, 1, &pFile, NULL) == S_OK) {
        BG_FILE_PROGRESS Progress;
        LPWSTR pszName = NULL;
        if (SUCCEEDED(IBackgroundCopyFile_GetProgress(pFile, &Progress))) {
            printf("  %llu of ", (unsigned long long)Progress.BytesTransferred);
            if (Progress.BytesTotal == BG_SIZE_UNKNOWN)
                printf("?");
            else
                printf("%llu", (unsigned long long)Progress.BytesTotal);
        }
        if (SUCCEEDED(IBackgroundCopyFile_GetRemoteName(pFile, &pszName))) {
            Print("  ", pszName);
            CoTaskMemFree(pszName);
        }
        IBackgroundCopyFile_Release(pFile);
    }
    IEnumBackgroundCopyFiles_Release(pFiles);
}

static void ListJob(IBackgroundCopyJob *pJob)
{
    WCHAR Id[39];
    GUID JobId;
    BG_JOB_STATE State;
    LPWSTR pszName = NULL;
    if (FAILED(IBackgroundCopyJob_GetId(pJob, &JobId)) || FAILED(IBackgroundCopyJob_GetState(pJob, &State)))
        return;
    if (StringFromGUID2(&JobId, Id, ARRAYSIZE(Id)))
        Print("", Id);
    printf("  %s\n", (size_t)State < ARRAYSIZE(STATES) ? STATES[State] : "?");
    if (SUCCEEDED(IBackgroundCopyJob_GetDisplayName(pJob, &pszName))) {
        Print("  ", pszName);
        CoTaskMemFree(pszName);
    }
    ListFiles(pJob);
}

int main(void)
{
    IBackgroundCopyManager *pManager = NULL;
    IEnumBackgroundCopyJobs *pJobs = NULL;
    IBackgroundCopyJob *pJob = NULL;
    ULONG Count = 0;
    setlocale(LC_ALL, "");
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&pManager);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyManager_EnumJobs(pManager, 0, &pJobs);
        IBackgroundCopyManager_Release(pManager);
    }
    if (SUCCEEDED(hr)) {
        hr = IEnumBackgroundCopyJobs_GetCount(pJobs, &Count);
        printf("%u jobs\n", (unsigned)Count);
        while (IEnumBackgroundCopyJobs_Next(pJobs, 1, &pJob, NULL) == S_OK) {
            ListJob(pJob);
            IBackgroundCopyJob_Release(pJob);
        }
        IEnumBackgroundCopyJobs_Release(pJobs);
    }
    CoUninitialize();
    if (FAILED(hr))
        printf("0x%08x\n", (unsigned)hr);
    return FAILED(hr);
}

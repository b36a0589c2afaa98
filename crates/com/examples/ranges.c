/* Downloads parts of a file, in this order: ranges URL FILE OFFSET LENGTH [OFFSET LENGTH ...]; LENGTH may be eof. */

#define COBJMACROS
#include <locale.h>

#include <bits.h>

#include "text.h"

#define RANGES_MAX 64

static HRESULT AddRanges(IBackgroundCopyJob *pJob, LPCWSTR pszRemote, LPCWSTR pszLocal, DWORD Count, BG_FILE_RANGE *pRanges)
{
    IBackgroundCopyJob3 *pJob3 = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(pJob, &IID_IBackgroundCopyJob3, (void **)&pJob3);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob3_AddFileWithRanges(pJob3, pszRemote, pszLocal, Count, pRanges);
    IBackgroundCopyJob3_Release(pJob3);
    return hr;
}

static HRESULT WaitAndComplete(IBackgroundCopyJob *pJob)
{
    BG_JOB_STATE State;
    HRESULT hr;
    while (SUCCEEDED(hr = IBackgroundCopyJob_GetState(pJob, &State))) {
        BG_JOB_PROGRESS Progress;
        if (State == BG_JOB_STATE_ERROR)
            return E_FAIL;
        if (State != BG_JOB_STATE_TRANSFERRED) {
            Sleep(50);
            continue;
        }
        hr = IBackgroundCopyJob_GetProgress(pJob, &Progress);
        if (SUCCEEDED(hr))
            printf("%llu bytes\n", (unsigned long long)Progress.BytesTransferred);
        return IBackgroundCopyJob_Complete(pJob);
    }
    return hr;
}

int main(int argc, char **argv)
{
    IBackgroundCopyManager *pManager = NULL;
    IBackgroundCopyJob *pJob = NULL;
    BG_FILE_RANGE Ranges[RANGES_MAX];
    DWORD Count = 0;
    GUID JobId;
    setlocale(LC_ALL, "");
    if (argc < 5 || argc % 2 == 0 || argc > 3 + 2 * RANGES_MAX) {
        fprintf(stderr, "usage: %s URL FILE OFFSET LENGTH [OFFSET LENGTH ...]\n", argv[0]);
        return 2;
    }
    for (int i = 3; i < argc; i += 2, Count++) {
        int isToEnd = strcmp(argv[i + 1], "eof") == 0;
        Ranges[Count].InitialOffset = strtoull(argv[i], NULL, 10);
        Ranges[Count].Length = isToEnd ? (UINT64)BG_LENGTH_TO_EOF : strtoull(argv[i + 1], NULL, 10);
    }
    WCHAR *pszRemote = Wide(argv[1]), *pszLocal = Wide(argv[2]);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&pManager);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyManager_CreateJob(pManager, BGCOPY_TEXT("example: ranges"), BG_JOB_TYPE_DOWNLOAD, &JobId, &pJob);
        IBackgroundCopyManager_Release(pManager);
    }
    if (SUCCEEDED(hr)) {
        hr = AddRanges(pJob, pszRemote, pszLocal, Count, Ranges);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_Resume(pJob);
        if (SUCCEEDED(hr))
            hr = WaitAndComplete(pJob);
        if (FAILED(hr))
            IBackgroundCopyJob_Cancel(pJob);
        IBackgroundCopyJob_Release(pJob);
    }
    CoUninitialize();
    free(pszRemote);
    free(pszLocal);
    printf("0x%08x\n", (unsigned)hr);
    return FAILED(hr);
}

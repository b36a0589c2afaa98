/* Uploads a file and prints what the server's application replied: upload FILE URL. */

#define COBJMACROS
#include <locale.h>

#include <bits.h>

#include "text.h"

static HRESULT PrintReply(IBackgroundCopyJob2 *pJob)
{
    BYTE *pReply = NULL;
    UINT64 Length = 0;
    HRESULT hr = IBackgroundCopyJob2_GetReplyData(pJob, &pReply, &Length);
    if (hr == (HRESULT)BG_E_TOO_LARGE) {
        /* It is read from its file, which is there after Complete. */
        WCHAR *pszName = NULL;
        hr = IBackgroundCopyJob2_GetReplyFileName(pJob, &pszName);
        if (SUCCEEDED(hr))
            Print("reply: ", pszName);
        CoTaskMemFree(pszName);
    } else if (SUCCEEDED(hr)) {
        fwrite(pReply, 1, (size_t)Length, stdout);
        printf("%s%llu bytes replied\n", Length ? "\n" : "", (unsigned long long)Length);
        CoTaskMemFree(pReply);
    }
    return hr;
}

static HRESULT WaitAndComplete(IBackgroundCopyJob2 *pJob)
{
    BG_JOB_STATE State;
    BG_JOB_PROGRESS Progress;
    IBackgroundCopyError *pError = NULL;
    BG_ERROR_CONTEXT Context;
    HRESULT hr, hrJob;
    while (SUCCEEDED(hr = IBackgroundCopyJob2_GetState(pJob, &State))) {
        switch (State) {
        case BG_JOB_STATE_TRANSFERRED:
            hr = IBackgroundCopyJob2_GetProgress(pJob, &Progress);
            if (SUCCEEDED(hr)) {
                printf("%llu bytes sent\n", (unsigned long long)Progress.BytesTransferred);
                hr = PrintReply(pJob);
            }
            return SUCCEEDED(hr) ? IBackgroundCopyJob2_Complete(pJob) : hr;
        case BG_JOB_STATE_ERROR:
            hr = IBackgroundCopyJob2_GetError(pJob, &pError);
            if (SUCCEEDED(hr)) {
                hr = IBackgroundCopyError_GetError(pError, &Context, &hrJob);
                IBackgroundCopyError_Release(pError);
            }
            return SUCCEEDED(hr) ? hrJob : hr;
        default:
            Sleep(50);
        }
    }
    return hr;
}

static HRESULT Upload(IBackgroundCopyManager *pManager, LPCWSTR pszLocal, LPCWSTR pszRemote)
{
    GUID JobId;
    IBackgroundCopyJob *pJob = NULL;
    IBackgroundCopyJob2 *pJob2 = NULL;
    HRESULT hr = IBackgroundCopyManager_CreateJob(pManager, BGCOPY_TEXT("example: upload"), BG_JOB_TYPE_UPLOAD_REPLY,
                                                  &JobId, &pJob);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob_QueryInterface(pJob, &IID_IBackgroundCopyJob2, (void **)&pJob2);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob2_AddFile(pJob2, pszRemote, pszLocal);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob2_Resume(pJob2);
        if (SUCCEEDED(hr))
            hr = WaitAndComplete(pJob2);
        if (FAILED(hr))
            IBackgroundCopyJob2_Cancel(pJob2);
        IBackgroundCopyJob2_Release(pJob2);
    }
    IBackgroundCopyJob_Release(pJob);
    return hr;
}

int main(int argc, char **argv)
{
    IBackgroundCopyManager *pManager = NULL;
    setlocale(LC_ALL, "");
    if (argc != 3) {
        fprintf(stderr, "usage: %s FILE URL\n", argv[0]);
        return 2;
    }
    WCHAR *pszLocal = Wide(argv[1]), *pszRemote = Wide(argv[2]);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&pManager);
    if (SUCCEEDED(hr)) {
        hr = Upload(pManager, pszLocal, pszRemote);
        IBackgroundCopyManager_Release(pManager);
    }
    CoUninitialize();
    free(pszLocal);
    free(pszRemote);
    printf("0x%08x\n", (unsigned)hr);
    return FAILED(hr);
}

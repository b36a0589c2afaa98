/* What went wrong, and can it go on: diagnose URL FILE [OTHER-URL], which mends the file with another address. */

#define COBJMACROS
#include <locale.h>

#include <bits.h>

#include "text.h"

/* Tells what the error object knows; gives the file that it is about, where it is about one. */
static IBackgroundCopyFile *Tell(IBackgroundCopyError *pError)
{
    const LANGID Language = LANGIDFROMLCID(GetThreadLocale());
    IBackgroundCopyFile *pFile = NULL;
    BG_ERROR_CONTEXT Context;
    HRESULT Code;
    LPWSTR pszText = NULL;
    if (SUCCEEDED(IBackgroundCopyError_GetError(pError, &Context, &Code)))
        printf("code: 0x%08x, context: %d\n", (unsigned)Code, (int)Context);
    if (SUCCEEDED(IBackgroundCopyError_GetErrorDescription(pError, Language, &pszText))) {
        Print("what: ", pszText);
        CoTaskMemFree(pszText);
    }
    if (SUCCEEDED(IBackgroundCopyError_GetErrorContextDescription(pError, Language, &pszText))) {
        Print("where: ", pszText);
        CoTaskMemFree(pszText);
    }
    /* It has a protocol only where the protocol failed, and a file only where one was at work. */
    if (IBackgroundCopyError_GetProtocol(pError, &pszText) == S_OK) {
        Print("protocol: ", pszText);
        CoTaskMemFree(pszText);
    }
    if (IBackgroundCopyError_GetFile(pError, &pFile) != S_OK)
        return NULL;
    if (SUCCEEDED(IBackgroundCopyFile_GetRemoteName(pFile, &pszText))) {
        Print("file: ", pszText);
        CoTaskMemFree(pszText);
    }
    return pFile;
}

/* Another address for the file; what was transferred of it stays where it is the same file. */
static HRESULT Mend(IBackgroundCopyJob *pJob, IBackgroundCopyFile *pFile, LPCWSTR pszRemote)
{
    IBackgroundCopyFile2 *pFile2 = NULL;
    HRESULT hr = IBackgroundCopyFile_QueryInterface(pFile, &IID_IBackgroundCopyFile2, (void **)&pFile2);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyFile2_SetRemoteName(pFile2, pszRemote);
    IBackgroundCopyFile2_Release(pFile2);
    return FAILED(hr) ? hr : IBackgroundCopyJob_Resume(pJob);
}

/* Follows the job to its end, and mends it once where there is something to mend it with. */
static HRESULT Follow(IBackgroundCopyJob *pJob, LPCWSTR pszOther)
{
    BG_JOB_STATE State, Before = BG_JOB_STATE_SUSPENDED;
    HRESULT hr;
    while (SUCCEEDED(hr = IBackgroundCopyJob_GetState(pJob, &State))) {
        IBackgroundCopyError *pError = NULL;
        IBackgroundCopyFile *pFile = NULL;
        if (State == BG_JOB_STATE_TRANSFERRED)
            return IBackgroundCopyJob_Complete(pJob);
        if (State != Before && SUCCEEDED(IBackgroundCopyJob_GetError(pJob, &pError))) {
            BG_ERROR_CONTEXT Context;
            HRESULT Code = E_FAIL;
            pFile = Tell(pError);
            IBackgroundCopyError_GetError(pError, &Context, &Code);
            IBackgroundCopyError_Release(pError);
            hr = State == BG_JOB_STATE_ERROR ? Code : S_OK;
            if (State == BG_JOB_STATE_TRANSIENT_ERROR)
                puts("it can go on: the service tries again by itself");
            else if (State == BG_JOB_STATE_ERROR && pFile && pszOther) {
                puts("it can go on: from another address");
                hr = Mend(pJob, pFile, pszOther);
                pszOther = NULL;
            } else if (State == BG_JOB_STATE_ERROR)
                puts("it cannot go on until somebody changes something");
            if (pFile)
                IBackgroundCopyFile_Release(pFile);
            if (FAILED(hr))
                break;
        }
        Before = State;
        Sleep(50);
    }
    IBackgroundCopyJob_Cancel(pJob);
    return hr;
}

int main(int argc, char **argv)
{
    IBackgroundCopyManager *pManager = NULL;
    IBackgroundCopyJob *pJob = NULL;
    GUID JobId;
    setlocale(LC_ALL, "");
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s URL FILE [OTHER-URL]\n", argv[0]);
        return 2;
    }
    WCHAR *pszRemote = Wide(argv[1]), *pszLocal = Wide(argv[2]), *pszOther = argc == 4 ? Wide(argv[3]) : NULL;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&pManager);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyManager_CreateJob(pManager, BGCOPY_TEXT("example: diagnose"), BG_JOB_TYPE_DOWNLOAD, &JobId,
                                              &pJob);
        IBackgroundCopyManager_Release(pManager);
    }
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_AddFile(pJob, pszRemote, pszLocal);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_Resume(pJob);
        if (SUCCEEDED(hr))
            hr = Follow(pJob, pszOther);
        else
            IBackgroundCopyJob_Cancel(pJob);
        IBackgroundCopyJob_Release(pJob);
    }
    CoUninitialize();
    free(pszRemote);
    free(pszLocal);
    free(pszOther);
    printf("0x%08x\n", (unsigned)hr);
    return FAILED(hr);
}

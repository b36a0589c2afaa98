// Downloads a file in the background and is called back: download URL FILE

#include <condition_variable>
#include <clocale>
#include <mutex>

#include <bits.h>

#include "text.h"

class CNotifyInterface final : public IBackgroundCopyCallback {
public:
    STDMETHODIMP QueryInterface(REFIID riid, void **ppvObj) override
    {
        if (riid == __uuidof(IUnknown) || riid == __uuidof(IBackgroundCopyCallback)) {
            *ppvObj = this;
            AddRef();
            return S_OK;
        }
        *ppvObj = nullptr;
        return E_NOINTERFACE;
    }

    STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&m_lRefCount); }

    STDMETHODIMP_(ULONG) Release() override
    {
        LONG left = InterlockedDecrement(&m_lRefCount);
        if (left == 0)
            delete this;
        return left;
    }

    STDMETHODIMP JobTransferred(IBackgroundCopyJob *pJob) override
    {
        // The file appears under its name now.
        HRESULT hr = pJob->Complete();
        if (FAILED(hr))
            return hr;
        Finish(S_OK);
        return S_OK;
    }

    STDMETHODIMP JobError(IBackgroundCopyJob *pJob, IBackgroundCopyError *pError) override
    {
        BG_ERROR_CONTEXT Context;
        HRESULT ErrorCode = E_FAIL;
        LPWSTR pszDescription = nullptr;
        pError->GetError(&Context, &ErrorCode);
        if (SUCCEEDED(pError->GetErrorDescription(LANGIDFROMLCID(GetThreadLocale()), &pszDescription))) {
            Print("error: ", pszDescription);
            CoTaskMemFree(pszDescription);
        }
        pJob->Cancel();
        Finish(ErrorCode);
        return S_OK;
    }

    STDMETHODIMP JobModification(IBackgroundCopyJob *pJob, DWORD) override
    {
        BG_JOB_PROGRESS Progress;
        if (SUCCEEDED(pJob->GetProgress(&Progress)))
            printf("%llu bytes\n", static_cast<unsigned long long>(Progress.BytesTransferred));
        return S_OK;
    }

    // Waits until one of the others was called.
    HRESULT Wait()
    {
        std::unique_lock<std::mutex> lock(m_mutex);
        m_finished.wait(lock, [this] { return m_isFinished; });
        return m_result;
    }

private:
    void Finish(HRESULT hr)
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        m_result = hr;
        m_isFinished = true;
        m_finished.notify_all();
    }

    LONG m_lRefCount = 1;
    std::mutex m_mutex;
    std::condition_variable m_finished;
    bool m_isFinished = false;
    HRESULT m_result = S_OK;
};

static HRESULT Download(LPCWSTR pszRemote, LPCWSTR pszLocal)
{
    IBackgroundCopyManager *pManager = nullptr;
    IBackgroundCopyJob *pJob = nullptr;
    GUID JobId;
    HRESULT hr = CoCreateInstance(__uuidof(BackgroundCopyManager), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&pManager));
    if (FAILED(hr))
        return hr;
    hr = pManager->CreateJob(BGCOPY_TEXT("example: download"), BG_JOB_TYPE_DOWNLOAD, &JobId, &pJob);
    pManager->Release();
    if (FAILED(hr))
        return hr;

    CNotifyInterface *pNotify = new CNotifyInterface();
    hr = pJob->AddFile(pszRemote, pszLocal);
    if (SUCCEEDED(hr))
        hr = pJob->SetNotifyInterface(pNotify);
    if (SUCCEEDED(hr))
        hr = pJob->SetNotifyFlags(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION);
    if (SUCCEEDED(hr))
        hr = pJob->SetPriority(BG_JOB_PRIORITY_FOREGROUND);
    if (SUCCEEDED(hr))
        hr = pJob->Resume();
    if (SUCCEEDED(hr))
        hr = pNotify->Wait();
    else
        pJob->Cancel();
    pNotify->Release();
    pJob->Release();
    return hr;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc != 3) {
        fprintf(stderr, "usage: %s URL FILE\n", argv[0]);
        return 2;
    }
    HRESULT hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr)) {
        WCHAR *pszRemote = Wide(argv[1]), *pszLocal = Wide(argv[2]);
        hr = Download(pszRemote, pszLocal);
        free(pszRemote);
        free(pszLocal);
        CoUninitialize();
    }
    printf("0x%08x\n", static_cast<unsigned>(hr));
    return FAILED(hr);
}

// Downloads a file with the newer generation of Delivery Optimization: deliver URL FILE

#include <clocale>
#include <condition_variable>
#include <mutex>

#include <deliveryoptimization.h>

#include "text.h"

class DOStatusCallback final : public IDODownloadStatusCallback {
public:
    STDMETHODIMP QueryInterface(REFIID riid, void **ppv) override
    {
        if (riid == __uuidof(IUnknown) || riid == __uuidof(IDODownloadStatusCallback)) {
            *ppv = this;
            AddRef();
            return S_OK;
        }
        *ppv = nullptr;
        return E_NOINTERFACE;
    }

    STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&_refs); }

    STDMETHODIMP_(ULONG) Release() override
    {
        LONG left = InterlockedDecrement(&_refs);
        if (left == 0)
            delete this;
        return left;
    }

    STDMETHODIMP OnStatusChange(IDODownload *, const DO_DOWNLOAD_STATUS *status) override
    {
        printf("%llu of %llu bytes\n", static_cast<unsigned long long>(status->BytesTransferred),
               static_cast<unsigned long long>(status->BytesTotal));
        // A download that failed is paused, with its error: it goes on with the next Start.
        bool failed = status->State == DODownloadState_Paused && FAILED(status->Error);
        if (failed || status->State == DODownloadState_Transferred) {
            std::lock_guard<std::mutex> lock(_mutex);
            _result = status->Error;
            _isDone = true;
            _done.notify_all();
        }
        return S_OK;
    }

    HRESULT Wait()
    {
        std::unique_lock<std::mutex> lock(_mutex);
        _done.wait(lock, [this] { return _isDone; });
        return _result;
    }

private:
    LONG _refs = 1;
    std::mutex _mutex;
    std::condition_variable _done;
    bool _isDone = false;
    HRESULT _result = S_OK;
};

static HRESULT SetText(IDODownload *download, DODownloadProperty property, const WCHAR *text)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    HRESULT hr = download->SetProperty(property, &value);
    VariantClear(&value);
    return hr;
}

static HRESULT SetCallback(IDODownload *download, IDODownloadStatusCallback *callback)
{
    // The variant borrows the object, so it is not cleared.
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = callback;
    return download->SetProperty(DODownloadProperty_CallbackInterface, &value);
}

static HRESULT Deliver(const WCHAR *uri, const WCHAR *path)
{
    IDOManager *manager = nullptr;
    IDODownload *download = nullptr;
    HRESULT hr = CoCreateInstance(__uuidof(DeliveryOptimization), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager));
    if (FAILED(hr))
        return hr;
    hr = manager->CreateDownload(&download);
    manager->Release();
    if (FAILED(hr))
        return hr;

    DOStatusCallback *callback = new DOStatusCallback();
    hr = SetText(download, DODownloadProperty_Uri, uri);
    if (SUCCEEDED(hr))
        hr = SetText(download, DODownloadProperty_LocalPath, path);
    if (SUCCEEDED(hr))
        hr = SetText(download, DODownloadProperty_DisplayName, BGCOPY_TEXT("example: deliver"));
    if (SUCCEEDED(hr))
        hr = SetCallback(download, callback);
    if (SUCCEEDED(hr))
        hr = download->Start(nullptr);
    if (SUCCEEDED(hr))
        hr = callback->Wait();
    if (SUCCEEDED(hr))
        hr = download->Finalize();
    else
        download->Abort();
    callback->Release();
    download->Release();
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
        WCHAR *uri = Wide(argv[1]), *path = Wide(argv[2]);
        hr = Deliver(uri, path);
        free(uri);
        free(path);
        CoUninitialize();
    }
    printf("0x%08x\n", static_cast<unsigned>(hr));
    return FAILED(hr);
}

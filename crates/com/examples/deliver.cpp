// Downloads into a stream with the newer generation of Delivery Optimization: deliver URL FILE

#include <clocale>
#include <condition_variable>
#include <mutex>

#include <deliveryoptimization.h>

#include "object.h"
#include "text.h"

// Where the bytes go, as they come and in order: this could be a parser, or a pipe.
class FileStream final : public Object<IStream> {
public:
    explicit FileStream(FILE *file) : _file(file) {}
    STDMETHODIMP Write(const void *bytes, ULONG length, ULONG *written) override
    {
        *written = static_cast<ULONG>(fwrite(bytes, 1, length, _file));
        return *written == length ? S_OK : E_FAIL;
    }
    // Delivery Optimization calls nothing else.
    STDMETHODIMP Read(void *, ULONG, ULONG *) override { return E_NOTIMPL; }
    STDMETHODIMP Seek(LARGE_INTEGER, DWORD, ULARGE_INTEGER *) override { return E_NOTIMPL; }
    STDMETHODIMP SetSize(ULARGE_INTEGER) override { return E_NOTIMPL; }
    STDMETHODIMP CopyTo(IStream *, ULARGE_INTEGER, ULARGE_INTEGER *, ULARGE_INTEGER *) override { return E_NOTIMPL; }
    STDMETHODIMP Commit(DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP Revert() override { return E_NOTIMPL; }
    STDMETHODIMP LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP Stat(STATSTG *, DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP Clone(IStream **) override { return E_NOTIMPL; }

private:
    FILE *_file;
};

class DOStatusCallback final : public Object<IDODownloadStatusCallback> {
public:
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

static HRESULT SetObject(IDODownload *download, DODownloadProperty property, IUnknown *object)
{
    // The variant borrows the object, so it is not cleared.
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    return download->SetProperty(property, &value);
}

static HRESULT Deliver(const WCHAR *uri, FILE *file)
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
    FileStream *stream = new FileStream(file);
    hr = SetText(download, DODownloadProperty_Uri, uri);
    if (SUCCEEDED(hr))
        hr = SetObject(download, DODownloadProperty_StreamInterface, stream);
    if (SUCCEEDED(hr))
        hr = SetText(download, DODownloadProperty_DisplayName, BGCOPY_TEXT("example: deliver"));
    if (SUCCEEDED(hr))
        hr = SetObject(download, DODownloadProperty_CallbackInterface, callback);
    if (SUCCEEDED(hr))
        hr = download->Start(nullptr);
    if (SUCCEEDED(hr))
        hr = callback->Wait();
    if (SUCCEEDED(hr))
        hr = download->Finalize();
    else
        download->Abort();
    stream->Release();
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
    FILE *file = fopen(argv[2], "wb");
    if (!file) {
        perror(argv[2]);
        return 1;
    }
    HRESULT hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr)) {
        WCHAR *uri = Wide(argv[1]);
        hr = Deliver(uri, file);
        free(uri);
        CoUninitialize();
    }
    if (fclose(file) != 0 && SUCCEEDED(hr))
        hr = E_FAIL;
    if (FAILED(hr))
        remove(argv[2]);
    printf("0x%08x\n", static_cast<unsigned>(hr));
    return FAILED(hr);
}

// Downloads into streams: in order, in the order of ranges, further ranges, refusals to be written to, and the methods from
// inside.

#include "stream.h"
#include "values.h"

namespace {

// STG_E_ACCESSDENIED: a code of the client's own.
const HRESULT DENIED = static_cast<HRESULT>(0x80030005);

class Callback : public IDODownloadStatusCallback {
public:
    const Sink *sink = nullptr;
    UINT64 wanted = 0;
    std::atomic<int> finished{0};
    std::atomic<LONG> references{1};

    STDMETHODIMP QueryInterface(REFIID riid, void **object) override
    {
        bool known = riid == __uuidof(IUnknown) || riid == __uuidof(IDODownloadStatusCallback);
        *object = known ? this : nullptr;
        if (known)
            AddRef();
        return known ? S_OK : E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return static_cast<ULONG>(++references); }
    STDMETHODIMP_(ULONG) Release() override { return static_cast<ULONG>(--references); }
    STDMETHODIMP OnStatusChange(IDODownload *, const DO_DOWNLOAD_STATUS *status) override
    {
        // Never more is told than was written, and the end only behind the last byte.
        CHECK(status->BytesTransferred <= sink->size);
        if (status->State == DODownloadState_Transferred) {
            CHECK(sink->size == wanted && status->BytesTransferred == wanted);
            finished++;
        }
        return S_OK;
    }
};

IDODownload *create(IDOManager *manager, const WCHAR *url, Sink *sink)
{
    IDODownload *download = nullptr;
    ANSWERS(manager->CreateDownload(&download), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_Uri, url), S_OK);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, sink), S_OK);
    return download;
}

void check_sinks(IDOManager *manager, const WCHAR *url)
{
    Sink sink, sequential;
    sequential.is_sequential = true;
    IDODownload *download = create(manager, url, &sink);
    ANSWERS(set_text(download, DODownloadProperty_LocalPath, BGCOPY_TEXT("/tmp/x")), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    VARIANT value;
    ANSWERS(download->GetProperty(DODownloadProperty_StreamInterface, &value), S_OK);
    CHECK(V_VT(&value) == VT_UNKNOWN && V_UNKNOWN(&value) == static_cast<ISequentialStream *>(&sink));
    ANSWERS(VariantClear(&value), S_OK);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, download), E_NOINTERFACE);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, &sequential), S_OK);
    CHECK(sink.references == 1);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, nullptr), S_OK);
    CHECK(sequential.references == 1);
    ANSWERS(get(download, DODownloadProperty_StreamInterface), E_NOT_SET);
    ANSWERS(download->Start(nullptr), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    ANSWERS(set_text(download, DODownloadProperty_LocalPath, BGCOPY_TEXT("/tmp/x")), S_OK);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, &sink), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    ANSWERS(download->Abort(), S_OK);
    download->Release();
}

void check_whole(IDOManager *manager, const WCHAR *url, const char *folder, UINT64 size)
{
    Sink sink;
    Callback callback;
    sink.is_sequential = true;
    callback.sink = &sink;
    callback.wanted = size;
    IDODownload *download = create(manager, url, &sink);
    ANSWERS(set_object(download, DODownloadProperty_CallbackInterface, &callback), S_OK);
    ANSWERS(download->Start(nullptr), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Transferred);
    CHECK(status.BytesTotal == size && status.BytesTransferred == size && sink.size == size);
    double end = seconds() + PATIENCE;
    while (callback.finished == 0) {
        CHECK(seconds() < end);
        nap();
    }
    ANSWERS(get(download, DODownloadProperty_LocalPath), E_NOT_SET);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, &sink), DO_E_INVALID_STATE);
    ANSWERS(download->Start(nullptr), S_OK);
    ANSWERS(download->Finalize(), S_OK);
    until_state(download, DODownloadState_Finalized);
    sink.until_released();
    download->Release();
    sink.keep(folder, "streamed");
}

void check_ranges(IDOManager *manager, const WCHAR *url, const char *folder)
{
    Sink sink;
    Ranges<2> parts = { 2, { { 200, 1000 }, { 0, 100 } } };
    Ranges<1> more = { 1, { { 5000, 50 } } };
    IDODownload *download = create(manager, url, &sink);
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    ANSWERS(download->Start(parts.info()), S_OK);
    CHECK(sink.size == 1100);
    ANSWERS(download->Start(more.info()), S_OK);
    DO_DOWNLOAD_STATUS status;
    ANSWERS(download->GetStatus(&status), S_OK);
    CHECK(status.State == DODownloadState_Transferred && status.BytesTotal == 50 && status.BytesTransferred == 50);
    CHECK(sink.size == 1150);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();
    sink.keep(folder, "ranges");
}

// "Short or failed Write is fatal with that code", and "a resume continues after the last accepted byte".
void check_refusal(IDOManager *manager, const WCHAR *url, const char *folder, UINT64 size)
{
    Sink sink;
    sink.at = 100000;
    sink.then = [] { return DENIED; };
    IDODownload *download = create(manager, url, &sink);
    ANSWERS(download->Start(nullptr), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == DENIED && status.ExtendedError == S_OK);
    CHECK(status.BytesTransferred == sink.size && sink.size < size);
    ANSWERS(download->Finalize(), DO_E_INVALID_STATE);
    ANSWERS(download->Pause(), S_OK);
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    sink.at = 200000;
    ANSWERS(download->Start(nullptr), DENIED);
    ANSWERS(download->Start(nullptr), S_OK);
    until_state(download, DODownloadState_Transferred);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();
    sink.keep(folder, "refused");

    Sink less;
    less.takes_less = true;
    download = create(manager, url, &less);
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    ANSWERS(download->Start(nullptr), 0x80030070);
    ANSWERS(download->Abort(), S_OK);
    until_state(download, DODownloadState_Aborted);
    less.until_released();
    download->Release();
}

// A stream may pause or end its own download: then it is not written to any more.
void check_from_inside(IDOManager *manager, const WCHAR *url, const char *folder, UINT64 size)
{
    Sink sink;
    IDODownload *download = create(manager, url, &sink);
    sink.at = 50000;
    sink.then = [&] { return download->Pause(); };
    ANSWERS(download->Start(nullptr), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == S_OK && status.ExtendedError == S_OK);
    while (sink.inside > 0)
        nap();
    size_t paused = sink.size;
    CHECK(paused < size);
    ANSWERS(download->Start(nullptr), S_OK);
    until_state(download, DODownloadState_Transferred);
    CHECK(sink.size == size && paused < size);
    ANSWERS(download->Abort(), S_OK);
    sink.until_released();
    download->Release();
    sink.keep(folder, "paused");

    Sink aborted;
    download = create(manager, url, &aborted);
    aborted.at = 50000;
    aborted.then = [&] { return download->Abort(); };
    ANSWERS(download->Start(nullptr), S_OK);
    until_state(download, DODownloadState_Aborted);
    aborted.until_released();
    CHECK(aborted.size < size);
    download->Release();
}

}

int main(int argc, char **argv)
{
    return with_manager(argc, 3, [argv](IDOManager *manager) {
        const WCHAR *url = wide(argv[1]);
        UINT64 size = strtoull(argv[3], nullptr, 10);
        check_sinks(manager, url);
        check_whole(manager, url, argv[2], size);
        check_ranges(manager, url, argv[2]);
        check_refusal(manager, url, argv[2], size);
        check_from_inside(manager, url, argv[2], size);
        IEnumUnknown *list = nullptr;
        ANSWERS(manager->EnumDownloads(nullptr, &list), DO_E_NO_DOWNLOADS);
    });
}

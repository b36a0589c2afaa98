// A stream whose service goes away in the middle and comes back: it gets every byte once, in order.

#include "stream.h"
#include "values.h"

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    UINT64 size = strtoull(argv[3], nullptr, 10);
    ANSWERS(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    IDOManager *manager = nullptr;
    IDODownload *download = nullptr;
    Sink sink;
    ANSWERS(CoCreateInstance(__uuidof(DeliveryOptimization), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)), S_OK);
    ANSWERS(manager->CreateDownload(&download), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_Uri, wide(argv[1])), S_OK);
    ANSWERS(set_object(download, DODownloadProperty_StreamInterface, &sink), S_OK);
    ANSWERS(download->Start(nullptr), S_OK);
    double end = seconds() + PATIENCE;
    while (sink.size == 0) {
        CHECK(seconds() < end);
        nap();
    }
    until_state(download, DODownloadState_Transferring);
    FILE *step = fopen(argv[4], "w");
    CHECK(step && fclose(step) == 0);
    while (sink.size < size) {
        CHECK(seconds() < end);
        nap();
    }
    until_state(download, DODownloadState_Transferred);
    ANSWERS(download->Finalize(), S_OK);
    sink.until_released();
    sink.keep(argv[2], "restarted");
    download->Release();
    manager->Release();
    CoUninitialize();
    puts("done");
    return 0;
}

// A stream whose service goes away in the middle and comes back: it gets every byte once, in order.

#include "stream.h"
#include "values.h"

int main(int argc, char **argv)
{
    return with_manager(argc, 4, [argv](IDOManager *manager) {
        UINT64 size = strtoull(argv[3], nullptr, 10);
        IDODownload *download = nullptr;
        Sink sink;
        ANSWERS(manager->CreateDownload(&download), S_OK);
        ANSWERS(set_text(download, DODownloadProperty_Uri, wide(argv[1])), S_OK);
        ANSWERS(set_object(download, DODownloadProperty_StreamInterface, &sink), S_OK);
        ANSWERS(download->Start(nullptr), S_OK);
        UNTIL(sink.size > 0);
        until_state(download, DODownloadState_Transferring);
        FILE *step = fopen(argv[4], "w");
        CHECK(step && fclose(step) == 0);
        UNTIL(sink.size >= size);
        until_state(download, DODownloadState_Transferred);
        ANSWERS(download->Finalize(), S_OK);
        sink.until_released();
        sink.keep(argv[2], "restarted");
        download->Release();
    });
}

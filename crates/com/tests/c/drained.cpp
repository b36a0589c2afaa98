// Complete waits for a stream of the job, and the service is killed meanwhile: it is told so, and the next one keeps the file.

#include <unistd.h>

#include "stream.h"
#include "values.h"

static void touch(const char *path)
{
    FILE *file = fopen(path, "w");
    CHECK(file && fclose(file) == 0);
}

int main(int argc, char **argv)
{
    return with_manager(argc, 5, [argv](IDOManager *downloads) {
        const WCHAR *url = wide(argv[1]);
        const char *said = argv[3], *heard = argv[4], *wanted = argv[5];
        IBackgroundCopyManager *manager = nullptr;
        IBackgroundCopyJob *job = nullptr;
        IDeliveryOptimizationJob2 *adds = nullptr;
        IDeliveryOptimizationFile *file = nullptr;
        IDeliveryOptimizationFile2 *properties = nullptr;
        GUID id;
        ANSWERS(downloads->QueryInterface(IID_PPV_ARGS(&manager)), S_OK);
        ANSWERS(manager->CreateJob(BGCOPY_TEXT("drained"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
        ANSWERS(job->QueryInterface(IID_PPV_ARGS(&adds)), S_OK);
        ANSWERS(adds->AddFile(BGCOPY_TEXT("content"), url, 0, nullptr, IID_PPV_ARGS(&file)), S_OK);
        ANSWERS(file->QueryInterface(IID_PPV_ARGS(&properties)), S_OK);
        Sink sink;
        sink.at = 0;
        sink.then = [wanted] {
            UNTIL(access(wanted, F_OK) == 0);
            return S_OK;
        };
        ANSWERS(set_object(properties, DOFilePropertyId_DownloadSinkInterface, &sink), S_OK);
        ANSWERS(job->Resume(), S_OK);
        UNTIL(state_of(job) == BG_JOB_STATE_TRANSFERRED);
        touch(said);
        ANSWERS(job->Complete(), DO_E_NO_SERVICE);
        touch(heard);
        double end = seconds() + PATIENCE;
        while (job->Complete() == static_cast<HRESULT>(DO_E_NO_SERVICE)) {
            CHECK(seconds() < end);
            nap();
        }
        CHECK(state_of(job) == BG_JOB_STATE_ACKNOWLEDGED);
        sink.until_released();
        sink.keep(argv[2], "drained");
        properties->Release();
        file->Release();
        adds->Release();
        job->Release();
        manager->Release();
    });
}

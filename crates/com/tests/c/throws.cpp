// A callback that throws. No exception may leave an object of COM, and there is nobody in the library to catch one: the
// program ends like with any exception that nobody catches, and the job is told to the next that asks.

#include "check.h"

namespace {

class Callback : public IBackgroundCopyCallback {
public:
    STDMETHODIMP QueryInterface(REFIID riid, void **object) override
    {
        bool known = riid == __uuidof(IUnknown) || riid == __uuidof(IBackgroundCopyCallback);
        *object = known ? this : nullptr;
        return known ? S_OK : E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return 2; }
    STDMETHODIMP_(ULONG) Release() override { return 1; }
    STDMETHODIMP JobTransferred(IBackgroundCopyJob *) override { throw 7; }
    STDMETHODIMP JobError(IBackgroundCopyJob *, IBackgroundCopyError *) override { return S_OK; }
    STDMETHODIMP JobModification(IBackgroundCopyJob *, DWORD) override { return S_OK; }
};

Callback callback;

}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    ANSWERS(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = nullptr;
    IBackgroundCopyJob *job = nullptr;
    GUID id;
    ANSWERS(CoCreateInstance(__uuidof(BackgroundCopyManager), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)), S_OK);
    ANSWERS(manager->CreateJob(BGCOPY_TEXT("thrown"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(job->AddFile(wide(argv[1]), wide(argv[2])), S_OK);
    ANSWERS(job->SetNotifyInterface(&callback), S_OK);
    ANSWERS(job->Resume(), S_OK);
    UNTIL(false);
    return 0;
}

// Notifications as a C++ program takes them: an object of its own, __uuidof, and calls from inside the call.

#include <atomic>

#include "check.h"

namespace {

class Callback : public IBackgroundCopyCallback2 {
public:
    std::atomic<int> transferred{0}, error{0}, modified{0}, files{0}, released{0};
    // How often JobError fails before it succeeds (spec 6.9, #14).
    int failures = 0;
    bool completes = false;

    STDMETHODIMP QueryInterface(REFIID riid, void **object) override
    {
        if (riid == __uuidof(IUnknown) || riid == __uuidof(IBackgroundCopyCallback)
            || riid == __uuidof(IBackgroundCopyCallback2)) {
            *object = static_cast<IBackgroundCopyCallback2 *>(this);
            AddRef();
            return S_OK;
        }
        *object = nullptr;
        return E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return static_cast<ULONG>(InterlockedIncrement(&references)); }
    STDMETHODIMP_(ULONG) Release() override
    {
        LONG left = InterlockedDecrement(&references);
        if (left == 1)
            released++;
        return static_cast<ULONG>(left);
    }
    STDMETHODIMP JobTransferred(IBackgroundCopyJob *job) override
    {
        CHECK(job);
        if (completes)
            ANSWERS(job->Complete(), S_OK);
        transferred++;
        return S_OK;
    }
    STDMETHODIMP JobError(IBackgroundCopyJob *job, IBackgroundCopyError *why) override
    {
        BG_ERROR_CONTEXT context;
        HRESULT code;
        BG_JOB_STATE state;
        ANSWERS(job->GetState(&state), S_OK);
        CHECK(state == BG_JOB_STATE_ERROR);
        ANSWERS(why->GetError(&context, &code), S_OK);
        CHECK(context == BG_ERROR_CONTEXT_REMOTE_FILE && code == static_cast<HRESULT>(0x80190194));
        return ++error > failures ? S_OK : E_FAIL;
    }
    STDMETHODIMP JobModification(IBackgroundCopyJob *job, DWORD) override
    {
        BG_JOB_STATE state;
        ANSWERS(job->GetState(&state), S_OK);
        modified++;
        return S_OK;
    }
    STDMETHODIMP FileTransferred(IBackgroundCopyJob *, IBackgroundCopyFile *file) override
    {
        LPWSTR name = nullptr;
        ANSWERS(file->GetLocalName(&name), S_OK);
        CHECK(name);
        CoTaskMemFree(name);
        CHECK(transferred == 0);
        files++;
        return S_OK;
    }

    // The reference of the test itself: the object lives as long as the program.
    LONG references = 1;
};

IBackgroundCopyJob *start(IBackgroundCopyManager *manager, const char *url, const WCHAR *local, ULONG flags, Callback *callback)
{
    GUID id;
    IBackgroundCopyJob *job = nullptr;
    ANSWERS(manager->CreateJob(BGCOPY_TEXT("called back"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(job->AddFile(wide(url), local), S_OK);
    ANSWERS(job->SetNotifyFlags(flags), S_OK);
    if (callback)
        ANSWERS(job->SetNotifyInterface(callback), S_OK);
    ANSWERS(job->Resume(), S_OK);
    return job;
}

// Every kind of notification, Complete inside the call, and the object let go of when the job ended.
void told_and_completed(IBackgroundCopyManager *manager, const char *url, const WCHAR *local)
{
    Callback callback;
    callback.completes = true;
    IBackgroundCopyJob *job = start(manager, url, local,
                                    BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION
                                        | BG_NOTIFY_FILE_TRANSFERRED, &callback);
    UNTIL(callback.transferred == 1);
    CHECK(callback.files == 1 && callback.error == 0);
    CHECK(state_of(job) == BG_JOB_STATE_ACKNOWLEDGED);
    job->Release();
    UNTIL(callback.references == 1);
}

// "JobError returns E_FAIL twice, then S_OK: three calls", to an object that was registered after the failure.
void told_late_and_again(IBackgroundCopyManager *manager, const char *missing, const WCHAR *local)
{
    Callback callback;
    callback.failures = 2;
    IBackgroundCopyJob *job = start(manager, missing, local, BG_NOTIFY_JOB_ERROR, nullptr);
    UNTIL(state_of(job) == BG_JOB_STATE_ERROR);
    ANSWERS(job->SetNotifyInterface(&callback), S_OK);
    IUnknown *there = nullptr;
    ANSWERS(job->GetNotifyInterface(&there), S_OK);
    CHECK(there == &callback);
    there->Release();
    UNTIL(callback.error == 3);
    ANSWERS(job->SetNotifyInterface(nullptr), S_OK);
    ANSWERS(job->GetNotifyInterface(&there), S_OK);
    CHECK(there == nullptr);
    UNTIL(callback.references == 1);
    ANSWERS(job->Cancel(), S_OK);
    job->Release();
}

// What came before the object was registered is told to it, files before the job, and to the next object again.
void told_of_files_late(IBackgroundCopyManager *manager, const char *url, const WCHAR *one, const WCHAR *other)
{
    Callback late, later;
    IBackgroundCopyJob *job = start(manager, url, one, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_TRANSFERRED, nullptr);
    ANSWERS(job->AddFile(wide(url), other), S_OK);
    ANSWERS(job->Resume(), S_OK);
    UNTIL(state_of(job) == BG_JOB_STATE_TRANSFERRED);
    ANSWERS(job->SetNotifyInterface(&late), S_OK);
    UNTIL(late.transferred == 1);
    CHECK(late.files == 2);
    // "Setting a new pointer delivers again" (spec 8.2): who acted on it may have died of it.
    ANSWERS(job->SetNotifyInterface(&later), S_OK);
    UNTIL(later.transferred == 1);
    CHECK(later.files == 2 && late.files == 2 && late.transferred == 1);
    ANSWERS(job->Cancel(), S_OK);
    job->Release();
    UNTIL(late.references == 1 && later.references == 1);
}

// A job that ends as soon as somebody wants to be told of it lets go of the object, too.
void let_go_of_at_once(IBackgroundCopyManager *manager)
{
    Callback callbacks[100];
    for (Callback &callback : callbacks) {
        GUID id;
        IBackgroundCopyJob *job = nullptr;
        IUnknown *there = nullptr;
        ANSWERS(manager->CreateJob(BGCOPY_TEXT("soon over"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
        ANSWERS(job->SetNotifyInterface(&callback), S_OK);
        ANSWERS(job->Cancel(), S_OK);
        ANSWERS(job->GetNotifyInterface(&there), S_OK);
        CHECK(there == nullptr);
        job->Release();
    }
    for (Callback &callback : callbacks)
        UNTIL(callback.references == 1);
}

// The last one that is registered is told, and nobody while notifications are off.
void told_only_who_listens(IBackgroundCopyManager *manager, const char *url, const WCHAR *local, const WCHAR *silently)
{
    Callback first, second, off;
    IBackgroundCopyJob *silent = start(manager, url, silently, BG_NOTIFY_JOB_TRANSFERRED
                                       | BG_NOTIFY_DISABLE, &off);
    IBackgroundCopyJob *job = start(manager, url, local, BG_NOTIFY_JOB_TRANSFERRED, nullptr);
    ANSWERS(job->SetNotifyInterface(&first), S_OK);
    ANSWERS(job->SetNotifyInterface(&second), S_OK);
    UNTIL(second.transferred == 1);
    UNTIL(state_of(silent) == BG_JOB_STATE_TRANSFERRED);
    CHECK(first.references == 1 || first.transferred <= 1);
    CHECK(off.transferred == 0);
    ANSWERS(silent->Cancel(), S_OK);
    ANSWERS(job->Cancel(), S_OK);
    silent->Release();
    job->Release();
    UNTIL(first.references == 1 && second.references == 1 && off.references == 1);
}

}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    ANSWERS(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = nullptr;
    ANSWERS(CoCreateInstance(__uuidof(BackgroundCopyManager), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)), S_OK);
    told_and_completed(manager, argv[1], joined(argv[3], "/told"));
    told_late_and_again(manager, argv[2], joined(argv[3], "/late"));
    let_go_of_at_once(manager);
    told_only_who_listens(manager, argv[1], joined(argv[3], "/listens"), joined(argv[3], "/silent"));
    told_of_files_late(manager, argv[1], joined(argv[3], "/first"), joined(argv[3], "/second"));
    manager->Release();
    CoUninitialize();
    puts("done");
    return 0;
}

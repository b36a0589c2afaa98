// Ranges on demand: a job that fetches nothing but what its client asks for (spec 4.1 property 10, 7.9
// IBackgroundCopyFile6), and is told what came (spec 8.3 FileRangesTransferred).

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "check.h"

namespace {

class Callback : public IBackgroundCopyCallback3 {
public:
    std::atomic<int> transferred{0};
    LONG references = 1;

    // Whether the ranges that were told are these, in whatever parts.
    bool heard(const std::vector<BG_FILE_RANGE> &wanted)
    {
        std::lock_guard<std::mutex> lock(mutex);
        UINT64 sum = 0, inside = 0;
        for (const BG_FILE_RANGE &range : wanted)
            sum += range.Length;
        for (const BG_FILE_RANGE &part : told)
            for (const BG_FILE_RANGE &range : wanted)
                if (part.InitialOffset >= range.InitialOffset
                    && part.InitialOffset + part.Length <= range.InitialOffset + range.Length)
                    inside += part.Length;
        return sum == inside && bytes == sum;
    }

    STDMETHODIMP QueryInterface(REFIID riid, void **object) override
    {
        bool known = riid == __uuidof(IUnknown) || riid == __uuidof(IBackgroundCopyCallback)
            || riid == __uuidof(IBackgroundCopyCallback2) || riid == __uuidof(IBackgroundCopyCallback3);
        *object = known ? this : nullptr;
        if (known)
            AddRef();
        return known ? S_OK : E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return static_cast<ULONG>(InterlockedIncrement(&references)); }
    STDMETHODIMP_(ULONG) Release() override { return static_cast<ULONG>(InterlockedDecrement(&references)); }
    STDMETHODIMP JobTransferred(IBackgroundCopyJob *) override { return transferred++, S_OK; }
    STDMETHODIMP JobError(IBackgroundCopyJob *, IBackgroundCopyError *) override { return S_OK; }
    STDMETHODIMP JobModification(IBackgroundCopyJob *, DWORD) override { return S_OK; }
    STDMETHODIMP FileTransferred(IBackgroundCopyJob *, IBackgroundCopyFile *) override { return S_OK; }
    STDMETHODIMP FileRangesTransferred(IBackgroundCopyJob *job, IBackgroundCopyFile *file, DWORD count,
                                       const BG_FILE_RANGE ranges[]) override
    {
        CHECK(job && file && count > 0 && ranges);
        std::lock_guard<std::mutex> lock(mutex);
        for (DWORD i = 0; i < count; i++) {
            told.push_back(ranges[i]);
            bytes += ranges[i].Length;
        }
        return S_OK;
    }

private:
    std::mutex mutex;
    std::vector<BG_FILE_RANGE> told;
    UINT64 bytes = 0;
};

void set_flag(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id)
{
    BITS_JOB_PROPERTY_VALUE value;
    value.Enable = TRUE;
    ANSWERS(job->SetProperty(id, value), S_OK);
}

IBackgroundCopyFile6 *only_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = nullptr;
    IBackgroundCopyFile *file = nullptr;
    IBackgroundCopyFile6 *all = nullptr;
    ANSWERS(job->EnumFiles(&files), S_OK);
    ANSWERS(files->Next(1, &file, nullptr), S_OK);
    ANSWERS(file->QueryInterface(IID_PPV_ARGS(&all)), S_OK);
    file->Release();
    files->Release();
    return all;
}

// What is filled are these ranges, and there the temporary file has the bytes of the original.
void check_filled(IBackgroundCopyFile6 *file, const char *original, const std::vector<BG_FILE_RANGE> &wanted)
{
    DWORD count = 77;
    BG_FILE_RANGE *filled = nullptr;
    ANSWERS(file->GetFilledFileRanges(&count, &filled), S_OK);
    CHECK(count == wanted.size());
    LPWSTR name = nullptr;
    ANSWERS(file->GetTemporaryName(&name), S_OK);
    std::string path;
    for (const WCHAR *unit = name; *unit; unit++)
        path.push_back(static_cast<char>(*unit));
    CoTaskMemFree(name);
    FILE *here = fopen(path.c_str(), "rb"), *there = fopen(original, "rb");
    CHECK(here && there);
    for (DWORD i = 0; i < count; i++) {
        CHECK(filled[i].InitialOffset == wanted[i].InitialOffset && filled[i].Length == wanted[i].Length);
        std::vector<char> ours(filled[i].Length), theirs(filled[i].Length);
        CHECK(fseek(here, static_cast<long>(filled[i].InitialOffset), SEEK_SET) == 0);
        CHECK(fseek(there, static_cast<long>(filled[i].InitialOffset), SEEK_SET) == 0);
        CHECK(fread(ours.data(), 1, ours.size(), here) == ours.size());
        CHECK(fread(theirs.data(), 1, theirs.size(), there) == theirs.size());
        CHECK(ours == theirs);
    }
    fclose(here);
    fclose(there);
    CoTaskMemFree(filled);
}

IBackgroundCopyJob *created(IBackgroundCopyManager *manager, const char *url, const WCHAR *local, BITS_JOB_PROPERTY_ID mode)
{
    GUID id;
    IBackgroundCopyJob *job = nullptr;
    IBackgroundCopyJob5 *properties = nullptr;
    ANSWERS(manager->CreateJob(BGCOPY_TEXT("on demand"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ANSWERS(job->QueryInterface(IID_PPV_ARGS(&properties)), S_OK);
    set_flag(properties, mode);
    BITS_JOB_PROPERTY_VALUE value;
    value.Dword = 10;
    ANSWERS(properties->SetProperty(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, value), S_OK);
    value.Dword = 0;
    ANSWERS(properties->GetProperty(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, &value), S_OK);
    CHECK(value.Dword == 10);
    ANSWERS(properties->GetProperty(mode, &value), S_OK);
    CHECK(value.Enable);
    properties->Release();
    ANSWERS(job->AddFile(wide(url), local), S_OK);
    return job;
}

void fetched_in_parts(IBackgroundCopyManager *manager, const char *url, const WCHAR *local, const char *original, UINT64 size)
{
    Callback callback;
    IBackgroundCopyJob *job = created(manager, url, local, BITS_JOB_PROPERTY_ON_DEMAND_MODE);
    ANSWERS(job->SetNotifyFlags(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED), S_OK);
    ANSWERS(job->SetNotifyInterface(static_cast<IBackgroundCopyCallback3 *>(&callback)), S_OK);
    IBackgroundCopyFile6 *file = only_file(job);
    DWORD count = 7;
    BG_FILE_RANGE *none = reinterpret_cast<BG_FILE_RANGE *>(&none);
    ANSWERS(file->GetFilledFileRanges(&count, &none), S_OK);
    CHECK(count == 0 && none == nullptr);
    ANSWERS(file->RequestFileRanges(0, nullptr), E_INVALIDARG);
    BG_FILE_RANGE empty = { 5, 0 };
    ANSWERS(file->RequestFileRanges(1, &empty), BG_E_INVALID_RANGE);

    // They overlap; what they have in common comes once.
    BG_FILE_RANGE ranges[] = { { 1000, 500 }, { 1400, 600 }, { 2000000, 100 } };
    ANSWERS(file->RequestFileRanges(ARRAYSIZE(ranges), ranges), S_OK);
    ANSWERS(file->UpdateDownloadPosition(1500000), S_OK);
    ANSWERS(job->Resume(), S_OK);
    UNTIL(state_of(job) == BG_JOB_STATE_SUSPENDED);
    std::vector<BG_FILE_RANGE> wanted = { { 1000, 1000 }, { 2000000, 100 } };
    check_filled(file, original, wanted);
    UNTIL(callback.heard(wanted));
    BG_FILE_PROGRESS progress;
    ANSWERS(file->GetProgress(&progress), S_OK);
    CHECK(progress.BytesTotal == size && progress.BytesTransferred == 1100 && !progress.Completed);

    // The size is known by now.
    BG_FILE_RANGE outside = { size - 5, 6 };
    ANSWERS(file->RequestFileRanges(1, &outside), BG_E_INVALID_RANGE);
    CHECK(callback.transferred == 0);
    BG_FILE_RANGE all = { 0, BG_LENGTH_TO_EOF };
    ANSWERS(file->RequestFileRanges(1, &all), S_OK);
    ANSWERS(job->Resume(), S_OK);
    UNTIL(callback.transferred == 1);
    check_filled(file, original, { { 0, size } });
    UNTIL(callback.heard({ { 0, size } }));
    ANSWERS(job->Complete(), S_OK);
    ANSWERS(file->UpdateDownloadPosition(0), BG_E_INVALID_STATE);
    file->Release();
    job->Release();
    UNTIL(callback.references == 1);
}

// "The job must not be DYNAMIC".
void refused_in_one_piece(IBackgroundCopyManager *manager, const char *url, const WCHAR *local)
{
    IBackgroundCopyJob *job = created(manager, url, local, BITS_JOB_PROPERTY_DYNAMIC_CONTENT);
    IBackgroundCopyFile6 *file = only_file(job);
    BG_FILE_RANGE range = { 0, 5 }, *filled = nullptr;
    DWORD count = 7;
    ANSWERS(file->RequestFileRanges(1, &range), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
    ANSWERS(file->UpdateDownloadPosition(5), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
    ANSWERS(file->GetFilledFileRanges(&count, &filled), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
    CHECK(count == 0 && filled == nullptr);
    ANSWERS(job->Cancel(), S_OK);
    file->Release();
    job->Release();
}

// "The server requirements for range support must all be met."
void refused_by_the_server(IBackgroundCopyManager *manager, const char *url, const WCHAR *local)
{
    IBackgroundCopyJob *job = created(manager, url, local, BITS_JOB_PROPERTY_ON_DEMAND_MODE);
    IBackgroundCopyFile6 *file = only_file(job);
    BG_FILE_RANGE range = { 2500000, 5 };
    ANSWERS(file->RequestFileRanges(1, &range), S_OK);
    ANSWERS(job->Resume(), S_OK);
    UNTIL(state_of(job) == BG_JOB_STATE_ERROR);
    IBackgroundCopyError *error = nullptr;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    ANSWERS(job->GetError(&error), S_OK);
    ANSWERS(error->GetError(&context, &code), S_OK);
    CHECK(context == BG_ERROR_CONTEXT_REMOTE_FILE && code == static_cast<HRESULT>(BG_E_INSUFFICIENT_RANGE_SUPPORT));
    error->Release();
    ANSWERS(job->Cancel(), S_OK);
    file->Release();
    job->Release();
}

}

int main(int argc, char **argv)
{
    CHECK(argc == 6);
    UINT64 size = strtoull(argv[5], nullptr, 10);
    ANSWERS(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    IBackgroundCopyManager *manager = nullptr;
    ANSWERS(CoCreateInstance(__uuidof(BackgroundCopyManager), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)), S_OK);
    fetched_in_parts(manager, argv[1], joined(argv[3], "/demanded"), argv[4], size);
    refused_in_one_piece(manager, argv[1], joined(argv[3], "/dynamic"));
    refused_by_the_server(manager, argv[2], joined(argv[3], "/whole"));
    manager->Release();
    CoUninitialize();
    puts("done");
    return 0;
}

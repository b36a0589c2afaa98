// Files of jobs whose sink follows later: a path or a stream, what they are checked against, and the codes of what cannot be.

#include <initializer_list>

#include "stream.h"
#include "values.h"

namespace {

const HRESULT DENIED = static_cast<HRESULT>(0x80030005);

// A job with one file that has no place yet.
struct Later {
    IBackgroundCopyJob *job = nullptr;
    IDeliveryOptimizationFile2 *file = nullptr;

    Later(IBackgroundCopyManager *manager, const WCHAR *url)
    {
        GUID id;
        ANSWERS(manager->CreateJob(BGCOPY_TEXT("later"), BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
        file = add(url);
    }
    ~Later()
    {
        CHECK(file->Release() == 0 && job->Release() == 0);
    }
    IDeliveryOptimizationFile2 *add(const WCHAR *url)
    {
        IDeliveryOptimizationJob2 *adds = nullptr;
        IDeliveryOptimizationFile *added = nullptr;
        IDeliveryOptimizationFile2 *properties = nullptr;
        ANSWERS(job->QueryInterface(IID_PPV_ARGS(&adds)), S_OK);
        ANSWERS(adds->AddFile(BGCOPY_TEXT("content"), url, 0, nullptr, IID_PPV_ARGS(&added)), S_OK);
        ANSWERS(added->QueryInterface(IID_PPV_ARGS(&properties)), S_OK);
        added->Release();
        adds->Release();
        return properties;
    }
    // The code that the job failed with.
    HRESULT failed()
    {
        UNTIL(state_of(job) == BG_JOB_STATE_ERROR);
        IBackgroundCopyError *error = nullptr;
        BG_ERROR_CONTEXT context;
        HRESULT code = S_OK;
        ANSWERS(job->GetError(&error), S_OK);
        ANSWERS(error->GetError(&context, &code), S_OK);
        error->Release();
        return code;
    }
    bool is_named(const WCHAR *wanted)
    {
        IBackgroundCopyFile *named = nullptr;
        WCHAR *name = nullptr;
        ANSWERS(file->QueryInterface(IID_PPV_ARGS(&named)), S_OK);
        ANSWERS(named->GetLocalName(&name), S_OK);
        named->Release();
        return gives(name, wanted);
    }
};

const DOFilePropertyId ALL[] = { DOFilePropertyId_DecryptionInfo, DOFilePropertyId_IntegrityCheckInfo,
                                 DOFilePropertyId_IntegrityCheckMandatory, DOFilePropertyId_DownloadSinkInterface,
                                 DOFilePropertyId_DownloadSinkFilePath, DOFilePropertyId_TotalSizeBytes };

HRESULT set_size(IDeliveryOptimizationFile2 *file, ULONGLONG size)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UI8;
    V_UI8(&value) = size;
    return file->SetProperty(DOFilePropertyId_TotalSizeBytes, &value);
}

// Each property of its own type, as it can be set before the job runs, answered with this code.
void check_all(IDeliveryOptimizationFile2 *file, IUnknown *stream, const WCHAR *path, const WCHAR *info, HRESULT code)
{
    ANSWERS(set_text(file, DOFilePropertyId_IntegrityCheckInfo, info), code);
    ANSWERS(set_bool(file, DOFilePropertyId_IntegrityCheckMandatory, true), code);
    ANSWERS(set_text(file, DOFilePropertyId_DownloadSinkFilePath, path), code);
    ANSWERS(set_size(file, 7), code);
    ANSWERS(set_text(file, DOFilePropertyId_DecryptionInfo, BGCOPY_TEXT("{}")), FAILED(code) ? code : E_NOTIMPL);
    ANSWERS(set_object(file, DOFilePropertyId_DownloadSinkInterface, stream),
            FAILED(code) ? code : DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
}

void check_adding(IBackgroundCopyManager *manager, const WCHAR *url)
{
    Later later(manager, url);
    IDeliveryOptimizationJob2 *adds = nullptr;
    void *object = &later;
    const IID file = __uuidof(IDeliveryOptimizationFile);
    BG_FILE_RANGE range = { 5, 0 };
    ANSWERS(later.job->QueryInterface(IID_PPV_ARGS(&adds)), S_OK);
    ANSWERS(adds->AddFile(BGCOPY_TEXT("a"), nullptr, 0, nullptr, file, &object), DO_E_DOWNLOAD_NO_URI);
    CHECK(object == nullptr);
    ANSWERS(adds->AddFile(nullptr, url, 0, nullptr, file, &object), E_INVALIDARG);
    ANSWERS(adds->AddFile(BGCOPY_TEXT(""), url, 0, nullptr, file, &object), E_INVALIDARG);
    ANSWERS(adds->AddFile(BGCOPY_TEXT("a"), BGCOPY_TEXT("no url"), 0, nullptr, file, &object), E_INVALIDARG);
    ANSWERS(adds->AddFile(BGCOPY_TEXT("a"), url, 1, nullptr, file, &object), E_INVALIDARG);
    ANSWERS(adds->AddFile(BGCOPY_TEXT("a"), url, 1, &range, file, &object), DO_E_INVALID_RANGE);
    ANSWERS(adds->AddFile(BGCOPY_TEXT("a"), url, 0, nullptr, file, nullptr), E_INVALIDARG);
    object = &later;
    ANSWERS(adds->AddFile(BGCOPY_TEXT("a"), url, 0, nullptr, __uuidof(IBackgroundCopyFile), &object), E_NOINTERFACE);
    CHECK(object == nullptr);
    adds->Release();
    BG_JOB_PROGRESS progress;
    ANSWERS(later.job->GetProgress(&progress), S_OK);
    CHECK(progress.FilesTotal == 1);
    ANSWERS(later.job->Resume(), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    CHECK(state_of(later.job) == BG_JOB_STATE_SUSPENDED && later.is_named(BGCOPY_TEXT("")));
    ANSWERS(later.job->Cancel(), S_OK);
}

// What cannot be said is told with the first code that applies; what was never said is not made up.
void check_values(IBackgroundCopyManager *manager, const WCHAR *url, const WCHAR *path)
{
    Later later(manager, url);
    IDeliveryOptimizationFile2 *file = later.file;
    VARIANT value;
    VariantInit(&value);
    const DOFilePropertyId unknown = static_cast<DOFilePropertyId>(7);
    ANSWERS(get(file, unknown), DO_E_UNKNOWN_PROPERTY_ID);
    ANSWERS(file->SetProperty(unknown, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ANSWERS(file->GetProperty(DOFilePropertyId_TotalSizeBytes, nullptr), E_INVALIDARG);
    for (DOFilePropertyId id : { DOFilePropertyId_DecryptionInfo, DOFilePropertyId_IntegrityCheckInfo })
        ANSWERS(get(file, id), DO_E_WRITE_ONLY_PROPERTY);
    for (DOFilePropertyId id : { DOFilePropertyId_DownloadSinkInterface, DOFilePropertyId_DownloadSinkFilePath,
                                 DOFilePropertyId_TotalSizeBytes })
        ANSWERS(get(file, id), E_NOT_SET);
    ANSWERS(get(file, DOFilePropertyId_DownloadSinkMemoryStream), DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED);
    ANSWERS(file->SetProperty(DOFilePropertyId_DownloadSinkMemoryStream, &value),
            DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED);
    ANSWERS(file->GetProperty(DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK);
    CHECK(V_VT(&value) == VT_BOOL && V_BOOL(&value) == VARIANT_FALSE);
    for (DOFilePropertyId id : ALL) {
        ANSWERS(file->SetProperty(id, nullptr), E_INVALIDARG);
        // Every other type, also the one that differs from its own by a flag.
        VARIANT right;
        VariantInit(&right);
        V_VT(&right) = id == DOFilePropertyId_IntegrityCheckMandatory ? VT_BOOL
            : id == DOFilePropertyId_DownloadSinkInterface            ? VT_UNKNOWN
            : id == DOFilePropertyId_TotalSizeBytes                   ? VT_UI8
                                                                      : VT_BSTR;
        for (unsigned vt = 0; vt < 0x48; vt++) {
            for (unsigned flag : { 0u, 0x2000u, 0x4000u }) {
                VariantInit(&value);
                V_VT(&value) = static_cast<VARTYPE>(vt | flag);
                if (V_VT(&value) != V_VT(&right))
                    ANSWERS(file->SetProperty(id, &value), DISP_E_TYPEMISMATCH);
            }
        }
    }
    for (const WCHAR *info : { BGCOPY_TEXT(""), BGCOPY_TEXT("no json"), BGCOPY_TEXT("[]"), BGCOPY_TEXT("{}") })
        ANSWERS(set_text(file, DOFilePropertyId_IntegrityCheckInfo, info), E_INVALIDARG);
    ANSWERS(set_text(file, DOFilePropertyId_DecryptionInfo, BGCOPY_TEXT("no json")), E_INVALIDARG);
    ANSWERS(set_text(file, DOFilePropertyId_DecryptionInfo, BGCOPY_TEXT("{\"KeyData\":\"\"}")), E_NOTIMPL);
    for (const WCHAR *bad : { BGCOPY_TEXT(""), BGCOPY_TEXT("relative"), BGCOPY_TEXT("/a/../b"), BGCOPY_TEXT("/a/") })
        ANSWERS(set_text(file, DOFilePropertyId_DownloadSinkFilePath, bad), E_INVALIDARG);
    ANSWERS(set_object(file, DOFilePropertyId_DownloadSinkInterface, nullptr), E_INVALIDARG);
    ANSWERS(set_object(file, DOFilePropertyId_DownloadSinkInterface, later.job), E_NOINTERFACE);
    ANSWERS(get(file, DOFilePropertyId_DownloadSinkFilePath), E_NOT_SET);
    ANSWERS(set_text(file, DOFilePropertyId_DownloadSinkFilePath, BGCOPY_TEXT("/tmp/first")), S_OK);
    ANSWERS(set_text(file, DOFilePropertyId_DownloadSinkFilePath, path), S_OK);
    CHECK(is_text(file, DOFilePropertyId_DownloadSinkFilePath, path) && later.is_named(path));
    ANSWERS(later.job->Cancel(), S_OK);
    ANSWERS(get(file, DOFilePropertyId_TotalSizeBytes), E_NOT_SET);
    ANSWERS(set_size(file, 7), DO_E_INVALID_STATE);
}

// A job that was told all of it brings what was checked, and nothing can be said of it any more.
void check_good(IBackgroundCopyManager *manager, const WCHAR *url, const WCHAR *path, const WCHAR *info, UINT64 size)
{
    Later later(manager, url);
    Sink sink;
    check_all(later.file, &sink, path, info, S_OK);
    ANSWERS(set_size(later.file, size), S_OK);
    VARIANT value;
    ANSWERS(later.file->GetProperty(DOFilePropertyId_TotalSizeBytes, &value), S_OK);
    CHECK(V_VT(&value) == VT_UI8 && V_UI8(&value) == size);
    ANSWERS(later.file->GetProperty(DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK);
    CHECK(V_BOOL(&value) == VARIANT_TRUE);
    ANSWERS(later.job->Resume(), S_OK);
    UNTIL(state_of(later.job) == BG_JOB_STATE_TRANSFERRED);
    check_all(later.file, &sink, path, info, DO_E_INVALID_STATE);
    // It would begin at once, and nobody said where.
    IDeliveryOptimizationJob2 *adds = nullptr;
    void *object = nullptr;
    ANSWERS(later.job->QueryInterface(IID_PPV_ARGS(&adds)), S_OK);
    ANSWERS(adds->AddFile(BGCOPY_TEXT("b"), url, 0, nullptr, __uuidof(IDeliveryOptimizationFile), &object),
            DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    adds->Release();
    ANSWERS(later.job->Complete(), S_OK);
    check_all(later.file, &sink, path, info, DO_E_INVALID_STATE);
    CHECK(sink.references == 1);
}

// "Info not retrievable", "check failed", "mandatory set without info", and a size that is not that of the server.
void check_bad(IBackgroundCopyManager *manager, const WCHAR *url, const WCHAR *path, const WCHAR *missing,
               const WCHAR *wrong)
{
    for (const WCHAR *info : { missing, wrong }) {
        Later later(manager, url);
        ANSWERS(set_text(later.file, DOFilePropertyId_DownloadSinkFilePath, path), S_OK);
        ANSWERS(set_bool(later.file, DOFilePropertyId_IntegrityCheckMandatory, true), S_OK);
        ANSWERS(later.job->Resume(), DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
        ANSWERS(set_text(later.file, DOFilePropertyId_IntegrityCheckInfo, info), S_OK);
        ANSWERS(later.job->Resume(), S_OK);
        CHECK(later.failed() == static_cast<HRESULT>(info == missing ? DO_E_INTEGRITYCHECKINFO_UNAVAILABLE
                                                                     : BG_E_VALIDATION_FAILED));
        ANSWERS(set_size(later.file, 7), DO_E_INVALID_STATE);
        ANSWERS(later.job->Cancel(), S_OK);

        // It need not be there, nor be true of the file.
        Later unchecked(manager, url);
        ANSWERS(set_text(unchecked.file, DOFilePropertyId_DownloadSinkFilePath, path), S_OK);
        ANSWERS(set_text(unchecked.file, DOFilePropertyId_IntegrityCheckInfo, info), S_OK);
        ANSWERS(unchecked.job->Resume(), S_OK);
        UNTIL(state_of(unchecked.job) == BG_JOB_STATE_TRANSFERRED);
        ANSWERS(unchecked.job->Cancel(), S_OK);
    }
    Later later(manager, url);
    ANSWERS(set_text(later.file, DOFilePropertyId_DownloadSinkFilePath, path), S_OK);
    ANSWERS(set_size(later.file, 7), S_OK);
    ANSWERS(later.job->Resume(), S_OK);
    CHECK(later.failed() == static_cast<HRESULT>(BG_E_VALIDATION_FAILED));
    ANSWERS(later.job->Cancel(), S_OK);
}

// A job whose stream refuses rests until it is resumed.
void until_transferred(IBackgroundCopyJob *job)
{
    double end = seconds() + PATIENCE;
    while (state_of(job) != BG_JOB_STATE_TRANSFERRED) {
        CHECK(seconds() < end);
        if (state_of(job) == BG_JOB_STATE_SUSPENDED)
            ANSWERS(job->Resume(), S_OK);
        nap();
    }
}

// A path and streams in one job; Complete answers once they took everything, and what one refuses with.
void check_streams(IBackgroundCopyManager *manager, const WCHAR *url, const char *folder, UINT64 size)
{
    Later later(manager, url);
    IDeliveryOptimizationFile2 *beside = later.add(url), *third = later.add(url);
    Sink before, sink, refusing;
    ANSWERS(set_object(later.file, DOFilePropertyId_DownloadSinkInterface, &before), S_OK);
    CHECK(before.references == 2);
    ANSWERS(set_object(later.file, DOFilePropertyId_DownloadSinkInterface, &sink), S_OK);
    CHECK(before.references == 1 && sink.references == 2);
    VARIANT value;
    ANSWERS(later.file->GetProperty(DOFilePropertyId_DownloadSinkInterface, &value), S_OK);
    CHECK(V_VT(&value) == VT_UNKNOWN && V_UNKNOWN(&value) == static_cast<ISequentialStream *>(&sink));
    ANSWERS(VariantClear(&value), S_OK);
    ANSWERS(set_text(later.file, DOFilePropertyId_DownloadSinkFilePath, BGCOPY_TEXT("/tmp/x")),
            DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    ANSWERS(get(later.file, DOFilePropertyId_DownloadSinkFilePath), E_NOT_SET);
    CHECK(later.is_named(BGCOPY_TEXT("")));
    ANSWERS(later.job->Resume(), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    ANSWERS(set_text(beside, DOFilePropertyId_DownloadSinkFilePath, joined(folder, "/beside")), S_OK);
    ANSWERS(set_object(third, DOFilePropertyId_DownloadSinkInterface, &refusing), S_OK);
    refusing.at = 300000;
    refusing.then = [] { return DENIED; };
    ANSWERS(later.job->Resume(), S_OK);
    UNTIL(refusing.at == static_cast<size_t>(-1));
    until_transferred(later.job);
    ANSWERS(later.job->Complete(), S_OK);
    CHECK(sink.references == 1 && refusing.references == 1);
    CHECK(sink.size == size && refusing.size == size);
    sink.keep(folder, "streamed");
    refusing.keep(folder, "refused");
    beside->Release();
    third->Release();
}

// What a stream refuses at the end of a job that is Transferred is what Complete answers; the next one goes on.
void check_refusal(IBackgroundCopyManager *manager, const WCHAR *url, UINT64 size)
{
    Later later(manager, url);
    Sink sink;
    ANSWERS(set_object(later.file, DOFilePropertyId_DownloadSinkInterface, &sink), S_OK);
    sink.at = 0;
    std::atomic<bool> refuses{true};
    sink.then = [&sink, &refuses] {
        if (refuses)
            sink.at = 0;
        return refuses ? DENIED : S_OK;
    };
    ANSWERS(later.job->Resume(), S_OK);
    // Where the job rests, or is through already, another one would begin in the middle.
    Sink another;
    UNTIL(state_of(later.job) == BG_JOB_STATE_SUSPENDED || state_of(later.job) == BG_JOB_STATE_TRANSFERRED);
    ANSWERS(set_object(later.file, DOFilePropertyId_DownloadSinkInterface, &another), DO_E_INVALID_STATE);
    until_transferred(later.job);
    ANSWERS(later.job->Complete(), DENIED);
    CHECK(another.references == 1 && state_of(later.job) == BG_JOB_STATE_TRANSFERRED && sink.size == 0);
    refuses = false;
    ANSWERS(later.job->Complete(), S_OK);
    CHECK(sink.size == size && sink.references == 1);

    Later cancelled(manager, url);
    ANSWERS(set_object(cancelled.file, DOFilePropertyId_DownloadSinkInterface, &sink), S_OK);
    ANSWERS(cancelled.job->Cancel(), S_OK);
    CHECK(sink.references == 1);
}

}

int main(int argc, char **argv)
{
    return with_manager(argc, 6, [argv](IDOManager *downloads) {
        IBackgroundCopyManager *manager = nullptr;
        ANSWERS(downloads->QueryInterface(IID_PPV_ARGS(&manager)), S_OK);
        const WCHAR *url = wide(argv[1]), *path = joined(argv[2], "/sink");
        UINT64 size = strtoull(argv[3], nullptr, 10);
        check_adding(manager, url);
        check_values(manager, url, path);
        check_bad(manager, url, path, wide(argv[5]), wide(argv[6]));
        check_good(manager, url, path, wide(argv[4]), size);
        check_streams(manager, url, argv[2], size);
        check_refusal(manager, url, size);
        manager->Release();
    });
}

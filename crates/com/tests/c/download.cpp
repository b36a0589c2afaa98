// The download generation: properties, states, ranges, the callback, the pair of codes, and the enumeration.

#include "watcher.h"

namespace {

void check_properties(IDOManager *manager)
{
    IDODownload *download = nullptr;
    ANSWERS(manager->CreateDownload(&download), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Created);
    CHECK(status.BytesTotal == 0 && status.Error == S_OK && status.ExtendedError == S_OK);
    ANSWERS(get(download, static_cast<DODownloadProperty>(30)), DO_E_UNKNOWN_PROPERTY_ID);
    ANSWERS(get(download, DODownloadProperty_Uri), E_NOT_SET);
    ANSWERS(get(download, DODownloadProperty_DisplayName), E_NOT_SET);
    ANSWERS(get(download, DODownloadProperty_SecurityFlags), DO_E_WRITE_ONLY_PROPERTY);
    ANSWERS(get(download, DODownloadProperty_Id), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_Id, BGCOPY_TEXT("x")), DO_E_READ_ONLY_PROPERTY);
    ANSWERS(set_number(download, DODownloadProperty_Uri, 5), DISP_E_TYPEMISMATCH);
    ANSWERS(set_text(download, DODownloadProperty_Uri, BGCOPY_TEXT("")), E_INVALIDARG);
    ANSWERS(set_text(download, DODownloadProperty_Uri, BGCOPY_TEXT("no url")), 0x800C0002);
    ANSWERS(download->SetProperty(DODownloadProperty_Uri, nullptr), E_INVALIDARG);
    ANSWERS(download->GetProperty(DODownloadProperty_Uri, nullptr), E_INVALIDARG);
    ANSWERS(set_text(download, DODownloadProperty_IntegrityCheckInfo, BGCOPY_TEXT("no json")), E_INVALIDARG);
    ANSWERS(set_number(download, DODownloadProperty_NoProgressTimeoutSeconds, 59), E_INVALIDARG);
    ANSWERS(set_number(download, DODownloadProperty_NoProgressTimeoutSeconds, 60), S_OK);
    ANSWERS(set_number(download, DODownloadProperty_CostPolicy, 6), E_INVALIDARG);
    ANSWERS(set_number(download, DODownloadProperty_SecurityFlags, 0x4000), E_INVALIDARG);
    ANSWERS(set_number(download, DODownloadProperty_SecurityFlags, 0x1100), S_OK);
    ANSWERS(set_object(download, DODownloadProperty_CallbackInterface, download), E_NOINTERFACE);
    ANSWERS(set_text(download, DODownloadProperty_DisplayName, BGCOPY_TEXT("named")), S_OK);
    CHECK(is_text(download, DODownloadProperty_DisplayName, BGCOPY_TEXT("named")));
    VARIANT value;
    ANSWERS(download->GetProperty(DODownloadProperty_CostPolicy, &value), S_OK);
    CHECK(V_VT(&value) == VT_UI4 && V_UI4(&value) == DODownloadCostPolicy_Standard);
    ANSWERS(set_bool(download, DODownloadProperty_ForegroundPriority, true), S_OK);
    ANSWERS(download->GetProperty(DODownloadProperty_CostPolicy, &value), S_OK);
    CHECK(V_UI4(&value) == DODownloadCostPolicy_Always);

    ANSWERS(download->Start(nullptr), DO_E_DOWNLOAD_NO_URI);
    ANSWERS(set_text(download, DODownloadProperty_Uri, BGCOPY_TEXT("http://127.0.0.1:9/x")), S_OK);
    ANSWERS(download->Start(nullptr), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    ANSWERS(set_text(download, DODownloadProperty_LocalPath, BGCOPY_TEXT("/proc/none/x")), S_OK);
    ANSWERS(set_bool(download, DODownloadProperty_IntegrityCheckMandatory, true), S_OK);
    ANSWERS(download->Start(nullptr), DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
    ANSWERS(set_bool(download, DODownloadProperty_IntegrityCheckMandatory, false), S_OK);
    ANSWERS(download->Start(nullptr), E_ACCESSDENIED);
    ANSWERS(download->Pause(), S_OK);
    ANSWERS(download->Finalize(), DO_E_INVALID_STATE);
    ANSWERS(download->Abort(), S_OK);
    ANSWERS(download->Abort(), S_OK);
    ANSWERS(download->Start(nullptr), DO_E_INVALID_STATE);
    until_state(download, DODownloadState_Aborted);
    CHECK(download->Release() == 0);
}

void check_life(IDOManager *manager, const char *url, const char *folder, UINT64 size)
{
    Callback callback;
    const WCHAR *path = joined(folder, "/new/folder/whole");
    IDODownload *download = create(manager, wide(url), path);
    ANSWERS(set_object(download, DODownloadProperty_CallbackInterface, &callback), S_OK);
    DO_DOWNLOAD_RANGES_INFO whole = { 0, { { 0, 0 } } };
    ANSWERS(download->Start(&whole), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Transferred);
    CHECK(status.BytesTotal == size && status.BytesTransferred == size && status.Error == S_OK);
    double end = seconds() + PATIENCE;
    while (callback.finished == 0) {
        CHECK(seconds() < end);
        nap();
    }
    VARIANT value;
    ANSWERS(download->GetProperty(DODownloadProperty_TotalSizeBytes, &value), S_OK);
    CHECK(V_VT(&value) == VT_UI8 && V_UI8(&value) == size);
    ANSWERS(download->GetProperty(DODownloadProperty_HttpStatusCode, &value), S_OK);
    CHECK(V_UI4(&value) == 200 || V_UI4(&value) == 206);
    ANSWERS(set_text(download, DODownloadProperty_LocalPath, path), DO_E_INVALID_STATE);
    ANSWERS(download->Start(nullptr), S_OK);
    // All of it came, so no parts are expected.
    Ranges<1> part = { 1, { { 10, 10 } } };
    ANSWERS(download->Start(part.info()), DO_E_DOWNLOAD_RANGES_UNEXPECTED);

    IEnumUnknown *list = nullptr;
    IUnknown *element = nullptr;
    IDODownload *found = nullptr;
    DO_DOWNLOAD_ENUM_CATEGORY category = { DODownloadProperty_LocalPath, path };
    ANSWERS(manager->EnumDownloads(&category, &list), S_OK);
    ANSWERS(list->Next(1, &element, nullptr), S_OK);
    ANSWERS(element->QueryInterface(IID_PPV_ARGS(&found)), S_OK);
    CHECK(is_text(found, DODownloadProperty_Uri, wide(url)));
    found->Release();
    element->Release();
    list->Release();
    category.Property = DODownloadProperty_CostPolicy;
    ANSWERS(manager->EnumDownloads(&category, &list), E_INVALIDARG);
    category.Property = DODownloadProperty_Uri;
    category.Value = nullptr;
    ANSWERS(manager->EnumDownloads(&category, &list), E_INVALIDARG);
    category.Value = BGCOPY_TEXT("http://elsewhere/");
    ANSWERS(manager->EnumDownloads(&category, &list), DO_E_NO_DOWNLOADS);

    ANSWERS(download->Finalize(), S_OK);
    ANSWERS(download->Finalize(), S_OK);
    ANSWERS(download->Abort(), DO_E_INVALID_STATE);
    ANSWERS(manager->EnumDownloads(nullptr, &list), DO_E_NO_DOWNLOADS);
    CHECK(list == nullptr);
    download->Release();
    while (callback.references > 1) {
        CHECK(seconds() < end);
        nap();
    }
}

// A part, waited for by Start itself; and where something is, nothing is put.
void check_ranges(IDOManager *manager, const char *url, const char *folder)
{
    Ranges<2> parts = { 2, { { 200, 1000 }, { 0, 100 } } };
    const WCHAR *path = joined(folder, "/parts");
    IDODownload *download = create(manager, wide(url), path);
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    ANSWERS(download->Start(parts.info()), S_OK);
    DO_DOWNLOAD_STATUS status;
    ANSWERS(download->GetStatus(&status), S_OK);
    CHECK(status.State == DODownloadState_Transferred && status.BytesTotal == 1100);

    // Further ranges come behind those; what cannot come changes nothing.
    Ranges<1> more = { 1, { { 5000, 50 } } }, over = { 1, { { 50, 100 } } }, outside = { 1, { { 299990, 11 } } };
    ANSWERS(download->Start(parts.info()), S_OK);
    ANSWERS(download->Start(over.info()), DO_E_OVERLAPPING_RANGES);
    ANSWERS(download->Start(outside.info()), DO_E_INVALID_RANGE);
    ANSWERS(download->GetStatus(&status), S_OK);
    CHECK(status.State == DODownloadState_Transferred && status.BytesTotal == 1100);
    ANSWERS(download->Start(more.info()), S_OK);
    ANSWERS(download->GetStatus(&status), S_OK);
    CHECK(status.State == DODownloadState_Transferred && status.BytesTotal == 50 && status.BytesTransferred == 50);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();

    download = create(manager, wide(url), path);
    ANSWERS(download->Start(nullptr), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
    parts.ranges[0].Length = 0;
    ANSWERS(download->Start(parts.info()), DO_E_INVALID_RANGE);
    ANSWERS(download->Abort(), S_OK);
    download->Release();
}

// "Paused, Error not 0: stopped for good until the client acts", and it goes on with another address.
void check_error(IDOManager *manager, const char *url, const char *missing, const char *folder)
{
    IDODownload *download = create(manager, wide(missing), joined(folder, "/mended"));
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    ANSWERS(download->Start(nullptr), 0x80190194);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == static_cast<HRESULT>(0x80190194));
    ANSWERS(download->Finalize(), DO_E_INVALID_STATE);
    ANSWERS(set_text(download, DODownloadProperty_Uri, wide(url)), S_OK);
    ANSWERS(download->Start(nullptr), S_OK);
    ANSWERS(download->Finalize(), S_OK);
    until_state(download, DODownloadState_Finalized);
    download->Release();
}

}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    ANSWERS(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    IDOManager *manager = nullptr;
    IBackgroundCopyManager *jobs = nullptr;
    ANSWERS(CoCreateInstance(__uuidof(BackgroundCopyManager), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)),
            E_NOINTERFACE);
    CHECK(manager == nullptr);
    ANSWERS(CoCreateInstance(__uuidof(DeliveryOptimization), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)), S_OK);
    ANSWERS(manager->QueryInterface(IID_PPV_ARGS(&jobs)), S_OK);
    jobs->Release();
    check_properties(manager);
    check_life(manager, argv[1], argv[3], strtoull(argv[4], nullptr, 10));
    check_ranges(manager, argv[1], argv[3]);
    check_error(manager, argv[1], argv[2], argv[3]);
    manager->Release();
    CoUninitialize();
    puts("done");
    return 0;
}

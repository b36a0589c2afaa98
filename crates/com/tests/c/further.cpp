// What a download does beside its life: it tells of the status of its server, tells another callback when there is
// one, and is found by what it was told.

#include <initializer_list>

#include "watcher.h"

namespace {

// "A 404 on Windows is reported as 0x80190194"; it stops for good, and says so until it is started anew.
void check_status(IDOManager *manager, const WCHAR *missing, const WCHAR *there, const char *folder)
{
    IDODownload *download = create(manager, missing, joined(folder, "/mended"));
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    ANSWERS(download->Start(nullptr), 0x80190194);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == static_cast<HRESULT>(0x80190194));
    VARIANT value;
    ANSWERS(download->GetProperty(DODownloadProperty_HttpStatusCode, &value), S_OK);
    CHECK(V_VT(&value) == VT_UI4 && V_UI4(&value) == 404);
    // "A failing method call does not change Error."
    ANSWERS(download->Finalize(), DO_E_INVALID_STATE);
    CHECK(until_state(download, DODownloadState_Paused).Error == static_cast<HRESULT>(0x80190194));
    ANSWERS(set_text(download, DODownloadProperty_Uri, there), S_OK);
    ANSWERS(download->Start(nullptr), S_OK);
    status = until_state(download, DODownloadState_Transferred);
    CHECK(status.Error == S_OK && status.ExtendedError == S_OK);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();
}

// "A later set replaces the earlier", which hears of nothing any more and is let go of.
void check_callbacks(IDOManager *manager, const WCHAR *url, const char *folder)
{
    Callback first, second;
    IDODownload *download = create(manager, url, joined(folder, "/watched"));
    ANSWERS(set_object(download, DODownloadProperty_CallbackInterface, &first), S_OK);
    ANSWERS(set_object(download, DODownloadProperty_CallbackInterface, &second), S_OK);
    CHECK(first.references == 1);
    ANSWERS(download->Start(nullptr), S_OK);
    double end = seconds() + PATIENCE;
    while (second.finished == 0) {
        CHECK(seconds() < end);
        nap();
    }
    CHECK(first.calls == 0);
    ANSWERS(set_object(download, DODownloadProperty_CallbackInterface, nullptr), S_OK);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();
    while (second.references > 1) {
        CHECK(seconds() < end);
        nap();
    }
}

int count(IDOManager *manager, DODownloadProperty id, const WCHAR *value)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = { id, value };
    IEnumUnknown *list = nullptr;
    HRESULT answer = manager->EnumDownloads(&category, &list);
    if (answer == static_cast<HRESULT>(DO_E_NO_DOWNLOADS))
        return 0;
    ANSWERS(answer, S_OK);
    IUnknown *elements[4] = {};
    ULONG fetched = 0;
    list->Next(4, elements, &fetched);
    for (ULONG i = 0; i < fetched; i++)
        elements[i]->Release();
    list->Release();
    return static_cast<int>(fetched);
}

// "Property may be Id, Uri, ContentId, DisplayName, LocalPath; Value is compared as a string."
void check_categories(IDOManager *manager, const WCHAR *url, const char *folder)
{
    const WCHAR *paths[2] = { joined(folder, "/one"), joined(folder, "/two") };
    const WCHAR *names[2] = { BGCOPY_TEXT("one"), BGCOPY_TEXT("two") };
    IDODownload *downloads[2];
    for (int i : { 0, 1 }) {
        downloads[i] = create(manager, url, paths[i]);
        ANSWERS(set_text(downloads[i], DODownloadProperty_DisplayName, names[i]), S_OK);
        ANSWERS(set_text(downloads[i], DODownloadProperty_ContentId, names[i]), S_OK);
    }
    CHECK(count(manager, DODownloadProperty_Uri, url) == 2);
    CHECK(count(manager, DODownloadProperty_Uri, BGCOPY_TEXT("http://elsewhere/")) == 0);
    for (int i : { 0, 1 }) {
        CHECK(count(manager, DODownloadProperty_LocalPath, paths[i]) == 1);
        CHECK(count(manager, DODownloadProperty_DisplayName, names[i]) == 1);
        CHECK(count(manager, DODownloadProperty_ContentId, names[i]) == 1);
        VARIANT id;
        ANSWERS(downloads[i]->GetProperty(DODownloadProperty_Id, &id), S_OK);
        CHECK(count(manager, DODownloadProperty_Id, V_BSTR(&id)) == 1);
        VariantClear(&id);
    }
    CHECK(count(manager, DODownloadProperty_DisplayName, BGCOPY_TEXT("ONE")) == 0);
    for (IDODownload *download : downloads) {
        ANSWERS(download->Abort(), S_OK);
        download->Release();
    }
}

}

int main(int argc, char **argv)
{
    return with_manager(argc, 3, [argv](IDOManager *manager) {
        check_status(manager, wide(argv[1]), wide(argv[2]), argv[3]);
        check_callbacks(manager, wide(argv[2]), argv[3]);
        check_categories(manager, wide(argv[2]), argv[3]);
    });
}

// How downloads end, by the server that they meet: a row for each, of an address, how it is asked, and the code that is told.

#include <string>

#include "values.h"

namespace {

// "(code & 0xF800) == 0x3800, of facility 208" (do-download 5.2).
bool is_transient(HRESULT code)
{
    return FAILED(code) && HRESULT_FACILITY(code) == FACILITY_DELIVERY_OPTIMIZATION &&
           (code & DO_TRANSIENT_ZONE_MASK) == DO_TRANSIENT_ZONE;
}

// Stopped for good, or Transferred: BlockingMode waits for it, and answers the code.
void ends(IDODownload *download, DO_DOWNLOAD_RANGES_INFO *ranges, HRESULT code)
{
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    ANSWERS(download->Start(ranges), code);
    DO_DOWNLOAD_STATUS status;
    ANSWERS(download->GetStatus(&status), S_OK);
    CHECK(status.State == (SUCCEEDED(code) ? DODownloadState_Transferred : DODownloadState_Paused));
    CHECK(status.Error == code && !is_transient(code));
    if (SUCCEEDED(code)) {
        CHECK(status.ExtendedError == S_OK && status.BytesTransferred == status.BytesTotal);
        ANSWERS(download->Finalize(), S_OK);
        return;
    }
    // "Paused, Error not 0, any": it stays so, whatever is asked in vain.
    ANSWERS(download->Pause(), S_OK);
    ANSWERS(download->Finalize(), DO_E_INVALID_STATE);
    ANSWERS(download->GetStatus(&status), S_OK);
    CHECK(status.State == DODownloadState_Paused && status.Error == code);
    ANSWERS(download->Abort(), S_OK);
}

// The service goes on by itself: Paused with a code of the transient zone, Transferring with any other; a pause of the
// client ends that.
void waits(IDODownload *download, HRESULT code)
{
    ANSWERS(download->Start(nullptr), S_OK);
    DO_DOWNLOAD_STATUS status;
    UNTIL(SUCCEEDED(download->GetStatus(&status)) && status.ExtendedError == code);
    CHECK(status.Error == S_OK);
    CHECK(status.State == (is_transient(code) ? DODownloadState_Paused : DODownloadState_Transferring));
    ANSWERS(download->Pause(), S_OK);
    status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == S_OK && status.ExtendedError == S_OK);
    ANSWERS(download->Abort(), S_OK);
    until_state(download, DODownloadState_Aborted);
}

void check(IDOManager *manager, const char *folder, const char *url, const std::string &how, HRESULT code)
{
    static int count = 0;
    std::string name = "/outcome-" + std::to_string(count++);
    IDODownload *download = create(manager, wide(url), joined(folder, name.c_str()));
    Ranges<1> part = { 1, { { 100, 100 } } }, outside = { 1, { { 99950, 100 } } }, far = { 1, { { 2000000, 100 } } };
    if (how == "insecurely")
        ANSWERS(set_bool(download, DODownloadProperty_HttpAllowSecureToNonSecureRedirect, true), S_OK);
    // Neither of the two properties undoes the other.
    if (how == "ignoring" || how == "insecurely")
        ANSWERS(set_number(download, DODownloadProperty_SecurityFlags, 0x0100), S_OK);
    if (how == "revocation")
        ANSWERS(set_number(download, DODownloadProperty_SecurityFlags, 0x0101), S_OK);
    if (how == "sized") {
        VARIANT size;
        VariantInit(&size);
        V_VT(&size) = VT_UI8;
        V_UI8(&size) = 7;
        ANSWERS(download->SetProperty(DODownloadProperty_TotalSizeBytes, &size), S_OK);
    }
    if (how == "waiting")
        waits(download, code);
    else if (how == "part" || how == "far" || how == "outside")
        ends(download, (how == "part" ? part : how == "far" ? far : outside).info(), code);
    else
        ends(download, nullptr, code);
    CHECK(download->Release() == 0);
}

// A path that no file can have.
void check_names(IDOManager *manager, const char *url)
{
    for (const WCHAR *path : { BGCOPY_TEXT("relative"), BGCOPY_TEXT("/a/../b"), BGCOPY_TEXT("/tmp/") }) {
        IDODownload *download = create(manager, wide(url), path);
        ANSWERS(download->Start(nullptr), HRESULT_FROM_WIN32(ERROR_INVALID_NAME));
        until_state(download, DODownloadState_Created);
        ANSWERS(set_text(download, DODownloadProperty_ContentId, BGCOPY_TEXT("two\nlines")), DO_E_INVALID_CONTENT_ID);
        ANSWERS(download->Abort(), S_OK);
        download->Release();
    }
}

}

int main(int argc, char **argv)
{
    CHECK(argc > 4 && argc % 3 == 2);
    return with_manager(argc, argc - 1, [argc, argv](IDOManager *manager) {
        check_names(manager, argv[2]);
        for (int row = 2; row < argc; row += 3) {
            // Where it goes wrong is told by what is printed last.
            fprintf(stderr, "%s %s %s\n", argv[row], argv[row + 1], argv[row + 2]);
            check(manager, argv[1], argv[row], argv[row + 1], static_cast<HRESULT>(strtoul(argv[row + 2], nullptr, 16)));
        }
    });
}

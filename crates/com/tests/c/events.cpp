// What happens to downloads: pauses, a temporary file that vanished, another download to the same place, in this process and
// in another one, and what is left to the next program by one that went away.

#include <dirent.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "values.h"

namespace {

// Begins, and waits until bytes are here; the server sends no more until it is let.
IDODownload *begin(IDOManager *manager, const WCHAR *url, const WCHAR *path)
{
    IDODownload *download = create(manager, url, path);
    ANSWERS(download->Start(nullptr), S_OK);
    DO_DOWNLOAD_STATUS status;
    UNTIL(SUCCEEDED(download->GetStatus(&status)) && status.BytesTransferred > 0);
    CHECK(status.State == DODownloadState_Transferring && status.BytesTotal > status.BytesTransferred);
    return download;
}

IDODownload *found_at(IDOManager *manager, const WCHAR *path)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = { DODownloadProperty_LocalPath, path };
    IEnumUnknown *list = nullptr;
    IUnknown *element = nullptr;
    IDODownload *found = nullptr;
    ANSWERS(manager->EnumDownloads(&category, &list), S_OK);
    ANSWERS(list->Next(1, &element, nullptr), S_OK);
    ANSWERS(element->QueryInterface(IID_PPV_ARGS(&found)), S_OK);
    CHECK(list->Skip(1) == S_FALSE);
    element->Release();
    list->Release();
    return found;
}

void touch(const char *path)
{
    FILE *file = fopen(path, "w");
    CHECK(file && fclose(file) == 0);
}

// Deletes the temporary files of a folder; says how many there were.
int delete_temporary_files(const char *folder)
{
    int count = 0;
    DIR *entries = opendir(folder);
    CHECK(entries);
    while (const dirent *entry = readdir(entries)) {
        std::string name = entry->d_name;
        if (name != "." && name != ".." && name[0] == '.')
            count += unlink((std::string(folder) + "/" + name).c_str()) == 0;
    }
    closedir(entries);
    return count;
}

// "Client paused it: both 0"; what is here stays, and whoever starts it goes on.
void check_pause(IDODownload *download)
{
    ANSWERS(download->Pause(), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == S_OK && status.ExtendedError == S_OK && status.BytesTransferred > 0);
    ANSWERS(download->Pause(), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_LocalPath, BGCOPY_TEXT("/tmp/x")), DO_E_INVALID_STATE);
}

// "Another download starts on the same LocalPath": the later one wins.
void check_conflict(IDODownload *earlier)
{
    DO_DOWNLOAD_STATUS status = until_state(earlier, DODownloadState_Aborted);
    CHECK(status.Error == S_OK);
    ANSWERS(earlier->Start(nullptr), DO_E_INVALID_STATE);
    ANSWERS(earlier->Finalize(), DO_E_INVALID_STATE);
    ANSWERS(earlier->Abort(), S_OK);
    earlier->Release();
}

// Many threads start one download, which has one file; and many downloads to one place, of which one is left.
void check_crowds(IDOManager *manager, const WCHAR *url, const WCHAR *path)
{
    IDODownload *one = create(manager, url, path);
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; i++)
        threads.emplace_back([one] { ANSWERS(one->Start(nullptr), S_OK); });
    for (std::thread &thread : threads)
        thread.join();
    DO_DOWNLOAD_STATUS status;
    UNTIL(SUCCEEDED(one->GetStatus(&status)) && status.BytesTotal > 0);
    CHECK(status.BytesTotal == 1000000);
    ANSWERS(one->Abort(), S_OK);
    one->Release();

    std::vector<IDODownload *> downloads;
    std::atomic<int> started{0};
    threads.clear();
    for (int i = 0; i < 16; i++)
        downloads.push_back(create(manager, url, path));
    for (IDODownload *download : downloads)
        threads.emplace_back([&started, download] {
            HRESULT answer = download->Start(nullptr);
            CHECK(answer == S_OK || answer == static_cast<HRESULT>(DO_E_INVALID_STATE));
            started += answer == S_OK;
        });
    for (std::thread &thread : threads)
        thread.join();
    int left = 0;
    for (IDODownload *download : downloads) {
        ANSWERS(download->GetStatus(&status), S_OK);
        left += status.State != DODownloadState_Aborted;
        ANSWERS(download->Abort(), S_OK);
        download->Release();
    }
    CHECK(left == 1 && started >= 1);
}

}

int main(int argc, char **argv)
{
    CHECK(argc == 6);
    std::string act = argv[1];
    const WCHAR *url = wide(argv[2]);
    const char *folder = argv[3], *said = argv[4], *wanted = argv[5];
    const WCHAR *path = joined(folder, "/contended"), *left = joined(folder, "/left");
    return with_manager(argc, 5, [&](IDOManager *manager) {
        if (act == "first") {
            check_crowds(manager, url, joined(folder, "/crowded"));
            IDODownload *earlier = begin(manager, url, path);
            check_pause(earlier);
            IDODownload *later = begin(manager, url, path);
            check_conflict(earlier);
            // This one is taken from it by another program.
            touch(said);
            check_conflict(later);
            // It is volatile, by its property, and left alone.
            IDODownload *download = begin(manager, url, left);
            ANSWERS(set_bool(download, DODownloadProperty_ForegroundPriority, true), S_OK);
            ANSWERS(set_number(download, DODownloadProperty_CostPolicy, DODownloadCostPolicy_Always), S_OK);
            download->Release();
            return;
        }
        if (act == "second") {
            UNTIL(access(wanted, F_OK) == 0);
            IDODownload *download = begin(manager, url, path);
            check_pause(download);
            // "Temporary file vanished, then resumed": what was in it is fetched again.
            CHECK(delete_temporary_files(folder) > 0);
            ANSWERS(download->Start(nullptr), S_OK);
            download->Release();
            return;
        }
        // The programs went away, and so did the service.
        for (const WCHAR *local : { path, left }) {
            IDODownload *download = found_at(manager, local);
            CHECK(is_text(download, DODownloadProperty_Uri, url) && is_text(download, DODownloadProperty_LocalPath, local));
            DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Transferred);
            CHECK(status.Error == S_OK && status.ExtendedError == S_OK && status.BytesTotal == status.BytesTransferred);
            ANSWERS(download->Finalize(), S_OK);
            download->Release();
        }
    });
}

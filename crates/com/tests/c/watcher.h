// Who counts what a download tells of.

#ifndef WATCHER_H
#define WATCHER_H

#include <atomic>

#include "values.h"

class Callback : public IDODownloadStatusCallback {
public:
    std::atomic<int> calls{0}, finished{0};
    LONG references = 1;

    STDMETHODIMP QueryInterface(REFIID riid, void **object) override
    {
        if (riid != __uuidof(IUnknown) && riid != __uuidof(IDODownloadStatusCallback)) {
            *object = nullptr;
            return E_NOINTERFACE;
        }
        *object = this;
        AddRef();
        return S_OK;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return static_cast<ULONG>(InterlockedIncrement(&references)); }
    STDMETHODIMP_(ULONG) Release() override { return static_cast<ULONG>(InterlockedDecrement(&references)); }
    STDMETHODIMP OnStatusChange(IDODownload *download, const DO_DOWNLOAD_STATUS *status) override
    {
        DO_DOWNLOAD_STATUS now;
        CHECK(download && status);
        ANSWERS(download->GetStatus(&now), S_OK);
        calls++;
        if (status->State == DODownloadState_Transferred)
            finished++;
        return E_FAIL; // The effect of an error is none.
    }
};

#endif

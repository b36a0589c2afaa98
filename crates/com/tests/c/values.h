// Setting and reading what a download is told.

#ifndef VALUES_H
#define VALUES_H

#include "check.h"

static inline HRESULT set_text(IDODownload *download, DODownloadProperty id, const WCHAR *text)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    HRESULT answer = download->SetProperty(id, &value);
    VariantClear(&value);
    return answer;
}

static inline HRESULT set_bool(IDODownload *download, DODownloadProperty id, bool flag)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = flag ? VARIANT_TRUE : VARIANT_FALSE;
    return download->SetProperty(id, &value);
}

static inline HRESULT set_number(IDODownload *download, DODownloadProperty id, ULONG number)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UI4;
    V_UI4(&value) = number;
    return download->SetProperty(id, &value);
}

static inline HRESULT set_object(IDODownload *download, DODownloadProperty id, IUnknown *object)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    return download->SetProperty(id, &value);
}

static inline HRESULT get(IDODownload *download, DODownloadProperty id)
{
    VARIANT value;
    HRESULT answer = download->GetProperty(id, &value);
    ANSWERS(VariantClear(&value), S_OK);
    return answer;
}

static inline bool is_text(IDODownload *download, DODownloadProperty id, const WCHAR *wanted)
{
    VARIANT value;
    ANSWERS(download->GetProperty(id, &value), S_OK);
    bool is = V_VT(&value) == VT_BSTR && same(V_BSTR(&value), wanted);
    VariantClear(&value);
    return is;
}

static inline IDODownload *create(IDOManager *manager, const WCHAR *url, const WCHAR *path)
{
    IDODownload *download = nullptr;
    ANSWERS(manager->CreateDownload(&download), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_Uri, url), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_LocalPath, path), S_OK);
    return download;
}

static inline DO_DOWNLOAD_STATUS until_state(IDODownload *download, DODownloadState wanted)
{
    DO_DOWNLOAD_STATUS status;
    double end = seconds() + PATIENCE;
    do {
        ANSWERS(download->GetStatus(&status), S_OK);
        if (seconds() >= end) {
            fprintf(stderr, "the download is in state %d, not in %d\n", status.State, wanted);
            exit(1);
        }
        nap();
    } while (status.State != wanted);
    return status;
}

// Ranges as the headers want them: a count, and so many ranges behind it.
template <UINT N> struct Ranges {
    UINT count;
    DO_DOWNLOAD_RANGE ranges[N];
    DO_DOWNLOAD_RANGES_INFO *info() { return reinterpret_cast<DO_DOWNLOAD_RANGES_INFO *>(this); }
};

#endif

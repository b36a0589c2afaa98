// Setting and reading what a download, or a file of a job, is told; and what programs of the newer generation begin with.

#ifndef VALUES_H
#define VALUES_H

#include "check.h"

template <typename Object, typename Id> static inline HRESULT set_text(Object *object, Id id, const WCHAR *text)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    HRESULT answer = object->SetProperty(id, &value);
    VariantClear(&value);
    return answer;
}

template <typename Object, typename Id> static inline HRESULT set_bool(Object *object, Id id, bool flag)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = flag ? VARIANT_TRUE : VARIANT_FALSE;
    return object->SetProperty(id, &value);
}

static inline HRESULT set_number(IDODownload *download, DODownloadProperty id, ULONG number)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UI4;
    V_UI4(&value) = number;
    return download->SetProperty(id, &value);
}

template <typename Object, typename Id> static inline HRESULT set_object(Object *object, Id id, IUnknown *held)
{
    VARIANT value;
    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = held;
    return object->SetProperty(id, &value);
}

template <typename Object, typename Id> static inline HRESULT get(Object *object, Id id)
{
    VARIANT value;
    HRESULT answer = object->GetProperty(id, &value);
    ANSWERS(VariantClear(&value), S_OK);
    return answer;
}

template <typename Object, typename Id> static inline bool is_text(Object *object, Id id, const WCHAR *wanted)
{
    VARIANT value;
    ANSWERS(object->GetProperty(id, &value), S_OK);
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

// Runs a program that takes so many words, with a manager of its own.
template <typename Body> static inline int with_manager(int count, int wanted, Body body)
{
    CHECK(count == wanted + 1);
    ANSWERS(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    IDOManager *manager = nullptr;
    ANSWERS(CoCreateInstance(__uuidof(DeliveryOptimization), nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&manager)), S_OK);
    body(manager);
    CHECK(manager->Release() == 0);
    CoUninitialize();
    puts("done");
    return 0;
}

// Ranges as the headers want them: a count, and so many ranges behind it.
template <UINT N> struct Ranges {
    UINT count;
    DO_DOWNLOAD_RANGE ranges[N];
    DO_DOWNLOAD_RANGES_INFO *info() { return reinterpret_cast<DO_DOWNLOAD_RANGES_INFO *>(this); }
};

#endif

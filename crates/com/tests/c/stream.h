// A stream of a test program: it keeps what it is given, and does something at a certain byte.

#ifndef STREAM_H
#define STREAM_H

#include <pthread.h>

#include <atomic>
#include <functional>
#include <string>

#include "check.h"

class Sink : public IStream {
public:
    std::string bytes;
    std::atomic<size_t> size{0};
    // What the next call does once this many bytes are here: its code is the answer.
    size_t at = static_cast<size_t>(-1);
    std::function<HRESULT()> then;
    // Takes one byte less than it is given, and says so.
    bool takes_less = false;
    // It is no IStream for who asks, as one that can only be written to.
    bool is_sequential = false;
    std::atomic<LONG> references{1};
    std::atomic<int> inside{0};
    pthread_t first = pthread_self();

    STDMETHODIMP QueryInterface(REFIID riid, void **object) override
    {
        bool known = riid == __uuidof(IUnknown) || riid == __uuidof(ISequentialStream) ||
                     (riid == __uuidof(IStream) && !is_sequential);
        *object = known ? this : nullptr;
        if (known)
            AddRef();
        return known ? S_OK : E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return static_cast<ULONG>(++references); }
    STDMETHODIMP_(ULONG) Release() override { return static_cast<ULONG>(--references); }
    STDMETHODIMP Write(const void *from, ULONG length, ULONG *written) override
    {
        CHECK(inside++ == 0);
        CHECK(from && length > 0 && length <= 1 << 20);
        // Written to by a thread of the library, whoever started it.
        CHECK(!pthread_equal(pthread_self(), first));
        HRESULT answer = S_OK;
        if (size >= at) {
            at = static_cast<size_t>(-1);
            answer = then();
        }
        if (SUCCEEDED(answer)) {
            ULONG taken = takes_less ? length - 1 : length;
            bytes.append(static_cast<const char *>(from), taken);
            size = bytes.size();
            // Who takes all may leave it unsaid.
            if (takes_less)
                *written = taken;
        }
        inside--;
        return answer;
    }
    STDMETHODIMP Read(void *, ULONG, ULONG *) override { return E_NOTIMPL; }
    STDMETHODIMP Seek(LARGE_INTEGER, DWORD, ULARGE_INTEGER *) override { return E_NOTIMPL; }
    STDMETHODIMP SetSize(ULARGE_INTEGER) override { return E_NOTIMPL; }
    STDMETHODIMP CopyTo(IStream *, ULARGE_INTEGER, ULARGE_INTEGER *, ULARGE_INTEGER *) override { return E_NOTIMPL; }
    STDMETHODIMP Commit(DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP Revert() override { return E_NOTIMPL; }
    STDMETHODIMP LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP Stat(STATSTG *, DWORD) override { return E_NOTIMPL; }
    STDMETHODIMP Clone(IStream **) override { return E_NOTIMPL; }

    // What was taken, for who compares it.
    void keep(const char *folder, const char *name) const
    {
        FILE *file = fopen((std::string(folder) + "/" + name).c_str(), "wb");
        CHECK(file && fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && fclose(file) == 0);
    }

    void until_released() const
    {
        double end = seconds() + PATIENCE;
        while (references > 1) {
            CHECK(seconds() < end);
            nap();
        }
    }
};

#endif

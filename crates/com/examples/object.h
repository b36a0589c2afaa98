// What objects of a client in C++ have in common.

#ifndef OBJECT_H
#define OBJECT_H

#include <deliveryoptimization.h>

// An object with one interface, counted by its references.
template <class I> class Object : public I {
public:
    STDMETHODIMP QueryInterface(REFIID riid, void **ppv) override
    {
        bool known = riid == __uuidof(IUnknown) || riid == __uuidof(I);
        *ppv = known ? this : nullptr;
        if (known)
            AddRef();
        return known ? S_OK : E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&_refs); }
    STDMETHODIMP_(ULONG) Release() override
    {
        LONG left = InterlockedDecrement(&_refs);
        if (left == 0)
            delete this;
        return left;
    }

protected:
    virtual ~Object() = default;

private:
    LONG _refs = 1;
};

#endif

/* The words that headers made by widl use, and that sources use to implement interfaces. Part of bgcopy. */

#ifndef BGCOPY_RPCNDR_H
#define BGCOPY_RPCNDR_H

#ifndef interface
#define interface struct
#endif
#define MIDL_INTERFACE(id) struct
#define DECLSPEC_UUID(id)
#define DECLSPEC_NOVTABLE

/* On x86-64 and ARM there is one calling convention; on 32-bit x86 this library uses that of C, too. */
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define WINAPI
#define CALLBACK
#define APIENTRY
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __cdecl
#define __cdecl
#endif
#ifndef FORCEINLINE
#define FORCEINLINE inline
#endif

#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define IFACEMETHODIMP STDMETHODIMP
#define IFACEMETHODIMP_(type) STDMETHODIMP_(type)
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define PURE = 0
#define THIS_
#define THIS void

#define BEGIN_INTERFACE
#define END_INTERFACE
#ifndef CONST_VTBL
#define CONST_VTBL const
#endif

/* Annotations of arguments, which these compilers do not check. */
#define __RPC_FAR
#define __RPC__in
#define __RPC__out
#define __RPC__in_opt
#define __RPC__deref_out_opt
#define __RPC__inout
#ifndef _In_
#define _In_
#define _In_opt_
#define _In_z_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Inout_
#define _Inout_opt_
#define _COM_Outptr_
#define _In_reads_(count)
#define _In_reads_opt_(count)
#define _In_reads_bytes_(count)
#define _Out_writes_(count)
#define _Out_writes_bytes_(count)
#define _Return_type_success_(condition)
#define _Use_decl_annotations_
#endif

#endif

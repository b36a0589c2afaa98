/* Made by widl from the IDL of the same name. Part of bgcopy: do not edit. */

#ifdef _WIN32
#ifndef __REQUIRED_RPCNDR_H_VERSION__
#define __REQUIRED_RPCNDR_H_VERSION__ 475
#endif
#include <rpc.h>
#include <rpcndr.h>
#endif

#ifndef COM_NO_WINDOWS_H
#include <windows.h>
#include <ole2.h>
#endif

#ifndef __deliveryoptimization_h__
#define __deliveryoptimization_h__

/* Forward declarations */

#ifndef __IDeliveryOptimizationJob_FWD_DEFINED__
#define __IDeliveryOptimizationJob_FWD_DEFINED__
typedef interface IDeliveryOptimizationJob IDeliveryOptimizationJob;
#ifdef __cplusplus
interface IDeliveryOptimizationJob;
#endif /* __cplusplus */
#endif

#ifndef __IDeliveryOptimizationJob2_FWD_DEFINED__
#define __IDeliveryOptimizationJob2_FWD_DEFINED__
typedef interface IDeliveryOptimizationJob2 IDeliveryOptimizationJob2;
#ifdef __cplusplus
interface IDeliveryOptimizationJob2;
#endif /* __cplusplus */
#endif

#ifndef __IDeliveryOptimizationFile_FWD_DEFINED__
#define __IDeliveryOptimizationFile_FWD_DEFINED__
typedef interface IDeliveryOptimizationFile IDeliveryOptimizationFile;
#ifdef __cplusplus
interface IDeliveryOptimizationFile;
#endif /* __cplusplus */
#endif

#ifndef __IDeliveryOptimizationFile2_FWD_DEFINED__
#define __IDeliveryOptimizationFile2_FWD_DEFINED__
typedef interface IDeliveryOptimizationFile2 IDeliveryOptimizationFile2;
#ifdef __cplusplus
interface IDeliveryOptimizationFile2;
#endif /* __cplusplus */
#endif

#ifndef __IDODownloadStatusCallback_FWD_DEFINED__
#define __IDODownloadStatusCallback_FWD_DEFINED__
typedef interface IDODownloadStatusCallback IDODownloadStatusCallback;
#ifdef __cplusplus
interface IDODownloadStatusCallback;
#endif /* __cplusplus */
#endif

#ifndef __IDODownload_FWD_DEFINED__
#define __IDODownload_FWD_DEFINED__
typedef interface IDODownload IDODownload;
#ifdef __cplusplus
interface IDODownload;
#endif /* __cplusplus */
#endif

#ifndef __IDOManager_FWD_DEFINED__
#define __IDOManager_FWD_DEFINED__
typedef interface IDOManager IDOManager;
#ifdef __cplusplus
interface IDOManager;
#endif /* __cplusplus */
#endif

#ifndef __DeliveryOptimization_FWD_DEFINED__
#define __DeliveryOptimization_FWD_DEFINED__
#ifdef __cplusplus
typedef class DeliveryOptimization DeliveryOptimization;
#else
typedef struct DeliveryOptimization DeliveryOptimization;
#endif /* defined __cplusplus */
#endif /* defined __DeliveryOptimization_FWD_DEFINED__ */

/* Headers for imported files */

#include <objidl.h>
#include <bits.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <deliveryoptimizationerrors.h>

#define DO_LENGTH_TO_EOF ((UINT64)-1)
#define DO_UNKNOWN_FILE_SIZE ((UINT64)-1)

#define DecryptionInfo_KeyData BGCOPY_TEXT("KeyData")
#define DecryptionInfo_EncryptionBufferSize BGCOPY_TEXT("EncryptionBufferSize")
#define DecryptionInfo_AlgorithmName BGCOPY_TEXT("AlgorithmName")
#define DecryptionInfo_ChainingMode BGCOPY_TEXT("ChainingMode")
#define IntegrityCheckInfo_PiecesHashFileUrl BGCOPY_TEXT("PiecesHashFileUrl")
#define IntegrityCheckInfo_PiecesHashFileDigest BGCOPY_TEXT("PiecesHashFileDigest")
#define IntegrityCheckInfo_PiecesHashFileDigestAlgorithm BGCOPY_TEXT("PiecesHashFileDigestAlgorithm")
#define IntegrityCheckInfo_HashOfHashes BGCOPY_TEXT("HashOfHashes")
typedef enum __WIDL_deliveryoptimization_generated_name_00000010 {
    DownloadMode_CdnOnly = 0,
    DownloadMode_Lan = 1,
    DownloadMode_Group = 2,
    DownloadMode_Internet = 3,
    DownloadMode_Simple = 99,
    DownloadMode_Bypass = 100
} DownloadMode;
typedef enum __WIDL_deliveryoptimization_generated_name_00000011 {
    SwarmStatus_Downloading = 0,
    SwarmStatus_Complete = 1,
    SwarmStatus_Caching = 2,
    SwarmStatus_Paused = 3
} SwarmStatus;
typedef struct DOSwarmStats {
    LPWSTR fileId;
    LPWSTR sourceURL;
    UINT64 fileSize;
    UINT64 totalBytesDownloaded;
    UINT64 bytesFromLanPeers;
    UINT64 bytesFromGroupPeers;
    UINT64 bytesFromInternetPeers;
    UINT64 bytesFromHttp;
    UINT64 bytesFromDoinc;
    UINT64 bytesToLanPeers;
    UINT64 bytesToGroupPeers;
    UINT64 bytesToInternetPeers;
    UINT httpConnectionCount;
    UINT doincConnectionCount;
    UINT lanConnectionCount;
    UINT groupConnectionCount;
    UINT internetConnectionCount;
    UINT downloadDuration;
    DownloadMode downloadMode;
    SwarmStatus status;
    BOOL isBackground;
} DOSwarmStats;
typedef enum __WIDL_deliveryoptimization_generated_name_00000012 {
    DOJobPropertyId_ExtendedErrorInfo = 0
} DOJobPropertyId;
typedef enum __WIDL_deliveryoptimization_generated_name_00000013 {
    DOFilePropertyId_DecryptionInfo = 0,
    DOFilePropertyId_IntegrityCheckInfo = 1,
    DOFilePropertyId_IntegrityCheckMandatory = 2,
    DOFilePropertyId_DownloadSinkInterface = 3,
    DOFilePropertyId_DownloadSinkFilePath = 4,
    DOFilePropertyId_DownloadSinkMemoryStream = 5,
    DOFilePropertyId_TotalSizeBytes = 6
} DOFilePropertyId;
/*****************************************************************************
 * IDeliveryOptimizationJob interface
 */
#ifndef __IDeliveryOptimizationJob_INTERFACE_DEFINED__
#define __IDeliveryOptimizationJob_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDeliveryOptimizationJob, 0xee2584cf, 0xa69c, 0x4848, 0xb6,0x33, 0x26,0x49,0x96,0x2b,0x3e,0xf7);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("ee2584cf-a69c-4848-b633-2649962b3ef7")
IDeliveryOptimizationJob : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE AddFileWithRanges(
        LPCWSTR fileId,
        LPCWSTR remoteUrl,
        LPCWSTR localName,
        DWORD rangeCount,
        BG_FILE_RANGE ranges[],
        ULONG64 fileSize) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDeliveryOptimizationJob, 0xee2584cf, 0xa69c, 0x4848, 0xb6,0x33, 0x26,0x49,0x96,0x2b,0x3e,0xf7)
#endif
#else
typedef struct IDeliveryOptimizationJobVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDeliveryOptimizationJob *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDeliveryOptimizationJob *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDeliveryOptimizationJob *This);

    /*** IDeliveryOptimizationJob methods ***/
    HRESULT (STDMETHODCALLTYPE *AddFileWithRanges)(
        IDeliveryOptimizationJob *This,
        LPCWSTR fileId,
        LPCWSTR remoteUrl,
        LPCWSTR localName,
        DWORD rangeCount,
        BG_FILE_RANGE ranges[],
        ULONG64 fileSize);

    END_INTERFACE
} IDeliveryOptimizationJobVtbl;

interface IDeliveryOptimizationJob {
    CONST_VTBL IDeliveryOptimizationJobVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDeliveryOptimizationJob_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDeliveryOptimizationJob_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDeliveryOptimizationJob_Release(This) (This)->lpVtbl->Release(This)
/*** IDeliveryOptimizationJob methods ***/
#define IDeliveryOptimizationJob_AddFileWithRanges(This,fileId,remoteUrl,localName,rangeCount,ranges,fileSize) (This)->lpVtbl->AddFileWithRanges(This,fileId,remoteUrl,localName,rangeCount,ranges,fileSize)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationJob_QueryInterface(IDeliveryOptimizationJob* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDeliveryOptimizationJob_AddRef(IDeliveryOptimizationJob* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDeliveryOptimizationJob_Release(IDeliveryOptimizationJob* This) {
    return This->lpVtbl->Release(This);
}
/*** IDeliveryOptimizationJob methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationJob_AddFileWithRanges(IDeliveryOptimizationJob* This,LPCWSTR fileId,LPCWSTR remoteUrl,LPCWSTR localName,DWORD rangeCount,BG_FILE_RANGE ranges[],ULONG64 fileSize) {
    return This->lpVtbl->AddFileWithRanges(This,fileId,remoteUrl,localName,rangeCount,ranges,fileSize);
}
#endif
#endif

#endif


#endif  /* __IDeliveryOptimizationJob_INTERFACE_DEFINED__ */

/*****************************************************************************
 * IDeliveryOptimizationJob2 interface
 */
#ifndef __IDeliveryOptimizationJob2_INTERFACE_DEFINED__
#define __IDeliveryOptimizationJob2_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDeliveryOptimizationJob2, 0x18995a26, 0xbf59, 0x4abe, 0x9f,0x8b, 0xd5,0x09,0x2d,0x5a,0x24,0x05);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("18995a26-bf59-4abe-9f8b-d5092d5a2405")
IDeliveryOptimizationJob2 : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE AddFile(
        LPCWSTR fileId,
        LPCWSTR remoteUrl,
        DWORD rangeCount,
        BG_FILE_RANGE ranges[],
        REFIID riid,
        void **object) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetProperty(
        DOJobPropertyId propId,
        VARIANT *propValue) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetProperty(
        DOJobPropertyId propId,
        const VARIANT *propValue) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDeliveryOptimizationJob2, 0x18995a26, 0xbf59, 0x4abe, 0x9f,0x8b, 0xd5,0x09,0x2d,0x5a,0x24,0x05)
#endif
#else
typedef struct IDeliveryOptimizationJob2Vtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDeliveryOptimizationJob2 *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDeliveryOptimizationJob2 *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDeliveryOptimizationJob2 *This);

    /*** IDeliveryOptimizationJob2 methods ***/
    HRESULT (STDMETHODCALLTYPE *AddFile)(
        IDeliveryOptimizationJob2 *This,
        LPCWSTR fileId,
        LPCWSTR remoteUrl,
        DWORD rangeCount,
        BG_FILE_RANGE ranges[],
        REFIID riid,
        void **object);

    HRESULT (STDMETHODCALLTYPE *GetProperty)(
        IDeliveryOptimizationJob2 *This,
        DOJobPropertyId propId,
        VARIANT *propValue);

    HRESULT (STDMETHODCALLTYPE *SetProperty)(
        IDeliveryOptimizationJob2 *This,
        DOJobPropertyId propId,
        const VARIANT *propValue);

    END_INTERFACE
} IDeliveryOptimizationJob2Vtbl;

interface IDeliveryOptimizationJob2 {
    CONST_VTBL IDeliveryOptimizationJob2Vtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDeliveryOptimizationJob2_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDeliveryOptimizationJob2_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDeliveryOptimizationJob2_Release(This) (This)->lpVtbl->Release(This)
/*** IDeliveryOptimizationJob2 methods ***/
#define IDeliveryOptimizationJob2_AddFile(This,fileId,remoteUrl,rangeCount,ranges,riid,object) (This)->lpVtbl->AddFile(This,fileId,remoteUrl,rangeCount,ranges,riid,object)
#define IDeliveryOptimizationJob2_GetProperty(This,propId,propValue) (This)->lpVtbl->GetProperty(This,propId,propValue)
#define IDeliveryOptimizationJob2_SetProperty(This,propId,propValue) (This)->lpVtbl->SetProperty(This,propId,propValue)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationJob2_QueryInterface(IDeliveryOptimizationJob2* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDeliveryOptimizationJob2_AddRef(IDeliveryOptimizationJob2* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDeliveryOptimizationJob2_Release(IDeliveryOptimizationJob2* This) {
    return This->lpVtbl->Release(This);
}
/*** IDeliveryOptimizationJob2 methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationJob2_AddFile(IDeliveryOptimizationJob2* This,LPCWSTR fileId,LPCWSTR remoteUrl,DWORD rangeCount,BG_FILE_RANGE ranges[],REFIID riid,void **object) {
    return This->lpVtbl->AddFile(This,fileId,remoteUrl,rangeCount,ranges,riid,object);
}
static FORCEINLINE HRESULT IDeliveryOptimizationJob2_GetProperty(IDeliveryOptimizationJob2* This,DOJobPropertyId propId,VARIANT *propValue) {
    return This->lpVtbl->GetProperty(This,propId,propValue);
}
static FORCEINLINE HRESULT IDeliveryOptimizationJob2_SetProperty(IDeliveryOptimizationJob2* This,DOJobPropertyId propId,const VARIANT *propValue) {
    return This->lpVtbl->SetProperty(This,propId,propValue);
}
#endif
#endif

#endif


#endif  /* __IDeliveryOptimizationJob2_INTERFACE_DEFINED__ */

/*****************************************************************************
 * IDeliveryOptimizationFile interface
 */
#ifndef __IDeliveryOptimizationFile_INTERFACE_DEFINED__
#define __IDeliveryOptimizationFile_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDeliveryOptimizationFile, 0xb76b9699, 0xe99e, 0x4101, 0x80,0x3f, 0xa2,0x0e,0x32,0x5d,0x93,0xe2);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("b76b9699-e99e-4101-803f-a20e325d93e2")
IDeliveryOptimizationFile : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE GetStats(
        DOSwarmStats *swarmStats) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDeliveryOptimizationFile, 0xb76b9699, 0xe99e, 0x4101, 0x80,0x3f, 0xa2,0x0e,0x32,0x5d,0x93,0xe2)
#endif
#else
typedef struct IDeliveryOptimizationFileVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDeliveryOptimizationFile *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDeliveryOptimizationFile *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDeliveryOptimizationFile *This);

    /*** IDeliveryOptimizationFile methods ***/
    HRESULT (STDMETHODCALLTYPE *GetStats)(
        IDeliveryOptimizationFile *This,
        DOSwarmStats *swarmStats);

    END_INTERFACE
} IDeliveryOptimizationFileVtbl;

interface IDeliveryOptimizationFile {
    CONST_VTBL IDeliveryOptimizationFileVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDeliveryOptimizationFile_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDeliveryOptimizationFile_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDeliveryOptimizationFile_Release(This) (This)->lpVtbl->Release(This)
/*** IDeliveryOptimizationFile methods ***/
#define IDeliveryOptimizationFile_GetStats(This,swarmStats) (This)->lpVtbl->GetStats(This,swarmStats)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationFile_QueryInterface(IDeliveryOptimizationFile* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDeliveryOptimizationFile_AddRef(IDeliveryOptimizationFile* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDeliveryOptimizationFile_Release(IDeliveryOptimizationFile* This) {
    return This->lpVtbl->Release(This);
}
/*** IDeliveryOptimizationFile methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationFile_GetStats(IDeliveryOptimizationFile* This,DOSwarmStats *swarmStats) {
    return This->lpVtbl->GetStats(This,swarmStats);
}
#endif
#endif

#endif


#endif  /* __IDeliveryOptimizationFile_INTERFACE_DEFINED__ */

/*****************************************************************************
 * IDeliveryOptimizationFile2 interface
 */
#ifndef __IDeliveryOptimizationFile2_INTERFACE_DEFINED__
#define __IDeliveryOptimizationFile2_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDeliveryOptimizationFile2, 0x3a87296f, 0x6ec2, 0x4126, 0xab,0x29, 0xe3,0xf8,0xdc,0x4c,0xc3,0x90);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("3a87296f-6ec2-4126-ab29-e3f8dc4cc390")
IDeliveryOptimizationFile2 : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE GetProperty(
        DOFilePropertyId propId,
        VARIANT *propValue) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetProperty(
        DOFilePropertyId propId,
        const VARIANT *propValue) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDeliveryOptimizationFile2, 0x3a87296f, 0x6ec2, 0x4126, 0xab,0x29, 0xe3,0xf8,0xdc,0x4c,0xc3,0x90)
#endif
#else
typedef struct IDeliveryOptimizationFile2Vtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDeliveryOptimizationFile2 *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDeliveryOptimizationFile2 *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDeliveryOptimizationFile2 *This);

    /*** IDeliveryOptimizationFile2 methods ***/
    HRESULT (STDMETHODCALLTYPE *GetProperty)(
        IDeliveryOptimizationFile2 *This,
        DOFilePropertyId propId,
        VARIANT *propValue);

    HRESULT (STDMETHODCALLTYPE *SetProperty)(
        IDeliveryOptimizationFile2 *This,
        DOFilePropertyId propId,
        const VARIANT *propValue);

    END_INTERFACE
} IDeliveryOptimizationFile2Vtbl;

interface IDeliveryOptimizationFile2 {
    CONST_VTBL IDeliveryOptimizationFile2Vtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDeliveryOptimizationFile2_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDeliveryOptimizationFile2_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDeliveryOptimizationFile2_Release(This) (This)->lpVtbl->Release(This)
/*** IDeliveryOptimizationFile2 methods ***/
#define IDeliveryOptimizationFile2_GetProperty(This,propId,propValue) (This)->lpVtbl->GetProperty(This,propId,propValue)
#define IDeliveryOptimizationFile2_SetProperty(This,propId,propValue) (This)->lpVtbl->SetProperty(This,propId,propValue)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationFile2_QueryInterface(IDeliveryOptimizationFile2* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDeliveryOptimizationFile2_AddRef(IDeliveryOptimizationFile2* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDeliveryOptimizationFile2_Release(IDeliveryOptimizationFile2* This) {
    return This->lpVtbl->Release(This);
}
/*** IDeliveryOptimizationFile2 methods ***/
static FORCEINLINE HRESULT IDeliveryOptimizationFile2_GetProperty(IDeliveryOptimizationFile2* This,DOFilePropertyId propId,VARIANT *propValue) {
    return This->lpVtbl->GetProperty(This,propId,propValue);
}
static FORCEINLINE HRESULT IDeliveryOptimizationFile2_SetProperty(IDeliveryOptimizationFile2* This,DOFilePropertyId propId,const VARIANT *propValue) {
    return This->lpVtbl->SetProperty(This,propId,propValue);
}
#endif
#endif

#endif


#endif  /* __IDeliveryOptimizationFile2_INTERFACE_DEFINED__ */

typedef enum __WIDL_deliveryoptimization_generated_name_00000014 {
    DODownloadState_Created = 0,
    DODownloadState_Transferring = 1,
    DODownloadState_Transferred = 2,
    DODownloadState_Finalized = 3,
    DODownloadState_Aborted = 4,
    DODownloadState_Paused = 5
} DODownloadState;
typedef enum __WIDL_deliveryoptimization_generated_name_00000015 {
    DODownloadCostPolicy_Always = 0,
    DODownloadCostPolicy_Unrestricted = 1,
    DODownloadCostPolicy_Standard = 2,
    DODownloadCostPolicy_NoRoaming = 3,
    DODownloadCostPolicy_NoSurcharge = 4,
    DODownloadCostPolicy_NoCellular = 5
} DODownloadCostPolicy;
typedef enum __WIDL_deliveryoptimization_generated_name_00000016 {
    DODownloadProperty_Id = 0,
    DODownloadProperty_Uri = 1,
    DODownloadProperty_ContentId = 2,
    DODownloadProperty_DisplayName = 3,
    DODownloadProperty_LocalPath = 4,
    DODownloadProperty_HttpCustomHeaders = 5,
    DODownloadProperty_CostPolicy = 6,
    DODownloadProperty_SecurityFlags = 7,
    DODownloadProperty_CallbackFreqPercent = 8,
    DODownloadProperty_CallbackFreqSeconds = 9,
    DODownloadProperty_NoProgressTimeoutSeconds = 10,
    DODownloadProperty_ForegroundPriority = 11,
    DODownloadProperty_BlockingMode = 12,
    DODownloadProperty_CallbackInterface = 13,
    DODownloadProperty_StreamInterface = 14,
    DODownloadProperty_SecurityContext = 15,
    DODownloadProperty_NetworkToken = 16,
    DODownloadProperty_CorrelationVector = 17,
    DODownloadProperty_DecryptionInfo = 18,
    DODownloadProperty_IntegrityCheckInfo = 19,
    DODownloadProperty_IntegrityCheckMandatory = 20,
    DODownloadProperty_TotalSizeBytes = 21,
    DODownloadProperty_DisallowOnCellular = 22,
    DODownloadProperty_HttpCustomAuthHeaders = 23,
    DODownloadProperty_HttpAllowSecureToNonSecureRedirect = 24,
    DODownloadProperty_NonVolatile = 25,
    DODownloadProperty_HttpRedirectionTarget = 26,
    DODownloadProperty_HttpResponseHeaders = 27,
    DODownloadProperty_HttpServerIPAddress = 28,
    DODownloadProperty_HttpStatusCode = 29
} DODownloadProperty;
typedef enum __WIDL_deliveryoptimization_generated_name_00000017 {
    DODownloadPropertyEx_UpdateId = 0,
    DODownloadPropertyEx_CorrelationVector = 1,
    DODownloadPropertyEx_DecryptionInfo = 2,
    DODownloadPropertyEx_IntegrityCheckInfo = 3,
    DODownloadPropertyEx_IntegrityCheckMandatory = 4,
    DODownloadPropertyEx_TotalSizeBytes = 5,
    DODownloadPropertyEx_TempLocalFileUsage = 6
} DODownloadPropertyEx;
typedef struct _DO_DOWNLOAD_RANGE {
    UINT64 Offset;
    UINT64 Length;
} DO_DOWNLOAD_RANGE;
typedef struct _DO_DOWNLOAD_RANGES_INFO {
    UINT RangeCount;
    DO_DOWNLOAD_RANGE Ranges[1];
} DO_DOWNLOAD_RANGES_INFO;
typedef struct _DO_DOWNLOAD_STATUS {
    UINT64 BytesTotal;
    UINT64 BytesTransferred;
    DODownloadState State;
    HRESULT Error;
    HRESULT ExtendedError;
} DO_DOWNLOAD_STATUS;
typedef struct _DO_DOWNLOAD_ENUM_CATEGORY {
    DODownloadProperty Property;
    LPCWSTR Value;
} DO_DOWNLOAD_ENUM_CATEGORY;
#ifndef __IDODownload_FWD_DEFINED__
#define __IDODownload_FWD_DEFINED__
typedef interface IDODownload IDODownload;
#ifdef __cplusplus
interface IDODownload;
#endif /* __cplusplus */
#endif

/*****************************************************************************
 * IDODownloadStatusCallback interface
 */
#ifndef __IDODownloadStatusCallback_INTERFACE_DEFINED__
#define __IDODownloadStatusCallback_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDODownloadStatusCallback, 0xd166e8e3, 0xa90e, 0x4392, 0x8e,0x87, 0x05,0xe9,0x96,0xd3,0x74,0x7d);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("d166e8e3-a90e-4392-8e87-05e996d3747d")
IDODownloadStatusCallback : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE OnStatusChange(
        IDODownload *download,
        const DO_DOWNLOAD_STATUS *status) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDODownloadStatusCallback, 0xd166e8e3, 0xa90e, 0x4392, 0x8e,0x87, 0x05,0xe9,0x96,0xd3,0x74,0x7d)
#endif
#else
typedef struct IDODownloadStatusCallbackVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDODownloadStatusCallback *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDODownloadStatusCallback *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDODownloadStatusCallback *This);

    /*** IDODownloadStatusCallback methods ***/
    HRESULT (STDMETHODCALLTYPE *OnStatusChange)(
        IDODownloadStatusCallback *This,
        IDODownload *download,
        const DO_DOWNLOAD_STATUS *status);

    END_INTERFACE
} IDODownloadStatusCallbackVtbl;

interface IDODownloadStatusCallback {
    CONST_VTBL IDODownloadStatusCallbackVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDODownloadStatusCallback_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDODownloadStatusCallback_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDODownloadStatusCallback_Release(This) (This)->lpVtbl->Release(This)
/*** IDODownloadStatusCallback methods ***/
#define IDODownloadStatusCallback_OnStatusChange(This,download,status) (This)->lpVtbl->OnStatusChange(This,download,status)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDODownloadStatusCallback_QueryInterface(IDODownloadStatusCallback* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDODownloadStatusCallback_AddRef(IDODownloadStatusCallback* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDODownloadStatusCallback_Release(IDODownloadStatusCallback* This) {
    return This->lpVtbl->Release(This);
}
/*** IDODownloadStatusCallback methods ***/
static FORCEINLINE HRESULT IDODownloadStatusCallback_OnStatusChange(IDODownloadStatusCallback* This,IDODownload *download,const DO_DOWNLOAD_STATUS *status) {
    return This->lpVtbl->OnStatusChange(This,download,status);
}
#endif
#endif

#endif


#endif  /* __IDODownloadStatusCallback_INTERFACE_DEFINED__ */

/*****************************************************************************
 * IDODownload interface
 */
#ifndef __IDODownload_INTERFACE_DEFINED__
#define __IDODownload_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDODownload, 0xfbbd7fc0, 0xc147, 0x4727, 0xa3,0x8d, 0x82,0x7e,0xf0,0x71,0xee,0x77);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("fbbd7fc0-c147-4727-a38d-827ef071ee77")
IDODownload : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE Start(
        const DO_DOWNLOAD_RANGES_INFO *ranges) = 0;

    virtual HRESULT STDMETHODCALLTYPE Pause(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE Abort(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE Finalize(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetStatus(
        DO_DOWNLOAD_STATUS *status) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetProperty(
        DODownloadProperty propId,
        VARIANT *propVal) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetProperty(
        DODownloadProperty propId,
        const VARIANT *propVal) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDODownload, 0xfbbd7fc0, 0xc147, 0x4727, 0xa3,0x8d, 0x82,0x7e,0xf0,0x71,0xee,0x77)
#endif
#else
typedef struct IDODownloadVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDODownload *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDODownload *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDODownload *This);

    /*** IDODownload methods ***/
    HRESULT (STDMETHODCALLTYPE *Start)(
        IDODownload *This,
        const DO_DOWNLOAD_RANGES_INFO *ranges);

    HRESULT (STDMETHODCALLTYPE *Pause)(
        IDODownload *This);

    HRESULT (STDMETHODCALLTYPE *Abort)(
        IDODownload *This);

    HRESULT (STDMETHODCALLTYPE *Finalize)(
        IDODownload *This);

    HRESULT (STDMETHODCALLTYPE *GetStatus)(
        IDODownload *This,
        DO_DOWNLOAD_STATUS *status);

    HRESULT (STDMETHODCALLTYPE *GetProperty)(
        IDODownload *This,
        DODownloadProperty propId,
        VARIANT *propVal);

    HRESULT (STDMETHODCALLTYPE *SetProperty)(
        IDODownload *This,
        DODownloadProperty propId,
        const VARIANT *propVal);

    END_INTERFACE
} IDODownloadVtbl;

interface IDODownload {
    CONST_VTBL IDODownloadVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDODownload_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDODownload_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDODownload_Release(This) (This)->lpVtbl->Release(This)
/*** IDODownload methods ***/
#define IDODownload_Start(This,ranges) (This)->lpVtbl->Start(This,ranges)
#define IDODownload_Pause(This) (This)->lpVtbl->Pause(This)
#define IDODownload_Abort(This) (This)->lpVtbl->Abort(This)
#define IDODownload_Finalize(This) (This)->lpVtbl->Finalize(This)
#define IDODownload_GetStatus(This,status) (This)->lpVtbl->GetStatus(This,status)
#define IDODownload_GetProperty(This,propId,propVal) (This)->lpVtbl->GetProperty(This,propId,propVal)
#define IDODownload_SetProperty(This,propId,propVal) (This)->lpVtbl->SetProperty(This,propId,propVal)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDODownload_QueryInterface(IDODownload* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDODownload_AddRef(IDODownload* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDODownload_Release(IDODownload* This) {
    return This->lpVtbl->Release(This);
}
/*** IDODownload methods ***/
static FORCEINLINE HRESULT IDODownload_Start(IDODownload* This,const DO_DOWNLOAD_RANGES_INFO *ranges) {
    return This->lpVtbl->Start(This,ranges);
}
static FORCEINLINE HRESULT IDODownload_Pause(IDODownload* This) {
    return This->lpVtbl->Pause(This);
}
static FORCEINLINE HRESULT IDODownload_Abort(IDODownload* This) {
    return This->lpVtbl->Abort(This);
}
static FORCEINLINE HRESULT IDODownload_Finalize(IDODownload* This) {
    return This->lpVtbl->Finalize(This);
}
static FORCEINLINE HRESULT IDODownload_GetStatus(IDODownload* This,DO_DOWNLOAD_STATUS *status) {
    return This->lpVtbl->GetStatus(This,status);
}
static FORCEINLINE HRESULT IDODownload_GetProperty(IDODownload* This,DODownloadProperty propId,VARIANT *propVal) {
    return This->lpVtbl->GetProperty(This,propId,propVal);
}
static FORCEINLINE HRESULT IDODownload_SetProperty(IDODownload* This,DODownloadProperty propId,const VARIANT *propVal) {
    return This->lpVtbl->SetProperty(This,propId,propVal);
}
#endif
#endif

#endif


#endif  /* __IDODownload_INTERFACE_DEFINED__ */

/*****************************************************************************
 * IDOManager interface
 */
#ifndef __IDOManager_INTERFACE_DEFINED__
#define __IDOManager_INTERFACE_DEFINED__

DEFINE_GUID(IID_IDOManager, 0x400e2d4a, 0x1431, 0x4c1a, 0xa7,0x48, 0x39,0xca,0x47,0x2c,0xfd,0xb1);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("400e2d4a-1431-4c1a-a748-39ca472cfdb1")
IDOManager : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE CreateDownload(
        IDODownload **download) = 0;

    virtual HRESULT STDMETHODCALLTYPE EnumDownloads(
        const DO_DOWNLOAD_ENUM_CATEGORY *category,
        IEnumUnknown **ppEnum) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IDOManager, 0x400e2d4a, 0x1431, 0x4c1a, 0xa7,0x48, 0x39,0xca,0x47,0x2c,0xfd,0xb1)
#endif
#else
typedef struct IDOManagerVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IDOManager *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IDOManager *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IDOManager *This);

    /*** IDOManager methods ***/
    HRESULT (STDMETHODCALLTYPE *CreateDownload)(
        IDOManager *This,
        IDODownload **download);

    HRESULT (STDMETHODCALLTYPE *EnumDownloads)(
        IDOManager *This,
        const DO_DOWNLOAD_ENUM_CATEGORY *category,
        IEnumUnknown **ppEnum);

    END_INTERFACE
} IDOManagerVtbl;

interface IDOManager {
    CONST_VTBL IDOManagerVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IDOManager_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IDOManager_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IDOManager_Release(This) (This)->lpVtbl->Release(This)
/*** IDOManager methods ***/
#define IDOManager_CreateDownload(This,download) (This)->lpVtbl->CreateDownload(This,download)
#define IDOManager_EnumDownloads(This,category,ppEnum) (This)->lpVtbl->EnumDownloads(This,category,ppEnum)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IDOManager_QueryInterface(IDOManager* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IDOManager_AddRef(IDOManager* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IDOManager_Release(IDOManager* This) {
    return This->lpVtbl->Release(This);
}
/*** IDOManager methods ***/
static FORCEINLINE HRESULT IDOManager_CreateDownload(IDOManager* This,IDODownload **download) {
    return This->lpVtbl->CreateDownload(This,download);
}
static FORCEINLINE HRESULT IDOManager_EnumDownloads(IDOManager* This,const DO_DOWNLOAD_ENUM_CATEGORY *category,IEnumUnknown **ppEnum) {
    return This->lpVtbl->EnumDownloads(This,category,ppEnum);
}
#endif
#endif

#endif


#endif  /* __IDOManager_INTERFACE_DEFINED__ */

/*****************************************************************************
 * DeliveryOptimization coclass
 */

DEFINE_GUID(CLSID_DeliveryOptimization, 0x5b99fa76, 0x721c, 0x423c, 0xad,0xac, 0x56,0xd0,0x3c,0x8a,0x80,0x07);

#ifdef __cplusplus
class DECLSPEC_UUID("5b99fa76-721c-423c-adac-56d03c8a8007") DeliveryOptimization;
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(DeliveryOptimization, 0x5b99fa76, 0x721c, 0x423c, 0xad,0xac, 0x56,0xd0,0x3c,0x8a,0x80,0x07)
#endif
#endif

/* Begin additional prototypes for all interfaces */


/* End additional prototypes */

#ifdef __cplusplus
}
#endif

#endif /* __deliveryoptimization_h__ */

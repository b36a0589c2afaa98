/* Result codes. Made from the catalogue of codes. Part of bgcopy: do not edit. */

#ifndef BGCOPY_WINERROR_H
#define BGCOPY_WINERROR_H

#include "wtypes.h"

#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#define IS_ERROR(hr) (((uint32_t)(hr)) >> 31 == 1)
#define HRESULT_CODE(hr) ((hr) & 0xFFFF)
#define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1FFF)
#define HRESULT_SEVERITY(hr) (((hr) >> 31) & 0x1)
#define MAKE_HRESULT(severity, facility, code) \
    ((HRESULT)(((uint32_t)(severity) << 31) | ((uint32_t)(facility) << 16) | ((uint32_t)(code))))
#define HRESULT_FROM_WIN32(error) \
    ((HRESULT)(error) <= 0 ? (HRESULT)(error) : (HRESULT)(((error) & 0xFFFF) | (7 << 16) | 0x80000000))

#define FACILITY_WIN32 7
#define FACILITY_HTTP 25
#define FACILITY_BACKGROUNDCOPY 32
#define ERROR_SUCCESS 0
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_PARAMETER 87
#define ERROR_NOT_FOUND 1168
#define NOERROR 0

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_POINTER ((HRESULT)0x80004003)
#define E_ABORT ((HRESULT)0x80004004)
#define E_HANDLE ((HRESULT)0x80070006)
#define STG_E_MEDIUMFULL ((HRESULT)0x80030070)
#define HTTP_E_STATUS_FORBIDDEN ((HRESULT)0x80190193)
#define HTTP_E_STATUS_NOT_FOUND ((HRESULT)0x80190194)
#define CLASS_E_NOAGGREGATION ((HRESULT)0x80040110)
#define REGDB_E_CLASSNOTREG ((HRESULT)0x80040154)
#define CO_E_NOTINITIALIZED ((HRESULT)0x800401F0)
#define CO_E_CLASSSTRING ((HRESULT)0x800401F3)
#define DISP_E_BADVARTYPE ((HRESULT)0x80020008)
#define RPC_E_CHANGED_MODE ((HRESULT)0x80010106)
#define RPC_E_DISCONNECTED ((HRESULT)0x80010108)
#define RPC_E_TOO_LATE ((HRESULT)0x80010119)

/* The data that this needs is not here yet. */
#define E_PENDING ((HRESULT)0x8000000A)
/* This is not supported. */
#define E_NOTIMPL ((HRESULT)0x80004001)
/* The object has no such interface. */
#define E_NOINTERFACE ((HRESULT)0x80004002)
/* The operation failed for a reason that was not told. */
#define E_FAIL ((HRESULT)0x80004005)
/* Something happened that must not happen. */
#define E_UNEXPECTED ((HRESULT)0x8000FFFF)
/* The service could not act with the caller's rights. */
#define CO_E_FAILEDTOIMPERSONATE ((HRESULT)0x80010123)
/* The value has another type than the property. */
#define DISP_E_TYPEMISMATCH ((HRESULT)0x80020005)
/* The file does not exist. */
#define ERROR_FILE_NOT_FOUND 2
/* The folder that the file is to be written to does not exist. */
#define ERROR_PATH_NOT_FOUND 3
/* Permission was denied. */
#define E_ACCESSDENIED ((HRESULT)0x80070005)
/* There is not enough memory. */
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
/* The volume that the file is written to is read-only. */
#define ERROR_WRITE_PROTECT 19
/* The destination exists already, and it may not be replaced. */
#define ERROR_FILE_EXISTS 80
/* An argument is not valid. */
#define E_INVALIDARG ((HRESULT)0x80070057)
/* There is not enough space on the volume that the file is written to. */
#define ERROR_DISK_FULL 112
/* The name of the file is not valid. */
#define ERROR_INVALID_NAME 123
/* The name of the file is longer than the file system takes. */
#define ERROR_FILENAME_EXCED_RANGE 206
/* The device that the file is on failed to read or write. */
#define ERROR_IO_DEVICE 1117
/* The property was never set. */
#define E_NOT_SET ((HRESULT)0x80070490)
/* A pointer that must lead somewhere is null. */
#define RPC_X_NULL_REF_POINTER 1780
/* The call carried data that cannot be: a hash of a wrong length, or no certificate where one is due. */
#define RPC_X_BAD_STUB_DATA 1783
/* There is no text in this language. */
#define ERROR_RESOURCE_LANG_NOT_FOUND 1815
/* The server did not answer or did not send in time. */
#define ERROR_WINHTTP_TIMEOUT 12002
/* The name of the server could not be resolved. */
#define ERROR_WINHTTP_NAME_NOT_RESOLVED 12007
/* No connection to the server could be established. */
#define ERROR_WINHTTP_CANNOT_CONNECT 12029
/* The connection was closed before everything had come. */
#define ERROR_WINHTTP_CONNECTION_ERROR 12030
/* The connection to the server was reset. */
#define ERROR_INTERNET_CONNECTION_RESET 12031
/* The server wants a client certificate, and the job has none that it accepts. */
#define ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED 12044
/* It could not be checked whether the server's certificate was revoked. */
#define ERROR_WINHTTP_SECURE_CERT_REV_FAILED 12057
/* The server's answer lacks a header that is needed, such as the length or the range. */
#define ERROR_WINHTTP_HEADER_NOT_FOUND 12150
/* The server's answer cannot be understood. */
#define ERROR_WINHTTP_INVALID_SERVER_RESPONSE 12152
/* The server refers elsewhere, and the job must not or cannot follow. */
#define ERROR_WINHTTP_REDIRECT_FAILED 12156
/* The server's certificate was revoked. */
#define ERROR_WINHTTP_SECURE_CERT_REVOKED 12170
/* No trusted connection to the server could be established; its certificate may not be valid. */
#define ERROR_WINHTTP_SECURE_FAILURE 12175
/* The private key of the client certificate cannot be used. */
#define ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY 12186
/* The certificate data cannot be read. */
#define CRYPT_E_FILE_ERROR ((HRESULT)0x80092003)
/* There is no such certificate. */
#define CRYPT_E_NOT_FOUND ((HRESULT)0x80092004)
/* The URL is malformed. */
#define INET_E_INVALID_URL ((HRESULT)0x800C0002)
/* The server answered with a status that was not expected. */
#define HTTP_E_STATUS_UNEXPECTED ((HRESULT)0x80190001)
/* The server refers elsewhere, which was not expected. */
#define HTTP_E_STATUS_UNEXPECTED_REDIRECTION ((HRESULT)0x80190003)

#endif

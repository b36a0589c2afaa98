/* The codes of BITS, and of HTTP statuses. Made from the catalogue of codes. Part of bgcopy: do not edit. */

#ifndef BGCOPY_BITSMSG_H
#define BGCOPY_BITSMSG_H

#include "winerror.h"

/* Nothing has failed. */
#define BG_S_ERROR_CONTEXT_NONE ((HRESULT)0x00200006)
/* The finished files were kept; the unfinished ones were deleted. */
#define BG_S_PARTIAL_COMPLETE ((HRESULT)0x00200017)
/* The request was carried out, but some temporary files could not be removed. */
#define BG_S_UNABLE_TO_DELETE_FILES ((HRESULT)0x0020001A)
/* The proxy of the transfer changed. */
#define BG_S_PROXY_CHANGED ((HRESULT)0x0020002A)
/* The setting was stored, but a policy of the administrator overrides it. */
#define BG_S_OVERRIDDEN_BY_POLICY ((HRESULT)0x00200055)
/* There is no such job. */
#define BG_E_NOT_FOUND ((HRESULT)0x80200001)
/* The job's present state does not allow this; a job that is complete or cancelled can only be read. */
#define BG_E_INVALID_STATE ((HRESULT)0x80200002)
/* The job has no files; add one before resuming it. */
#define BG_E_EMPTY ((HRESULT)0x80200003)
/* The error is not tied to a file. */
#define BG_E_FILE_NOT_AVAILABLE ((HRESULT)0x80200004)
/* The error is not about the transfer protocol. */
#define BG_E_PROTOCOL_NOT_AVAILABLE ((HRESULT)0x80200005)
/* It is not known where the failure struck. */
#define BG_E_ERROR_CONTEXT_UNKNOWN ((HRESULT)0x80200007)
/* The failure concerns the queue: the network as a whole, a policy, a limit or the time of the job. */
#define BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER ((HRESULT)0x80200008)
/* The failure concerns the local file: its folder, its rights, its space or its name. */
#define BG_E_ERROR_CONTEXT_LOCAL_FILE ((HRESULT)0x80200009)
/* The failure concerns the remote file: what the server answered about it. */
#define BG_E_ERROR_CONTEXT_REMOTE_FILE ((HRESULT)0x8020000A)
/* The failure struck on the way to the server: names, connections, certificates or the proxy. */
#define BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT ((HRESULT)0x8020000B)
/* The job's program could not be notified; the service tries again later. */
#define BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION ((HRESULT)0x8020000C)
/* The destination cannot be used: it is locked, or something is there that must not be replaced. */
#define BG_E_DESTINATION_LOCKED ((HRESULT)0x8020000D)
/* Another volume is mounted where the file is written to; put the original one back. */
#define BG_E_VOLUME_CHANGED ((HRESULT)0x8020000E)
/* The job has no error to tell of. */
#define BG_E_ERROR_INFORMATION_UNAVAILABLE ((HRESULT)0x8020000F)
/* This machine is not connected to a network. */
#define BG_E_NETWORK_DISCONNECTED ((HRESULT)0x80200010)
/* The server does not tell the size of the file, and the job needs it. */
#define BG_E_MISSING_FILE_SIZE ((HRESULT)0x80200011)
/* The server does not speak HTTP as the transfer needs it. */
#define BG_E_INSUFFICIENT_HTTP_SUPPORT ((HRESULT)0x80200012)
/* A part of the file is needed, and the server, or a proxy on the way, sends only the whole. */
#define BG_E_INSUFFICIENT_RANGE_SUPPORT ((HRESULT)0x80200013)
/* The service cannot be used from another machine. */
#define BG_E_REMOTE_NOT_SUPPORTED ((HRESULT)0x80200014)
/* The new owner does not see the destination under the same path as the previous one. */
#define BG_E_NEW_OWNER_DIFF_MAPPING ((HRESULT)0x80200015)
/* The new owner may not use the temporary files of the job. */
#define BG_E_NEW_OWNER_NO_FILE_ACCESS ((HRESULT)0x80200016)
/* The list of proxies is too long; it may have 32,000 characters. */
#define BG_E_PROXY_LIST_TOO_LARGE ((HRESULT)0x80200018)
/* The list of hosts reached without a proxy is too long; it may have 32,000 characters. */
#define BG_E_PROXY_BYPASS_LIST_TOO_LARGE ((HRESULT)0x80200019)
/* The server's answer breaks the protocol; resuming the job asks again. */
#define BG_E_INVALID_SERVER_RESPONSE ((HRESULT)0x8020001B)
/* An upload job has one file only. */
#define BG_E_TOO_MANY_FILES ((HRESULT)0x8020001C)
/* Somebody else changed or removed the local file during the transfer. */
#define BG_E_LOCAL_FILE_CHANGED ((HRESULT)0x8020001D)
/* The failure concerns the server's application that takes the upload. */
#define BG_E_ERROR_CONTEXT_REMOTE_APPLICATION ((HRESULT)0x8020001E)
/* The server does not know the upload session; the service tries again. */
#define BG_E_SESSION_NOT_FOUND ((HRESULT)0x8020001F)
/* There are more bytes than were agreed upon, or than may be stored there. */
#define BG_E_TOO_LARGE ((HRESULT)0x80200020)
/* A text is longer than it may be. */
#define BG_E_STRING_TOO_LONG ((HRESULT)0x80200021)
/* The service and the server have no version of the upload protocol in common. */
#define BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH ((HRESULT)0x80200022)
/* The server's upload folder allows programs to be run, which is not safe. */
#define BG_E_SERVER_EXECUTE_ENABLE ((HRESULT)0x80200023)
/* No bytes came for as long as the job may wait for them. */
#define BG_E_NO_PROGRESS ((HRESULT)0x80200024)
/* The user name is too long; it may have 300 characters. */
#define BG_E_USERNAME_TOO_LARGE ((HRESULT)0x80200025)
/* The password is too long; it may have 65,535 characters. */
#define BG_E_PASSWORD_TOO_LARGE ((HRESULT)0x80200026)
/* Credentials are either for the server or for the proxy; there is no other target. */
#define BG_E_INVALID_AUTH_TARGET ((HRESULT)0x80200027)
/* The authentication scheme does not exist or is not supported. */
#define BG_E_INVALID_AUTH_SCHEME ((HRESULT)0x80200028)
/* The job has no such file. */
#define BG_E_FILE_NOT_FOUND ((HRESULT)0x80200029)
/* A range of bytes is malformed or lies outside the file. */
#define BG_E_INVALID_RANGE ((HRESULT)0x8020002B)
/* Two ranges of bytes overlap. */
#define BG_E_OVERLAPPING_RANGES ((HRESULT)0x8020002C)
/* The connection could not be established. */
#define BG_E_CONNECT_FAILURE ((HRESULT)0x8020002D)
/* The connection was closed before everything had come. */
#define BG_E_CONNECTION_CLOSED ((HRESULT)0x8020002E)
/* The bandwidth policy allows no background transfers at this time. */
#define BG_E_BLOCKED_BY_POLICY ((HRESULT)0x8020003E)
/* The proxy settings of the job make no sense. */
#define BG_E_INVALID_PROXY_INFO ((HRESULT)0x8020003F)
/* The credentials are badly formed. */
#define BG_E_INVALID_CREDENTIALS ((HRESULT)0x80200040)
/* The hash algorithm is not supported. */
#define BG_E_INVALID_HASH_ALGORITHM ((HRESULT)0x80200041)
/* The cache record is gone; its update was dropped. */
#define BG_E_RECORD_DELETED ((HRESULT)0x80200042)
/* The cache record is being updated by somebody else just now. */
#define BG_E_COMMIT_IN_PROGRESS ((HRESULT)0x80200043)
/* A search for peers is already running. */
#define BG_E_DISCOVERY_IN_PROGRESS ((HRESULT)0x80200044)
/* The gateway could not be asked or refused (UPnP). */
#define BG_E_UPNP_ERROR ((HRESULT)0x80200045)
/* A test switch stopped the download after the search for peers. */
#define BG_E_TEST_OPTION_BLOCKED_DOWNLOAD ((HRESULT)0x80200046)
/* Sharing with peers is switched off. */
#define BG_E_PEERCACHING_DISABLED ((HRESULT)0x80200047)
/* The cache record is in use; try again in a few seconds. */
#define BG_E_BUSYCACHERECORD ((HRESULT)0x80200048)
/* This user has as many jobs as one may have; complete or cancel one. */
#define BG_E_TOO_MANY_JOBS_PER_USER ((HRESULT)0x80200049)
/* This machine has as many jobs as one may have; complete or cancel one. */
#define BG_E_TOO_MANY_JOBS_PER_MACHINE ((HRESULT)0x80200050)
/* The job has as many files as one may have. */
#define BG_E_TOO_MANY_FILES_IN_JOB ((HRESULT)0x80200051)
/* The file has as many ranges as one may have. */
#define BG_E_TOO_MANY_RANGES_IN_FILE ((HRESULT)0x80200052)
/* The content is not what was promised; it is not used. */
#define BG_E_VALIDATION_FAILED ((HRESULT)0x80200053)
/* The job was in transfer for longer than its maximum. */
#define BG_E_MAXDOWNLOAD_TIMEOUT ((HRESULT)0x80200054)
/* The job runs with a helper token, which its program has not supplied. */
#define BG_E_TOKEN_REQUIRED ((HRESULT)0x80200056)
/* There is no such property. */
#define BG_E_UNKNOWN_PROPERTY_ID ((HRESULT)0x80200057)
/* The property can only be read. */
#define BG_E_READ_ONLY_PROPERTY ((HRESULT)0x80200058)
/* The cost of the present connection is higher than the job allows. */
#define BG_E_BLOCKED_BY_COST_TRANSFER_POLICY ((HRESULT)0x80200059)
/* Only download jobs have this property. */
#define BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY ((HRESULT)0x80200060)
/* The property can only be set before the first file is added. */
#define BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE ((HRESULT)0x80200061)
/* The property can only be set before the job is resumed for the first time. */
#define BG_E_READ_ONLY_PROPERTY_AFTER_RESUME ((HRESULT)0x80200062)
/* The maximum download size must be at least 1. */
#define BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE ((HRESULT)0x80200063)
/* The job fetched as many bytes as it may. */
#define BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED ((HRESULT)0x80200064)
/* The transfer pauses while the machine saves power; it goes on when the machine wakes. */
#define BG_E_STANDBY_MODE ((HRESULT)0x80200065)
/* Stored credentials can only be used for the proxy. */
#define BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED ((HRESULT)0x80200066)
/* The transfer pauses while the machine runs on battery. */
#define BG_E_BLOCKED_BY_BATTERY_POLICY ((HRESULT)0x80200067)
/* The transfer pauses while the battery saver is on. */
#define BG_E_BLOCKED_BY_BATTERY_SAVER ((HRESULT)0x80200068)
/* An operation inside the service took longer than it may. */
#define BG_E_WATCHDOG_TIMEOUT ((HRESULT)0x80200069)
/* There is no application package for this user or program. */
#define BG_E_APP_PACKAGE_NOT_FOUND ((HRESULT)0x8020006A)
/* Application packages are not supported on this machine. */
#define BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED ((HRESULT)0x8020006B)
/* The service's records are damaged; it stops and repairs them when it starts again. */
#define BG_E_DATABASE_CORRUPT ((HRESULT)0x8020006C)
/* Single ranges cannot be asked for in this job. */
#define BG_E_RANDOM_ACCESS_NOT_SUPPORTED ((HRESULT)0x8020006D)
/* The owner's program has no permission to transfer in the background now. */
#define BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY ((HRESULT)0x8020006E)
/* The transfer pauses while game mode is on. */
#define BG_E_BLOCKED_BY_GAME_MODE ((HRESULT)0x8020006F)
/* The transfer pauses because the machine is short of memory or other resources. */
#define BG_E_BLOCKED_BY_SYSTEM_POLICY ((HRESULT)0x80200070)
/* This is not possible for a job with an HTTP method of its own. */
#define BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD ((HRESULT)0x80200071)
/* The settings of the job do not allow this. */
#define BG_E_UNSUPPORTED_JOB_CONFIGURATION ((HRESULT)0x80200072)
/* The remote file kept changing during the transfer; resuming the job starts it again. */
#define BG_E_REMOTE_FILE_CHANGED ((HRESULT)0x80200073)
/* The job has its server certificates checked by its program, which is not registered now. */
#define BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED ((HRESULT)0x80200074)
/* This can only be set while the job is suspended, in error or transferred. */
#define BG_E_READ_ONLY_WHEN_JOB_ACTIVE ((HRESULT)0x80200075)
/* The failure struck while the job's program checked the server's certificate. */
#define BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK ((HRESULT)0x80200076)
/* HTTP status 100: the server told us to go on, and sent nothing after that. */
#define BG_E_HTTP_ERROR_100 ((HRESULT)0x80190064)
/* HTTP status 101: the server changed to another protocol, unasked. */
#define BG_E_HTTP_ERROR_101 ((HRESULT)0x80190065)
/* HTTP status 200: the server's answer does not fit the request; resuming the job asks again. */
#define BG_E_HTTP_ERROR_200 ((HRESULT)0x801900C8)
/* HTTP status 201: the server created something instead of sending the file. */
#define BG_E_HTTP_ERROR_201 ((HRESULT)0x801900C9)
/* HTTP status 202: the server accepted the request and has not carried it out yet. */
#define BG_E_HTTP_ERROR_202 ((HRESULT)0x801900CA)
/* HTTP status 203: somebody on the way altered the server's answer. */
#define BG_E_HTTP_ERROR_203 ((HRESULT)0x801900CB)
/* HTTP status 204: the server's answer is empty. */
#define BG_E_HTTP_ERROR_204 ((HRESULT)0x801900CC)
/* HTTP status 205: the server's answer does not fit the request; resuming the job asks again. */
#define BG_E_HTTP_ERROR_205 ((HRESULT)0x801900CD)
/* HTTP status 206: the server sent a part of the file that cannot be used. */
#define BG_E_HTTP_ERROR_206 ((HRESULT)0x801900CE)
/* HTTP status 300: the server offers several files and sends none of them. */
#define BG_E_HTTP_ERROR_300 ((HRESULT)0x8019012C)
/* HTTP status 301: the file has moved for good, and the job does not follow. */
#define BG_E_HTTP_ERROR_301 ((HRESULT)0x8019012D)
/* HTTP status 302: the file is elsewhere for now, and the job does not follow. */
#define BG_E_HTTP_ERROR_302 ((HRESULT)0x8019012E)
/* HTTP status 303: the server refers to another URL, and the job does not follow. */
#define BG_E_HTTP_ERROR_303 ((HRESULT)0x8019012F)
/* HTTP status 304: the server says "not modified", which nobody asked; resuming the job asks again. */
#define BG_E_HTTP_ERROR_304 ((HRESULT)0x80190130)
/* HTTP status 305: the server wants to be asked through a proxy. */
#define BG_E_HTTP_ERROR_305 ((HRESULT)0x80190131)
/* HTTP status 307: the file is elsewhere for now, and the job does not follow. */
#define BG_E_HTTP_ERROR_307 ((HRESULT)0x80190133)
/* HTTP status 400: the server does not understand the request; the URL may be wrong. */
#define BG_E_HTTP_ERROR_400 ((HRESULT)0x80190190)
/* HTTP status 401: the server wants a user name and a password that it accepts. */
#define BG_E_HTTP_ERROR_401 ((HRESULT)0x80190191)
/* HTTP status 402: the server wants to be paid; resuming the job asks again. */
#define BG_E_HTTP_ERROR_402 ((HRESULT)0x80190192)
/* HTTP status 403: the server denies access to the file; a signed URL may have expired. */
#define BG_E_HTTP_ERROR_403 ((HRESULT)0x80190193)
/* HTTP status 404: the server has no file at this URL. */
#define BG_E_HTTP_ERROR_404 ((HRESULT)0x80190194)
/* HTTP status 405: the server does not allow this method at this URL. */
#define BG_E_HTTP_ERROR_405 ((HRESULT)0x80190195)
/* HTTP status 406: the server has the file in no form that was asked for. */
#define BG_E_HTTP_ERROR_406 ((HRESULT)0x80190196)
/* HTTP status 407: the proxy wants a user name and a password that it accepts. */
#define BG_E_HTTP_ERROR_407 ((HRESULT)0x80190197)
/* HTTP status 408: the server grew tired of waiting for the request. */
#define BG_E_HTTP_ERROR_408 ((HRESULT)0x80190198)
/* HTTP status 409: the request conflicts with the present state of the file on the server. */
#define BG_E_HTTP_ERROR_409 ((HRESULT)0x80190199)
/* HTTP status 410: the file is gone from the server for good. */
#define BG_E_HTTP_ERROR_410 ((HRESULT)0x8019019A)
/* HTTP status 411: the server wants a length with the request. */
#define BG_E_HTTP_ERROR_411 ((HRESULT)0x8019019B)
/* HTTP status 412: a condition of the request does not hold on the server. */
#define BG_E_HTTP_ERROR_412 ((HRESULT)0x8019019C)
/* HTTP status 413: the request is larger than the server takes. */
#define BG_E_HTTP_ERROR_413 ((HRESULT)0x8019019D)
/* HTTP status 414: the URL is longer than the server takes. */
#define BG_E_HTTP_ERROR_414 ((HRESULT)0x8019019E)
/* HTTP status 415: the server does not take this kind of content; resuming the job asks again. */
#define BG_E_HTTP_ERROR_415 ((HRESULT)0x8019019F)
/* HTTP status 416: the range that was asked for lies outside the file on the server. */
#define BG_E_HTTP_ERROR_416 ((HRESULT)0x801901A0)
/* HTTP status 417: the server cannot do what the request expects of it. */
#define BG_E_HTTP_ERROR_417 ((HRESULT)0x801901A1)
/* HTTP status 449: the server wants the request again with more facts; resuming the job asks again. */
#define BG_E_HTTP_ERROR_449 ((HRESULT)0x801901C1)
/* HTTP status 500: something failed inside the server. */
#define BG_E_HTTP_ERROR_500 ((HRESULT)0x801901F4)
/* HTTP status 501: the server cannot do what was asked of it. */
#define BG_E_HTTP_ERROR_501 ((HRESULT)0x801901F5)
/* HTTP status 502: the server behind the gateway gave a bad answer. */
#define BG_E_HTTP_ERROR_502 ((HRESULT)0x801901F6)
/* HTTP status 503: the server is overloaded or under maintenance. */
#define BG_E_HTTP_ERROR_503 ((HRESULT)0x801901F7)
/* HTTP status 504: the server behind the gateway did not answer in time. */
#define BG_E_HTTP_ERROR_504 ((HRESULT)0x801901F8)
/* HTTP status 505: the server does not speak this version of HTTP. */
#define BG_E_HTTP_ERROR_505 ((HRESULT)0x801901F9)

#endif

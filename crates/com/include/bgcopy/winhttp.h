/* The bits of SetSecurityFlags and of DODownloadProperty_SecurityFlags that have their names from WinHTTP. Not its
 * functions. Part of bgcopy. */

#ifndef BGCOPY_WINHTTP_H
#define BGCOPY_WINHTTP_H

#define SECURITY_FLAG_IGNORE_UNKNOWN_CA 0x00000100
#define SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE 0x00000200
#define SECURITY_FLAG_IGNORE_CERT_CN_INVALID 0x00001000
#define SECURITY_FLAG_IGNORE_CERT_DATE_INVALID 0x00002000
#define WINHTTP_ENABLE_SSL_REVOCATION 0x00000001

#endif

/* The codes of Delivery Optimization. Made from the catalogue of codes. Part of bgcopy: do not edit. */

#ifndef BGCOPY_DELIVERYOPTIMIZATIONERRORS_H
#define BGCOPY_DELIVERYOPTIMIZATIONERRORS_H

#include "winerror.h"

#define FACILITY_DELIVERY_OPTIMIZATION 208
#define DO_ZONE_MASK 0xF000
#define DO_TRANSIENT_ZONE_MASK 0xF800
#define DO_TRANSIENT_ZONE 0x3800

/* The service cannot be reached or cannot serve now. */
#define DO_E_NO_SERVICE ((HRESULT)0x80D01001)
/* No bytes came for as long as the job may wait for them. */
#define DO_E_DOWNLOAD_NO_PROGRESS ((HRESULT)0x80D02002)
/* There is no such job. */
#define DO_E_JOB_NOT_FOUND ((HRESULT)0x80D02003)
/* The job has no files; add one before resuming it. */
#define DO_E_JOB_EMPTY ((HRESULT)0x80D02004)
/* There are no downloads. */
#define DO_E_NO_DOWNLOADS ((HRESULT)0x80D02005)
/* This download cannot be delivered into memory. */
#define DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED ((HRESULT)0x80D0200B)
/* The job was neither completed nor cancelled before it grew too old. */
#define DO_E_JOB_TOO_OLD ((HRESULT)0x80D0200C)
/* No local path was given for the file. */
#define DO_E_LOCALPATH_NOT_SET ((HRESULT)0x80D0200D)
/* The error is not tied to a file. */
#define DO_E_FILE_NOT_AVAILABLE ((HRESULT)0x80D02010)
/* There is no such property. */
#define DO_E_UNKNOWN_PROPERTY_ID ((HRESULT)0x80D02011)
/* The property can only be read. */
#define DO_E_READ_ONLY_PROPERTY ((HRESULT)0x80D02012)
/* The job's present state does not allow this; a job that is complete or cancelled can only be read. */
#define DO_E_INVALID_STATE ((HRESULT)0x80D02013)
/* The job has no error to tell of. */
#define DO_E_ERROR_INFORMATION_UNAVAILABLE ((HRESULT)0x80D02014)
/* The property can only be written. */
#define DO_E_WRITE_ONLY_PROPERTY ((HRESULT)0x80D02015)
/* The content must be checked, and no piece hashes were given to check it against. */
#define DO_E_INTEGRITYCHECKINFO_UNSPECIFIED ((HRESULT)0x80D02016)
/* The content must be checked, and the piece hashes to check it against could not be fetched. */
#define DO_E_INTEGRITYCHECKINFO_UNAVAILABLE ((HRESULT)0x80D02017)
/* Neither a file nor a stream was given to write to. */
#define DO_E_FILE_DOWNLOADSINK_UNSPECIFIED ((HRESULT)0x80D02018)
/* Another kind of destination is set already. */
#define DO_E_FILE_DOWNLOADSINK_ALREADY_SET ((HRESULT)0x80D02019)
/* The server does not tell the size of the file, and the job needs it (HTTP status 200). */
#define DO_E_FILE_SIZE_UNKNOWN_HTTP_200 ((HRESULT)0x80D0201A)
/* A key was given, and the content is not encrypted. */
#define DO_E_FILE_ENCRYPTION_EXPECTED ((HRESULT)0x80D0201B)
/* The server does not tell the size of the file, and the job needs it (HTTP status 206). */
#define DO_E_FILE_SIZE_UNKNOWN_HTTP_206 ((HRESULT)0x80D0201C)
/* The server does not tell the size of the file, and the job needs it (an unusual HTTP status). */
#define DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX ((HRESULT)0x80D0201D)
/* The user has to agree first that the network is used. */
#define DO_E_NETWORK_ACCESS_CONSENT_NEEDED ((HRESULT)0x80D0201E)
/* The download was started without a URL. */
#define DO_E_DOWNLOAD_NO_URI ((HRESULT)0x80D02200)
/* The download was started without a content id. */
#define DO_E_DOWNLOAD_NO_CONTENT_ID ((HRESULT)0x80D02201)
/* The content id is not valid. */
#define DO_E_INVALID_CONTENT_ID ((HRESULT)0x80D02202)
/* Ranges were given where none are expected. */
#define DO_E_DOWNLOAD_RANGES_UNEXPECTED ((HRESULT)0x80D02203)
/* Ranges are expected, and none were given. */
#define DO_E_DOWNLOAD_RANGES_EXPECTED ((HRESULT)0x80D02204)
/* The download was refused because too many take part already. */
#define DO_E_NO_DOWNLOAD_PARTICIPATION ((HRESULT)0x80D03001)
/* The settings of the user or of the administrator do not allow this transfer now. */
#define DO_E_NO_DOWNLOAD_EXTSETTINGS ((HRESULT)0x80D03002)
/* The cost of the present connection is higher than the job allows. */
#define DO_E_BLOCKED_BY_COST_TRANSFER_POLICY ((HRESULT)0x80D03801)
/* The policy of the content restricts the ways in which it may be fetched. */
#define DO_E_DOWNLOADMODE_SET_BY_CP ((HRESULT)0x80D03802)
/* The machine is on a cellular network, which the policy forbids for transfers. */
#define DO_E_BLOCKED_BY_CELLULAR_POLICY ((HRESULT)0x80D03803)
/* The transfer pauses while the machine runs on battery. */
#define DO_E_BLOCKED_BY_POWER_STATE ((HRESULT)0x80D03804)
/* This machine is not connected to a network. */
#define DO_E_BLOCKED_BY_NO_NETWORK ((HRESULT)0x80D03805)
/* A policy restricts the ways in which the content may be fetched. */
#define DO_E_DOWNLOADMODE_SET_BY_POLICY ((HRESULT)0x80D03806)
/* The machine is on a VPN, which the policy forbids for transfers. */
#define DO_E_BLOCKED_BY_VPN_POLICY ((HRESULT)0x80D03807)
/* The transfer pauses because the machine is short of memory. */
#define DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE ((HRESULT)0x80D03808)
/* The cache folder is missing, so the content is fetched without peers. */
#define DO_E_DOWNLOADMODE_SET_BY_CACHE_ABSENCE ((HRESULT)0x80D03809)
/* A service that peers are found through cannot be reached. */
#define DO_E_CLOUD_SERVICES_UNREACHABLE ((HRESULT)0x80D0380A)
/* The caller is not registered, so the content is fetched without peers. */
#define DO_E_DOWNLOADMODE_SET_FOR_UNREG_CALLER ((HRESULT)0x80D0380B)
/* Single ranges are fetched without peers. */
#define DO_E_DOWNLOADMODE_SET_FOR_SIMPLE_RANGES ((HRESULT)0x80D0380C)
/* The server answered with a success status that brings no file. */
#define DO_E_UNEXPECTED_HTTP_STATUS_2XX ((HRESULT)0x80D0380D)
/* The server sent another number of bytes than was asked for. */
#define DO_E_HTTP_BLOCKSIZE_MISMATCH ((HRESULT)0x80D05001)
/* The server could not be trusted: its certificate does not prove who it is. */
#define DO_E_HTTP_CERT_VALIDATION ((HRESULT)0x80D05002)
/* A range of bytes is malformed or lies outside the file. */
#define DO_E_INVALID_RANGE ((HRESULT)0x80D05010)
/* A part of the file is needed, and the server, or a proxy on the way, sends only the whole. */
#define DO_E_INSUFFICIENT_RANGE_SUPPORT ((HRESULT)0x80D05011)
/* Two ranges of bytes overlap. */
#define DO_E_OVERLAPPING_RANGES ((HRESULT)0x80D05012)
/* Too many pieces were found bad while they were given to peers. */
#define DO_E_UPLOADING_BAD_PIECES ((HRESULT)0x80D06800)
/* The service itself failed and cannot go on with this job. */
#define DO_E_FATAL_CORE_ERROR ((HRESULT)0x80D06802)
/* A service that peers are found through gave an empty answer. */
#define DO_E_SERVICES_RESPONSE_EMPTY ((HRESULT)0x80D06803)
/* The data that came for a piece is bad or too short. */
#define DO_E_BAD_INCOMING_DATA ((HRESULT)0x80D06804)
/* A piece does not match its hash. */
#define DO_E_BAD_PIECE_HASH ((HRESULT)0x80D06805)
/* A piece does not match its hash; its source gets another chance. */
#define DO_E_BAD_PIECE_HASH_NO_BAN ((HRESULT)0x80D06806)
/* A piece came that is here already. */
#define DO_E_ALREADY_HAVE_PIECE ((HRESULT)0x80D06807)
/* A piece that was asked for is no longer in the cache. */
#define DO_E_MISSING_PIECE ((HRESULT)0x80D06808)
/* The description of the content cannot be read. */
#define DO_E_METAINFO_CONTENT ((HRESULT)0x80D06809)
/* The description of the content has an unknown version. */
#define DO_E_METAINFO_VERSION ((HRESULT)0x80D0680A)
/* The swarm is not running. */
#define DO_E_SWARM_NOT_RUNNING ((HRESULT)0x80D0680B)
/* The peer is not known. */
#define DO_E_UNRECOGNIZED_CONN ((HRESULT)0x80D0680C)
/* The peer is banned. */
#define DO_E_PEER_BANNED ((HRESULT)0x80D0680D)
/* The peer is this machine itself. */
#define DO_E_CONNECT_TO_SELF ((HRESULT)0x80D0680E)
/* The peer is connected already. */
#define DO_E_ALREADY_CONNECTED ((HRESULT)0x80D0680F)
/* There are as many connections to peers as there may be. */
#define DO_E_NO_MORE_CONNECTIONS ((HRESULT)0x80D06810)
/* The connection to the peer was lost. */
#define DO_E_LOST_CONNECTION ((HRESULT)0x80D06811)
/* The swarm is not known. */
#define DO_E_UNRECOGNIZED_SWARM ((HRESULT)0x80D06812)
/* The peer's greeting has a wrong length. */
#define DO_E_INVALID_HANDSHAKE_LEN ((HRESULT)0x80D06813)
/* The peer closed the connection. */
#define DO_E_SOCKET_CLOSED ((HRESULT)0x80D06814)
/* A message of the peer is longer than it may be. */
#define DO_E_PEER_MSG_TOO_LONG ((HRESULT)0x80D06815)
/* A message of the peer cannot be understood. */
#define DO_E_INVALID_PEER_MSG ((HRESULT)0x80D06816)
/* The peer only gives and does not take. */
#define DO_E_PEER_IS_UPLOAD ((HRESULT)0x80D06817)
/* The content cannot be pinned because it is not shared with peers. */
#define DO_E_PIN_FAIL_NO_PEERING ((HRESULT)0x80D06818)
/* The content is pinned and is not deleted without force. */
#define DO_E_DELETE_PINNED_SWARM ((HRESULT)0x80D06819)
/* The description of the content does not match its digest. */
#define DO_E_METAINFO_DIGEST_MATCH ((HRESULT)0x80D0681A)
/* The hash over all piece hashes is not the expected one. */
#define DO_E_METAINFO_HOH_MATCH ((HRESULT)0x80D0681B)
/* The hash over all piece hashes, computed again, is not the expected one. */
#define DO_E_METAINFO_HOH_FINAL_MATCH ((HRESULT)0x80D0681C)
/* The description of the content gives an impossible length. */
#define DO_E_METAINFO_CONTENT_LENGTH ((HRESULT)0x80D0681D)
/* The description of the content gives an impossible piece size. */
#define DO_E_METAINFO_PIECE_SIZE ((HRESULT)0x80D0681E)
/* The hash over all piece hashes cannot be read. */
#define DO_E_METAINFO_PARSE_HOH ((HRESULT)0x80D0681F)
/* The list of piece hashes cannot be read. */
#define DO_E_METAINFO_PARSE_PIECEHASHES ((HRESULT)0x80D06820)
/* A piece hash cannot be read. */
#define DO_E_METAINFO_PARSE_ONE_PIECEHASH ((HRESULT)0x80D06821)
/* The size of the piece hash file is missing or wrong. */
#define DO_E_METAINFO_FILE_SIZE ((HRESULT)0x80D06822)

#endif

//! The checklist of the newer generation: `IDOManager` and `IDODownload`.

use super::row::{Row, Section, decided, works};

/// Every row, in the order of the checklist.
pub(super) const SECTIONS: &[Section] = &[
    Section { title: "Methods", rows: METHODS },
    Section { title: "Enumerations and flags", rows: ENUMERATIONS_AND_FLAGS },
    Section { title: "Structures", rows: STRUCTURES },
    Section { title: "Properties", rows: PROPERTIES },
    Section { title: "Extended properties", rows: EXTENDED_PROPERTIES },
    Section { title: "Error code groups", rows: ERROR_CODE_GROUPS },
    Section { title: "Behaviour groups", rows: BEHAVIOUR_GROUPS },
];

const METHODS: &[Row] = &[
    works("IDOManager::CreateDownload", "y", &["deliver.cpp", "download.cpp"]),
    works("IDOManager::EnumDownloads", "y", &["download.cpp", "misuse.c"]),
    works("IDODownload::Start", "y", &["deliver.cpp", "download.cpp"]),
    works("IDODownload::Pause", "y", &["download.cpp"]),
    works("IDODownload::Abort", "y", &["deliver.cpp", "download.cpp"]),
    works("IDODownload::Finalize", "y", &["deliver.cpp", "download.cpp"]),
    works("IDODownload::GetStatus", "y", &["download.cpp", "misuse.c"]),
    works("IDODownload::GetProperty", "y", &["download.cpp", "error.c"]),
    works("IDODownload::SetProperty", "y", &["deliver.cpp", "download.cpp"]),
    works("IDODownloadStatusCallback::OnStatusChange", "y", &["deliver.cpp", "download.cpp"]),
    decided(
        "IDODownloadInternal::GetPropertyEx",
        "deprecated",
        "left out: no header gives the interface an id",
        &[],
    ),
    decided(
        "IDODownloadInternal::SetPropertyEx",
        "deprecated",
        "left out: no header gives the interface an id",
        &[],
    ),
    works("IEnumUnknown::Next", "standard", &["download.cpp", "misuse.c"]),
    works("IEnumUnknown::Skip", "standard", &["told.cpp"]),
    works("IEnumUnknown::Reset", "standard", &["told.cpp"]),
    works("IEnumUnknown::Clone", "standard", &["told.cpp"]),
];

const ENUMERATIONS_AND_FLAGS: &[Row] = &[
    works("DODownloadState_Created", "y", &["download.cpp"]),
    works("DODownloadState_Transferring", "y", &["stream_restart.cpp"]),
    works("DODownloadState_Transferred", "y", &["deliver.cpp", "download.cpp"]),
    works("DODownloadState_Finalized", "y", &["download.cpp"]),
    works("DODownloadState_Aborted", "y", &["download.cpp", "misuse.c"]),
    works("DODownloadState_Paused", "y", &["deliver.cpp", "download.cpp"]),
    works("DODownloadCostPolicy_Always", "y", &["download.cpp"]),
    works("DODownloadCostPolicy_Unrestricted", "y", &["told.cpp"]),
    works("DODownloadCostPolicy_Standard", "y", &["download.cpp"]),
    works("DODownloadCostPolicy_NoRoaming", "y", &["told.cpp"]),
    works("DODownloadCostPolicy_NoSurcharge", "y", &["told.cpp"]),
    works(
        "DODownloadCostPolicy_NoCellular",
        "y",
        &["told.cpp", "a_job_that_keeps_off_cellular_links_waits_for_another_one"],
    ),
    works("SecurityFlags bits (5)", "y", &["download.cpp", "flags_of_winhttp_are_those_of_jobs"]),
];

const STRUCTURES: &[Row] = &[
    works("DO_DOWNLOAD_RANGE", "y", &["downloads_of_the_newer_generation_live_in_cpp"]),
    works("DO_DOWNLOAD_RANGES_INFO", "y", &["download.cpp"]),
    works("DO_DOWNLOAD_STATUS", "y", &["deliver.cpp", "download.cpp"]),
    works("DO_DOWNLOAD_ENUM_CATEGORY", "y", &["download.cpp"]),
];

const PROPERTIES: &[Row] = &[
    works("DODownloadProperty_Id (0)", "y", &["download.cpp"]),
    works("DODownloadProperty_Uri (1)", "y", &["deliver.cpp", "download.cpp"]),
    works("DODownloadProperty_ContentId (2)", "y", &["told.cpp"]),
    works("DODownloadProperty_DisplayName (3)", "y", &["deliver.cpp", "download.cpp"]),
    works("DODownloadProperty_LocalPath (4)", "y", &["download.cpp"]),
    works("DODownloadProperty_HttpCustomHeaders (5)", "y", &["told.cpp"]),
    works("DODownloadProperty_CostPolicy (6)", "y", &["download.cpp"]),
    works("DODownloadProperty_SecurityFlags (7)", "y", &["download.cpp"]),
    works(
        "DODownloadProperty_CallbackFreqPercent (8)",
        "y",
        &["told.cpp", "changes_are_told_at_once_and_progress_by_time_or_percent"],
    ),
    works(
        "DODownloadProperty_CallbackFreqSeconds (9)",
        "y",
        &["told.cpp", "changes_are_told_at_once_and_progress_by_time_or_percent"],
    ),
    works("DODownloadProperty_NoProgressTimeoutSeconds (10)", "y", &["download.cpp"]),
    works("DODownloadProperty_ForegroundPriority (11)", "y", &["download.cpp"]),
    works("DODownloadProperty_BlockingMode (12)", "y", &["download.cpp"]),
    works("DODownloadProperty_CallbackInterface (13)", "y", &["deliver.cpp", "download.cpp"]),
    works("DODownloadProperty_StreamInterface (14)", "y", &["deliver.cpp", "stream.cpp"]),
    decided(
        "DODownloadProperty_SecurityContext (15)",
        "y",
        "a certificate without its key is of no use here: CRYPT_E_FILE_ERROR",
        &["told.cpp"],
    ),
    decided(
        "DODownloadProperty_NetworkToken (16)",
        "y",
        "taken; the service acts for the caller as the kernel names it",
        &["told.cpp"],
    ),
    works("DODownloadProperty_CorrelationVector (17)", "y", &["told.cpp"]),
    decided(
        "DODownloadProperty_DecryptionInfo (18)",
        "y",
        "how its values are written, and what is encrypted how, is nowhere documented: E_NOTIMPL",
        &["told.cpp"],
    ),
    works("DODownloadProperty_IntegrityCheckInfo (19)", "y", &["download.cpp"]),
    works("DODownloadProperty_IntegrityCheckMandatory (20)", "y", &["download.cpp"]),
    works("DODownloadProperty_TotalSizeBytes (21)", "y", &["download.cpp"]),
    works(
        "DODownloadProperty_DisallowOnCellular (22)",
        "y",
        &["told.cpp", "a_job_that_keeps_off_cellular_links_waits_for_another_one"],
    ),
    works("DODownloadProperty_HttpCustomAuthHeaders (23)", "y", &["told.cpp"]),
    works("DODownloadProperty_HttpAllowSecureToNonSecureRedirect (24)", "y", &["outcomes.cpp", "told.cpp"]),
    decided(
        "DODownloadProperty_NonVolatile (25)",
        "y",
        "taken; every download is kept over a restart of the service",
        &["told.cpp"],
    ),
    decided(
        "DODownloadProperty_HttpRedirectionTarget (26)",
        "n",
        "no document says what it holds: E_NOT_SET",
        &["told.cpp"],
    ),
    works("DODownloadProperty_HttpResponseHeaders (27)", "n", &["told.cpp"]),
    decided(
        "DODownloadProperty_HttpServerIPAddress (28)",
        "n",
        "no document says what it holds: E_NOT_SET",
        &["told.cpp"],
    ),
    works("DODownloadProperty_HttpStatusCode (29)", "n", &["download.cpp"]),
];

const EXTENDED_PROPERTIES: &[Row] = &[
    decided(
        "DODownloadPropertyEx_UpdateId (0)",
        "reserved",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
    decided(
        "DODownloadPropertyEx_CorrelationVector (1)",
        "y",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
    decided(
        "DODownloadPropertyEx_DecryptionInfo (2)",
        "reserved",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
    decided(
        "DODownloadPropertyEx_IntegrityCheckInfo (3)",
        "y",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
    decided(
        "DODownloadPropertyEx_IntegrityCheckMandatory (4)",
        "y",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
    decided(
        "DODownloadPropertyEx_TotalSizeBytes (5)",
        "reserved",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
    decided(
        "DODownloadPropertyEx_TempLocalFileUsage (6)",
        "reserved",
        "left out with IDODownloadInternal, which no header gives an id",
        &[],
    ),
];

const ERROR_CODE_GROUPS: &[Row] = &[
    works("DO_E_* service (1)", "y", &["restart.c"]),
    decided(
        "DO_E_* job (10)",
        "part",
        "of two the case is another one: a download that is too old is Aborted without a code (`DO_E_JOB_TOO_OLD`), and one without a sink is told `DO_E_FILE_DOWNLOADSINK_UNSPECIFIED` (`DO_E_LOCALPATH_NOT_SET`)",
        &[
            "refusals.c",
            "error.c",
            "contexts.c",
            "download.cpp",
            "sinks.cpp",
            "s06_a_503_for_ever_ends_at_the_no_progress_timeout",
        ],
    ),
    works("DO_E_* property (3)", "part", &["download.cpp"]),
    works("DO_E_* sink (2)", "n", &["download.cpp", "stream.cpp"]),
    decided(
        "DO_E_* size (3)",
        "n",
        "a size that is not told is a failure only where the end cannot be told without it, or the job requires it: `DO_E_FILE_SIZE_UNKNOWN_HTTP_200`, whatever success the status tells of",
        &["outcomes.cpp"],
    ),
    decided(
        "DO_E_* content (1)",
        "n",
        "nothing is decrypted: `DecryptionInfo` is `E_NOTIMPL`",
        &["told.cpp", "sinks.cpp"],
    ),
    works("DO_E_* integrity (2)", "n", &["download.cpp", "told.cpp"]),
    decided(
        "DO_E_* start (5)",
        "n",
        "content is found by its URL alone, so `DO_E_DOWNLOAD_NO_CONTENT_ID` is `DO_E_DOWNLOAD_NO_URI`; and NULL is the whole file, so `DO_E_DOWNLOAD_RANGES_EXPECTED` is never told",
        &["download.cpp", "outcomes.cpp"],
    ),
    decided(
        "DO_E_* policy (3)",
        "part",
        "what a policy forbids is waited for, and told as `BG_E_BLOCKED_BY_POLICY`; nobody is asked for consent, and nobody is turned away",
        &[
            "the_map_has_the_pairs_of_the_specification",
            "k05_hours_of_nothing_stop_the_background_and_say_why",
        ],
    ),
    decided(
        "DO_E_* transient (13)",
        "part",
        "told are cost, cellular links, no network, and a success that brings no file; power, VPN and memory are no conditions of a transfer here, and modes and cloud services are of peers, which there are none of yet",
        &[
            "outcomes.cpp",
            "every_job_looks_like_a_download",
            "a_job_that_keeps_off_cellular_links_waits_for_another_one",
            "k05_a_link_that_begins_to_cost_stops_at_once_and_costs_nothing_more",
            "s07_without_a_network_the_job_waits_and_nothing_is_counted",
        ],
    ),
    decided(
        "DO_E_* http (5)",
        "part",
        "a body of another length is fetched on, or told as what it is, so `DO_E_HTTP_BLOCKSIZE_MISMATCH` is never told",
        &["outcomes.cpp", "download.cpp"],
    ),
    decided(
        "DO_E_* core (8)",
        "part",
        "`DO_E_FATAL_CORE_ERROR` is told; the others are of pieces between peers, which there are none of yet, and a piece that stays wrong is `BG_E_VALIDATION_FAILED`",
        &["a_job_that_can_never_be_stored_stops_with_an_error_and_is_not_tried_again", "sinks.cpp"],
    ),
    decided(
        "DO_E_* metainfo (11)",
        "n",
        "a list that cannot be had or read is `DO_E_INTEGRITYCHECKINFO_UNAVAILABLE`, with why as the second code; what is wrong with it is in the text of the error",
        &["told.cpp", "sinks.cpp"],
    ),
    decided(
        "DO_E_* peer (15)",
        "n",
        "there are no peers yet that could cause them; every one is described",
        &["every_family_has_as_many_codes_as_the_specification_counts"],
    ),
    works(
        "HTTP status codes 0x8019xxxx",
        "y",
        &["further.cpp", "every_status_is_described_and_named_in_its_sentence"],
    ),
    decided(
        "COM and Win32 codes of 9.3",
        "part",
        "of two the case is another one: a temporary file that is gone is fetched again (0x80070002), and a length that is missing is told as a size that is not known (0x80072F76)",
        &[
            "download.cpp",
            "told.cpp",
            "outcomes.cpp",
            "events.cpp",
            "a28_b01_transient_failures_wait_and_say_for_what",
        ],
    ),
];

const BEHAVIOUR_GROUPS: &[Row] = &[
    works("every cell of 4.1", "part", &["every_method_in_every_state"]),
    decided(
        "every event of 4.2",
        "n",
        "as there, but that a temporary file that is gone is fetched again, and that neither the end of its client nor that of the service ends a download",
        &[
            "events.cpp",
            "outcomes.cpp",
            "stream_restart.cpp",
            "told.cpp",
            "every_job_looks_like_a_download",
            "s06_a_503_for_ever_ends_at_the_no_progress_timeout",
            "b10_nothing_is_tried_without_a_network_and_everything_once_it_is_back",
        ],
    ),
    works("Start argument forms (4.3)", "y", &["download.cpp", "stream.cpp"]),
    works("status pair rules (5.1, 5.3)", "part", &["every_job_looks_like_a_download", "download.cpp"]),
    works(
        "transient predicate (5.2)",
        "n",
        &["outcomes.cpp", "do_transient_codes_are_0x3800_to_0x3fff", "do_transient_codes_never_are_fatal"],
    ),
    works("property access errors (3.2)", "y", &["download.cpp", "told.cpp"]),
    works("settable states (3.2)", "part", &["properties_can_be_set_when_the_specification_says"]),
    works("file sink, temporary file, Finalize", "part", &["download.cpp"]),
    works("stream sink", "part", &["stream.cpp", "stream_restart.cpp"]),
    works("ranges, ordered output", "part", &["download.cpp", "stream.cpp"]),
    works("blocking mode", "y", &["download.cpp", "stream.cpp"]),
    works("callback spacing", "y", &["changes_are_told_at_once_and_progress_by_time_or_percent"]),
    works("replacing the callback", "n", &["further.cpp"]),
    works("enumeration by five categories, own downloads only", "y", &["further.cpp"]),
    works("same path conflict", "n", &["events.cpp"]),
    works(
        "cost and cellular policy",
        "y",
        &[
            "k05_a_link_that_begins_to_cost_stops_at_once_and_costs_nothing_more",
            "a_job_that_keeps_off_cellular_links_waits_for_another_one",
        ],
    ),
    works(
        "foreground and background",
        "y",
        &[
            "download.cpp",
            "all_foreground_jobs_run_beside_one_of_the_background",
            "k02_a_bandwidth_of_nothing_stops_the_background_and_spares_the_foreground",
        ],
    ),
    decided(
        "client certificate, network token, security flags",
        "y",
        "flags work; a certificate without its key is of no use (`CRYPT_E_FILE_ERROR`), and the service acts for the caller as the kernel names it, whatever is said of the token",
        &["outcomes.cpp", "told.cpp", "flags_of_winhttp_are_those_of_jobs"],
    ),
    works("custom headers, authentication headers", "y", &["told.cpp"]),
    works("HTTPS to HTTP redirect switch", "y", &["outcomes.cpp"]),
    decided(
        "non-volatile persistence",
        "y",
        "every download is kept, whatever is said: its client may go, and the service end",
        &["events.cpp", "stream_restart.cpp"],
    ),
    works(
        "integrity check, mandatory and not",
        "part",
        &["told.cpp", "a_list_that_need_not_be_there_is_used_where_it_can_be_and_else_given_up"],
    ),
    decided(
        "decryption",
        "part",
        "how its values are written, and what is encrypted how, is nowhere documented: E_NOTIMPL",
        &["told.cpp"],
    ),
    works("age limit", "n", &["k10_a_job_that_nobody_touches_for_thirty_days_goes"]),
];

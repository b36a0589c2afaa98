PRAGMA application_id=1650942826;
PRAGMA user_version=1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_steps (version INTEGER PRIMARY KEY) STRICT;
INSERT INTO schema_steps VALUES(1);
CREATE TABLE jobs (
    number           INTEGER PRIMARY KEY,  -- grows: the order of creation, in the history that of ending
    id               TEXT NOT NULL UNIQUE,
    owner            INTEGER NOT NULL,
    kind             TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    description      TEXT NOT NULL,
    priority         TEXT NOT NULL,
    settings         TEXT NOT NULL,        -- JSON
    state            TEXT NOT NULL,
    ending           TEXT,                 -- accepted, and not yet carried out
    resumed          INTEGER NOT NULL,
    error            TEXT,                 -- JSON
    error_count      INTEGER NOT NULL,
    created          INTEGER NOT NULL,
    modified         INTEGER NOT NULL,
    transferred      INTEGER,
    last_activity    INTEGER NOT NULL,
    stalled_since    INTEGER,
    running_millis   INTEGER NOT NULL,
    idempotency_key  TEXT,
    owes_transferred INTEGER NOT NULL,
    owes_error       INTEGER NOT NULL,
    checksum         INTEGER NOT NULL,     -- of the columns above, without number
    revision         INTEGER NOT NULL,     -- counts lasting changes; the record file carries it too
    secrets          INTEGER NOT NULL,     -- secrets/ID.N.json; 0 is none
    files            INTEGER NOT NULL      -- how many
) STRICT;
INSERT INTO jobs VALUES(1,'07070707-0707-4707-8000-000000000001',4294967295,'download',replace('naïve \nname','\n',char(10)),'é','foreground','{"family":"bits","notify_flags":"JOB_TRANSFERRED | JOB_ERROR | DISABLE | JOB_MODIFICATION | FILE_TRANSFERRED | FILE_RANGES_TRANSFERRED","notify_cmd_line":["/usr/bin/true","a \"b\""],"min_retry_delay":{"secs":5,"nanos":1000000},"no_progress_timeout":{"secs":18446744073709551615,"nanos":999999999},"max_download_time":{"secs":0,"nanos":0},"proxy":{"usage":"override","list":"http://proxy:3128","bypass":"*.local"},"security_flags":"ENABLE_CRL_CHECK | IGNORE_CERT_CN_INVALID | IGNORE_CERT_DATE_INVALID | IGNORE_UNKNOWN_CA | IGNORE_CERT_WRONG_USAGE | REDIRECT_ALLOW_REPORT | REDIRECT_DISALLOW | REDIRECT_ALLOW_HTTPS_TO_HTTP","http_method":"POST","headers_write_only":true,"peer_caching_flags":"CLIENT | SERVER | DISABLE_BRANCH_CACHE","acl_flags":"OWNER | GROUP | DACL | SACL","cost_flags":"UNRESTRICTED | CAPPED_USAGE_UNKNOWN | BELOW_CAP | NEAR_CAP | OVERCAP_CHARGED | OVERCAP_THROTTLED | USAGE_BASED | ROAMING | RESERVED | IGNORE_CONGESTION","notification_clsid":"07070707-0707-4707-8000-000000000009","dynamic_content":true,"high_performance":true,"max_download_size":18446744073709551615,"use_stored_credentials":"server","min_notification_interval":{"secs":0,"nanos":1},"on_demand":true,"auto_complete":true,"existing":"keep-both","forbid_restart":true,"require_size":true,"allow_unverified":true,"max_rate":1,"tls":{"extra_roots":"-----BEGIN CERTIFICATE-----","client_certificate":"pem"}}','error','cancel',1,'{"code":"0x80004005","context":"remote-file","class":"transient","file":1,"source":"https://origin.example/…","http_status":599,"errno":28,"range":{"start":1,"end":18446744073709551615},"detail":"it \"failed\"","space_needed":18446744073709551615,"space_free":0,"first_seen":1790000000000,"last_seen":1790000000000,"count":1,"waiting_for":"client","cause":{"code":"0x80004005","context":"remote-file","class":"transient","file":1,"source":"https://origin.example/…","http_status":null,"errno":28,"range":{"start":1,"end":18446744073709551615},"detail":"it \"failed\"","space_needed":null,"space_free":null,"first_seen":1790000000000,"last_seen":1790000000000,"count":1,"waiting_for":{"retry-at":1790000000000},"cause":null}}',4294967295,-9223372036854775808,9223372036854775807,1790000000000,-1,1790000000000,-1,'key',1,1,-2586802400777374954,1,0,2);
INSERT INTO jobs VALUES(2,'07070707-0707-4707-8000-000000000002',1000,'download','job 2','','normal','{"family":"do","notify_flags":"JOB_TRANSFERRED | JOB_ERROR","notify_cmd_line":null,"min_retry_delay":null,"no_progress_timeout":null,"max_download_time":null,"proxy":{"usage":"preconfig","list":null,"bypass":null},"security_flags":"","http_method":null,"headers_write_only":false,"peer_caching_flags":"","acl_flags":"","cost_flags":"UNRESTRICTED | CAPPED_USAGE_UNKNOWN | BELOW_CAP | OVERCAP_THROTTLED | USAGE_BASED | IGNORE_CONGESTION","notification_clsid":null,"dynamic_content":false,"high_performance":false,"max_download_size":null,"use_stored_credentials":null,"min_notification_interval":{"secs":0,"nanos":500000000},"on_demand":false,"auto_complete":false,"existing":"replace","forbid_restart":false,"require_size":false,"allow_unverified":false,"max_rate":null,"tls":{"extra_roots":null,"client_certificate":null}}','suspended',NULL,0,NULL,0,1790000000000,1790000000000,NULL,1790000000000,NULL,0,NULL,0,0,6734015442943501827,1,0,1);
CREATE TABLE files (
    job               TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position          INTEGER NOT NULL,
    remote_name       TEXT NOT NULL,
    local_name        ANY NOT NULL,
    pending_name      INTEGER NOT NULL,
    ranges            TEXT NOT NULL,       -- JSON
    digest            TEXT,
    content_id        TEXT,
    expected_size     INTEGER,
    next_remote_name  TEXT,
    stage             TEXT NOT NULL,
    temporary         ANY,
    remote_size       INTEGER,
    validator         TEXT,                -- JSON
    last_modified     INTEGER,
    bytes_here        INTEGER NOT NULL,
    bytes_from_origin INTEGER NOT NULL,
    trust             TEXT NOT NULL,
    validation_state  INTEGER,
    response_headers  TEXT,
    remote_changes    TEXT NOT NULL,       -- JSON
    checksum          INTEGER NOT NULL,
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
INSERT INTO files VALUES('07070707-0707-4707-8000-000000000001',0,'https://origin.example/pool/file-1?sig=1','/home/ada/file-1',0,'[]',NULL,NULL,NULL,NULL,'wanted',NULL,NULL,NULL,NULL,0,0,'unverified',NULL,NULL,'[]',5803284610619795146);
INSERT INTO files VALUES('07070707-0707-4707-8000-000000000001',1,'https://origin.example/pool/file-1?sig=1',X'2f686f6d652ffffe2f660a31',1,'[{"offset":7,"length":9},{"offset":18446744073709551614,"length":null}]','sha-512=a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5','content',-1,'http://[::1]:8080/%C3%A9','transferred',X'2f686f6d652ffffe2f2e662e70617274',-9223372036854775808,'{"e-tag":"\"a''b\""}',4000000000000,-1,1099511627776,'digest',0,replace(replace('HTTP/1.1 200 OK\r\n\r\n','\r',char(13)),'\n',char(10)),'[1790000000000,0]',-5739666709711292169);
INSERT INTO files VALUES('07070707-0707-4707-8000-000000000002',0,'https://origin.example/pool/file-2?sig=1','/home/ada/file-2',0,'[]',NULL,NULL,NULL,NULL,'wanted',NULL,NULL,NULL,NULL,0,0,'unverified',NULL,NULL,'[]',-6203412147180704419);
COMMIT;

//! What must hold for any bytes in the state folder: the bodies of the fuzz targets for the store.

use std::cell::OnceCell;
use std::io;

use bgcopy_core::{JobId, JobRecord, JobSecrets};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::column::checksum;
use crate::rows::{self, FILE_COLUMNS, JOB_COLUMNS};
use crate::schema::JOBS;
use crate::{records, samples};

/// A record file is taken whole or not at all; the text of a job and of its secrets means the same when it is
/// written and read again.
pub fn record_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let id: JobId = samples::id(1);
    if let Ok(row) = records::decode(&text, id) {
        assert_eq!(row.job.id, id);
    }
    if let Ok(job) = serde_json::from_slice::<JobRecord>(bytes) {
        let row = rows::JobRow { job: job.clone(), revision: 7, secrets: 0 };
        let mut written = io::Cursor::new(Vec::new());
        records::encode(&row, &row.job, &mut written).expect("what was read can be written");
        let written = String::from_utf8(written.into_inner()).expect("JSON is UTF-8");
        let again = records::decode(&written, job.id).expect("what was written is read");
        assert_eq!((again.job, again.revision), (job, 7));
    }
    if let Ok(secrets) = serde_json::from_slice::<JobSecrets>(bytes) {
        let written = serde_json::to_vec(&secrets).expect("what was read can be written");
        assert_eq!(serde_json::from_slice::<JobSecrets>(&written).ok(), Some(secrets));
    }
}

/// Rows with any values in their columns, one on a line: the name of the column, what kind of value, the value
/// (`state tqueued`). Their checksums are right, as those of a row are that somebody edited with care: the row is
/// damaged, or it means the same when it is written and read again.
pub fn rows(bytes: &[u8]) {
    thread_local! {
        static DATABASE: OnceCell<Connection> = const { OnceCell::new() };
    }
    DATABASE.with(|database| {
        let conn = database.get_or_init(database_with_tables);
        let transaction = conn.unchecked_transaction().expect("a transaction begins");
        edited(conn, &String::from_utf8_lossy(bytes));
        if let Ok(jobs) = rows::all(conn) {
            for row in &jobs {
                rows::put_whole(conn, &row.job, row.revision, row.secrets)
                    .expect("what can be read can be written");
                let again = rows::whole(conn, row.job.id).expect("what was written can be read");
                assert_eq!(again.as_ref(), Some(row));
            }
        }
        transaction.rollback().expect("a transaction ends");
    });
}

fn database_with_tables() -> Connection {
    let mut conn = Connection::open_in_memory().expect("memory for a database");
    JOBS.migrate(&mut conn).expect("the tables can be made");
    conn
}

/// Puts a good job in, and then the values.
fn edited(conn: &Connection, lines: &str) {
    let good = samples::job(1);
    rows::put_whole(conn, &good, 1, 0).expect("a good job is kept");
    for line in lines.lines() {
        let Some((column, value)) = line.split_once(' ') else { continue };
        for (table, columns) in [("jobs", JOB_COLUMNS), ("files", FILE_COLUMNS)] {
            if columns.contains(&column) {
                let sql = format!("UPDATE {table} SET {column} = ?1");
                // What the table's own types refuse stays as it was.
                let _ = conn.execute(&sql, params_from_iter([value_of(value)]));
            }
        }
    }
    for (table, columns) in [("jobs", JOB_COLUMNS), ("files", FILE_COLUMNS)] {
        let select = format!("SELECT {} FROM {table}", columns.join(", "));
        let sum = conn.query_row(&select, [], |row| {
            let values: Result<Vec<ValueRef<'_>>, _> = (0..columns.len()).map(|at| row.get_ref(at)).collect();
            Ok(checksum(values?))
        });
        let sum = sum.expect("one row of each");
        conn.execute(&format!("UPDATE {table} SET checksum = ?1"), [sum]).expect("a number fits");
    }
}

fn value_of(text: &str) -> Value {
    let mut chars = text.chars();
    match (chars.next(), chars.as_str()) {
        (Some('t'), text) => Value::Text(text.to_owned()),
        (Some('b'), text) => Value::Blob(text.as_bytes().to_vec()),
        (Some('i'), text) => text.parse().map_or(Value::Null, Value::Integer),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[("record_file", super::record_file), ("rows", super::rows)]);
    }
}

//! Job records in SQLite.

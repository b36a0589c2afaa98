//! Temporary files, writing, hashing and publishing.

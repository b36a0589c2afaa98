//! Ranges of bytes from origin servers.

//! Wire types of the HTTP API and its client.

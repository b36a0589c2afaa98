//! Finding the service.

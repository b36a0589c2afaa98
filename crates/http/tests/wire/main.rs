//! The client against servers that say exactly what a test wants. Names begin with the row of
//! `spec/faults.md` where there is one.

mod answers;
mod connections;
mod examined;
mod logins;
mod proxies;
mod redirects;
mod speed;
mod support;
mod tls;
mod uploads;
mod valves;

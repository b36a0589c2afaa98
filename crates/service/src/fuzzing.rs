//! The bodies of the fuzz targets for the service: what must hold for any bytes of a configuration, of a network and
//! of a client.

pub use crate::config::fuzzing::{configuration, dhcp_option_235};
pub use crate::server::input::fuzzing::request;

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[
            ("configuration", super::configuration),
            ("dhcp_option_235", super::dhcp_option_235),
            ("request", super::request),
        ]);
    }
}

//! How heads are read: as curl reads them, from a vendor and from a proxy alike.

use httparse::ParserConfig;
use hyper::client::conn::http1::Builder;

/// As curl has it, in round numbers.
pub(super) const MOST_HEADERS: usize = 1_000;

pub(super) fn client() -> Builder {
    let mut builder = Builder::new();
    builder
        .title_case_headers(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .max_headers(MOST_HEADERS);
    builder
}

pub(super) fn parser() -> ParserConfig {
    let mut config = ParserConfig::default();
    config.allow_obsolete_multiline_headers_in_responses(true);
    config.allow_spaces_after_header_name_in_responses(true);
    config.ignore_invalid_headers_in_responses(true);
    config
}

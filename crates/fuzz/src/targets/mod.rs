//! The table of targets. A row for everything that reads bytes which others chose.

mod accounts;
mod emrs;
mod facts;
mod hl7;
mod mails;
mod papers;
mod resources;
mod searches;
mod sheets;

use crate::Target;

/// Everything that is given bad input.
pub const TARGETS: &[Target] = &[
    hl7::FRAMES,
    hl7::MESSAGES,
    hl7::BATCHES,
    hl7::ACKNOWLEDGEMENTS,
    hl7::INTAKE,
    hl7::DIALECTS,
    resources::JSON,
    resources::XML,
    resources::RESOURCES,
    resources::PATCHES,
    resources::PATHS,
    resources::NARRATIVE,
    searches::REQUESTS,
    searches::STORED,
    accounts::TOKENS,
    accounts::PROVIDERS,
    accounts::PASSKEYS,
    accounts::SCOPES,
    emrs::EMRS,
    papers::FORMS,
    papers::CERTIFICATES,
    mails::MAILS,
    mails::SERVERS,
    mails::NAMES,
    sheets::TABLES,
    sheets::FILES,
    facts::VALUES,
];

/// Text of any bytes: what is no UTF-8 is what the doors make of it.
fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// A number that follows from the input, for choices that are not in it.
fn sum(input: &[u8]) -> u64 {
    input
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3))
}

/// The moment of all trials: 2026-11-23 08:00 in Halifax.
const NOW: fhir::Instant = fhir::Instant(1_795_435_200_000_000);

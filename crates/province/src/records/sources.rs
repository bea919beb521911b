//! The systems that register people, and how each writes.

use crate::rng::Rng;

/// One sending system. [`Source::code`] is also its assigning authority and MSH-4.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Code, in the column `source`.
    pub code: &'static str,
    /// MSH-3.
    pub application: &'static str,
    /// Of 100 registrations, about so many.
    share: u32,
    /// The hospital region (0 or 1) it serves mostly; 2 for everywhere.
    region: usize,
    /// True where names keep small letters and accents; else upper-case ASCII.
    pub mixed_case: bool,
    /// Only people under 18.
    children: bool,
    /// A hospital: newborns and unidentified patients are registered here.
    pub hospital: bool,
}

const fn source(
    code: &'static str,
    application: &'static str,
    share: u32,
    region: usize,
    mixed_case: bool,
    hospital: bool,
) -> Source {
    Source { code, application, share, region, mixed_case, children: false, hospital }
}

/// All sources. The first four are the demo's senders.
pub static SOURCES: [Source; 14] = [
    source("HRH", "HRHADT", 17, 0, false, true),
    source("VGH", "VGADT", 12, 1, false, true),
    source("LAB", "TIDELIS", 8, 2, false, false),
    source("RAD", "HEADRIS", 6, 2, false, false),
    Source { children: true, ..source("IVYKIDS", "IVYADT", 12, 2, false, true) },
    source("CAPEREG", "CAPEADT", 7, 0, false, true),
    source("NORTHSH", "NORTHADT", 6, 0, false, true),
    source("SOUTHSH", "SOUTHADT", 6, 1, false, true),
    source("EMR1", "KELPEMR", 10, 2, true, false),
    source("EMR2", "TERNEMR", 8, 2, false, false),
    source("PHARM", "RXNET", 10, 2, true, false),
    source("EHS", "EHSPCR", 4, 2, false, false),
    source("MHA", "MHACASE", 3, 2, false, false),
    source("HOMECARE", "HOMEVIS", 3, 2, true, false),
];

/// A source for a registration of somebody `age` years old who lives in `region`, none of `used` unless `again`.
pub(super) fn choose(rng: &mut Rng, region: usize, age: i32, hospital: bool, used: u32) -> usize {
    let weight = |index: usize, source: &Source| {
        if used & (1 << index) != 0 || (source.children && age >= 18) || (hospital && !source.hospital) {
            return 0;
        }
        let near = if source.region == 2 || source.region == region { 4 } else { 1 };
        let kind = if source.children { 3 } else { 1 };
        source.share * near * kind
    };
    let total: u32 = SOURCES.iter().enumerate().map(|(index, source)| weight(index, source)).sum();
    let mut draw = rng.below(total.max(1) as usize) as u32;
    for (index, source) in SOURCES.iter().enumerate() {
        let weight = weight(index, source);
        if draw < weight {
            return index;
        }
        draw -= weight;
    }
    0
}

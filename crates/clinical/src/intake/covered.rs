//! Every message type that was asked for, with what becomes of it; docs/mapping/types.md is made of this table.

use super::mapped_types;
use std::fmt::Write as _;

/// What becomes of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// A row of `TABLE`, filed as this says.
    Mapped(&'static str),
    /// Kept whole with an owner; why.
    Kept(&'static str),
    /// Mapped, and always before a person; why.
    Held(&'static str),
    /// Read by another door than the chart's; which.
    Elsewhere(&'static str),
}
use Becomes::{Elsewhere, Held, Kept, Mapped};

const VISIT: Becomes = Mapped("Patient, Encounter and what stands beside them");
const PERSON: Becomes = Mapped("Patient");
const NUMBER: Becomes = Mapped("an identity event between two record numbers");
const MOVED: Becomes = Mapped("a visit or account that moved, as an identity event or on the Encounter");
const RESULT: Becomes = Mapped("DiagnosticReport, Observation, Specimen, ServiceRequest");
const ORDER: Becomes = Mapped("ServiceRequest");
const ANSWER: Becomes = Mapped("Task, and news to who ordered where it will not be done");
const MEDICINE: Becomes = Mapped("MedicationRequest, MedicationDispense or MedicationAdministration");
const DOCUMENT: Becomes = Mapped("DocumentReference");
const BOOKING: Becomes = Mapped("Appointment");
const REFERRAL: Becomes = Mapped("ServiceRequest and Task; delivered, and owned until it is decided");
const BILL: Becomes = Mapped("ChargeItem, Account");

/// MSH-9.1, the triggers, and what becomes of them.
const ASKED: &[(&str, &[&str], Becomes)] = &[
    (
        "ADT",
        &[
            "A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14",
            "A15", "A16", "A17", "A21", "A22", "A23", "A25", "A26", "A27", "A54", "A60",
        ],
        VISIT,
    ),
    (
        "ADT",
        &["A20"],
        Kept("it names no patient and tells of a bed: there is no bed board, and the interface desk owns it"),
    ),
    ("ADT", &["A24", "A37"], NUMBER),
    ("ADT", &["A28", "A31"], PERSON),
    ("ADT", &["A29"], Held("nothing is deleted: a person looks")),
    ("ADT", &["A34", "A36", "A39", "A40", "A43", "A46", "A47"], NUMBER),
    ("ADT", &["A35", "A41", "A42", "A44", "A45", "A49", "A50"], MOVED),
    ("ORU", &["R01"], RESULT),
    ("OUL", &["R21", "R22", "R23", "R24"], RESULT),
    ("ORM", &["O01"], ORDER),
    ("OML", &["O21", "O33", "O35"], ORDER),
    ("OMG", &["O19"], ORDER),
    ("OMI", &["O23"], ORDER),
    ("ORR", &["O02"], ANSWER),
    ("ORL", &["O22", "O34", "O36"], ANSWER),
    ("ORG", &["O20"], ANSWER),
    ("OMP", &["O09"], MEDICINE),
    ("RDE", &["O11", "O25"], MEDICINE),
    ("RDS", &["O13"], MEDICINE),
    ("RGV", &["O15"], MEDICINE),
    ("RAS", &["O17"], MEDICINE),
    ("MDM", &["T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11"], DOCUMENT),
    ("SIU", &["S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S26"], BOOKING),
    ("REF", &["I12", "I13", "I14", "I15"], REFERRAL),
    ("RRI", &["I12", "I13", "I14", "I15"], REFERRAL),
    ("VXU", &["V04"], Mapped("Immunization")),
    ("PPR", &["PC1", "PC2", "PC3"], Mapped("Condition")),
    ("DFT", &["P03", "P11"], BILL),
    ("BAR", &["P01", "P02", "P05", "P06", "P12"], BILL),
    (
        "MFN",
        &["M02", "M05"],
        Elsewhere("the provider directory (docs/directory.md): proposals and questions, never a chart"),
    ),
    (
        "SIU",
        &["S23", "S24"],
        Kept("a blocked slot names no patient: there are no schedules yet, and the interface desk owns it"),
    ),
];

fn page() -> String {
    let mut page = String::from(
        "# Message types\n\nMade from the table in `crates/clinical/src/intake/covered.rs`, which a test compares with what the mapper does. A type that\nstands neither here nor in `TABLE` is kept whole, acknowledged, and owned by the interface desk.\n\n| message | triggers | what becomes of it |\n|---|---|---|\n",
    );
    for (code, triggers, becomes) in ASKED {
        let said = match becomes {
            Mapped(what) => format!("filed: {what}"),
            Kept(why) => format!("kept: {why}"),
            Held(why) => format!("held: {why}"),
            Elsewhere(what) => format!("read by another door: {what}"),
        };
        let _ = writeln!(page, "| {code} | {} | {said} |", triggers.join(", "));
    }
    page.push_str(
        "\nFiles and batches (FHS, BHS) are taken apart by `opor send`, `opor interpret` and `opor backlog`, and where one comes in a single\nMLLP frame: each message is taken like one in a frame of its own, the answer is the batch of their answers, and where BTS-1 or FTS-1\nis not what came, BTS-2 says so and, where a message of it was taken, the feed's owner has an obligation about it. From the first\nmessage that could not be kept on, the rest is answered AE too, and the sender sends the batch again: messages are synced 256 at a\ntime, all of them or none. A frame has at most 20,000 messages, headers and trailers; more is refused (AR) whole.\n\nWhere header, messages and trailer come in frames of their own, each frame is answered by itself. The answer to a header (MSA-2 is\nBHS-11 or FHS-11) says that its end is owned: by the machine for 15 minutes, then by the interface desk. The answer to a trailer has\nthe difference (ERR, severity W) where BTS-1 or FTS-1 is not what came on that connection since the header, and the feed's owner has\nit too; where it agrees, nothing is owed any more. A message answered AE counts when it comes again, a repeat does not count. A\ntrailer whose header came on another connection is refused (AR): the batch is sent again from its header, and what is there already\ngets its first answer.\n\nHL7 v2 XML: none of the corpora at hand holds any, so it is not read.\n",
    );
    page
}

#[test]
fn every_type_that_was_asked_for_is_filed_kept_or_held_as_the_page_says() {
    let mapped: Vec<(&str, &str)> = mapped_types().collect();
    for (code, triggers, becomes) in ASKED {
        for trigger in *triggers {
            let has_row = mapped.contains(&(code, trigger));
            let expected = matches!(becomes, Mapped(_) | Held(_));
            assert!(
                has_row == expected || matches!(becomes, Elsewhere(_)),
                "{code}^{trigger}: {becomes:?}, a row in TABLE: {has_row}"
            );
        }
    }
    let listed = |code: &str, trigger: &str| {
        ASKED.iter().any(|(other, triggers, _)| *other == code && triggers.contains(&trigger))
    };
    let missing: Vec<_> = mapped
        .iter()
        .filter(|(code, trigger)| !listed(code, trigger))
        // Names of older versions, cancellations and variants of listed ones.
        .filter(|(code, trigger)| {
            !matches!(
                (*code, *trigger),
                ("ADT", "A18" | "A32" | "A33" | "A38" | "A52" | "A53" | "A55" | "A61" | "A62")
                    | ("RDE" | "RDS" | "RGV" | "RAS", "O01")
                    | ("ORI", "O24")
            )
        })
        .collect();
    assert!(missing.is_empty(), "in TABLE and not on the page: {missing:?}");
}

#[test]
fn the_page_of_message_types_is_the_table() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mapping/types.md");
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, page(), "write docs/mapping/types.md as the right side says");
}

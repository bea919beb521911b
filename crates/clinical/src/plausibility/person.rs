//! The person of a message, read a second time from the received bytes and without the mapper.

use crate::identity::{Claim, Identifier, IdentifierSort};
use crate::words::Words;
use fhir::RecordId;
use hl7v2::{Message, Rep, Segment};
use std::ops::Range;

/// What is about to be filed for one patient of a message.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The source record it is filed under.
    pub record: RecordId,
    /// Who the mapper says it is about.
    pub claim: &'a Claim,
    /// Sender's numbers of its reports (OBR-3, TXA-12 …); empty ones say nothing.
    pub accessions: &'a [&'a str],
}

/// A message read again, cut at its PID segments.
#[derive(Debug)]
pub struct Raw {
    pub(super) message: Message,
    /// Segments of each patient, the PID first.
    pub(super) patients: Vec<Range<usize>>,
}

impl Raw {
    /// Reads received bytes; `None` when their header cannot be read.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let message = Message::parse(bytes).ok()?;
        let begins: Vec<usize> =
            message.segments().filter(|segment| segment.name() == "PID").map(|pid| pid.index()).collect();
        let ends = begins.iter().skip(1).copied().chain([message.len()]);
        let patients = begins.iter().copied().zip(ends).map(|(from, to)| from..to).collect();
        Some(Self { message, patients })
    }

    /// How many patients the message names.
    #[must_use]
    pub fn patients(&self) -> usize {
        self.patients.len()
    }

    pub(super) fn segments(&self, patient: usize) -> impl Iterator<Item = Segment<'_>> {
        self.patients.get(patient).cloned().unwrap_or_default().map(|at| self.message.segment(at))
    }

    /// The patients of the message that carry this number.
    pub(super) fn carrying(&self, own: &Identifier, default_authority: &str) -> Vec<usize> {
        (0..self.patients.len())
            .filter(|&patient| {
                self.segments(patient).next().is_some_and(|pid| carries(pid, own, default_authority))
            })
            .collect()
    }
}

/// Whether the received bytes name, for each of `filed`, the person it is about to be filed on: the record's number
/// with its authority stands in a PID of the message, beside the same family name and birth date; with several
/// patients in one message, each report's number stands with its own patient.
///
/// # Errors
/// What differs, in words for the person who must look. The values themselves are not quoted.
pub fn same_person(raw: &Raw, default_authority: &str, filed: &[About<'_>]) -> Result<(), Words> {
    for about in filed {
        let Some(own) = &about.claim.own else {
            return Err(differs("record number (PID-3)", "numéro de dossier (PID-3)"));
        };
        if RecordId::of(&own.authority, &own.value) != about.record {
            return Err(differs("record number (PID-3)", "numéro de dossier (PID-3)"));
        }
        let patients = raw.carrying(own, default_authority);
        if patients.is_empty() {
            return Err(differs("record number (PID-3)", "numéro de dossier (PID-3)"));
        }
        let pids = || patients.iter().filter_map(|&patient| raw.segments(patient).next());
        if !pids().any(|pid| names_agree(pid, about.claim)) {
            return Err(differs("family name (PID-5)", "nom de famille (PID-5)"));
        }
        if !pids().any(|pid| born_alike(pid, about.claim)) {
            return Err(differs("birth date (PID-7)", "date de naissance (PID-7)"));
        }
        if raw.patients() > 1 {
            let stated = |number: &&str| {
                let number = number.trim();
                number.is_empty()
                    || patients
                        .iter()
                        .flat_map(|&patient| raw.segments(patient))
                        .any(|segment| segment.decoded().contains(number))
            };
            if !about.accessions.iter().all(stated) {
                return Err(differs(
                    "order (OBR-3) beside another PID",
                    "examen (OBR-3) placé sous un autre PID",
                ));
            }
        }
    }
    Ok(())
}

fn differs(en: &str, fr: &str) -> Words {
    Words::new(
        format!(
            "Read again from the received bytes, the message names somebody else than the person it was about to be filed on: another {en}. Nothing was filed. Report this message: it points at a fault of opor, not of the sender."
        ),
        format!(
            "Relu dans les octets reçus, le message nomme une autre personne que celle au dossier de laquelle il allait être versé : autre {fr}. Rien n'a été versé. Signalez ce message : il indique un défaut d'opor, non de l'expéditeur."
        ),
    )
}

/// PID-3, PID-2 and PID-4 are where senders put numbers of a patient.
fn carries(pid: Segment<'_>, own: &Identifier, default_authority: &str) -> bool {
    [3, 2, 4].into_iter().flat_map(|n| pid.field(n).reps()).any(|rep| is(rep, own, default_authority))
}

fn is(rep: Rep<'_>, own: &Identifier, default_authority: &str) -> bool {
    let value = rep.comp(1).sub(1).text();
    let card = own.sort == IdentifierSort::HealthCard;
    let same_value = if card { bare(&value).eq(bare(&own.value)) } else { value.trim() == own.value };
    if !same_value || own.value.is_empty() {
        return false;
    }
    let (namespace, universal) = (rep.comp(4).sub(1), rep.comp(4).sub(2));
    let said = |leaf: hl7v2::Leaf<'_>| !leaf.is_empty() && !leaf.is_null();
    let authority = match (said(namespace), said(universal)) {
        (true, _) => namespace.text(),
        (false, true) => universal.text(),
        (false, false) => default_authority.into(),
    };
    let authority = authority.trim();
    authority == own.authority
        || (card
            && fhir::system::of_health_authority(authority).is_some_and(|system| {
                fhir::system::of_health_authority(&own.authority).is_some_and(|other| other == system)
            }))
}

fn bare(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-')
}

/// Letters and digits of ASCII in lower case: what is left of a name in every character set.
fn skeleton(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

fn names_agree(pid: Segment<'_>, claim: &Claim) -> bool {
    let Some(name) = claim.names.first() else { return true };
    let mut none = true;
    for rep in [5, 9].into_iter().flat_map(|n| pid.field(n).reps()) {
        let (family, given) = (rep.comp(1).sub(1).text(), rep.comp(2).text());
        none &= family.trim().is_empty() && given.trim().is_empty();
        if skeleton(&family).eq(skeleton(&name.family)) {
            return true;
        }
    }
    none
}

fn born_alike(pid: Segment<'_>, claim: &Claim) -> bool {
    let text = pid.field(7).text();
    let digits = |text: &str| -> Vec<u8> { text.bytes().filter(u8::is_ascii_digit).take(8).collect() };
    let (stated, claimed) = (digits(&text), digits(&claim.birth_date));
    claimed.is_empty() || stated.is_empty() || stated.starts_with(&claimed) || claimed.starts_with(&stated)
}

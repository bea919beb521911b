//! Whether a form that came back is right: every defect by name, what only a person can tell, or neither.

use super::{Form, Subject, printed};
use crate::enrolment::Tongue;
use crate::words::Words;
use fhir::Instant;
use paper::inspect::{Active, Covers, Facts, Other, Problem, Signature, inspect};
use paper::sign::{Anchors, Seal, Signer};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization as _;

/// A field of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Which form and version it is.
    Form,
    /// Which application.
    Application,
    /// Name.
    Name,
    /// E-mail address.
    Email,
    /// Profession.
    Profession,
    /// Licence.
    Licence,
    /// Workplaces.
    Workplaces,
}

impl Item {
    /// Name of the field in the PDF.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Application => "application",
            Self::Name => "name",
            Self::Email => "email",
            Self::Profession => "profession",
            Self::Licence => "licence",
            Self::Workplaces => "workplaces",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Form => ("Form", "Formulaire"),
            Self::Application => ("Request", "Demande"),
            Self::Name => ("Name", "Nom"),
            Self::Email => ("E-mail address", "Adresse courriel"),
            Self::Profession => ("Profession", "Profession"),
            Self::Licence => ("Licence number", "Numéro de permis"),
            Self::Workplaces => ("Workplaces", "Lieux de travail"),
        };
        Words::new(en, fr)
    }
}

/// What is wrong with a form; the applicant is told each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// No bytes.
    Empty,
    /// A word processor's file, whatever its name says.
    Document,
    /// A picture.
    Picture,
    /// No PDF at all.
    NotPdf,
    /// Too large or too tangled.
    TooMuch,
    /// Damaged.
    Damaged,
    /// Behind a password.
    Encrypted,
    /// It would run, open or hide something.
    Active(Vec<Active>),
    /// None of our forms.
    NotOurs,
    /// Another version than the one in force: the one it is.
    Version(String),
    /// Printed for another application.
    OtherRequest,
    /// Fields that are not as in the application.
    Differs(Vec<Item>),
    /// Nobody signed it.
    Unsigned,
    /// The bytes are not those that were signed.
    Broken,
    /// Something was added after it was signed.
    ChangedAfter,
    /// The authority has taken the certificate back.
    Revoked,
}

/// What only a person can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The signature is drawn, or a picture.
    Drawn,
    /// The certificate comes from somebody unknown here, or does not hold: its name and issuer.
    UnknownSigner {
        /// Whose it is, as it says.
        name: String,
        /// Who issued it, as it says.
        issuer: String,
    },
    /// Whether the certificate was taken back cannot be told: its issuer, and of when the list of it is, when there is one.
    Unlisted {
        /// Who issued it, as it says.
        issuer: String,
        /// `2026-11-23 12:46` UTC; empty when there is no list.
        of: String,
    },
    /// The certificate is believed and bears another name.
    OtherName(String),
    /// Signed by a way that is not read here.
    UnreadSignature,
    /// Every page is a picture: printed, signed by hand and scanned.
    Scan,
    /// The pages do not draw what was printed.
    Redrawn,
}

/// What is to be said of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Which form it is, as far as it can be read.
    pub form: Option<Form>,
    /// What is wrong; with any, it is returned.
    pub defects: Vec<Defect>,
    /// What a person must look at; with any and no defect, it waits for that.
    pub doubts: Vec<Doubt>,
}

impl std::fmt::Display for Verdict {
    /// The codes, for the record and for tests: `request right`, `request returned: unsigned`, `- person: scan`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.form.map_or("-", Form::code))?;
        let defects: Vec<&str> = self.defects.iter().map(Defect::code).collect();
        let doubts: Vec<&str> = self.doubts.iter().map(Doubt::code).collect();
        match (defects.is_empty(), doubts.is_empty()) {
            (true, true) => f.write_str(" right"),
            (true, false) => write!(f, " person: {}", doubts.join(", ")),
            (false, _) => write!(f, " returned: {}", defects.join(", ")),
        }
    }
}

impl Verdict {
    /// Right as it stands.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.form.is_some() && self.defects.is_empty() && self.doubts.is_empty()
    }
    /// A person must look.
    #[must_use]
    pub fn is_for_a_person(&self) -> bool {
        self.defects.is_empty() && !self.is_right()
    }

    fn wrong(form: Option<Form>, defect: Defect) -> Self {
        Self { form, defects: vec![defect], doubts: Vec::new() }
    }
}

/// Judges a file that was sent for an application.
#[must_use]
pub fn judge(bytes: &[u8], subject: &Subject, anchors: &Anchors, now: Instant) -> Verdict {
    let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or_default();
    let facts = match inspect(bytes, anchors, seconds) {
        Ok(facts) => facts,
        Err(problem) => return Verdict::wrong(None, of_problem(problem)),
    };
    let mut verdict = Verdict::default();
    if !facts.active.is_empty() {
        verdict.defects.push(Defect::Active(facts.active.clone()));
    }
    match marked(&facts.fields) {
        Some((form, version, tongue)) => {
            verdict.form = Some(form);
            if version != form.version() {
                verdict.defects.push(Defect::Version(version));
            }
            compare(&facts, form, subject, tongue, &mut verdict);
            signed(&facts, subject, anchors, &mut verdict);
        }
        // A scan has no fields; who looks says which form it is.
        None if facts.is_scan => verdict.doubts.push(Doubt::Scan),
        None => verdict.defects.push(Defect::NotOurs),
    }
    verdict
}

/// A field on a form and in the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The field.
    pub item: Item,
    /// What the form says.
    pub form: String,
    /// What the application says.
    pub application: String,
    /// Whether they say the same.
    pub is_same: bool,
}

/// The fields of a form beside the application, for a person; nothing of a file that cannot be read or is none of ours.
#[must_use]
pub fn beside(bytes: &[u8], subject: &Subject) -> Vec<Beside> {
    let Ok(facts) = inspect(bytes, &Anchors::default(), 0) else { return Vec::new() };
    let Some((form, _, tongue)) = marked(&facts.fields) else { return Vec::new() };
    let items = subject.items(form, tongue).into_iter();
    items
        .map(|(item, application)| {
            let form = facts.fields.get(item.field()).cloned().unwrap_or_default();
            let is_same = is_same(item, &form, &application);
            Beside { item, form, application, is_same }
        })
        .collect()
}

fn is_same(item: Item, form: &str, application: &str) -> bool {
    match item {
        Item::Email => folded(form).eq_ignore_ascii_case(&folded(application)),
        _ => folded(form) == folded(application),
    }
}

fn of_problem(problem: Problem) -> Defect {
    match problem {
        Problem::Empty => Defect::Empty,
        Problem::NotPdf(Other::Document) => Defect::Document,
        Problem::NotPdf(Other::Picture) => Defect::Picture,
        Problem::NotPdf(Other::Something) => Defect::NotPdf,
        Problem::TooMuch => Defect::TooMuch,
        Problem::Damaged | Problem::Unread => Defect::Damaged,
        Problem::Encrypted => Defect::Encrypted,
    }
}

/// What the form says of itself: `opor/request/2026-11-23.1/en`.
fn marked(fields: &BTreeMap<String, String>) -> Option<(Form, String, Tongue)> {
    let mut parts = fields.get(Item::Form.field())?.trim().split('/');
    if parts.next() != Some("opor") {
        return None;
    }
    let form = Form::from_code(parts.next()?)?;
    let version = parts.next()?.to_owned();
    Some((form, version, Tongue::from_code(parts.next()?)))
}

/// Blanks and line ends are set anew by some programs; nothing else is.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

fn compare(facts: &Facts, form: Form, subject: &Subject, tongue: Tongue, verdict: &mut Verdict) {
    let mut differ = Vec::new();
    for (item, wanted) in subject.items(form, tongue) {
        let found = facts.fields.get(item.field()).map(String::as_str).unwrap_or_default();
        if item == Item::Form {
            continue;
        }
        let is_same = is_same(item, found, &wanted);
        match (is_same, item) {
            (true, _) => {}
            (false, Item::Application) => verdict.defects.push(Defect::OtherRequest),
            (false, item) => differ.push(item),
        }
    }
    let is_ours = !verdict.defects.iter().any(|d| matches!(d, Defect::OtherRequest | Defect::Version(_)));
    if !differ.is_empty() {
        verdict.defects.push(Defect::Differs(differ));
    } else if is_ours {
        let issued = inspect(&printed(form, subject, tongue), &Anchors::default(), 0);
        if facts.is_partly_unread || issued.is_ok_and(|issued| issued.pages != facts.pages) {
            verdict.doubts.push(Doubt::Redrawn);
        }
    }
}

fn signed(facts: &Facts, subject: &Subject, anchors: &Anchors, verdict: &mut Verdict) {
    if facts.signatures.is_empty() {
        match facts.is_drawn {
            true => verdict.doubts.push(Doubt::Drawn),
            false => verdict.defects.push(Defect::Unsigned),
        }
        return;
    }
    if facts.signatures.iter().any(|made| made.seal == Seal::Changed || made.covers == Covers::Part) {
        verdict.defects.push(Defect::Broken);
        return;
    }
    // What the last signature does not cover may have been added by whoever came after its signer.
    let Some(last) = facts.signatures.iter().find(|made| made.covers == Covers::Everything) else {
        verdict.defects.push(Defect::ChangedAfter);
        return;
    };
    if last.seal == Seal::Revoked {
        verdict.defects.push(Defect::Revoked);
        return;
    }
    verdict.doubts.extend(doubt(last, subject, anchors));
}

fn doubt(made: &Signature, subject: &Subject, anchors: &Anchors) -> Option<Doubt> {
    let Some(signer) = &made.signer else { return Some(Doubt::UnreadSignature) };
    match made.seal {
        Seal::Trusted if is_named(signer, subject) => None,
        Seal::Trusted => Some(Doubt::OtherName(signer.name.clone())),
        Seal::Untrusted => {
            Some(Doubt::UnknownSigner { name: signer.name.clone(), issuer: signer.issuer.clone() })
        }
        Seal::Unlisted => {
            let list = anchors.revocations().find(|list| list.issuer == signer.issuer);
            Some(Doubt::Unlisted {
                issuer: signer.issuer.clone(),
                of: list.map(|list| list.of.clone()).unwrap_or_default(),
            })
        }
        Seal::Changed | Seal::Unread | Seal::Revoked => Some(Doubt::UnreadSignature),
    }
}

/// Whether a certificate is the applicant's: by the address, or by every part of the name in any order.
fn is_named(signer: &Signer, subject: &Subject) -> bool {
    let parts = |name: &str| -> Vec<String> {
        let plain: String = name.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36F}')).collect();
        let split = plain.to_lowercase();
        let mut parts: Vec<String> = split
            .split(|c: char| !c.is_alphanumeric())
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect();
        parts.sort_unstable();
        parts
    };
    let (theirs, ours) = (parts(&signer.name), parts(&subject.name));
    let by_name = !ours.is_empty() && theirs == ours;
    by_name || !signer.email.is_empty() && signer.email.eq_ignore_ascii_case(subject.email.trim())
}

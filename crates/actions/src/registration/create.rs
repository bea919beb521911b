//! A new record, made only when each strong candidate of the very same form was dismissed with a reason.

use super::paper_form::{PaperForm, Written};
use super::search::{Near, claim, jurisdiction, near, needed};
use super::{
    AUTHORITY, Create, Created, CreatedView, DISMISSALS, Dismissal, Figures, FiguresView, NO_CARD, Strength,
};
use crate::chart;
use crate::identity::cases::{Pair, open_pair};
use crate::identity::graph::Reason;
use crate::intake::{candidate, hl7_time};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::identity::{Claim, Identifier, IdentifierSort, Sex, blocking_keys, display_name};
use clinical::intake::{Chart, Sender, interpret};
use clinical::results::Finality;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use hl7v2::Builder;
use store::{Changes, LinkBasis, LinkEvent, LinkSort, RecordRow, Registration, Requirement, VersionRow};

/// Custodian of records made at the desk.
const CUSTODIAN: &str = "Registration desk";
/// Longest name of a form.
const FORM_CHARS: usize = 64;
/// Bits that speak for one person, from which on a merely possible candidate becomes a question for the identity desk.
const ASK_FROM_BITS: f64 = 8.0;
/// Days that the desk's figures are of.
const FIGURES_DAYS: i64 = 30;
/// Registrations read for the figures.
const MOST_FIGURES: usize = 200_000;

impl Sealed for Create {}
impl Act for Create {
    const PERMISSION: Permission = Permission::RegisterPatient;
    fn object(&self) -> String {
        format!("registration/{}", self.form_id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let now = reading.context.now;
        let paper = self.paper.as_ref().map(|paper| paper.read(now)).transpose()?;
        let form_id = self.form_id();
        let form_id = form_id.as_str();
        if form_id.is_empty() || form_id.chars().count() > FORM_CHARS {
            return Err(Refusal::unreadable(
                "Open the registration form again: this one has no name.",
                "Rouvrez le formulaire d'inscription : celui-ci n'a pas de nom.",
            ));
        }
        if let Some(made) = reading.view.registration_of_form(form_id)? {
            return self.pressed_again(reading, &made);
        }
        let missing = needed(&self.form, reading);
        if !missing.is_empty() {
            let list =
                |of: fn(&Words) -> &String| missing.iter().map(of).cloned().collect::<Vec<_>>().join("; ");
            return Err(Refusal::unreadable(
                format!("Still needed: {}.", list(|words| &words.en)),
                format!("Il manque encore : {}.", list(|words| &words.fr)),
            ));
        }
        let (candidates, _) = near(reading, &self.form, false)?;
        let dismissed = self.dismissed(&candidates)?;
        self.made(reading, form_id, (&candidates, &dismissed), paper.as_ref())
    }
}

impl Create {
    /// Under what the registration is known: two of one form make one record.
    #[must_use]
    pub fn form_id(&self) -> String {
        self.paper.as_ref().map_or_else(|| self.form_id.trim().to_owned(), PaperForm::form_id)
    }

    /// Pressed twice: the record is there. The same form with somebody else typed in makes nobody, and nobody is
    /// given the first one's number.
    fn pressed_again(
        &self,
        reading: &Reading<'_>,
        made: &Registration,
    ) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = reading.view.record(made.record)?.as_ref().and_then(candidate);
        let typed = self.chart(made.number, &record_number(made.number), reading.context.now).ok();
        match (known, typed) {
            (Some(known), Some(typed)) if same_person(&known.claim, &typed.claim) => {
                Ok((Changes::default(), Some(known.person)))
            }
            _ if self.paper.is_some() => Err(Refusal::conflict(
                "The paper form with this number was entered already, for another name, birth date or card. Compare the number on the paper; a second person needs a form of their own, or none.",
                "La feuille portant ce numéro a déjà été saisie, pour un autre nom, une autre date de naissance ou une autre carte. Comparez le numéro sur la feuille; une deuxième personne demande sa propre feuille, ou aucune.",
            )),
            _ => Err(Refusal::conflict(
                "This form has made a record already, with another name, birth date or card. Open the form again for the next person.",
                "Ce formulaire a déjà créé un dossier, avec un autre nom, une autre date de naissance ou une autre carte. Rouvrez le formulaire pour la personne suivante.",
            )),
        }
    }

    /// The dismissal of each strong candidate; refused while one has none.
    fn dismissed<'a>(&'a self, candidates: &'a [Near]) -> Result<Vec<(&'a Near, &'a Dismissal)>, Refusal> {
        let mut dismissed = Vec::new();
        let mut left = Vec::new();
        for near in candidates.iter().filter(|near| near.strength == Strength::Strong) {
            let said = self.dismissed.iter().find(|dismissal| {
                let known = DISMISSALS.iter().any(|(code, ..)| *code == dismissal.code);
                let told = dismissal.code != "other" || !dismissal.text.trim().is_empty();
                dismissal.person == near.candidate.person && known && told
            });
            match said {
                Some(dismissal) => dismissed.push((near, dismissal)),
                None => left.push(format!(
                    "{} {}",
                    display_name(&near.candidate.claim.names),
                    near.candidate.claim.birth_date
                )),
            }
        }
        if left.is_empty() {
            return Ok(dismissed);
        }
        let who = left.join("; ");
        Err(Refusal::conflict(
            &format!("Somebody on file may be this person: {who}. Open them, or say for each why it is not."),
            &format!(
                "Quelqu'un au dossier est peut-être cette personne : {who}. Ouvrez-les, ou dites pour chacun pourquoi ce n'est pas lui."
            ),
        ))
    }

    fn made(
        &self,
        reading: &Reading<'_>,
        form_id: &str,
        (candidates, dismissed): (&[Near], &[(&Near, &Dismissal)]),
        paper: Option<&Written>,
    ) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let actor = &reading.context.actor.name;
        let number = view.next_registration()?;
        let value = record_number(number);
        let record = RecordId::of(AUTHORITY, &value);
        let person = PersonId::born_with(record);
        // What the paper says is as of when it was written: what came since is newer.
        let as_of = paper.map_or(now, |paper| paper.happened);
        let chart = self.chart(number, &value, as_of)?;
        let keys: Vec<i64> = blocking_keys(&chart.claim).iter().map(|key| key.as_i64()).collect();
        let mut changes = Changes {
            requires: vec![Requirement::RecordEpochIs(record, 0)],
            records: vec![RecordRow {
                record,
                authority: AUTHORITY.to_owned(),
                value,
                person,
                epoch: 1,
                keys: keys.clone(),
                claim: serde_json::to_string(&chart.claim)
                    .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?,
                claim_as_of: as_of,
                custodian: CUSTODIAN.to_owned(),
            }],
            ..Changes::default()
        };
        // Two desks, one person, at one moment: the second prepares again and sees the first one's record.
        for key in blocking_keys(&claim(&self.form)).iter().map(|key| key.as_i64()).chain(keys) {
            let count = Requirement::KeyCountIs(key, view.key_count(key)?);
            if !changes.requires.contains(&count) {
                changes.requires.push(count);
            }
        }
        let said = |words: Words| LinkEvent {
            basis: LinkBasis::Human,
            actor: actor.clone(),
            reason: Reason::said(words).json(),
            ..LinkEvent::born(record, person, None, now)
        };
        let how =
            paper.map_or_else(|| Words::new("Registered at the desk.", "Inscrit au bureau."), Written::words);
        changes.links.push(said(how));
        for (near, dismissal) in dismissed {
            changes.links.push(LinkEvent {
                sort: LinkSort::Apart,
                from: Some(person),
                other: Some(near.candidate.record),
                ..said(dismissal_words(dismissal))
            });
        }
        self.ask(candidates, &chart.claim, record, actor, now, &mut changes);
        for proposal in chart.resources {
            changes.resources.push(VersionRow {
                key: proposal.key,
                version: 1,
                current: true,
                index: fhir::search::rows(proposal.key.kind, &proposal.resource),
                body: proposal.resource.to_bytes(),
                finality: proposal.standing.finality.map(Finality::code),
                as_of: proposal.standing.as_of,
                message: None,
                at: now,
                custodian: CUSTODIAN.to_owned(),
            });
        }
        changes.registrations.push(Registration {
            number,
            form: form_id.to_owned(),
            record,
            at: now,
            actor: reading.context.actor.id.clone(),
            to_candidates_ms: self.timing.to_candidates_ms,
            to_create_ms: self.timing.to_create_ms,
            searches: self.timing.searches,
            dismissed: u32::try_from(dismissed.len()).unwrap_or(u32::MAX),
        });
        Ok((changes, Some(person)))
    }

    /// A candidate that nobody had to dismiss, and that may well be the same person: the identity desk is asked.
    fn ask(
        &self,
        candidates: &[Near],
        claim: &Claim,
        record: RecordId,
        actor: &str,
        now: Instant,
        changes: &mut Changes,
    ) {
        let likely = candidates
            .iter()
            .find(|near| near.strength == Strength::Possible && near.found.bits() >= ASK_FROM_BITS);
        let Some(near) = likely else { return };
        let pair = Pair {
            records: [record, near.candidate.record],
            claim,
            reason: Words::new(
                "Registered as a new person, and much about somebody on file agrees. Compare the two; link them if they are one.",
                "Inscrit comme nouvelle personne, et beaucoup de choses concordent avec quelqu'un au dossier. Comparez les deux; liez-les s'il s'agit d'une seule.",
            ),
            risk: 0,
            because: Words::new(
                "A new record: nothing stands on it yet.",
                "Un nouveau dossier : rien n'y figure encore.",
            ),
            actor,
            custodian: CUSTODIAN,
        };
        open_pair(&pair, now, changes);
    }

    /// The form as the message that any registration system would send, read by the same mapper.
    fn chart(&self, number: i64, value: &str, now: Instant) -> Result<Chart, Refusal> {
        let form = &self.form;
        let typed = claim(form);
        let name = typed.names.first();
        let (family, given, middle) = name
            .map(|name| (name.family.as_str(), name.given.as_str(), name.middle.as_str()))
            .unwrap_or_default();
        let sex = match form.sex {
            Some(Sex::Male) => "M",
            Some(Sex::Female) => "F",
            Some(Sex::Other) => "O",
            Some(Sex::Unknown) | None => "U",
        };
        let time = hl7_time(now);
        let mut message = Builder::new()
            .field(3, "OPOR")
            .field(4, AUTHORITY)
            .field(7, &time)
            .comps(9, &["ADT", "A04", "ADT_A01"])
            .field(10, &format!("REG{number}"))
            .field(11, "P")
            .field(12, "2.5.1")
            .field(18, "UNICODE UTF-8")
            .segment("EVN")
            .field(1, "A04")
            .field(2, &time)
            .segment("PID")
            .field(1, "1")
            .rep(3, &[value, "", "", AUTHORITY, "MR"]);
        if let Some(card) = typed.identifiers.first() {
            message = message.rep(3, &[&card.value, "", "", &jurisdiction(form), "JHN"]);
        }
        message = message
            .comps(5, &[family, given, middle, "", "", "", "L"])
            .field(7, &typed.birth_date.replace('-', ""))
            .field(8, sex);
        let address = [form.street.trim(), "", typed.town.as_str(), "", typed.postal_code.as_str()];
        if address.iter().any(|part| !part.is_empty()) {
            message = message.comps(11, &address);
        }
        if let Some(telephone) = typed.telephones.first() {
            message = message.field(13, telephone);
        }
        if let Some((code, en, _)) = NO_CARD.iter().find(|(code, ..)| *code == form.no_card)
            && typed.identifiers.is_empty()
        {
            message = message
                .segment("NTE")
                .field(1, "1")
                .field(3, &format!("No health card number ({code}): {en}."));
        }
        let unreadable = |why: String| Refusal::unreadable(why.clone(), why);
        let bytes = message.build().map_err(|error| unreadable(error.to_string()))?;
        let message = hl7v2::Message::parse(bytes).map_err(|error| unreadable(error.to_string()))?;
        let sender = Sender {
            link: CUSTODIAN.to_owned(),
            default_authority: AUTHORITY.to_owned(),
            time_zone: "America/Halifax".to_owned(),
            custodian: CUSTODIAN.to_owned(),
            message_reference: format!("urn:opor:registration:{number}"),
            received: now,
        };
        interpret(&message, &sender).charts.into_iter().next().ok_or_else(Refusal::not_found)
    }
}

/// Whether two claims say the same name, birth date and health card.
fn same_person(one: &Claim, other: &Claim) -> bool {
    let cards = |claim: &Claim| -> Vec<Identifier> {
        claim.identifiers.iter().filter(|one| one.sort == IdentifierSort::HealthCard).cloned().collect()
    };
    one.names == other.names && one.birth_date == other.birth_date && cards(one) == cards(other)
}

fn dismissal_words(dismissal: &Dismissal) -> Words {
    let listed = DISMISSALS.iter().find(|(code, ..)| *code == dismissal.code);
    let (en, fr) = listed.map(|(_, en, fr)| (*en, *fr)).unwrap_or_default();
    let text = dismissal.text.trim();
    let text = if text.is_empty() { String::new() } else { format!(" {text}") };
    Words::new(format!("At registration: {en}.{text}"), format!("À l'inscription : {fr}.{text}"))
}

/// `P0000042` with a check digit (ISO/IEC 7812-1 annex B), so that a slip of the pen is noticed. Never used again.
fn record_number(number: i64) -> String {
    let digits = format!("{number:07}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("P{digits}{}", (10 - sum % 10) % 10)
}

impl Sealed for Created {}
impl Look for Created {
    type View = CreatedView;
    const PERMISSION: Permission = Permission::SearchToRegister;
    fn object(&self) -> String {
        format!("registration/{}", self.form_id)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CreatedView>, Refusal> {
        let made = reading.view.registration_of_form(&self.form_id)?.ok_or_else(Refusal::not_found)?;
        let row = reading.view.record(made.record)?.ok_or_else(Refusal::not_found)?;
        let banner = chart::gather(reading, row.person)?.head(reading)?;
        let view = CreatedView {
            person: row.person,
            record: made.record,
            authority: row.authority,
            value: row.value,
            banner,
        };
        Ok(Seen::of(view.person, view))
    }
}

impl Sealed for Figures {}
impl Look for Figures {
    type View = FiguresView;
    const PERMISSION: Permission = Permission::SearchToRegister;
    fn object(&self) -> String {
        "registration/figures".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<FiguresView>, Refusal> {
        let since = reading.context.now.plus_minutes(-FIGURES_DAYS * 24 * 60);
        let made = reading.view.registrations_since(since, MOST_FIGURES)?;
        let (records, reviews) = reading.view.births_and_reviews_since(since)?;
        let figure = |of: fn(&Registration) -> u32, percent: usize| {
            let mut all: Vec<u32> = made.iter().map(of).collect();
            all.sort_unstable();
            all.get(all.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0)
        };
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let per_1000 = if records == 0 { 0.0 } else { reviews as f64 * 1000.0 / records as f64 };
        Ok(Seen::nobody(FiguresView {
            registrations: u32::try_from(made.len()).unwrap_or(u32::MAX),
            to_candidates_p50_ms: figure(|made| made.to_candidates_ms, 50),
            to_candidates_p95_ms: figure(|made| made.to_candidates_ms, 95),
            to_create_p50_ms: figure(|made| made.to_create_ms, 50),
            dismissed: made.iter().map(|made| made.dismissed).sum(),
            records: number(records),
            reviews: number(reviews),
            reviews_per_1000: per_1000,
        }))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_carry_their_check_digit() {
        // 7992739871 3 is the standard's own example for the digits; ours are seven long.
        for (number, expected) in [(1, "P00000018"), (42, "P00000422"), (1_234_567, "P12345674")] {
            assert_eq!(super::record_number(number), expected);
        }
    }
}

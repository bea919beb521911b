//! Tips without a name (GUARANTEES X-18): taken from whoever has the page, kept sealed, read by the privacy desk alone. Whoever
//! gave one keeps a number, of which the record has only the digest, and asks with it what became of the tip.

mod sources;

pub(crate) use sources::Sources;
pub use sources::TIPS_PER_SOURCE;

use crate::breaches;
use crate::context::Context;
use crate::deliveries::by_hand_ended;
use crate::detection::{CUSTODIAN, due, said};
use crate::obligations::{About, id, opened, row as new_row, words, words_json};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::{Outcome, tip};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use sha2::{Digest, Sha256};
use store::{ActivityChange, Changes, ObligationChange, ObligationId, ObligationState, Requirement, TipRow};

/// Characters of a tip that are kept.
pub const TIP_LIMIT_CHARS: usize = 8_000;
/// Days before a tip that a case opened from it covers: X-18 went on for two years.
const CASE_DAYS: i64 = 2 * 366;
/// Who takes tips, in events and audit rows.
pub const TAKER: &str = "opor tips";
/// Tips in one hour, all together: a flood is refused rather than hiding what is told.
pub const TIPS_PER_HOUR: u64 = 60;
/// Tips of one page of the desk.
pub const TIPS_PER_PAGE: usize = 50;
/// Letters of a name from which on it is looked for in a tip.
const NAME_LETTERS: usize = 3;
/// Letters of a number: none that look alike.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The number that whoever gives a tip keeps: 75 bits, in groups of five.
#[must_use]
pub fn reference_of(random: &[u8; 32]) -> String {
    let letters: String =
        random.iter().take(15).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    format!("{}-{}-{}", &letters[..5], &letters[5..10], &letters[10..])
}

/// What is kept of a number; blanks, dashes and case do not matter.
fn digest(reference: &str) -> Vec<u8> {
    let plain: String = reference.chars().filter(char::is_ascii_alphanumeric).collect();
    Sha256::digest(plain.to_ascii_uppercase()).to_vec()
}

/// Act: give a tip.
#[derive(Debug, Clone)]
pub struct GiveTip {
    /// Its number ([`reference_of`]).
    pub reference: String,
    /// What it says.
    pub text: String,
}

/// Look: what became of a tip.
#[derive(Debug, Clone)]
pub struct AskAfter {
    /// Its number.
    pub reference: String,
}

/// Answer to [`AskAfter`].
#[derive(Debug, Clone)]
pub struct TipState {
    /// When it came.
    pub at: Instant,
    /// By when it is answered; `None` once it was.
    pub due: Option<Instant>,
    /// The answer; `None` while it waits.
    pub answer: Option<Words>,
}

/// One tip, for the privacy desk.
#[derive(Debug, Clone)]
pub struct TipLine {
    /// Key.
    pub obligation: ObligationId,
    /// When it came.
    pub at: Instant,
    /// By when it is answered; `None` once it was.
    pub due: Option<Instant>,
    /// What it says; `None` once destroyed.
    pub text: Option<String>,
    /// The answer; `None` while it waits.
    pub answer: Option<Words>,
}

/// Act: answer a tip; with a user id it becomes a breach case.
#[derive(Debug, Clone)]
pub struct AnswerTip {
    /// Which.
    pub obligation: ObligationId,
    /// What whoever gave it is told.
    pub answer: String,
    /// User id whose looks a case is opened about; empty = none.
    pub about: String,
}

fn answer(row: &TipRow) -> Option<Words> {
    (!row.answer.is_empty()).then(|| words(&row.answer))
}

/// Whether a tip names a reader: their user id or their family name as a word.
fn names(context: &Context, tip: &TipRow) -> bool {
    let Some(text) = &tip.content else { return false };
    let family = context.actor.name.split(',').next().unwrap_or_default().trim().to_lowercase();
    let id = context.actor.id.to_lowercase();
    let parted = |c: char| !(c.is_alphanumeric() || c == '-' || c == '.');
    let text = text.to_lowercase();
    text.split(parted)
        .map(|word| word.trim_matches(['-', '.']))
        .any(|word| word.chars().count() >= NAME_LETTERS && (word == id || word == family))
}

/// The tips of a page, from 0, and whether others follow.
pub(crate) fn lines(reading: &Reading<'_>, page: usize) -> Result<(Vec<TipLine>, bool), Refusal> {
    let mut rows = reading.view.tips(page.saturating_mul(TIPS_PER_PAGE), TIPS_PER_PAGE + 1)?;
    let more = rows.len() > TIPS_PER_PAGE;
    rows.truncate(TIPS_PER_PAGE);
    let lines: Result<Vec<TipLine>, Refusal> = rows
        .into_iter()
        .filter(|row| !names(reading.context, row))
        .map(|row| {
            Ok(TipLine {
                obligation: row.obligation,
                at: row.at,
                due: due(reading.view, row.obligation)?,
                answer: answer(&row),
                text: row.content,
            })
        })
        .collect();
    Ok((lines?, more))
}

impl Sealed for GiveTip {}
impl Act for GiveTip {
    const PERMISSION: Permission = Permission::GiveTip;
    fn object(&self) -> String {
        "tip".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let text: String = self.text.trim().chars().take(TIP_LIMIT_CHARS).collect();
        if text.is_empty() {
            return Err(Refusal::unreadable(
                "Write what you saw or fear. Your name is not needed.",
                "Écrivez ce que vous avez vu ou craignez. Votre nom n’est pas nécessaire.",
            ));
        }
        let now = reading.context.now;
        if reading.view.tips_since(now.plus_minutes(-60))? >= TIPS_PER_HOUR {
            return Err(Refusal::conflict(
                "Very many tips came in the last hour. Your text was not kept: please send it again in an hour.",
                "De très nombreux signalements sont arrivés dans la dernière heure. Votre texte n’a pas été conservé : renvoyez-le dans une heure.",
            ));
        }
        let reference = digest(&self.reference);
        let key = id(&["tip", &self.reference]);
        let row =
            new_row(key, &tip(now), &About { custodian: CUSTODIAN.to_owned(), ..About::default() }, now);
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(key, 0)],
            obligations: vec![ObligationChange::Event(opened(&row, TAKER)), ObligationChange::Open(row)],
            activity: vec![ActivityChange::Tip(TipRow {
                obligation: key,
                reference,
                at: now,
                content: Some(text),
                answer: String::new(),
            })],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for AskAfter {}
impl Look for AskAfter {
    type View = TipState;
    const PERMISSION: Permission = Permission::GiveTip;
    fn object(&self) -> String {
        "tip".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TipState>, Refusal> {
        let row = reading.view.tip_by_reference(&digest(&self.reference))?.ok_or_else(Refusal::not_found)?;
        let due = due(reading.view, row.obligation)?;
        Ok(Seen::nobody(TipState { at: row.at, due, answer: answer(&row) }))
    }
}

impl Sealed for AnswerTip {}
impl Act for AnswerTip {
    const PERMISSION: Permission = Permission::ReviewActivity;
    fn object(&self) -> String {
        format!("tip/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let tip = reading.view.tip(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This tip was answered already. Open the page again.",
                "On a déjà répondu à ce signalement. Rouvrez la page.",
            ));
        }
        if names(reading.context, &tip) {
            return Err(Refusal::conflict(
                "This tip names you: somebody else answers it.",
                "Ce signalement vous nomme : quelqu’un d’autre y répond.",
            ));
        }
        let text = said(&self.answer)?;
        let by = reading.context.actor.name.clone();
        let outcome = Outcome::Resolved { by, how: text.clone() };
        let mut changes = by_hand_ended(reading, &row, outcome, text.clone())?;
        let answer = words_json(&Words::new(text.clone(), text.clone()));
        let about = self.about.trim();
        if !about.is_empty() {
            if reading.known_name_of(about)?.is_none() {
                return Err(Refusal::unreadable(
                    "Nobody has this user id. Take it from the list of accounts.",
                    "Personne n’a cet identifiant. Prenez-le dans la liste des comptes.",
                ));
            }
            let span = (Instant(tip.at.0 - CASE_DAYS * 24 * 3_600_000_000), tip.at);
            breaches::open(reading, tip.obligation, about, span, &text, &mut changes)?;
        }
        changes.activity.push(ActivityChange::Tip(TipRow { answer, ..tip }));
        Ok((changes, None))
    }
}

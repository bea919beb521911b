//! The retention schedule at work (GUARANTEES L-11): what is due is proposed, a privacy officer approves it or keeps it, the
//! record carries it out in pieces, and a certificate is left.

use crate::deliveries::by_hand_ended;
use crate::detection::{CUSTODIAN, due, said};
use crate::lists::Part;
use crate::obligations::{About, ended, event, id, opened, row as new_row};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{Permission, Purpose, Role};
use clinical::obligations::{Outcome, destruction};
use clinical::rendering::Language;
use clinical::retention::{Destroyed, Rule, SCHEDULE, certificate, rule};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::activity::{CASE_CLASS, FLAG_CLASS, LOG_CLASS, TIP_CLASS, period_of, period_start};
use store::{
    ActivityChange, AuditRow, Changes, Destroy, DestructionRow, ObligationChange, ObligationId,
    ObligationRow, ObligationState, Requirement, Settled, View,
};

/// Who proposes and carries out, in events and audit rows.
const WORKER: &str = "opor retention";
/// Rows of the log in one piece: a piece holds the writer up for some milliseconds.
const PIECE_ROWS: usize = 1_000;
/// Pieces in one round.
const PIECES_AT_ONCE: usize = 20;
/// Lines of the page.
const LINES_LIMIT: usize = 200;

/// Look: the schedule, what is due, what was destroyed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Schedule {
    /// How many destructions stand before the first that is shown.
    pub from: usize,
}

/// Answer to [`Schedule`].
#[derive(Debug, Clone, Default)]
pub struct ScheduleView {
    /// Row by row: its class, and how many items are due now; `None` where nothing is ever due.
    pub rows: Vec<(&'static str, Option<u64>)>,
    /// Destructions, the latest first.
    pub destructions: Vec<DestructionLine>,
    /// Which part of them is shown.
    pub part: Part,
}

/// One destruction.
#[derive(Debug, Clone)]
pub struct DestructionLine {
    /// Key.
    pub obligation: ObligationId,
    /// Name of its class.
    pub what: Words,
    /// Everything before then.
    pub before: Instant,
    /// When it was proposed.
    pub at: Instant,
    /// How many items that were.
    pub items: u64,
    /// By when it must be decided; `None` once it was.
    pub due: Option<Instant>,
    /// `approved`, `kept`; empty while nobody has decided.
    pub verdict: String,
    /// Who decided.
    pub approver: String,
    /// Items destroyed so far.
    pub destroyed: u64,
    /// When the last was.
    pub done: Option<Instant>,
}

/// Act: approve a destruction, or keep the content.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which.
    pub obligation: ObligationId,
    /// Approved, else kept.
    pub approve: bool,
    /// Why.
    pub reason: String,
}

/// Look: the certificate of a destruction.
#[derive(Debug, Clone, Copy)]
pub struct Certificate {
    /// Which.
    pub obligation: ObligationId,
    /// In French.
    pub french: bool,
}

/// The class of keys of a row of the schedule.
fn keys_of(class: &str) -> Option<&'static str> {
    [LOG_CLASS, TIP_CLASS, CASE_CLASS, FLAG_CLASS].into_iter().find(|known| *known == class)
}

/// How many items of a class are due.
fn items_due(view: &View, rule: &Rule, before: Instant) -> Result<u64, Refusal> {
    if rule.class == LOG_CLASS {
        return Ok(view.log_content_count(before)?);
    }
    let items = view.sealed_before(rule.class, before, usize::MAX)?.len();
    Ok(u64::try_from(items).unwrap_or(u64::MAX))
}

/// A row of the schedule; before when and how many items are due, `None` where nothing ever is.
pub type DueNow = (&'static Rule, Option<(Instant, u64)>);

/// What the schedule says is due now: class by class, how many items, and before when. Writes nothing.
///
/// # Errors
/// When the store cannot be read.
pub fn dry_run(view: &View, now: Instant) -> Result<Vec<DueNow>, Refusal> {
    SCHEDULE
        .iter()
        .map(|rule| {
            let due = match rule.due_before(now) {
                Some(before) => {
                    // Rows that share a key go together: what shares one with younger rows waits for them.
                    let before =
                        if rule.class == LOG_CLASS { period_start(period_of(before)) } else { before };
                    Some((before, items_due(view, rule, before)?))
                }
                None => None,
            };
            Ok((rule, due))
        })
        .collect()
}

impl Record {
    /// Propose what is due and not proposed yet. Returns how many destructions.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn propose_destruction(&self, now: Instant) -> Result<usize, Refusal> {
        let mut proposed = 0;
        let view = self.store().view()?;
        let open = view.open_destructions()?;
        for (rule, due) in dry_run(&view, now)? {
            let Some((before, items)) = due.filter(|(_, items)| *items > 0) else { continue };
            if open.iter().any(|row| row.class == rule.class) {
                continue;
            }
            let key = id(&["destruction", rule.class, &clinical::cover::day(now)]);
            if view.obligation(key)?.is_some() {
                continue;
            }
            let because = Words::new(
                format!("{items} items are due: {}.", rule.name.0),
                format!("{items} éléments sont échus : {}.", rule.name.1),
            );
            let owed = destruction(because, now);
            let row =
                new_row(key, &owed, &About { custodian: CUSTODIAN.to_owned(), ..About::default() }, now);
            let changes = Changes {
                requires: vec![Requirement::ObligationRevisionIs(key, 0)],
                obligations: vec![ObligationChange::Event(opened(&row, WORKER)), ObligationChange::Open(row)],
                activity: vec![ActivityChange::Destruction(DestructionRow {
                    obligation: key,
                    class: rule.class.to_owned(),
                    before,
                    at: now,
                    due: items,
                    approver: String::new(),
                    approved: None,
                    verdict: String::new(),
                    next: 1,
                    destroyed: 0,
                    done: None,
                })],
                ..Changes::default()
            };
            self.settled(changes)?;
            proposed += 1;
        }
        Ok(proposed)
    }

    /// Carry out what was approved, a few pieces at a time. Returns how many pieces.
    ///
    /// # Errors
    /// When the store cannot be read, something in it is damaged, or it asks to try again.
    pub fn carry_out_destructions(&self, now: Instant) -> Result<usize, Refusal> {
        let mut pieces = 0;
        while pieces < PIECES_AT_ONCE {
            let view = self.store().view()?;
            let approved = view.open_destructions()?.into_iter().find(|row| row.verdict == "approved");
            let Some(row) = approved else { break };
            let changes = piece(&view, row, now)?;
            drop(view);
            self.settled(changes)?;
            pieces += 1;
        }
        Ok(pieces)
    }

    fn settled(&self, changes: Changes) -> Result<(), Refusal> {
        match self.store().settle_blocking(changes) {
            // Somebody was faster: the next round sees what is left.
            Settled::Done | Settled::Stale(_) => Ok(()),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

/// The next piece of a destruction, or its end with the certificate.
fn piece(view: &View, row: DestructionRow, now: Instant) -> Result<Changes, Refusal> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    if row.class != LOG_CLASS {
        let keys = view.sealed_before(&row.class, row.before, PIECE_ROWS)?;
        let (Some(class), false) = (keys_of(&row.class), keys.is_empty()) else {
            return certified(view, row, Vec::new(), now);
        };
        let destroyed = row.destroyed + count(keys.len());
        return Ok(Changes {
            activity: vec![
                ActivityChange::Destroy(Destroy::Keys(class, keys)),
                ActivityChange::Destruction(DestructionRow { destroyed, ..row }),
            ],
            ..Changes::default()
        });
    }
    let (due, next) = view.log_content_before(row.before, row.next, PIECE_ROWS)?;
    if let Some(next) = next {
        let destroyed = row.destroyed + count(due.len());
        return Ok(Changes {
            activity: vec![
                ActivityChange::Destroy(Destroy::LogRows(due)),
                ActivityChange::Destruction(DestructionRow { destroyed, next, ..row }),
            ],
            ..Changes::default()
        });
    }
    if view.log_content_count(row.before)? > 0 {
        // A clock was set back: older rows stand behind newer ones. Once more over everything behind.
        let next = row.next + i64::try_from(PIECE_ROWS).unwrap_or(i64::MAX);
        let next = if view.logged(next, 1)?.is_empty() { 1 } else { next };
        return Ok(Changes {
            activity: vec![ActivityChange::Destruction(DestructionRow { next, ..row })],
            ..Changes::default()
        });
    }
    let keys = view.log_periods_before(row.before)?;
    certified(view, row, keys, now)
}

/// The end: keys go, the certificate comes as a row of the log, the obligation ends.
fn certified(view: &View, row: DestructionRow, keys: Vec<i64>, now: Instant) -> Result<Changes, Refusal> {
    let owed = view.obligation(row.obligation)?.ok_or_else(Refusal::not_found)?;
    let words = Words::new(
        format!("{} items were destroyed; the certificate can be printed.", row.destroyed),
        format!("{} éléments ont été détruits; le certificat peut être imprimé.", row.destroyed),
    );
    let of_log = row.class == LOG_CLASS;
    let purpose = if of_log {
        format!("retention before {}", row.before.0)
    } else {
        Purpose::Operations.code().to_owned()
    };
    let certificate = AuditRow {
        at: now,
        actor: WORKER.to_owned(),
        role: Role::Machine.code().to_owned(),
        verb: "destroy-content".to_owned(),
        purpose,
        person: None,
        object: format!("destruction/{}/{}/{}", row.obligation, row.class, row.destroyed),
    };
    let outcome = Outcome::Resolved { by: WORKER.to_owned(), how: words.en.clone() };
    let mut activity = vec![ActivityChange::Destruction(DestructionRow { done: Some(now), ..row })];
    if of_log {
        activity.push(ActivityChange::Destroy(Destroy::Keys(LOG_CLASS, keys)));
    }
    Ok(Changes {
        requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
        obligations: vec![
            event(owed.id, now, WORKER, outcome.code(), &words),
            ObligationChange::Update(ended(&owed, &outcome, now)),
        ],
        activity,
        audit: vec![certificate],
        ..Changes::default()
    })
}

impl Sealed for Schedule {}
impl Look for Schedule {
    type View = ScheduleView;
    const PERMISSION: Permission = Permission::ManageRetention;
    fn object(&self) -> String {
        "retention".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ScheduleView>, Refusal> {
        let rows = dry_run(reading.view, reading.context.now)?;
        let mut view = ScheduleView {
            rows: rows.into_iter().map(|(rule, due)| (rule.class, due.map(|(_, items)| items))).collect(),
            ..ScheduleView::default()
        };
        let rows = reading.view.destructions(Part::reads(self.from, LINES_LIMIT))?;
        let (rows, part) = Part::of(rows, self.from, LINES_LIMIT);
        view.part = part;
        for row in rows {
            view.destructions.push(DestructionLine {
                obligation: row.obligation,
                what: rule(&row.class).map_or_else(|| Words::new(&*row.class, &*row.class), Rule::words),
                before: row.before,
                at: row.at,
                items: row.due,
                due: due(reading.view, row.obligation)?.filter(|_| row.verdict.is_empty()),
                verdict: row.verdict,
                approver: reading.name_of(&row.approver)?,
                destroyed: row.destroyed,
                done: row.done,
            });
        }
        Ok(Seen::nobody(view))
    }
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: Permission = Permission::ManageRetention;
    fn object(&self) -> String {
        format!("destruction/{}/{}", self.obligation, if self.approve { "approve" } else { "keep" })
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.destruction(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let owed = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if !row.verdict.is_empty() || !matches!(owed.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This was decided already. Open the page again.",
                "Ceci est déjà décidé. Rouvrez la page.",
            ));
        }
        let reason = said(&self.reason)?;
        let (by, now) = (&reading.context.actor, reading.context.now);
        let decided = DestructionRow { approver: by.id.clone(), approved: Some(now), ..row.clone() };
        if !self.approve {
            let outcome = Outcome::Excused { by: by.name.clone(), why: reason.clone() };
            let mut changes = by_hand_ended(reading, &owed, outcome, reason)?;
            changes.activity.push(ActivityChange::Destruction(DestructionRow {
                verdict: "kept".to_owned(),
                done: Some(now),
                ..decided
            }));
            return Ok((changes, None));
        }
        let words = Words::new(reason.clone(), reason);
        // Stands in the log before the first piece, for whoever checks it while content is going.
        let approval = (row.class == LOG_CLASS).then(|| AuditRow {
            at: now,
            actor: WORKER.to_owned(),
            role: Role::Machine.code().to_owned(),
            verb: "approve-destruction".to_owned(),
            purpose: format!("retention before {}", row.before.0),
            person: None,
            object: format!("destruction/{}", row.obligation),
        });
        let changes = Changes {
            audit: approval.into_iter().collect(),
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            obligations: vec![
                event(owed.id, now, &by.name, "approved", &words),
                ObligationChange::Update(ObligationRow { revision: owed.revision + 1, ..owed }),
            ],
            activity: vec![ActivityChange::Destruction(DestructionRow {
                verdict: "approved".to_owned(),
                ..decided
            })],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for Certificate {}
impl Look for Certificate {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::ManageRetention;
    fn object(&self) -> String {
        format!("destruction/{}/certificate", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let row = reading.view.destruction(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let (Some(rule), Some(done), Some(approved), "approved") =
            (rule(&row.class), row.done, row.approved, row.verdict.as_str())
        else {
            return Err(Refusal::conflict(
                "Nothing was destroyed yet: the certificate comes with the end.",
                "Rien n’a encore été détruit : le certificat vient à la fin.",
            ));
        };
        let of = Destroyed {
            rule,
            before: row.before,
            count: row.destroyed,
            approved: (reading.name_of(&row.approver)?, approved),
            done,
            number: row.obligation.to_string(),
        };
        let language = if self.french { Language::French } else { Language::English };
        Ok(Seen::nobody(certificate(&of, language)))
    }
}

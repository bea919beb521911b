//! Who stands as a person's primary care provider, opened from something that was sent to them: a practice says that it is
//! wrong, the delivery desk withdraws it with a reason and can take that back (GUARANTEES S-052, FEATURES RT4).
//!
//! A withdrawal holds for the person and the practitioner, whoever states them: from then on they are not used, and the
//! sentence of every route says so. What was sent stays listed.

mod opening;

pub(crate) use opening::opens;

use crate::directory::changing::now_known;
use crate::directory::primaries::{Withdrawal, stated, withdrawn};
use crate::intake::filing::primary::on_file;
use crate::obligations::{About, ended, event, id, opened, row as new_row, words};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::cover::day;
use clinical::directory::{Practitioner, WITHDRAWN_SORT, Withdrawn};
use clinical::identity::{Claim, display_name};
use clinical::obligations::{ObligationKind, Outcome, Unsettled, primary_provider};
use clinical::routing;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use opening::{Whose, is_sent_to, is_theirs, own, went_to, whose};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Changes, DirectoryChange, DirectoryEvent, ObligationChange, ObligationFilter, ObligationId,
    ObligationRow, ObligationState, Requirement, View,
};

/// Characters of a reason that are kept.
const WORDS_LIMIT_CHARS: usize = 500;
/// What was sent to them is named up to here; how much there is besides is said.
const SENT_SHOWN: usize = 20;

/// Look: who stands as primary care provider of the person whom something that was sent is about.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    /// The delivery, the attention or the question that it is opened from.
    pub obligation: ObligationId,
}

/// Answer to [`Lines`].
#[derive(Debug, Clone, Default)]
pub struct LinesView {
    /// Name of the person.
    pub who: String,
    /// Their birth date.
    pub birth_date: String,
    /// Everybody who stands or stood as primary care provider; a reader at a practice sees those of the practice.
    pub lines: Vec<Line>,
    /// What waits for the desk about them, the oldest first.
    pub open: Vec<Waits>,
    /// What was withdrawn and taken back, the latest first: when, who, words.
    pub history: Vec<(Instant, Words, Words)>,
    /// What was sent to them of this person, the latest first, at most [`SENT_SHOWN`].
    pub sent: Vec<Sent>,
    /// How much was sent to them.
    pub all_sent: usize,
}

/// One practitioner.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Directory id.
    pub practitioner: String,
    /// Name.
    pub name: String,
    /// Where they work today.
    pub places: String,
    /// Who says that they are the primary care provider; empty where nobody does now.
    pub said_by: Vec<Words>,
    /// Withdrawn: when, by whom, why.
    pub withdrawn: Option<(Instant, String, String)>,
}

/// A question that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Waits {
    /// Its line at the desk.
    pub obligation: ObligationId,
    /// Since when.
    pub since: Instant,
    /// By when somebody must act.
    pub due: Instant,
    /// What is asked.
    pub because: Words,
}

/// Something that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// When it was routed.
    pub at: Instant,
    /// What.
    pub what: Words,
    /// To whom.
    pub to: Words,
    /// It is on its way, or waits to be opened.
    pub is_open: bool,
}

/// Act: somebody of one's practice is not the primary care provider; the delivery desk decides.
#[derive(Debug, Clone)]
pub struct Propose {
    /// What it is opened from.
    pub obligation: ObligationId,
    /// Directory id of the practitioner.
    pub practitioner: String,
    /// Why; required.
    pub reason: String,
}

/// Act of the delivery desk: a practitioner is not used as primary care provider of this person from now on.
#[derive(Debug, Clone)]
pub struct Withdraw {
    /// What it is opened from.
    pub obligation: ObligationId,
    /// Directory id of the practitioner.
    pub practitioner: String,
    /// Why; required.
    pub reason: String,
}

/// Act of the delivery desk: a withdrawal was wrong; whoever states them is believed again.
#[derive(Debug, Clone)]
pub struct Restore {
    /// What it is opened from.
    pub obligation: ObligationId,
    /// Directory id of the practitioner.
    pub practitioner: String,
    /// Why; required.
    pub reason: String,
}

/// Everybody who stands as primary care provider, by directory id, and who says so.
fn standing(
    reading: &Reading<'_>,
    whose: &Whose,
    gone: &[Withdrawal],
) -> Result<BTreeMap<String, Vec<Words>>, Refusal> {
    let (directory, today) = (reading.directory, day(reading.context.now));
    let mut found: BTreeMap<String, Vec<Words>> = BTreeMap::new();
    let mut say = |who: &str, words: Words| {
        let said = found.entry(who.to_owned()).or_default();
        if !said.contains(&words) {
            said.push(words);
        }
    };
    // A decision about routing reads what routing reads; values of the chart are not shown.
    reading.view.beneath(|view| -> Result<(), Refusal> {
        let known = on_file(view, &whose.records, &today)?;
        let listed = stated(view, &known.numbers, &today, gone)?;
        for fact in listed.fact.iter().chain(listed.left_out.iter().map(|(fact, _)| fact)) {
            let (source, from) = (&fact.source, &fact.from);
            say(
                &fact.practitioner,
                Words::new(
                    format!("stated by {source} from {from}"),
                    format!("déclaré par {source} à partir du {from}"),
                ),
            );
        }
        for (at, named) in &known.named {
            for addressee in named {
                if let Some(who) = routing::practitioner_of(addressee, directory) {
                    let on = day(*at);
                    let words =
                        Words::new(format!("named on file on {on}"), format!("nommé au dossier le {on}"));
                    say(&who.id, words);
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Questions of the desk about a person; of one practitioner where one is named.
fn questions(
    view: &View,
    records: &[RecordId],
    practitioner: Option<&str>,
) -> Result<Vec<ObligationRow>, Refusal> {
    let mut found = Vec::new();
    for record in records {
        let filter = ObligationFilter {
            open: Some(true),
            kind: Some(ObligationKind::PrimaryProvider.code().to_owned()),
            record: Some(*record),
            recipient_id: practitioner.map(str::to_owned),
            ..ObligationFilter::default()
        };
        found.extend(view.obligations(&filter, usize::MAX, 0)?);
    }
    found.sort_by_key(|row| (row.opened, row.id));
    Ok(found)
}

fn places_of(reading: &Reading<'_>, who: &str) -> String {
    let (directory, today) = (reading.directory, day(reading.context.now));
    let places = directory.roles_on(who, &today).filter_map(|role| directory.place(&role.place));
    let names: BTreeSet<&str> = places.map(|place| place.name.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

impl Sealed for Lines {}
impl Look for Lines {
    type View = LinesView;
    const PERMISSION: Permission = Permission::ReadPrimaries;
    fn object(&self) -> String {
        format!("primaries/{}", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<LinesView>, Refusal> {
        let whose = whose(reading, self.obligation)?;
        let (view, directory) = (reading.view, reading.directory);
        let own = own(reading);
        let shown = |who: &str| own.as_ref().is_none_or(|own| own.people.contains(who));
        let gone = withdrawn(view, &whose.records)?;
        let mut standing = standing(reading, &whose, &gone)?;
        for one in gone.iter().map(|one| one.what.practitioner.clone()) {
            standing.entry(one).or_default();
        }
        if let Some(who) = went_to(reading, &whose.row)? {
            standing.entry(who).or_default();
        }
        standing.retain(|who, _| shown(who));
        let lines: Vec<Line> = standing
            .into_iter()
            .map(|(who, said_by)| {
                let out = gone.iter().find(|one| one.what.practitioner == who);
                let name = directory.practitioner(&who).map(Practitioner::name);
                Line {
                    name: name
                        .or_else(|| out.map(|one| one.what.name.clone()))
                        .unwrap_or_else(|| who.clone()),
                    places: places_of(reading, &who),
                    said_by,
                    withdrawn: out.map(|one| (one.at, one.what.by.clone(), one.what.why.clone())),
                    practitioner: who,
                }
            })
            .collect();
        let open = questions(view, &whose.records, None)?
            .into_iter()
            .filter(|row| shown(&row.recipient_id))
            .filter_map(|row| match &row.state {
                ObligationState::Open { due, .. } => Some(Waits {
                    obligation: row.id,
                    since: row.opened,
                    due: *due,
                    because: words(&row.words),
                }),
                ObligationState::Ended { .. } => None,
            })
            .collect();
        let (sent, all_sent) = sent(reading, &whose, &lines)?;
        let claim: Option<Claim> =
            view.record(whose.record)?.and_then(|row| serde_json::from_str(&row.claim).ok());
        let answer = LinesView {
            who: claim.as_ref().map(|claim| display_name(&claim.names)).unwrap_or_default(),
            birth_date: claim.map(|claim| claim.birth_date).unwrap_or_default(),
            history: history(view, &whose.records, &lines)?,
            lines,
            open,
            sent,
            all_sent,
        };
        Ok(Seen::of(whose.person, answer))
    }
}

/// What was withdrawn and taken back, of the practitioners who are shown.
fn history(
    view: &View,
    records: &[RecordId],
    lines: &[Line],
) -> Result<Vec<(Instant, Words, Words)>, Refusal> {
    let mut found = Vec::new();
    for record in records {
        for line in lines {
            let changes =
                view.directory_history(WITHDRAWN_SORT, &Withdrawn::id(*record, &line.practitioner))?;
            found.extend(changes.into_iter().map(|row| {
                let (name, why) = (&line.name, &row.reason);
                let told = if row.body.is_empty() {
                    Words::new(
                        format!("{name}: withdrawal taken back. {why}"),
                        format!("{name} : retrait annulé. {why}"),
                    )
                } else {
                    Words::new(format!("{name}: withdrawn. {why}"), format!("{name} : retiré. {why}"))
                };
                (row.at, telling::actor(&row.actor), told)
            }));
        }
    }
    found.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    Ok(found)
}

/// What was sent to the practitioners who are shown, and how much.
fn sent(reading: &Reading<'_>, whose: &Whose, lines: &[Line]) -> Result<(Vec<Sent>, usize), Refusal> {
    let own = own(reading);
    let mut rows: BTreeMap<ObligationId, ObligationRow> = BTreeMap::new();
    for line in lines {
        let ways = reading.directory.roles().filter(|role| role.practitioner == line.practitioner);
        let mut to: BTreeSet<String> = ways.filter_map(|role| role.endpoint.clone()).collect();
        to.insert(line.practitioner.clone());
        for (record, recipient_id) in
            whose.records.iter().flat_map(|record| to.iter().map(move |to| (*record, to.clone())))
        {
            let filter = ObligationFilter {
                record: Some(record),
                recipient_id: Some(recipient_id),
                ..ObligationFilter::default()
            };
            for row in reading.view.obligations(&filter, usize::MAX, 0)? {
                if is_theirs(reading, own.as_ref(), &row) && is_sent_to(reading, &row, line)? {
                    rows.insert(row.id, row);
                }
            }
        }
    }
    let all = rows.len();
    let mut rows: Vec<ObligationRow> = rows.into_values().collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.opened), row.id));
    rows.truncate(SENT_SHOWN);
    let told = rows.iter().map(|row| {
        Ok(Sent {
            at: row.opened,
            what: telling::subject(reading, row)?,
            to: telling::recipient(reading.directory, &row.recipient),
            is_open: matches!(row.state, ObligationState::Open { .. }),
        })
    });
    Ok((told.collect::<Result<_, Refusal>>()?, all))
}

fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Write why: it stands in the sentence of every route that does not use them.",
            "Écrivez pourquoi : cela figure dans la phrase de chaque acheminement qui ne les utilise pas.",
        ));
    }
    Ok(text)
}

/// What a question is about, as its row keeps it.
fn about(whose: &Whose) -> About {
    About {
        record: Some(whose.record),
        message: whose.row.message,
        custodian: whose.row.custodian.clone(),
        ..About::default()
    }
}

/// Ends the questions about a practitioner with what was decided.
fn settled(
    reading: &Reading<'_>,
    whose: &Whose,
    practitioner: &str,
    how: &Words,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    let outcome = Outcome::Resolved { by: by.clone(), how: how.en.clone() };
    for row in questions(reading.view, &whose.records, Some(practitioner))? {
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.obligations.push(event(row.id, now, by, outcome.code(), how));
        changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
    }
    Ok(())
}

impl Sealed for Propose {}
impl Act for Propose {
    const PERMISSION: Permission = Permission::ProposePrimary;
    fn object(&self) -> String {
        format!("primaries/{}/{}", self.obligation, self.practitioner)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let whose = whose(reading, self.obligation)?;
        let (actor, now) = (&reading.context.actor, reading.context.now);
        let is_colleague = own(reading).is_none_or(|own| own.people.contains(&self.practitioner));
        let who = reading.directory.practitioner(&self.practitioner).filter(|_| is_colleague);
        let who = who.ok_or_else(Refusal::not_found)?;
        let why = said(&self.reason)?;
        let gone = withdrawn(reading.view, &whose.records)?;
        if gone.iter().any(|one| one.what.practitioner == who.id) {
            return Err(already_withdrawn());
        }
        let stands = standing(reading, &whose, &gone)?.contains_key(&who.id);
        if !stands && went_to(reading, &whose.row)?.as_deref() != Some(who.id.as_str()) {
            return Err(Refusal::conflict(
                "Nobody says that they are the primary care provider. Open the page again to see who stands there.",
                "Personne ne dit que ce fournisseur est celui des soins primaires. Rouvrez la page pour voir qui y figure.",
            ));
        }
        if !questions(reading.view, &whose.records, Some(&who.id))?.is_empty() {
            return Err(Refusal::conflict(
                "The delivery desk has this already, with a clock. Nothing more is needed from you.",
                "Le bureau des livraisons l'a déjà, avec un délai. Rien d'autre n'est requis de vous.",
            ));
        }
        let what = Unsettled::Wrong { by: actor.name.clone(), why };
        let owed = primary_provider(&who.name(), &who.id, &what, now);
        let key = id(&["primary", &whose.record.to_string(), &who.id, &now.to_string(), what.code()]);
        let row = new_row(key, &owed, &about(&whose), now);
        let first = opened(&row, &actor.name);
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(key, 0)],
            obligations: vec![ObligationChange::Open(row), ObligationChange::Event(first)],
            ..Changes::default()
        };
        Ok((changes, Some(whose.person)))
    }
}

fn already_withdrawn() -> Refusal {
    Refusal::conflict(
        "They are withdrawn already. Open the page again to see by whom and why.",
        "Ce fournisseur est déjà retiré. Rouvrez la page pour voir par qui et pourquoi.",
    )
}

impl Sealed for Withdraw {}
impl Act for Withdraw {
    const PERMISSION: Permission = Permission::WithdrawPrimary;
    fn object(&self) -> String {
        format!("primaries/{}/{}", self.obligation, self.practitioner)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let whose = whose(reading, self.obligation)?;
        let (by, now) = (&reading.context.actor.name, reading.context.now);
        let who = known.directory.practitioner(&self.practitioner).ok_or_else(Refusal::not_found)?;
        let why = said(&self.reason)?;
        let mut gone = withdrawn(reading.view, &whose.records)?;
        if gone.iter().any(|one| one.what.practitioner == who.id) {
            return Err(already_withdrawn());
        }
        let what = Withdrawn {
            practitioner: who.id.clone(),
            name: who.name(),
            on: day(now),
            by: by.clone(),
            why: why.clone(),
        };
        let mut changes = Changes {
            requires: vec![Requirement::DirectoryIs(known.seq)],
            directory: vec![DirectoryChange::Event(DirectoryEvent {
                seq: 0,
                at: now,
                actor: by.clone(),
                source: "delivery desk".to_owned(),
                reason: why,
                sort: WITHDRAWN_SORT.to_owned(),
                id: Withdrawn::id(whose.record, &who.id),
                body: serde_json::to_string(&what).unwrap_or_default(),
            })],
            ..Changes::default()
        };
        let how = Words::new(format!("{by} withdrew it."), format!("{by} l'a retiré."));
        settled(reading, &whose, &who.id, &how, &mut changes)?;
        gone.push(Withdrawal { record: whose.record, at: now, what: what.clone() });
        let left = standing(reading, &whose, &gone)?;
        if left.keys().all(|one| gone.iter().any(|out| out.what.practitioner == *one)) {
            let nobody = Unsettled::NobodyLeft(what);
            let owed = primary_provider(&who.name(), &who.id, &nobody, now);
            let key = id(&["primary", &whose.record.to_string(), &who.id, &now.to_string(), nobody.code()]);
            let row = new_row(key, &owed, &about(&whose), now);
            let first = opened(&row, by);
            changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
        }
        Ok((changes, Some(whose.person)))
    }
}

impl Sealed for Restore {}
impl Act for Restore {
    const PERMISSION: Permission = Permission::WithdrawPrimary;
    fn object(&self) -> String {
        format!("primaries/{}/{}/restored", self.obligation, self.practitioner)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let whose = whose(reading, self.obligation)?;
        let (by, now) = (&reading.context.actor.name, reading.context.now);
        let why = said(&self.reason)?;
        let gone = withdrawn(reading.view, &whose.records)?;
        let theirs: Vec<&Withdrawal> =
            gone.iter().filter(|one| one.what.practitioner == self.practitioner).collect();
        if theirs.is_empty() {
            return Err(Refusal::conflict(
                "They are not withdrawn any more. Open the page again to see who took it back.",
                "Ce fournisseur n'est plus retiré. Rouvrez la page pour voir qui a annulé le retrait.",
            ));
        }
        let taken_back = |one: &&Withdrawal| {
            DirectoryChange::Event(DirectoryEvent {
                seq: 0,
                at: now,
                actor: by.clone(),
                source: "delivery desk".to_owned(),
                reason: why.clone(),
                sort: WITHDRAWN_SORT.to_owned(),
                id: Withdrawn::id(one.record, &self.practitioner),
                body: String::new(),
            })
        };
        let mut changes = Changes {
            requires: vec![Requirement::DirectoryIs(known.seq)],
            directory: theirs.iter().map(taken_back).collect(),
            ..Changes::default()
        };
        let how = Words::new(format!("{by} took the withdrawal back."), format!("{by} a annulé le retrait."));
        settled(reading, &whose, &self.practitioner, &how, &mut changes)?;
        Ok((changes, Some(whose.person)))
    }
}

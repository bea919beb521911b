//! What the directory shows: its state today, and what changes would move.

use super::changing::day_of;
use super::snapshot::contradicts;
use super::*;
use crate::obligations;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{ContactState, Directory, Fact};
use clinical::routing;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{DirectoryProposal, MessageFilter, ObligationFilter, ObligationRow, ObligationState, View};

/// Proposals and questions on one page.
const LISTED: usize = 100;
/// Changes on one page.
const CHANGES: usize = 20;
/// Messages read at a time.
const PAGE: usize = 500;

impl Sealed for Overview {}

impl Look for Overview {
    type View = OverviewView;
    const PERMISSION: Permission = Permission::ReadDirectory;

    fn object(&self) -> String {
        "directory".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OverviewView>, Refusal> {
        let (directory, day) = (reading.directory, day_of(reading.context.now));
        let mut contacts: Vec<ContactLine> =
            directory.contacts().filter_map(|c| contact_line(directory, c, &day)).collect();
        contacts.sort_by_key(|line| (line.state != ContactState::Suspect, line.next_check.clone()));
        let mut proposals = Vec::new();
        let rows = reading.view.directory_proposals(None, Part::reads(self.proposals, LISTED))?;
        let (rows, proposals_part) = Part::of(rows, self.proposals, LISTED);
        for row in rows {
            proposals.push(proposal_line(reading.view, directory, row)?);
        }
        let (questions, questions_part) = Part::of(questions(reading.view)?, self.questions, LISTED);
        let changes = reading.view.directory_events(Part::reads(self.changes, CHANGES))?;
        let (changes, changes_part) = Part::of(changes, self.changes, CHANGES);
        let view = OverviewView {
            places: directory.places().map(|place| place_line(directory, place, &day)).collect(),
            people: directory.practitioners().map(|who| person_line(directory, who, &day)).collect(),
            contacts,
            proposals,
            proposals_part,
            questions,
            questions_part,
            changes_part,
            changes: changes
                .into_iter()
                .map(|row| (row.at, row.actor, row.source, wording::named(directory, &(row.sort, row.id))))
                .collect(),
        };
        Ok(Seen::nobody(view))
    }
}

/// A proposal with its clock and its facts as they are and as they would be.
pub(super) fn proposal_line(
    view: &View,
    directory: &Directory,
    row: DirectoryProposal,
) -> Result<ProposalLine, Refusal> {
    let wanted: Vec<Change> = serde_json::from_str(&row.changes).unwrap_or_default();
    let owed = view.obligation(row.id)?;
    Ok(ProposalLine {
        id: row.id,
        at: row.at,
        actor: row.actor,
        source: row.source,
        words: obligations::words(&row.words),
        due: owed.and_then(|owed| due(&owed)),
        facts: wording::changed(directory, &wanted),
    })
}

fn due(owed: &ObligationRow) -> Option<Instant> {
    match owed.state {
        ObligationState::Open { due, .. } => Some(due),
        ObligationState::Ended { .. } => None,
    }
}

/// What the desk must find out: neither proposals nor doubts, which have lists of their own.
fn questions(view: &View) -> Result<Vec<QuestionLine>, Refusal> {
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(clinical::obligations::ObligationKind::Directory.code().to_owned()),
        ..ObligationFilter::default()
    };
    let mut lines = Vec::new();
    for row in view.obligations(&filter, usize::MAX, 0)? {
        if row.recipient_id.is_empty() && view.directory_proposal(row.id)?.is_none() {
            let (due, words) = (due(&row), obligations::words(&row.words));
            lines.push(QuestionLine { id: row.id, at: row.opened, due, words });
        }
    }
    Ok(lines)
}

fn contact_line(
    directory: &Directory,
    contact: &clinical::directory::Contact,
    day: &str,
) -> Option<ContactLine> {
    let state = contact.state_on(day);
    (state != ContactState::Ok).then(|| ContactLine {
        id: contact.id.clone(),
        of: wording::owner(directory, &contact.of),
        value: contact.value.clone(),
        source: contact.source.clone(),
        next_check: contact.next_check.clone(),
        state,
        why: contact.doubt.as_ref().map(|doubt| doubt.why.clone()).unwrap_or_default(),
    })
}

fn place_line(directory: &Directory, place: &clinical::directory::Place, day: &str) -> PlaceLine {
    let ways = directory.endpoints().filter(|endpoint| endpoint.place == place.id);
    let way = |endpoint: &clinical::directory::Endpoint| WayLine {
        id: endpoint.id.clone(),
        kind: endpoint.kind.words(),
        address: endpoint.address.clone(),
        in_use: endpoint.carries_on(day),
        doubt: directory.doubt_of(&endpoint.id).map(|doubt| doubt.why.clone()),
    };
    PlaceLine { id: place.id.clone(), name: place.name.clone(), ways: ways.map(way).collect() }
}

fn person_line(directory: &Directory, who: &clinical::directory::Practitioner, day: &str) -> PersonLine {
    let roles = directory.roles_on(&who.id, day);
    let name = |role: &clinical::directory::Role| {
        directory.place(&role.place).map_or_else(|| role.place.clone(), |place| place.name.clone())
    };
    let away = directory.absence_on(&who.id, None, day).map(|away| {
        let (state, cover) = (away.words(), away.cover.as_deref().and_then(|id| directory.practitioner(id)));
        match cover.map(clinical::directory::Practitioner::name) {
            Some(cover) => Words::new(
                format!("{}; {cover} covers", state.en),
                format!("{}; {cover} assure le remplacement", state.fr),
            ),
            None => state,
        }
    });
    PersonLine {
        id: who.id.clone(),
        name: who.name(),
        affiliation: directory.affiliation_on(&who.id, day),
        places: roles.map(name).collect(),
        away,
    }
}

/// The latest first day among roles and absences that change.
fn begins_last(changes: &[Change]) -> Option<String> {
    let begins = |change: &Change| match change {
        Change::Set(Fact::Role(role)) => Some(role.from.clone()),
        Change::Set(Fact::Absence(away)) => Some(away.from.clone()),
        _ => None,
    };
    changes.iter().filter_map(begins).max()
}

impl Sealed for Preview {}

impl Look for Preview {
    type View = PreviewView;
    const PERMISSION: Permission = Permission::ReadDirectory;

    fn object(&self) -> String {
        "directory/preview".to_owned()
    }

    /// Real messages are read as they were filed, routed on the day they came, as if they came today, and as if they came
    /// when the last of the changes begins; whoever gains or loses on one of these days is counted once. Nothing of a
    /// patient leaves, so that no person is named. A primary provider whom no message names is not counted.
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PreviewView>, Refusal> {
        let before = reading.directory;
        let after = before.changed(&self.changes).map_err(|problem| contradicts(&problem))?;
        let mut days = BTreeSet::from([day_of(reading.context.now)]);
        days.extend(begins_last(&self.changes));
        let mut view =
            PreviewView { facts: wording::changed(before, &self.changes), ..PreviewView::default() };
        let mut counts: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
        let mut links = HashMap::new();
        let mut last = None;
        'pages: loop {
            let page = reading.view.messages_of(&MessageFilter::default(), PAGE, last)?;
            let Some(oldest) = page.last().map(|row| row.id) else { break };
            last = Some(oldest);
            for row in page {
                if row.received < self.since {
                    break 'pages;
                }
                if view.messages >= self.most {
                    view.cut = true;
                    break 'pages;
                }
                view.messages += 1;
                let link = match links.get(&row.id.link()) {
                    Some(link) => link,
                    None => {
                        let Some(link) = reading.view.link(row.id.link())? else { continue };
                        links.entry(row.id.link()).or_insert(link)
                    }
                };
                let Ok(read) = crate::dialects::read_as_filed(reading.view, &row, link)? else {
                    view.unreadable += 1;
                    continue;
                };
                let said = read.interpret();
                let came = day_of(row.received);
                for report in said.charts.iter().flat_map(|chart| &chart.reports) {
                    view.reports += 1;
                    let mut moves = BTreeSet::new();
                    for day in days.iter().chain((!days.contains(&came)).then_some(&came)) {
                        let (old, new) =
                            (routing::route(report, before, day), routing::route(report, &after, day));
                        moves.extend(routing::moved(&old, &new));
                    }
                    for one in moves {
                        let count = counts.entry((one.name, one.way)).or_default();
                        if one.gains { count.0 += 1 } else { count.1 += 1 }
                    }
                }
            }
        }
        let line = |((name, way), (gains, loses))| MovedLine { name, way, gains, loses };
        view.moved = counts.into_iter().map(line).collect();
        Ok(Seen::nobody(view))
    }
}

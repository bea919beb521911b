//! The steward's work list: gravest first, then oldest; one case opened with its records side by side.

use super::MOST_CASES;
use super::acts::waits_for_filing;
use super::approval;
use super::cases::risk;
use super::graph::Around;
use super::links::{
    CaseFilter, CaseSort, CaseView, Compared, Moves, RiskLevel, Side, WorkLine, Worklist, WorklistView,
};
use super::moves::{beside, kept_apart, side};
use crate::intake::{candidate, doubtful};
use crate::obligations::words;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::identity::{Claim, blocking_keys, features::compare};
use fhir::{PersonId, RecordId};
use std::collections::{BTreeMap, HashMap};
use store::{MessageId, ObligationFilter, ObligationRow, ObligationState, RecordRow, ReviewCase, ReviewSort};

/// Open cases that are counted and put in order; what is beyond is older than any list is worked off.
const MOST_COUNTED: usize = 20_000;
/// Candidates shown beside a held message.
const MOST_CANDIDATES: usize = 5;
/// The kind of an identity question.
const KIND: &str = "identity-review";

impl Sealed for Worklist {}
impl Look for Worklist {
    type View = WorklistView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        self.picked.map_or_else(|| "identity".to_owned(), |id| format!("identity/{id}"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<WorklistView>, Refusal> {
        let open =
            ObligationFilter { open: Some(true), kind: Some(KIND.to_owned()), ..ObligationFilter::default() };
        let rows = reading.view.obligations(&open, MOST_COUNTED, 0)?;
        let cases = reading.view.open_review_cases()?;
        let mut waiting: HashMap<(&str, Option<RecordId>), u32> = HashMap::new();
        let is_held =
            |row: &ObligationRow| cases.get(&row.id).is_none_or(|case| case.sort == ReviewSort::Held);
        for row in rows.iter().filter(|row| is_held(row)) {
            *waiting.entry((&row.subject, row.record)).or_default() += 1;
        }
        let mut all: Vec<(WorkLine, &ObligationRow)> = rows
            .iter()
            .map(|row| {
                // Two records on file: nothing waits, whatever message made the question.
                let of_record = waiting.get(&(row.subject.as_str(), row.record)).filter(|_| is_held(row));
                let waits = of_record.copied().unwrap_or(0);
                (line(row, cases.get(&row.id), waits), row)
            })
            .collect();
        all.sort_by_key(|(line, row)| (std::cmp::Reverse(line.risk.level), line.opened, row.id));
        let of = |filter: CaseFilter, line: &WorkLine| match filter {
            CaseFilter::All => true,
            CaseFilter::Held => line.sort == CaseSort::Held,
            CaseFilter::Pairs => line.sort == CaseSort::Pair,
            CaseFilter::Reported => line.sort == CaseSort::Reported,
            CaseFilter::Asked => line.asked.is_some(),
        };
        let every =
            [CaseFilter::All, CaseFilter::Held, CaseFilter::Pairs, CaseFilter::Reported, CaseFilter::Asked];
        let counts = every.map(|filter| {
            let count = all.iter().filter(|(line, _)| of(filter, line)).count();
            (filter, u32::try_from(count).unwrap_or(u32::MAX))
        });
        let picked = match self.picked {
            // One that was answered meanwhile: the next of the list.
            Some(id) => all
                .iter()
                .find(|(line, _)| line.case == id)
                .or_else(|| all.iter().find(|(line, _)| of(self.filter, line))),
            None => None,
        };
        let open = match picked {
            Some((line, row)) => Some(case(reading, row, line.clone(), cases.get(&row.id))?),
            None => None,
        };
        let lines = all
            .iter()
            .filter(|(line, _)| of(self.filter, line))
            .take(MOST_CASES)
            .map(|(line, _)| line.clone())
            .collect();
        let since = reading.context.now.plus_minutes(-24 * 60);
        let solved = reading.view.obligations_ended_since(since, MOST_COUNTED)?;
        let solved_today = solved.iter().filter(|row| row.kind == KIND).count();
        let mut people: Vec<PersonId> = open
            .iter()
            .flat_map(|case: &CaseView| case.sides.iter().filter_map(|side| side.person))
            .collect();
        people.sort_unstable();
        people.dedup();
        let solved_today = u32::try_from(solved_today).unwrap_or(u32::MAX);
        Ok(Seen { view: WorklistView { lines, counts: counts.to_vec(), open, solved_today }, people })
    }
}

fn line(row: &ObligationRow, case: Option<&ReviewCase>, waiting: u32) -> WorkLine {
    let due = match &row.state {
        ObligationState::Open { due, .. } => *due,
        ObligationState::Ended { at, .. } => *at,
    };
    WorkLine {
        case: row.id,
        sort: match case.map(|case| case.sort) {
            Some(ReviewSort::Pair) => CaseSort::Pair,
            Some(ReviewSort::Reported) => CaseSort::Reported,
            Some(ReviewSort::Held) | None => CaseSort::Held,
        },
        name: row.subject.clone(),
        why: words(&row.words),
        risk: risk(case),
        opened: row.opened,
        due,
        waiting,
        asked: case.and_then(|case| case.asked),
    }
}

fn case(
    reading: &Reading<'_>,
    row: &ObligationRow,
    line: WorkLine,
    case: Option<&ReviewCase>,
) -> Result<CaseView, Refusal> {
    let mut history = Vec::new();
    for event in reading.view.events(row.id)? {
        history.push((event.at, telling::actor(&event.actor), words(&event.words)));
    }
    let mut view = CaseView {
        line,
        message: row.message,
        sides: Vec::new(),
        compared: Vec::new(),
        moves: Vec::new(),
        can_be_new: false,
        can_return: false,
        proposed: None,
        history,
    };
    let records = case.filter(|case| case.sort != ReviewSort::Held && case.records.len() > 1);
    if let Some(case) = records {
        let found = beside(reading, &case.records)?;
        view.sides = found.sides;
        view.compared = found.compared;
        view.moves = found.moves;
        if let Some((proposed, moves)) = approval::shown(reading, row.id)? {
            view.proposed = Some(proposed);
            view.moves = vec![moves];
        }
    } else if let Some(message) = row.message {
        held(reading, row, message, case, &mut view)?;
        view.can_return = waits_for_filing(reading, row)?;
        view.can_be_new &= view.can_return;
    }
    Ok(view)
}

/// The claim of a held message beside the records it might be.
fn held(
    reading: &Reading<'_>,
    row: &ObligationRow,
    message: MessageId,
    case: Option<&ReviewCase>,
    view: &mut CaseView,
) -> Result<(), Refusal> {
    let Some(journal) = reading.view.message(message)? else { return Ok(()) };
    let doubt = doubtful(reading.view, reading.directory, &journal, row.id, reading.context.now)?;
    let on_file = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
    let remembered = || on_file.as_ref().and_then(candidate).map(|candidate| candidate.claim);
    let claim = doubt.or_else(remembered).unwrap_or_default();
    let own = claim.own.as_ref().map(|own| RecordId::of(&own.authority, &own.value));
    let own_row = own.map(|record| reading.view.record(record)).transpose()?.flatten();
    view.can_be_new = claim.own.is_some() && own_row.is_none();
    view.sides.push(claimed(&claim, &journal_custodian(reading, message)?));
    let mut asked: Vec<RecordRow> = on_file.into_iter().collect();
    for record in case.map(|case| &*case.records).unwrap_or_default() {
        asked.extend(reading.view.record(*record)?);
    }
    for (record, found) in candidates(reading, &claim, own_row, asked)? {
        let around = Around::of(reading.view, &[record.record], &[])?;
        let mut one = found;
        one.kept_apart = own.and_then(|own| kept_apart(&around, own, record.record));
        view.sides.push(side(reading, &around, &record)?);
        view.compared.push(one);
        view.moves.push(Moves::default());
    }
    if view.compared.is_empty() && view.line.risk.level < RiskLevel::High {
        // Nobody it could be: the sender must say more.
        view.line.risk.level = RiskLevel::Low;
    }
    Ok(())
}

fn journal_custodian(reading: &Reading<'_>, message: MessageId) -> Result<String, Refusal> {
    Ok(reading.view.link(message.link())?.map(|link| link.custodian).unwrap_or_default())
}

fn claimed(claim: &Claim, custodian: &str) -> Side {
    let own = claim.own.as_ref();
    Side {
        record: None,
        person: None,
        authority: own.map(|own| own.authority.clone()).unwrap_or_default(),
        value: own.map(|own| own.value.clone()).unwrap_or_default(),
        claim: claim.clone(),
        custodian: custodian.to_owned(),
        since: None,
        heard: None,
        with: Vec::new(),
    }
}

fn candidates(
    reading: &Reading<'_>,
    claim: &Claim,
    own: Option<RecordRow>,
    asked: Vec<RecordRow>,
) -> Result<Vec<(RecordRow, Compared)>, Refusal> {
    let mut rows: BTreeMap<RecordId, RecordRow> =
        own.into_iter().chain(asked).map(|row| (row.record, row)).collect();
    for key in blocking_keys(claim) {
        let found = reading.view.records_by_key(key.as_i64(), key.most_records())?;
        rows.extend(found.unwrap_or_default().into_iter().map(|row| (row.record, row)));
    }
    let mut found: Vec<(RecordRow, Compared)> = rows
        .into_values()
        .filter_map(|row| {
            let compared = compare(claim, &candidate(&row)?.claim);
            let weight = compared.bits();
            Some((row, Compared { evidence: compared.evidence(), weight, kept_apart: None }))
        })
        .collect();
    found.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight).then_with(|| a.0.record.cmp(&b.0.record)));
    found.truncate(MOST_CANDIDATES);
    Ok(found)
}

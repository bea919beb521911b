//! The delivery desk: what people own, most overdue first, and what they can do about it.

use super::carrying::{
    delivery_changes, desk_words, is_served, not_served, of_same_recipient, recalled, remembered,
};
use super::chain::chain_of;
use super::{
    Close, Desk, DeskFilter, DeskItem, DeskLine, DeskView, Figures, FiguresView, Note, Receive, SendAgain,
};
use crate::obligations::{ended, event, words};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::identity::Claim;
use clinical::obligations::{DeliveryEvent, ObligationKind, Outcome, Owner, next_rung, step};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId};
use store::{
    Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, OutboxFilter, OutboxRow,
    Requirement,
};

/// Lines shown at once; the tab's number says how many there are.
const LINES_LIMIT: usize = 200;
/// What a person types is kept up to this many characters.
const WORDS_LIMIT_CHARS: usize = 2_000;

/// Tabs of the desk by what is behind them, in their order.
const TABS: [DeskFilter; 4] =
    [DeskFilter::NotDelivered, DeskFilter::NoRoute, DeskFilter::Held, DeskFilter::Feed];

/// The tab of a kind; what concerns the directory has a desk of its own.
fn tab(kind: ObligationKind) -> Option<DeskFilter> {
    use ObligationKind as K;
    Some(match kind {
        K::Delivery | K::Attention | K::Referral => DeskFilter::NotDelivered,
        K::Unroutable | K::PrimaryProvider => DeskFilter::NoRoute,
        K::IdentityReview | K::HeldMessage | K::Breaker => DeskFilter::Held,
        K::KeptMessage | K::UnmappedCode | K::FeedReport | K::Pause | K::Batch | K::Tell | K::Case => {
            DeskFilter::Feed
        }
        K::Incident | K::Canary => DeskFilter::Feed,
        K::Directory | K::AccessReview | K::PatientNotice | K::Correction => return None,
        K::ActivityFlag | K::Tip | K::Breach | K::Destruction => return None,
        K::Application | K::Approval | K::Mail | K::MailIn => return None,
    })
}

/// Codes of the kinds behind a tab.
fn behind(shown: DeskFilter) -> impl Iterator<Item = &'static str> {
    ObligationKind::ALL.into_iter().filter(move |kind| tab(*kind) == Some(shown)).map(ObligationKind::code)
}

impl Sealed for Desk {}
impl Look for Desk {
    type View = DeskView;
    const PERMISSION: Permission = Permission::ReadDeliveryDesk;
    fn object(&self) -> String {
        match self.picked {
            Some(picked) => format!("desk/{:?}/{picked}", self.filter),
            None => format!("desk/{:?}", self.filter),
        }
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<DeskView>, Refusal> {
        let census = reading.view.census(reading.context.now)?;
        let (tabs, mut lines) = counted(reading, Some(self.filter))?;
        lines.sort_by_key(|row| (due(row), row.id));
        lines.truncate(LINES_LIMIT);
        let picked = match self.picked {
            Some(id) => reading.view.obligation(id)?.map(|row| item(reading, &row)).transpose()?,
            None => None,
        };
        let mut people: Vec<PersonId> = Vec::new();
        let picked = picked.map(|(item, person)| {
            people.extend(person);
            item
        });
        let mut shown = Vec::with_capacity(lines.len());
        for row in &lines {
            let (line, person) = line(reading, row)?;
            people.extend(person);
            shown.push(line);
        }
        people.sort_unstable();
        people.dedup();
        let recipients = census
            .recipients
            .iter()
            .map(|(name, counts)| (telling::recipient(reading.directory, name), counts.clone()))
            .collect();
        let groups = super::groups::grouped(&lines, &shown);
        Ok(Seen { view: DeskView { census, tabs, recipients, lines: shown, groups, picked }, people })
    }
}

impl Sealed for Figures {}
impl Look for Figures {
    type View = FiguresView;
    const PERMISSION: Permission = Permission::ReadDeliveryDesk;
    fn object(&self) -> String {
        "desk/figures".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<FiguresView>, Refusal> {
        let census = reading.view.census(reading.context.now)?;
        let (tabs, _) = counted(reading, None)?;
        Ok(Seen::nobody(FiguresView { census, tabs }))
    }
}

/// How many lines each tab has, and the lines of the one that is shown.
#[expect(clippy::type_complexity, reason = "two lists of plain values")]
fn counted(
    reading: &Reading<'_>,
    shown: Option<DeskFilter>,
) -> Result<(Vec<(DeskFilter, u32)>, Vec<ObligationRow>), Refusal> {
    let counts = reading.view.desk_counts()?;
    let count = |shown: DeskFilter| {
        behind(shown)
            .flat_map(|code| counts.iter().filter(move |(kind, _)| kind == code))
            .map(|(_, n)| n)
            .sum()
    };
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let mut tabs = vec![(DeskFilter::All, number(counts.iter().map(|(_, n)| n).sum()))];
    tabs.extend(TABS.map(|shown| (shown, number(count(shown)))));
    let solved = solved_today(reading)?;
    tabs.push((DeskFilter::Solved, u32::try_from(solved.len()).unwrap_or(u32::MAX)));
    let lines = match shown {
        None => Vec::new(),
        Some(DeskFilter::Solved) => solved,
        Some(DeskFilter::All) => reading.view.obligations(&on_desk(None), LINES_LIMIT, 0)?,
        Some(tab) => {
            let mut lines = Vec::new();
            for kind in behind(tab) {
                lines.extend(reading.view.obligations(&on_desk(Some(kind)), LINES_LIMIT, 0)?);
            }
            lines
        }
    };
    Ok((tabs, lines))
}

fn on_desk(kind: Option<&str>) -> ObligationFilter {
    ObligationFilter { on_desk: true, kind: kind.map(str::to_owned), ..ObligationFilter::default() }
}

fn solved_today(reading: &Reading<'_>) -> Result<Vec<ObligationRow>, Refusal> {
    let since = reading.context.now.plus_minutes(-24 * 60);
    let rows = reading.view.obligations_ended_since(since, LINES_LIMIT)?;
    Ok(rows
        .into_iter()
        .filter(|row| matches!(&row.state, ObligationState::Ended { outcome, .. } if by_hand(outcome)))
        .collect())
}

fn by_hand(outcome: &str) -> bool {
    matches!(outcome, "another-way" | "excused" | "resolved" | "handed-over")
}

fn due(row: &ObligationRow) -> Instant {
    match &row.state {
        ObligationState::Open { due, .. } => *due,
        ObligationState::Ended { at, .. } => *at,
    }
}

fn line(reading: &Reading<'_>, row: &ObligationRow) -> Result<(DeskLine, Option<PersonId>), Refusal> {
    let record = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
    let claim: Option<Claim> = record.as_ref().and_then(|record| serde_json::from_str(&record.claim).ok());
    let (owner, then) = match &row.state {
        ObligationState::Open { owner, then, .. } => (owner_words(owner), owner_words(then)),
        ObligationState::Ended { outcome, .. } => (outcome_words(outcome), Words::new("", "")),
    };
    let number = if row.accession.is_empty() {
        row.message.map(|message| message.to_string()).unwrap_or_default()
    } else {
        row.accession.clone()
    };
    let why = words(&row.words);
    let line = DeskLine {
        obligation: row.id,
        number,
        who: claim.as_ref().map(telling::initials).unwrap_or_default(),
        what: telling::subject(reading, row)?,
        to: telling::recipient(reading.directory, &row.recipient),
        short: telling::in_short(&why),
        why,
        owner,
        due: due(row),
        then,
        on_call: on_call(reading, row),
        opened: row.opened,
        gravity: row.gravity,
    };
    Ok((line, record.map(|record| record.person)))
}

/// Who reads the desk's list at this hour.
fn on_call(reading: &Reading<'_>, row: &ObligationRow) -> String {
    let ObligationState::Open { owner, .. } = &row.state else { return String::new() };
    let Ok(Owner::Desk(desk)) = owner.parse::<Owner>() else { return String::new() };
    reading.cover.who(desk, reading.context.now).map_or_else(String::new, |person| {
        match person.phone.as_str() {
            "" => person.name.clone(),
            phone => format!("{}, {phone}", person.name),
        }
    })
}

fn owner_words(code: &str) -> Words {
    code.parse::<Owner>().map_or_else(|_| Words::new(code, code), |owner| desk_words(&owner))
}

/// How it ended, in words.
fn outcome_words(code: &str) -> Words {
    let (en, fr) = match code {
        "another-way" => ("solved another way", "réglé autrement"),
        "excused" => ("excused", "excusé"),
        "resolved" => ("resolved", "réglé"),
        "handed-over" => ("handed over", "transmis"),
        code => (code, code),
    };
    Words::new(en, fr)
}

/// An opened line, and whom it is about: reading it is reading about them.
fn item(reading: &Reading<'_>, row: &ObligationRow) -> Result<(DeskItem, Option<PersonId>), Refusal> {
    let (line, person) = line(reading, row)?;
    let kind = ObligationKind::from_code(&row.kind);
    let is_delivery = kind.is_some_and(ObligationKind::is_delivery);
    let events = reading.view.events(row.id)?;
    let item = DeskItem {
        line,
        chain: if is_delivery { Some(chain_of(reading, row)?) } else { None },
        events: events
            .into_iter()
            .map(|event| (event.at, telling::actor(&event.actor), words(&event.words)))
            .collect(),
        message: row.message,
        // A notice about identity is about a patient and no report.
        report: person.zip(row.resource.filter(|key| key.kind != Kind::Patient)),
        is_about_somebody: person.is_some() && kind.is_some_and(crate::primaries::opens),
        can_resend: row.kind == "delivery" && matches!(row.state, ObligationState::Open { .. }),
    };
    Ok((item, person))
}

/// The row an act is about; it must be open.
pub(super) fn open_row(
    reading: &Reading<'_>,
    id: store::ObligationId,
) -> Result<(ObligationRow, Owner), Refusal> {
    let row = reading.view.obligation(id)?.ok_or_else(Refusal::not_found)?;
    match &row.state {
        ObligationState::Open { owner, .. } => {
            let owner =
                owner.parse::<Owner>().map_err(|e| Refusal::unreadable(e.to_string(), e.to_string()))?;
            Ok((row, owner))
        }
        ObligationState::Ended { .. } => Err(Refusal::conflict(
            "This has ended already. Open the desk again to see how.",
            "Ceci est déjà terminé. Rouvrez le bureau pour voir comment.",
        )),
    }
}

pub(super) fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Write what was said or done; it stays in the ledger.",
            "Écrivez ce qui a été dit ou fait; cela reste au registre.",
        ));
    }
    Ok(text)
}

pub(super) fn person_of(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<PersonId>, Refusal> {
    Ok(row
        .record
        .map(|record| reading.view.record(record))
        .transpose()?
        .flatten()
        .map(|record| record.person))
}

pub(super) fn outbox_row(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<OutboxRow>, Refusal> {
    let filter = OutboxFilter { obligation: Some(row.id), ..OutboxFilter::default() };
    Ok(reading.view.outbox(&filter, 1)?.into_iter().next())
}

impl Sealed for Note {}
impl Act for Note {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, owner) = open_row(reading, self.obligation)?;
        let text = said(&self.text)?;
        let now = reading.context.now;
        let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::HeldMessage);
        let (then, minutes) = next_rung(kind, crate::obligations::gravity(row.gravity), &owner);
        let state = ObligationState::Open {
            owner: owner.to_string(),
            human: owner.is_human(),
            due: now.plus_minutes(minutes),
            then: then.to_string(),
        };
        let update = ObligationRow { state, revision: row.revision + 1, ..row.clone() };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![
                event(row.id, now, &reading.context.actor.name, "noted", &Words::new(text.clone(), text)),
                ObligationChange::Update(update),
            ],
            ..Changes::default()
        };
        Ok((changes, person_of(reading, &row)?))
    }
}

impl Sealed for SendAgain {}
impl Act for SendAgain {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        again(reading, self.obligation)
    }
}

/// One delivery is offered again, now.
pub(super) fn again(
    reading: &Reading<'_>,
    obligation: store::ObligationId,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let (row, _) = open_row(reading, obligation)?;
    let Some(outbox) = outbox_row(reading, &row)? else {
        return Err(Refusal::conflict(
            "There is no way to send this by machine. Find another way and say which.",
            "Aucune voie automatique n'existe. Trouvez-en une autre et dites laquelle.",
        ));
    };
    if !is_served(reading.directory, &outbox.destination) {
        let why = not_served(&outbox.destination);
        return Err(Refusal::conflict(
            &format!("It cannot be sent again: {} Find another way and say which.", why.en),
            &format!("Il ne peut pas être renvoyé : {} Trouvez une autre voie et dites laquelle.", why.fr),
        ));
    }
    let versions = of_same_recipient(reading.view, &row)?;
    let newest =
        versions.iter().max_by_key(|other| other.version).filter(|other| other.version > row.version);
    if let Some(newest) = newest {
        // After a correction the version that it corrects must not arrive as if it were news.
        let (newer, old) = (newest.version, row.version);
        if matches!(&newest.state, ObligationState::Ended { outcome, .. } if outcome == "acknowledged") {
            let after = recalled(&outbox, &row, newer, reading.context.now);
            let by = &reading.context.actor.name;
            let changes = delivery_changes(&outbox, &row, &after, by, reading.context.now);
            return Ok((changes, person_of(reading, &row)?));
        }
        return Err(Refusal::conflict(
            &format!(
                "Version {newer} of this report was sent to the same receiver, so version {old} is not offered again. It ends by itself when version {newer} is acknowledged."
            ),
            &format!(
                "La version {newer} de ce rapport a été envoyée au même destinataire; la version {old} n'est donc plus offerte. Elle prend fin d'elle-même quand la version {newer} est confirmée."
            ),
        ));
    }
    let now = reading.context.now;
    let again = DeliveryEvent::TryAgain { by: reading.context.actor.name.clone() };
    let after = step(&remembered(&outbox, &row), &again, now, 0.0);
    let changes = delivery_changes(&outbox, &row, &after, &reading.context.actor.name, now);
    Ok((changes, person_of(reading, &row)?))
}

/// What is decided somewhere else is not ended here.
pub(super) fn may_be_closed(reading: &Reading<'_>, row: &ObligationRow) -> Result<(), Refusal> {
    use ObligationKind as K;
    if matches!(
        ObligationKind::from_code(&row.kind),
        Some(
            K::AccessReview
                | K::PatientNotice
                | K::Correction
                | K::ActivityFlag
                | K::Tip
                | K::Breach
                | K::Destruction
        )
    ) {
        return Err(Refusal::conflict(
            "This is the privacy desk's, and ends there.",
            "Ceci relève du bureau de la vie privée, et y prend fin.",
        ));
    }
    if row.kind == "directory" {
        let proposal = reading.view.directory_proposal(row.id)?;
        if proposal.is_some_and(|proposal| proposal.verdict.is_empty()) {
            return Err(Refusal::conflict(
                "Whether the proposed change holds must be decided under Directory first; this ends with it.",
                "Il faut d'abord décider, sous Répertoire, si le changement proposé vaut; ceci prend fin avec lui.",
            ));
        }
        if reading.directory.doubt_of(&row.recipient_id).is_some() {
            return Err(Refusal::conflict(
                "The line is still doubted. Confirm it as it stands, or put it right, under Directory; this ends with it.",
                "La ligne est encore mise en doute. Confirmez-la telle quelle, ou corrigez-la, sous Répertoire; ceci prend fin avec elle.",
            ));
        }
    }
    if row.kind == "identity-review" {
        return Err(Refusal::conflict(
            "Who the message is about must be answered on the identity review list first.",
            "Il faut d'abord répondre, dans la liste d'identité, de qui parle le message.",
        ));
    }
    if row.kind == "breaker" {
        return Err(Refusal::conflict(
            "What becomes of the stopped messages must be decided under Stopped feeds first.",
            "Il faut d'abord décider, sous Flux arrêtés, de ce qu'il advient des messages arrêtés.",
        ));
    }
    if matches!(row.kind.as_str(), "pause" | "batch") {
        return Err(Refusal::conflict(
            "Resume the feed, or let its batch end, under Feeds; this ends with it.",
            "Reprenez le flux, ou laissez finir son lot, sous Flux; ceci prend fin avec lui.",
        ));
    }
    Ok(())
}

/// The rows after a person has ended something; what was still to be offered is not any more.
pub(crate) fn by_hand_ended(
    reading: &Reading<'_>,
    row: &ObligationRow,
    outcome: Outcome,
    why: String,
) -> Result<Changes, Refusal> {
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    if let Some(outbox) = outbox_row(reading, row)? {
        let after = step(&remembered(&outbox, row), &DeliveryEvent::Ended(outcome), now, 0.0);
        return Ok(delivery_changes(&outbox, row, &after, by, now));
    }
    let words = Words::new(why.clone(), why);
    Ok(Changes {
        requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
        obligations: vec![
            event(row.id, now, by, outcome.code(), &words),
            ObligationChange::Update(ended(row, &outcome, now)),
        ],
        ..Changes::default()
    })
}

impl Sealed for Close {}
impl Act for Close {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, _) = open_row(reading, self.obligation)?;
        may_be_closed(reading, &row)?;
        let why = said(&self.reason)?;
        let by = reading.context.actor.name.clone();
        let person = person_of(reading, &row)?;
        let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::HeldMessage);
        let outcome = match kind {
            ObligationKind::Delivery | ObligationKind::Unroutable | ObligationKind::Canary => {
                Outcome::AnotherWay { by: by.clone(), how: why.clone() }
            }
            ObligationKind::Attention => Outcome::Excused { by: by.clone(), why: why.clone() },
            _ => Outcome::Resolved { by: by.clone(), how: why.clone() },
        };
        if kind == ObligationKind::Attention
            && !outcome.may_end(kind, crate::obligations::gravity(row.gravity))
        {
            return Err(Refusal::conflict(
                "A critical result ends when somebody entitled opens it or reads it back by voice. Record the read-back.",
                "Un résultat critique prend fin quand une personne autorisée l'ouvre ou le relit de vive voix. Notez la relecture.",
            ));
        }
        Ok((by_hand_ended(reading, &row, outcome, why)?, person))
    }
}

impl Sealed for Receive {}
impl Act for Receive {
    const PERMISSION: Permission = Permission::HandleResult;
    fn object(&self) -> String {
        self.report.to_string()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let record = reading.view.record(self.report.record)?.filter(|record| record.person == self.person);
        // What is withheld from them is not theirs to take note of.
        let current = reading.view.current(self.report)?;
        let (Some(_), Some(current)) = (record, current) else { return Err(Refusal::not_found()) };
        let Some(me) = reading.context.actor.practitioner.as_deref() else {
            return Err(Refusal::conflict(
                "Only somebody of the provider directory can take note of a report.",
                "Seule une personne du répertoire des prestataires peut prendre acte d'un rapport.",
            ));
        };
        let filter = ObligationFilter {
            open: Some(true),
            kind: Some("attention".to_owned()),
            resource: Some(self.report),
            recipient_id: Some(me.to_owned()),
            ..ObligationFilter::default()
        };
        let by = reading.context.actor.name.clone();
        let outcome = Outcome::Opened { by: by.clone() };
        let words = Words::new(format!("{by} has it."), format!("{by} en a pris acte."));
        let mut changes = Changes::default();
        for row in reading.view.obligations(&filter, LINES_LIMIT, 0)? {
            if row.version > self.version {
                let newer = row.version;
                return Err(Refusal::conflict(
                    &format!(
                        "A newer version came (version {newer}). Open the report again and read that one."
                    ),
                    &format!(
                        "Une version plus récente est arrivée (version {newer}). Rouvrez le compte rendu et lisez celle-là."
                    ),
                ));
            }
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            changes.obligations.push(event(row.id, reading.context.now, &by, outcome.code(), &words));
            changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, reading.context.now)));
        }
        if changes.obligations.is_empty() {
            return Err(Refusal::conflict(
                "Nothing of this report waits for you: it was addressed to others, or you have it already.",
                "Rien de ce rapport ne vous attend : il était adressé à d'autres, ou vous en avez déjà pris acte.",
            ));
        }
        if !crate::inbox::has_opened(reading, self.person, self.report, current.at)? {
            return Err(Refusal::conflict(
                "Nothing is taken note of unread: open the report as it is now, then say that you have it.",
                "On ne prend acte de rien sans l'avoir lu : ouvrez le rapport tel qu'il est, puis dites que vous l'avez.",
            ));
        }
        Ok((changes, Some(self.person)))
    }
}

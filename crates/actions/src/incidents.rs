//! What is not as it should be with a feed, a receiver or the books: opened and closed by the record itself, each owned
//! by a desk with a clock while it lasts.

use crate::lists::Part;
use crate::obligations::{self, About, ended, event, owner_with_name, words, words_json};
use crate::record::{Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::intake::Gravity;
use clinical::obligations::{Outcome, Owner};
use clinical::words::Words;
use fhir::Instant;
use store::{
    Changes, IncidentRow, ObligationChange, ObligationId, ObligationRow, ObligationState, Requirement,
    Settled, View, WatchChange,
};

/// Who opens and closes, in events.
const ACTOR: &str = "opor watch";
/// Incidents that ended lately on one page.
const CLOSED_LIMIT: usize = 100;
/// How long an incident that ended is shown, in minutes: a week.
const SHOWN_MINUTES: i64 = 7 * 24 * 60;
/// What a gateway answers may change with every try, every two seconds.
const PAGING_TOLD_MINUTES: i64 = 10;
/// Step of an incident of which something else is seen now.
const TOLD: &str = "noted";

/// Sort of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A feed said nothing although much was expected.
    FeedSilent,
    /// A type of message stopped coming by a feed that says other things.
    TypeSilent,
    /// A receiver answers nothing although something waits for it.
    ReceiverSilent,
    /// Nothing is sent to a receiver although much was expected.
    ReceiverStarved,
    /// A receiver did not take the test result.
    Canary,
    /// Something accepted is accounted for by nobody.
    Books,
    /// What was counted once is not what every row says.
    Checkpoint,
    /// The activity log does not continue its last checkpoint.
    ActivityLog,
    /// Rows of the activity log are not what was written.
    ActivityRows,
    /// A desk has hours without anybody on call.
    Cover,
    /// A number of a feed resolves to nobody in the directory.
    Directory,
    /// Little room is left on the disk of the record.
    Disk,
    /// Somebody must be called and cannot be.
    Paging,
    /// New files of our certificate cannot be used.
    Certificate,
    /// What a sender or a receiver says it had on a day is not what the books say.
    Totals,
    /// An order has no result, or a result no order.
    Order,
    /// A register of another office cannot be taken over.
    Register,
    /// A register of another office is too old to say anything.
    RegisterStale,
    /// Two accounts have one licence.
    LicenceTwice,
    /// Resources are not found by what they say.
    Index,
    /// Rows of what is owed, sent or linked are not what was written.
    Damage,
    /// The receiver of an application's subscription takes no calls.
    Subscription,
    /// A ward or practice has no downtime pack that is young enough.
    DowntimePack,
    /// The log in the second place lags behind.
    SecondPlace,
}

/// One sort: its code, whether it is grave, its name, and what people call it.
struct Row {
    sort: Sort,
    code: &'static str,
    gravity: Gravity,
    en: &'static str,
    fr: &'static str,
}

const fn sort(sort: Sort, code: &'static str, gravity: Gravity, en: &'static str, fr: &'static str) -> Row {
    Row { sort, code, gravity, en, fr }
}

const SORTS: &[Row] = &[
    sort(Sort::FeedSilent, "feed-silent", Gravity::Abnormal, "Silent feed", "Flux muet"),
    sort(
        Sort::TypeSilent,
        "type-silent",
        Gravity::Abnormal,
        "Silent type of message",
        "Type de message muet",
    ),
    sort(Sort::ReceiverSilent, "receiver-silent", Gravity::Abnormal, "Silent receiver", "Destinataire muet"),
    sort(Sort::ReceiverStarved, "receiver-starved", Gravity::Abnormal, "Nothing sent", "Rien d'envoyé"),
    sort(Sort::Canary, "canary", Gravity::Abnormal, "Test result not taken", "Résultat d'essai non pris"),
    sort(Sort::Books, "books", Gravity::Critical, "Books do not balance", "Comptes non équilibrés"),
    sort(
        Sort::Checkpoint,
        "checkpoint",
        Gravity::Critical,
        "Books differ from rows",
        "Comptes différents des lignes",
    ),
    sort(
        Sort::ActivityLog,
        "activity-log",
        Gravity::Critical,
        "Activity log does not continue",
        "Journal d’activité non continu",
    ),
    sort(
        Sort::ActivityRows,
        "activity-rows",
        Gravity::Critical,
        "Rows of the activity log were changed",
        "Lignes du journal d’activité modifiées",
    ),
    sort(Sort::Cover, "cover", Gravity::Abnormal, "Nobody on call", "Personne de garde"),
    sort(Sort::Disk, "disk", Gravity::Critical, "Disk nearly full", "Disque presque plein"),
    sort(Sort::Paging, "paging", Gravity::Critical, "Nobody can be called", "Personne ne peut être appelé"),
    sort(
        Sort::Certificate,
        "certificate",
        Gravity::Abnormal,
        "Certificate cannot be used",
        "Certificat inutilisable",
    ),
    sort(Sort::Totals, "totals", Gravity::Abnormal, "Day totals differ", "Totaux du jour différents"),
    sort(Sort::Subscription, "subscription", Gravity::Abnormal, "Silent subscriber", "Abonné muet"),
    sort(
        Sort::DowntimePack,
        "downtime-pack",
        Gravity::Abnormal,
        "Downtime pack late",
        "Dossier de panne en retard",
    ),
    sort(Sort::Damage, "damage", Gravity::Critical, "Damaged on the disk", "Endommagé sur le disque"),
    sort(
        Sort::SecondPlace,
        "second-place",
        Gravity::Abnormal,
        "Second place of the log behind",
        "Second emplacement du journal en retard",
    ),
    sort(Sort::Index, "index", Gravity::Critical, "Search index was wrong", "Index de recherche erroné"),
    sort(Sort::Register, "register", Gravity::Abnormal, "Register not taken", "Registre non repris"),
    sort(
        Sort::RegisterStale,
        "register-stale",
        Gravity::Abnormal,
        "Register too old",
        "Registre trop ancien",
    ),
    sort(
        Sort::LicenceTwice,
        "licence-twice",
        Gravity::Abnormal,
        "One licence, two accounts",
        "Un permis, deux comptes",
    ),
    sort(Sort::Directory, "directory", Gravity::Normal, "Number nobody has", "Numéro sans titulaire"),
    sort(
        Sort::Order,
        "order",
        Gravity::Normal,
        "Order and result without each other",
        "Demande et résultat l'un sans l'autre",
    ),
];

impl Sort {
    fn row(self) -> Option<&'static Row> {
        SORTS.iter().find(|row| row.sort == self)
    }
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().map_or("incident", |row| row.code)
    }
    /// All, in the order of their table.
    pub fn all() -> impl Iterator<Item = Self> {
        SORTS.iter().map(|row| row.sort)
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        SORTS.iter().find(|row| row.code == code).map(|row| row.sort)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        self.row().map_or_else(|| Words::new("Incident", "Incident"), |row| Words::new(row.en, row.fr))
    }
    pub(crate) fn gravity(self) -> Gravity {
        self.row().map_or(Gravity::Normal, |row| row.gravity)
    }
    /// How often what is seen of one that lasts is told anew when it changes, in minutes; `None` when its first words
    /// say all that its owner needs.
    fn told_every(self) -> Option<i64> {
        match self {
            Self::Totals => Some(0),
            Self::Paging => Some(PAGING_TOLD_MINUTES),
            _ => None,
        }
    }
}

/// Look: incidents that last, and those of the last week that ended. Names nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open {
    /// How many that ended stand before the first that is shown.
    pub closed: usize,
}

/// Answer to [`Open`].
#[derive(Debug, Clone, PartialEq)]
pub struct OpenView {
    /// Oldest first.
    pub open: Vec<IncidentLine>,
    /// Newest first.
    pub closed: Vec<IncidentLine>,
    /// Which part of them is shown.
    pub closed_part: Part,
}

/// One incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentLine {
    /// The obligation that owns it.
    pub id: ObligationId,
    /// Its number, as people say it: the first eight signs of the obligation's.
    pub number: String,
    /// Sort; `None` for one that this version does not know.
    pub sort: Option<Sort>,
    /// The sort in words.
    pub what: Words,
    /// Feed or endpoint.
    pub subject: String,
    /// What is seen.
    pub words: Words,
    /// Since when.
    pub opened: Instant,
    /// Until when.
    pub closed: Option<Instant>,
    /// Who owns it, with whoever is on call; empty when it has ended.
    pub owner: Words,
    /// By when they must act.
    pub due: Option<Instant>,
}

impl Sealed for Open {}
impl Look for Open {
    type View = OpenView;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "incidents".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OpenView>, Refusal> {
        let since = reading.context.now.plus_minutes(-SHOWN_MINUTES);
        let open = reading.view.incidents_open()?;
        let closed = reading.view.incidents_closed(since, Part::reads(self.closed, CLOSED_LIMIT))?;
        let (closed, closed_part) = Part::of(closed, self.closed, CLOSED_LIMIT);
        Ok(Seen::nobody(OpenView {
            open: open.into_iter().map(|row| line(reading, row)).collect::<Result<_, _>>()?,
            closed: closed.into_iter().map(|row| line(reading, row)).collect::<Result<_, _>>()?,
            closed_part,
        }))
    }
}

fn line(reading: &Reading<'_>, row: IncidentRow) -> Result<IncidentLine, Refusal> {
    let (mut owner, mut due) = (Words::new("", ""), None);
    if row.closed.is_none()
        && let Some(owed) = reading.view.obligation(row.id)?
        && let ObligationState::Open { owner: code, due: by, .. } = &owed.state
    {
        owner = code.parse::<Owner>().map_or_else(
            |_| Words::new(code.clone(), code.clone()),
            |owner| owner_with_name(&owner, reading.cover, reading.context.now),
        );
        due = Some(*by);
    }
    let sort = Sort::from_code(&row.sort);
    let number = row.id.to_string();
    Ok(IncidentLine {
        id: row.id,
        number: number.get(..8).unwrap_or(&number).to_owned(),
        what: sort.map_or_else(|| Words::new(row.sort.clone(), row.sort.clone()), Sort::words),
        sort,
        subject: row.subject,
        words: words(&row.words),
        opened: row.opened,
        closed: row.closed,
        owner,
        due,
    })
}

/// Something found that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Feed or endpoint.
    pub(crate) subject: String,
    /// What must be done, as a sentence.
    pub(crate) what: Words,
    /// What is seen.
    pub(crate) because: Words,
}

impl Record {
    /// Make the incidents of a sort what was found just now: what is new opens, what lasts stays and says what is seen
    /// now, what is no more ends by itself. An incident whose obligation a person ended although it lasts is opened again: it is theirs
    /// to solve, not to wish away. Returns how many opened and ended.
    pub(crate) fn hold_incidents(
        &self,
        view: &View,
        sort: Sort,
        found: &[Found],
        now: Instant,
    ) -> Result<usize, Refusal> {
        let mut changed = 0;
        let mut lasting: Vec<String> = Vec::new();
        for row in view.incidents_open()?.into_iter().filter(|row| row.sort == sort.code()) {
            let owed = view.obligation(row.id)?;
            let owned = owed.as_ref().is_some_and(|owed| matches!(owed.state, ObligationState::Open { .. }));
            let lasts = found.iter().find(|one| one.subject == row.subject);
            if let (Some(one), Some(owed), true) = (lasts, &owed, owned) {
                changed += usize::from(self.told_anew(view, sort, &row, owed, one, now)?);
                lasting.push(row.subject);
                continue;
            }
            let mut changes = Changes {
                watch: vec![WatchChange::Incident(IncidentRow { closed: Some(now), ..row.clone() })],
                ..Changes::default()
            };
            if let Some(owed) = owed.filter(|_| owned) {
                let how = Words::new("It is as it should be again.", "Tout est rentré dans l'ordre.");
                let outcome = Outcome::Resolved { by: ACTOR.to_owned(), how: how.en.clone() };
                changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
                changes.obligations.push(event(owed.id, now, ACTOR, outcome.code(), &how));
                changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
            }
            changed += usize::from(self.kept(changes)?);
        }
        for one in found.iter().filter(|one| !lasting.contains(&one.subject)) {
            changed += usize::from(self.kept(opened(sort, one, now))?);
        }
        Ok(changed)
    }

    /// What lasts says what is seen of it now, for those sorts whose owner works by it.
    fn told_anew(
        &self,
        view: &View,
        sort: Sort,
        row: &IncidentRow,
        owed: &ObligationRow,
        one: &Found,
        now: Instant,
    ) -> Result<bool, Refusal> {
        let told = words_json(&one.because);
        let Some(every) = sort.told_every().filter(|_| told != row.words) else { return Ok(false) };
        let last = view.events(row.id)?.into_iter().rev().find(|event| event.step == TOLD);
        if last.is_some_and(|last| now < last.at.plus_minutes(every)) {
            return Ok(false);
        }
        let update = ObligationRow { words: told.clone(), revision: owed.revision + 1, ..owed.clone() };
        self.kept(Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            watch: vec![WatchChange::Incident(IncidentRow { words: told, ..row.clone() })],
            obligations: vec![
                event(owed.id, now, ACTOR, TOLD, &one.because),
                ObligationChange::Update(update),
            ],
            ..Changes::default()
        })
    }

    /// Whether a change was written; what somebody else changed meanwhile is looked at again in the next round.
    pub(crate) fn kept(&self, changes: Changes) -> Result<bool, Refusal> {
        match self.store().settle_blocking(changes) {
            Settled::Done => Ok(true),
            Settled::Stale(_) => Ok(false),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

fn opened(sort: Sort, one: &Found, now: Instant) -> Changes {
    let id = obligations::id(&["incident", sort.code(), &one.subject, &now.to_string()]);
    let owed = clinical::obligations::incident(&one.subject, one.what.clone(), one.because.clone(), now);
    let about = About {
        gravity: obligations::gravity_code(sort.gravity()),
        custodian: "opor".to_owned(),
        ..About::default()
    };
    let row = obligations::row(id, &owed, &about, now);
    let first = obligations::opened(&row, ACTOR);
    let incident = IncidentRow {
        id,
        sort: sort.code().to_owned(),
        subject: one.subject.clone(),
        opened: now,
        closed: None,
        words: words_json(&one.because),
    };
    Changes {
        watch: vec![WatchChange::Incident(incident)],
        obligations: vec![ObligationChange::Open(row), ObligationChange::Event(first)],
        ..Changes::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_stands_once_with_words_in_both_languages() {
        for row in SORTS {
            assert_eq!(
                SORTS.iter().filter(|other| other.sort == row.sort || other.code == row.code).count(),
                1
            );
            assert_eq!(Sort::from_code(row.sort.code()), Some(row.sort));
            assert!(!row.en.is_empty() && row.sort.words().en == row.en && row.sort.words().fr == row.fr);
        }
    }
}

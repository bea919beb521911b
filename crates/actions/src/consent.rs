//! The privacy desk: what people do not want shown, who said why they looked, broken glass to review, and what the desk owes.

use crate::breakglass::reason_words;
use crate::chart;
use crate::deliveries::by_hand_ended;
use crate::lists::Part;
use crate::obligations::words;
use crate::patients::Banner;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{DataClass, Permission, Role};
use clinical::consent::{Directive, Party};
use clinical::obligations::{Desk, ObligationKind, Outcome, Owner};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::collections::BTreeMap;
use store::{
    Changes, CorrectionRow, DirectiveRow, GrantSort, ObligationFilter, ObligationId, ObligationRow,
    ObligationState, PrivacyChange, Requirement,
};

pub(crate) mod picking;

pub use picking::{Picks, Preview, PreviewView, picked};

/// Lines of each part of the desk's page.
const LINES_LIMIT: usize = 200;
/// Characters of what a person types that are kept.
const WORDS_LIMIT_CHARS: usize = 2_000;
/// Longest time that a directive can be given in days; none = until it is ended.
const MOST_DAYS: i64 = 36_500;
/// Two ends this near are one, said twice.
const SECOND_PRESS_MICROSECONDS: i64 = 10 * 60 * 1_000_000;
/// Sites and recipients that one directive names, at most.
const MOST_NAMED: usize = 50;

/// Look: the privacy desk.
#[derive(Debug, Clone, Copy, Default)]
pub struct PrivacyDesk;

/// Answer to [`PrivacyDesk`].
#[derive(Debug, Clone, Default)]
pub struct PrivacyView {
    /// What the desk owes, due first; as many as a page takes.
    pub owed: Vec<OwedLine>,
    /// How much it owes.
    pub all_owed: usize,
    /// Directives that stand, the latest first.
    pub directives: Vec<DirectiveLine>,
    /// Reasons that were stated and glass that was broken, the latest first.
    pub openings: Vec<OpeningLine>,
    /// Which part of the directives these are.
    pub directives_part: Part,
    /// Which part of the openings these are.
    pub openings_part: Part,
}

/// Look: the privacy desk from further on in its lists.
#[derive(Debug, Clone, Copy, Default)]
pub struct PrivacyFrom {
    /// Directives that stand before the part that is shown.
    pub directives: usize,
    /// Openings that stand before it.
    pub openings: usize,
}

/// One thing that the desk owes.
#[derive(Debug, Clone)]
pub struct OwedLine {
    /// Key.
    pub obligation: ObligationId,
    /// Sort.
    pub kind: ObligationKind,
    /// Whom it is about.
    pub person: Option<Banner>,
    /// For whom: who broke glass, who must be told.
    pub recipient: String,
    /// Why.
    pub because: Words,
    /// Since when.
    pub opened: Instant,
    /// By when.
    pub due: Instant,
    /// The reader themself is whom it is about: a second person reviews it.
    pub own: bool,
}

/// A directive.
#[derive(Debug, Clone)]
pub struct DirectiveLine {
    /// Number.
    pub id: i64,
    /// Whose.
    pub person: Banner,
    /// In one sentence.
    pub words: Words,
    /// Since when, and by whom it was recorded.
    pub at: Instant,
    /// Who recorded it.
    pub by: String,
    /// The form it came on.
    pub reason: String,
    /// Until when; `None` until it is ended.
    pub until: Option<Instant>,
    /// When and why it was ended.
    pub ended: Option<(Instant, String)>,
}

/// Somebody who had no relation on file, or broke glass.
#[derive(Debug, Clone)]
pub struct OpeningLine {
    /// When.
    pub at: Instant,
    /// Who.
    pub who: String,
    /// Whose chart.
    pub person: Banner,
    /// Broken glass rather than a reason.
    pub glass: bool,
    /// Put on a panel by word: its number while it holds, to end it by.
    pub panel: Option<i64>,
    /// Taken off a panel by the privacy desk, which nothing may undo until it is lifted: its number, to lift it by.
    pub ended: Option<i64>,
    /// Why.
    pub reason: Words,
    /// In their words.
    pub words: String,
}

/// Look: what one person does not want shown, and what they asked to be corrected.
#[derive(Debug, Clone, Copy)]
pub struct OfPerson {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`OfPerson`].
#[derive(Debug, Clone)]
pub struct PersonView {
    /// Who.
    pub head: Banner,
    /// Directives, the latest first; those that ended too.
    pub directives: Vec<DirectiveLine>,
    /// Sorts of data that can be withheld, with their codes.
    pub classes: Vec<(&'static str, Words)>,
    /// Roles that can be named.
    pub roles: Vec<(&'static str, Words)>,
    /// Sites that keep records of the person.
    pub sites: Vec<String>,
    /// What is on file, who had it and where they work, for forms to pick from.
    pub picks: Picks,
    /// Requests to correct, oldest first.
    pub corrections: Vec<CorrectionRow>,
}

/// Act: keep a directive.
#[derive(Debug, Clone, Default)]
pub struct Withhold {
    /// Whose; required.
    pub person: Option<PersonId>,
    /// Codes of data classes; none = everything that can be withheld.
    pub classes: Vec<String>,
    /// Sites; none = all.
    pub sites: Vec<String>,
    /// Codes of roles; with practitioners and places the ones it is held against, none at all = everybody.
    pub roles: Vec<String>,
    /// Directory ids of practitioners.
    pub practitioners: Vec<String>,
    /// Directory ids of places.
    pub places: Vec<String>,
    /// Days until it ends; 0 = until somebody ends it.
    pub days: i64,
    /// The form it came on, or the person's words; required.
    pub reason: String,
}

/// Act: end a directive.
#[derive(Debug, Clone)]
pub struct EndDirective {
    /// Which.
    pub id: i64,
    /// Why; required.
    pub reason: String,
}

/// Act: something that the privacy desk owes is done.
#[derive(Debug, Clone)]
pub struct Done {
    /// Which.
    pub obligation: ObligationId,
    /// What was found or done; required.
    pub how: String,
}

fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Write the reason; it stays with the decision.",
            "Écrivez le motif; il reste avec la décision.",
        ));
    }
    Ok(text)
}

/// Heads of people, each read once.
#[derive(Default)]
struct Heads(BTreeMap<PersonId, Banner>);

impl Heads {
    fn of(&mut self, reading: &Reading<'_>, record: fhir::RecordId) -> Result<Option<Banner>, Refusal> {
        let Some(row) = reading.view.record(record)? else { return Ok(None) };
        if let Some(known) = self.0.get(&row.person) {
            return Ok(Some(known.clone()));
        }
        let head = chart::gather(reading, row.person)?.head(reading)?;
        self.0.insert(row.person, head.clone());
        Ok(Some(head))
    }
}

fn line(
    reading: &Reading<'_>,
    heads: &mut Heads,
    row: DirectiveRow,
) -> Result<Option<DirectiveLine>, Refusal> {
    let Some(person) = heads.of(reading, row.record)? else { return Ok(None) };
    Ok(Some(DirectiveLine {
        id: row.id,
        person,
        words: picking::by_name(&crate::access::directive(&row), reading.directory),
        at: row.at,
        by: row.actor,
        reason: row.reason,
        until: row.until,
        ended: row.ended.map(|at| (at, row.end_reason)),
    }))
}

impl Sealed for PrivacyDesk {}
impl Look for PrivacyDesk {
    type View = PrivacyView;
    const PERMISSION: Permission = Permission::ReviewAccess;
    fn object(&self) -> String {
        "privacy".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PrivacyView>, Refusal> {
        PrivacyFrom::default().read(reading)
    }
}

impl Sealed for PrivacyFrom {}
impl Look for PrivacyFrom {
    type View = PrivacyView;
    const PERMISSION: Permission = Permission::ReviewAccess;
    fn object(&self) -> String {
        "privacy".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PrivacyView>, Refusal> {
        let (mut view, mut heads) = (PrivacyView::default(), Heads::default());
        let mine = ObligationFilter {
            open: Some(true),
            owner: Some(Owner::Desk(Desk::Privacy).to_string()),
            ..ObligationFilter::default()
        };
        for row in reading.view.obligations(&mine, LINES_LIMIT, 0)? {
            let ObligationState::Open { due, .. } = row.state else { continue };
            let person = row.record.map(|record| heads.of(reading, record)).transpose()?.flatten();
            view.owed.push(OwedLine {
                obligation: row.id,
                kind: ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::Tell),
                person,
                own: is_own(reading, &row),
                recipient: row.recipient,
                because: words(&row.words),
                opened: row.opened,
                due,
            });
        }
        let (owed, _) = reading.view.obligations_count_and_latest(&mine)?;
        view.all_owed = usize::try_from(owed).unwrap_or(usize::MAX);
        let standing = reading.view.standing_directives(Part::reads(self.directives, LINES_LIMIT))?;
        let (standing, part) = Part::of(standing, self.directives, LINES_LIMIT);
        view.directives_part = part;
        for row in each_once(standing) {
            view.directives.extend(line(reading, &mut heads, row)?);
        }
        let latest = reading.view.latest_grants(Part::reads(self.openings, LINES_LIMIT))?;
        let (latest, part) = Part::of(latest, self.openings, LINES_LIMIT);
        view.openings_part = part;
        for grant in latest {
            let Some(person) = heads.of(reading, grant.record)? else { continue };
            view.openings.push(OpeningLine {
                at: grant.at,
                who: reading.name_of(&grant.actor)?,
                person,
                glass: grant.sort == GrantSort::Glass,
                panel: (grant.sort == GrantSort::Panel
                    && grant.until.is_none_or(|until| until > reading.context.now))
                .then_some(grant.id),
                ended: (grant.code == store::REVOKED).then_some(grant.id),
                reason: reason_words(grant.sort, &grant.code),
                words: grant.words,
            });
        }
        Ok(Seen { view, people: heads.0.into_keys().collect() })
    }
}

/// Whether a review is of what the reader did themself.
fn is_own(reading: &Reading<'_>, row: &ObligationRow) -> bool {
    row.kind == ObligationKind::AccessReview.code() && row.recipient_id == reading.context.actor.id
}

impl Sealed for OfPerson {}
impl Look for OfPerson {
    type View = PersonView;
    const PERMISSION: Permission = Permission::ReadConsent;
    fn object(&self) -> String {
        format!("person/{}/consent", self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PersonView>, Refusal> {
        let chart = chart::gather(reading, self.person)?;
        let (mut directives, mut corrections, mut sites) = (Vec::new(), Vec::new(), Vec::new());
        let (mut heads, mut rows) = (Heads::default(), Vec::new());
        for source in &chart.records {
            rows.extend(reading.view.directives_of(source.row.record)?);
            corrections.extend(reading.view.corrections_of(source.row.record)?);
            if !sites.contains(&source.row.authority) {
                sites.push(source.row.authority.clone());
            }
        }
        for row in each_once(rows) {
            directives.extend(line(reading, &mut heads, row)?);
        }
        directives.sort_by_key(|line: &DirectiveLine| std::cmp::Reverse(line.id));
        let classes = DataClass::ALL
            .into_iter()
            .filter(|class| !DataClass::NEVER_WITHHELD.contains(class) && *class != DataClass::Other);
        let view = PersonView {
            head: chart.head(reading)?,
            directives,
            classes: classes.map(|class| (class.code(), class.words())).collect(),
            roles: Role::ALL
                .into_iter()
                .filter(|role| {
                    role.is_community() && *role != Role::Receiver || *role == Role::LaboratoryDesk
                })
                .map(|role| (role.code(), role.words()))
                .collect(),
            sites,
            picks: picking::picks(reading, &chart)?,
            corrections,
        };
        Ok(Seen::of(chart.person, view))
    }
}

impl Sealed for Withhold {}
impl Act for Withhold {
    const PERMISSION: Permission = Permission::ManageConsent;
    fn object(&self) -> String {
        self.person.map_or_else(String::new, |person| format!("person/{person}/consent"))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let chart = chart::gather(reading, self.person.ok_or_else(Refusal::not_found)?)?;
        let records = chart.record_ids();
        let (reason, now) = (said(&self.reason)?, reading.context.now);
        let until = (self.days > 0).then(|| now.plus_minutes(self.days.min(MOST_DAYS) * 24 * 60));
        let directive = Directive { until, ..self.directive(reading)? };
        Self::checked(&directive, now)?;
        let body = serde_json::to_string(&directive)
            .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
        let mut changes = Changes::default();
        let mut stands_already = false;
        for record in &records {
            let standing: Vec<DirectiveRow> = standing_at(reading, *record)?;
            let count = u32::try_from(standing.len()).unwrap_or(u32::MAX);
            changes.requires.push(Requirement::DirectivesAre(*record, count));
            stands_already |= standing
                .iter()
                .any(|row| row.body == body && row.reason == reason && ends_together(row.until, until));
        }
        if stands_already {
            // Pressed twice it is one directive.
            return Ok((changes, Some(chart.person)));
        }
        // At every record: whatever part of the person goes its own way later takes it along.
        let row = |record| DirectiveRow {
            id: 0,
            record,
            at: now,
            actor: reading.context.actor.id.clone(),
            reason: reason.clone(),
            body: body.clone(),
            until,
            ended: None,
            ended_by: String::new(),
            end_reason: String::new(),
        };
        changes.privacy.extend(records.iter().map(|record| PrivacyChange::Directive(row(*record))));
        Ok((changes, Some(chart.person)))
    }
}

/// Directives of one record that nobody has ended.
fn standing_at(reading: &Reading<'_>, record: fhir::RecordId) -> Result<Vec<DirectiveRow>, Refusal> {
    let mut rows = reading.view.directives_of(record)?;
    rows.retain(|row| row.ended.is_none());
    Ok(rows)
}

/// Whether two ends are one, said twice within the time of a second press.
fn ends_together(one: Option<Instant>, other: Option<Instant>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => (one.0 - other.0).abs() <= SECOND_PRESS_MICROSECONDS,
        _ => false,
    }
}

/// Whether two rows are one directive, kept at two records.
fn is_same(one: &DirectiveRow, other: &DirectiveRow) -> bool {
    (one.at, &one.actor, &one.reason, &one.body) == (other.at, &other.actor, &other.reason, &other.body)
}

/// Each directive once, however many records it is kept at; one that stands anywhere rather than one that has ended.
fn each_once(rows: Vec<DirectiveRow>) -> Vec<DirectiveRow> {
    let mut once: Vec<DirectiveRow> = Vec::new();
    for row in rows {
        match once.iter_mut().find(|known| is_same(known, &row)) {
            Some(known) if known.ended.is_some() && row.ended.is_none() => *known = row,
            Some(_) => {}
            None => once.push(row),
        }
    }
    once
}

impl Withhold {
    /// Whether the directive can be kept.
    fn checked(directive: &Directive, now: Instant) -> Result<(), Refusal> {
        directive.check(now).map_err(|unfit| {
            let fr = match unfit {
                clinical::consent::Unfit::Safety => "le nom et les allergies ne sont jamais retenus",
                clinical::consent::Unfit::Over => "la fin est passée; choisissez-en une autre ou aucune",
            };
            Refusal::unreadable(unfit.to_string(), fr)
        })
    }

    fn directive(&self, reading: &Reading<'_>) -> Result<Directive, Refusal> {
        let unknown = |what: &str| {
            Refusal::unreadable(
                format!(
                    "\"{what}\" is not known here. Choose from the list, or write the id of the directory."
                ),
                format!(
                    "« {what} » est inconnu ici. Choisissez dans la liste, ou écrivez l'identifiant du répertoire."
                ),
            )
        };
        let named = |list: &[String]| {
            list.iter()
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
                .take(MOST_NAMED)
                .collect::<Vec<_>>()
        };
        let mut classes = Vec::new();
        for code in named(&self.classes) {
            classes.push(DataClass::from_code(&code).ok_or_else(|| unknown(&code))?);
        }
        let mut parties = Vec::new();
        for code in named(&self.roles) {
            parties
                .push(Party::Role(Role::from_code(&code).ok_or_else(|| unknown(&code))?.code().to_owned()));
        }
        let directory = reading.directory;
        for text in named(&self.practitioners) {
            let name_of = |id: &str| directory.practitioner(id).map(|who| who.name());
            let id = picking::id_of(&text, name_of).ok_or_else(|| unknown(&text))?;
            parties.push(Party::Practitioner(id));
        }
        for text in named(&self.places) {
            let name_of = |id: &str| directory.place(id).map(|place| place.name.clone());
            let id = picking::id_of(&text, name_of).ok_or_else(|| unknown(&text))?;
            parties.push(Party::Place(id));
        }
        Ok(Directive { classes, sites: named(&self.sites), parties, until: None })
    }

    /// The same with the ids that `directive` was read to.
    fn resolved(&self, directive: &Directive) -> Self {
        let parties = || directive.parties.iter();
        let practitioners = parties().filter_map(|party| match party {
            Party::Practitioner(id) => Some(id.clone()),
            _ => None,
        });
        let places = parties().filter_map(|party| match party {
            Party::Place(id) => Some(id.clone()),
            _ => None,
        });
        Self { practitioners: practitioners.collect(), places: places.collect(), ..self.clone() }
    }
}

impl Sealed for EndDirective {}
impl Act for EndDirective {
    const PERMISSION: Permission = Permission::ManageConsent;
    fn object(&self) -> String {
        format!("directive/{}", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.directive(self.id)?.ok_or_else(Refusal::not_found)?;
        if row.ended.is_some() {
            return Err(Refusal::conflict("This has been ended already.", "Ceci a déjà pris fin."));
        }
        let reason = said(&self.reason)?;
        let actor = reading.context.actor.id.clone();
        let person = reading.view.record(row.record)?.map(|record| record.person);
        let mut records = vec![row.record];
        if let Some(person) = person {
            records = reading.view.records_of_person(person)?.into_iter().map(|row| row.record).collect();
        }
        let mut changes = Changes::default();
        for record in records {
            let standing = standing_at(reading, record)?;
            let count = u32::try_from(standing.len()).unwrap_or(u32::MAX);
            changes.requires.push(Requirement::DirectivesAre(record, count));
            for same in standing.iter().filter(|other| is_same(other, &row)) {
                changes.privacy.push(PrivacyChange::EndDirective(
                    same.id,
                    reading.context.now,
                    actor.clone(),
                    reason.clone(),
                ));
            }
        }
        Ok((changes, person))
    }
}

impl Sealed for Done {}
impl Act for Done {
    const PERMISSION: Permission = Permission::ReviewAccess;
    fn object(&self) -> String {
        format!("obligation/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let privacy = Owner::Desk(Desk::Privacy).to_string();
        match &row.state {
            ObligationState::Open { owner, .. } if *owner == privacy || is_kind_of_this_desk(&row) => {}
            ObligationState::Open { .. } => return Err(Refusal::not_found()),
            ObligationState::Ended { .. } => {
                return Err(Refusal::conflict(
                    "This has ended already. Open the desk again to see what is left.",
                    "Ceci est déjà terminé. Rouvrez le bureau pour voir ce qui reste.",
                ));
            }
        }
        if is_own(reading, &row) {
            return Err(Refusal::conflict(
                "You broke this glass yourself: somebody else reviews it.",
                "Vous avez vous-même brisé cette glace : quelqu'un d'autre la révise.",
            ));
        }
        if row.kind == ObligationKind::Correction.code() {
            return Err(Refusal::conflict(
                "Say what becomes of the request on the person's page; this ends with it.",
                "Dites ce qu'il advient de la demande sur la page de la personne; ceci prend fin avec elle.",
            ));
        }
        if has_page_of_its_own(ObligationKind::from_code(&row.kind)) {
            return Err(Refusal::conflict(
                "This has a page of its own: decide it there.",
                "Ceci a sa propre page : décidez-en là.",
            ));
        }
        let how = said(&self.how)?;
        let by = reading.context.actor.name.clone();
        let outcome = match ObligationKind::from_code(&row.kind) {
            Some(ObligationKind::Delivery | ObligationKind::Unroutable) => {
                Outcome::AnotherWay { by, how: how.clone() }
            }
            Some(ObligationKind::Attention) => Outcome::Excused { by, why: how.clone() },
            _ => Outcome::Resolved { by, how: how.clone() },
        };
        let mut changes = by_hand_ended(reading, &row, outcome, how)?;
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        let person = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
        Ok((changes, person.map(|record| record.person)))
    }
}

/// What the privacy desk owes and does not end by a word on its page.
#[must_use]
pub fn has_page_of_its_own(kind: Option<ObligationKind>) -> bool {
    use ObligationKind as K;
    matches!(kind, Some(K::Correction | K::ActivityFlag | K::Tip | K::Breach | K::Destruction))
}

fn is_kind_of_this_desk(row: &ObligationRow) -> bool {
    matches!(
        ObligationKind::from_code(&row.kind),
        Some(ObligationKind::AccessReview | ObligationKind::PatientNotice | ObligationKind::Correction)
    )
}

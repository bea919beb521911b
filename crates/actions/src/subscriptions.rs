//! Subscriptions of applications: what happens is looked for in what was filed, in the order of commits, and kept until
//! the receiver has taken it (decision 41).
//!
//! An event is numbered only when its subscriber may see it, and asked again when it is told: consent that was given
//! meanwhile counts at the moment of telling. A subscription speaks for the role of the token that wrote it and goes on when
//! that token is over; what ends it is its end ([`MAX_DAYS`] at the latest, unless it is written again) or the operator.

mod calling;
mod listing;
mod matching;

use crate::context::{Actor, Context};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use crate::resources::{Change, Resource, Step, Target, Write};
use clinical::access::{Permission, Role};
use clinical::subscriptions::{Asked, end, is_off, read};
use fhir::notification::{Event, Told};
use fhir::patch::Patch;
use fhir::{Document, Instant, Kind, Object, PersonId};
use serde::{Deserialize, Serialize};
use store::{Changes, Requirement, SubscriptionChange, SubscriptionRow, SubscriptionState};

pub use calling::{Call, Sort};
pub use clinical::subscriptions::{Content, MAX_DAYS};
pub use listing::{EndSubscription, Line, Subscriptions};

/// Events that `$events` hands over at once, at most.
pub const EVENTS_AT_ONCE: usize = 500;

/// Whose a subscription is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subscriber {
    /// Id of the actor.
    id: String,
    /// Code of the role.
    role: String,
    /// As people read it.
    name: String,
    /// The address of this server as the subscriber reached it.
    base: String,
    /// The last filing before the subscription was there.
    from: i64,
}

impl Subscriber {
    fn of(row: &SubscriptionRow) -> Result<Self, Refusal> {
        serde_json::from_str(&row.actor).map_err(|error| unreadable(&row.id, &error))
    }

    /// As whom it is told; `None` when this version does not know the role.
    fn context(&self, now: Instant) -> Option<Context> {
        let role = Role::from_code(&self.role)?;
        let actor =
            Actor { id: self.id.clone(), role, name: self.name.clone(), practitioner: None, through: None };
        Some(Context { actor, purpose: role.usual_purpose(), now })
    }
}

fn asked_of(row: &SubscriptionRow) -> Result<Asked, Refusal> {
    serde_json::from_str(&row.asked).map_err(|error| unreadable(&row.id, &error))
}

fn unreadable(id: &str, error: &serde_json::Error) -> Refusal {
    Refusal::unreadable(
        format!("Subscription/{id} cannot be read by this version: {error}. Write it again."),
        format!("Subscription/{id} ne peut pas être lu par cette version : {error}. Écrivez-le de nouveau."),
    )
}

/// The code of a state in FHIR.
fn code(state: SubscriptionState) -> &'static str {
    match state {
        SubscriptionState::Requested => "requested",
        SubscriptionState::Active => "active",
        SubscriptionState::Error => "error",
        SubscriptionState::Off => "off",
    }
}

fn wrong(wrong: &clinical::subscriptions::Wrong) -> Refusal {
    Refusal::unreadable(wrong.to_string(), wrong.to_string())
}

/// A Subscription that an application writes, with the end that it has: so the answer says it.
///
/// # Errors
/// Its own end is no time to come.
pub(crate) fn with_end(document: Document, context: &Context) -> Result<Document, Refusal> {
    if document.kind() != Kind::Subscription
        || context.actor.role == Role::Machine
        || is_off(document.value())
    {
        return Ok(document);
    }
    let until = end(document.value(), context.now).map_err(|error| wrong(&error))?;
    let said = document.text("end").and_then(fhir::time::interval);
    if said.is_some_and(|(said, _)| said == until) {
        return Ok(document);
    }
    let said = document.into_value().set("end", until.to_string());
    Document::of(said).map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))
}

/// What a write relies on, and what it changes of subscriptions.
type Follows = (Vec<Requirement>, Vec<SubscriptionChange>);

/// What follows when an application writes or deletes a Subscription (`None`): it begins, begins again, or ends. The
/// record's own word on its status changes nothing.
///
/// # Errors
/// It asks for what cannot be done.
pub(crate) fn written(
    reading: &Reading<'_>,
    base: &str,
    id: &str,
    resource: Option<&Object>,
) -> Result<Option<Follows>, Refusal> {
    let Context { actor, now, .. } = reading.context;
    if actor.role == Role::Machine {
        return Ok(None);
    }
    let before = reading.view.subscription(id)?;
    let revision = before.as_ref().map_or(0, |row| row.revision);
    let mut requires = vec![Requirement::SubscriptionIs(id.to_owned(), revision)];
    let Some(resource) = resource.filter(|resource| !is_off(resource)) else {
        let Some(row) = before.filter(|row| row.state != SubscriptionState::Off) else { return Ok(None) };
        let off = SubscriptionRow { state: SubscriptionState::Off, revision: revision + 1, ..row };
        return Ok(Some(put(off, revision)));
    };
    if actor.through.is_some() {
        return Err(Refusal::unreadable(
            "An app acts within what somebody let it do, and a subscription would go on telling without them. Ask the operator for a token of this server.",
            "Une application agit dans les limites de ce qu’on lui a permis, et un abonnement continuerait sans cette personne. Demandez un jeton de ce serveur à l’exploitant.",
        ));
    }
    let asked = read(resource, *now).map_err(|error| wrong(&error))?;
    let is_same =
        |row: &SubscriptionRow| asked_of(row).is_ok_and(|before| Asked { end: asked.end, ..before } == asked);
    // Nothing but its end is new: the receiver need not show itself again.
    let runs_on = resource.text("status") == Some("active")
        && before.as_ref().is_some_and(|row| row.state == SubscriptionState::Active && is_same(row));
    let asked = serde_json::to_string(&asked).map_err(|error| unreadable(id, &error))?;
    let last = reading.view.last_filing()?;
    let kept = before.filter(|row| row.state != SubscriptionState::Off);
    // One that cannot be read begins anew.
    let from = kept.as_ref().and_then(|row| Subscriber::of(row).ok()).map_or(last, |whose| whose.from);
    let whose = Subscriber {
        id: actor.id.clone(),
        role: actor.role.code().to_owned(),
        name: actor.name.clone(),
        base: base.to_owned(),
        from,
    };
    let actor = serde_json::to_string(&whose).map_err(|error| unreadable(id, &error))?;
    if let Some(row) = kept.as_ref().filter(|_| runs_on) {
        let row = SubscriptionRow { actor, asked, revision: revision + 1, ..row.clone() };
        return Ok(Some((requires, vec![SubscriptionChange::Put(row)])));
    }
    let (events, taken) = kept.map_or((0, 0), |row| (row.events, row.taken));
    let row = SubscriptionRow {
        id: id.to_owned(),
        revision: revision + 1,
        state: SubscriptionState::Requested,
        actor,
        asked,
        events,
        taken,
        tries: 0,
        next_at: *now,
        failing: None,
        said: String::new(),
        spoken: *now,
    };
    let mut changes = vec![SubscriptionChange::Put(row)];
    if reading.view.subscriptions()?.is_empty() {
        // Nobody looked while nobody asked; of two who are the first, one asks again.
        requires.push(Requirement::SubscriptionMarkIs(reading.view.subscription_mark()?.unwrap_or(0)));
        changes.push(SubscriptionChange::Mark(last));
    }
    Ok(Some((requires, changes)))
}

/// Act of the record itself: a subscription turns, and its resource says so.
struct Turn {
    row: SubscriptionRow,
    was: i64,
}

/// What a subscription is from now on; one that is over keeps no events.
fn put(row: SubscriptionRow, was: i64) -> Follows {
    let forget =
        (row.state == SubscriptionState::Off).then(|| SubscriptionChange::Forget(row.id.clone(), i64::MAX));
    let requires = vec![Requirement::SubscriptionIs(row.id.clone(), was)];
    (requires, [SubscriptionChange::Put(row)].into_iter().chain(forget).collect())
}

impl Sealed for Turn {}
impl Act for Turn {
    const PERMISSION: Permission = Permission::FileMessages;
    fn object(&self) -> String {
        format!("Subscription/{} {}", self.row.id, code(self.row.state))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let patch = format!(r#"[{{"op":"add","path":"/status","value":"{}"}}]"#, code(self.row.state));
        let patch = Patch::read(patch.as_bytes()).map_err(|error| Refusal::malformed(&error.to_string()))?;
        let change = Change::Patch { target: Target::Id(self.row.id.clone()), patch, version: None };
        let step = Step { kind: Kind::Subscription, change, full_url: None };
        let seed = format!("subscription {} {}", self.row.id, self.row.revision);
        let (mut changes, _) = Write::new(vec![step], seed).prepare(reading)?;
        let (requires, follows) = put(self.row.clone(), self.was);
        changes.requires.extend(requires);
        changes.subscriptions.extend(follows);
        Ok((changes, None))
    }
}

/// Look: a subscription of the reader's own, and what it tells behind a number.
#[derive(Debug, Clone)]
pub struct Events {
    /// Which.
    pub id: String,
    /// Behind this event; `None` = no events, the status alone.
    pub behind: Option<i64>,
    /// Up to this one.
    pub up_to: i64,
    /// How many at most.
    pub most: usize,
    /// What of each resource; `None` = as the subscription asks.
    pub content: Option<Content>,
}

/// Answer to [`Events`].
#[derive(Debug, Clone)]
pub struct Found {
    row: SubscriptionRow,
    whose: Subscriber,
    asked: Asked,
    events: Vec<Event>,
}

impl Found {
    /// As FHIR says it: the Bundle, or the status alone. `sort` is the type of the notification.
    fn told(&self, sort: &'static str, at: Instant) -> Told<'_> {
        Told {
            base: &self.whose.base,
            id: &self.row.id,
            topic: &self.asked.topic,
            status: code(self.row.state),
            sort,
            last: self.row.events,
            error: &self.row.said,
            at,
            events: &self.events,
        }
    }
    /// What `$status` answers.
    #[must_use]
    pub fn status(&self, at: Instant) -> Object {
        self.told("query-status", at).parameters()
    }
    /// What `$events` answers.
    #[must_use]
    pub fn answer(&self, at: Instant) -> Object {
        self.told("query-event", at).bundle()
    }
}

impl Sealed for Events {}
impl Look for Events {
    type View = Found;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn object(&self) -> String {
        match self.behind {
            Some(behind) => format!("Subscription/{}/events behind {behind}", self.id),
            None => format!("Subscription/{}/status", self.id),
        }
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Found>, Refusal> {
        let row = reading.view.subscription(&self.id)?.ok_or_else(Refusal::not_found)?;
        let (whose, asked) = (Subscriber::of(&row)?, asked_of(&row)?);
        let actor = &reading.context.actor;
        if whose.id != actor.id || whose.role != actor.role.code() {
            return Err(Refusal::not_found());
        }
        let content = self.content.unwrap_or(asked.content);
        let (mut events, mut shown) = (Vec::new(), Vec::new());
        let found = match self.behind {
            Some(behind) => reading.view.subscription_events(&self.id, behind, self.most)?,
            None => Vec::new(),
        };
        if let (Some(behind), Some(first)) = (self.behind, found.first())
            && first.number > behind + 1
        {
            return Err(no_longer(&self.id, first.number));
        }
        for event in found.into_iter().filter(|event| event.number <= self.up_to) {
            let mut told = Event { number: event.number, at: event.at, focus: None, resource: None };
            if content != Content::Empty
                && let Some(stored) = reading.view.version_of(event.key, event.version)?
            {
                let people = stored.clone();
                let resource: Resource = crate::resources::resource(stored);
                told.focus = Some(format!("{}/{}", event.key.kind, resource.id));
                told.resource = (content == Content::FullResource).then_some(resource.body);
                shown.push(people);
            }
            events.push(told);
        }
        let people = crate::resources::people_in(reading.view, &shown)?;
        Ok(Seen { view: Found { row, whose, asked, events }, people })
    }
}

fn no_longer(id: &str, first: i64) -> Refusal {
    let from = first - 1;
    Refusal::new(
        RefusalKind::Gone,
        format!(
            "Events of Subscription/{id} are kept from number {first} on. Ask with eventsSinceNumber={from}, and read what is older by a search."
        ),
        format!(
            "Les événements de Subscription/{id} sont gardés à partir du numéro {first}. Demandez avec eventsSinceNumber={from}, et lisez ce qui est plus ancien par une recherche."
        ),
    )
}

//! What was filed is held against what subscriptions ask for, in the order of commits: how far that has come is a row, so
//! that nothing is passed over whatever stops.

use super::calling::is_given_up;
use super::{Subscriber, asked_of};
use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::{Permission, may};
use clinical::subscriptions::Asked;
use clinical::words::Words;
use fhir::{Instant, Json, Kind, Object, PersonId, ResourceKey};
use std::collections::BTreeSet;
use store::{
    Changes, Requirement, StoredVersion, SubscriptionChange, SubscriptionEvent, SubscriptionRow,
    SubscriptionState, View,
};

/// Filings looked through at once.
const FILINGS_AT_ONCE: usize = 500;
/// Such parts of one round; what is left waits a second.
const PARTS_OF_A_ROUND: usize = 20;
/// How long an event is kept after its receiver took it, in days: it can be asked for again so long.
const KEPT_DAYS: i64 = 30;
/// Events looked at to find those that are kept no longer, of one subscription in one round.
const OLD_AT_ONCE: usize = 10_000;

/// A subscription made ready.
struct Ready {
    row: SubscriptionRow,
    whose: Subscriber,
    asked: Asked,
    /// Whose it wants; `None` = everybody's.
    people: Option<BTreeSet<PersonId>>,
    /// What it is told, when its subscriber may see it.
    happened: Vec<(ResourceKey, u32, Instant)>,
    /// How many events that makes.
    new: i64,
}

impl Record {
    /// Finds what subscriptions are to be told. Returns how many events there are new.
    pub(crate) fn match_subscriptions(&self, now: Instant) -> Result<usize, Refusal> {
        let mut found = 0;
        for _ in 0..PARTS_OF_A_ROUND {
            match self.match_part(now)? {
                Some(events) => found += events,
                None => break,
            }
        }
        Ok(found)
    }

    /// The next filings; `None` when there are none, or somebody else looked at them.
    fn match_part(&self, now: Instant) -> Result<Option<usize>, Refusal> {
        let view = self.store().view()?;
        let rows = view.subscriptions()?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mark = view.subscription_mark()?.unwrap_or(0);
        let mut changes =
            Changes { requires: vec![Requirement::SubscriptionMarkIs(mark)], ..Changes::default() };
        let mut ready = Vec::with_capacity(rows.len());
        for row in rows {
            if is_given_up(&row, now) {
                // What waits for a receiver that never comes back must not grow; it is not asked anew meanwhile.
                changes.requires.push(Requirement::SubscriptionIs(row.id, row.revision));
                continue;
            }
            match Ready::of(&view, row) {
                Ok(one) => ready.push(one),
                Err(refusal) if refusal.kind == RefusalKind::TryAgain => return Err(refusal),
                // It cannot be read: an incident owns it, and nobody else waits for it.
                Err(_) => {}
            }
        }
        let mut kinds: Vec<Kind> =
            ready.iter().filter_map(|one| one.asked.topic()).map(|topic| topic.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let (filed, last) = view.filed_behind(mark, &kinds, FILINGS_AT_ONCE)?;
        if last == mark {
            return Ok(None);
        }
        for (filing, stored) in &filed {
            let Ok(Json::Object(resource)) = fhir::json::parse(&stored.body) else { continue };
            let before = former(&view, stored)?;
            for one in &mut ready {
                if one.whose.from < *filing && one.wants(&view, stored, &resource, before.as_ref(), now)? {
                    one.happened.push((stored.key, stored.version, stored.at));
                }
            }
        }
        // One view at a time: there are as many subscribers as there are.
        drop(view);
        for one in &mut ready {
            self.within_sight(one, now)?;
            for (key, version, at) in std::mem::take(&mut one.happened) {
                one.new += 1;
                changes.subscriptions.push(SubscriptionChange::Event(SubscriptionEvent {
                    subscription: one.row.id.clone(),
                    number: one.row.events + one.new,
                    key,
                    version,
                    at,
                }));
            }
        }
        let found = changes.subscriptions.len();
        for one in ready.into_iter().filter(|one| one.new > 0) {
            changes.requires.push(Requirement::SubscriptionIs(one.row.id.clone(), one.row.revision));
            let (events, revision) = (one.row.events + one.new, one.row.revision + 1);
            changes.subscriptions.push(SubscriptionChange::Put(SubscriptionRow {
                events,
                revision,
                ..one.row
            }));
        }
        changes.subscriptions.push(SubscriptionChange::Mark(last));
        Ok(self.kept(changes)?.then_some(found))
    }

    /// Leaves out what its subscriber may not see: it has no number, since a gap would tell that there is something.
    fn within_sight(&self, one: &mut Ready, now: Instant) -> Result<(), Refusal> {
        if one.happened.is_empty() {
            return Ok(());
        }
        let context = one.whose.context(now).filter(|context| may(context.actor.role, Permission::ReadFhir));
        let Some(context) = context else {
            one.happened.clear();
            return Ok(());
        };
        let sight = crate::access::veiled(self.store().view()?, &context, &self.directory());
        let mut seen = Vec::with_capacity(one.happened.len());
        for happened in std::mem::take(&mut one.happened) {
            if sight.version_of(happened.0, happened.1)?.is_some() {
                seen.push(happened);
            }
        }
        one.happened = seen;
        Ok(())
    }

    /// Subscriptions whose receivers do not answer are a desk's; events that were taken long ago are kept no longer.
    pub(crate) fn watch_subscriptions(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let mut found = Vec::new();
        for row in view.subscriptions()? {
            if Subscriber::of(&row).and(asked_of(&row)).is_err() {
                found.push(unread(&row));
            } else if row.state == SubscriptionState::Error {
                found.push(silent(&row));
            }
            let kept_from = now.plus_minutes(-KEPT_DAYS * 24 * 60);
            let old = view.subscription_events(&row.id, 0, OLD_AT_ONCE)?;
            let old = old.iter().take_while(|event| event.number <= row.taken && event.at < kept_from);
            if let Some(last) = old.last() {
                let forget = SubscriptionChange::Forget(row.id.clone(), last.number);
                self.kept(Changes { subscriptions: vec![forget], ..Changes::default() })?;
            }
        }
        self.hold_incidents(&view, Sort::Subscription, &found, now)
    }
}

impl Ready {
    fn of(view: &View, row: SubscriptionRow) -> Result<Self, Refusal> {
        let (whose, asked) = (Subscriber::of(&row)?, asked_of(&row)?);
        let mut people = BTreeSet::new();
        for id in &asked.patients {
            let key = view.place(Kind::Patient, id)?.key;
            people.extend(view.record(key.record)?.map(|record| record.person));
        }
        let people = (!asked.patients.is_empty()).then_some(people);
        Ok(Self { row, whose, asked, people, happened: Vec::new(), new: 0 })
    }

    fn wants(
        &self,
        view: &View,
        stored: &StoredVersion,
        resource: &Object,
        before: Option<&Object>,
        now: Instant,
    ) -> Result<bool, Refusal> {
        if self.asked.has_ended(now) || !self.asked.wants(stored.key.kind, resource, before, now) {
            return Ok(false);
        }
        match &self.people {
            Some(wanted) => {
                let of = crate::resources::people_in(view, [stored])?;
                Ok(of.iter().any(|person| wanted.contains(person)))
            }
            None => Ok(true),
        }
    }
}

/// The version that one replaces.
fn former(view: &View, stored: &StoredVersion) -> Result<Option<Object>, Refusal> {
    if stored.version < 2 {
        return Ok(None);
    }
    let former = view.version_of(stored.key, stored.version - 1)?;
    Ok(former.and_then(|former| match fhir::json::parse(&former.body) {
        Ok(Json::Object(object)) => Some(object),
        _ => None,
    }))
}

fn unread(row: &SubscriptionRow) -> Found {
    Found {
        subject: format!("Subscription/{}", row.id),
        what: Words::new(
            "Ask whose subscription this is to write it again, and to read by a search what happened meanwhile.",
            "Demander à qui est cet abonnement de l'écrire de nouveau et de lire par une recherche ce qui s'est passé entre-temps.",
        ),
        because: Words::new(
            "This version cannot read it: nothing is looked for it and its receiver is not called.",
            "Cette version ne peut pas le lire : rien n'est cherché pour lui et son destinataire n'est pas appelé.",
        ),
    }
}

fn silent(row: &SubscriptionRow) -> Found {
    let (waiting, since) = (row.events - row.taken, row.failing.unwrap_or(row.spoken));
    Found {
        subject: format!("Subscription/{}", row.id),
        what: Words::new(
            "Ask who runs the receiver of this subscription to take its calls again.",
            "Demander à qui exploite le destinataire de cet abonnement d'en reprendre les appels.",
        ),
        because: Words::new(
            format!("It has taken no call since {since}: {} {waiting} events wait for it.", row.said),
            format!(
                "Il ne prend aucun appel depuis {since} : {} {waiting} événements l'attendent.",
                row.said
            ),
        ),
    }
}

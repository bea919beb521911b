//! A trial: recorded messages read in two ways, and what is different (FEATURES IN14).

use super::{Against, Example, Figures, Group, PEOPLE_LIMIT, Reader, TRIAL_LIMIT, Traffic, TrialView, Try};
use crate::context::Context;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::dialect::{Change, Found, Mapping, compare, differences};
use clinical::intake::{Handling, Interpretation, Sender};
use fhir::{Instant, Json, Kind, PersonId};
use hl7v2::Message;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use store::{
    Changes, JournalRow, Link, MappingChange, MappingEvent, MappingStep, MessageHead, MessageId,
    MessageQuery, View,
};

/// Messages read at a time.
const PAGE: usize = 500;
/// Most kinds of difference that are told apart.
const MOST_GROUPS: usize = 500;
/// Zone and authority of a corpus whose link is not on file.
const USUAL_ZONE: &str = "America/Halifax";

/// SHA-256 of a file, hexadecimal: by it a tried file is signed.
#[must_use]
pub fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file that cannot be read.
pub(super) fn unreadable(problem: &clinical::dialect::FileProblem) -> Refusal {
    Refusal::unreadable(format!("Nothing was tried: {problem}"), format!("Rien n'a été essayé : {problem}"))
}

/// The messages of a link, oldest first, and whether there are more.
pub(super) fn heads(
    view: &View,
    link: &Link,
    since: Instant,
    most: usize,
) -> Result<(Vec<MessageHead>, bool), Refusal> {
    let query = MessageQuery { link: Some(link.id), since: Some(since), ..MessageQuery::default() };
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = view.message_page(&query, PAGE, before)?;
        found.extend(page.rows);
        before = page.next;
        if before.is_none() || found.len() > most {
            break;
        }
    }
    let cut = found.len() > most;
    found.truncate(most);
    found.reverse();
    Ok((found, cut))
}

#[derive(Default)]
struct Count {
    figures: Figures,
    groups: HashMap<(&'static str, String, Change), (usize, usize)>,
    examples: Vec<Example>,
    people: BTreeSet<PersonId>,
    /// Whom the examples show; each of them is audited.
    shown: BTreeSet<PersonId>,
    unmapped: (HashSet<String>, HashSet<String>),
}

impl Count {
    fn add(&mut self, view: &View, message: Option<MessageId>, found: Vec<Found>) -> Result<(), Refusal> {
        self.figures.messages += 1;
        if found.is_empty() {
            return Ok(());
        }
        self.figures.changed += 1;
        let mut seen = HashSet::new();
        for one in found {
            self.figures.aside += usize::from(one.kind == "Message");
            let person = one.record.map(|record| view.record(record)).transpose()?.flatten();
            let person = person.map(|row| row.person);
            self.people.extend(person);
            let key = (one.kind, one.path, one.sort);
            if self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key) {
                continue;
            }
            let first_of_message = seen.insert(key.clone());
            let room = |person| self.shown.len() < PEOPLE_LIMIT || self.shown.contains(&person);
            if !self.groups.contains_key(&key) && person.is_none_or(room) {
                self.shown.extend(person);
                let place = if key.1.is_empty() { key.0.to_owned() } else { format!("{}.{}", key.0, key.1) };
                self.examples.push(Example { message, place, before: one.before, after: one.after });
            }
            let (values, messages) = self.groups.entry(key).or_default();
            *values += 1;
            *messages += usize::from(first_of_message);
        }
        Ok(())
    }

    fn end(mut self) -> (Figures, Vec<Example>, Vec<PersonId>) {
        self.figures.people = self.people.len();
        self.figures.unmapped = (self.unmapped.0.len(), self.unmapped.1.len());
        self.figures.groups = self
            .groups
            .into_iter()
            .map(|((kind, path, sort), (values, messages))| Group {
                kind: kind.to_owned(),
                path,
                sort,
                values,
                messages,
            })
            .collect();
        self.figures.groups.sort_by(|a, b| {
            (b.messages, &a.kind, &a.path, a.sort).cmp(&(a.messages, &b.kind, &b.path, b.sort))
        });
        let others = self.people.difference(&self.shown);
        let people = self.shown.iter().chain(others).copied().take(PEOPLE_LIMIT).collect();
        (self.figures, self.examples, people)
    }
}

/// Two ways of reading.
struct Readers<'a> {
    before: &'a Reader,
    after: &'a Reader,
}

impl Readers<'_> {
    fn one(
        &self,
        count: &mut Count,
        view: &View,
        sender: &Sender,
        bytes: Vec<u8>,
        filed: Option<&JournalRow>,
    ) -> Result<(), Refusal> {
        let Ok(message) = Message::parse(bytes) else {
            count.figures.unreadable += 1;
            return Ok(());
        };
        let (old, new) =
            (self.before.read(sender.clone(), message.clone()), self.after.read(sender.clone(), message));
        let (Ok(old), Ok(new)) = (old, new) else {
            count.figures.unreadable += 1;
            return Ok(());
        };
        for (read, all) in [(&old, &mut count.unmapped.0), (&new, &mut count.unmapped.1)] {
            all.extend(read.unmapped.iter().map(|one| format!("{}|{}|{}", one.system, one.code, one.why)));
        }
        let found = match filed {
            Some(row) => against_file(view, row, &new.interpret())?,
            // What nothing is agreed about, before or after, is not read twice.
            None if old.used.is_empty() && new.used.is_empty() => Vec::new(),
            None => compare(&old.interpret(), &new.interpret()),
        };
        count.add(view, filed.map(|row| row.id), found)
    }
}

/// What a message says now against what stands on file of it. What another message said since is not its own to say.
fn against_file(view: &View, row: &JournalRow, said: &Interpretation) -> Result<Vec<Found>, Refusal> {
    let mut found = Vec::new();
    if said.handling != Handling::Mapped {
        return Ok(found);
    }
    for proposal in said.charts.iter().flat_map(|chart| &chart.resources) {
        // A snapshot on file is what many messages said, and so may a document be.
        if matches!(
            proposal.key.kind,
            Kind::Patient | Kind::Encounter | Kind::Provenance | Kind::DocumentReference
        ) {
            continue;
        }
        let current = view.current(proposal.key)?.filter(|stored| stored.message == Some(row.id));
        if let Some(Ok(Json::Object(stored))) = current.map(|stored| fhir::json::parse(&stored.body)) {
            differences(proposal.key, &stored, &proposal.resource, &mut found);
        }
    }
    Ok(found)
}

fn of_link(link: &Link, message_reference: String, received: Instant) -> Sender {
    Sender {
        link: link.name.clone(),
        default_authority: link.default_authority.clone(),
        time_zone: link.time_zone.clone(),
        custodian: link.custodian.clone(),
        message_reference,
        received,
    }
}

impl Sealed for Try {}
impl Look for Try {
    type View = TrialView;
    const PERMISSION: Permission = Permission::ReadMappings;
    fn object(&self) -> String {
        format!("mapping/{}/try", self.sort.code())
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TrialView>, Refusal> {
        let view = reading.view;
        let before = Reader::at(view, None)?;
        let mut answer = TrialView::default();
        let after = if self.text.trim().is_empty() {
            before.clone()
        } else {
            let mapping = Mapping::read(self.sort, &self.text).map_err(|problem| unreadable(&problem))?;
            answer.digest = digest(&self.text);
            mapping.name().clone_into(&mut answer.name);
            answer.version = mapping.version();
            before.with(mapping, &answer.digest)
        };
        let readers = Readers { before: &before, after: &after };
        let mut count = Count::default();
        count.figures.against = before.seq;
        match &self.traffic {
            Traffic::Journal { link, since } => {
                let named = |one: &Link| link.is_empty() || one.name == *link;
                let links: Vec<Link> = view.links()?.into_iter().filter(named).collect();
                if links.is_empty() && !link.is_empty() {
                    return Err(Refusal::not_found());
                }
                let mut room = TRIAL_LIMIT;
                for link in links {
                    let (heads, cut) = heads(view, &link, *since, room)?;
                    count.figures.cut |= cut;
                    room -= heads.len().min(room);
                    for head in heads {
                        let Some(row) = view.message(head.id)? else { continue };
                        let sender = of_link(&link, format!("urn:opor:message:{}", row.id), row.received);
                        let filed = (self.against == Against::OnFile
                            && row.state == store::MessageState::Filed)
                            .then_some(&row);
                        readers.one(&mut count, view, &sender, row.raw.clone(), filed)?;
                    }
                }
            }
            Traffic::Corpus { link, messages } => {
                let known = view.link_named(link)?;
                for bytes in messages.iter().take(TRIAL_LIMIT) {
                    let reference = "urn:opor:message:corpus".to_owned();
                    let sender = known.as_ref().map_or_else(
                        || Sender {
                            link: link.clone(),
                            default_authority: link.clone(),
                            time_zone: USUAL_ZONE.to_owned(),
                            custodian: link.clone(),
                            message_reference: reference.clone(),
                            received: reading.context.now,
                        },
                        |link| of_link(link, reference.clone(), reading.context.now),
                    );
                    readers.one(&mut count, view, &sender, bytes.clone(), None)?;
                }
                count.figures.cut = messages.len() > TRIAL_LIMIT;
            }
        }
        (answer.figures, answer.examples, answer.people) = count.end();
        let people = answer.people.clone();
        Ok(Seen { view: answer, people })
    }
}

/// Act: what a trial counted is kept, so that it can be signed.
#[derive(Debug, Clone)]
struct Keep {
    tried: Try,
    name: String,
    version: u32,
    digest: String,
    figures: String,
}

impl Sealed for Keep {}
impl Act for Keep {
    const PERMISSION: Permission = Permission::ReadMappings;
    fn object(&self) -> String {
        format!("mapping/{}/{}/{}/tried", self.tried.sort.code(), self.name, self.version)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let event = MappingEvent {
            seq: 0,
            at: reading.context.now,
            actor: reading.context.actor.name.clone(),
            sort: self.tried.sort.code().to_owned(),
            name: self.name.clone(),
            version: self.version,
            step: MappingStep::Tried,
            digest: self.digest.clone(),
            reason: String::new(),
            figures: self.figures.clone(),
            body: self.tried.text.clone(),
        };
        Ok((Changes { mapping: vec![MappingChange::Step(event)], ..Changes::default() }, None))
    }
}

impl Record {
    /// Try a file and keep what was counted; a trial of nothing new keeps nothing.
    ///
    /// # Errors
    /// The file cannot be read, no such link, not allowed, or the store asks to try again.
    pub fn try_mapping(&self, context: &Context, tried: Try) -> Result<TrialView, Refusal> {
        let answer = self.look(context, tried.clone())?;
        if !answer.digest.is_empty() && tried.against == Against::InUse {
            let figures = serde_json::to_string(&answer.figures)
                .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
            let (name, version, digest) = (answer.name.clone(), answer.version, answer.digest.clone());
            self.act(context, Keep { tried, name, version, digest, figures })?;
        }
        Ok(answer)
    }
}

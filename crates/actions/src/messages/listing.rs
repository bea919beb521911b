//! The list of messages: pages by key over any number of them, and the reasons why some stand aside.

use super::note;
use crate::obligations::words;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::search::Query;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::collections::{BTreeSet, HashMap};
use store::{LinkId, MessageHead, MessageId, MessageQuery, MessageState, View};

/// Messages of one page.
const PAGE: usize = 100;
/// Groups of reasons shown.
const GROUPS_LIMIT: usize = 100;
/// Kinds that carry the sender's numbers.
const NUMBERED: [Kind; 2] = [Kind::DiagnosticReport, Kind::DocumentReference];

/// Look: messages, newest first, a page at a time. Texts are compared whole; an empty one asks for nothing.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Of this feed, by its name.
    pub link: String,
    /// In this state.
    pub state: Option<MessageState>,
    /// `ORU^R01`.
    pub message_type: String,
    /// Received at or after.
    pub since: Option<Instant>,
    /// Received before.
    pub until: Option<Instant>,
    /// MSH-10.
    pub control_id: String,
    /// The sender's number of a report (OBR-3, TXA-12), as filed.
    pub accession: String,
    /// Filed on this source record: assigning authority and number.
    pub record: Option<(String, String)>,
    /// The page behind this message.
    pub before: Option<MessageId>,
}

/// Answer to [`List`].
#[derive(Debug, Clone, Default)]
pub struct ListView {
    /// Newest first.
    pub lines: Vec<MessageLine>,
    /// Where the next page begins.
    pub next: Option<MessageId>,
    /// The page is not full and there may be more: it has been looked back to here.
    pub looked_back_to: Option<Instant>,
    /// Names of all feeds.
    pub links: Vec<String>,
}

/// A line of the message list.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageLine {
    /// Which.
    pub id: MessageId,
    /// Link name.
    pub link: String,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// When.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is held or kept.
    pub note: Option<Words>,
}

/// Look: why messages stand aside, the most frequent reason first.
#[derive(Debug, Clone, Copy)]
pub struct Causes;

/// Messages of one feed that stand aside for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseLine {
    /// Held or kept.
    pub state: MessageState,
    /// The feed.
    pub link: String,
    /// The first sentence of the reason.
    pub why: Words,
    /// How many.
    pub count: u64,
    /// Since when the oldest stands so.
    pub oldest: Instant,
}

/// Answer to [`Causes`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CausesView {
    /// The most frequent first, so many as a page takes.
    pub lines: Vec<CauseLine>,
    /// How many there are.
    pub all: usize,
}

/// Names of feeds by their key.
pub(crate) fn link_names(view: &View) -> Result<HashMap<LinkId, String>, Refusal> {
    Ok(view.links()?.into_iter().map(|link| (link.id, link.name)).collect())
}

/// Reports that bear a number with whom they are about, and the messages that said so.
pub(crate) type Numbered = (Vec<(ResourceKey, PersonId)>, Vec<MessageId>);

/// Messages whose reports bear this number, and whom they are about.
pub(crate) fn numbered(view: &View, number: &str) -> Result<Numbered, Refusal> {
    let (mut keys, mut messages) = (Vec::new(), BTreeSet::new());
    // A comma parts alternatives in a search, and a bar the system from the code.
    let plain: String = number
        .chars()
        .flat_map(|c| matches!(c, ',' | '|' | '$' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    for kind in NUMBERED {
        let Ok(query) = Query::of_pairs(kind, [("identifier", plain.as_str())]) else { continue };
        for hit in view.search(&query)?.hits {
            let Some(record) = view.record(hit.key.record)? else { continue };
            keys.push((hit.key, record.person));
            messages.extend(view.versions(hit.key)?.into_iter().filter_map(|version| version.message));
        }
    }
    Ok((keys, messages.into_iter().collect()))
}

fn line(head: MessageHead, links: &HashMap<LinkId, String>) -> MessageLine {
    MessageLine {
        id: head.id,
        link: links.get(&head.id.link()).cloned().unwrap_or_default(),
        control_id: head.control_id,
        message_type: head.message_type,
        received: head.received,
        state: head.state,
        note: note(&head.note),
    }
}

impl Sealed for List {}
impl Look for List {
    type View = ListView;
    const PERMISSION: Permission = Permission::ReadMessage;
    fn object(&self) -> String {
        // Numbers of patients stay out of the audit's text; the person stands in its own column.
        let asked = [("link", &self.link), ("type", &self.message_type), ("control", &self.control_id)];
        let asked: Vec<String> = asked
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        format!("messages?{}", asked.join("&")).trim_end_matches('?').to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ListView>, Refusal> {
        let view = reading.view;
        let names = link_names(view)?;
        let mut links: Vec<String> = names.values().cloned().collect();
        links.sort();
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let link = match some(&self.link) {
            Some(name) => match view.link_named(&name)? {
                Some(link) => Some(link.id),
                // A name that no feed has finds nothing.
                None => return Ok(Seen::nobody(ListView { links, ..ListView::default() })),
            },
            None => None,
        };
        let mut people = Vec::new();
        let among = match some(&self.accession) {
            Some(number) => {
                let (keys, messages) = numbered(view, &number)?;
                people.extend(keys.into_iter().map(|(_, person)| person));
                Some(messages)
            }
            None => None,
        };
        let record = self.record.as_ref().map(|(authority, value)| RecordId::of(authority, value));
        if let Some(record) = record {
            people.extend(view.record(record)?.map(|row| row.person));
        }
        people.sort_unstable();
        people.dedup();
        let query = MessageQuery {
            link,
            state: self.state,
            message_type: some(&self.message_type),
            since: self.since,
            until: self.until,
            control_id: some(&self.control_id),
            record,
            among,
        };
        let page = view.message_page(&query, PAGE, self.before)?;
        let looked_back_to = match page.next.filter(|_| page.rows.len() < PAGE) {
            Some(next) => view.message_head(next)?.map(|head| head.received),
            None => None,
        };
        let lines = page.rows.into_iter().map(|head| line(head, &names)).collect();
        Ok(Seen { view: ListView { lines, next: page.next, looked_back_to, links }, people })
    }
}

impl Sealed for Causes {}
impl Look for Causes {
    type View = CausesView;
    const PERMISSION: Permission = Permission::ReadMessage;
    fn object(&self) -> String {
        "messages/causes".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CausesView>, Refusal> {
        let names = link_names(reading.view)?;
        let mut groups: Vec<CauseLine> = Vec::new();
        for cause in reading.view.causes(usize::MAX)? {
            let why = telling::in_short(&words(&cause.note));
            let link = names.get(&cause.link).cloned().unwrap_or_default();
            let same = groups
                .iter_mut()
                .find(|group| group.state == cause.state && group.link == link && group.why == why);
            match same {
                Some(group) => {
                    group.count += cause.count;
                    group.oldest = group.oldest.min(cause.oldest);
                }
                None => groups.push(CauseLine {
                    state: cause.state,
                    link,
                    why,
                    count: cause.count,
                    oldest: cause.oldest,
                }),
            }
        }
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.oldest));
        let all = groups.len();
        groups.truncate(GROUPS_LIMIT);
        Ok(Seen::nobody(CausesView { lines: groups, all }))
    }
}

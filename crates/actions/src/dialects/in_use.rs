//! What is in use at a number, and messages as it reads them. A file that was read once is kept in memory by its digest:
//! the same text always means the same.

use crate::refusal::Refusal;
use clinical::codes::Unmapped;
use clinical::dialect::{Mapping, Sort, Translated, Used, attest, translate};
use clinical::intake::{self, Interpretation, Sender};
use hl7v2::{Message, ProblemKind, Unreadable};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use store::{JournalRow, Link, MappingEvent, MappingStep, View};

/// Files by sort and digest.
type Files = HashMap<(Sort, String), Arc<Mapping>>;

/// What was read once.
static READ: LazyLock<RwLock<Files>> = LazyLock::new(RwLock::default);

/// A file in use.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) event: MappingEvent,
    pub(crate) mapping: Arc<Mapping>,
}

impl Live {
    fn used(&self) -> Used {
        Used {
            sort: self.mapping.sort(),
            name: self.mapping.name().to_owned(),
            version: self.mapping.version(),
            digest: self.event.digest.clone(),
        }
    }
}

/// Everything in use at a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reader {
    /// Number of the latest signed or retired step.
    pub(crate) seq: i64,
    pub(crate) live: Vec<Live>,
}

/// A message as its sender's dialect and code map read it.
pub(crate) struct Read {
    pub(crate) message: Message,
    pub(crate) sender: Sender,
    pub(crate) used: Vec<Used>,
    pub(crate) unmapped: Vec<Unmapped>,
    /// The number of what was in use when it was read.
    pub(crate) seq: i64,
    dialect: Option<Arc<Mapping>>,
}

impl Read {
    /// What it says.
    pub(crate) fn interpret(&self) -> Interpretation {
        let mut said = intake::interpret(&self.message, &self.sender);
        if !self.used.is_empty() {
            attest(&mut said, &self.used);
        }
        said
    }

    /// Whether an oddity of form was agreed with the sender.
    pub(crate) fn tolerates(&self, kind: &ProblemKind) -> bool {
        matches!(self.dialect.as_deref(), Some(Mapping::Dialect(dialect)) if dialect.tolerates(kind))
    }
}

impl Reader {
    /// Everything in use, or what was in use at a number.
    pub(crate) fn at(view: &View, seq: Option<i64>) -> Result<Self, Refusal> {
        let mut reader = Self::default();
        let mut latest: Vec<MappingEvent> = Vec::new();
        for event in view.mapping_in_use()? {
            if seq.is_some_and(|bound| event.seq > bound) {
                break;
            }
            reader.seq = event.seq;
            latest.retain(|other| other.sort != event.sort || other.name != event.name);
            if event.step == MappingStep::Signed {
                latest.push(event);
            }
        }
        for event in latest {
            let mapping = file(view, &event)?;
            reader.live.push(Live { event, mapping });
        }
        Ok(reader)
    }

    /// The same with another file in use, in the place of its former version.
    pub(crate) fn with(&self, mapping: Mapping, digest: &str) -> Self {
        let mut live = self.live.clone();
        live.retain(|one| one.mapping.sort() != mapping.sort() || one.mapping.name() != mapping.name());
        let event = MappingEvent {
            seq: 0,
            at: fhir::Instant(0),
            actor: String::new(),
            sort: mapping.sort().code().to_owned(),
            name: mapping.name().to_owned(),
            version: mapping.version(),
            step: MappingStep::Signed,
            digest: digest.to_owned(),
            reason: String::new(),
            figures: String::new(),
            body: String::new(),
        };
        live.push(Live { event, mapping: Arc::new(mapping) });
        Self { seq: self.seq, live }
    }

    /// The bytes of a message as they are read; `None` when they stay as they are.
    pub(crate) fn again(&self, sender: Sender, raw: &[u8]) -> Option<Vec<u8>> {
        if self.live.is_empty() {
            return None;
        }
        let read = self.read(sender, Message::parse(raw.to_vec()).ok()?).ok()?;
        (!read.used.is_empty()).then(|| read.message.into_bytes())
    }

    /// A message of a sender, as it is read.
    pub(crate) fn read(&self, mut sender: Sender, message: Message) -> Result<Read, Unreadable> {
        let seq = self.seq;
        let nothing = |message, sender| Read {
            message,
            sender,
            used: Vec::new(),
            unmapped: Vec::new(),
            seq,
            dialect: None,
        };
        if self.live.is_empty() {
            return Ok(nothing(message, sender));
        }
        let (application, facility) = {
            let header = message.header();
            (header.sending_application().into_owned(), header.sending_facility().into_owned())
        };
        let about = |one: &&Live| one.mapping.binds().covers(&sender.link, &application, &facility);
        let (mut dialect, mut codes, mut used, mut agreed) = (None, None, Vec::new(), None);
        for one in self.live.iter().filter(about) {
            match &*one.mapping {
                Mapping::Dialect(file) => {
                    dialect = Some(file);
                    agreed = Some(Arc::clone(&one.mapping));
                }
                Mapping::Codes(file) => codes = Some(file),
            }
            used.push(one.used());
        }
        if used.is_empty() {
            return Ok(nothing(message, sender));
        }
        if let Some(zone) = dialect.and_then(|dialect| dialect.time_zone.as_ref()) {
            sender.time_zone.clone_from(zone);
        }
        let translated = translate(&message, dialect, codes)?;
        let Translated { message, unmapped } = translated;
        Ok(Read { message, sender, used, unmapped, seq, dialect: agreed })
    }
}

/// The file of a step.
fn file(view: &View, event: &MappingEvent) -> Result<Arc<Mapping>, Refusal> {
    let unreadable = |why: &str| {
        let what = format!("{} {} version {}", event.sort, event.name, event.version);
        Refusal::unreadable(
            format!("The {what} in use cannot be read: {why}. Sign it again."),
            format!("Le fichier en service {what} est illisible : {why}. Signez-le de nouveau."),
        )
    };
    let Some(sort) = Sort::from_code(&event.sort) else { return Err(unreadable("its sort is not known")) };
    let key = (sort, event.digest.clone());
    if let Some(known) = READ.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(known));
    }
    let body = view.mapping_body(event.seq)?;
    let mapping = Arc::new(Mapping::read(sort, &body).map_err(|problem| unreadable(&problem.to_string()))?);
    READ.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&mapping));
    Ok(mapping)
}

/// A journalled message as what is in use now reads it. `message` is the received one, or what stands in its place.
pub(crate) fn read_now(
    view: &View,
    row: &JournalRow,
    link: &Link,
    message: Message,
) -> Result<Result<Read, Unreadable>, Refusal> {
    Ok(Reader::at(view, None)?.read(crate::intake::sender(row, link), message))
}

/// A journalled message as it was read each time that it was filed before the last time, the latest first, and as it was
/// received.
pub(crate) fn read_formerly(view: &View, row: &JournalRow, link: &Link) -> Result<Vec<Read>, Refusal> {
    let Ok(message) = Message::parse(row.raw.clone()) else { return Ok(Vec::new()) };
    let mut readers = Vec::new();
    for seq in view.mapping_readings(row.id)?.into_iter().skip(1) {
        readers.push(Reader::at(view, Some(seq))?);
    }
    readers.push(Reader::default());
    let sender = crate::intake::sender(row, link);
    Ok(readers.iter().filter_map(|reader| reader.read(sender.clone(), message.clone()).ok()).collect())
}

/// A journalled message as it was read when it was filed last; as it was received where nothing was agreed then.
pub(crate) fn read_as_filed(
    view: &View,
    row: &JournalRow,
    link: &Link,
) -> Result<Result<Read, Unreadable>, Refusal> {
    let sender = crate::intake::sender(row, link);
    let message = match Message::parse(row.raw.clone()) {
        Ok(message) => message,
        Err(unreadable) => return Ok(Err(unreadable)),
    };
    let reader = match view.mapping_applied(row.id)? {
        Some(seq) => Reader::at(view, Some(seq))?,
        None => Reader::default(),
    };
    Ok(reader.read(sender, message))
}

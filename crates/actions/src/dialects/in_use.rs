//! What is in use at a number, and messages as it reads them. A file that was read once is kept in memory by its digest:
//! the same text always means the same.

use crate::refusal::Refusal;
use clinical::codes::{Conversion, Unmapped};
use clinical::dialect::{Binds, Mapping, Sort, Translated, Used, attest, translate};
use clinical::intake::{self, Interpretation, Sender};
use clinical::words::Words;
use hl7v2::{Message, ProblemKind, Unreadable};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use store::{JournalRow, Link, MappingEvent, MappingStep, MessageState, View};

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

/// A file in use that cannot be read any more. It stops the messages of its own senders and nobody else's.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    pub(crate) event: MappingEvent,
    pub(crate) sort: Sort,
    /// What cannot be read, and what to do.
    pub(crate) why: Words,
    /// Whose messages it is about; `None` where not even that can be read.
    pub(crate) binds: Option<Binds>,
}

/// Everything in use at a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reader {
    /// Number of the latest signed or retired step.
    pub(crate) seq: i64,
    pub(crate) live: Vec<Live>,
    pub(crate) broken: Vec<Broken>,
}

/// Why a message cannot be read as agreed with its sender.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotRead {
    /// Its form, as received or as the dialect makes it.
    #[error(transparent)]
    Form(#[from] Unreadable),
    /// The file that it would be read by cannot be read.
    #[error("{}", .0.en)]
    File(Words),
    /// Two files of a sort are about it, and nobody said which counts.
    #[error("{} and {} are both in use for this sender; take one out of use", .0[0], .0[1])]
    Contested([String; 2]),
}

impl NotRead {
    /// For the people who own the message.
    pub(crate) fn words(&self) -> Words {
        match self {
            Self::Form(unreadable) => Words::new(unreadable.to_string(), unreadable.to_string()),
            Self::File(words) => words.clone(),
            Self::Contested([one, other]) => Words::new(
                format!(
                    "{one} and {other} are both in use for this sender. Take one of them out of use, then replay the message."
                ),
                format!(
                    "{one} et {other} sont tous deux en service pour cet expéditeur. Retirez l'un des deux, puis rejouez le message."
                ),
            ),
        }
    }
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
        let mut latest: Vec<&MappingEvent> = Vec::new();
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
            let Some(sort) = Sort::from_code(&event.sort) else { return Err(unknown_sort(event)) };
            match file(view, event, sort)? {
                Ok(mapping) => reader.live.push(Live { event: event.clone(), mapping }),
                Err(broken) => reader.broken.push(broken),
            }
        }
        Ok(reader)
    }

    /// The same with another file in use, in the place of its former version.
    pub(crate) fn with(&self, mapping: Mapping, digest: &str) -> Self {
        let (mut live, mut broken) = (self.live.clone(), self.broken.clone());
        live.retain(|one| one.mapping.sort() != mapping.sort() || one.mapping.name() != mapping.name());
        broken.retain(|one| one.sort != mapping.sort() || one.event.name != mapping.name());
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
        Self { seq: self.seq, live, broken }
    }

    /// The bytes of a message as they are read; `None` when they stay as they are.
    pub(crate) fn again(&self, sender: Sender, raw: &[u8]) -> Option<Vec<u8>> {
        if self.is_empty() {
            return None;
        }
        let read = self.read(sender, Message::parse(raw.to_vec()).ok()?).ok()?;
        (!read.used.is_empty()).then(|| read.message.into_bytes())
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.broken.is_empty()
    }

    /// Why nothing can be agreed about a sender: a file of its own that cannot be read. Where not even its senders can be,
    /// it may be the file of everybody who has no other of its sort.
    fn broken_for(&self, link: &str, application: &str, facility: &str) -> Option<&Broken> {
        let has_other = |sort: Sort| {
            let mut live = self.live.iter().filter(|one| one.mapping.sort() == sort);
            live.any(|one| one.mapping.binds().covers(link, application, facility))
        };
        self.broken.iter().find(|one| match &one.binds {
            Some(binds) => binds.covers(link, application, facility),
            None => !has_other(one.sort),
        })
    }

    /// A message of a sender, as it is read.
    pub(crate) fn read(&self, mut sender: Sender, message: Message) -> Result<Read, NotRead> {
        let seq = self.seq;
        let nothing = |message, sender| Read {
            message,
            sender,
            used: Vec::new(),
            unmapped: Vec::new(),
            seq,
            dialect: None,
        };
        if self.is_empty() {
            return Ok(nothing(message, sender));
        }
        let (application, facility) = {
            let header = message.header();
            (header.sending_application().into_owned(), header.sending_facility().into_owned())
        };
        if let Some(broken) = self.broken_for(&sender.link, &application, &facility) {
            return Err(NotRead::File(broken.why.clone()));
        }
        let about = |one: &&Live| one.mapping.binds().covers(&sender.link, &application, &facility);
        let (mut dialect, mut codes): (Option<&Live>, Option<&Live>) = (None, None);
        for one in self.live.iter().filter(about) {
            let slot = if one.mapping.sort() == Sort::Dialect { &mut dialect } else { &mut codes };
            if let Some(other) = slot.replace(one) {
                let names = [other.mapping.name().to_owned(), one.mapping.name().to_owned()];
                return Err(NotRead::Contested(names));
            }
        }
        let used: Vec<Used> = dialect.iter().chain(&codes).map(|one| one.used()).collect();
        if used.is_empty() {
            return Ok(nothing(message, sender));
        }
        let agreed = dialect.map(|one| Arc::clone(&one.mapping));
        let dialect = agreed.as_deref().and_then(Mapping::dialect);
        if let Some(zone) = dialect.and_then(|dialect| dialect.time_zone.as_ref()) {
            sender.time_zone.clone_from(zone);
        }
        let translated = translate(&message, dialect, codes.and_then(|one| one.mapping.codes()))?;
        let Translated { message, unmapped } = translated;
        Ok(Read { message, sender, used, unmapped, seq, dialect: agreed })
    }
}

/// A step about a sort of file that this version does not have: a newer one signed it.
fn unknown_sort(event: &MappingEvent) -> Refusal {
    let what = format!("{} {} version {}", event.sort, event.name, event.version);
    Refusal::unreadable(
        format!("The {what} in use is of a sort that is not known here. Start the version that signed it."),
        format!(
            "Le fichier en service {what} est d'une sorte inconnue ici. Lancez la version qui l'a signé."
        ),
    )
}

/// The file of a step.
fn file(view: &View, event: &MappingEvent, sort: Sort) -> Result<Result<Arc<Mapping>, Broken>, Refusal> {
    let key = (sort, event.digest.clone());
    if let Some(known) = READ.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Ok(Arc::clone(known)));
    }
    let body = view.mapping_body(event.seq)?;
    let problem = match Mapping::read(sort, &body) {
        Ok(mapping) => {
            let mapping = Arc::new(mapping);
            READ.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&mapping));
            return Ok(Ok(mapping));
        }
        Err(problem) => problem,
    };
    let what = format!("{} {} version {}", event.sort, event.name, event.version);
    let why = Words::new(
        format!("The {what} in use cannot be read: {problem}. Sign it again, then replay the message."),
        format!(
            "Le fichier en service {what} est illisible : {problem}. Signez-le de nouveau, puis rejouez le message."
        ),
    );
    Ok(Err(Broken { event: event.clone(), sort, why, binds: Binds::salvaged(&body) }))
}

/// A journalled message as what is in use now reads it. `message` is the received one, or what stands in its place.
pub(crate) fn read_now(
    view: &View,
    row: &JournalRow,
    link: &Link,
    message: Message,
) -> Result<Result<Read, NotRead>, Refusal> {
    Ok(Reader::at(view, None)?.read(crate::intake::sender(row, link), message))
}

/// A journalled message as what was in use at an instant reads it; `None` when that could not read it.
pub(crate) fn read_on(
    view: &View,
    row: &JournalRow,
    link: &Link,
    at: fhir::Instant,
) -> Result<Option<Read>, Refusal> {
    let Ok(message) = Message::parse(row.raw.clone()) else { return Ok(None) };
    let last = view.mapping_in_use()?.iter().take_while(|event| event.at <= at).map(|event| event.seq).max();
    let reader = match last {
        Some(seq) => Reader::at(view, Some(seq))?,
        None => Reader::default(),
    };
    Ok(reader.read(crate::intake::sender(row, link), message).ok())
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
) -> Result<Result<Read, NotRead>, Refusal> {
    let sender = crate::intake::sender(row, link);
    let message = match Message::parse(row.raw.clone()) {
        Ok(message) => message,
        Err(unreadable) => return Ok(Err(unreadable.into())),
    };
    let reader = match view.mapping_applied(row.id)? {
        Some(seq) => Reader::at(view, Some(seq))?,
        None => Reader::default(),
    };
    Ok(reader.read(sender, message))
}

/// A journalled message as people are shown it: as it was read when it was filed last; what is not filed, as what is in
/// use now reads it.
pub(crate) fn read_as_it_stands(
    view: &View,
    row: &JournalRow,
    link: &Link,
) -> Result<Result<Read, NotRead>, Refusal> {
    if row.state == MessageState::Filed {
        return read_as_filed(view, row, link);
    }
    match Message::parse(row.raw.clone()) {
        Ok(message) => read_now(view, row, link, message),
        Err(unreadable) => Ok(Err(unreadable.into())),
    }
}

/// Conversions that the code maps in use declare, each once; of those that contradict each other none, whichever way round
/// and in whatever spelling of the units they stand.
pub(crate) fn conversions(view: &View) -> Result<Vec<Conversion>, Refusal> {
    let reader = Reader::at(view, None)?;
    let declared = reader.live.iter().filter_map(|one| one.mapping.codes());
    let all: Vec<&Conversion> = declared.flat_map(|codes| &codes.conversions).collect();
    let mut kept: Vec<&Conversion> = Vec::new();
    for one in &all {
        let agrees = all.iter().filter(|other| other.is_about_same(one)).all(|other| other.agrees_with(one));
        if agrees && !kept.iter().any(|other| other.is_about_same(one)) {
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| (one.loinc.clone(), one.units.clone()));
    Ok(kept.into_iter().cloned().collect())
}

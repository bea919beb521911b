//! The repair of what an older dialect, code map or mapper made (GUARANTEES X-05): every message that is read otherwise
//! now is filed again as a correction and goes to whoever had the former version, or it is listed with the reason why a
//! person must look. Then everything is looked at again.

use super::in_use::{Reader, read_as_filed, read_now};
use super::trial::heads;
use super::{PEOPLE_LIMIT, RepairView, signing};
use crate::context::Context;
use crate::intake::refile;
use crate::recall::Recall;
use crate::record::{Act, Reading, Record, Sealed, audit_row};
use crate::refusal::Refusal;
use crate::sign_in::Persona;
use clinical::access::Permission;
use clinical::intake::{Handling, Interpretation};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;
use store::{
    Changes, JournalRow, Link, MappingChange, MappingEvent, MappingStep, MessageId, MessageState,
    OutboxChange, Requirement, Settled, View,
};

/// Most messages of one repair; a longer time is repaired in parts, by its beginning.
const MOST: usize = 200_000;
/// Lines told of one repair.
const LINES_LIMIT: usize = 500;

/// Why whoever has a withdrawn result is told.
static READ_OTHERWISE: LazyLock<Words> = LazyLock::new(|| {
    Words::new(
        "The sender's message was read wrongly; what it says stands elsewhere now.",
        "Le message de l'expéditeur avait été mal lu; ce qu'il dit figure maintenant ailleurs.",
    )
});

/// What is repaired, and who says so.
#[derive(Debug, Clone)]
pub struct Repair {
    /// The link.
    pub link: String,
    /// Messages received at or after this.
    pub since: Instant,
    /// Who says so, where the session is a machine's.
    pub by: Option<String>,
    /// Why; required.
    pub reason: String,
}

/// One message of a repair.
enum Verdict {
    /// On file as it is read now.
    Same,
    /// Filed again as this.
    Anew(Box<Changes>),
    /// A person must look.
    Exception(Words),
}

/// What became of one message.
enum Done {
    /// It is on file as it is read now.
    Nothing,
    /// It stays for a person, and why; whom it concerns.
    Left(Words, BTreeSet<PersonId>),
    /// Filed again: resource versions, deliveries, whom it concerns.
    Anew(usize, usize, BTreeSet<PersonId>),
}

/// Act: the audit row of a repair; each message then has one of its own.
#[derive(Debug, Clone)]
struct Begin(String);

impl Sealed for Begin {}
impl Act for Begin {
    const PERMISSION: Permission = Permission::SignMapping;
    fn object(&self) -> String {
        format!("mapping/repair/{}", self.0)
    }
    fn prepare(&self, _: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        Ok((Changes::default(), None))
    }
}

impl Record {
    /// Repair what is on file of a link's messages, or only say what would be done. Safe to repeat: what is on file as it
    /// is read now stays.
    ///
    /// # Errors
    /// Not allowed, no such link, no reason, or the store asks to try again; what was done stays done.
    pub fn repair_mapping(
        &self,
        context: &Context,
        repair: &Repair,
        dry_run: bool,
    ) -> Result<RepairView, Refusal> {
        let by = signing::signer(context, repair.by.as_ref())?;
        let reason = signing::reason(&repair.reason)?;
        self.act(context, Begin(repair.link.clone()))?;
        let link = self.store().view()?.link_named(&repair.link)?.ok_or_else(Refusal::not_found)?;
        let (all, cut) = heads(&self.store().view()?, &link, repair.since, MOST)?;
        if cut {
            return Err(Refusal::unreadable(
                format!(
                    "There are more than {MOST} messages. Repair the latest first, with a later beginning."
                ),
                format!(
                    "Il y a plus de {MOST} messages. Réparez d'abord les derniers, avec un début plus tardif."
                ),
            ));
        }
        let mut answer = RepairView::default();
        let mut people = BTreeSet::new();
        for head in all.iter().filter(|head| head.state == MessageState::Filed) {
            answer.figures.looked_at += 1;
            self.repair_one(context, &link, head.id, dry_run, &mut answer, &mut people)?;
        }
        let figures = &mut answer.figures;
        figures.people = people.len();
        answer.people = people.into_iter().take(PEOPLE_LIMIT).collect();
        if !dry_run {
            figures.left = 0;
            for head in all.iter().filter(|head| head.state == MessageState::Filed) {
                let view = self.store().view()?;
                let Some(row) = view.message(head.id)? else { continue };
                let directory = self.directory();
                let personas = self.personas();
                let ground = Ground { view: &view, directory: &directory, personas, link: &link };
                let again = ground.verdict(&row, context.now)?;
                answer.figures.left += usize::from(!matches!(again, Verdict::Same));
            }
            let figures = serde_json::to_string(&answer.figures)
                .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
            self.note_repair(context, &link.name, &by, reason, figures)?;
        }
        Ok(answer)
    }

    fn repair_one(
        &self,
        context: &Context,
        link: &Link,
        message: MessageId,
        dry_run: bool,
        answer: &mut RepairView,
        people: &mut BTreeSet<PersonId>,
    ) -> Result<(), Refusal> {
        let done = self.settle_anew(|known| {
            let view = self.store().view()?;
            let Some(row) = view.message(message)? else { return Ok((None, Done::Nothing)) };
            let ground = Ground { view: &view, directory: &known.directory, personas: self.personas(), link };
            let verdict = ground.verdict(&row, context.now)?;
            let mut changes = match verdict {
                Verdict::Same => {
                    // Read by what is in use now, to the same end: the next repair need not wonder.
                    let now = Reader::at(&view, None)?.seq;
                    let is_noted = dry_run || view.mapping_applied(message)?.is_none_or(|seq| seq == now);
                    let mapping = vec![MappingChange::Applied { message, seq: now }];
                    let noted = Changes { mapping, ..Changes::default() };
                    return Ok(((!is_noted).then_some(noted), Done::Nothing));
                }
                Verdict::Exception(why) => return Ok((None, Done::Left(why, ground.concerned(&row, None)?))),
                Verdict::Anew(changes) => *changes,
            };
            let concerned = ground.concerned(&row, Some(&changes))?;
            let queued = |change: &&OutboxChange| matches!(change, OutboxChange::Queue(_));
            let (versions, deliveries) =
                (changes.resources.len(), changes.outbox.iter().filter(queued).count());
            let object = format!("mapping/repair/message/{message}");
            let rows = concerned
                .iter()
                .map(|person| audit_row(context, Permission::SignMapping, Some(*person), object.clone()));
            changes.audit.extend(rows);
            changes.requires.push(Requirement::DirectoryIs(known.seq));
            Ok(((!dry_run).then_some(changes), Done::Anew(versions, deliveries, concerned)))
        })?;
        let figures = &mut answer.figures;
        match done {
            Some(Done::Nothing) => {}
            Some(Done::Left(why, concerned)) => {
                figures.affected += 1;
                figures.exceptions += 1;
                people.extend(concerned);
                if answer.exceptions.len() < LINES_LIMIT {
                    answer.exceptions.push((message, why));
                }
            }
            Some(Done::Anew(versions, deliveries, concerned)) => {
                figures.affected += 1;
                figures.repaired += 1;
                figures.versions += versions;
                figures.deliveries += deliveries;
                people.extend(concerned);
                if answer.repaired.len() < LINES_LIMIT {
                    answer.repaired.push((message, versions, deliveries));
                }
            }
            None => {
                return Err(Refusal::conflict(
                    "The record is changing under this message. Repair again in a moment; what was done stays done.",
                    "Le dossier change sous ce message. Réparez de nouveau dans un instant; ce qui est fait reste fait.",
                ));
            }
        }
        Ok(())
    }

    fn note_repair(
        &self,
        context: &Context,
        link: &str,
        by: &str,
        reason: String,
        figures: String,
    ) -> Result<(), Refusal> {
        let event = MappingEvent {
            seq: 0,
            at: context.now,
            actor: by.to_owned(),
            sort: "link".to_owned(),
            name: link.to_owned(),
            version: 0,
            step: MappingStep::Repaired,
            digest: String::new(),
            reason,
            figures,
            body: String::new(),
        };
        let noted = Changes { mapping: vec![MappingChange::Step(event)], ..Changes::default() };
        match self.store().settle_blocking(noted) {
            Settled::Done => Ok(()),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

/// What a message says, the patient and where it came from left out.
fn keys(said: &Interpretation) -> BTreeSet<ResourceKey> {
    let all = said.charts.iter().flat_map(|chart| &chart.resources);
    all.filter(|one| !matches!(one.key.kind, Kind::Patient | Kind::Provenance)).map(|one| one.key).collect()
}

fn records(said: &Interpretation) -> Vec<RecordId> {
    said.charts.iter().map(|chart| chart.record).collect()
}

/// By what a message is judged.
struct Ground<'a> {
    view: &'a View,
    directory: &'a clinical::directory::Directory,
    personas: &'a [Persona],
    link: &'a Link,
}

impl Ground<'_> {
    /// What is read now of a filed message; `None` when it cannot be read at all.
    fn said_now(&self, row: &JournalRow) -> Result<Option<Interpretation>, Refusal> {
        let Ok(message) = hl7v2::Message::parse(row.raw.clone()) else { return Ok(None) };
        let read = read_now(self.view, row, self.link, message)?;
        Ok(read.ok().map(|read| read.interpret()))
    }

    /// The people of the records that it stands on, and of those that it would stand on.
    fn concerned(&self, row: &JournalRow, changes: Option<&Changes>) -> Result<BTreeSet<PersonId>, Refusal> {
        let mut people = BTreeSet::new();
        let new = changes.and_then(|changes| changes.settlement.as_ref()).map(|end| end.records.as_slice());
        for record in row.records.iter().chain(new.unwrap_or_default()) {
            people.extend(self.view.record(*record)?.map(|row| row.person));
        }
        people.extend(changes.into_iter().flat_map(|changes| &changes.records).map(|row| row.person));
        Ok(people)
    }

    fn verdict(&self, row: &JournalRow, now: Instant) -> Result<Verdict, Refusal> {
        let exception = |en: &str, fr: &str| Ok(Verdict::Exception(Words::new(en, fr)));
        let Some(said) = self.said_now(row)? else {
            return exception("It cannot be read any more.", "Il ne peut plus être lu.");
        };
        if let Handling::Held(why) | Handling::Kept(why) = &said.handling {
            return Ok(Verdict::Exception(Words::new(
                format!(
                    "It would not be filed any more: {} What is on file stays; take it back if it is wrong.",
                    why.en
                ),
                format!(
                    "Il ne serait plus versé : {} Ce qui est au dossier reste; retirez-le s'il est faux.",
                    why.fr
                ),
            )));
        }
        let Ok(before) = read_as_filed(self.view, row, self.link)? else {
            return exception("It cannot be read as it was filed.", "Il ne peut être relu tel que versé.");
        };
        let Some(mut changes) = refile(self.view, self.directory, row, now)? else {
            return exception(
                "A person has put it elsewhere or taken it back; that stands.",
                "Une personne l'a placé ailleurs ou retiré; cela demeure.",
            );
        };
        let elsewhere = records(&said).iter().any(|record| !row.records.contains(record));
        let is_filed =
            changes.settlement.as_ref().is_some_and(|settled| settled.state == MessageState::Filed);
        if elsewhere && !is_filed {
            return exception(
                "It is read as being about another record now, and a person must say whose that is. Take it back and file it again, or have the identity desk link the records.",
                "Il est maintenant lu comme concernant un autre dossier, et une personne doit dire à qui il est. Retirez-le et reversez-le, ou faites lier les dossiers par le bureau d'identité.",
            );
        }
        let now_said = keys(&said);
        let left: BTreeSet<ResourceKey> =
            keys(&before.interpret()).into_iter().filter(|key| !now_said.contains(key)).collect();
        if !left.is_empty() {
            self.withdraw(row, left, now, &mut changes)?;
        }
        if changes.resources.iter().any(|version| version.key.kind != Kind::Provenance) {
            return Ok(Verdict::Anew(Box::new(changes)));
        }
        Ok(Verdict::Same)
    }

    /// Takes back what the message said under keys under which it says nothing any more. Other messages that do not say
    /// it either, as they are read now, are not believed as what stood before.
    fn withdraw(
        &self,
        row: &JournalRow,
        left: BTreeSet<ResourceKey>,
        now: Instant,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let mut said: HashMap<MessageId, BTreeSet<ResourceKey>> = HashMap::new();
        // A receiver that knows both by one number must hear of the withdrawal first.
        let queued = std::mem::take(&mut changes.outbox);
        for key in left {
            let mut together = BTreeSet::from([row.id]);
            for message in self.view.versions(key)?.iter().filter_map(|version| version.message) {
                if message.link() != row.id.link() || together.contains(&message) {
                    continue;
                }
                let now_said = match said.entry(message) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let other = self.view.message(message)?;
                        let other = other.map(|other| self.said_now(&other)).transpose()?.flatten();
                        new.insert(other.as_ref().map(keys).unwrap_or_default())
                    }
                };
                if !now_said.contains(&key) {
                    together.insert(message);
                }
            }
            let recall = Recall {
                view: self.view,
                directory: self.directory,
                personas: self.personas,
                link: self.link,
                because: &READ_OTHERWISE,
                together: &together,
                now,
            };
            recall.take_back_of(row, BTreeSet::from([key]), changes)?;
        }
        changes.outbox.extend(queued);
        Ok(())
    }
}

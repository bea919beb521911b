//! The repair of what an older dialect, code map or mapper made (GUARANTEES X-05): every message that is read otherwise
//! now is filed again as a correction and goes to whoever had the former version, or it is listed with the reason why a
//! person must look. Then everything is looked at again.

use super::in_use::{Reader, read_as_filed, read_now};
use super::trial::heads;
use super::{PEOPLE_LIMIT, RepairView, signing};
use crate::context::Context;
use crate::intake::refile;
use crate::record::{Act, Reading, Record, Sealed, audit_row};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::intake::{Handling, Interpretation};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::collections::{BTreeSet, HashSet};
use store::{
    Changes, JournalRow, Link, MappingChange, MappingEvent, MappingStep, MessageId, MessageState,
    OutboxChange, Requirement, Settled, View,
};

/// How often one is prepared anew when something changed meanwhile.
const PREPARATIONS: usize = 8;
/// Most messages of one repair; a longer time is repaired in parts, by its beginning.
const MOST: usize = 200_000;
/// Lines told of one repair.
const LINES_LIMIT: usize = 500;

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
                let again = verdict(&view, &self.directory(), &row, &link, context.now)?;
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
        for _ in 0..PREPARATIONS {
            let known = self.snapshot();
            let view = self.store().view()?;
            let Some(row) = view.message(message)? else { return Ok(()) };
            let verdict = verdict(&view, &known.directory, &row, link, context.now)?;
            let concerned: Vec<PersonId> = row
                .records
                .iter()
                .filter_map(|record| view.record(*record).transpose())
                .map(|found| found.map(|row| row.person))
                .collect::<Result<_, _>>()?;
            let mut changes = match verdict {
                Verdict::Same => {
                    // Read by what is in use now, to the same end: the next repair need not wonder.
                    let now = Reader::at(&view, None)?.seq;
                    if dry_run || view.mapping_applied(message)?.is_none_or(|seq| seq == now) {
                        return Ok(());
                    }
                    let mapping = vec![MappingChange::Applied { message, seq: now }];
                    let same = Changes { mapping, ..Changes::default() };
                    return match self.store().settle_blocking(same) {
                        Settled::Done => Ok(()),
                        other => Err(Refusal::try_again(&other)),
                    };
                }
                Verdict::Exception(why) => {
                    answer.figures.affected += 1;
                    answer.figures.exceptions += 1;
                    people.extend(concerned);
                    if answer.exceptions.len() < LINES_LIMIT {
                        answer.exceptions.push((message, why));
                    }
                    return Ok(());
                }
                Verdict::Anew(changes) => *changes,
            };
            let versions = changes.resources.len();
            let deliveries =
                changes.outbox.iter().filter(|change| matches!(change, OutboxChange::Queue(_))).count();
            let settled = if dry_run {
                Settled::Done
            } else {
                let object = format!("mapping/repair/message/{message}");
                let rows = concerned
                    .iter()
                    .map(|person| audit_row(context, Permission::SignMapping, Some(*person), object.clone()));
                changes.audit.extend(rows);
                changes.requires.push(Requirement::DirectoryIs(known.seq));
                drop(view);
                self.store().settle_blocking(changes)
            };
            match settled {
                Settled::Done => {
                    let figures = &mut answer.figures;
                    figures.affected += 1;
                    figures.repaired += 1;
                    figures.versions += versions;
                    figures.deliveries += deliveries;
                    people.extend(concerned);
                    if answer.repaired.len() < LINES_LIMIT {
                        answer.repaired.push((message, versions, deliveries));
                    }
                    return Ok(());
                }
                Settled::Stale(_) => self.refresh_directory(),
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Err(Refusal::conflict(
            "The record is changing under this message. Repair again in a moment; what was done stays done.",
            "Le dossier change sous ce message. Réparez de nouveau dans un instant; ce qui est fait reste fait.",
        ))
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

/// What is read now of a filed message; `None` when it cannot be read at all.
fn said_now(view: &View, row: &JournalRow, link: &Link) -> Result<Option<Interpretation>, Refusal> {
    let Ok(message) = hl7v2::Message::parse(row.raw.clone()) else { return Ok(None) };
    let read = read_now(view, row, link, message)?;
    Ok(read.ok().map(|read| read.interpret()))
}

/// The keys of what a message says, those of the patient and of where it came from left out.
fn keys(said: &Interpretation) -> HashSet<ResourceKey> {
    let all = said.charts.iter().flat_map(|chart| &chart.resources);
    all.filter(|one| !matches!(one.key.kind, Kind::Patient | Kind::Provenance)).map(|one| one.key).collect()
}

fn records(said: &Interpretation) -> Vec<RecordId> {
    said.charts.iter().map(|chart| chart.record).collect()
}

fn verdict(
    view: &View,
    directory: &clinical::directory::Directory,
    row: &JournalRow,
    link: &Link,
    now: Instant,
) -> Result<Verdict, Refusal> {
    let exception = |en: &str, fr: &str| Ok(Verdict::Exception(Words::new(en, fr)));
    let Some(said) = said_now(view, row, link)? else {
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
    if records(&said).iter().any(|record| !row.records.contains(record)) {
        return exception(
            "It is read as being about another record now. Take it back and file it again, or have the identity desk link the records.",
            "Il est maintenant lu comme concernant un autre dossier. Retirez-le et reversez-le, ou faites lier les dossiers par le bureau d'identité.",
        );
    }
    let Ok(before) = read_as_filed(view, row, link)? else {
        return exception("It cannot be read as it was filed.", "Il ne peut être relu tel que versé.");
    };
    if !keys(&before.interpret()).is_subset(&keys(&said)) {
        return exception(
            "Some of its results stand under other numbers now, so that the former ones would stay beside them. Take it back and file it again.",
            "Certains de ses résultats portent maintenant d'autres numéros, et les anciens resteraient à côté. Retirez-le et reversez-le.",
        );
    }
    let Some(changes) = refile(view, directory, row, now)? else {
        return exception(
            "A person has put it elsewhere or taken it back; that stands.",
            "Une personne l'a placé ailleurs ou retiré; cela demeure.",
        );
    };
    let news = |kind: Kind| !matches!(kind, Kind::Provenance);
    if changes.resources.iter().any(|version| news(version.key.kind)) {
        return Ok(Verdict::Anew(Box::new(changes)));
    }
    Ok(Verdict::Same)
}

//! A file comes into use and goes out of it: by a named person, after a trial against what is in use.

use super::in_use::Reader;
use super::{Against, Figures, Retire, Sign, Sort, Traffic, Try, unmapped};
use crate::context::Context;
use crate::record::{Act, Reading, Record, Sealed};
use crate::refusal::Refusal;
use clinical::access::{Permission, Role};
use clinical::dialect::{Binds, Mapping};
use fhir::{Instant, PersonId};
use store::{Changes, MappingChange, MappingEvent, MappingStep, MessageFilter, Requirement, View};

/// Steps that are looked through for a trial.
const STEPS: usize = 1_000;
/// Messages of a link, the latest, in which senders of another file are looked for.
const LOOKED_AT: usize = 1_000;
/// Of these, whose bytes are in memory at once.
const PAGE: usize = 50;
/// Characters of a reason that are kept.
const REASON_LIMIT_CHARS: usize = 2_000;

/// Who signs: a person, by the session or by the name given at a terminal.
pub(super) fn signer(context: &Context, by: Option<&String>) -> Result<String, Refusal> {
    let given = by.map(|name| name.trim()).filter(|name| !name.is_empty());
    match given {
        Some(name) if context.actor.role == Role::Machine => Ok(name.to_owned()),
        _ if context.actor.role != Role::Machine => Ok(context.actor.name.clone()),
        _ => Err(Refusal::unreadable(
            "A person signs this by name. Give the name with --by.",
            "Une personne signe ceci de son nom. Donnez le nom avec --by.",
        )),
    }
}

/// The reason, cut; never empty.
pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    let kept: String = text.trim().chars().take(REASON_LIMIT_CHARS).collect();
    if kept.is_empty() {
        return Err(Refusal::unreadable(
            "Write what the trial showed; it stays with the signature.",
            "Écrivez ce que l'essai a montré; cela reste avec la signature.",
        ));
    }
    Ok(kept)
}

impl Record {
    /// Whether a file of that name is in use for a link, by the link's name or by what its senders say of themselves.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_agreed(&self, sort: Sort, name: &str, link: &str, senders: &[String]) -> Result<bool, Refusal> {
        let in_use = Reader::at(&self.store().view()?, None)?;
        Ok(in_use.live.iter().any(|one| {
            let binds = one.mapping.binds();
            let about = binds.links.iter().any(|known| known == link)
                || senders.iter().any(|sender| binds.senders.contains(sender));
            one.mapping.sort() == sort && one.mapping.name() == name && about
        }))
    }

    /// Try files on what a store holds and sign them in the name of somebody; what is in use under the same name stays. For a demo, whose files
    /// are known.
    ///
    /// # Errors
    /// A file cannot be read, or the store asks to try again.
    pub fn first_mappings(
        &self,
        context: &Context,
        files: &[(Sort, &str)],
        by: &str,
        reason: &str,
    ) -> Result<(), Refusal> {
        let in_use = Reader::at(&self.store().view()?, None)?;
        for (sort, text) in files {
            let wanted = Mapping::read(*sort, text).map_err(|problem| super::trial::unreadable(&problem))?;
            let known = in_use
                .live
                .iter()
                .any(|one| one.mapping.sort() == *sort && one.mapping.name() == wanted.name());
            if known {
                continue;
            }
            let digest = super::trial::digest(text);
            let traffic = Traffic::Journal { link: String::new(), since: Instant(0) };
            let tried = Try { sort: *sort, text: (*text).to_owned(), traffic, against: Against::InUse };
            self.try_mapping(context, tried)?;
            self.act(context, Sign { digest, by: Some(by.to_owned()), reason: reason.to_owned() })?;
        }
        Ok(())
    }
}

/// A file in use, whether or not it can be read.
struct InUse<'a> {
    event: &'a MappingEvent,
    sort: Sort,
    name: &'a str,
    version: u32,
    binds: Option<&'a Binds>,
}

fn files(reader: &Reader) -> impl Iterator<Item = InUse<'_>> {
    fn of<'a>(event: &'a MappingEvent, sort: Sort, binds: Option<&'a Binds>) -> InUse<'a> {
        InUse { event, sort, name: &event.name, version: event.version, binds }
    }
    let live = reader.live.iter().map(|one| of(&one.event, one.mapping.sort(), Some(one.mapping.binds())));
    live.chain(reader.broken.iter().map(|one| of(&one.event, one.sort, one.binds.as_ref())))
}

/// Whether a message of late is one of both, which the names alone do not show: one file names the link, the other the
/// sender. A sender who comes to such a link later is found when the message is read, and is held.
fn share_traffic(view: &View, ours: &Binds, theirs: &Binds) -> Result<bool, Refusal> {
    for link in view.links()? {
        let (mine, other) = (ours.links.contains(&link.name), theirs.links.contains(&link.name));
        let senders = match (mine, other) {
            (true, _) => theirs,
            (_, true) => ours,
            _ => continue,
        };
        if senders.senders.is_empty() {
            continue;
        }
        let filter = MessageFilter { link: Some(link.id), ..MessageFilter::default() };
        let (mut looked_at, mut last) = (0, None);
        while looked_at < LOOKED_AT {
            let page = view.messages_of(&filter, PAGE, last)?;
            let Some(end) = page.last() else { break };
            last = Some(end.id);
            looked_at += page.len();
            for row in page {
                let Ok(message) = hl7v2::Message::parse(row.raw) else { continue };
                let header = message.header();
                if senders.covers("", &header.sending_application(), &header.sending_facility()) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

impl Sealed for Sign {}
impl Act for Sign {
    const PERMISSION: Permission = Permission::SignMapping;
    fn object(&self) -> String {
        format!("mapping/sign/{}", self.digest)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let by = signer(reading.context, self.by.as_ref())?;
        let reason = reason(&self.reason)?;
        let in_use = Reader::at(view, None)?;
        let steps = view.mapping_events(STEPS)?;
        let tried = steps
            .into_iter()
            .find(|step| step.step == MappingStep::Tried && step.digest == self.digest)
            .ok_or_else(|| {
                Refusal::conflict(
                    "This file was not tried. Try it on recorded traffic first; what is counted stays with the signature.",
                    "Ce fichier n'a pas été essayé. Essayez-le d'abord sur du trafic enregistré; le décompte reste avec la signature.",
                )
            })?;
        let figures: Figures = serde_json::from_str(&tried.figures).unwrap_or_default();
        if figures.against != in_use.seq {
            return Err(Refusal::conflict(
                "Something else came into use after this trial. Try the file again and look at what is different now.",
                "Autre chose est entré en service après cet essai. Essayez de nouveau le fichier et voyez ce qui diffère.",
            ));
        }
        let body = view.mapping_body(tried.seq)?;
        let Some(sort) = Sort::from_code(&tried.sort) else { return Err(Refusal::not_found()) };
        let mapping = Mapping::read(sort, &body).map_err(|problem| super::trial::unreadable(&problem))?;
        for other in files(&in_use).filter(|other| other.sort == sort) {
            if other.name == mapping.name() && other.version >= mapping.version() {
                let text = format!("{} version {}", other.name, other.version);
                return Err(Refusal::unreadable(
                    format!("{text} is in use. Write a higher version in the file and try it again."),
                    format!(
                        "{text} est en service. Écrivez une version supérieure dans le fichier et essayez-le de nouveau."
                    ),
                ));
            }
            let Some(theirs) = other.binds.filter(|_| other.name != mapping.name()) else { continue };
            if mapping.binds().shares(theirs) || share_traffic(view, mapping.binds(), theirs)? {
                let name = other.name;
                return Err(Refusal::unreadable(
                    format!(
                        "{name} is in use for the same sender. Take it out of use first, or give this file its name."
                    ),
                    format!(
                        "{name} est en service pour le même expéditeur. Retirez-le d'abord, ou donnez son nom à ce fichier."
                    ),
                ));
            }
        }
        let mut changes = Changes {
            requires: vec![Requirement::MappingIs(in_use.seq)],
            mapping: vec![MappingChange::Step(MappingEvent {
                seq: 0,
                at: now,
                actor: by.clone(),
                step: MappingStep::Signed,
                reason,
                body,
                ..tried
            })],
            ..Changes::default()
        };
        if let Mapping::Codes(codes) = &mapping {
            unmapped::settle(view, codes, &by, now, &mut changes)?;
        }
        Ok((changes, None))
    }
}

impl Sealed for Retire {}
impl Act for Retire {
    const PERMISSION: Permission = Permission::SignMapping;
    fn object(&self) -> String {
        format!("mapping/retire/{}/{}", self.sort.code(), self.name)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let by = signer(reading.context, self.by.as_ref())?;
        let reason = reason(&self.reason)?;
        let in_use = Reader::at(reading.view, None)?;
        let known = files(&in_use)
            .find(|one| one.sort == self.sort && one.name == self.name)
            .ok_or_else(Refusal::not_found)?;
        let event = MappingEvent {
            seq: 0,
            at: reading.context.now,
            actor: by,
            step: MappingStep::Retired,
            reason,
            figures: String::new(),
            body: String::new(),
            ..known.event.clone()
        };
        let changes = Changes {
            requires: vec![Requirement::MappingIs(in_use.seq)],
            mapping: vec![MappingChange::Step(event)],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

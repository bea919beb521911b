//! What a master file says of the provider directory (MFN): proposals and questions of the directory desk. Nothing of it
//! holds by having been filed, and saying it again changes nothing.

use super::{ACTOR, Filing};
use crate::directory::{Desk, FROM_FEED, proposal_id};
use crate::obligations::{self, words_json};
use crate::record::{audit_row, machine};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Change, Fact, Follows, Heard, HeardAbout};
use clinical::words::Words;
use store::{DirectoryChange, DirectoryProposal, MessageState, ObligationState, Requirement};

impl Filing<'_> {
    /// Propose or ask what each entry says. What was heard once, and perhaps answered, is not asked again by a replay.
    pub(super) fn hear(&mut self, entries: &[Heard]) -> Result<(), Refusal> {
        if self.row.state == MessageState::Filed {
            return Ok(());
        }
        let day = clinical::cover::day(self.now);
        let (mut proposed, mut asked) = (0_usize, 0_usize);
        for entry in entries {
            match self.directory.hear(entry, &self.link.name, &day) {
                Follows::Nothing(_) => {}
                Follows::Propose(changes, words) => {
                    proposed += usize::from(self.propose(entry, &changes, &words)?);
                }
                Follows::Ask(words) => {
                    asked += 1;
                    self.find_out(entry, &words)?;
                }
            }
        }
        let context = machine(ACTOR, self.now);
        let row = audit_row(&context, Permission::FileMessages, None, format!("message/{}", self.row.id));
        self.changes.audit.push(row);
        let known = entries.len() - proposed - asked;
        let note = Words::new(
            format!(
                "{proposed} proposed to the directory desk, {asked} asked of it, {known} known already or without effect."
            ),
            format!(
                "{proposed} proposées au bureau du répertoire, {asked} à lui demander, {known} déjà connues ou sans effet."
            ),
        );
        self.settle(MessageState::Filed, Some(&note), Vec::new());
        Ok(())
    }

    /// Whether it is a proposal that was not made before.
    fn propose(&mut self, entry: &Heard, changes: &[Change], words: &Words) -> Result<bool, Refusal> {
        let body = serde_json::to_string(changes).unwrap_or_default();
        let source = format!("{FROM_FEED}{}", self.link.name);
        let Some(id) = proposal_id(self.view, &source, &content(changes, entry), self.now)? else {
            return Ok(false);
        };
        let twice = self
            .changes
            .directory
            .iter()
            .any(|change| matches!(change, DirectoryChange::Proposal(row) if row.id == id));
        if twice {
            return Ok(false);
        }
        let about = changes.first().map(Change::key).map(|(sort, id)| format!("{sort} {id}"));
        let said = Words::new(
            format!("{} Message {}.", words.en, self.row.id),
            format!("{} Message {}.", words.fr, self.row.id),
        );
        let row = DirectoryProposal {
            id,
            at: self.now,
            actor: self.link.name.clone(),
            source,
            words: words_json(&said),
            changes: body,
            verdict: String::new(),
            decided: None,
            decider: String::new(),
            reason: String::new(),
        };
        self.changes.directory.push(DirectoryChange::Proposal(row));
        self.desk_owes(id, &about.unwrap_or_default(), said);
        Ok(true)
    }

    /// A question stands once while it is open; when the feed says the same again after its answer, it is asked again.
    fn find_out(&mut self, entry: &Heard, words: &Words) -> Result<(), Refusal> {
        let mut id = obligations::id(&["directory", "ask", &self.link.name, &words.en]);
        if let Some(row) = self.view.obligation(id)? {
            if matches!(row.state, ObligationState::Open { .. }) {
                return Ok(());
            }
            id = obligations::id(&["directory", "ask", &self.row.id.to_string(), &words.en]);
            if self.view.obligation(id)?.is_some() {
                return Ok(());
            }
        }
        let about = match &entry.about {
            HeardAbout::Person(person) => format!("{}, {}", person.family, person.given),
            HeardAbout::Place(place) => place.name.clone(),
        };
        let about = format!("{}: {about} ({})", self.link.name, entry.key);
        self.desk_owes(id, &about, words.clone());
        Ok(())
    }

    fn desk_owes(&mut self, id: store::ObligationId, about: &str, because: Words) {
        let requirement = Requirement::ObligationRevisionIs(id, 0);
        if self.changes.requires.contains(&requirement) {
            return;
        }
        self.changes.requires.push(requirement);
        let message = Some(self.row.id);
        let desk = Desk { about, about_id: "", because, message, actor: ACTOR, now: self.now };
        self.changes.obligations.extend(desk.owes(id));
    }
}

/// What changes say without the day on which they were said: a file that is sent each day proposes once. A first day that
/// the entry itself names is part of what it says.
fn content(changes: &[Change], entry: &Heard) -> String {
    let named = |day: &str| {
        let of_role = match &entry.about {
            HeardAbout::Person(person) => person.roles.iter().any(|role| role.from.as_deref() == Some(day)),
            HeardAbout::Place(_) => false,
        };
        of_role || entry.day.as_deref() == Some(day)
    };
    let one = |change: &Change| match change {
        Change::Set(Fact::Contact(contact)) => {
            format!("contact {} {} {}", contact.of, contact.kind.code(), contact.value)
        }
        Change::Set(Fact::Role(role)) => {
            let (who, place, what) = (&role.practitioner, &role.place, &role.role);
            let from = if named(&role.from) { role.from.as_str() } else { "" };
            format!("role {who}@{place}:{what} {from} {} {:?}", role.primary, role.to)
        }
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    changes.iter().map(one).collect::<Vec<_>>().join("\n")
}

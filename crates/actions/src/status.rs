//! What an operator sees at 03:00: everything that is watched, as findings by gravity, each with what to do and the section
//! of the runbook. The page, the command and the figures for a monitor say the same because they ask here. Names feeds and
//! files, and no patient.

mod facts;
mod judging;
mod kinds;
pub mod place;
pub mod runbook;

pub use kinds::Kind;
pub use place::Place;

use crate::record::{Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How grave a finding is, the quiet ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As it should be.
    Fine,
    /// Nobody set it up: nothing is watched there.
    NotSetUp,
    /// It cannot be seen from here.
    NotKnown,
    /// Somebody must see to it, today.
    Soon,
    /// Somebody must see to it now.
    Now,
}

impl Level {
    /// All of them, the gravest first.
    pub const ALL: [Self; 5] = [Self::Now, Self::Soon, Self::NotKnown, Self::NotSetUp, Self::Fine];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::NotSetUp => "not-set-up",
            Self::NotKnown => "not-known",
            Self::Soon => "soon",
            Self::Now => "now",
        }
    }

    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Fine => ("As it should be", "En ordre"),
            Self::NotSetUp => ("Not set up", "Pas mis en place"),
            Self::NotKnown => ("Not known from here", "Inconnu d’ici"),
            Self::Soon => ("Today", "Aujourd’hui"),
            Self::Now => ("Now", "Maintenant"),
        };
        Words::new(en, fr)
    }

    /// Whether somebody must do something about it.
    #[must_use]
    pub fn needs_somebody(self) -> bool {
        self >= Self::Soon
    }
}

/// One thing that is watched, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is watched.
    pub kind: Kind,
    /// How grave.
    pub level: Level,
    /// Its name.
    pub title: Words,
    /// What is seen, as a sentence.
    pub says: Words,
    /// Since when, where that is known.
    #[serde(with = "instant")]
    pub since: Option<Instant>,
    /// What to do next, as a sentence; empty where there is nothing to do.
    pub next: Words,
    /// Code of its section of the runbook.
    pub runbook: String,
}

/// Look: how everything stands, with what only the process and its machine know.
#[derive(Debug, Clone)]
pub struct Status {
    /// What they say.
    pub place: Arc<Place>,
}

/// Answer to [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// One sentence: whether anything needs somebody, the gravest first.
    pub headline: Words,
    /// The gravest first.
    pub findings: Vec<Finding>,
}

impl StatusView {
    /// How grave the gravest finding is.
    #[must_use]
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::NotKnown)
    }

    /// How many findings are of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        let mut view = Self { headline: Words::default(), findings };
        view.headline = view.sentence();
        view
    }

    fn sentence(&self) -> Words {
        let need = self.findings.iter().filter(|finding| finding.level.needs_somebody()).count();
        let mut told = match (need, self.findings.first()) {
            (0, _) | (_, None) => Words::new("Nothing needs you now.", "Rien ne vous attend en ce moment."),
            (1, Some(first)) => Words::new(
                format!("1 thing needs you: {}. {}", first.title.en, first.says.en),
                format!("1 chose vous attend : {}. {}", first.title.fr, first.says.fr),
            ),
            (n, Some(first)) => Words::new(
                format!("{n} things need you, first: {}. {}", first.title.en, first.says.en),
                format!("{n} choses vous attendent, d’abord : {}. {}", first.title.fr, first.says.fr),
            ),
        };
        let unseen = self.count(Level::NotSetUp) + self.count(Level::NotKnown);
        if unseen > 0 {
            told.en.push_str(&format!(" Not set up or not known from here: {unseen}."));
            told.fr.push_str(&format!(" Pas mis en place ou inconnu d’ici : {unseen}."));
        }
        told
    }
}

impl Sealed for Status {}
impl Look for Status {
    type View = StatusView;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "status".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<StatusView>, Refusal> {
        let now = reading.context.now;
        Ok(Seen::nobody(judge(Ok(&facts::read(reading)?), &self.place, now)))
    }
}

/// How everything stands where the record itself cannot be read, with the words of whatever keeps it from it.
#[must_use]
pub fn unreadable(why: &str, place: &Place, now: Instant) -> StatusView {
    judge(Err(why), place, now)
}

fn judge(record: Result<&facts::Facts, &str>, place: &Place, now: Instant) -> StatusView {
    StatusView::of(judging::findings(record, &place.at(now), now))
}

impl Record {
    /// What the process and its machine said last.
    #[must_use]
    pub fn place(&self) -> Arc<Place> {
        self.vitals().place.said()
    }

    /// What the process and its machine say from now on.
    pub fn set_place(&self, place: Place) {
        self.vitals().place.say(place);
    }

    /// The certificate that was last shown on a link ends then.
    pub fn certificate_shown(&self, link: &str, ends: Instant) {
        self.vitals().place.shown(link, ends);
    }

    /// Links with when the certificate that was last shown there ends, since the start.
    #[must_use]
    pub fn certificates_shown(&self) -> Vec<(String, Instant)> {
        self.vitals().place.all_shown()
    }

    /// A witness that keeps checkpoints asked for the next one.
    pub fn witness_asked(&self, now: Instant) {
        self.vitals().place.asked(now);
    }

    /// When a witness asked last, since the start.
    #[must_use]
    pub fn witness_last_asked(&self) -> Option<Instant> {
        self.vitals().place.last_asked()
    }
}

/// A moment as FHIR writes it.
mod instant {
    use fhir::Instant;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[allow(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(super) fn serialize<S: Serializer>(at: &Option<Instant>, to: S) -> Result<S::Ok, S::Error> {
        at.map(|at| at.to_string()).serialize(to)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Instant>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.and_then(|text| fhir::time::interval(&text)).map(|(at, _)| at))
    }
}

#[cfg(test)]
mod tests;

//! The panel of a family doctor: filled from the practice's file or by their word, it opens charts; and what is new with
//! the people on it (issue 6, item 1; JOURNEYS 2.1 step 1a).

mod filling;
pub(crate) mod news;
mod standing;

pub use filling::{FileView, Returned, Weigh};
pub use news::{NewsLine, Summary};
pub(crate) use standing::{Member, members, standing};

use crate::patients::Banner;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::sync::Arc;

/// People on one page of the list.
pub const PAGE_ROWS: usize = 50;
/// How long somebody who left a panel is still named there, in days.
const LEFT_SHOWN_DAYS: i64 = 30;

/// Which of the people on a panel are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Show {
    /// All.
    #[default]
    All,
    /// Those with something new.
    New,
    /// Those whose relation ends soon, or ended lately.
    Ending,
}

impl Show {
    /// Stable code, in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::New => "new",
            Self::Ending => "ending",
        }
    }
    /// From its code; what is none shows all.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        [Self::New, Self::Ending].into_iter().find(|show| show.code() == code).unwrap_or_default()
    }
}

/// Look: one's own panel.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// Which.
    pub show: Show,
    /// Words of a name, a birth date or a number; empty for all.
    pub text: String,
    /// Page, from 0.
    pub page: usize,
}

/// Answer to [`Panel`].
#[derive(Debug, Clone, Default)]
pub struct PanelView {
    /// People on it today.
    pub size: usize,
    /// Of these, by the practice's file.
    pub by_file: usize,
    /// When a file last put somebody on it or kept them there.
    pub refreshed: Option<Instant>,
    /// People with something new.
    pub news: usize,
    /// People whose relation ends soon or ended lately.
    pub ending: usize,
    /// People who match what was asked.
    pub matching: usize,
    /// Page shown, from 0.
    pub page: usize,
    /// The people of this page, by name.
    pub lines: Vec<PanelLine>,
}

/// One person on a panel.
#[derive(Debug, Clone)]
pub struct PanelLine {
    /// Who.
    pub banner: Banner,
    /// Where the relation comes from.
    pub source: Words,
    /// It is the doctor's word, which they can renew.
    pub by_word: bool,
    /// Since when.
    pub since: Instant,
    /// Until when; past when it ended lately.
    pub until: Option<Instant>,
    /// What was said of it.
    pub words: String,
    /// The last thing that happened, by when it happened.
    pub last: Option<Instant>,
    /// What is new.
    pub news: Option<NewsLine>,
}

/// Act: take a panel file over. Rows that do not name one person beyond doubt change nothing; [`Weigh`] says which.
#[derive(Debug, Clone)]
pub struct Load {
    /// The file's text.
    pub text: Arc<str>,
    /// It is the whole panel: whoever an earlier file put on it and this one does not name leaves it.
    pub whole: bool,
    /// Also when more than half would leave.
    pub sure: bool,
}

/// Act: say that somebody is one's patient, or say it again before it ends.
#[derive(Debug, Clone)]
pub struct Attest {
    /// Who.
    pub person: PersonId,
    /// How one knows; required.
    pub words: String,
}

/// Act: somebody is one's patient no more.
#[derive(Debug, Clone)]
pub struct Leave {
    /// Who.
    pub person: PersonId,
}

/// Act of the privacy desk: what it ended may be begun anew by file or word.
#[derive(Debug, Clone)]
pub struct Lift {
    /// The relation that was ended.
    pub grant: i64,
    /// Why; required.
    pub reason: String,
}

/// Act of the privacy desk: end a relation, whatever it rests on. No file and no word begins it anew before [`Lift`].
#[derive(Debug, Clone)]
pub struct Revoke {
    /// Which.
    pub grant: i64,
    /// Why; required.
    pub reason: String,
}

#[cfg(test)]
mod tests;

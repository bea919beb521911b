//! What a sender's messages mean where they differ from the standard, as configuration: one file per sender
//! (docs/mapping/dialects.md). The bytes in the journal never change; what is mapped is the message as its dialect and
//! its code map read it, a pure function of one message and the two files.

mod apply;
mod compare;
mod file;
mod mapping;
mod rule;

pub use apply::{Translated, translate};
pub use compare::{Found, Sort as Change, compare, differences};
pub(crate) use file::check_head;
pub use file::{Authority, Dialect, FileProblem, Tolerated};
pub use mapping::{MAPPING_SYSTEM, Mapping, Sort, Used, attest};
pub use rule::Rule;

use serde::Deserialize;

/// Whose messages a file is about: links by name, or what MSH-3 and MSH-4 say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binds {
    /// Names of links.
    #[serde(default)]
    pub links: Vec<String>,
    /// `MSH-3|MSH-4`, as they stand in the message.
    #[serde(default)]
    pub senders: Vec<String>,
}

impl Binds {
    /// Whether it is about messages of this link from this application and facility (first components).
    #[must_use]
    pub fn covers(&self, link: &str, application: &str, facility: &str) -> bool {
        self.links.iter().any(|name| name == link)
            || self.senders.iter().any(|sender| sender.split_once('|') == Some((application, facility)))
    }

    /// Whose messages a file is about of which nothing else can be read; `None` when not even that can be.
    #[must_use]
    pub fn salvaged(text: &str) -> Option<Self> {
        let file: toml::Table = text.parse().ok()?;
        let names = |key: &str| -> Vec<String> {
            let all = file.get(key).and_then(toml::Value::as_array);
            all.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned).collect()
        };
        let binds = Self { links: names("links"), senders: names("senders") };
        (!binds.is_empty()).then_some(binds)
    }

    /// Links and senders that both files name, so that both are about the same messages.
    #[must_use]
    pub fn shares(&self, other: &Self) -> bool {
        self.links.iter().any(|link| other.links.contains(link))
            || self.senders.iter().any(|sender| other.senders.contains(sender))
    }

    /// Whether it is about nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.senders.is_empty()
    }

    /// As people read it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.links.iter().chain(&self.senders).map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_still_says_whose_it_is() {
        let text = "name = \"a\"\nnobody_knows = 1\nlinks = [\"x\"]\nsenders = [\"A|B\"]\n";
        let binds = Binds::salvaged(text).expect("its senders");
        assert!(binds.covers("x", "", "") && binds.covers("", "A", "B") && !binds.covers("y", "A", "C"));
        assert_eq!(Binds::salvaged("links = [\"x\""), None);
        assert_eq!(Binds::salvaged("name = \"a\""), None);
        assert!(binds.shares(&Binds { senders: vec!["A|B".into()], ..Binds::default() }));
    }
}

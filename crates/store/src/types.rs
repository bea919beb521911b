//! Which types of message the books tell apart. MSH-9 is the sender's own word: one who invents types fills neither the
//! memory of whoever counts nor the tables of what was counted.

use crate::sql::Connection;
use std::collections::{HashMap, HashSet};

/// Types of one link that are counted by their own name; more than any real feed has.
pub const TYPES_PER_LINK: usize = 64;
/// Longest name counted as it is, in characters; `MSH-9.1^MSH-9.2` has seven.
pub const TYPE_CHARS: usize = 32;
/// What everything else is counted as.
pub const OTHER_TYPE: &str = "other";

/// The names that are told apart, by link. Once a link has as many as are allowed it gets no more, so what was counted
/// under a name is found under the same name later.
#[derive(Debug, Default)]
pub(crate) struct ToldApart(HashMap<i64, HashSet<String>>);

impl ToldApart {
    /// As the books have them.
    pub(crate) fn read(conn: &Connection) -> crate::sql::Result<Self> {
        let mut told = Self::default();
        let mut statement = conn
            .prepare_cached("SELECT CAST(a AS INTEGER), b FROM census_settled WHERE sort = 0 AND b <> ?1")?;
        let mut rows = statement.query([OTHER_TYPE])?;
        while let Some(row) = rows.next()? {
            told.0.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
        Ok(told)
    }

    /// What a type of a link is counted as; a new one takes a place while there is one.
    pub(crate) fn name<'a>(&mut self, link: i64, message_type: &'a str) -> &'a str {
        let told = self.0.entry(link).or_default();
        if message_type == OTHER_TYPE {
            return OTHER_TYPE;
        }
        if told.contains(message_type) {
            return message_type;
        }
        if told.len() >= TYPES_PER_LINK || message_type.chars().count() > TYPE_CHARS {
            return OTHER_TYPE;
        }
        told.insert(message_type.to_owned());
        message_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_a_sender_who_invents_types_is_counted_under_a_limited_number_of_names() {
        let mut told = ToldApart::default();
        let names: HashSet<String> =
            (0..100_000).map(|n| told.name(1, &format!("ZZZ^{n:05}")).to_owned()).collect();
        assert_eq!(names.len(), TYPES_PER_LINK + 1);
        assert_eq!(told.name(1, "ZZZ^00001"), "ZZZ^00001", "the first ones keep their name");
        assert_eq!(told.name(2, "ORU^R01"), "ORU^R01", "another link has places of its own");
        assert_eq!(told.name(2, &"Z".repeat(TYPE_CHARS + 1)), OTHER_TYPE);
    }
}

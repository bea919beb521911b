//! Named teams of a practice: who of it takes work from one list, by whatever name they give it (issue 6, item 4).

use super::Directory;
use serde::{Deserialize, Serialize};

/// Members of one team at most.
pub const MOST_MEMBERS: usize = 50;

/// People of one place who take work together. The practice keeps it; a file of the directory leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Id, unique among teams.
    pub id: String,
    /// Id of the place.
    pub place: String,
    /// As people call it there.
    pub name: String,
    /// Ids of practitioners. One who has left the place or is away stays named and counts as not there.
    #[serde(default)]
    pub members: Vec<String>,
}

impl Team {
    /// Members who are there on a day (`YYYY-MM-DD`): with a role at the place, and not away from it.
    pub fn there<'t>(&'t self, directory: &'t Directory, day: &'t str) -> impl Iterator<Item = &'t str> {
        let here = move |id: &&String| {
            directory.roles_on(id, day).any(|role| role.place == self.place)
                && directory.absence_on(id, Some(&self.place), day).is_none()
        };
        self.members.iter().filter(here).map(String::as_str)
    }
}

impl Directory {
    /// A team by id.
    #[must_use]
    pub fn team(&self, id: &str) -> Option<&Team> {
        self.teams.get(id)
    }
    /// All teams, by id.
    pub fn teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }
}

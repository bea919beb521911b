//! What a feed that is in force changes by itself, and what stays with the directory desk all the same.

use super::{Change, Directory, Fact, Role, Source};

impl Directory {
    /// Whether changes that `source` proposes are carried out with nobody looking. It renames nobody and no place, moves
    /// no line, and ends a role only at a place of its own: a register of one hospital does not know where else
    /// somebody works.
    #[must_use]
    pub fn acts_alone(&self, source: &Source, changes: &[Change]) -> bool {
        source.in_force && changes.iter().all(|change| self.is_its_own(source, change))
    }

    fn is_its_own(&self, source: &Source, change: &Change) -> bool {
        let speaks_for = |role: &Role| source.places.contains(&role.place);
        let standing = |id: &str| {
            self.roles().find(|role| {
                let (_, key) = Fact::Role((*role).clone()).key();
                key == id
            })
        };
        match change {
            Change::Set(Fact::Practitioner(after)) => self
                .practitioner(&after.id)
                .is_none_or(|before| (&before.family, &before.given) == (&after.family, &after.given)),
            Change::Set(Fact::Place(after)) => {
                self.place(&after.id).is_none_or(|before| before.name == after.name)
            }
            Change::Set(Fact::Contact(_)) => true,
            Change::Set(Fact::Role(after)) => {
                let (_, id) = change.key();
                standing(&id).is_none_or(|before| {
                    let takes = before.to != after.to || (before.primary && !after.primary);
                    !takes || speaks_for(after)
                })
            }
            Change::Withdraw { sort, id } => sort == "role" && standing(id).is_some_and(speaks_for),
            Change::Set(_) => false,
        }
    }
}

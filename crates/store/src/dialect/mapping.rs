//! How the rows of dialects and code maps are written. Steps are rare; what a message was read by is one small row.

use super::sqlite::{Hand, Stop};
use crate::rows::MappingChange;
use crate::sql::params;

impl Hand<'_, '_> {
    pub(crate) fn mapping(&mut self, changes: &[MappingChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                MappingChange::Step(event) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO mapping_event \
                             (seq, at, actor, sort, name, version, step, digest, reason, figures, body) \
                             SELECT coalesce(max(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
                             FROM mapping_event",
                        )?
                        .execute(params![
                            event.at.0,
                            event.actor,
                            event.sort,
                            event.name,
                            event.version,
                            event.step.code(),
                            event.digest,
                            event.reason,
                            event.figures,
                            event.body
                        ])?;
                }
                MappingChange::Applied { message, seq } => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO mapping_applied (message, seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                        )?
                        .execute(params![message.0, seq])?;
                }
            }
        }
        Ok(())
    }
}

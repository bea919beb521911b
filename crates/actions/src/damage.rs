//! What was found damaged on the disk is somebody's: a list of what is owed or to be sent goes on without a damaged row, so
//! that nobody else waits for it, and an incident says that it is missing there.

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;

impl Record {
    /// Makes an incident of each row that was read since the start and is not what was written; the same however often.
    /// Returns how many there are.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn own_damage(&self, now: Instant) -> Result<usize, Refusal> {
        let found: Vec<Found> = self.store().damaged().iter().map(|what| found(what)).collect();
        self.hold_incidents(&self.store().view()?, Sort::Damage, &found, now)?;
        Ok(found.len())
    }
}

fn found(what: &str) -> Found {
    Found {
        subject: what.to_owned(),
        what: Words::new(
            format!(
                "Copy the data folder, then restore a backup and replay what came since: {what} is damaged."
            ),
            format!(
                "Copier le dossier de données, puis restaurer une sauvegarde et rejouer la suite : « {what} » est endommagé."
            ),
        ),
        because: Words::new(
            format!(
                "{what} is not what was written: its checksum does not match. It is neither shown nor sent."
            ),
            format!(
                "« {what} » n'est pas ce qui a été écrit : sa somme de contrôle ne concorde pas. Rien n'en est montré ni envoyé."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::chart::tests::filled;
    use crate::incidents::{Open, Sort};
    use clinical::access::Role;
    use store::ObligationFilter;

    #[test]
    fn d05_h71a_an_obligation_that_is_damaged_is_an_incident_and_the_clock_goes_on_for_others() {
        let world = filled("damage");
        let all = ObligationFilter { open: Some(true), ..ObligationFilter::default() };
        let open = world.record.store().view().expect("a view").obligations(&all, 50, 0).expect("rows");
        let one = open.iter().find(|row| !row.recipient_id.is_empty()).expect("somebody's");
        // As it stands in its row: these follow each other.
        let bytes =
            [&one.recipient, &one.recipient_id, &one.subject, &one.accession].map(String::as_str).concat();
        let world = world.damaged_at(bytes.as_bytes());
        assert_eq!(world.record.own_damage(world.clock), Ok(0), "nobody has read it yet");
        world.record.escalate(world.clock.plus_minutes(400 * 24 * 60)).expect("all others");
        assert_eq!(world.record.own_damage(world.clock), Ok(1));
        assert_eq!(world.record.own_damage(world.clock.plus_minutes(1)), Ok(1), "the same however often");
        let found =
            world.record.look(&world.context(Role::LaboratoryDesk), Open::default()).expect("incidents");
        let damage: Vec<_> = found.open.iter().filter(|line| line.sort == Some(Sort::Damage)).collect();
        assert_eq!(damage.len(), 1, "{damage:?}");
        assert_eq!(damage[0].subject, format!("obligation {}", one.id.0));
        assert!(damage[0].due.is_some() && !damage[0].owner.en.is_empty());
    }
}

//! Stops as a person sees them: the messages side by side, and what a verdict would change.

use super::carrying::{Carrying, aim_all, further};
use super::{Orders, SIDE_ROWS, Side, StopLine, StopView, Stops, StopsView, Verdict};
use crate::lists::Part;
use crate::obligations::words;
use crate::recall::TAKEN_BACK;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::identity::display_name;
use clinical::words::Words;
use fhir::PersonId;
use hl7v2::time::{Hl7Time, TimeOfDay};
use std::collections::BTreeSet;
use store::{BreakerStop, JournalRow, MessageId, MessagePart, ObligationFilter, ObligationState};

/// Stops on one page.
const STOPS_LIMIT: usize = 200;
/// Messages of a stop shown side by side.
const SIDES: usize = 5;
/// Obligations of one message that are read.
const OBLIGATIONS_LIMIT: usize = 500;

impl Sealed for Stops {}
impl Look for Stops {
    type View = StopsView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        self.picked.map_or_else(|| "breaker".to_owned(), |id| format!("breaker/{id}"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<StopsView>, Refusal> {
        let stops = reading.view.stops(Part::reads(self.from, STOPS_LIMIT))?;
        let (stops, part) = Part::of(stops, self.from, STOPS_LIMIT);
        let lines = stops.iter().map(|stop| line(reading, stop)).collect::<Result<Vec<_>, _>>()?;
        let picked = match self.picked {
            Some(id) => reading.view.stop(id)?,
            None => stops.into_iter().find(|stop| stop.verdict.is_empty()),
        };
        let people: Vec<PersonId> = picked.iter().filter_map(|stop| stop.person).collect();
        let opened = picked
            .map(|stop| open(reading, &stop, line(reading, &stop)?, self.trial.as_ref()))
            .transpose()?;
        Ok(Seen { view: StopsView { lines, part, picked: opened }, people })
    }
}

impl Sealed for Orders {}
impl Look for Orders {
    type View = Vec<(MessageId, BTreeSet<String>)>;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        format!("breaker/{}/orders", self.stop)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let stop = reading.view.stop(self.stop)?.ok_or_else(Refusal::not_found)?;
        let mut orders = Vec::new();
        for row in reading.view.stop_messages(stop.id, usize::MAX)? {
            let read = parsed(reading, row.message)?;
            let numbers = read.iter().flat_map(|(_, message)| message.all_named("OBR"));
            let numbers = numbers.map(|obr| obr.field(3).comp(1).text().trim().to_owned());
            orders.push((row.message, numbers.filter(|number| !number.is_empty()).collect()));
        }
        Ok(Seen { view: orders, people: stop.person.into_iter().collect() })
    }
}

/// A message as its sender's dialect reads it, like everything that was decided about it; else as it was received.
fn parsed(
    reading: &Reading<'_>,
    message: MessageId,
) -> Result<Option<(JournalRow, hl7v2::Message)>, Refusal> {
    let Some(row) = reading.view.message(message)? else { return Ok(None) };
    let Some(link) = reading.view.link(message.link())? else { return Ok(None) };
    let read = match crate::dialects::read_as_it_stands(reading.view, &row, &link)? {
        Ok(read) => Some(read.message),
        Err(_) => hl7v2::Message::parse(row.raw.clone()).ok(),
    };
    Ok(read.map(|read| (row, read)))
}

fn line(reading: &Reading<'_>, stop: &BreakerStop) -> Result<StopLine, Refusal> {
    let (suspects, held) = reading.view.stop_counts(stop.id)?;
    let link = reading.view.link(stop.link)?.map(|link| link.name).unwrap_or_default();
    let due = reading.view.obligation(stop.id)?.and_then(|row| match row.state {
        ObligationState::Open { due, human: true, .. } => Some(due),
        _ => None,
    });
    Ok(StopLine {
        stop: stop.id,
        link,
        name: stop.person.map(|person| name(reading, person)).transpose()?.unwrap_or_default(),
        at: stop.at,
        suspects,
        held,
        due,
        verdict: stop.verdict.clone(),
    })
}

fn name(reading: &Reading<'_>, person: PersonId) -> Result<String, Refusal> {
    let records = reading.view.records_of_person(person)?;
    let claim =
        records.iter().find_map(|row| serde_json::from_str::<clinical::identity::Claim>(&row.claim).ok());
    Ok(claim.map(|claim| display_name(&claim.names)).unwrap_or_else(|| person.to_string()))
}

fn open(
    reading: &Reading<'_>,
    stop: &BreakerStop,
    line: StopLine,
    trial: Option<&Verdict>,
) -> Result<StopView, Refusal> {
    let messages = reading.view.stop_messages(stop.id, usize::MAX)?;
    let shown = messages.iter().take(SIDES).map(|row| (row.message, false));
    let mut sides = Vec::new();
    for (message, before) in stop.before.map(|message| (message, true)).into_iter().chain(shown) {
        sides.extend(side(reading, message, before)?);
    }
    let suspects = suspects_of(&messages);
    let mut told = Vec::new();
    for message in &suspects {
        let filter = ObligationFilter { message: Some(*message), ..ObligationFilter::default() };
        for owed in reading.view.obligations(&filter, OBLIGATIONS_LIMIT, 0)? {
            if owed.subject.starts_with(TAKEN_BACK) {
                let confirmed = matches!(owed.state, ObligationState::Ended { .. });
                told.push((telling::recipient(reading.directory, &owed.recipient), confirmed));
            }
        }
    }
    let trial =
        trial.map(|verdict| try_out(reading, stop, verdict, &messages).map_err(|refusal| refusal.words));
    Ok(StopView {
        line,
        why: words(&stop.reasons),
        sides,
        decided: stop.decided.map(|at| (stop.actor.clone(), at, stop.reason.clone())),
        to_do: if stop.verdict.is_empty() {
            0
        } else {
            messages.iter().filter(|row| row.done.is_none()).count() as u64
        },
        told,
        trial,
    })
}

/// What a verdict would change: everything is prepared and nothing is written.
fn try_out(
    reading: &Reading<'_>,
    stop: &BreakerStop,
    verdict: &Verdict,
    messages: &[store::BreakerMessage],
) -> Result<Vec<super::Effect>, Refusal> {
    let link = reading.view.link(stop.link)?.ok_or_else(Refusal::not_found)?;
    let mut messages = messages.to_vec();
    messages.extend(further(reading.view, stop, verdict, &messages)?);
    let aimed = aim_all(reading.view, &messages, verdict)?;
    let messages = if aimed.is_empty() { messages } else { aimed };
    let suspects: BTreeSet<MessageId> = suspects_of(&messages);
    let carrying = Carrying {
        view: reading.view,
        directory: reading.directory,
        // Who a reader is in the directory changes whom the desk tells, not how many are told.
        personas: &[],
        stop,
        verdict: verdict.code(),
        link: &link,
        together: &suspects,
        now: reading.context.now,
    };
    messages.iter().map(|message| carrying.effect(message).map(|(_, effect)| effect)).collect()
}

/// Those that had been filed: none of them is believed as what stood before another.
fn suspects_of(messages: &[store::BreakerMessage]) -> BTreeSet<MessageId> {
    messages.iter().filter(|row| row.part == MessagePart::Suspect).map(|row| row.message).collect()
}

fn side(reading: &Reading<'_>, message: MessageId, before: bool) -> Result<Option<Side>, Refusal> {
    let Some((row, parsed)) = parsed(reading, message)? else { return Ok(None) };
    let (pid, pv1) = (parsed.segment_named("PID"), parsed.segment_named("PV1"));
    let (obr, orc, txa) =
        (parsed.segment_named("OBR"), parsed.segment_named("ORC"), parsed.segment_named("TXA"));
    let comps = |field: hl7v2::Field<'_>, which: &[usize]| {
        let rep = field.first();
        which
            .iter()
            .map(|n| rep.comp(*n).text().trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let first = |texts: [String; 2]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let says = vec![
        format!("{} {}", comps(pid.field(3), &[1, 4]), comps(pid.field(5), &[1, 2])).trim().to_owned(),
        written(&pid.field(7).text()),
        comps(pv1.field(19), &[1]),
        comps(pv1.field(3), &[1, 2, 3]),
        comps(pv1.field(7), &[1, 2]),
        first([
            comps(obr.field(16), &[1, 2]),
            first([comps(orc.field(12), &[1, 2]), comps(txa.field(9), &[1, 2])]),
        ]),
        first([comps(obr.field(3), &[1]), comps(txa.field(12), &[1])]),
        first([comps(obr.field(4), &[2]), first([comps(obr.field(4), &[1]), comps(txa.field(2), &[1])])]),
        written(&first([comps(obr.field(7), &[1]), comps(txa.field(4), &[1])])),
    ];
    debug_assert_eq!(says.len(), SIDE_ROWS.len());
    Ok(Some(Side { message, state: row.state, before, says }))
}

/// A time as people read it, `2026-11-20 08:12`; what is no time stays as it came.
fn written(text: &str) -> String {
    let Ok(read) = Hl7Time::parse(text) else { return text.trim().to_owned() };
    let (day, clock) = (read.to_fhir_date(), read.time.as_ref().map(TimeOfDay::to_fhir_time));
    let Some(clock) = clock else { return day };
    // A second that is stated tells two messages apart.
    let clock = clock.strip_suffix(":00").unwrap_or(&clock);
    let zone = read.offset_minutes.map(|east| {
        let sign = if east < 0 { '-' } else { '+' };
        format!(" {sign}{:02}:{:02}", east.abs() / 60, east.abs() % 60)
    });
    format!("{day} {clock}{}", zone.unwrap_or_default())
}

impl StopView {
    /// Whom it concerns, in both languages.
    #[must_use]
    pub fn whom(&self) -> Words {
        if self.line.name.is_empty() {
            Words::new("the whole feed", "le flux entier")
        } else {
            Words::new(self.line.name.clone(), self.line.name.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn times_are_written_for_people_and_what_is_none_stays() {
        for (sent, expected) in [
            ("19420313", "1942-03-13"),
            ("202611200812", "2026-11-20 08:12"),
            ("20261120081200-0400", "2026-11-20 08:12 -04:00"),
            ("20261120081207", "2026-11-20 08:12:07"),
            ("1942", "1942"),
            ("soon", "soon"),
            ("", ""),
        ] {
            assert_eq!(written(sent), expected, "{sent}");
        }
    }
}

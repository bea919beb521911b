//! The same text at its receivers: what goes out is read as a receiver reads it, and every token must be there.

use super::{arrived, same, sender};
use clinical::intake::{Interpretation, interpret};
use clinical::rendering::{Exchange, exchange, profiles, render};
use clinical::routing::{OutgoingHeader, outgoing};
use fhir::{Json, Object, json};
use hl7v2::Message;

/// How many ways took the report, and how many declined it with a reason.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    pub(crate) taken: usize,
    pub(crate) declined: usize,
}

/// Sends the reports of a message as received, in every dialect, and as FHIR.
///
/// # Errors
/// What was sent and what arrived, when they differ.
pub(crate) fn go_on(
    number: u64,
    message: &Message,
    said: &Interpretation,
    sent: &[String],
    in_comments: bool,
) -> Result<Ways, String> {
    let mut ways = Ways::default();
    let header = OutgoingHeader {
        application: "OPOR".to_owned(),
        facility: "texts".to_owned(),
        receiver: "emr".to_owned(),
        control_id: format!("R{number}"),
        time: "20260118100100-0400".to_owned(),
    };
    for report in said.charts.iter().flat_map(|chart| &chart.reports) {
        let bytes = outgoing(message, &sender(), report.key, &header)
            .ok_or_else(|| format!("report {number}: nothing goes out"))?;
        let excerpt = Message::parse(bytes).map_err(|error| format!("report {number}, as sent: {error}"))?;
        same(number, sent, &read(&excerpt, in_comments), "as it goes out")?;
        ways.taken += 1;
        for profile in profiles() {
            let Ok(rendered) = render(&excerpt, profile) else {
                ways.declined += 1;
                continue;
            };
            let place = format!("in the dialect of {} {}", profile.name, profile.version);
            let theirs = Message::parse(rendered.bytes)
                .map_err(|error| format!("report {number}, {place}: {error}"))?;
            same(number, sent, &read(&theirs, in_comments), &place)?;
            ways.taken += 1;
        }
        let Ok(bundle) =
            exchange(&interpret(&excerpt, &sender()), report.key, &header, Exchange::Transaction)
        else {
            ways.declined += 1;
            continue;
        };
        let bundle = json::parse(&bundle).map_err(|error| format!("report {number}, as FHIR: {error}"))?;
        let resources: Vec<&Object> = bundle
            .get("entry")
            .map(Json::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| entry.get("resource").and_then(Json::as_object))
            .collect();
        same(number, sent, &arrived(observations(resources.into_iter()), in_comments), "as FHIR")?;
        ways.taken += 1;
    }
    Ok(ways)
}

/// The text as the receiver of a message reads it.
fn read(message: &Message, in_comments: bool) -> String {
    let said = interpret(message, &sender());
    let resources = said.charts.iter().flat_map(|chart| &chart.resources).map(|one| &one.resource);
    arrived(observations(resources), in_comments)
}

fn observations<'a>(resources: impl Iterator<Item = &'a Object>) -> impl Iterator<Item = &'a Object> {
    resources.filter(|one| one.get("resourceType").and_then(Json::as_str) == Some("Observation"))
}

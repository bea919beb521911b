//! One message: raw beside what we made of it, without values where the role reads none.

use super::{FiledResource, MessageView, OBLIGATIONS_LIMIT, Show, note};
use crate::deliveries::{chains_of, desk_words};
use crate::recall::REPORTS;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::{Permission, may};
use clinical::words::Words;
use fhir::{Kind, ResourceKey};
use std::ops::RangeInclusive;
use store::{ObligationFilter, ObligationRow, ObligationState};

/// Characters of a resource's one line.
const LINE_LIMIT_CHARS: usize = 160;

/// Stands in a segment for what is withheld; the same in both languages.
const WITHHELD: &str = "[withheld, non montré]";
/// Fields shown to a role that reads no results, by segment: who, where, which order. Of any other segment the name.
const IDENTITY_FIELDS: &[(&str, &[RangeInclusive<usize>])] = &[
    ("MSH", &[0..=usize::MAX]),
    ("EVN", &[0..=usize::MAX]),
    ("PID", &[0..=usize::MAX]),
    ("PD1", &[0..=usize::MAX]),
    ("MRG", &[0..=usize::MAX]),
    ("NK1", &[0..=usize::MAX]),
    ("IN1", &[0..=usize::MAX]),
    // PV2-3 and DG1 say why somebody came; PV1 says where and whose patient.
    ("PV1", &[0..=usize::MAX]),
    // Up to the parties; ORC-16 is the reason of the order, OBR-13 and 31 the clinical question, OBR-26 the parent's value.
    ("ORC", &[0..=15]),
    ("OBR", &[0..=12, 14..=25, 27..=30]),
    // OBX-5 to 10 are the value, its unit, range and flags.
    ("OBX", &[0..=4, 11..=11, 14..=14]),
    ("NTE", &[0..=2]),
    ("TXA", &[0..=14]),
];

impl MessageView {
    /// What of the message is not shown to this role, and why; nothing where all is.
    #[must_use]
    pub fn withheld(&self) -> Option<Words> {
        let cut = self.segments.iter().any(|segment| segment.contains(WITHHELD))
            || self.resources.iter().any(|resource| resource.json.is_empty());
        cut.then(|| {
            Words::new(
                "Result values, notes and filed results are withheld: your role settles identities and reads no results. The laboratory desk can open them.",
                "Les valeurs des résultats, les notes et les résultats versés ne sont pas montrés : votre rôle règle les identités et ne lit pas de résultats. Le bureau du laboratoire peut les ouvrir.",
            )
        })
    }
}

/// A segment without what only those may read who read results.
fn identity_only(segment: &hl7v2::Segment<'_>) -> String {
    let shown =
        IDENTITY_FIELDS.iter().find(|(name, _)| *name == segment.name()).map_or(&[0..=0][..], |row| row.1);
    let mark = char::from(segment.message().delimiters().field);
    let text = segment.decoded();
    // MSH-1 is the mark itself, so MSH is shown whole and its count does not matter.
    let parts = text.split(mark).enumerate().map(|(n, part)| {
        // A line of a text that was broken looks like a segment with a long name.
        let named = n > 0 || part == segment.name();
        let open = part.is_empty() || (named && shown.iter().any(|range| range.contains(&n)));
        if open { part } else { WITHHELD }
    });
    parts.collect::<Vec<_>>().join(&mark.to_string())
}

impl Sealed for Show {}
impl Look for Show {
    type View = MessageView;
    const PERMISSION: Permission = Permission::ReadMessage;
    fn object(&self) -> String {
        format!("message/{}", self.message)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<MessageView>, Refusal> {
        let row = reading.view.message(self.message)?.ok_or_else(Refusal::not_found)?;
        let link = reading.view.link(self.message.link())?.ok_or_else(Refusal::not_found)?;
        let parsed = hl7v2::Message::parse(row.raw.clone()).ok();
        let kept_from = crate::access::withheld(reading, &row.records)?;
        // What is withheld of the person is withheld of the raw message too, which says all of it.
        let reads_results =
            may(reading.context.actor.role, Permission::ReadResults) && kept_from.classes.is_empty();
        let segments = parsed
            .iter()
            .flat_map(|message| message.segments())
            .map(|s| if reads_results { s.decoded().into_owned() } else { identity_only(&s) })
            .collect();
        let read = crate::dialects::read_as_filed(reading.view, &row, &link)?;
        let mut problems: Vec<Words> = parsed
            .iter()
            .flat_map(|message| message.problems())
            .filter(|problem| !read.as_ref().is_ok_and(|read| read.tolerates(&problem.kind)))
            .map(|problem| Words::new(problem.to_string(), problem.to_string()))
            .collect();
        if let Ok(read) = &read {
            problems.extend(clinical::intake::interpret(&read.message, &read.sender).problems);
        }
        // An oddity of a value may quote it.
        problems.retain(|words| reads_results || !words.en.contains("OBX-5"));
        let mut resources = Vec::new();
        for (key, version) in reading.view.said_by(self.message)? {
            let identity = matches!(key.kind, Kind::Patient | Kind::Encounter);
            resources.extend(filed(reading, key, version)?.map(|filed| match reads_results || identity {
                true => filed,
                false => FiledResource { line: WITHHELD.to_owned(), json: String::new(), ..filed },
            }));
        }
        let filter = ObligationFilter { message: Some(self.message), ..ObligationFilter::default() };
        let obligations = reading
            .view
            .obligations(&filter, OBLIGATIONS_LIMIT, 0)?
            .into_iter()
            .map(|o| {
                let open = matches!(o.state, ObligationState::Open { .. });
                let to = telling::recipient(reading.directory, &o.recipient);
                Ok((o.id, telling::subject(reading, &o)?, to, state_words(&o), open))
            })
            .collect::<Result<_, Refusal>>()?;
        let chains = match may(reading.context.actor.role, Permission::ReadReceipts) {
            true => self.chains(reading)?,
            false => Vec::new(),
        };
        let mut people = Vec::new();
        for record in &row.records {
            people.extend(reading.view.record(*record)?.map(|record| record.person));
        }
        let view = MessageView {
            id: row.id,
            link: link.name,
            control_id: row.control_id,
            message_type: row.message_type,
            received: row.received,
            state: row.state,
            settled: row.settled,
            note: note(&row.note),
            segments,
            problems,
            resources,
            obligations,
            chains,
        };
        Ok(Seen { view, people })
    }
}

impl Show {
    /// Who has the reports of the message: the sender's end of each chain.
    fn chains(
        &self,
        reading: &Reading<'_>,
    ) -> Result<Vec<(String, u32, Vec<crate::deliveries::Chain>)>, Refusal> {
        let mut found = Vec::new();
        for (key, version) in reading.view.said_by(self.message)? {
            if !REPORTS.contains(&key.kind) {
                continue;
            }
            let chains = chains_of(reading, key, version)?;
            if !chains.is_empty() {
                let filter = ObligationFilter { resource: Some(key), ..ObligationFilter::default() };
                let first = reading.view.obligations(&filter, 1, 0)?.into_iter().next();
                found.push((first.map(|row| row.subject).unwrap_or_default(), version, chains));
            }
        }
        Ok(found)
    }
}

fn state_words(row: &ObligationRow) -> Words {
    match &row.state {
        ObligationState::Open { owner, .. } => {
            let owner =
                owner.parse().map_or_else(|_| Words::new(owner.clone(), owner.clone()), |o| desk_words(&o));
            Words::new(format!("open, owned by {}", owner.en), format!("ouvert, chez {}", owner.fr))
        }
        ObligationState::Ended { outcome, .. } => Words::new(
            format!("ended: {}", outcome.replace('-', " ")),
            format!("terminé : {}", outcome_fr(outcome)),
        ),
    }
}

fn outcome_fr(outcome: &str) -> &str {
    match outcome {
        "acknowledged" => "confirmé",
        "opened" => "ouvert",
        "excused" => "dispensé",
        "recalled" => "rappelé",
        "resolved" => "réglé",
        "handed-over" => "transmis",
        "another-way" => "par une autre voie",
        other => other,
    }
}

fn filed(reading: &Reading<'_>, key: ResourceKey, version: u32) -> Result<Option<FiledResource>, Refusal> {
    let versions = reading.view.versions(key)?;
    let Some(stored) = versions.into_iter().find(|stored| stored.version == version) else { return Ok(None) };
    let json = serde_json::from_slice::<&serde_json::value::RawValue>(&stored.body)
        .ok()
        .and_then(|_| serde_json::from_slice::<serde_json::Value>(&stored.body).ok())
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| String::from_utf8_lossy(&stored.body).into_owned());
    Ok(Some(FiledResource { key, version, current: stored.current, line: one_line(&stored.body), json }))
}

/// What a resource says, in one line: the text people would look for first.
fn one_line(body: &[u8]) -> String {
    let Ok(document) = fhir::Document::parse(body.to_vec()) else { return String::new() };
    let value = document.value();
    let what = [
        "code.text",
        "code.coding.display",
        "code.coding.code",
        "type.text",
        "type.coding.display",
        "class.display",
        "class.code",
    ]
    .into_iter()
    .find_map(|path| document.text(path));
    let name = document.text("name.text").or_else(|| document.text("name.family"));
    let result = ["valueQuantity.value", "valueString", "valueCodeableConcept.text"]
        .into_iter()
        .find_map(|path| value.text(path));
    let unit = document.text("valueQuantity.unit");
    let status = document.text("status");
    let parts: Vec<&str> = [what.or(name), result, unit, status].into_iter().flatten().collect();
    parts.join(" · ").chars().take(LINE_LIMIT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use crate::chart::tests::World;
    use crate::messages::{MessageView, Show};
    use clinical::access::Role;

    #[test]
    fn s003_a_steward_sees_who_a_message_is_about_and_no_result() {
        let mut world = World::new("withheld");
        let rows = world.offer(
            "ORU^R01^ORU_R01",
            "HRH",
            &[
                "PID|1||00718264^^^HRH^MR||Drumlin^Maren^^^^^L||19610309|F",
                "PV1|1|O|CLIN7",
                "OBR|1||F81|24326-1^Electrolytes^LN|||20261121090000|||||||||||||||||||F",
                "NTE|1|L|Haemolysed a little.",
                "OBX|1|NM|2823-3^Potassium^LN||61.7|mmol/L|3.5-5.1|HH|||F",
                "ZLB|Potassium very high",
                "Call the ward at once",
            ],
        );
        let message = rows.last().expect("a message").id;
        let seen = |role: Role| -> MessageView {
            world.record.look(&world.context(role), Show { message }).expect("a message")
        };
        let text = |view: &MessageView| format!("{:?}", (&view.segments, &view.resources, &view.problems));
        let (desk, steward) = (seen(Role::LaboratoryDesk), seen(Role::IdentitySteward));
        assert!(desk.withheld().is_none());
        let why = steward.withheld().expect("what is withheld is said");
        assert!(why.en.contains("withheld") && why.fr.contains("ne sont pas montrés"));
        for value in ["61.7", "mmol/L", "3.5-5.1", "Haemolysed", "very high", "at once"] {
            assert!(text(&desk).contains(value), "{value} is the desk's to read");
            assert!(!text(&steward).contains(value), "{value} in {}", text(&steward));
        }
        for fact in ["00718264", "Drumlin", "CLIN7", "F81", "Electrolytes", "1961-03-09"] {
            assert!(text(&steward).contains(fact), "{fact} in {}", text(&steward));
        }
    }
}

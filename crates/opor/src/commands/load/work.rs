//! Loading one piece, here or at a server.

use super::pieces::Content;
use super::position::Counts;
use super::{Outage, http_post};
use crate::clock;
use actions::resources::{Became, Change, Load, Step, Target as Which, Write, people_of};
use actions::values::Role;
use actions::{Actor, Context, Record, Refusal, RefusalKind};
use anyhow::Context as _;
use fhir::Document;

/// How often a change is made again that others of this load kept from settling.
const TRIES: usize = 5;
/// How long is waited before a piece is tried again while nobody takes anything, in milliseconds: half a minute in all.
pub(super) const WAITS: [u64; 6] = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/// What is made up repeats: the same people with the same results.
const SEED: u64 = 1;
/// When the results that are made up end: 2026-11-22 in microseconds UTC.
const MADE_UP_AT: i64 = 1_795_348_800_000_000;

/// Where to.
pub(super) enum Target {
    /// The record in a folder.
    Here(Record),
    /// A server.
    There {
        /// Its address.
        url: String,
        /// Who asks.
        token: String,
    },
}

impl Target {
    /// Loads a piece; what could not be taken is said in words.
    ///
    /// # Errors
    /// [`Outage`]: nobody takes anything just now, which says nothing about the piece.
    pub(super) fn load(
        &self,
        content: &Content,
        results: usize,
        seed: &str,
    ) -> Result<(Counts, Vec<String>), Outage> {
        let (mut counts, mut problems) = (Counts::default(), Vec::new());
        let mut note = |done: anyhow::Result<Counts>, refused: u64, place: &str| {
            match done {
                Ok(more) => counts.add(more),
                Err(error) => {
                    if let Some(outage) = Outage::of(&error) {
                        return Err(outage);
                    }
                    counts.refused += refused;
                    problems.push(format!("{place}{error:#}"));
                }
            }
            Ok(())
        };
        match content {
            Content::Whole(bytes) => note(self.whole(bytes), 1, "")?,
            Content::People(range) => {
                for person in range.clone() {
                    let chart = usize::try_from(person)
                        .map(|person| province::charts::chart(SEED, person, results, MADE_UP_AT))
                        .unwrap_or_default();
                    let size = chart.len() as u64;
                    note(self.person(chart), size, &format!("person {person}: "))?;
                }
            }
            Content::Lines(bytes, first) => {
                let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
                let lines: Vec<(u64, &[u8])> =
                    (first + 1..).zip(lines).filter(|(_, line)| !line.is_empty()).collect();
                match self.lines(&lines, seed) {
                    Ok(done) => note(Ok(done), 0, "")?,
                    Err(error) if Outage::of(&error).is_some() => note(Err(error), 0, "")?,
                    // One that is not taken does not keep the others from being loaded.
                    Err(_) => {
                        for (n, line) in lines.iter().enumerate() {
                            let done = self.lines(std::slice::from_ref(line), &format!("{seed}-{n}"));
                            note(done, 1, &format!("line {}: ", line.0))?;
                        }
                    }
                }
            }
        }
        Ok((counts, problems))
    }

    fn whole(&self, bytes: &[u8]) -> anyhow::Result<Counts> {
        match self {
            Self::Here(record) => {
                let mut counts = Counts::default();
                for entries in people_of(bytes)? {
                    counts.add(file(record, entries)?);
                }
                Ok(counts)
            }
            Self::There { url, token } => {
                let answer = http_post(&format!("{url}/load"), token, bytes)?;
                serde_json::from_slice(&answer)
                    .context("the server did not say what it loaded; is it of this version?")
            }
        }
    }

    fn person(&self, chart: province::charts::Chart) -> anyhow::Result<Counts> {
        match self {
            Self::Here(record) => file(record, chart),
            Self::There { .. } => {
                let entries: Vec<_> = chart
                    .iter()
                    .map(|(address, body)| {
                        Ok(serde_json::json!({
                            "fullUrl": address,
                            "resource": serde_json::from_slice::<&serde_json::value::RawValue>(body)?,
                        }))
                    })
                    .collect::<anyhow::Result<_>>()?;
                let bundle =
                    serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
                self.whole(bundle.to_string().as_bytes())
            }
        }
    }

    fn lines(&self, lines: &[(u64, &[u8])], seed: &str) -> anyhow::Result<Counts> {
        let mut steps = Vec::with_capacity(lines.len());
        for (_, line) in lines {
            let document = Document::parse(line.to_vec())?;
            let id = document.id().context(
                "the resource has no id; NDJSON is loaded under the ids that it has, so give it one",
            )?;
            let target = Which::Id(id.to_owned());
            let change = Change::Update { target, version: None, body: line.to_vec() };
            steps.push(Step { kind: document.kind(), full_url: None, change });
        }
        match self {
            Self::Here(record) => {
                let write = Write::new(steps, format!("opor load {seed} {}", clock::now().0));
                let results = write.results();
                again(|| record.act(&application(), write.clone()))?;
                let done = results.take();
                let new = done.iter().filter(|one| one.became == Became::Created).count() as u64;
                Ok(Counts { new, before: done.len() as u64 - new, refused: 0 })
            }
            Self::There { url, token } => {
                let mut bundle = br#"{"resourceType":"Bundle","type":"transaction","entry":["#.to_vec();
                for (n, (step, (_, line))) in steps.iter().zip(lines).enumerate() {
                    let Change::Update { target: Which::Id(id), .. } = &step.change else { continue };
                    bundle.extend_from_slice(if n == 0 { b"{\"resource\":" } else { b",{\"resource\":" });
                    bundle.extend_from_slice(line);
                    let request =
                        format!(",\"request\":{{\"method\":\"PUT\",\"url\":\"{}/{id}\"}}}}", step.kind);
                    bundle.extend_from_slice(request.as_bytes());
                }
                bundle.extend_from_slice(b"]}");
                let answer: serde_json::Value =
                    serde_json::from_slice(&http_post(&format!("{url}/fhir"), token, &bundle)?)?;
                let all = answer["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
                let is_new = |entry: &&serde_json::Value| {
                    entry["response"]["status"].as_str().is_some_and(|status| status.starts_with("201"))
                };
                let new = all.iter().filter(is_new).count() as u64;
                Ok(Counts { new, before: all.len() as u64 - new, refused: 0 })
            }
        }
    }
}

/// Files one person's resources.
fn file(record: &Record, entries: Vec<actions::resources::Entry>) -> anyhow::Result<Counts> {
    let load = Load::new(entries);
    again(|| record.act(&actions::record::machine("opor load", clock::now()), load.clone()))?;
    let (new, before) = load.counts();
    Ok(Counts { new, before, refused: 0 })
}

/// Whoever writes NDJSON is an application like one at the FHIR door.
fn application() -> Context {
    let actor = Actor {
        through: None,
        id: "opor load".to_owned(),
        role: Role::System,
        name: "opor load".to_owned(),
        practitioner: None,
    };
    Context { purpose: actor.role.usual_purpose(), actor, now: clock::now() }
}

/// People who share a name are written side by side: what was decided of one is decided anew when the other is on file.
fn again(mut act: impl FnMut() -> Result<(), Refusal>) -> Result<(), Refusal> {
    for _ in 1..TRIES {
        match act() {
            Err(refusal) if matches!(refusal.kind, RefusalKind::Conflict | RefusalKind::TryAgain) => {}
            done => return done,
        }
    }
    act()
}

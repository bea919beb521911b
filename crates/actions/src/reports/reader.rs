//! One report, to read: its text with what changed, its results, whom it is about, who has it.

use super::{Paragraph, Read, ReportLine, ReportView, attachments, difference, text};
use crate::chart::{self, Chart, Contents, Filed};
use crate::deliveries::chains_of;
use crate::encounters;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::referrals;
use crate::refusal::Refusal;
use crate::results::{Series, series};
use clinical::access::Permission;
use clinical::identity::{Claim, Feature, Outcome, features};
use clinical::obligations::ObligationKind;
use clinical::results::Finality;
use clinical::words::Words;
use fhir::read::Attached;
use fhir::{Instant, Kind, Object, ResourceKey};
use store::{MessageId, ObligationFilter, StoredVersion};

/// Most open obligations of one report that are looked through for the reader's own.
const OBLIGATIONS_LIMIT: usize = 1_000;

impl Sealed for Read {}

impl Look for Read {
    type View = ReportView;
    const PERMISSION: Permission = Permission::ReadResults;

    fn object(&self) -> String {
        match self.version {
            Some(version) => format!("person/{}/{} version {version}", self.person, self.report),
            None => format!("person/{}/{}", self.person, self.report),
        }
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ReportView>, Refusal> {
        let readable = matches!(
            self.report.kind,
            Kind::DiagnosticReport
                | Kind::DocumentReference
                | Kind::Encounter
                | Kind::ServiceRequest
                | Kind::Task
        );
        let chart = chart::open(reading, self.person)?;
        if !readable || !chart.holds(self.report.record) {
            return Err(Refusal::not_found());
        }
        let contents = chart.contents(reading)?;
        let stored = reading.view.versions(self.report)?;
        let shown = match self.version {
            Some(number) => stored.iter().find(|version| version.version == number),
            None => stored.iter().find(|version| version.current),
        };
        let shown = shown.cloned().ok_or_else(Refusal::not_found)?;
        let mut versions = Vec::with_capacity(stored.len());
        let mut former: Option<Version> = None;
        for other in stored.iter().rev() {
            let other = Version::of(reading, &contents, other.clone())?;
            versions.push((other.report.stored.version, other.report.stored.at, other.report.finality()));
            if other.report.stored.version < shown.version && former.is_none() {
                former = Some(other);
            }
        }
        let shown = Version::of(reading, &contents, shown)?;
        let taken = !shown.report.stored.current || !waits_for(reading, self.report)?;
        let number = shown.report.stored.version;
        let view = ReportView {
            banner: chart.banner(reading)?,
            counts: contents.counts(),
            lines: contents.lines(),
            line: shown.line(),
            version: number,
            versions,
            facts: facts(reading, &chart, &contents, &shown)?,
            text: shown.paragraphs(former.as_ref()),
            results: shown.series(),
            attachments: shown.attachments(),
            statements: crate::corrections::statements(reading.view, self.report)?,
            colleagues: if taken { Vec::new() } else { crate::inbox::colleagues(reading) },
            teams: if taken { Vec::new() } else { crate::inbox::takers(reading) },
            proof: proof(reading, &chart, &shown.report)?,
            chain: chains_of(reading, self.report, number)?,
            message: shown.report.stored.message,
            taken,
            awaits: self.report.kind == Kind::ServiceRequest
                && shown.report.stored.current
                && referrals::awaited(reading, self.report)?.is_some(),
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// A version of a report with its results as they were when it was filed.
struct Version {
    report: Filed,
    results: Vec<Filed>,
}

impl Version {
    fn of(reading: &Reading<'_>, contents: &Contents, stored: StoredVersion) -> Result<Self, Refusal> {
        let report = chart::filed(stored)?;
        let mut results = Vec::new();
        for key in report.object.texts("result.reference").into_iter().filter_map(ResourceKey::from_reference)
        {
            if report.stored.current {
                results.extend(contents.observation(key).cloned());
            } else if let Some(then) = as_of(reading, key, report.stored.at)? {
                results.push(then);
            }
        }
        Ok(Self { report, results })
    }

    fn line(&self) -> ReportLine {
        match self.report.key().kind {
            Kind::DocumentReference => chart::document_line(&self.report),
            Kind::Encounter => chart::encounter_line(&self.report),
            Kind::ServiceRequest | Kind::Task => referrals::line(&self.report),
            _ => chart::report_line(&self.report, &self.results.iter().collect::<Vec<_>>()),
        }
    }

    /// Everything that is prose, in the report's order: the text as issued, else the lines of its results; then the
    /// conclusion unless the text has it already.
    fn text(&self) -> String {
        let mut parts: Vec<String> = attachments::of(self.report.key().kind, &self.report.object)
            .iter()
            .filter_map(attachments::text)
            .collect();
        if parts.is_empty() {
            parts.extend(self.results.iter().filter_map(|result| {
                let text = result.object.text("valueString").filter(|_| series::is_prose(&result.object))?;
                let name = result.object.concept("code").and_then(|code| code.shown().map(str::to_owned));
                Some(format!("{}:\n{text}", name.unwrap_or_default().trim_end_matches(':')))
            }));
        }
        parts.extend(referrals::notes(&self.report.object));
        if let Some(conclusion) = self.report.object.text("conclusion")
            && !parts.iter().any(|part| part.contains(conclusion))
        {
            parts.push(conclusion.to_owned());
        }
        parts.join("\n\n")
    }

    fn paragraphs(&self, former: Option<&Self>) -> Vec<Paragraph> {
        match former {
            Some(former) if self.report.finality() == Finality::Corrected => {
                difference::compare(&former.text(), &self.text())
            }
            _ => text::plain(&self.text()),
        }
    }

    /// Results to stand in a table, withdrawn ones with their mark. Those that are part of the text as issued stand there.
    fn series(&self) -> Vec<Series> {
        let report = self.report.key();
        let issued = attachments::of(report.kind, &self.report.object)
            .iter()
            .any(|form| attachments::text(form).is_some());
        self.results
            .iter()
            .filter(|result| !(series::is_prose(&result.object) || issued && is_line(&result.object)))
            .filter_map(|result| series::single(result, report))
            .collect()
    }

    fn attachments(&self) -> Vec<super::Attachment> {
        let mut listed = attachments::listed(&self.report);
        for result in &self.results {
            listed.extend(attachments::listed(result));
        }
        listed
    }
}

/// A line of text: words without a range or flag.
fn is_line(observation: &Object) -> bool {
    observation.get("valueString").is_some()
        && observation.get("interpretation").is_none()
        && observation.get("referenceRange").is_none()
}

/// A resource as it stood at an instant; the first version when it came later.
fn as_of(reading: &Reading<'_>, key: ResourceKey, at: Instant) -> Result<Option<Filed>, Refusal> {
    let versions = reading.view.versions(key)?;
    let then = versions.iter().rfind(|version| version.at <= at).or_else(|| versions.first());
    then.cloned().map(chart::filed).transpose()
}

/// Whether the actor has an open obligation to take note of this report.
fn waits_for(reading: &Reading<'_>, report: ResourceKey) -> Result<bool, Refusal> {
    let Some(practitioner) = &reading.context.actor.practitioner else { return Ok(false) };
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::Attention.code().to_owned()),
        record: Some(report.record),
        resource: Some(report),
        recipient_id: Some(practitioner.clone()),
        ..ObligationFilter::default()
    };
    Ok(!reading.view.obligations(&filter, OBLIGATIONS_LIMIT, 0)?.is_empty())
}

/// What the message claimed about the patient, compared with what is remembered of the record it was filed on.
fn proof(reading: &Reading<'_>, chart: &Chart, report: &Filed) -> Result<Vec<(Feature, Outcome)>, Refusal> {
    let record = report.key().record;
    let remembered = chart.records.iter().find(|source| source.row.record == record);
    let (Some(remembered), Some(message)) =
        (remembered.and_then(|source| source.claim.as_ref()), report.stored.message)
    else {
        return Ok(Vec::new());
    };
    let Some(claimed) = claim_of(reading, message, report.key())? else { return Ok(Vec::new()) };
    let compared = features::compare(&claimed, remembered);
    Ok(compared.outcomes().collect())
}

/// The claim of the chart within a message that a report came from.
fn claim_of(
    reading: &Reading<'_>,
    message: MessageId,
    report: ResourceKey,
) -> Result<Option<Claim>, Refusal> {
    let Some(row) = reading.view.message(message)? else { return Ok(None) };
    let Some(link) = reading.view.link(message.link())? else { return Ok(None) };
    let Ok(read) = crate::dialects::read_as_filed(reading.view, &row, &link)? else { return Ok(None) };
    let said = clinical::intake::interpret(&read.message, &read.sender);
    Ok(said.charts.into_iter().find(|chart| chart.record == report.record).map(|chart| chart.claim))
}

/// Who ordered, wrote and performed it, in words of the sender.
fn facts(
    reading: &Reading<'_>,
    chart: &Chart,
    contents: &Contents,
    shown: &Version,
) -> Result<Vec<(Words, String)>, Refusal> {
    let object = &shown.report.object;
    let mut facts: Vec<(Words, String)> = Vec::new();
    let mut add = |en: &str, fr: &str, names: Vec<String>| {
        let mut once: Vec<String> = Vec::new();
        for name in names.into_iter().filter(|name| !name.trim().is_empty()) {
            if !once.contains(&name) {
                once.push(name);
            }
        }
        if !once.is_empty() {
            facts.push((Words::new(en, fr), once.join("; ")));
        }
    };
    if shown.report.key().kind == Kind::Encounter {
        let visit = encounters::line(reading, &shown.report)?;
        add("Place", "Lieu", vec![visit.place]);
        add("Attending", "Médecin traitant", vec![visit.attending]);
        return Ok(facts);
    }
    if matches!(shown.report.key().kind, Kind::ServiceRequest | Kind::Task) {
        return referrals::facts(reading, chart, &shown.report);
    }
    let mut requesters = Vec::new();
    for key in object.texts("basedOn.reference").into_iter().filter_map(ResourceKey::from_reference) {
        if let Some(stored) = reading.view.current(key)? {
            requesters.extend(crate::chart::filed(stored)?.object.reference_names("requester"));
        }
    }
    add("Ordered by", "Prescrit par", requesters);
    add("Read by", "Interprété par", object.reference_names("resultsInterpreter"));
    add("Written by", "Rédigé par", object.reference_names("author"));
    add("Signed by", "Signé par", object.reference_names("authenticator"));
    let performers = shown.results.iter().flat_map(|result| result.object.reference_names("performer"));
    add(
        "Performed by",
        "Réalisé par",
        object.reference_names("performer").into_iter().chain(performers).collect(),
    );
    let mut specimens = Vec::new();
    for key in object.texts("specimen.reference").into_iter().filter_map(ResourceKey::from_reference) {
        if let Some(stored) = reading.view.current(key)? {
            let kind = crate::chart::filed(stored)?.object.concept("type");
            specimens.extend(kind.and_then(|kind| kind.shown().map(str::to_owned)));
        }
    }
    add("Specimen", "Échantillon", specimens);
    let visits =
        object.texts("encounter.reference").into_iter().chain(object.texts("context.encounter.reference"));
    let visits = visits.filter_map(ResourceKey::from_reference).filter_map(|key| {
        let visit = contents.encounters.iter().find(|visit| visit.key() == key)?;
        Some(encounters::place(&visit.object))
    });
    add("During", "Pendant", visits.collect());
    add("Kept by", "Conservé par", object.reference_names("custodian"));
    let elsewhere = attachments::of(shown.report.key().kind, object);
    let pointer = |form: Attached| form.url.filter(|_| form.data.is_none());
    add("Held elsewhere", "Conservé ailleurs", elsewhere.into_iter().filter_map(pointer).collect());
    Ok(facts)
}

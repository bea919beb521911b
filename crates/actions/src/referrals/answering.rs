//! The answer to a referral goes to the system of whoever asked, owed like any delivery.

use crate::chart::Filed;
use crate::intake::hl7_time;
use crate::obligations::{self, About};
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::directory::EndpointKind;
use clinical::intake::{AddresseePart, Report, interpret};
use clinical::routing::{OutgoingHeader, Route, Target, answer_to_referral, route};
use clinical::words::Words;
use hl7v2::Message;
use store::{
    Changes, NoticeRow, ObligationChange, ObligationId, OutboxChange, OutboxId, OutboxKind, OutboxRow,
    OutboxState,
};

/// Who answers, in events.
const ACTOR: &str = "opor referrals";
/// MSH-3 of what we send.
const SENDING_APPLICATION: &str = "OPOR";

/// A referral that was decided.
pub(super) struct Decided<'a> {
    pub(super) request: &'a Filed,
    pub(super) accepted: bool,
    pub(super) words: &'a str,
    pub(super) title: &'a str,
    /// Who said what.
    pub(super) because: &'a Words,
}

impl Decided<'_> {
    /// Queues the answer under an obligation of this key; false where it did not come by a message, or where no system of
    /// who asked takes one: then a person tells them.
    pub(super) fn answer(
        &self,
        reading: &Reading<'_>,
        key: ObligationId,
        changes: &mut Changes,
    ) -> Result<bool, Refusal> {
        let (view, directory, now) = (reading.view, reading.directory, reading.context.now);
        let Some(message) = self.request.stored.message else { return Ok(false) };
        let Some(row) = view.message(message)? else { return Ok(false) };
        let Some(link) = view.link(message.link())? else { return Ok(false) };
        let Ok(read) = crate::dialects::read_as_filed(view, &row, &link)? else { return Ok(false) };
        let control_id = format!("R{key}");
        let mut header = OutgoingHeader {
            application: SENDING_APPLICATION.to_owned(),
            facility: link.name.clone(),
            receiver: String::new(),
            control_id: control_id.clone(),
            time: hl7_time(now),
        };
        let written =
            |header: &OutgoingHeader| answer_to_referral(&read.message, self.accepted, self.words, header);
        // Who it goes to is read from the answer, like that of an answer from elsewhere.
        let Some(Ok(answer)) = written(&header).map(Message::parse) else { return Ok(false) };
        let day = clinical::cover::day(now);
        let said = interpret(&answer, &read.sender);
        let reports = said.charts.iter().flat_map(|chart| &chart.reports);
        // The answer names consultants and primary providers too: a copy to one of them is no answer to who asked.
        let to_who_asked = |report: &Report| {
            let mut report = report.clone();
            report.addressees.retain(|one| one.part == AddresseePart::Referrer);
            if report.addressees.is_empty() { Vec::new() } else { route(&report, directory, &day) }
        };
        let routes: Vec<Route> = reports.flat_map(to_who_asked).collect();
        let system = routes.into_iter().find_map(|route| {
            let Target::Endpoint { endpoint, .. } = &route.target else { return None };
            let served = directory.endpoint(endpoint)?;
            let endpoint = endpoint.clone();
            (served.kind == EndpointKind::Mllp && served.carries_on(&day)).then_some((endpoint, route))
        });
        let Some((endpoint, found)) = system else { return Ok(false) };
        header.receiver.clone_from(&endpoint);
        let owed = Route { because: self.because.clone(), ..found };
        let owed = clinical::obligations::delivery(self.title, &owed, now);
        let (Some(body), Some(owed)) = (written(&header), owed) else { return Ok(false) };
        let stored = &self.request.stored;
        let about = About {
            resource: Some((stored.key, stored.version)),
            record: Some(stored.key.record),
            message: Some(message),
            subject: Some(self.title.to_owned()),
            custodian: link.custodian,
            ..About::default()
        };
        let opened = obligations::row(key, &owed, &about, now);
        let first = obligations::opened(&opened, ACTOR);
        changes.obligations.extend([ObligationChange::Open(opened), ObligationChange::Event(first)]);
        changes.notices.push(NoticeRow {
            obligation: key,
            destination: endpoint.clone(),
            trigger: answer.header().trigger().into_owned(),
            records: vec![stored.key.record],
            body,
        });
        changes.outbox.push(OutboxChange::Queue(OutboxRow {
            kind: OutboxKind::Identity,
            id: OutboxId(0),
            destination: endpoint,
            record: stored.key.record,
            message,
            report: stored.key,
            version: stored.version,
            obligation: key,
            control_id,
            state: OutboxState::Waiting,
            attempts: 0,
            next: now,
            offered_digest: Vec::new(),
            last: String::new(),
        }));
        Ok(true)
    }
}

//! Who must have a version of a report: obligations and deliveries, for new recipients and for those who had a former
//! version.

use super::weighing::Written;
use super::{ACTOR, Filing};
use crate::identity::told::Teller;
use crate::obligations::{self, words_json};
use crate::refusal::Refusal;
use clinical::directory::{Directory, Role};
use clinical::intake::{Report, ReportClass};
use clinical::routing::{self, Route, Target};
use clinical::words::Words;
use fhir::{PersonId, ResourceKey};
use store::{ObligationChange, ObligationId};

/// Obligations of former versions read for one report; far beyond any report's recipients.
const FORMER_LIMIT: usize = 1_000;

impl Filing<'_> {
    /// Obligations that former versions of a report gave rise to.
    fn former(&self, report: ResourceKey) -> Result<Vec<store::ObligationRow>, Refusal> {
        let filter = store::ObligationFilter { resource: Some(report), ..Default::default() };
        Ok(self.view.obligations(&filter, FORMER_LIMIT, 0)?)
    }

    /// The key of something this message owes: the same whenever it is filed, another for each thing owed.
    fn owed_id(&mut self, key: &[&str; 5]) -> ObligationId {
        let thing = key.join("\u{1f}");
        let arrival = self.row.arrival;
        let mut id = ObligationId::from_message(arrival, &[&thing]);
        let mut again = 0_u32;
        // Two things of one message share a key once in a hundred million messages.
        while self.owed.get(&id).is_some_and(|other| *other != thing) {
            again += 1;
            id = ObligationId::from_message(arrival, &[&thing, &again.to_string()]);
        }
        self.owed.insert(id, thing);
        id
    }

    /// Everyone who must have this version, as obligations and deliveries.
    pub(super) fn send(&mut self, report: &Report, how: &Written, person: PersonId) -> Result<(), Refusal> {
        let day = &clinical::cover::day(self.now);
        let with_primary = self.with_primary(report, person, day)?;
        let (report, stated) = match &with_primary {
            Some(with) => (&with.report, with.stated.as_ref()),
            None => (report, None),
        };
        let flag = crate::backlog::gravity(&self.link.name, report.flag, report.standing.as_of, self.now);
        let mut routes = routing::route(report, self.directory, day);
        if let Some(stated) = stated {
            routing::say_who_states(&mut routes, stated);
        }
        if let Some(with) = &with_primary {
            routing::say_withdrawn(&mut routes, report, &with.left_out());
            self.ask_who_again(&with.left_out, report);
        }
        let former = if how.version > 1 { self.former(report.key)? } else { Vec::new() };
        for row in &former {
            if how.corrected || tells_all(report) {
                add_former_recipient(&mut routes, row, self.directory, day);
            }
            if row.kind == "attention" {
                self.changes.obligations.extend(obligations::replaced(row, how.version, ACTOR, self.now));
            }
        }
        if let Some(referral) = report.referral {
            self.refer(report, how.version, referral, flag, &routes, person)?;
        }
        for route in &routes {
            let made = clinical::obligations::for_route(&report.title, flag, route, self.directory, self.now);
            for obligation in made {
                let kind = obligation.kind();
                if kind == clinical::obligations::ObligationKind::Attention
                    && !routing::asks_attention(report.class)
                {
                    continue;
                }
                let version = how.version.to_string();
                let about = report.key.to_string();
                let kind = obligation.kind().code();
                let key = [about.as_str(), &version, kind, obligation.recipient_id(), obligation.recipient()];
                let id = self.owed_id(&key);
                let about = obligations::About {
                    resource: Some((report.key, how.version)),
                    record: Some(report.key.record),
                    subject: Some(report.title.clone()),
                    accession: report.accession.clone(),
                    gravity: obligations::gravity_code(flag),
                    ..self.about()
                };
                if let (clinical::obligations::ObligationKind::Delivery, Target::Endpoint { endpoint, .. }) =
                    (obligation.kind(), &route.target)
                {
                    let teller = Teller {
                        view: self.view,
                        directory: self.directory,
                        now: self.now,
                        custodian: &self.link.custodian,
                        message: Some(self.row.id),
                    };
                    teller.introduce(report.key.record, person, endpoint, &mut self.changes)?;
                    self.changes.outbox.push(obligations::queued(
                        id,
                        endpoint,
                        self.row.id,
                        (report.key, how.version),
                        self.now,
                    ));
                }
                self.open_routed(id, &obligation, route, &about);
            }
        }
        Ok(())
    }

    /// Opens what a route asks for; its first event keeps the version of the rules that made the route, and whom it is for.
    fn open_routed(
        &mut self,
        id: ObligationId,
        obligation: &clinical::obligations::Obligation,
        route: &Route,
        about: &obligations::About,
    ) {
        let row = obligations::row(id, obligation, about, self.now);
        let mut first = obligations::opened(&row, ACTOR);
        let words = routing::by_rules(obligation.because());
        first.words = match &route.target {
            Target::Endpoint { practitioner, place, .. } => {
                let (practitioner, place) = (practitioner.clone(), place.clone());
                let to = obligations::ForWhom { practitioner, place, responsible: route.responsible };
                obligations::routed_json(words, to)
            }
            Target::Portal { .. } | Target::Nowhere { .. } => words_json(&words),
        };
        self.changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
    }
}

/// Whether whoever had a former version must have every later one: a referral or an order that changed must not be
/// carried out as it was.
fn tells_all(report: &Report) -> bool {
    matches!(report.class, ReportClass::Referral | ReportClass::Order)
}

/// Who had a former version must have the corrected one, whatever today's directory says of new reports: by the system
/// that had it, in the portal when they read it there, and by the desk when there is no way to them any more.
fn add_former_recipient(
    routes: &mut Vec<Route>,
    row: &store::ObligationRow,
    directory: &Directory,
    day: &str,
) {
    let name = &row.recipient;
    let named = |route: &Route| match &route.target {
        Target::Endpoint { name: other, .. }
        | Target::Portal { name: other, .. }
        | Target::Nowhere { name: other } => other == name,
    };
    let id = &row.recipient_id;
    let (found, already) = match row.kind.as_str() {
        "delivery" => {
            let had = directory.endpoint(id);
            let instead = had.iter().flat_map(|had| &had.fallback).filter_map(|id| directory.endpoint(id));
            let endpoint = had
                .into_iter()
                .chain(instead)
                .find(|endpoint| endpoint.kind.delivers() && endpoint.carries_on(day));
            let by = endpoint.map_or("", |endpoint| endpoint.id.as_str());
            let found = endpoint.map(|endpoint| Target::Endpoint {
                practitioner: String::new(),
                place: endpoint.place.clone(),
                endpoint: endpoint.id.clone(),
                name: name.clone(),
            });
            let sent =
                |route: &Route| matches!(&route.target, Target::Endpoint { endpoint, .. } if endpoint == by);
            let already = match &found {
                Some(_) => routes.iter().any(|route| named(route) && sent(route)),
                None => routes.iter().any(named),
            };
            (found, already)
        }
        "attention" => {
            let asked = |route: &Route| match &route.target {
                Target::Endpoint { practitioner, .. } | Target::Portal { practitioner, .. } => {
                    practitioner == id
                }
                Target::Nowhere { .. } => false,
            };
            let place =
                |role: &&Role| directory.place(&role.place).is_some_and(|place| name.ends_with(&place.name));
            let role = directory.roles_on(id, day).find(place).or_else(|| directory.roles_on(id, day).next());
            let found = role.map(|role| Target::Portal {
                practitioner: id.clone(),
                place: role.place.clone(),
                name: name.clone(),
            });
            let already = match &found {
                Some(_) => routes.iter().any(|route| route.responsible && asked(route)),
                None => routes.iter().any(named),
            };
            (found, already)
        }
        _ => return,
    };
    if already {
        return;
    }
    let because = match &found {
        Some(_) => Words::new(
            format!("{name} was sent the version that this one corrects."),
            format!("{name} a reçu la version que celle-ci corrige."),
        ),
        None => Words::new(
            format!(
                "{name} was sent the version that this one corrects, and the directory has no way to them any more. Find one."
            ),
            format!(
                "{name} a reçu la version que celle-ci corrige, et le répertoire n'a plus de voie pour les joindre. Trouvez-en une."
            ),
        ),
    };
    let target = found.unwrap_or_else(|| Target::Nowhere { name: name.clone() });
    routes.push(Route { target, responsible: row.kind == "attention", because, is_stated: false });
}

//! What contradicts itself or another fact, each with what to do about it.

use super::{Directory, Endpoint, EndpointKind, EntryProblem, NumberKind, Role};
use std::collections::BTreeMap;

impl Directory {
    pub(super) fn index_numbers(&mut self, problems: &mut Vec<EntryProblem>) {
        for practitioner in self.practitioners.values() {
            let entry = format!("practitioner {}", practitioner.id);
            if practitioner.family.trim().is_empty() {
                add(problems, &entry, "family is empty", "write the family name");
            }
            for number in &practitioner.numbers {
                let (authority, value) =
                    (number.authority.trim().to_uppercase(), number.value.trim().to_owned());
                if authority.is_empty() || value.is_empty() {
                    add(
                        problems,
                        &entry,
                        "a number lacks authority or value",
                        "write both, or leave the number out",
                    );
                    continue;
                }
                let key = (authority, value.clone());
                if let Some(other) = self.by_number.get(&key).filter(|other| **other != practitioner.id) {
                    let problem = format!("number {} of {} is also the number of {other}", key.1, key.0);
                    add(problems, &entry, &problem, "leave it with the one practitioner it belongs to");
                    continue;
                }
                self.by_number.insert(key, practitioner.id.clone());
                let holders = self.by_value.entry(value).or_default();
                match holders.iter_mut().find(|(id, _)| *id == practitioner.id) {
                    // Their own licence with these digits counts, whatever else bears them.
                    Some((_, kind)) if number.kind == NumberKind::Licence => *kind = number.kind,
                    Some(_) => {}
                    None => holders.push((practitioner.id.clone(), number.kind)),
                }
            }
        }
    }

    pub(super) fn check_role(&self, role: &Role, problems: &mut Vec<EntryProblem>) {
        let entry = format!("role of {} at {}", role.practitioner, role.place);
        if !self.practitioners.contains_key(&role.practitioner) {
            add(
                problems,
                &entry,
                "there is no such practitioner",
                "add a [[practitioner]] with this id or correct the id",
            );
        }
        if !self.places.contains_key(&role.place) {
            add(problems, &entry, "there is no such place", "add a [[place]] with this id or correct the id");
        }
        if let Some(id) = &role.endpoint {
            match self.endpoints.get(id) {
                None => {
                    let problem = format!("there is no endpoint {id}");
                    add(
                        problems,
                        &entry,
                        &problem,
                        "add an [[endpoint]] with this id, correct the id, or leave it out for portal only",
                    );
                }
                Some(endpoint) if endpoint.place != role.place => {
                    let problem = format!("endpoint {id} belongs to place {}", endpoint.place);
                    add(problems, &entry, &problem, "name an endpoint of the same place");
                }
                Some(_) => {}
            }
        }
        for (key, day) in [("from", Some(&role.from)), ("to", role.to.as_ref())] {
            if day.is_some_and(|d| d.len() != 10 || fhir::time::interval(d).is_none()) {
                add(problems, &entry, &format!("{key} is no date"), "write it as 2026-11-22");
            }
        }
        if role.to.as_ref().is_some_and(|to| *to < role.from) {
            add(problems, &entry, "it ends before it begins", "correct from or to");
        }
        for other in self.roles.iter().filter(|o| o.practitioner == role.practitioner && o.overlaps(role)) {
            if other.place == role.place && other.role == role.role {
                add(
                    problems,
                    &entry,
                    "it is there twice for the same days",
                    "leave one, or end the first before the second begins",
                );
            } else if other.primary && role.primary {
                let problem = format!("{} is primary on some of the same days", other.place);
                add(
                    problems,
                    &entry,
                    &problem,
                    "let one role be primary, or end the first before the second begins",
                );
            }
        }
    }

    /// Everything that can be held against the rest once all facts are there.
    pub(super) fn check(&self, problems: &mut Vec<EntryProblem>) {
        for endpoint in self.endpoints.values() {
            check_endpoint(endpoint, self, problems);
        }
        let known = |id: &Option<String>| id.as_ref().is_none_or(|id| self.practitioners.contains_key(id));
        for place in self.places.values().filter(|place| !known(&place.default_recipient)) {
            let entry = format!("place {}", place.id);
            add(
                problems,
                &entry,
                "its default recipient is no practitioner",
                "correct the id or leave it out",
            );
        }
        for away in self.absences.values() {
            let entry = format!("absence {}", away.id);
            if !self.practitioners.contains_key(&away.practitioner) || !known(&away.cover) {
                add(
                    problems,
                    &entry,
                    "it names a practitioner who is not there",
                    "correct practitioner or cover",
                );
            }
            if away.cover.as_ref() == Some(&away.practitioner) {
                add(
                    problems,
                    &entry,
                    "somebody cannot stand in for themselves",
                    "name another, or leave cover out",
                );
            }
            if away.place.as_ref().is_some_and(|place| !self.places.contains_key(place)) {
                add(
                    problems,
                    &entry,
                    "there is no such place",
                    "correct the place or leave it out for all of theirs",
                );
            }
            check_days(&entry, Some(&away.from), away.to.as_ref(), problems);
        }
        for contact in self.contacts.values() {
            let entry = format!("contact {}", contact.id);
            let of = &contact.of;
            if !self.places.contains_key(of)
                && !self.practitioners.contains_key(of)
                && !self.endpoints.contains_key(of)
            {
                add(
                    problems,
                    &entry,
                    "it belongs to nothing of this directory",
                    "write the id of a place, practitioner or endpoint in of",
                );
            }
            check_days(&entry, Some(&contact.verified_on), Some(&contact.next_check), problems);
        }
        for wish in &self.subscriptions {
            let entry = format!("subscription of {}", wish.endpoint);
            if !self.endpoints.contains_key(&wish.endpoint) || !known(&wish.practitioner) {
                add(
                    problems,
                    &entry,
                    "it names an endpoint or practitioner who is not there",
                    "correct the id",
                );
            }
        }
        let mut kinds: std::collections::BTreeMap<String, super::NumberKind> =
            std::collections::BTreeMap::new();
        for (who, number) in
            self.practitioners.values().flat_map(|who| who.numbers.iter().map(move |n| (who, n)))
        {
            let kind = *kinds.entry(number.authority.trim().to_uppercase()).or_insert(number.kind);
            if kind != number.kind {
                let problem = format!("{} issues licence numbers and billing numbers", number.authority);
                add(
                    problems,
                    &format!("practitioner {}", who.id),
                    &problem,
                    "give each sort an authority of its own",
                );
            }
        }
    }
}

fn check_days(entry: &str, from: Option<&String>, to: Option<&String>, problems: &mut Vec<EntryProblem>) {
    for day in [from, to].into_iter().flatten() {
        if day.len() != 10 || fhir::time::interval(day).is_none() {
            add(problems, entry, &format!("\"{day}\" is no date"), "write it as 2026-11-22");
        }
    }
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        add(problems, entry, "it ends before it begins", "correct the days");
    }
}

pub(super) fn keep<T>(
    map: &mut BTreeMap<String, T>,
    sort: &str,
    id: String,
    entry: T,
    problems: &mut Vec<EntryProblem>,
) {
    // An owner's code is practitioner:<id>@<place>, so an id bears neither of its separators.
    if id.trim().is_empty() || id.contains(['@', ':', ' ']) {
        let fix = "write one of letters, digits and hyphens";
        add(problems, &format!("{sort} \"{id}\""), "the id is empty or has a space, @ or :", fix);
    }
    if map.insert(id.clone(), entry).is_some() {
        add(problems, &format!("{sort} {id}"), "the id is used twice", "give each its own id");
    }
}

fn check_endpoint(endpoint: &Endpoint, directory: &Directory, problems: &mut Vec<EntryProblem>) {
    let entry = format!("endpoint {}", endpoint.id);
    if !directory.places.contains_key(&endpoint.place) {
        let problem = format!("there is no place {}", endpoint.place);
        add(problems, &entry, &problem, "add a [[place]] with this id or correct the id");
    }
    let port = endpoint.address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    let usable = port.is_some_and(|p| p.parse::<u16>().is_ok_and(|n| n > 0));
    if endpoint.kind == EndpointKind::Mllp && !usable {
        add(problems, &entry, "address is not host:port", "write it as \"10.0.0.7:2601\"");
    }
    if endpoint.kind == EndpointKind::Fax && endpoint.dials().is_none() {
        let problem = "address does not begin with a fax number";
        add(
            problems,
            &entry,
            problem,
            "write 7 to 15 figures, with + before them where needed, and no extension",
        );
    }
    check_days(&entry, endpoint.from.as_ref(), endpoint.to.as_ref(), problems);
    for other in &endpoint.fallback {
        match directory.endpoint(other) {
            Some(known) if known.place == endpoint.place && known.id != endpoint.id => {}
            _ => {
                let problem = format!("its fallback {other} is no other endpoint of the same place");
                add(problems, &entry, &problem, "name one of the place, or leave it out");
            }
        }
    }
    if endpoint.connections == 0 {
        add(problems, &entry, "it allows no connection", "write connections = 1 or more");
    }
}

pub(super) fn add(problems: &mut Vec<EntryProblem>, entry: &str, problem: &str, fix: &str) {
    problems.push(EntryProblem { entry: entry.to_owned(), problem: problem.to_owned(), fix: fix.to_owned() });
}

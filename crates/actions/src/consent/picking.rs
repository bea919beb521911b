//! What a directive can be picked from, and what it would hide from whom before it is kept. The desk is shown sorts of data,
//! days and counts: no titles and no values (L-09).

use super::Withhold;
use crate::chart::{self, Chart};
use crate::obligations::for_whom;
use crate::patients::Banner;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{DataClass, Permission};
use clinical::consent::{Directive, Party, Reader, role_of, withheld};
use clinical::directory::Directory;
use clinical::words::Words;
use fhir::Kind;
use std::collections::{BTreeMap, BTreeSet};
use store::ObligationFilter;

/// Reports that are offered for a request to correct; the latest.
const MOST_REPORTS: usize = 200;
/// Kinds that a request to correct is about.
const REPORTS: [Kind; 2] = [Kind::DiagnosticReport, Kind::DocumentReference];

/// What is on file: how much of each sort of data, of each site.
pub(super) type Held = BTreeMap<(DataClass, String), usize>;

/// What the forms of a person's page offer.
#[derive(Debug, Clone, Default)]
pub struct Picks {
    /// How much is on file of a sort of data, by its code.
    pub counts: BTreeMap<&'static str, usize>,
    /// How much each site keeps.
    pub kept: BTreeMap<String, usize>,
    /// Practitioners to whom something of this person went: directory id and name.
    pub people: Vec<(String, String)>,
    /// Where they work: directory id and name.
    pub places: Vec<(String, String)>,
    /// Everybody else of the directory.
    pub other_people: Vec<(String, String)>,
    /// All other places.
    pub other_places: Vec<(String, String)>,
    /// Reports by key, with their sort and day, newest first.
    pub reports: Vec<(String, Words, String)>,
}

/// Look: what a directive would hide, and from whom. Nothing is written.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The directive as it would be kept.
    pub directive: Withhold,
}

/// Answer to [`Preview`].
#[derive(Debug, Clone)]
pub struct PreviewView {
    /// Whose.
    pub head: Banner,
    /// The directive in one sentence, with names.
    pub words: Words,
    /// Each sort of data that is on file: how much of it would be withheld, and how much there is.
    pub classes: Vec<(Words, usize, usize)>,
    /// Those to whom something of this person went: name, how much they would not see any more, of how much.
    pub readers: Vec<(String, usize, usize)>,
    /// The directive as it was given, to be kept.
    pub directive: Withhold,
}

/// How much of each sort is on file, by sort and site; what tells nothing apart is not counted.
pub(super) fn held(reading: &Reading<'_>, chart: &Chart) -> Result<Held, Refusal> {
    let mut held = Held::new();
    for source in &chart.records {
        for kind in Kind::ALL {
            for stored in reading.view.resources_of(source.row.record, *kind, usize::MAX)? {
                let class = match fhir::json::parse(&stored.body) {
                    Ok(fhir::Json::Object(object)) => DataClass::of(*kind, &object),
                    _ => DataClass::Other,
                };
                if class != DataClass::Other {
                    *held.entry((class, source.row.authority.clone())).or_default() += 1;
                }
            }
        }
    }
    Ok(held)
}

/// Practitioners to whom something of a person went: the recipients of what was owed about them. A delivery says whom it
/// is for; only of one that does not, everybody behind its line is meant.
fn recipients(reading: &Reading<'_>, chart: &Chart) -> Result<BTreeSet<String>, Refusal> {
    let mut found = BTreeSet::new();
    for source in &chart.records {
        let filter = ObligationFilter { record: Some(source.row.record), ..ObligationFilter::default() };
        for row in reading.view.obligations(&filter, usize::MAX, 0)? {
            if reading.directory.practitioner(&row.recipient_id).is_some() {
                found.insert(row.recipient_id);
                continue;
            }
            let behind: BTreeSet<&String> = reading
                .directory
                .roles()
                .filter(|role| role.endpoint.as_ref() == Some(&row.recipient_id))
                .map(|role| &role.practitioner)
                .collect();
            if behind.is_empty() {
                continue;
            }
            let first = reading.view.events(row.id)?.into_iter().find(|event| event.step == "opened");
            match first.as_ref().and_then(for_whom).filter(|to| !to.practitioner.is_empty()) {
                Some(to) => found.extend([to.practitioner]),
                None => found.extend(behind.into_iter().cloned()),
            }
        }
    }
    Ok(found)
}

/// Who a practitioner is when they read: the one role that they sign in with, where the directory tells it.
fn reader(directory: &Directory, id: &str, day: &str) -> Reader {
    let codes: BTreeSet<&str> = directory.roles_on(id, day).filter_map(|role| role_of(&role.role)).collect();
    let role = match (codes.len(), codes.first()) {
        (1, Some(code)) => (*code).to_owned(),
        _ => String::new(),
    };
    let places = directory.roles_on(id, day).map(|role| role.place.clone()).collect();
    Reader { role, practitioner: Some(id.to_owned()), places }
}

/// What the forms offer.
pub(super) fn picks(reading: &Reading<'_>, chart: &Chart) -> Result<Picks, Refusal> {
    let directory = reading.directory;
    let day = clinical::cover::day(reading.context.now);
    let mut picks = Picks::default();
    for ((class, site), count) in held(reading, chart)? {
        *picks.counts.entry(class.code()).or_default() += count;
        *picks.kept.entry(site).or_default() += count;
    }
    let theirs = recipients(reading, chart)?;
    let work: BTreeSet<&str> =
        theirs.iter().flat_map(|id| directory.roles_on(id, &day)).map(|role| role.place.as_str()).collect();
    for who in directory.practitioners() {
        let list = if theirs.contains(&who.id) { &mut picks.people } else { &mut picks.other_people };
        list.push((who.id.clone(), who.name()));
    }
    for place in directory.places() {
        let list = if work.contains(place.id.as_str()) { &mut picks.places } else { &mut picks.other_places };
        list.push((place.id.clone(), place.name.clone()));
    }
    for list in [&mut picks.people, &mut picks.other_people, &mut picks.places, &mut picks.other_places] {
        list.sort_by(|a, b| a.1.cmp(&b.1));
    }
    for source in &chart.records {
        for kind in REPORTS {
            for stored in reading.view.resources_of(source.row.record, kind, usize::MAX)? {
                let class = match fhir::json::parse(&stored.body) {
                    Ok(fhir::Json::Object(object)) => DataClass::of(kind, &object),
                    _ => DataClass::Other,
                };
                let day = clinical::cover::day(stored.as_of);
                picks.reports.push((stored.key.to_string(), class.words(), day));
            }
        }
    }
    picks.reports.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    picks.reports.truncate(MOST_REPORTS);
    Ok(picks)
}

/// A directive in one sentence, its people and places by name.
pub(crate) fn by_name(directive: &Directive, directory: &Directory) -> Words {
    let named = directive.parties.iter().map(|party| match party {
        Party::Practitioner(id) => {
            Party::Practitioner(directory.practitioner(id).map_or_else(|| id.clone(), |who| who.name()))
        }
        Party::Place(id) => Party::Place(directory.place(id).map_or(id, |place| &place.name).clone()),
        Party::Role(code) => Party::Role(code.clone()),
    });
    Directive { parties: named.collect(), ..directive.clone() }.words()
}

impl Sealed for Preview {}
impl Look for Preview {
    type View = PreviewView;
    const PERMISSION: Permission = Permission::ManageConsent;
    fn object(&self) -> String {
        let person = self.directive.person.map_or_else(String::new, |person| person.to_string());
        format!("person/{person}/consent tried")
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PreviewView>, Refusal> {
        let chart = chart::gather(reading, self.directive.person.ok_or_else(Refusal::not_found)?)?;
        let (directory, now) = (reading.directory, reading.context.now);
        let directive = self.directive.directive(reading)?;
        Withhold::checked(&directive, now)?;
        let held = held(reading, &chart)?;
        let custodian = |site: &str| {
            let of = chart.records.iter().find(|source| source.row.authority == site);
            of.map(|source| source.row.custodian.clone()).unwrap_or_default()
        };
        // What stands already goes on hiding beside it.
        let standing = match chart.records.first() {
            Some(source) => crate::access::directives(reading.view, source.row.record)?,
            None => Vec::new(),
        };
        let standing = || standing.iter().map(|(_, directive)| directive);
        let hidden = |reader: &Reader, (class, site): &(DataClass, String)| {
            let own = custodian(site);
            let all = standing().chain(std::iter::once(&directive));
            withheld(all, reader, (site, &own), now).contains(class)
        };
        // Whoever the directive concerns, as far as it does not name them.
        let concerned = Directive { parties: Vec::new(), ..directive.clone() };
        let mut classes: BTreeMap<DataClass, (usize, usize)> = BTreeMap::new();
        for ((class, site), count) in &held {
            let sum = classes.entry(*class).or_default();
            let own = custodian(site);
            let all = standing().chain(std::iter::once(&concerned));
            let gone = withheld(all, &Reader::default(), (site, &own), now);
            sum.0 += if gone.contains(class) { *count } else { 0 };
            sum.1 += count;
        }
        let all: usize = held.values().sum();
        let day = clinical::cover::day(now);
        let mut readers: Vec<(String, usize, usize)> = recipients(reading, &chart)?
            .into_iter()
            .filter_map(|id| directory.practitioner(&id))
            .map(|who| {
                let reader = reader(directory, &who.id, &day);
                let gone = held.iter().filter(|(key, _)| hidden(&reader, key)).map(|(_, count)| count).sum();
                (who.name(), gone, all)
            })
            .collect();
        readers.sort();
        let view = PreviewView {
            head: chart.head(reading)?,
            words: by_name(&directive, directory),
            classes: classes.into_iter().map(|(class, (gone, all))| (class.words(), gone, all)).collect(),
            readers,
            directive: self.directive.resolved(&directive),
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// Whom a form names, one by one: an id of the directory, or a name with its id in brackets as the list offers it.
#[must_use]
pub fn picked(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in text.split(';') {
        let mut rest = part;
        // A name holds commas itself: it ends at the brackets around its id.
        while let Some(end) = rest.find("),").map(|end| end + 1) {
            let (named, more) = rest.split_at(end);
            parts.push(named);
            rest = &more[1..];
        }
        if rest.contains('(') {
            parts.push(rest);
        } else {
            parts.extend(rest.split(','));
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The id of what is picked, by the name that `name_of` an id says; `None` for what is no name of the directory.
pub(super) fn id_of(text: &str, name_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    if name_of(text).is_some() {
        return Some(text.to_owned());
    }
    let (name, id) = text.strip_suffix(')')?.rsplit_once('(')?;
    let id = id.trim();
    (name_of(id)? == name.trim()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l09_whom_a_form_names_is_read_by_id_or_as_the_list_offers_it() {
        let name_of = |id: &str| match id {
            "p-hill" => Some("Hill, Ana".to_owned()),
            "p-shore" => Some("Shore, Ben".to_owned()),
            _ => None,
        };
        let read = |text: &str| -> Vec<Option<String>> {
            picked(text).iter().map(|part| id_of(part, name_of)).collect()
        };
        let both = [Some("p-hill".to_owned()), Some("p-shore".to_owned())];
        assert_eq!(read(" p-hill , p-shore"), both);
        assert_eq!(read("Hill, Ana (p-hill)"), both[..1]);
        assert_eq!(read("Hill, Ana (p-hill); Shore, Ben (p-shore)"), both);
        assert_eq!(read("Hill, Ana (p-hill), Shore, Ben (p-shore)"), both);
        assert_eq!(read("Hill, Ana (p-hill), p-shore"), both);
        assert!(picked("  ").is_empty());
        // Whoever stands beside a name is not dropped: what is no name of the directory is refused.
        assert_eq!(read("p-shore, Hill, Ana (p-hill)"), [None]);
    }
}

//! What a profile demands: how often elements and slices stand, their values, codes and rules.

use super::{Findings, rules, structure};
use crate::facts::{self, Binding, Demand, Fixed, Profile};
use crate::fhirpath::Node;
use crate::json::Json;
use crate::outcome::IssueType;
use crate::patch::same;
use structure::Around;

/// How far profiles lead to others.
const MAX_DEPTH: usize = 6;

type Path = [(&'static str, Option<&'static str>)];

/// An element with its place and its name as it is written.
#[derive(Clone)]
struct Place<'a> {
    node: Node<'a>,
    key: String,
    at: String,
}

/// Checks a resource against a profile and what this is made of.
pub(super) fn check(resource: &Json, profile: &'static Profile, at: &str, findings: &mut Findings) {
    let node = Node::of_resource(resource);
    if resource.get("resourceType").and_then(Json::as_str) != Some(profile.kind) {
        findings.wrong(
            IssueType::Structure,
            at,
            format!("the profile {} is for {}", profile.url, profile.kind),
        );
        return;
    }
    within(node, profile, at, &Around { resource, root: resource }, findings, 0);
}

fn within(
    node: Node<'_>,
    profile: &'static Profile,
    at: &str,
    around: &Around<'_>,
    findings: &mut Findings,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(base) = facts::profile(profile.base) {
        within(node, base, at, around, findings, depth + 1);
    }
    let start = Place { node, key: String::new(), at: at.to_owned() };
    for demand in &profile.demands {
        let Some(((name, slice), parents)) = demand.path.split_last() else {
            rules::check(node, demand.rules.iter(), at, around, findings);
            continue;
        };
        for parent in reached(&start, parents, profile) {
            let all = children(&parent, name);
            let found: Vec<Place<'_>> = match slice {
                None => all,
                Some(slice) => match sliced(&all, parents, name, slice, profile) {
                    Some(found) => found,
                    None => continue,
                },
            };
            let shown = slice.map_or_else(|| (*name).to_owned(), |slice| format!("{name}:{slice}"));
            let place = format!("{}.{shown}", parent.at);
            let many = found.len();
            if let Some(min) = demand.min.filter(|min| many < *min) {
                findings.wrong(
                    IssueType::Required,
                    &place,
                    format!("at least {min} must be there by {}, {many} found; add it", profile.url),
                );
            }
            if let Some(max) = demand.max.filter(|max| many > *max) {
                findings.wrong(
                    IssueType::Structure,
                    &place,
                    format!("at most {max} may be there by {}, {many} found", profile.url),
                );
            }
            for one in &found {
                value(one, demand, around, findings, depth);
            }
            if let (Some((_, false)), None) = (&demand.slicing, slice) {
                closed(&found, parents, name, profile, &place, findings);
            }
        }
    }
}

/// The elements at a path, slices respected.
fn reached<'a>(start: &Place<'a>, path: &Path, profile: &'static Profile) -> Vec<Place<'a>> {
    let mut here = vec![start.clone()];
    for (n, (name, slice)) in path.iter().enumerate() {
        let parents = path.get(..n).unwrap_or_default();
        here = here
            .iter()
            .flat_map(|parent| {
                let all = children(parent, name);
                match slice {
                    None => all,
                    Some(slice) => sliced(&all, parents, name, slice, profile).unwrap_or_default(),
                }
            })
            .collect();
    }
    here
}

fn children<'a>(parent: &Place<'a>, name: &str) -> Vec<Place<'a>> {
    let plain = name.trim_end_matches("[x]");
    let nodes = parent.node.named(plain, false).unwrap_or_default();
    let nodes = if nodes.is_empty() && !name.ends_with("[x]") { as_written(parent, name) } else { nodes };
    let many = nodes.len();
    let placed = nodes.into_iter().enumerate().map(|(n, node)| {
        let sort = node.sort.unwrap_or_default().to_owned();
        let at =
            if many > 1 { format!("{}.{plain}[{n}]", parent.at) } else { format!("{}.{plain}", parent.at) };
        Place { node, key: sort, at }
    });
    placed.collect()
}

/// A choice by its name with the type (`valueQuantity`).
fn as_written<'a>(parent: &Place<'a>, name: &str) -> Vec<Node<'a>> {
    let known = parent.node.sort.and_then(facts::of).and_then(|one| one.element(name));
    let Some((element, sort)) = known.filter(|(element, _)| element.is_choice) else { return Vec::new() };
    let found = parent.node.named(element.name, false).unwrap_or_default();
    found.into_iter().filter(|node| node.sort == Some(facts::plain(sort))).collect()
}

/// The demand at exactly this path.
fn demand_at(profile: &'static Profile, path: &Path, last: (&str, Option<&str>)) -> Option<&'static Demand> {
    profile
        .demands
        .iter()
        .find(|demand| demand.path.split_last().is_some_and(|(end, parents)| *end == last && parents == path))
}

/// Those of a slice; `None` when it cannot be told which they are.
fn sliced<'a>(
    all: &[Place<'a>],
    parents: &Path,
    name: &'static str,
    slice: &'static str,
    profile: &'static Profile,
) -> Option<Vec<Place<'a>>> {
    let told_by = demand_at(profile, parents, (name, None)).and_then(|demand| demand.slicing.as_ref());
    let by: &[(&str, &str)] = match told_by {
        Some((by, _)) => by,
        None if name == "extension" => &[("value", "url")],
        None => return None,
    };
    let own = demand_at(profile, parents, (name, Some(slice)))?;
    let mut kept: Vec<Place<'a>> = all.to_vec();
    for (how, path) in by {
        match (*how, *path) {
            ("type", _) => kept.retain(|one| own.types.iter().any(|(sort, _)| *sort == one.key)),
            (_, "url") if own.types.iter().any(|(_, profiles)| !profiles.is_empty()) => kept.retain(|one| {
                let url = one.node.value.get("url").and_then(Json::as_str);
                own.types.iter().any(|(_, profiles)| profiles.iter().any(|known| Some(*known) == url))
            }),
            (_, path) => {
                let inner = if path == "$this" {
                    Some(own)
                } else {
                    let mut whole: Vec<(&'static str, Option<&'static str>)> = parents.to_vec();
                    whole.push((name, Some(slice)));
                    profile.demands.iter().find(|demand| {
                        demand.path.len() == whole.len() + path.split('.').count()
                            && demand.path.starts_with(&whole)
                            && demand.path.iter().skip(whole.len()).map(|(name, _)| *name).eq(path.split('.'))
                    })
                };
                let inner = inner.filter(|demand| demand.fixed.is_some() || is_told(demand))?;
                kept.retain(|one| {
                    let values = if path == "$this" { vec![one.clone()] } else { steps(one, path) };
                    values.iter().any(|value| fits(value.node.value, inner))
                });
            }
        }
    }
    Some(kept)
}

fn is_told(demand: &Demand) -> bool {
    matches!(demand.binding, Some(Binding::Required(url)) if facts::codes_of(url).is_some())
}

fn steps<'a>(from: &Place<'a>, path: &str) -> Vec<Place<'a>> {
    let mut here = vec![from.clone()];
    for name in path.split('.') {
        here = here.iter().flat_map(|place| children(place, name)).collect();
    }
    here
}

fn fits(value: &Json, demand: &Demand) -> bool {
    match (&demand.fixed, demand.binding) {
        (Some(Fixed::Is(wanted)), _) => same(value, wanted),
        (Some(Fixed::Has(wanted)), _) => has(value, wanted),
        (None, Some(Binding::Required(url))) => structure::code_is_missing(value, url).is_none(),
        _ => true,
    }
}

/// Whether a value holds all of a pattern.
fn has(value: &Json, wanted: &Json) -> bool {
    match (value, wanted) {
        (Json::Object(value), Json::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| has(value, wanted)))
        }
        (Json::Array(values), Json::Array(wanted)) => {
            wanted.iter().all(|wanted| values.iter().any(|value| has(value, wanted)))
        }
        (value, wanted) => same(value, wanted),
    }
}

/// Elements that stand in no slice of those that are all there may be.
fn closed(
    found: &[Place<'_>],
    parents: &Path,
    name: &'static str,
    profile: &'static Profile,
    place: &str,
    findings: &mut Findings,
) {
    let slices = profile.demands.iter().filter_map(|demand| match demand.path.split_last() {
        Some(((of, Some(slice)), up)) if *of == name && up == parents => Some(*slice),
        _ => None,
    });
    let mut known = Vec::new();
    for slice in slices {
        match sliced(found, parents, name, slice, profile) {
            Some(places) => known.extend(places.into_iter().map(|one| one.at)),
            None => return,
        }
    }
    for one in found.iter().filter(|one| !known.contains(&one.at)) {
        findings.wrong(
            IssueType::Structure,
            &one.at,
            format!("{} takes only what it names at {place}", profile.url),
        );
    }
}

/// The value of one element.
fn value(
    one: &Place<'_>,
    demand: &'static Demand,
    around: &Around<'_>,
    findings: &mut Findings,
    depth: usize,
) {
    if !demand.types.is_empty()
        && !one.key.is_empty()
        && !demand.types.iter().any(|(sort, _)| facts::of(&one.key).is_some_and(|known| known.is(sort)))
    {
        let all: Vec<&str> = demand.types.iter().map(|(sort, _)| *sort).collect();
        findings.wrong(
            IssueType::Structure,
            &one.at,
            format!("the profile takes {}, not {}", all.join(", "), one.key),
        );
    }
    match &demand.fixed {
        Some(Fixed::Is(wanted)) if !same(one.node.value, wanted) => {
            findings.wrong(IssueType::Value, &one.at, format!("the profile demands {wanted}"));
        }
        Some(Fixed::Has(wanted)) if !has(one.node.value, wanted) => {
            findings.wrong(IssueType::Value, &one.at, format!("the profile demands at least {wanted}"));
        }
        _ => {}
    }
    if let Some(Binding::Required(url)) = demand.binding
        && let Some(words) = structure::code_is_missing(one.node.value, url)
    {
        findings.wrong(IssueType::CodeInvalid, &one.at, words);
    }
    rules::check(one.node, demand.rules.iter(), &one.at, around, findings);
    let profiles: Vec<&'static Profile> =
        demand.types.iter().flat_map(|(_, urls)| urls).filter_map(|url| facts::profile(url)).collect();
    if let [only] = profiles.as_slice() {
        within(one.node, only, &one.at, around, findings, depth + 1);
    }
}

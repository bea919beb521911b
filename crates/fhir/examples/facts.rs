//! Makes the tables of types, codes and profiles from HL7's definitions and the Canadian Baseline:
//! `cargo run -p fhir --example facts -- ../shared/data/fhir-r4-definitions ../shared/data/ca-baseline/input crates/fhir/src/facts`

use fhir::{Json, Object, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Value sets with more codes than this are not written down.
const MAX_CODES: usize = 1_000;
const DEFINITION: &str = "http://hl7.org/fhir/StructureDefinition/";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [from, baseline, to] = words.as_slice() else {
        return Err("name the folders of the definitions, of the baseline, and the one to write to".into());
    };
    let (from, baseline, to) = (Path::new(from), Path::new(baseline), Path::new(to));
    let of = |name: &str| resources(&from.join(format!("{name}.json.gz")));
    let mut structures = of("profiles-types")?;
    structures.extend(of("profiles-resources")?);
    structures.retain(|one| {
        one.text("resourceType") == Some("StructureDefinition")
            && one.text("kind") != Some("logical")
            && one.text("derivation") != Some("constraint")
    });
    let mut terms = of("valuesets")?;
    terms.extend(of("v3-codesystems")?);
    terms.extend(of("v2-tables")?);
    terms.extend(folder(&baseline.join("vocabulary"))?);
    let profiles = folder(&baseline.join("resources"))?;
    fs::write(to.join("types.tsv"), types(&structures))?;
    fs::write(to.join("codes.tsv"), codes(&structures, &profiles, &terms))?;
    fs::write(to.join("broader.tsv"), broader(&terms))?;
    fs::write(to.join("baseline.tsv"), constraints(&profiles))?;
    Ok(())
}

fn resources(path: &Path) -> Result<Vec<Object>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(File::open(path)?).read_to_end(&mut bytes)?;
    let Json::Object(bundle) = json::parse(&bytes)? else { return Err("no bundle".into()) };
    Ok(bundle.objects("entry.resource").into_iter().cloned().collect())
}

fn folder(path: &Path) -> Result<Vec<Object>, Box<dyn Error>> {
    let mut paths: Vec<_> = fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if let Json::Object(object) = json::parse(&fs::read(path)?)? {
            found.push(object);
        }
    }
    Ok(found)
}

/// `=Type base kind`, then an element on each line: name, least, most, types, and the value set it is bound to.
fn types(structures: &[Object]) -> String {
    let mut out = String::new();
    for one in structures {
        let (Some(name), Some(url)) = (one.text("type"), one.text("url")) else { continue };
        let base = one.text("baseDefinition").and_then(|url| url.strip_prefix(DEFINITION)).unwrap_or("-");
        let elements = one.objects("snapshot.element");
        let mut groups: Vec<(String, String, String)> = Vec::new();
        for element in &elements {
            let Some(path) = element.text("path") else { continue };
            if path == name {
                let kind = one.text("kind").unwrap_or_default();
                let kind = if one.get("abstract") == Some(&Json::Bool(true)) { "abstract" } else { kind };
                groups.push((path.to_owned(), format!("={path}\t{base}\t{kind}\n"), rules(element, url)));
                continue;
            }
            if element.text("base.path") != Some(path) {
                continue;
            }
            let Some((parent, last)) = path.rsplit_once('.') else { continue };
            let mut line = format!(
                "{last}\t{}\t{}\t{}\t{}\n",
                element.text("min").unwrap_or("0"),
                element.text("max").unwrap_or("*"),
                kinds(element, path),
                binding(element)
            );
            let own = matches!(element.text("type.code"), Some("BackboneElement" | "Element"))
                && elements
                    .iter()
                    .any(|e| e.text("path").is_some_and(|p| p.starts_with(&format!("{path}."))));
            let inner = rules(element, url);
            if own {
                let kind = element.text("type.code").unwrap_or_default();
                groups.push((path.to_owned(), format!("={path}\t{kind}\tbackbone\n"), inner));
            } else {
                inner.lines().for_each(|rule| line.push_str(&format!("@{}\n", &rule[1..])));
            }
            if let Some(group) = groups.iter_mut().find(|(group, ..)| group == parent) {
                group.1.push_str(&line);
            }
        }
        for (_, lines, rules) in groups {
            let (head, rest) = lines.split_once('\n').unwrap_or((&lines, ""));
            let _ = write!(out, "{head}\n{rules}{rest}");
        }
        if name == "Quantity" {
            out.push_str("=SimpleQuantity\tQuantity\tcomplex-type\n!sqty-1\terror\tThe comparator is not used on a SimpleQuantity\tcomparator.empty()\n");
        }
    }
    out
}

/// Rules of an element that its definition itself makes.
fn rules(element: &Object, url: &str) -> String {
    let mut out = String::new();
    for rule in element.objects("constraint") {
        let own = rule.text("source").is_none_or(|source| source == url);
        let (Some(key), Some(expression), true) = (rule.text("key"), rule.text("expression"), own) else {
            continue;
        };
        let _ = writeln!(
            out,
            "!{key}\t{}\t{}\t{}",
            rule.text("severity").unwrap_or("error"),
            plain(rule.text("human").unwrap_or_default()),
            plain(expression)
        );
    }
    out
}

fn plain(text: &str) -> String {
    text.replace(['\t', '\r', '\n'], " ")
}

fn kinds(element: &Object, path: &str) -> String {
    if let Some(to) = element.text("contentReference") {
        return to.trim_start_matches('#').to_owned();
    }
    let mut found: Vec<String> = Vec::new();
    for one in element.objects("type") {
        let code = one.text("code").unwrap_or_default();
        let targets: Vec<&str> = one
            .texts("targetProfile")
            .into_iter()
            .map(|url| url.strip_prefix(DEFINITION).unwrap_or(url))
            .collect();
        let simple = one.texts("profile").iter().any(|url| url.ends_with("/SimpleQuantity"));
        found.push(match code {
            "BackboneElement" | "Element" => path.to_owned(),
            "Quantity" if simple && !path.ends_with("[x]") => "SimpleQuantity".to_owned(),
            "Reference" | "canonical" if !targets.is_empty() && !targets.contains(&"Resource") => {
                format!("{code}({})", targets.join(","))
            }
            code if code.starts_with("http://hl7.org/fhirpath/") => "string".to_owned(),
            code => code.to_owned(),
        });
    }
    if found.is_empty() { "-".to_owned() } else { found.join("|") }
}

fn binding(element: &Object) -> String {
    let url = element.text("binding.valueSet").map(|url| url.split('|').next().unwrap_or(url));
    match (url, element.text("binding.strength")) {
        (Some(url), Some("required")) => format!("!{url}"),
        (Some(url), Some("extensible")) => format!("+{url}"),
        _ => "-".to_owned(),
    }
}

/// `value set, system, codes`: what can be told of the value sets that elements are bound to.
fn codes(structures: &[Object], profiles: &[Object], terms: &[Object]) -> String {
    let by = |sort: &str| -> HashMap<&str, &Object> {
        let of_sort = terms.iter().filter(|one| one.text("resourceType") == Some(sort));
        of_sort.filter_map(|one| Some((one.text("url")?, one))).collect()
    };
    let (sets, systems) = (by("ValueSet"), by("CodeSystem"));
    let mut bound: BTreeSet<&str> = BTreeSet::new();
    for one in structures.iter().chain(profiles) {
        for path in ["snapshot.element.binding.valueSet", "differential.element.binding.valueSet"] {
            bound.extend(one.texts(path).into_iter().filter_map(|url| url.split('|').next()));
        }
    }
    bound.extend(sets.keys().filter(|url| url.contains("/ca/")));
    let mut out = String::new();
    for url in bound {
        let mut found = BTreeMap::new();
        let known = expand(url, &sets, &systems, &mut found, 0);
        let many: usize = found.values().map(BTreeSet::len).sum();
        let spaced = found.values().flatten().any(|code| code.contains([' ', '\t']));
        if known.is_none() || many == 0 || many > MAX_CODES || spaced {
            continue;
        }
        for (system, codes) in found {
            let _ = writeln!(out, "{url}\t{system}\t{}", codes.into_iter().collect::<Vec<_>>().join(" "));
        }
    }
    out
}

/// Codes by system; `None` when not all can be told.
fn expand<'t>(
    url: &str,
    sets: &HashMap<&str, &'t Object>,
    systems: &HashMap<&str, &'t Object>,
    found: &mut BTreeMap<&'t str, BTreeSet<&'t str>>,
    depth: usize,
) -> Option<()> {
    let set = sets.get(url.split('|').next().unwrap_or(url)).filter(|_| depth < 8)?;
    for include in set.objects("compose.include") {
        let system = include.text("system");
        let inner = include.texts("valueSet");
        for url in &inner {
            expand(url, sets, systems, found, depth + 1)?;
        }
        let Some(system) = system else { continue };
        let filters = include.objects("filter");
        if let [filter] = filters.as_slice() {
            let root = filter.text("value").filter(|_| filter.text("op") == Some("is-a"))?;
            let known = systems.get(system).filter(|one| one.text("content") == Some("complete"))?;
            let mut all = Vec::new();
            inner_concepts(known.get("concept"), None, &mut all);
            let parents: HashMap<&str, &str> =
                all.iter().filter_map(|(code, up)| Some((*code, (*up)?))).collect();
            let is_a = |code: &str| {
                let mut at = Some(code);
                while let Some(here) = at {
                    if here == root {
                        return true;
                    }
                    at = parents.get(here).copied();
                }
                false
            };
            let before = found.entry(system).or_default();
            before.extend(all.iter().map(|(code, _)| *code).filter(|code| is_a(code)));
            continue;
        }
        if !filters.is_empty() {
            return None;
        }
        let named = include.texts("concept.code");
        if named.is_empty() {
            let known = systems.get(system).filter(|one| one.text("content") == Some("complete"))?;
            let mut all = Vec::new();
            inner_concepts(known.get("concept"), None, &mut all);
            found.entry(system).or_default().extend(all.into_iter().map(|(code, _)| code));
        } else {
            found.entry(system).or_default().extend(named);
        }
    }
    for exclude in set.objects("compose.exclude") {
        let codes = exclude.texts("concept.code");
        let system = exclude.text("system").filter(|_| !codes.is_empty())?;
        if let Some(has) = found.get_mut(system) {
            has.retain(|code| !codes.contains(code));
        }
    }
    Some(())
}

/// Codes and what they stand under.
fn inner_concepts<'t>(
    list: Option<&'t Json>,
    up: Option<&'t str>,
    found: &mut Vec<(&'t str, Option<&'t str>)>,
) {
    for concept in list.map(Json::items).unwrap_or_default() {
        let Some(code) = concept.get("code").and_then(Json::as_str) else { continue };
        let mut above = up;
        for property in concept.get("property").map(Json::items).unwrap_or_default() {
            if property.get("code").and_then(Json::as_str) == Some("subsumedBy") {
                above = above.or(property.get("valueCode").and_then(Json::as_str));
            }
        }
        found.push((code, above));
        inner_concepts(concept.get("concept"), Some(code), found);
    }
}

/// `system, code<broader …`: what stands under what.
fn broader(terms: &[Object]) -> String {
    let mut out = String::new();
    for one in terms.iter().filter(|one| one.text("resourceType") == Some("CodeSystem")) {
        let mut all = Vec::new();
        inner_concepts(one.get("concept"), None, &mut all);
        let pairs: Vec<String> =
            all.iter().filter_map(|(code, up)| Some(format!("{code}<{}", (*up)?))).collect();
        let told = all.iter().all(|(code, _)| !code.contains([' ', '<', '\t']));
        if let (Some(url), false, true) = (one.text("url"), pairs.is_empty(), told) {
            let _ = writeln!(out, "{url}\t{}", pairs.join(" "));
        }
    }
    out
}

/// `=url type base`, then what is demanded of each element: id, least, most, types, binding, fixed or pattern, slicing.
fn constraints(profiles: &[Object]) -> String {
    let mut out = String::new();
    for one in profiles.iter().filter(|one| one.text("resourceType") == Some("StructureDefinition")) {
        let (Some(url), Some(sort)) = (one.text("url"), one.text("type")) else { continue };
        let _ = writeln!(out, "={url}\t{sort}\t{}", one.text("baseDefinition").unwrap_or("-"));
        for element in one.objects("differential.element") {
            let Some(id) = element.text("id") else { continue };
            let types: Vec<String> = element
                .objects("type")
                .iter()
                .map(|of| {
                    let profiles = of.texts("profile").join(",");
                    format!(
                        "{}{}{profiles}",
                        of.text("code").unwrap_or_default(),
                        if profiles.is_empty() { "" } else { ">" }
                    )
                })
                .collect();
            let told =
                |key: &str| element.iter().find(|(name, _)| name.starts_with(key)).map(|(_, value)| value);
            let value = match (told("fixed"), told("pattern")) {
                (Some(value), _) => format!("={value}"),
                (_, Some(value)) => format!("~{value}"),
                _ => "-".to_owned(),
            };
            let slicing = match element.objects("slicing").first() {
                None => "-".to_owned(),
                Some(slicing) => {
                    let by: Vec<String> = slicing
                        .objects("discriminator")
                        .iter()
                        .map(|d| {
                            format!(
                                "{}:{}",
                                d.text("type").unwrap_or_default(),
                                d.text("path").unwrap_or_default()
                            )
                        })
                        .collect();
                    format!("{};{}", by.join(","), slicing.text("rules").unwrap_or_default())
                }
            };
            let _ = writeln!(
                out,
                "{id}\t{}\t{}\t{}\t{}\t{value}\t{slicing}",
                element.text("min").unwrap_or("-"),
                element.text("max").unwrap_or("-"),
                if types.is_empty() { "-".to_owned() } else { types.join("|") },
                binding(element),
            );
            out.push_str(&rules(element, url));
        }
    }
    out
}

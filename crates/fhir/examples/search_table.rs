//! Makes the table of R4 search parameters and of the patient compartment from HL7's definitions:
//! `cargo run -p fhir --example search_table -- ../shared/data/fhir-r4-definitions crates/fhir/src/search/r4`

use fhir::{Json, Object, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// More targets than this are as good as any.
const MANY_TARGETS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(from), Some(to)) = (words.next(), words.next()) else {
        return Err("name the folder of the definitions and the folder to write to".into());
    };
    let (from, to) = (Path::new(&from), Path::new(&to));
    let profiles = resources(&from.join("profiles-resources.json.gz"))?;
    let choices = choices(&profiles);
    let parameters = resources(&from.join("search-parameters.json.gz"))?;
    fs::write(to.join("parameters.tsv"), table(&parameters, &choices))?;
    fs::write(to.join("compartment.tsv"), compartment(&profiles))?;
    let types = resources(&from.join("profiles-types.json.gz"))?;
    fs::write(to.join("../../elements.tsv"), elements(&profiles, &types))?;
    Ok(())
}

fn resources(path: &Path) -> Result<Vec<Object>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(File::open(path)?).read_to_end(&mut bytes)?;
    let Json::Object(bundle) = json::parse(&bytes)? else { return Err("no bundle".into()) };
    Ok(bundle.objects("entry.resource").into_iter().cloned().collect())
}

/// Elements whose name in a resource ends with their type, as `Observation.value`.
fn choices(profiles: &[Object]) -> BTreeSet<String> {
    profiles
        .iter()
        .flat_map(|profile| profile.texts("snapshot.element.path"))
        .filter_map(|path| path.strip_suffix("[x]").map(str::to_owned))
        .collect()
}

/// One line for each code, type, path and targets: the types of resource that have it.
fn table(parameters: &[Object], choices: &BTreeSet<String>) -> String {
    let by_url: HashMap<&str, &Object> =
        parameters.iter().filter_map(|p| Some((p.text("url")?, p))).collect();
    let mut lines: BTreeMap<(String, String, String, String), BTreeSet<String>> = BTreeMap::new();
    for parameter in parameters {
        let (Some(code), Some(sort)) = (parameter.text("code"), parameter.text("type")) else { continue };
        let Some(expression) = parameter.text("expression") else { continue };
        let mut targets: Vec<&str> = parameter.texts("target");
        if targets.len() > MANY_TARGETS {
            targets = vec!["*"];
        }
        for base in parameter.texts("base") {
            let mut path = paths(expression, base, choices);
            for component in parameter.objects("component") {
                let Some(of) = component.text("definition").and_then(|url| by_url.get(url)) else { continue };
                let inner = component.text("expression").unwrap_or_default();
                let within = if path.starts_with('.') {
                    base.to_owned()
                } else {
                    format!("{base}.{}", path_of(&path))
                };
                let inner: Vec<String> =
                    inner.split('|').map(|branch| step_path(branch.trim(), &within, choices)).collect();
                path.push_str(&format!(";{}:{}", inner.join("|"), of.text("type").unwrap_or_default()));
            }
            let kind = if base == "Resource" || base == "DomainResource" { "*" } else { base };
            let key = (code.to_owned(), sort.to_owned(), path, targets.join(" "));
            lines.entry(key).or_default().insert(kind.to_owned());
        }
    }
    let mut out = String::new();
    for ((code, sort, path, targets), kinds) in lines {
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(" ");
        out.push_str(format!("{code}\t{sort}\t{kinds}\t{path}\t{targets}").trim_end());
        out.push('\n');
    }
    out
}

/// The base of a composite, before its components.
fn path_of(path: &str) -> &str {
    path.split(';').next().unwrap_or_default()
}

/// The branches of an expression that begin with a type, as paths from it.
fn paths(expression: &str, base: &str, choices: &BTreeSet<String>) -> String {
    let mut found = Vec::new();
    for branch in expression.split('|') {
        let branch = branch.trim();
        let named = branch.trim_start_matches('(').split(['.', ' ']).next().unwrap_or_default();
        if named != base {
            continue;
        }
        if branch.contains(" and ") {
            found.push("deceased[x]{set}".to_owned());
        } else if branch == base {
            found.push(".".to_owned());
        } else {
            let inner = branch.replacen(&format!("{base}."), "", 1);
            found.push(step_path(&inner, base, choices));
        }
    }
    found.join("|")
}

/// One branch, its type already taken off, as a path of this project: `a.b[x]`, `valueQuantity`, `a{b=c}`, `a{is Patient}`.
fn step_path(branch: &str, base: &str, choices: &BTreeSet<String>) -> String {
    let mut text = branch.to_owned();
    // `(value as Quantity).text` and `value.as(Quantity)` name the element that ends with its type.
    if let (Some(begin), Some(at)) = (text.find('('), text.find(" as ")) {
        let end = at + text[at..].find(')').unwrap_or(text.len() - at);
        let cast = format!("{}{}", &text[begin + 1..at], capital(&text[at + 4..end]));
        text = format!("{}{cast}{}", &text[..begin], &text[(end + 1).min(text.len())..]);
    }
    while let Some(at) = text.find(".as(") {
        let end = at + text[at..].find(')').unwrap_or(text.len() - at);
        text =
            format!("{}{}{}", &text[..at], capital(&text[at + 4..end]), &text[(end + 1).min(text.len())..]);
    }
    text = text
        .replace(".where(resolve() is ", "{is ")
        .replace(".where(", "{")
        .replace(['(', ')'], "}")
        .replace('\'', "")
        .replace("[0]", "{0}");
    let mut known = base.to_owned();
    let steps: Vec<String> = text
        .split('.')
        .map(|step| {
            let name = step.split('{').next().unwrap_or_default();
            known = format!("{known}.{name}");
            if choices.contains(&known) {
                step.replacen(name, &format!("{name}[x]"), 1)
            } else {
                step.to_owned()
            }
        })
        .collect();
    steps.join(".")
}

fn capital(word: &str) -> String {
    let mut chars = word.trim().chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Elements of resources and data types: which repeat, which have elements of their own, which stand in a summary, which
/// must be there.
fn elements(profiles: &[Object], types: &[Object]) -> String {
    let mut out = String::new();
    let of_resources =
        |p: &&Object| p.text("kind") == Some("resource") && p.text("derivation") == Some("specialization");
    let mut line = |sort: &str, name: &str, words: Vec<&str>| {
        if !words.is_empty() {
            out.push_str(&format!("{sort}\t{name}\t{}\n", words.join(" ")));
        }
    };
    for profile in profiles.iter().filter(of_resources) {
        let Some(name) = profile.text("name") else { continue };
        let elements = profile.objects("snapshot.element");
        let paths = |keeps: &dyn Fn(&Object) -> bool| -> Vec<&str> {
            elements
                .iter()
                .filter(|e| keeps(e))
                .filter_map(|e| e.text("path"))
                .filter(|path| path.contains('.'))
                .collect()
        };
        let own = |path: &&str| path.matches('.').count() == 1;
        let short = |path: &'_ str| path.rsplit('.').next().map(str::to_owned);
        line("repeat", name, paths(&|e| e.text("max") == Some("*")));
        line(
            "backbone",
            name,
            paths(&|e| matches!(e.text("type.code"), Some("BackboneElement" | "Element"))),
        );
        for (sort, keeps) in [
            (
                "summary",
                &(|e: &Object| e.get("isSummary").and_then(Json::as_bool) == Some(true))
                    as &dyn Fn(&Object) -> bool,
            ),
            ("needed", &|e: &Object| e.text("min").is_some_and(|min| min != "0")),
        ] {
            let names: Vec<String> = paths(keeps).into_iter().filter(own).filter_map(short).collect();
            line(sort, name, names.iter().map(String::as_str).collect());
        }
    }
    let mut repeating: BTreeSet<&str> = BTreeSet::new();
    for profile in types {
        for element in profile.objects("snapshot.element") {
            if element.text("max") == Some("*") {
                repeating
                    .extend(element.text("path").and_then(|path| path.split_once('.')).map(|(_, rest)| rest));
            }
        }
    }
    line("type", "*", repeating.into_iter().collect());
    out
}

/// Which parameters tie a type of resource to a patient: type, then parameters.
fn compartment(profiles: &[Object]) -> String {
    let mut out = String::new();
    let patient = profiles.iter().find(|p| {
        p.text("resourceType") == Some("CompartmentDefinition") && p.text("code") == Some("Patient")
    });
    for resource in patient.map(|p| p.objects("resource")).unwrap_or_default() {
        let params = resource.texts("param");
        if let (Some(kind), false) = (resource.text("code"), params.is_empty()) {
            out.push_str(&format!("{kind}\t{}\n", params.join(" ")));
        }
    }
    out
}

//! What no single rule of the definitions says: bundles, addresses, sizes.

use super::{Findings, primitive};
use crate::base64;
use crate::facts::Type;
use crate::json::{Json, Object};
use crate::outcome::IssueType;
use std::collections::HashSet;

/// A whole resource.
pub(super) fn check(object: &Object, kind: &str, path: &str, findings: &mut Findings) {
    if let Some(id) =
        object.get("id").and_then(Json::as_str).filter(|id| !id.is_empty() && !primitive::is_id(id))
    {
        let words = format!("\"{id}\" is no id; write 1 to 64 letters, digits, - and .");
        findings.wrong(IssueType::Value, &format!("{path}.id"), words);
    }
    contained(object, path, findings);
    match kind {
        "Bundle" => bundle(object, path, findings),
        "SearchParameter"
            if object.text("type") == Some("composite") && object.objects("component").len() < 2 =>
        {
            let words = "a composite has two components or more; add them";
            findings.wrong(IssueType::Required, &format!("{path}.component"), words);
        }
        "Questionnaire" => questions(object, path, findings),
        _ => {}
    }
}

/// What is contained is referred to, by an element or in narrative, or refers to what contains it (dom-3).
fn contained(object: &Object, path: &str, findings: &mut Findings) {
    let parts = object.objects("contained");
    if parts.is_empty() {
        return;
    }
    let whole = object.to_string();
    // What stands between a # and the end of a text, or of an attribute in narrative.
    let ends = ['"', '\\', '#'];
    let named: HashSet<&str> =
        whole.split('#').skip(1).filter_map(|rest| rest.find(ends).and_then(|end| rest.get(..end))).collect();
    for (n, part) in parts.iter().enumerate() {
        let Some(id) = part.get("id").and_then(Json::as_str) else { continue };
        if !named.contains(id) && !part.to_string().contains("\"#\"") {
            let words = format!("nothing refers to it; refer to #{id}, or leave it out (dom-3)");
            findings.wrong(IssueType::Invariant, &format!("{path}.contained[{n}]"), words);
        }
    }
}

/// Entries of a bundle: each has an address of its own, which is that of its resource.
fn bundle(bundle: &Object, path: &str, findings: &mut Findings) {
    let sort = bundle.text("type").unwrap_or_default();
    for (n, entry) in bundle.objects("entry").into_iter().enumerate() {
        let at = format!("{path}.entry[{n}]");
        let Some(resource) = entry.get("resource").and_then(Json::as_object) else { continue };
        let kind = resource.text("resourceType").unwrap_or_default();
        let id = resource.get("id").and_then(Json::as_str);
        match entry.get("fullUrl").and_then(Json::as_str) {
            None if matches!(sort, "document" | "message" | "collection") => {
                findings.wrong(
                    IssueType::Required,
                    &format!("{at}.fullUrl"),
                    "an entry has its address; add fullUrl",
                );
            }
            Some(url) if !url.starts_with("urn:") => {
                let mut ends = url.rsplit('/');
                if let (Some(in_url), Some(to)) = (ends.next(), ends.next())
                    && to == kind
                    && id != Some(in_url)
                    && !matches!(sort, "transaction" | "batch" | "history")
                {
                    let words = format!(
                        "the address leads to {to}/{in_url}, the resource has {}; make them the same",
                        id.map_or("no id".to_owned(), |id| format!("the id {id}"))
                    );
                    findings.wrong(IssueType::Value, &format!("{at}.fullUrl"), words);
                }
            }
            _ => {}
        }
        if sort == "searchset" && id.is_none() && kind != "OperationOutcome" && kind != "Parameters" {
            findings.wrong(
                IssueType::Required,
                &format!("{at}.resource.id"),
                "what a search finds has an id; add it",
            );
        }
        if entry.text("search.mode") == Some("outcome") && kind != "OperationOutcome" {
            findings.wrong(
                IssueType::Value,
                &format!("{at}.search.mode"),
                "an outcome is an OperationOutcome; write match or include",
            );
        }
    }
}

/// A question depends on questions outside itself.
fn questions(object: &Object, path: &str, findings: &mut Findings) {
    for (n, item) in object.objects("item").into_iter().enumerate() {
        let at = format!("{path}.item[{n}]");
        let mut inner = HashSet::new();
        ids(item, &mut inner);
        if item.objects("enableWhen").len() > 1 && item.text("enableBehavior").is_none() {
            let words = "it depends on several questions; say all or any in enableBehavior";
            findings.wrong(IssueType::Required, &format!("{at}.enableBehavior"), words);
        }
        for (m, when) in item.objects("enableWhen").into_iter().enumerate() {
            let asked = when.text("question");
            if asked.is_some_and(|asked| inner.contains(asked)) {
                let words = "a question cannot depend on itself or on one within it; name another linkId";
                findings.wrong(IssueType::BusinessRule, &format!("{at}.enableWhen[{m}].question"), words);
            }
        }
        questions(item, &at, findings);
    }
}

fn ids<'j>(item: &'j Object, found: &mut HashSet<&'j str>) {
    found.extend(item.text("linkId"));
    item.objects("item").into_iter().for_each(|inner| ids(inner, found));
}

/// One element that is an object.
pub(super) fn element(object: &Object, known: &'static Type, at: &str, findings: &mut Findings) {
    let text = |key: &str| object.get(key).and_then(Json::as_str);
    match known.name {
        "Attachment" => {
            let stated = object
                .get("size")
                .and_then(Json::as_decimal)
                .and_then(|size| size.as_str().parse::<usize>().ok());
            if let (Some(stated), Some(bytes)) = (stated, text("data").and_then(base64::decode))
                && stated != bytes.len()
            {
                let words = format!(
                    "size says {stated}, the data has {} bytes; correct it or leave it out",
                    bytes.len()
                );
                findings.wrong(IssueType::Value, &format!("{at}.size"), words);
            }
        }
        "Extension" if text("url").is_some_and(|url| url.contains('|')) => {
            let words = "an extension is named without a version; take it away";
            findings.wrong(IssueType::Value, &format!("{at}.url"), words);
        }
        "Coding" => {
            if let Some(system) = text("system") {
                if system.starts_with("http://hl7.org/fhir/ValueSet/")
                    || system.starts_with("http://terminology.hl7.org/ValueSet/")
                {
                    findings.wrong(
                        IssueType::Value,
                        &format!("{at}.system"),
                        "this is a value set; name the code system",
                    );
                } else if !system.contains(':') {
                    findings.wrong(
                        IssueType::Value,
                        &format!("{at}.system"),
                        "a system is a whole address, such as http://loinc.org",
                    );
                }
            }
        }
        _ => {}
    }
}

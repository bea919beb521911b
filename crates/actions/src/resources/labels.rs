//! `$meta` of a type and of everything: the labels that are in use (FHIR R4 Resource-meta).

use super::too_costly;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::id::PARTS;
use fhir::search::r4::{Params, Request, Unknown};
use fhir::{Json, Kind, Object, Part};
use std::collections::{BTreeMap, BTreeSet};

/// The parameters by which labels are searched, and where they stand.
const LABELS: [(&str, &str); 3] = [("_profile", "profile"), ("_security", "security"), ("_tag", "tag")];

/// Look: which profiles, security labels and tags are in use. Names nobody.
#[derive(Debug, Clone, Copy)]
pub struct LabelsOf {
    /// Of this type; `None` = of all.
    pub kind: Option<Kind>,
}

impl Sealed for LabelsOf {}
impl Look for LabelsOf {
    type View = Object;
    const PERMISSION: Permission = Permission::ReadFhir;
    fn object(&self) -> String {
        self.kind.map_or_else(|| "$meta".to_owned(), |kind| format!("{kind}/$meta"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Object>, Refusal> {
        let mut kinds: BTreeSet<Kind> = self.kind.into_iter().collect();
        if self.kind.is_none() {
            for part in 0..PARTS {
                kinds.extend(reading.view.kinds_in(Part(part))?.into_iter().map(|(kind, _)| kind));
            }
        }
        let mut found: BTreeMap<&str, BTreeMap<String, Json>> = BTreeMap::new();
        for kind in kinds {
            for (parameter, element) in LABELS {
                let asked: Params = vec![(format!("{parameter}:missing"), "false".to_owned())];
                let Ok(request) = Request::read(kind, &asked, Unknown::Refuse, reading.context.now) else {
                    continue;
                };
                let request = Request { count: store::MAX_BODIES, ..request };
                for stored in reading.view.find(&request).map_err(too_costly)?.hits {
                    let Ok(Json::Object(resource)) = fhir::json::parse(&stored.body) else { continue };
                    let Some(meta) = resource.object("meta") else { continue };
                    for label in meta.get(element).map(Json::items).unwrap_or_default() {
                        let told = String::from_utf8_lossy(&label.to_bytes()).into_owned();
                        found.entry(element).or_default().insert(told, label.clone());
                    }
                }
            }
        }
        let meta = LABELS.into_iter().fold(Object::new(), |meta, (_, element)| {
            let labels = found.remove(element).unwrap_or_default();
            meta.set(element, Json::Array(labels.into_values().collect()))
        });
        Ok(Seen::nobody(meta))
    }
}

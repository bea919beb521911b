//! By which endpoint a recipient is reached: the one of their role, or what it names instead when it is not in use, is
//! doubted, or does not take this class of report (X-07, S-019).

use crate::directory::{Directory, Endpoint, EndpointKind, Role, class_code};
use crate::intake::ReportClass;
use crate::words::Words;

/// A way, and what is to be said about it when it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way<'d> {
    /// By this endpoint.
    Endpoint(&'d Endpoint, Option<Words>),
    /// They read in the portal.
    Portal,
    /// There is none: why.
    None(Words),
}

/// The way to somebody in a role, for a class of report, on a day.
pub(super) fn way<'d>(role: &Role, class: ReportClass, directory: &'d Directory, on: &str) -> Way<'d> {
    let Some(first) = role.endpoint.as_deref().and_then(|id| directory.endpoint(id)) else {
        return Way::Portal;
    };
    let named = std::iter::once(first).chain(first.fallback.iter().filter_map(|id| directory.endpoint(id)));
    // The place's other ways are tried only where the role's own is no longer in use at all.
    let others = directory
        .endpoints()
        .filter(|other| !first.carries_on(on) && other.place == role.place && other.kind.delivers());
    let mut why: Option<Words> = None;
    let mut doubted: Option<&Endpoint> = None;
    for endpoint in named.chain(others) {
        if !endpoint.carries_on(on) {
            why.get_or_insert_with(|| not_in_use(endpoint, on));
        } else if !endpoint.accepts.class(class) {
            why.get_or_insert_with(|| not_taken(endpoint, class));
        } else if let Some(doubt) = directory.doubt_of(&endpoint.id) {
            doubted.get_or_insert(endpoint);
            why.get_or_insert_with(|| {
                let (en, fr) = (endpoint.kind.words().en, endpoint.kind.words().fr);
                Words::new(
                    format!("the {en} is doubted since {} ({})", doubt.since, doubt.why),
                    format!("{fr} : en doute depuis le {} ({})", doubt.since, doubt.why),
                )
            });
        } else if endpoint.kind == EndpointKind::Portal {
            return Way::Portal;
        } else {
            return Way::Endpoint(endpoint, why.map(|why| instead(endpoint, &why)));
        }
    }
    match (doubted, why) {
        // Nothing better is known: it is still offered there, and a refusal has its own owner.
        (Some(endpoint), _) => Way::Endpoint(endpoint, None),
        (None, Some(why)) => Way::None(why),
        (None, None) => Way::Portal,
    }
}

fn instead(endpoint: &Endpoint, why: &Words) -> Words {
    let way = endpoint.kind.words();
    Words::new(
        format!("By {}, because {}.", way.en, why.en),
        format!("Par {}, parce que : {}.", way.fr, why.fr),
    )
}

fn not_in_use(endpoint: &Endpoint, on: &str) -> Words {
    let way = endpoint.kind.words();
    Words::new(
        format!("the {} {} is not in use on {on}", way.en, endpoint.id),
        format!("{} {} : pas en service le {on}", way.fr, endpoint.id),
    )
}

fn not_taken(endpoint: &Endpoint, class: ReportClass) -> Words {
    let way = endpoint.kind.words();
    let class = class_code(class);
    Words::new(
        format!("the {} does not take reports of class {class}", way.en),
        format!("{} : ne prend pas les rapports de classe {class}", way.fr),
    )
}

//! Who must have a report, and why, as a sentence.
//!
//! Recipients are the union of everybody the message names (H20): the ordering provider, copies, the providers of the
//! visit, the primary provider. A provider is found by number, never by name; a number that belongs to somebody of
//! another family name is nobody's, and the delivery desk looks (H13). A result without an ordering provider goes to
//! the delivery desk besides its copies. An admission notice (class Encounter) that names nobody needs no route: it is
//! no result, and whoever opens the chart sees it. An admission, discharge or emergency notice without a primary
//! provider is a line of a desk's work list (S-002, S-063).
//!
//! Results never land on somebody who is away (RT11); what an endpoint does not take goes by another; ordinary
//! copies can be left out, what safety asks for cannot; what is confidential goes to who is responsible.
mod answered;
mod compare;
mod join;
mod outgoing;
mod referred;
mod stand_in;
mod way;
mod withdrawn;

pub use answered::answer_to_referral;
pub use compare::{Moved, moved};
pub use join::unresolved;

pub use outgoing::{OutgoingHeader, outgoing, report_excerpt};
pub use withdrawn::{leave_out_withdrawn, say_withdrawn, withdrawal_of};

use crate::directory::{Directory, Practitioner, Primary, Resolved, Role};
use crate::identity::{Outcome, names};
use crate::intake::{Addressee, AddresseePart, Gravity, Report, ReportClass};
use crate::words::Words;
use serde::{Deserialize, Serialize};
use stand_in::stand_in;
use way::{Way, way};

/// Version of the rules of this file, kept with every route that they made.
pub const RULE: &str = "routing-5";

/// One recipient of one report, or the finding that somebody named cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where it goes.
    pub target: Target,
    /// Responsible for acting, or a copy.
    pub responsible: bool,
    /// Why this recipient, in both languages.
    pub because: Words,
    /// Whether a stated list alone names them ([`STATED`]).
    pub is_stated: bool,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A practitioner at a place through an endpoint.
    Endpoint {
        /// Directory id of the practitioner.
        practitioner: String,
        /// Directory id of the place.
        place: String,
        /// Directory id of the endpoint.
        endpoint: String,
        /// `Cairnwood, Aoife at Harbourview Clinic`.
        name: String,
    },
    /// Readable in the portal only: no other way is agreed.
    Portal {
        /// Directory id of the practitioner.
        practitioner: String,
        /// Directory id of the place.
        place: String,
        /// As people read it.
        name: String,
    },
    /// Named in the message, and no way to them: the delivery desk owns it.
    Nowhere {
        /// As the message names them.
        name: String,
    },
}

/// Where the primary care provider stands whom no field of the message names but an earlier message did (S-002).
pub const ON_FILE: &str = "on file";

/// Where one stands whom the list of a practice or a registry states (S-002).
pub const STATED: &str = "stated list";

/// The sentence of a route with the version of the rules that made it.
#[must_use]
pub fn by_rules(because: &Words) -> Words {
    Words::new(
        format!("{} Routing rules {RULE}.", because.en),
        format!("{} Règles d'acheminement {RULE}.", because.fr),
    )
}

/// The part of an addressee, whether it receives, and whether it is responsible for acting.
///
/// The table of the first cut: results (laboratory, microbiology, imaging, text) are the orderer's to act on; a
/// document is the orderer's or the primary provider's; an admission notice the attending and the primary provider's.
/// A document that names recipients, none of whom is responsible, goes to them as copies and to no desk: most documents
/// name only the attending provider, who often wrote them.
#[must_use]
pub fn responsible(part: AddresseePart, class: ReportClass) -> bool {
    match (part, class) {
        (AddresseePart::Ordering, ReportClass::Encounter) => false,
        (AddresseePart::Ordering, _) => true,
        (AddresseePart::Attending, ReportClass::Encounter) => true,
        (AddresseePart::ReferredTo | AddresseePart::Referrer, _) => true,
        (AddresseePart::Primary, ReportClass::Encounter | ReportClass::Document) => true,
        _ => false,
    }
}

/// Whether somebody must open a report of this class. An admission notice is news, not a result: it is delivered to
/// whoever must have it, and nobody is asked to sign for having read it (alert fatigue is a hazard of its own, H18).
#[must_use]
pub fn asks_attention(class: ReportClass) -> bool {
    class != ReportClass::Encounter
}

/// Whether a copy is sent whatever its receiver subscribed to: what is flagged, what says that somebody came to or left
/// a hospital, and referrals. Who is responsible always receives.
#[must_use]
pub fn is_safety_minimum(report: &Report) -> bool {
    report.flag > Gravity::Normal || report.notice.is_some() || report.referral.is_some()
}

/// Everybody who must have a report, on a day (`YYYY-MM-DD`): responsible first, then in the order of the fields; one
/// route for one practitioner at one place.
#[must_use]
pub fn route(report: &Report, directory: &Directory, on: &str) -> Vec<Route> {
    let named: Vec<&Addressee> =
        report.addressees.iter().filter(|a| a.part != AddresseePart::Author && !is_blank(a)).collect();
    let mut routes: Vec<Route> = Vec::new();
    let mut withheld = 0_usize;
    for addressee in &named {
        #[cfg(feature = "defects")]
        if defects::is(defects::Defect::CopiesDropped) && addressee.part == AddresseePart::CopyTo {
            continue;
        }
        if report.confidential && !responsible(addressee.part, report.class) {
            withheld += 1;
            continue;
        }
        for next in routes_of(addressee, report, directory, on) {
            let next = Route { is_stated: addressee.field == STATED, ..next };
            match routes.iter_mut().find(|r| r.target == next.target) {
                Some(have) if next.responsible && !have.responsible => *have = next,
                Some(_) => {}
                None => routes.push(next),
            }
        }
    }
    // Somebody who gets it by a system needs no second line for the portal.
    let reached: Vec<(String, String)> = routes.iter().filter_map(|r| reached(&r.target, true)).collect();
    routes
        .retain(|r| reached_in_portal(&r.target).is_none_or(|who| r.responsible || !reached.contains(&who)));
    let lacking = lacking(report, &named, withheld);
    #[cfg(feature = "defects")]
    let lacking = lacking.filter(|_| !defects::is(defects::Defect::NoRecipients));
    routes.extend(lacking);
    routes.sort_by_key(|r| !r.responsible);
    if withheld > 0
        && let Some(first) = routes.first_mut()
    {
        first.because = Words::new(
            format!("{} It is confidential: no copies ({withheld} withheld).", first.because.en),
            format!("{} Confidentiel : aucune copie ({withheld} retenues).", first.because.fr),
        );
    }
    routes
}

fn reached(target: &Target, by_system: bool) -> Option<(String, String)> {
    match target {
        Target::Endpoint { practitioner, place, .. } if by_system => {
            Some((practitioner.clone(), place.clone()))
        }
        Target::Portal { practitioner, place, .. } if !by_system => {
            Some((practitioner.clone(), place.clone()))
        }
        _ => None,
    }
}

fn reached_in_portal(target: &Target) -> Option<(String, String)> {
    reached(target, false)
}

fn is_blank(a: &Addressee) -> bool {
    a.numbers.iter().all(|(_, n)| n.trim().is_empty())
        && a.family.trim().is_empty()
        && a.given.trim().is_empty()
}

/// The routes with the words of who states the primary provider and since when, where a stated list alone names them.
pub fn say_who_states(routes: &mut [Route], stated: &Primary) {
    for route in routes.iter_mut().filter(|route| route.is_stated) {
        route.because = Words::new(
            format!("{} Stated by {} from {}.", route.because.en, stated.source, stated.from),
            format!("{} Déclaré par {} à partir du {}.", route.because.fr, stated.source, stated.from),
        );
    }
}

/// The route to the desk when a report that somebody must act on names nobody for it.
fn lacking(report: &Report, named: &[&Addressee], withheld: usize) -> Option<Route> {
    let has = |part| named.iter().any(|a| a.part == part);
    let because = match report.class {
        ReportClass::Encounter => {
            let notice = report.notice.filter(|_| !has(AddresseePart::Primary))?;
            let said = notice.words();
            Words::new(
                format!(
                    "{}, and no primary care provider is named (PD1-4). Find out who must know.",
                    said.en
                ),
                format!(
                    "{}, et aucun fournisseur de soins primaires n'est nommé (PD1-4). Établissez qui doit le savoir.",
                    said.fr
                ),
            )
        }
        ReportClass::Referral if has(AddresseePart::ReferredTo) || has(AddresseePart::Referrer) => {
            return None;
        }
        ReportClass::Referral if report.referral.is_some_and(|referral| referral.request == report.key) => {
            Words::new(
                "The referral names nobody to go to (PRD with RT). Find out who takes it.",
                "La demande de consultation ne nomme aucun destinataire (PRD avec RT). Établissez qui la prend.",
            )
        }
        ReportClass::Referral => Words::new(
            "The answer to a referral does not name who asked (PRD with RP). Find out who must know.",
            "La réponse à une demande de consultation ne nomme pas qui l'a faite (PRD avec RP). Établissez qui doit le savoir.",
        ),
        ReportClass::Document if named.len() > withheld => return None,
        ReportClass::Document if withheld > 0 => Words::new(
            "The document is confidential and names nobody who is responsible. Find out who must have it.",
            "Le document est confidentiel et ne nomme aucun responsable. Établissez qui doit le recevoir.",
        ),
        ReportClass::Document => Words::new(
            "The document names no recipient. Find out who must have it.",
            "Le document ne nomme aucun destinataire. Établissez qui doit le recevoir.",
        ),
        _ if has(AddresseePart::Ordering) => return None,
        _ => Words::new(
            "Ordering provider (OBR-16) is blank. Find out who ordered it and must act on it.",
            "Le prescripteur (OBR-16) est vide. Établissez qui l'a demandé et doit y donner suite.",
        ),
    };
    Some(Route {
        target: Target::Nowhere { name: String::new() },
        responsible: true,
        because,
        is_stated: false,
    })
}

/// The routes to one addressee: to them, or to who stands in, with a copy for who is away to read on their return.
fn routes_of(addressee: &Addressee, report: &Report, directory: &Directory, on: &str) -> Vec<Route> {
    let responsible = responsible(addressee.part, report.class);
    let part = part_words(addressee);
    let nowhere = |why: Words| {
        vec![Route {
            target: Target::Nowhere { name: as_named(addressee) },
            responsible,
            because: Words::new(format!("{}: {}.", part.en, why.en), format!("{} : {}.", part.fr, why.fr)),
            is_stated: false,
        }]
    };
    let at_place = referred::place(addressee, directory);
    let found =
        match at_place.map_or_else(|| find(addressee, directory), |at| referred::receiver(at, directory)) {
            Ok(found) => found,
            Err(why) => return nowhere(why),
        };
    let role = match at_place {
        Some(at) => referred::role(found, at, directory, on),
        None => place_of(found, directory, on),
    };
    let place = role.as_ref().ok().map(|role| role.place.clone()).or_else(|| last_place(found, directory));
    if let Some(away) = directory.absence_on(&found.id, place.as_deref(), on) {
        let instead = match stand_in(found, away, place.as_deref(), directory, on) {
            Ok(instead) => instead,
            Err(why) => return nowhere(why),
        };
        let because = Words::new(
            format!("{} {}", part.en, instead.because.en),
            format!("{} {}", part.fr, instead.because.fr),
        );
        let mut routes =
            vec![reach(instead.who, instead.role, responsible, because.clone(), report, directory, on)];
        if let Ok(role) = role {
            let target = Target::Portal {
                practitioner: found.id.clone(),
                place: role.place.clone(),
                name: shown(found, &role.place, directory),
            };
            routes.push(Route { target, responsible: false, because, is_stated: false });
        }
        return routes;
    }
    let role = match role {
        Ok(role) => role,
        Err(why) => return nowhere(why),
    };
    let at = directory.place(&role.place).map_or(role.place.as_str(), |p| p.name.as_str());
    let name = found.name();
    let because = Words::new(
        format!("{} {name} works at {at} on {on}.", part.en),
        format!("{} {name} travaille à {at} le {on}.", part.fr),
    );
    vec![reach(found, role, responsible, because, report, directory, on)]
}

fn shown(who: &Practitioner, place: &str, directory: &Directory) -> String {
    format!("{} at {}", who.name(), directory.place(place).map_or(place, |p| p.name.as_str()))
}

/// The route to somebody in a role.
fn reach(
    who: &Practitioner,
    role: &Role,
    responsible: bool,
    because: Words,
    report: &Report,
    directory: &Directory,
    on: &str,
) -> Route {
    let name = shown(who, &role.place, directory);
    let (practitioner, place) = (who.id.clone(), role.place.clone());
    let add = |more: &Words| {
        Words::new(format!("{} {}", because.en, more.en), format!("{} {}", because.fr, more.fr))
    };
    match way(role, report.class, directory, on) {
        Way::Portal => Route {
            target: Target::Portal { practitioner, place, name },
            responsible,
            because,
            is_stated: false,
        },
        Way::None(why) => Route {
            target: Target::Nowhere { name },
            responsible,
            because: add(&Words::new(
                format!("No way to them: {}.", why.en),
                format!("Aucune voie : {}.", why.fr),
            )),
            is_stated: false,
        },
        Way::Endpoint(endpoint, _)
            if !responsible
                && !is_safety_minimum(report)
                && directory.leaves_out(&endpoint.id, &practitioner, report.class) =>
        {
            let because = add(&Words::new(
                "They asked not to be sent ordinary copies of this class; it is in the portal.",
                "À leur demande, les copies ordinaires de cette classe ne sont pas envoyées; elle est au portail.",
            ));
            Route {
                target: Target::Portal { practitioner, place, name },
                responsible,
                because,
                is_stated: false,
            }
        }
        Way::Endpoint(endpoint, said) => {
            let because = said.as_ref().map_or_else(|| because.clone(), add);
            let target = Target::Endpoint { practitioner, place, endpoint: endpoint.id.clone(), name };
            Route { target, responsible, because, is_stated: false }
        }
    }
}

/// Where somebody worked last, for whoever has no place any more and named a cover.
fn last_place(who: &Practitioner, directory: &Directory) -> Option<String> {
    let theirs = directory.roles().filter(|role| role.practitioner == who.id);
    theirs.max_by(|a, b| a.to.cmp(&b.to)).map(|role| role.place.clone())
}

/// The practitioner whose numbers these are: all that resolve must name one, and the family name must not contradict.
fn find<'a>(addressee: &Addressee, directory: &'a Directory) -> Result<&'a Practitioner, Words> {
    let name = as_named(addressee);
    let mut found: Option<&Practitioner> = None;
    let mut several = None;
    for (authority, value) in &addressee.numbers {
        match directory.by_number(authority, value) {
            Resolved::One(one) => match found {
                Some(other) if other.id != one.id => {
                    return Err(Words::new(
                        format!("the numbers of {name} belong to {} and to {}", other.name(), one.name()),
                        format!("les numéros de {name} appartiennent à {} et à {}", other.name(), one.name()),
                    ));
                }
                _ => found = Some(one),
            },
            Resolved::Several(words) => several = Some(words),
            Resolved::Nobody => {}
        }
    }
    let Some(found) = found else {
        return Err(several.unwrap_or_else(|| not_found(addressee, &name)));
    };
    if names::compare_family(&addressee.family, &found.family) == Outcome::Disagrees {
        return Err(Words::new(
            format!("the number belongs to {}, the message names {name}", found.name()),
            format!("le numéro appartient à {}, le message nomme {name}", found.name()),
        ));
    }
    Ok(found)
}

/// The practitioner of the directory whom an addressee is; `None` when none is, or more than one.
#[must_use]
pub fn practitioner_of<'a>(addressee: &Addressee, directory: &'a Directory) -> Option<&'a Practitioner> {
    find(addressee, directory).ok()
}

fn not_found(addressee: &Addressee, name: &str) -> Words {
    if addressee.numbers.iter().all(|(_, n)| n.trim().is_empty()) {
        Words::new(
            format!("{name} is named without a number, and a name alone is not enough"),
            format!("{name} est nommé sans numéro, et un nom seul ne suffit pas"),
        )
    } else {
        Words::new(format!("{name} is not in the directory"), format!("{name} n'est pas dans le répertoire"))
    }
}

/// Where they work on that day: the primary role, or the only one.
fn place_of<'a>(found: &'a Practitioner, directory: &'a Directory, on: &'a str) -> Result<&'a Role, Words> {
    let roles: Vec<&Role> = directory.roles_on(&found.id, on).collect();
    match roles.iter().find(|r| r.primary).or(if let [only] = roles.as_slice() { Some(only) } else { None }) {
        Some(role) => Ok(role),
        None if roles.is_empty() => Err(Words::new(
            format!("{} has no place in the directory on {on}", found.name()),
            format!("{} n'a pas de lieu au répertoire le {on}", found.name()),
        )),
        None => Err(Words::new(
            format!("{} works at {} places on {on} and none is primary", found.name(), roles.len()),
            format!("{} travaille à {} endroits le {on} et aucun n'est principal", found.name(), roles.len()),
        )),
    }
}

/// `Cairnwood, Aoife (014417)`, or what there is of it.
fn as_named(addressee: &Addressee) -> String {
    let name = match (addressee.family.trim(), addressee.given.trim()) {
        ("", given) => given.to_owned(),
        (family, "") => family.to_owned(),
        (family, given) => format!("{family}, {given}"),
    };
    let number = addressee.numbers.iter().map(|(_, n)| n.trim()).find(|n| !n.is_empty());
    match (name.as_str(), number) {
        ("", Some(number)) => number.to_owned(),
        (_, Some(number)) => format!("{name} ({number})"),
        _ => name,
    }
}

fn part_words(addressee: &Addressee) -> Words {
    let (en, fr) = match addressee.part {
        AddresseePart::Ordering => ("Ordering provider", "Prescripteur"),
        AddresseePart::CopyTo => ("Copy to", "Copie à"),
        AddresseePart::Attending => ("Attending provider", "Médecin traitant à l'hôpital"),
        AddresseePart::Referring => ("Referring provider", "Médecin référent"),
        AddresseePart::Consulting => ("Consulting provider", "Médecin consultant"),
        AddresseePart::Primary => ("Primary care provider", "Fournisseur de soins primaires"),
        AddresseePart::Author => ("Author", "Auteur"),
        AddresseePart::ReferredTo => ("Referred to", "Adressé à"),
        AddresseePart::Referrer => ("Asked by", "Demandé par"),
    };
    let field_fr = match addressee.field {
        ON_FILE => "au dossier",
        STATED => "liste déclarée",
        field => field,
    };
    Words::new(format!("{en} ({})", addressee.field), format!("{fr} ({field_fr})"))
}

#[cfg(test)]
mod tests;

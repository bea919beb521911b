//! What the directory holds of a practitioner and of where they work: seen, confirmed and put right by themselves
//! (S-019, FEATURES DR6). What they want changed is a proposal; the directory desk decides.

use super::changing::{applied, day_of, now_known};
use super::{ATTEST_DAYS, OwnMove, Propose};
use crate::obligations;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{
    Absence, Affiliation, Change, Contact, ContactState, Directory, Endpoint, Fact, NumberKind, Practitioner,
    Role, Subscription, fax_number, next_check,
};
use clinical::intake::ReportClass;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::Changes;

pub use clinical::directory::{AbsenceKind, ContactKind, class_code, class_from_code};

/// Whence changes come that a provider asks for.
pub const SOURCE: &str = "practice form";
/// Characters of a value or of a reason that are kept.
const TEXT_LIMIT_CHARS: usize = 500;

/// Look: what is held of oneself and one's practice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mine;

/// Answer to [`Mine`].
#[derive(Debug, Clone, PartialEq)]
pub struct MineView {
    /// Directory id.
    pub id: String,
    /// `Cairnwood, Aoife`.
    pub name: String,
    /// Facility, community or both, today; computed from the roles.
    pub affiliation: Affiliation,
    /// Numbers: (issuer, number, licence or billing).
    pub numbers: Vec<(String, String, Words)>,
    /// Roles that hold today or later.
    pub roles: Vec<RoleLine>,
    /// Addresses and numbers of oneself and of these places and their ways.
    pub contacts: Vec<OwnContact>,
    /// Absences that last or are to come.
    pub absences: Vec<AbsenceLine>,
    /// Who may cover, by id and name: everybody else who works somewhere today.
    pub colleagues: Vec<(String, String)>,
    /// Ways, with the classes of which ordinary copies are left out.
    pub wishes: Vec<WishLine>,
    /// Own proposals that nobody has decided about: (since when, what).
    pub proposed: Vec<(Instant, Words)>,
    /// Changes by which one's reports came to go elsewhere, the latest first.
    pub moved: Vec<OwnMove>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleLine {
    /// Place id.
    pub place: String,
    /// As people read it.
    pub place_name: String,
    /// What one does there.
    pub role: String,
    /// Where reports go that name no place.
    pub primary: bool,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: Option<String>,
    /// The way there: sort and address; `None` for the portal only.
    pub way: Option<(Words, String)>,
    /// Why it is doubted.
    pub doubt: Option<String>,
}

/// An address or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnContact {
    /// Id.
    pub id: String,
    /// Of whom or what, as people read it.
    pub of: String,
    /// Sort.
    pub kind: Words,
    /// Address or number.
    pub value: String,
    /// Where it comes from.
    pub source: String,
    /// When somebody last confirmed it.
    pub verified_on: String,
    /// By which day it is to be confirmed again.
    pub next_check: String,
    /// How it stands.
    pub state: ContactState,
    /// Why it is doubted; empty when it is not.
    pub why: String,
    /// Whether it can be changed here: a line belongs to its system.
    pub can_change: bool,
}

/// An absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsenceLine {
    /// Id.
    pub id: String,
    /// `on leave until 2026-12-01`.
    pub words: Words,
    /// The place; empty for all.
    pub place: String,
    /// First day.
    pub from: String,
    /// Who covers, by name; empty when nobody is named.
    pub cover: String,
}

/// What is sent by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishLine {
    /// Endpoint id.
    pub endpoint: String,
    /// Sort of way.
    pub kind: Words,
    /// The place, as people read it.
    pub place: String,
    /// Each class, and whether ordinary copies of it are left out: for oneself, for everybody there.
    pub classes: Vec<(ReportClass, bool, bool)>,
}

/// Act: everything that is held of oneself and of the ways of one's own roles is as it stands today. What belongs to a
/// whole place is confirmed one by one, and so is a line or number that is doubted, by somebody who has looked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attest;

/// Act: have something changed.
#[derive(Debug, Clone)]
pub struct Update {
    /// What.
    pub wanted: Wanted,
    /// Why, or who says so; required.
    pub why: String,
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// An address or number is another one. The fax number that reports go to changes with it, and is on trial until
    /// its test page was taken.
    Contact {
        /// Id of the contact.
        contact: String,
        /// As it should be.
        value: String,
    },
    /// One more address or number.
    Another {
        /// Place id; empty for oneself.
        of: String,
        /// Sort.
        kind: ContactKind,
        /// Address or number.
        value: String,
    },
    /// Away from one place or from all.
    Away {
        /// Place id; empty for all.
        place: String,
        /// Sort.
        kind: AbsenceKind,
        /// Who covers; empty for nobody, then the practice's default recipient receives.
        cover: String,
        /// First day, `YYYY-MM-DD`.
        from: String,
        /// Last day; empty for good.
        to: String,
    },
    /// Back: an absence has this last day.
    Back {
        /// Id of the absence.
        absence: String,
        /// Last day of it.
        last: String,
    },
    /// No longer at a place after a day.
    Leaving {
        /// Place id.
        place: String,
        /// Last day there.
        last: String,
    },
    /// Ordinary copies of these classes are left out by a way.
    Copies {
        /// Endpoint id.
        endpoint: String,
        /// For everybody behind it and not only for oneself.
        everybody: bool,
        /// The classes.
        without: Vec<ReportClass>,
    },
}

/// Whether something of the directory belongs to a practitioner: themselves, and the places and ways of their roles.
pub(super) fn is_theirs(directory: &Directory, me: &str, of: &str, day: &str) -> bool {
    of == me
        || directory.roles_on(me, day).any(|role| {
            role.place == of
                || role.endpoint.as_deref() == Some(of)
                || directory.endpoint(of).is_some_and(|way| way.place == role.place)
        })
}

/// Whether something is a practitioner's own: themselves, and the ways of their roles.
fn is_own(directory: &Directory, me: &str, of: &str, day: &str) -> bool {
    of == me || directory.roles_on(me, day).any(|role| role.endpoint.as_deref() == Some(of))
}

fn myself<'d>(reading: &Reading<'_>, directory: &'d Directory) -> Result<&'d Practitioner, Refusal> {
    let id = reading.context.actor.practitioner.as_deref();
    id.and_then(|id| directory.practitioner(id)).ok_or_else(|| {
        Refusal::conflict(
            "You are not in the provider directory under this sign-in. Ask the directory desk to enter you.",
            "Vous n'êtes pas au répertoire sous cette connexion. Demandez au bureau du répertoire de vous y inscrire.",
        )
    })
}

impl Sealed for Mine {}

impl Look for Mine {
    type View = MineView;
    const PERMISSION: Permission = Permission::KeepOwnDetails;

    fn object(&self) -> String {
        "directory/mine".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<MineView>, Refusal> {
        let (directory, day) = (reading.directory, day_of(reading.context.now));
        let me = myself(reading, directory)?;
        let roles: Vec<&Role> = directory
            .roles()
            .filter(|role| {
                role.practitioner == me.id && role.to.as_deref().is_none_or(|to| day.as_str() <= to)
            })
            .collect();
        let contacts = directory.contacts().filter(|contact| is_theirs(directory, &me.id, &contact.of, &day));
        let absences = directory.absences().filter(|away| {
            away.practitioner == me.id && away.to.as_deref().is_none_or(|to| day.as_str() <= to)
        });
        let works =
            |who: &&Practitioner| who.id != me.id && directory.roles_on(&who.id, &day).next().is_some();
        let mut colleagues: Vec<(String, String)> =
            directory.practitioners().filter(works).map(|who| (who.id.clone(), who.name())).collect();
        colleagues.sort_by(|a, b| a.1.cmp(&b.1));
        let ways = directory.endpoints().filter(|way| {
            way.kind.delivers() && roles.iter().any(|role| role.endpoint.as_deref() == Some(way.id.as_str()))
        });
        let mut proposed = Vec::new();
        for row in reading.view.directory_proposals(Some(SOURCE), usize::MAX)? {
            if row.actor == reading.context.actor.name {
                proposed.push((row.at, obligations::words(&row.words)));
            }
        }
        let view = MineView {
            id: me.id.clone(),
            name: me.name(),
            affiliation: directory.affiliation_on(&me.id, &day),
            numbers: me.numbers.iter().map(number_line).collect(),
            roles: roles.iter().map(|role| role_line(directory, role)).collect(),
            contacts: contacts.map(|contact| contact_line(directory, contact, &day)).collect(),
            absences: absences.map(|away| absence_line(directory, away)).collect(),
            colleagues,
            wishes: ways.map(|way| wish_line(directory, way, &me.id)).collect(),
            proposed,
            moved: super::notices::moved_lines(reading.view, &me.id)?,
        };
        Ok(Seen::nobody(view))
    }
}

fn number_line(number: &clinical::directory::ProviderNumber) -> (String, String, Words) {
    let kind = match number.kind {
        NumberKind::Licence => Words::new("licence", "permis"),
        NumberKind::Billing => Words::new("billing", "facturation"),
    };
    (number.authority.clone(), number.value.clone(), kind)
}

fn place_name(directory: &Directory, id: &str) -> String {
    directory.place(id).map_or_else(|| id.to_owned(), |place| place.name.clone())
}

fn role_line(directory: &Directory, role: &Role) -> RoleLine {
    let way =
        role.endpoint.as_deref().and_then(|id| directory.endpoint(id)).filter(|way| way.kind.delivers());
    RoleLine {
        place: role.place.clone(),
        place_name: place_name(directory, &role.place),
        role: role.role.clone(),
        primary: role.primary,
        from: role.from.clone(),
        to: role.to.clone(),
        way: way.map(|way| (way.kind.words(), crate::practice::public_address(way))),
        doubt: way.and_then(|way| directory.doubt_of(&way.id)).map(|doubt| doubt.why.clone()),
    }
}

fn contact_line(directory: &Directory, contact: &Contact, day: &str) -> OwnContact {
    let of = match (directory.practitioner(&contact.of), directory.endpoint(&contact.of)) {
        (Some(who), _) => who.name(),
        (None, Some(way)) => format!("{} ({})", place_name(directory, &way.place), way.id),
        (None, None) => place_name(directory, &contact.of),
    };
    OwnContact {
        id: contact.id.clone(),
        of,
        kind: contact.kind.words(),
        value: contact.value.clone(),
        source: contact.source.clone(),
        verified_on: contact.verified_on.clone(),
        next_check: contact.next_check.clone(),
        state: contact.state_on(day),
        why: contact.doubt.as_ref().map(|doubt| doubt.why.clone()).unwrap_or_default(),
        can_change: contact.kind != ContactKind::Line,
    }
}

fn absence_line(directory: &Directory, away: &Absence) -> AbsenceLine {
    let cover = away.cover.as_deref().and_then(|id| directory.practitioner(id));
    AbsenceLine {
        id: away.id.clone(),
        words: away.words(),
        place: away.place.as_deref().map(|id| place_name(directory, id)).unwrap_or_default(),
        from: away.from.clone(),
        cover: cover.map(Practitioner::name).unwrap_or_default(),
    }
}

fn wish_line(directory: &Directory, way: &Endpoint, me: &str) -> WishLine {
    // Nobody has this id, so that what is left out for it is left out for everybody.
    const EVERYBODY: &str = "";
    let class = |(class, _): &(ReportClass, &str)| {
        let all = directory.leaves_out(&way.id, EVERYBODY, *class);
        (*class, directory.leaves_out(&way.id, me, *class) && !all, all)
    };
    WishLine {
        endpoint: way.id.clone(),
        kind: way.kind.words(),
        place: place_name(directory, &way.place),
        classes: clinical::directory::CLASS_CODES.iter().map(class).collect(),
    }
}

impl Sealed for Attest {}

impl Act for Attest {
    const PERMISSION: Permission = Permission::KeepOwnDetails;

    fn object(&self) -> String {
        "directory/mine/confirmed".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let me = myself(reading, &known.directory)?;
        let now = reading.context.now;
        let today = day_of(now);
        let next = day_of(now.plus_minutes(ATTEST_DAYS * 24 * 60));
        let confirmed: Vec<Change> = known
            .directory
            .contacts()
            .filter(|contact| {
                contact.doubt.is_none() && is_own(&known.directory, &me.id, &contact.of, &today)
            })
            .map(|contact| Contact {
                verified_on: today.clone(),
                next_check: next.clone(),
                ..contact.clone()
            })
            .map(|contact| Change::Set(Fact::Contact(contact)))
            .collect();
        if confirmed.is_empty() {
            return Err(Refusal::conflict(
                "There is nothing to confirm together: no address or number is on file, or each is in doubt and is confirmed by itself.",
                "Il n'y a rien à confirmer ensemble : aucune coordonnée n'est au dossier, ou chacune est en doute et se confirme seule.",
            ));
        }
        Ok((applied(&known, &confirmed, reading, "confirmed", "confirmed as it stands")?, None))
    }
}

impl Sealed for Update {}

impl Act for Update {
    const PERMISSION: Permission = Permission::KeepOwnDetails;

    fn object(&self) -> String {
        "directory/mine".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let why = text(&self.why);
        if why.is_empty() {
            return Err(Refusal::unreadable(
                "Say why, and from when it holds. The words stay with the proposal.",
                "Dites pourquoi, et à partir de quand. Les mots restent avec la proposition.",
            ));
        }
        let known = now_known(reading)?;
        let me = myself(reading, &known.directory)?;
        let wanted = self.wanted.changes(&known.directory, me, &day_of(reading.context.now))?;
        Propose { changes: wanted, source: SOURCE.to_owned(), words: Words::new(why.clone(), why) }
            .prepare(reading)
    }
}

impl Wanted {
    fn changes(&self, directory: &Directory, me: &Practitioner, today: &str) -> Result<Vec<Change>, Refusal> {
        match self {
            Self::Contact { contact, value } => {
                let value = required(value)?;
                let known = directory.contact(contact).ok_or_else(Refusal::not_found)?;
                if !is_theirs(directory, &me.id, &known.of, today) || known.kind == ContactKind::Line {
                    return Err(Refusal::not_found());
                }
                let mut changes = vec![Change::Set(Fact::Contact(told(known.clone(), &value, today)))];
                if known.kind == ContactKind::Fax {
                    changes.extend(directory.fax_ways(known, &value).ok_or_else(no_number)?);
                }
                Ok(changes)
            }
            Self::Another { of, kind, value } => {
                let (value, of) = (required(value)?, if of.is_empty() { &me.id } else { of });
                if !is_theirs(directory, &me.id, of, today) || *kind == ContactKind::Line {
                    return Err(Refusal::not_found());
                }
                if *kind == ContactKind::Fax {
                    fax_number(&value).ok_or_else(no_number)?;
                }
                let contact = Contact {
                    id: free_id(&format!("{of}-{}", kind.code()), |id| directory.contact(id).is_none()),
                    of: of.clone(),
                    kind: *kind,
                    value: String::new(),
                    source: String::new(),
                    verified_on: String::new(),
                    next_check: String::new(),
                    doubt: None,
                };
                Ok(vec![Change::Set(Fact::Contact(told(contact, &value, today)))])
            }
            Self::Away { place, kind, cover, from, to } => {
                let from = day(from)?.ok_or_else(no_day)?;
                let id = format!("a-{}-{from}", me.id);
                let absence = Absence {
                    id: free_id(&id, |id| directory.absences().all(|away| away.id != id)),
                    practitioner: me.id.clone(),
                    place: Some(place.clone()).filter(|place| !place.is_empty()),
                    kind: *kind,
                    cover: Some(cover.clone()).filter(|cover| !cover.is_empty()),
                    from,
                    to: day(to)?,
                };
                Ok(vec![Change::Set(Fact::Absence(absence))])
            }
            Self::Back { absence, last } => {
                let away =
                    directory.absences().find(|away| away.id == *absence && away.practitioner == me.id);
                let away = away.ok_or_else(Refusal::not_found)?;
                let last = day(last)?.ok_or_else(no_day)?;
                if last < away.from {
                    let (sort, id) = Fact::Absence(away.clone()).key();
                    return Ok(vec![Change::Withdraw { sort, id }]);
                }
                Ok(vec![Change::Set(Fact::Absence(Absence { to: Some(last), ..away.clone() }))])
            }
            Self::Leaving { place, last } => {
                let last = day(last)?.ok_or_else(no_day)?;
                let mine =
                    directory.roles().filter(|role| role.practitioner == me.id && role.place == *place);
                let ends = |role: &&Role| {
                    role.from.as_str() <= last.as_str()
                        && role.to.as_deref().is_none_or(|to| last.as_str() < to)
                };
                let changes: Vec<Change> = mine
                    .filter(ends)
                    .map(|role| Change::Set(Fact::Role(Role { to: Some(last.clone()), ..role.clone() })))
                    .collect();
                if changes.is_empty() { Err(Refusal::not_found()) } else { Ok(changes) }
            }
            Self::Copies { endpoint, everybody, without } => {
                let mine =
                    directory.roles_on(&me.id, today).any(|role| role.endpoint.as_ref() == Some(endpoint));
                if !mine {
                    return Err(Refusal::not_found());
                }
                let wish = Subscription {
                    endpoint: endpoint.clone(),
                    practitioner: (!everybody).then(|| me.id.clone()),
                    without: Some(without.clone()),
                };
                Ok(vec![Change::Set(Fact::Subscription(wish))])
            }
        }
    }
}

/// The contact with another value, as its owner says today.
fn told(contact: Contact, value: &str, today: &str) -> Contact {
    Contact {
        value: value.to_owned(),
        source: SOURCE.to_owned(),
        verified_on: today.to_owned(),
        next_check: next_check(today),
        doubt: None,
        ..contact
    }
}

fn free_id(wanted: &str, is_free: impl Fn(&str) -> bool) -> String {
    let numbered = |n: usize| if n == 1 { wanted.to_owned() } else { format!("{wanted}-{n}") };
    (1..).map(numbered).find(|id| is_free(id)).unwrap_or_else(|| wanted.to_owned())
}

fn text(text: &str) -> String {
    text.trim().chars().take(TEXT_LIMIT_CHARS).collect()
}

fn required(value: &str) -> Result<String, Refusal> {
    let value = text(value);
    if value.is_empty() {
        return Err(Refusal::unreadable(
            "Write the address or number as it should be.",
            "Écrivez l'adresse ou le numéro tel qu'il devrait être.",
        ));
    }
    Ok(value)
}

fn day(written: &str) -> Result<Option<String>, Refusal> {
    let written = written.trim();
    match written {
        "" => Ok(None),
        date if date.len() == 10 && fhir::time::interval(date).is_some() => Ok(Some(date.to_owned())),
        other => Err(Refusal::unreadable(
            format!("\"{other}\" is no day. Write it as 2026-12-24."),
            format!("« {other} » n'est pas un jour. Écrivez-le comme 2026-12-24."),
        )),
    }
}

fn no_number() -> Refusal {
    Refusal::unreadable(
        "Write the fax number with 7 to 15 figures, with + before them where needed, and without an extension.",
        "Écrivez le numéro de télécopieur avec 7 à 15 chiffres, précédés de + au besoin, et sans poste.",
    )
}

fn no_day() -> Refusal {
    Refusal::unreadable("Write the day as 2026-12-24.", "Écrivez le jour comme 2026-12-24.")
}

//! An EMR opens the portal at a patient: a ticket signed with the practice's own key names the patient by number and birth
//! date. It comes in the body of a form or behind the `#` of a link, never in an address or a log; it is taken once,
//! within minutes, and opens nothing by itself: whoever signs in sees what their own seat sees (issue 6, item 9). Or it
//! opens the portal by SMART App Launch and says there who its user and their patient are ([`emr`], [`waiting`]).

pub mod client_key;
pub mod emr;
pub mod waiting;

use crate::chart;
use crate::launches::waiting::Waiting;
use crate::patients::Hit;
use crate::record::{Look, Reading, Record, Sealed, Seen, machine};
use crate::refusal::Refusal;
use crate::reports::decode;
use crate::sign_in::TokenKey;
use clinical::access::Permission;
use clinical::identity::names::compare_names;
use clinical::identity::{Claim, Identifier, IdentifierSort, Name, Outcome, cards, dates, identifier_key};
use clinical::words::Words;
use fhir::system::HEALTH_NUMBERS;
use fhir::{Instant, PersonId};
use hmac::Mac as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{AuditRow, Changes, LaunchRow, Requirement, Settled};

/// A ticket lives this long at most, in minutes.
pub const TICKET_MINUTES: i64 = 5;
/// The clock of an EMR may be ahead of ours by as much, in seconds.
const AHEAD_SECONDS: i64 = 60;
/// Longest ticket, in bytes.
const LONGEST: usize = 4096;

/// Header of the ticket: a JSON Web Token (RFC 7519) in compact form, signed by HMAC-SHA-256.
#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Endpoint of the directory whose key signed it.
    kid: String,
}

/// What the ticket says.
#[derive(Deserialize)]
struct Claims {
    aud: String,
    iat: i64,
    exp: i64,
    /// Makes it one of its kind.
    jti: String,
    patient: Named,
}

/// The patient as the EMR names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Health card or record number.
    pub number: String,
    /// `NS` and the like for a card, else who gave the record number.
    pub issuer: String,
    /// `YYYY-MM-DD`
    pub birth_date: String,
    /// Family name; may be empty.
    #[serde(default)]
    pub family: String,
    /// Given name; may be empty.
    #[serde(default)]
    pub given: String,
}

/// Look: where a ticket that was taken leads.
#[derive(Debug, Clone)]
pub struct Land {
    /// SHA-256 of the secret of the browser that brought it.
    pub handle: [u8; 32],
}

/// Answer to [`Land`].
#[derive(Debug, Clone)]
pub enum Landing {
    /// Number, birth date and the names it states are those of one person.
    Patient(PersonId),
    /// They are not: what the EMR sent, and who might be meant.
    Unsure {
        /// What the EMR sent: one for each number.
        named: Vec<Named>,
        /// Where the EMR stands.
        practice: String,
        /// Who bears the number.
        hits: Vec<Hit>,
    },
}

impl TokenKey {
    /// The key by which the EMR of an endpoint signs its tickets, as text of 64 signs.
    #[must_use]
    pub fn launch_key(&self, endpoint: &str) -> String {
        let mut mac = self.mac();
        // Begins otherwise than what bearer tokens and practices' links say.
        mac.update(format!("opor-launch.{endpoint}").as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The signature of a ticket (HMAC-SHA-256 with the text of the key as it is).
#[must_use]
pub fn signature(launch_key: &str, signed: &str) -> Vec<u8> {
    sealed(launch_key, signed).finalize().into_bytes().to_vec()
}

fn sealed(launch_key: &str, signed: &str) -> hmac::Hmac<Sha256> {
    use hmac::KeyInit as _;
    // A key of any length is taken; the other arm keeps this free of panics.
    let mut mac = hmac::Hmac::<Sha256>::new_from_slice(launch_key.as_bytes())
        .unwrap_or_else(|_| hmac::Hmac::<Sha256>::new(&Default::default()));
    mac.update(signed.as_bytes());
    mac
}

fn unusable() -> Refusal {
    Refusal::unreadable(
        "This is no ticket of a practice that is known here. Open the patient from your EMR again; if it stays so, call the directory desk.",
        "Ce n'est pas le billet d'un cabinet connu ici. Ouvrez de nouveau le patient depuis votre DME; si cela persiste, appelez le bureau du répertoire.",
    )
}

fn too_old() -> Refusal {
    Refusal::conflict(
        "This way in was used before or is too old: it holds once, for five minutes. Open the patient from your EMR again.",
        "Cet accès a déjà servi ou est trop ancien : il vaut une fois, pendant cinq minutes. Ouvrez de nouveau le patient depuis votre DME.",
    )
}

/// What a ticket says, when its signature, its times and its parts are right.
fn read(key: &TokenKey, ticket: &str, now: Instant) -> Result<(String, Claims), Refusal> {
    let bytes = |part: &str| decode(&part.replace('-', "+").replace('_', "/"));
    let mut parts = ticket.trim().split('.');
    let (Some(header), Some(payload), Some(seal), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(unusable());
    };
    let known: Header =
        bytes(header).and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(unusable)?;
    // What a ticket says of its own algorithm is never obeyed.
    if known.alg != "HS256" {
        return Err(unusable());
    }
    let seal = bytes(seal).ok_or_else(unusable)?;
    let mac = sealed(&key.launch_key(&known.kid), &format!("{header}.{payload}"));
    mac.verify_slice(&seal).map_err(|_| unusable())?;
    let claims: Claims =
        bytes(payload).and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(unusable)?;
    let seconds = now.0.div_euclid(1_000_000);
    let named = &claims.patient;
    if claims.aud != "opor"
        || claims.jti.is_empty()
        || named.number.trim().is_empty()
        || named.birth_date.is_empty()
    {
        return Err(unusable());
    }
    let long = claims.exp.saturating_sub(claims.iat) > TICKET_MINUTES * 60;
    if claims.exp <= seconds || claims.iat > seconds + AHEAD_SECONDS || long {
        return Err(too_old());
    }
    Ok((known.kid, claims))
}

impl Record {
    /// Takes a ticket for the browser whose secret has the hash `handle`; from now on nobody else can use it.
    ///
    /// # Errors
    /// It is forged, of no endpoint of the directory, too old or was taken before; or the store asks to try again.
    pub fn take_ticket(
        &self,
        key: &TokenKey,
        ticket: &str,
        handle: [u8; 32],
        now: Instant,
    ) -> Result<(), Refusal> {
        if ticket.len() > LONGEST {
            return Err(unusable());
        }
        let (endpoint, claims) = read(key, ticket, now)?;
        if self.directory().endpoint(&endpoint).is_none() {
            return Err(unusable());
        }
        let one: [u8; 32] = Sha256::new()
            .chain_update(&endpoint)
            .chain_update([0])
            .chain_update(&claims.jti)
            .finalize()
            .into();
        let said = serde_json::to_string(&Waiting::of_ticket(claims.patient)).map_err(|_| unusable())?;
        let row = LaunchRow {
            ticket: one.to_vec(),
            handle: handle.to_vec(),
            endpoint,
            claims: said,
            at: now,
            // A clock ahead of ours makes a ticket that can be read for longer: it is remembered for as long.
            expires: now.plus_minutes(TICKET_MINUTES).max(Instant(claims.exp.saturating_mul(1_000_000))),
        };
        self.remember(row, "ticket")
    }

    /// Remembers a way in that was taken; nobody takes it again.
    fn remember(&self, row: LaunchRow, object: &str) -> Result<(), Refusal> {
        let context = machine(&row.endpoint, row.at);
        let audit = AuditRow {
            at: row.at,
            actor: row.endpoint.clone(),
            role: context.actor.role.code().to_owned(),
            verb: "launch".to_owned(),
            purpose: context.purpose.code().to_owned(),
            person: None,
            object: object.to_owned(),
        };
        let changes = Changes {
            requires: vec![Requirement::TicketUnused(row.ticket.clone())],
            launches: vec![row],
            audit: vec![audit],
            ..Changes::default()
        };
        match self.store().settle_blocking(changes) {
            Settled::Done => Ok(()),
            Settled::Stale(_) => Err(too_old()),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

impl Sealed for Land {}
impl Look for Land {
    type View = Landing;
    const PERMISSION: Permission = Permission::FindPatient;
    fn object(&self) -> String {
        "launch".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Landing>, Refusal> {
        let found = reading.view.launch(&self.handle, reading.context.now)?;
        let (endpoint, claims) = found.ok_or_else(too_old)?;
        let waiting: Waiting = serde_json::from_str(&claims).map_err(|_| unusable())?;
        let mut found: Vec<(Hit, Vec<Name>)> = Vec::new();
        for named in &waiting.patient {
            for one in bearers(reading, named)? {
                if !found.iter().any(|(hit, _)| hit.banner.person == one.0.banner.person) {
                    found.push(one);
                }
            }
        }
        // A number alone is never enough: the birth date and the names must be theirs too (HAZARDS H10).
        let is_one = |(hit, names): &&(Hit, Vec<Name>)| {
            waiting.patient.iter().all(|named| agrees(named, &hit.banner.birth_date, names))
        };
        let mut alike = found.iter().filter(is_one);
        // Numbers that belong to different people are a contradiction, whoever's name fits.
        let agree = waiting.patient.len() < 2 || found.len() < 2;
        if let (Some((one, _)), None, true) = (alike.next(), alike.next(), agree) {
            return Ok(Seen::of(one.banner.person, Landing::Patient(one.banner.person)));
        }
        let place = reading.directory.endpoint(&endpoint).and_then(|it| reading.directory.place(&it.place));
        let practice = place.map_or(endpoint, |place| place.name.clone());
        let practice = waiting.from.unwrap_or(practice);
        let named = waiting.patient;
        let hits: Vec<Hit> = found.into_iter().map(|(hit, _)| hit).collect();
        let people = hits.iter().map(|hit| hit.banner.person).collect();
        Ok(Seen { people, view: Landing::Unsure { named, practice, hits } })
    }
}

/// Whoever bears exactly this number of exactly this issuer, each once, with every name they have on file.
fn bearers(reading: &Reading<'_>, named: &Named) -> Result<Vec<(Hit, Vec<Name>)>, Refusal> {
    let issuer = named.issuer.trim().to_uppercase();
    let is_card = HEALTH_NUMBERS.iter().any(|known| known.jurisdiction == issuer);
    let sort = if is_card { IdentifierSort::HealthCard } else { IdentifierSort::RecordNumber };
    let asked = Identifier { sort, authority: issuer, value: named.number.trim().to_owned() };
    let Some(key) = identifier_key(&asked) else { return Ok(Vec::new()) };
    // A number on more records than a key may tell apart names nobody.
    let rows = reading.view.records_by_key(key.as_i64(), key.most_records())?.unwrap_or_default();
    let mut found: Vec<(Hit, Vec<Name>)> = Vec::new();
    for row in rows {
        let claim: Option<Claim> = serde_json::from_str(&row.claim).ok();
        let bears = claim.is_some_and(|claim| {
            claim.identifiers.iter().chain(&claim.own).any(|one| cards::same(one, &asked))
        });
        if !bears || found.iter().any(|(hit, _)| hit.banner.person == row.person) {
            continue;
        }
        let mut names = Vec::new();
        for other in reading.view.records_of_person(row.person)? {
            if let Ok(claim) = serde_json::from_str::<Claim>(&other.claim) {
                names.extend(claim.names);
            }
        }
        let shown = format!("{} {}", asked.value, asked.authority);
        let why = if is_card {
            Words::new(format!("Health card {shown}"), format!("Carte santé {shown}"))
        } else {
            Words::new(format!("Record number {shown}"), format!("Numéro de dossier {shown}"))
        };
        let banner = chart::gather(reading, row.person)?.head(reading)?;
        found.push((Hit { banner, why, near_twin: false, last_event: None }, names));
    }
    Ok(found)
}

/// Whether birth date and names of a ticket are those of somebody; a name that the ticket leaves out says nothing.
fn agrees(named: &Named, birth_date: &str, on_file: &[Name]) -> bool {
    let (family, given) = (named.family.trim(), named.given.trim());
    let said = Name { family: family.to_owned(), given: given.to_owned(), ..Name::default() };
    let found = compare_names(std::slice::from_ref(&said), on_file);
    let close = |part: &str, outcome| part.is_empty() || matches!(outcome, Outcome::Agrees | Outcome::Nearly);
    dates::is_full(birth_date)
        && birth_date == named.birth_date.trim()
        && close(family, found.family)
        && close(given, found.given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::{filled, maren};
    use clinical::access::Role;

    const NOW: Instant = Instant(1_795_370_700_000_000);

    /// Base64 for addresses, without padding (RFC 4648 section 5).
    fn coded(bytes: &[u8]) -> String {
        const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1)).collect();
        bits.chunks(6)
            .map(|six| {
                let value = six.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit)) << (6 - six.len());
                char::from(SIGNS[value])
            })
            .collect()
    }

    fn ticket(key: &TokenKey, header: &str, payload: &str) -> String {
        ticket_of(key, "emr", header, payload)
    }

    fn ticket_of(key: &TokenKey, endpoint: &str, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", coded(header.as_bytes()), coded(payload.as_bytes()));
        let seal = signature(&key.launch_key(endpoint), &signed);
        format!("{signed}.{}", coded(&seal))
    }

    fn payload(iat: i64, exp: i64) -> String {
        format!(
            r#"{{"aud":"opor","iat":{iat},"exp":{exp},"jti":"1","patient":{{"number":"0144679875","issuer":"NS","birth_date":"1961-03-09"}}}}"#
        )
    }

    #[test]
    fn a_ticket_is_read_only_when_signature_times_and_parts_are_right() {
        let key = TokenKey([7; 32]);
        let now = NOW.0 / 1_000_000;
        let header = r#"{"alg":"HS256","kid":"emr"}"#;
        let good = ticket(&key, header, &payload(now, now + 120));
        let (endpoint, claims) = read(&key, &good, NOW).expect("a ticket");
        assert_eq!((endpoint.as_str(), claims.patient.number.as_str()), ("emr", "0144679875"));
        assert!(read(&TokenKey([8; 32]), &good, NOW).is_err(), "another key");
        for (what, bad) in [
            ("too old", ticket(&key, header, &payload(now - 300, now))),
            ("too long", ticket(&key, header, &payload(now, now + 301))),
            ("from tomorrow", ticket(&key, header, &payload(now + 61, now + 120))),
            ("unsigned", ticket(&key, r#"{"alg":"none","kid":"emr"}"#, &payload(now, now + 120))),
            ("of another", ticket(&key, r#"{"alg":"HS256","kid":"other"}"#, &payload(now, now + 120))),
            ("of no patient", ticket(&key, header, &payload(now, now + 9).replace("0144679875", " "))),
            ("for another", ticket(&key, header, &payload(now, now + 9).replace("opor", "else"))),
            ("cut", good[..good.len() - 2].to_owned()),
            ("longer", format!("{good}.x")),
            ("nothing", String::new()),
        ] {
            assert!(read(&key, &bad, NOW).is_err(), "{what}");
        }
    }

    /// What the EMR of this world's practice sends.
    fn sent(key: &TokenKey, times: (i64, i64), jti: &str, patient: &str) -> String {
        let (iat, exp) = times;
        let payload =
            format!(r#"{{"aud":"opor","iat":{iat},"exp":{exp},"jti":"{jti}","patient":{{{patient}}}}}"#);
        ticket_of(key, "harbourview-emr", r#"{"alg":"HS256","kid":"harbourview-emr"}"#, &payload)
    }

    #[test]
    fn h10_a_ticket_leads_to_the_one_whose_number_of_that_issuer_birth_date_and_names_it_states() {
        let world = filled("launch-land");
        let context = world.context(Role::FamilyDoctor);
        let key = TokenKey([7; 32]);
        let now = context.now.0 / 1_000_000;
        let lands = |n: u8, number: &str, issuer: &str, birth: &str, names: &str| {
            let patient = format!(r#""number":"{number}","issuer":"{issuer}","birth_date":"{birth}"{names}"#);
            let one = sent(&key, (now, now + 120), &n.to_string(), &patient);
            world.record.take_ticket(&key, &one, [n; 32], context.now).expect("taken");
            match world.record.look(&context, Land { handle: [n; 32] }).expect("a landing") {
                Landing::Patient(person) => Ok(person),
                Landing::Unsure { hits, .. } => Err(hits.len()),
            }
        };
        let born = "1961-03-09";
        let named = |family: &str, given: &str| format!(r#","family":"{family}","given":"{given}""#);
        assert_eq!(lands(1, "8812", "VGH", born, ""), Ok(maren()));
        assert_eq!(lands(2, "0144679875", "NS", born, &named("DRUMLIN", "Maren")), Ok(maren()));
        assert_eq!(lands(3, "00718264", "hrh", born, &named("Drumlin", "")), Ok(maren()));
        // The chart number of a practice, or of nobody, is not the same number at a hospital.
        assert_eq!(lands(4, "8812", "HILL", born, ""), Err(0));
        assert_eq!(lands(5, "8812", "", born, ""), Err(0));
        // Nor is text a number.
        assert_eq!(lands(6, "Drumlin Maren 1961-03-09", "VGH", born, ""), Err(0));
        // Who bears it is shown where something else differs.
        assert_eq!(lands(7, "8812", "VGH", "1961-03-10", ""), Err(1));
        assert_eq!(lands(8, "8812", "VGH", born, &named("Saltmarsh", "Maren")), Err(1));
        assert_eq!(lands(9, "8812", "VGH", born, &named("Drumlin", "Tobias")), Err(1));
    }

    #[test]
    fn h10_what_an_emr_brings_by_smart_leads_to_one_person_by_all_cards_it_names() {
        let world = filled("launch-smart");
        let context = world.context(Role::FamilyDoctor);
        let lands = |n: u8, cards: &[(&str, &str)], birth: &str| {
            let named = |(number, issuer): &(&str, &str)| Named {
                number: (*number).to_owned(),
                issuer: (*issuer).to_owned(),
                birth_date: birth.to_owned(),
                family: "Drumlin".to_owned(),
                given: "Maren".to_owned(),
            };
            let brought = waiting::Brought {
                emr: "harbour".into(),
                name: "Harbour EMR".into(),
                patient: cards.iter().map(named).collect(),
                stranger: None,
            };
            world.record.take_launch(brought, [n; 32], context.now).expect("taken");
            match world.record.look(&context, Land { handle: [n; 32] }).expect("a landing") {
                Landing::Patient(person) => Ok(person),
                Landing::Unsure { hits, practice, .. } => Err((hits.len(), practice)),
            }
        };
        let (own, born) = (("0144679875", "NS"), "1961-03-09");
        let unsure = |hits| Err((hits, "Harbour EMR".to_owned()));
        assert_eq!(lands(1, &[own], born), Ok(maren()));
        // A card that nobody here bears says nothing against it; one person's two numbers are one person.
        assert_eq!(lands(2, &[("9999999998", "ON"), own], born), Ok(maren()));
        assert_eq!(lands(3, &[("8812", "VGH"), own], born), Ok(maren()));
        assert_eq!(lands(4, &[own], "1961-03-10"), unsure(1));
        assert_eq!(lands(5, &[("", "")], born), unsure(0));
        assert_eq!(lands(6, &[("9999999998", "ON")], born), unsure(0));
        let later = context.now.plus_minutes(TICKET_MINUTES);
        let context = crate::Context { now: later, ..context };
        assert!(world.record.look(&context, Land { handle: [1; 32] }).is_err(), "it waits for minutes");
    }

    #[test]
    fn a_ticket_of_a_clock_ahead_is_remembered_for_as_long_as_it_can_be_read() {
        let world = filled("launch-replay");
        let (key, at) = (TokenKey([7; 32]), world.clock);
        let now = at.0 / 1_000_000;
        let patient = r#""number":"8812","issuer":"VGH","birth_date":"1961-03-09""#;
        let ahead =
            sent(&key, (now + AHEAD_SECONDS, now + AHEAD_SECONDS + TICKET_MINUTES * 60), "1", patient);
        world.record.take_ticket(&key, &ahead, [1; 32], at).expect("taken");
        let later = Instant(at.0 + 1_000_000).plus_minutes(TICKET_MINUTES);
        let next = sent(&key, (now + 300, now + 400), "2", patient);
        world.record.take_ticket(&key, &next, [2; 32], later).expect("another");
        world.record.take_ticket(&key, &ahead, [3; 32], later).expect_err("it was taken before");
    }
}

//! A user lets an app do something (RFC 6749 4.1 with PKCE, RFC 7636; SMART App Launch 2.2, 3.1): what it asks for is
//! judged, shown, and agreed to or not. Everything is judged anew at each step: a page keeps nothing but the question.

use super::launching::{self, Opened};
use super::{App, Terms, hashed, hex, with_query};
use crate::chart::{self, Chart};
use crate::context::Context;
use crate::directory::rendering::id_of;
use crate::patients::Banner;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::smart::{Interactions, Level, Scopes, Wish, context_words, rule_words};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use serde::{Deserialize, Serialize};
use store::{Changes, Requirement, SmartChange, SmartGrant, SmartSort, SmartToken};

/// A code is taken within as many seconds.
pub const CODE_SECONDS: i64 = 60;
/// It is remembered for as long, so that its second use is known for one, in minutes.
const CODE_MINUTES: i64 = 10;
/// What goes on without its user ends after as many days at the latest.
const OFFLINE_DAYS: i64 = 90;
/// Longest value of a request that is read, in bytes.
const LONGEST: usize = 4_096;

/// What an app asks for, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    aud: String,
    launch: String,
    code_challenge: String,
    code_challenge_method: String,
    nonce: String,
}

impl Wanted {
    /// Reads the query of a request; a name that stands twice makes it none (RFC 6749 3.1).
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Option<Self> {
        let mut wanted = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "response_type" => &mut wanted.response_type,
                "client_id" => &mut wanted.client_id,
                "redirect_uri" => &mut wanted.redirect_uri,
                "scope" => &mut wanted.scope,
                "state" => &mut wanted.state,
                "aud" => &mut wanted.aud,
                "launch" => &mut wanted.launch,
                "code_challenge" => &mut wanted.code_challenge,
                "code_challenge_method" => &mut wanted.code_challenge_method,
                "nonce" => &mut wanted.nonce,
                _ => continue,
            };
            if !place.is_empty() || value.len() > LONGEST {
                return None;
            }
            value.clone_into(place);
        }
        Some(wanted)
    }
}

/// A request that can be answered.
#[derive(Debug, Clone)]
pub struct Asked {
    app: App,
    redirect: String,
    state: String,
    base: String,
    challenge: String,
    nonce: String,
    launch: String,
    /// What may be let: asked for, registered, and within what the user may.
    pub(super) scopes: Scopes,
}

/// Why a request leads nowhere.
#[derive(Debug, Clone)]
pub enum Wrong {
    /// Who asks is not known for sure: nobody is sent anywhere.
    Here(Refusal),
    /// The app is told, at this address.
    Back(String),
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self::Here(refusal)
    }
}

fn unknown_app() -> Refusal {
    Refusal::unreadable(
        "This app is not registered here, or comes back to another address than was registered. Close this page and tell the maker of the app.",
        "Cette application n'est pas inscrite ici, ou revient à une autre adresse que celle inscrite. Fermez cette page et avisez son fournisseur.",
    )
}

impl Asked {
    /// The app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Whether a patient is still to be chosen.
    #[must_use]
    pub fn needs_patient(&self) -> bool {
        self.launch.is_empty() && self.scopes.need_patient()
    }

    /// Whether it goes on without its user: only whoever has just proved who they are lets it.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.scopes.wishes(Wish::OfflineAccess)
    }

    /// Where the browser goes with the code.
    #[must_use]
    pub fn agreed(&self, code: &str) -> String {
        self.back(&[("code", code)])
    }

    /// Where the browser goes when the user says no.
    #[must_use]
    pub fn denied(&self) -> String {
        self.back(&[("error", "access_denied"), ("error_description", "The user said no.")])
    }

    /// The issuer is told too, so that no answer is taken for another server's (RFC 9207).
    fn back(&self, said: &[(&str, &str)]) -> String {
        let mut pairs = said.to_vec();
        pairs.push(("state", &self.state));
        pairs.push(("iss", &self.base));
        with_query(&self.redirect, &pairs)
    }
}

impl Record {
    /// Judges what an app asks of a user; `base` is the address of the FHIR door as the browser reached us.
    ///
    /// # Errors
    /// [`Wrong`].
    pub fn asked(&self, wanted: &Wanted, base: &str, context: &Context) -> Result<Asked, Wrong> {
        let view = self.store().view().map_err(Refusal::from)?;
        let app = App::find(&view, &wanted.client_id)?.ok_or_else(unknown_app)?;
        // Compared as it stands: what nearly fits leads elsewhere.
        if !app.redirects.contains(&wanted.redirect_uri) {
            return Err(unknown_app().into());
        }
        let role = context.actor.role;
        let may = if role.is_community() { Interactions::READING } else { Interactions::ALL };
        let scopes = Scopes::read(&wanted.scope).within(&app.most());
        let mut asked = Asked {
            scopes: scopes.only(&[Level::Patient, Level::User], may),
            app,
            redirect: wanted.redirect_uri.clone(),
            state: wanted.state.clone(),
            base: base.to_owned(),
            challenge: wanted.code_challenge.clone(),
            nonce: wanted.nonce.clone(),
            launch: wanted.launch.clone(),
        };
        let wrong = |code: &str, text: &str| {
            Err(Wrong::Back(asked.back(&[("error", code), ("error_description", text)])))
        };
        if wanted.response_type != "code" {
            return wrong("unsupported_response_type", "response_type is code");
        }
        if wanted.state.is_empty() {
            return wrong("invalid_request", "state is missing: a value that nobody can guess");
        }
        if wanted.aud.trim_end_matches('/') != base {
            return wrong("invalid_request", "aud is not the address of this FHIR server");
        }
        if wanted.code_challenge_method != "S256" || wanted.code_challenge.len() != 43 {
            return wrong("invalid_request", "PKCE with code_challenge_method S256 is required");
        }
        if asked.scopes.rules.is_empty() && !asked.scopes.wishes(Wish::OpenId) {
            return wrong(
                "invalid_scope",
                "no scope that was asked for is registered for this app and allowed to its user",
            );
        }
        if wanted.launch.is_empty() == Scopes::read(&wanted.scope).wishes(Wish::Launch) {
            return wrong("invalid_request", "launch and the scope launch come together");
        }
        let user = context.actor.practitioner.as_deref();
        if asked.scopes.wishes(Wish::FhirUser) && (user.is_none() || !asked.scopes.wishes(Wish::OpenId)) {
            asked.scopes.wishes.remove(&Wish::FhirUser);
        }
        Ok(asked)
    }
}

/// Look: what an app would be let do.
#[derive(Debug, Clone)]
pub struct Consent {
    /// What it asks.
    pub asked: Asked,
    /// The patient that was chosen.
    pub person: Option<PersonId>,
    /// The session that is asked.
    pub session: [u8; 32],
}

/// Answer to [`Consent`].
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// As people know it.
    pub app: String,
    /// Where it comes back to.
    pub host: String,
    /// What it may do, in plain words.
    pub rules: Vec<Words>,
    /// The patient it is about.
    pub patient: Option<Banner>,
}

impl Sealed for Consent {}
impl Look for Consent {
    type View = ConsentView;
    const PERMISSION: Permission = Permission::UseApps;
    fn object(&self) -> String {
        format!("app/{}/consent", self.asked.app.id)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ConsentView>, Refusal> {
        let opened = opened(reading, &self.asked, self.session)?;
        let chart = patient(reading, &self.asked, opened.as_ref(), self.person)?;
        let host = crate::accounts::openid::origin(&self.asked.redirect).map(|origin| origin.host);
        let wishes = self.asked.scopes.wishes.iter().filter_map(|wish| context_words(*wish));
        let view = ConsentView {
            app: self.asked.app.name.clone(),
            host: host.unwrap_or_default(),
            rules: self.asked.scopes.rules.iter().map(rule_words).chain(wishes).collect(),
            patient: chart.as_ref().map(|chart| chart.banner(reading)).transpose()?,
        };
        Ok(Seen { people: chart.iter().map(|chart| chart.person).collect(), view })
    }
}

/// What a launch of our own says, when the request names one.
fn opened(reading: &Reading<'_>, asked: &Asked, session: [u8; 32]) -> Result<Option<Opened>, Refusal> {
    if asked.launch.is_empty() {
        return Ok(None);
    }
    launching::opened(reading, &asked.launch, &asked.app.id, session).map(Some)
}

/// The chart that it is about, when nothing keeps the reader from it.
fn patient(
    reading: &Reading<'_>,
    asked: &Asked,
    opened: Option<&Opened>,
    chosen: Option<PersonId>,
) -> Result<Option<Chart>, Refusal> {
    let person = match opened {
        Some(opened) => opened.person()?,
        None => chosen.filter(|_| asked.scopes.need_patient()),
    };
    let Some(person) = person else {
        if asked.scopes.need_patient() {
            return Err(Refusal::conflict(
                "The app asks about one patient, and none is chosen. Choose the patient first.",
                "L'application porte sur une personne, et aucune n'est choisie. Choisissez d'abord la personne.",
            ));
        }
        return Ok(None);
    };
    chart::open(reading, person).map(Some)
}

/// What a code says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
    pub(super) at: i64,
}

/// Act: the user agrees.
#[derive(Debug, Clone)]
pub struct Agree {
    /// What was asked, judged anew.
    pub asked: Asked,
    /// The patient that was chosen.
    pub person: Option<PersonId>,
    /// The session that agrees.
    pub session: [u8; 32],
    /// The code that the app gets: nobody can guess it.
    pub code: String,
}

impl Sealed for Agree {}
impl Act for Agree {
    const PERMISSION: Permission = Permission::UseApps;
    fn object(&self) -> String {
        format!("app/{}/agree", self.asked.app.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (context, view, asked) = (reading.context, reading.view, &self.asked);
        let now = context.now;
        // What was registered is asked again: it may have ended while the page was read.
        App::find(view, &asked.app.id)?.filter(|app| *app == asked.app).ok_or_else(unknown_app)?;
        let opened = opened(reading, asked, self.session)?;
        let chart = patient(reading, asked, opened.as_ref(), self.person)?;
        let session = view.sign_in(&self.session)?.ok_or_else(Refusal::not_found)?;
        let mut changes = Changes::default();
        if session.grant.is_some() {
            // What ends everything that an account let ends this too, though it be agreed to meanwhile.
            let account = view.account(&context.actor.id)?.ok_or_else(Refusal::not_found)?;
            changes.requires.push(Requirement::AccountRevisionIs(account.id, account.revision));
        }
        changes.smart.push(SmartChange::Forget(now));
        if opened.is_some() {
            launching::spend(&asked.launch, now, &mut changes);
        }
        let told = chart.as_ref().map(|chart| told(reading, &chart.record_ids())).transpose()?;
        let (patient, same, encounter) = told.unwrap_or_default();
        let is_offline = asked.is_offline();
        let user = context.actor.practitioner.as_deref().filter(|_| asked.scopes.wishes(Wish::FhirUser));
        let terms = Terms {
            scopes: asked.scopes.to_string(),
            role: context.actor.role.code().to_owned(),
            seat: session.grant,
            session: if is_offline { String::new() } else { hex(&self.session) },
            person: chart.as_ref().map(|chart| chart.person.to_string()),
            patient,
            same,
            encounter: encounter.filter(|_| asked.scopes.wishes(Wish::LaunchEncounter)),
            fhir_user: user.map(|id| format!("Practitioner/{}", id_of(Kind::Practitioner, id))),
        };
        let offline = now.plus_minutes(OFFLINE_DAYS * 24 * 60);
        let id = hashed(&format!("grant.{}", self.code)).to_vec();
        changes.smart.push(SmartChange::Grant(SmartGrant {
            id: id.clone(),
            app: asked.app.id.clone(),
            account: context.actor.id.clone(),
            body: written(&terms)?,
            at: now,
            expires: if is_offline { offline } else { session.expires },
        }));
        let code = Code {
            redirect: asked.redirect.clone(),
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            at: now.0,
        };
        changes.smart.push(SmartChange::Token(SmartToken {
            hash: hashed(&self.code).to_vec(),
            sort: SmartSort::Code,
            holder: id,
            body: written(&code)?,
            expires: now.plus_minutes(CODE_MINUTES),
        }));
        Ok((changes, chart.map(|chart| chart.person)))
    }
}

pub(super) fn written<T: Serialize>(value: &T) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))
}

/// The Patient that an app is told, others that are the same person, and the one visit that goes on now.
type Told = (Option<String>, Vec<String>, Option<String>);

fn told(reading: &Reading<'_>, records: &[RecordId]) -> Result<Told, Refusal> {
    let (mut patients, mut visits) = (Vec::new(), Vec::new());
    for record in records {
        if let Some(stored) = reading.view.current(ResourceKey::patient(*record))? {
            patients.push(crate::resources::resource(stored).id);
        }
        for stored in reading.view.resources_of(*record, Kind::Encounter, MOST_VISITS)? {
            if let Ok(fhir::Json::Object(visit)) = fhir::json::parse(&stored.body)
                && visit.text("status") == Some("in-progress")
            {
                visits.push(crate::resources::resource(stored).id);
            }
        }
    }
    let mut patients = patients.into_iter();
    let first = patients.next();
    Ok((first, patients.collect(), if let [one] = &visits[..] { Some(one.clone()) } else { None }))
}

/// Visits of a record that are looked through for the one that goes on now.
const MOST_VISITS: usize = 50;

/// Whether a code is still taken.
pub(super) fn is_fresh(code: &Code, now: Instant) -> bool {
    now.seconds_since(Instant(code.at)) <= CODE_SECONDS
}

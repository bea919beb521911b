//! An EMR opens the portal by SMART App Launch: it is asked who its user is and which patient they have open, and both are
//! taken to the same place as a ticket. What is believed is said by `actions::launches::emr`.

use super::super::accounts::{
    CameBack, DOOR, From, Leading, Led, door, failed, form, lead, led, refused, tried, ways,
};
use super::super::{Outcome, Refused, refuse};
use super::{GO, LAUNCH, TIE, handle as brought_by};
use crate::screens::launches::{self as page, Unknown};
use crate::screens::states::Failure;
use crate::visit::{AnyVisit, App, Asked, Chrome, Question, Stranger, Visit, Ways, cookie, hex, set_cookie};
use actions::accounts::attempts::{Aim, Attempt, handle};
use actions::accounts::openid::{Begun, Proved, Unbelieved};
use actions::accounts::{DoorRefusal, Way};
use actions::launches::TICKET_MINUTES;
use actions::launches::emr::{self, Described, Emr, LAUNCH_BYTES, Unusable};
use actions::launches::waiting::{self, Brought};
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use fhir::Instant;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What an EMR opens the portal with (SMART App Launch 2.2, 2.0.7).
#[derive(Default, Deserialize)]
pub(crate) struct Opened {
    #[serde(default)]
    iss: String,
    #[serde(default)]
    launch: String,
}

/// `GET /launch/smart`: leads to the EMR's own authorization; nothing is asked of anybody whom the settings do not name.
pub(crate) async fn begin(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Asked(opened): Asked<Opened>,
) -> Outcome {
    let chrome = stranger.chrome;
    let ways = ways(&app, &chrome)?;
    if let Some(over) = tried(&app, &chrome, &From::of(&headers, &ways), None).await? {
        return Ok(over);
    }
    let Some(emr) = emr::listed(&ways.emrs, &opened.iss) else {
        return Ok(refused(&chrome, DoorRefusal::EmrNotListed));
    };
    if opened.launch.is_empty() || opened.launch.len() > LAUNCH_BYTES {
        return Ok(refused(&chrome, DoorRefusal::NoPatientSent));
    }
    let described = match described(&ways, emr).await {
        Ok(described) => described,
        Err(why) => return Ok(refused(&chrome, why)),
    };
    let fresh = || hex(&(app.0.random)());
    let begun = Begun { state: fresh(), nonce: fresh(), verifier: fresh() };
    let attempt = Attempt {
        aim: Aim::Launch,
        issuer: emr.issuer.id.clone(),
        nonce: begun.nonce.clone(),
        verifier: begun.verifier.clone(),
        back: GO.to_owned(),
    };
    let (secret, set) = door(&app, &headers);
    let (handle, now) = (handle(&begun.state, &secret), app.now());
    app.ask(move |record| record.begin_attempt(handle, &attempt, now))
        .await
        .map_err(|failure| failed(&chrome, &failure))?;
    let asked = emr.request(&described, &redirect(&ways), &begun, &opened.launch);
    let authorize = &described.discovery.authorization_endpoint;
    let joint = if authorize.contains('?') { '&' } else { '?' };
    let to = format!("{authorize}{joint}{}", form(&asked));
    let mut response = ([(header::SET_COOKIE, set)], Redirect::to(&to)).into_response();
    // What an earlier launch waited for is over.
    add_cookie(&mut response, &set_cookie(LAUNCH, "", 0, true));
    Ok(response)
}

fn redirect(ways: &Ways) -> String {
    format!("{}/launch/smart/back", ways.portal)
}

fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

async fn described(ways: &Ways, emr: &Emr) -> Result<Described, DoorRefusal> {
    let said = answer(ways, emr, Question::get(emr.description())).await?;
    emr.described(&said).map_err(|reason| unusable(emr, &reason))
}

async fn answer(ways: &Ways, emr: &Emr, question: Question) -> Result<Vec<u8>, DoorRefusal> {
    (ways.ask)(question).await.map_err(|reason| {
        tracing::warn!(emr = %emr.issuer.id, %reason, "an EMR does not answer");
        DoorRefusal::ProviderSilent
    })
}

fn unusable(emr: &Emr, reason: &Unusable) -> DoorRefusal {
    tracing::warn!(emr = %emr.issuer.id, %reason, "what an EMR says is not believed");
    match reason {
        Unusable::NoPatient => DoorRefusal::NoPatientSent,
        _ => DoorRefusal::TokenUnusable,
    }
}

/// What an EMR said on the way back.
struct Said {
    brought: Brought,
    /// Its user, when it says that a second step was used.
    proved: Option<Proved>,
    /// Who that is in the EMR.
    fhir_user: Option<String>,
}

/// `GET /launch/smart/back`: taken once, by the browser that began it.
pub(crate) async fn came_back(
    State(app): State<App>,
    stranger: Stranger,
    visit: Option<AnyVisit>,
    headers: HeaderMap,
    Asked(said): Asked<CameBack>,
) -> Outcome {
    let chrome = stranger.chrome;
    let ways = ways(&app, &chrome)?;
    let (handle, now) = (handle(&said.state, &cookie(&headers, DOOR).unwrap_or_default()), app.now());
    let attempt = app.ask(move |record| record.take_attempt(handle, now)).await;
    let attempt = attempt.map_err(|failure| failed(&chrome, &failure))?;
    let attempt = attempt.filter(|attempt| attempt.aim == Aim::Launch);
    let emr = attempt.as_ref().and_then(|it| ways.emrs.iter().find(|emr| emr.issuer.id == it.issuer));
    let (Some(attempt), Some(emr)) = (attempt.as_ref(), emr) else {
        return Ok(refused(&chrome, DoorRefusal::CameBackLate));
    };
    if !said.error.is_empty() || said.code.is_empty() {
        return Ok(refused(&chrome, DoorRefusal::StoppedThere));
    }
    match brought(&app, &ways, emr, attempt, &said, now).await {
        Ok(said) => arrive(&app, &ways, (chrome, visit, &headers), said).await,
        Err(why) => Ok(refused(&chrome, why)),
    }
}

/// Redeems the code, believes who is said to come, and reads their patient: each at the EMR's own addresses.
async fn brought(
    app: &App,
    ways: &Ways,
    emr: &Emr,
    attempt: &Attempt,
    said: &CameBack,
    now: Instant,
) -> Result<Said, DoorRefusal> {
    let described = described(ways, emr).await?;
    if said.iss.as_ref().is_some_and(|said| *said != described.discovery.issuer) {
        tracing::warn!(emr = %emr.issuer.id, "the way back names another issuer");
        return Err(DoorRefusal::TokenUnusable);
    }
    let (one, redirect) = (hex(&(app.0.random)()), redirect(ways));
    let posted = emr.redemption(&described, (&redirect, &said.code, &attempt.verifier), &one, now);
    let (posted, authorization) = posted.ok_or(DoorRefusal::TokenUnusable)?;
    let address = described.discovery.token_endpoint.clone();
    let redemption = Question { address, form: Some(form(&posted)), authorization };
    let given = emr::given(&answer(ways, emr, redemption).await?).map_err(|reason| unusable(emr, &reason))?;
    let keys = answer(ways, emr, Question::get(described.discovery.jwks_uri.clone())).await?;
    let proved = emr.issuer.proved(&described.discovery, &keys, &given.id_token, &attempt.nonce, false, now);
    let proved = match proved {
        Ok(proved) => Some(proved),
        // The EMR may be right about the patient and not enough to sign somebody in.
        Err(Unbelieved::SecondFactor) => None,
        Err(reason) => return Err(unusable(emr, &reason.into())),
    };
    let Some(fhir_user) = emr::fhir_user(&given.id_token) else {
        tracing::warn!(emr = %emr.issuer.id, "an EMR sends somebody who is no practitioner");
        return Err(DoorRefusal::TokenUnusable);
    };
    let asked = Question {
        address: emr.patient_address(&given),
        form: None,
        authorization: Some(format!("Bearer {}", given.access_token)),
    };
    let patient = answer(ways, emr, asked).await?;
    let patient = emr::named(&patient, &given.patient).ok_or(DoorRefusal::NoPatientSent)?;
    let (id, name) = (emr.issuer.id.clone(), emr.issuer.name.clone());
    Ok(Said { brought: Brought { emr: id, name, patient, stranger: None }, proved, fhir_user })
}

/// Where somebody stands who came from an EMR.
enum Arrived {
    /// Signed in, or on the way: the patient waits.
    Goes(Response),
    /// Not let in.
    Stays(Response),
    /// Nobody here is tied to them: they are told how to go on.
    Unknown(Unknown),
}

/// Lets in whoever is known, and keeps the patient for them; says to anybody else how they go on.
async fn arrive(
    app: &App,
    ways: &Ways,
    (chrome, visit, headers): (Chrome, Option<AnyVisit>, &HeaderMap),
    said: Said,
) -> Outcome {
    let Said { mut brought, proved, fhir_user } = said;
    let own = visit.as_ref().map(|AnyVisit(visit)| visit.context.actor.id.as_str());
    let arrived = match &proved {
        Some(proved) => let_in(app, ways, &chrome, headers, (proved, own)).await?,
        None => Arrived::Unknown(Unknown::Factor),
    };
    let mut response = match arrived {
        Arrived::Stays(response) => return Ok(response),
        Arrived::Goes(response) => response,
        Arrived::Unknown(unknown) => {
            let stranger = proved.filter(|_| unknown == Unknown::Person);
            brought.stranger = stranger.map(|proved| waiting::Stranger::new(proved, fhir_user));
            let seen = visit.as_ref().map_or(&chrome, |AnyVisit(visit)| &visit.chrome);
            page::unlinked(seen, &brought.name, unknown).into_response()
        }
    };
    let (secret, now) = ((app.0.random)(), app.now());
    let handle: [u8; 32] = Sha256::digest(secret).into();
    let kept = app.ask(move |record| record.take_launch(brought, handle, now)).await;
    kept.map_err(|failure| failed(&chrome, &failure))?;
    add_cookie(&mut response, &set_cookie(LAUNCH, &hex(&secret), TICKET_MINUTES * 60, true));
    Ok(response)
}

/// Lets in whoever an EMR proved; who is signed in as the same person goes on in their session, and what is open in it
/// stays.
async fn let_in(
    app: &App,
    ways: &Ways,
    chrome: &Chrome,
    headers: &HeaderMap,
    (proved, own): (&Proved, Option<&str>),
) -> Result<Arrived, Refused> {
    let asked = proved.clone();
    let account = app.ask(move |record| record.account_of(&asked)).await;
    let account = account.map_err(|failure| failed(chrome, &failure))?;
    if account.is_some() && account.as_deref() == own {
        return Ok(Arrived::Goes(Redirect::to(GO).into_response()));
    }
    let (from, secret, now) = (From::of(headers, ways), (app.0.random)(), app.now());
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let (proved, factor) = (proved.clone(), proved.issuer.clone());
    let (device, hours) = (from.device, from.hours);
    let led = app
        .ask(move |record| {
            let way = Way { factor: &proved.issuer, device: &device, secret_hash: hash, hours };
            led(record.enter_by_identity(&proved, &way, now))
        })
        .await
        .map_err(|failure| failed(chrome, &failure))?;
    Ok(match led {
        Led::Not(DoorRefusal::NotLinked) => Arrived::Unknown(Unknown::Person),
        Led::Not(why) => Arrived::Stays(refused(chrome, why)),
        led => {
            let leading = Leading { led, secret, hash, factor, back: GO.to_owned() };
            Arrived::Goes(lead(app, chrome, headers, leading).await?)
        }
    })
}

/// `GET /sign-in/tie`: who the EMR says that somebody is, for them to look at once they are signed in here.
pub(crate) async fn tie_page(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Outcome {
    let Some((emr, known)) = whom(&app, &visit, &headers).await? else {
        return Ok(refused(&visit.chrome, DoorRefusal::CameBackLate));
    };
    if visit.proven_until.is_none() {
        return Ok(Redirect::to(GO).into_response());
    }
    if !visit.is_fresh() {
        return Ok(Redirect::to(&format!("/account/prove?back={TIE}")).into_response());
    }
    Ok(page::tie(&visit.chrome, &emr, &known.known_as).into_response())
}

/// The EMR that this browser came from and its user, when nobody here is tied to them.
async fn whom(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
) -> Result<Option<(String, waiting::Stranger)>, Refused> {
    let (Some(handle), now) = (brought_by(headers), app.now()) else { return Ok(None) };
    let found = app.ask(move |record| record.stranger_of_launch(handle, now)).await;
    found.map_err(|failure| failed(&visit.chrome, &failure))
}

#[derive(Default, Deserialize)]
pub(crate) struct Tied {
    #[serde(default)]
    form: String,
}

/// `POST /sign-in/tie`: by the holder of an account who has just proved who they are; then on to the patient.
pub(crate) async fn tie(
    State(app): State<App>,
    nobody: Stranger,
    visit: Option<Visit>,
    headers: HeaderMap,
    Form(given): Form<Tied>,
) -> Outcome {
    let is_own = |visit: &Visit| {
        visit.genuine(&headers, &given.form) && visit.is_fresh() && visit.proven_until.is_some()
    };
    let Some(visit) = visit.filter(is_own) else {
        return Ok(refuse(&nobody.chrome, &Failure::Stale));
    };
    let Some((_, known)) = whom(&app, &visit, &headers).await? else {
        return Ok(refused(&visit.chrome, DoorRefusal::CameBackLate));
    };
    let (account, session, now) = (visit.context.actor.id.clone(), visit.secret_hash, app.now());
    let tied = app.ask(move |record| record.add_identity((&account, session), &known.proved(), now)).await;
    Ok(match tied.map_err(|failure| failed(&visit.chrome, &failure))? {
        Ok(()) => Redirect::to(GO).into_response(),
        Err(why) => refused(&visit.chrome, why),
    })
}

//! Signing in with an account, and one's own sign-in. What is believed, and what it leads to, is said by `actions`; here
//! requests become its values and its answers pages.

pub(crate) mod own;

use super::{Outcome, end_former, launches, left_behind, refuse};
use crate::address::{back, escape};
use crate::components::chrome::Chrome;
use crate::screens::accounts as pages;
use crate::screens::states::Failure;
use crate::sessions::Station;
use crate::visit::{
    AnyVisit, App, Asked, Question, SESSION, Stranger, Ways, cookie, hex, same_site, set_cookie, unhex,
};
use actions::accounts::attempts::{ATTEMPT_MINUTES, Aim, Attempt, handle};
use actions::accounts::base64url;
use actions::accounts::openid::{self, Begun, Issuer, Proved, home_of};
use actions::accounts::passkeys::{self, Used};
use actions::accounts::proofs::{Answer, PASSKEY};
use actions::accounts::{Bound, DoorRefusal, Entered, Way};
use actions::refusal::Refusal;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use fhir::Instant;
use maud::Markup;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Where whoever signs in for the first time is led: a person who does not exist.
const FIRST: &str = "/first-patient";
/// Cookie of a sign-in that has begun: with it alone the way back is known.
pub(super) const DOOR: &str = "opor-door";
/// As long as an attempt, in seconds.
const DOOR_SECONDS: i64 = ATTEMPT_MINUTES * 60;
/// What stands for the state of a choice, which never leaves this site.
const CHOICE: &str = "choice";
/// A device's description is so long at most, in characters.
const DEVICE_CHARS: usize = 80;
/// What a proof is for that ties an identity or a passkey to the account of an invitation.
const BIND: &str = "bind";
/// Header in which a script finds the page that says why it was refused.
const HELP_AT: &str = "x-opor-help";

/// What a page's proof is for, as it came.
#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    aim: String,
    #[serde(default)]
    invitation: String,
    back: Option<String>,
}

/// Without its secret: what is printed ends in logs.
impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("aim", &self.aim).field("back", &self.back).finish_non_exhaustive()
    }
}

/// Where a request comes from, and what sort of device it is.
pub(super) struct From {
    source: String,
    pub(super) device: String,
    pub(super) hours: i64,
}

impl From {
    pub(super) fn of(headers: &HeaderMap, ways: &Ways) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let source = crate::peer::source(headers, ways.proxied);
        let device = device(text("user-agent"));
        let device = format!("{device} · {source}").chars().take(DEVICE_CHARS).collect();
        Self { source, device, hours: Station::of(headers).hours() }
    }
}

/// Browser and system, as people recognise them.
fn device(agent: &str) -> String {
    let of = |known: &[(&'static str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map_or("?", |(_, name)| *name)
    };
    let browser =
        of(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = of(&[
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    format!("{browser}, {system}")
}

/// How accounts sign in here; without it these addresses are none.
pub(super) fn ways(app: &App, chrome: &Chrome) -> Result<Arc<Ways>, super::Refused> {
    app.0.ways.clone().ok_or_else(|| super::Refused::because(chrome, &Failure::NotFound))
}

pub(super) fn failed(chrome: &Chrome, failure: &Failure) -> super::Refused {
    super::Refused::because(chrome, failure)
}

pub(super) fn refused(chrome: &Chrome, why: DoorRefusal) -> Response {
    let status =
        if why == DoorRefusal::TooMany { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN };
    let help = format!("/sign-in/help/{}", why.code());
    (status, [(HELP_AT, help)], pages::refused(chrome, why)).into_response()
}

/// Counts a try; the page of the refusal when there were too many.
pub(super) async fn tried(
    app: &App,
    chrome: &Chrome,
    from: &From,
    address: Option<String>,
) -> Result<Option<Response>, super::Refused> {
    let (source, now) = (from.source.clone(), app.now());
    let over = app.ask(move |record| record.try_door(&source, address.as_deref(), now)).await;
    let over = over.map_err(|failure| failed(chrome, &failure))?;
    Ok(over.map(|why| refused(chrome, why)))
}

/// `GET /sign-in` where accounts sign in.
pub(crate) fn entry(app: &App, chrome: &Chrome, to: &str) -> Response {
    match &app.0.ways {
        Some(ways) => pages::entry(chrome, &ways.issuers, None, to).into_response(),
        None => pages::closed(chrome).into_response(),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Address {
    #[serde(default)]
    address: String,
    back: Option<String>,
}

/// `POST /sign-in/way`: which organisation an address belongs to, by its domain alone; no account is looked for.
pub(crate) async fn way(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(asked): Form<Address>,
) -> Outcome {
    let chrome = stranger.chrome;
    if !same_site(&headers) {
        return Ok(refuse(&chrome, &Failure::Stale));
    }
    let ways = ways(&app, &chrome)?;
    if let Some(over) = tried(&app, &chrome, &From::of(&headers, &ways), Some(asked.address.clone())).await? {
        return Ok(over);
    }
    let home = home_of(&ways.issuers, &asked.address);
    Ok(pages::entry(&chrome, &ways.issuers, Some(home), &back(asked.back.as_deref())).into_response())
}

/// What a proof is to be for, when whoever asks may want it.
async fn aim(
    app: &App,
    visit: Option<&AnyVisit>,
    wanted: &Wanted,
) -> Result<Result<Aim, DoorRefusal>, Failure> {
    let own = || {
        visit
            .filter(|AnyVisit(visit)| visit.proven_until.is_some())
            .map(|AnyVisit(visit)| (visit.context.actor.id.clone(), hex(&visit.secret_hash)))
    };
    Ok(match wanted.aim.as_str() {
        BIND => {
            let Some(bound) = app.0.key.read_invitation(&wanted.invitation) else {
                return Ok(Err(DoorRefusal::InvitationOver));
            };
            let (now, asked) = (app.now(), bound.clone());
            let stands = app.ask(move |record| record.invited(&asked, now)).await?;
            stands.map(|_| Aim::Bind(bound.account, bound.number))
        }
        "prove" => {
            own().map(|(account, session)| Aim::Prove(account, session)).ok_or(DoorRefusal::CameBackLate)
        }
        "add" => own().map(|(account, session)| Aim::Add(account, session)).ok_or(DoorRefusal::CameBackLate),
        _ => Ok(Aim::SignIn),
    })
}

/// The browser's cookie for what it begins, its own or a new one, and the header that sets it.
pub(super) fn door(app: &App, headers: &HeaderMap) -> (String, String) {
    let held = cookie(headers, DOOR).filter(|held| unhex(held).is_some_and(|bytes| bytes.len() == 32));
    let secret = held.unwrap_or_else(|| hex(&(app.0.random)()));
    let set = set_cookie(DOOR, &secret, DOOR_SECONDS, true);
    (secret, set)
}

/// `GET /sign-in/with/{issuer}`: leads to the provider. By an address alone nothing is tied: the link of another site would.
pub(crate) async fn with(
    State(app): State<App>,
    stranger: Stranger,
    visit: Option<AnyVisit>,
    headers: HeaderMap,
    Path(issuer): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Outcome {
    let chrome = stranger.chrome;
    if wanted.aim == BIND {
        return Ok(refuse(&chrome, &Failure::Stale));
    }
    Ok(match lead_out(&app, &chrome, visit.as_ref(), &headers, &issuer, wanted).await? {
        Out::To { set, to, .. } => ([(header::SET_COOKIE, set)], Redirect::to(&to)).into_response(),
        Out::Not(page) => page,
    })
}

/// `POST /sign-in/with/{issuer}`: the same from a form of our own page, which is how an invitation is tied. The way out is a
/// page of its own: what a form leads to may not leave this site (`form-action` of our content policy).
pub(crate) async fn tie(
    State(app): State<App>,
    stranger: Stranger,
    visit: Option<AnyVisit>,
    headers: HeaderMap,
    Path(issuer): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Outcome {
    let chrome = stranger.chrome;
    if !same_site(&headers) {
        return Ok(refuse(&chrome, &Failure::Stale));
    }
    Ok(match lead_out(&app, &chrome, visit.as_ref(), &headers, &issuer, wanted).await? {
        Out::To { set, to, issuer } => {
            let refresh = (header::REFRESH, format!("0; url={to}"));
            let page = pages::going(&chrome, &issuer, &to);
            (AppendHeaders([(header::SET_COOKIE, set), refresh]), page).into_response()
        }
        Out::Not(page) => page,
    })
}

/// Where a sign-in that begins leads.
enum Out {
    /// To the provider, with the cookie by which it comes back.
    To { set: String, to: String, issuer: Box<Issuer> },
    /// Nowhere: the page that says why.
    Not(Response),
}

async fn lead_out(
    app: &App,
    chrome: &Chrome,
    visit: Option<&AnyVisit>,
    headers: &HeaderMap,
    issuer: &str,
    wanted: Wanted,
) -> Result<Out, super::Refused> {
    let ways = ways(app, chrome)?;
    let Some(issuer) = ways.issuers.iter().find(|known| known.id == issuer) else {
        return Ok(Out::Not(refuse(chrome, &Failure::NotFound)));
    };
    if let Some(over) = tried(app, chrome, &From::of(headers, &ways), None).await? {
        return Ok(Out::Not(over));
    }
    let aim = aim(app, visit, &wanted).await.map_err(|failure| failed(chrome, &failure))?;
    let aim = match aim {
        Ok(aim) => aim,
        Err(why) => return Ok(Out::Not(refused(chrome, why))),
    };
    let discovery = match described(&ways, issuer).await {
        Ok(discovery) => discovery,
        Err(why) => return Ok(Out::Not(refused(chrome, why))),
    };
    let fresh = || hex(&(app.0.random)());
    let begun = Begun { state: fresh(), nonce: fresh(), verifier: fresh() };
    let anew = matches!(aim, Aim::Prove(..));
    let attempt = Attempt {
        aim,
        issuer: issuer.id.clone(),
        nonce: begun.nonce.clone(),
        verifier: begun.verifier.clone(),
        back: back(wanted.back.as_deref()),
    };
    let (secret, set) = door(app, headers);
    let (handle, now) = (handle(&begun.state, &secret), app.now());
    app.ask(move |record| record.begin_attempt(handle, &attempt, now))
        .await
        .map_err(|failure| failed(chrome, &failure))?;
    let asked = issuer.request(&redirect(&ways), &begun, anew);
    let joint = if discovery.authorization_endpoint.contains('?') { '&' } else { '?' };
    let to = format!("{}{joint}{}", discovery.authorization_endpoint, form(&asked));
    Ok(Out::To { set, to, issuer: Box::new(issuer.clone()) })
}

fn redirect(ways: &Ways) -> String {
    format!("{}/sign-in/back", ways.portal)
}

pub(super) fn form(fields: &[(&'static str, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}

async fn described(
    ways: &Ways,
    issuer: &Issuer,
) -> Result<actions::accounts::openid::Discovery, DoorRefusal> {
    let said = (ways.ask)(Question::get(issuer.description())).await.map_err(|reason| {
        tracing::warn!(issuer = %issuer.id, %reason, "a provider of sign-ins does not answer");
        DoorRefusal::ProviderSilent
    })?;
    issuer.discovery(&said).map_err(|reason| {
        tracing::warn!(issuer = %issuer.id, %reason, "a provider of sign-ins is not believed");
        reason.told()
    })
}

/// What a provider sends back with the browser.
#[derive(Default, Deserialize)]
pub(crate) struct CameBack {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) error: String,
    /// RFC 9207.
    pub(super) iss: Option<String>,
}

/// `GET /sign-in/back`: taken once, by the browser that began it.
pub(crate) async fn came_back(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Asked(said): Asked<CameBack>,
) -> Outcome {
    let chrome = stranger.chrome;
    let ways = ways(&app, &chrome)?;
    let (handle, now) = (handle(&said.state, &cookie(&headers, DOOR).unwrap_or_default()), app.now());
    let attempt = app.ask(move |record| record.take_attempt(handle, now)).await;
    let attempt = attempt.map_err(|failure| failed(&chrome, &failure))?;
    let issuer = attempt.as_ref().and_then(|attempt| {
        ways.issuers.iter().find(|known| !attempt.issuer.is_empty() && known.id == attempt.issuer)
    });
    let (Some(attempt), Some(issuer)) = (attempt.as_ref(), issuer) else {
        return Ok(refused(&chrome, DoorRefusal::CameBackLate));
    };
    if !said.error.is_empty() || said.code.is_empty() {
        return Ok(refused(&chrome, DoorRefusal::StoppedThere));
    }
    match proof(&ways, issuer, attempt, &said, now).await {
        Ok(proved) => settle(&app, &chrome, &headers, &ways, attempt.clone(), proved).await,
        Err(why) => Ok(refused(&chrome, why)),
    }
}

async fn proof(
    ways: &Ways,
    issuer: &Issuer,
    attempt: &Attempt,
    said: &CameBack,
    now: Instant,
) -> Result<Proved, DoorRefusal> {
    let discovery = described(ways, issuer).await?;
    if said.iss.as_ref().is_some_and(|said| *said != discovery.issuer) {
        tracing::warn!(issuer = %issuer.id, "the way back names another issuer");
        return Err(DoorRefusal::TokenUnusable);
    }
    let silent = |reason: String| {
        tracing::warn!(issuer = %issuer.id, %reason, "a provider of sign-ins does not answer");
        DoorRefusal::ProviderSilent
    };
    let posted = form(&issuer.redemption(&redirect(ways), &said.code, &attempt.verifier));
    let redemption =
        Question { address: discovery.token_endpoint.clone(), form: Some(posted), authorization: None };
    let answer = (ways.ask)(redemption).await.map_err(silent)?;
    let keys = (ways.ask)(Question::get(discovery.jwks_uri.clone())).await.map_err(silent)?;
    let token = openid::id_token(&answer).ok_or(DoorRefusal::TokenUnusable)?;
    let anew = matches!(attempt.aim, Aim::Prove(..));
    issuer.proved(&discovery, &keys, &token, &attempt.nonce, anew, now).map_err(|reason| {
        tracing::warn!(issuer = %issuer.id, %reason, "a token is not believed");
        reason.told()
    })
}

/// What an identity that was proved leads to.
async fn settle(
    app: &App,
    chrome: &Chrome,
    headers: &HeaderMap,
    ways: &Ways,
    attempt: Attempt,
    proved: Proved,
) -> Outcome {
    let (from, secret, now) = (From::of(headers, ways), (app.0.random)(), app.now());
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let factor = proved.issuer.clone();
    let (aim, device, hours) = (attempt.aim.clone(), from.device, from.hours);
    let answer = app
        .ask(move |record| {
            let way = Way { factor: &proved.issuer, device: &device, secret_hash: hash, hours };
            match &aim {
                Aim::SignIn => led(record.enter_by_identity(&proved, &way, now)),
                Aim::Bind(account, number) => {
                    let bound = Bound { account: account.clone(), number: *number };
                    led(record.bind_identity(&bound, &proved, &way, now))
                }
                Aim::Prove(account, session) => {
                    led(record.prove_by_identity((account, of_hex(session)), &proved, now))
                }
                Aim::Add(..) | Aim::Choose(..) | Aim::Launch => Ok(Led::Not(DoorRefusal::CameBackLate)),
            }
        })
        .await
        .map_err(|failure| failed(chrome, &failure))?;
    let back = first_of(&attempt);
    lead(app, chrome, headers, Leading { led: answer, secret, hash, factor, back }).await
}

/// Where a proof leads: whoever sets up how they sign in finds a person who does not exist first.
fn first_of(attempt: &Attempt) -> String {
    match attempt.aim {
        Aim::Bind(..) => format!("{FIRST}?back={}", escape(&back(Some(&attempt.back)))),
        _ => attempt.back.clone(),
    }
}

fn of_hex(session: &str) -> [u8; 32] {
    unhex(session).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

/// Where a proof led.
pub(super) enum Led {
    Entered(Entered),
    Proved,
    Not(DoorRefusal),
}

impl core::convert::From<Entered> for Led {
    fn from(entered: Entered) -> Self {
        Self::Entered(entered)
    }
}

impl core::convert::From<()> for Led {
    fn from((): ()) -> Self {
        Self::Proved
    }
}

pub(super) fn led<T: Into<Led>>(answer: Answer<T>) -> Result<Led, Refusal> {
    Ok(match answer? {
        Ok(done) => done.into(),
        Err(why) => Led::Not(why),
    })
}

pub(super) struct Leading {
    pub(super) led: Led,
    pub(super) secret: [u8; 32],
    pub(super) hash: [u8; 32],
    pub(super) factor: String,
    pub(super) back: String,
}

/// The page or place that a proof leads to.
pub(super) async fn lead(app: &App, chrome: &Chrome, headers: &HeaderMap, leading: Leading) -> Outcome {
    let now = app.now();
    match leading.led {
        Led::Not(why) => Ok(refused(chrome, why)),
        Led::Proved => Ok(Redirect::to(&proved_at(&leading.back)).into_response()),
        Led::Entered(Entered::In(actor)) => {
            end_former(app, headers).await;
            app.1.go_on(&actor.id, leading.hash, now);
            let session = set_cookie(SESSION, &hex(&leading.secret), super::SIGN_IN_SECONDS, true);
            let to = back(Some(&leading.back));
            Ok(left_behind(session, launches::awaits(&to), Redirect::to(&to)))
        }
        Led::Entered(Entered::Choose { account, revision, choices }) => {
            let (secret, set) = door(app, headers);
            let attempt = Attempt {
                aim: Aim::Choose(account, revision, leading.factor),
                issuer: String::new(),
                nonce: String::new(),
                verifier: String::new(),
                back: leading.back,
            };
            let handle = handle(CHOICE, &secret);
            let kept = app.ask(move |record| record.begin_attempt(handle, &attempt, now)).await;
            kept.map_err(|failure| failed(chrome, &failure))?;
            Ok(([(header::SET_COOKIE, set)], pages::choose(chrome, &choices)).into_response())
        }
    }
}

/// Where somebody goes who has proved anew who they are.
fn proved_at(to: &str) -> String {
    match back(Some(to)).as_str() {
        "/" => "/account/prove".to_owned(),
        to => to.to_owned(),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    grant: i64,
}

/// `POST /sign-in/choose`: by the browser that has just proved who its holder is.
pub(crate) async fn choose(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Outcome {
    let chrome = stranger.chrome;
    if !same_site(&headers) {
        return Ok(refuse(&chrome, &Failure::Stale));
    }
    let ways = ways(&app, &chrome)?;
    let (handle, now) = (handle(CHOICE, &cookie(&headers, DOOR).unwrap_or_default()), app.now());
    let attempt = app.ask(move |record| record.take_attempt(handle, now)).await;
    let attempt = attempt.map_err(|failure| failed(&chrome, &failure))?;
    let Some(Attempt { aim: Aim::Choose(account, revision, factor), back, .. }) = attempt else {
        return Ok(refused(&chrome, DoorRefusal::CameBackLate));
    };
    let (from, secret) = (From::of(&headers, &ways), (app.0.random)());
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let by = factor.clone();
    let led = app
        .ask(move |record| {
            let way = Way { factor: &by, device: &from.device, secret_hash: hash, hours: from.hours };
            led(record.enter_chosen((&account, revision), chosen.grant, &way, now))
        })
        .await
        .map_err(|failure| failed(&chrome, &failure))?;
    lead(&app, &chrome, &headers, Leading { led, secret, hash, factor, back }).await
}

/// `POST /sign-in/passkey/begin`: the question for a device, as JSON for our script.
pub(crate) async fn passkey_begin(
    State(app): State<App>,
    stranger: Stranger,
    visit: Option<AnyVisit>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Outcome {
    let chrome = stranger.chrome;
    if !same_site(&headers) {
        return Ok(refuse(&chrome, &Failure::Stale));
    }
    let ways = ways(&app, &chrome)?;
    if let Some(over) = tried(&app, &chrome, &From::of(&headers, &ways), None).await? {
        return Ok(over);
    }
    let aim = aim(&app, visit.as_ref(), &wanted).await.map_err(|failure| failed(&chrome, &failure))?;
    let aim = match aim {
        Ok(aim) => aim,
        Err(why) => return Ok(refused(&chrome, why)),
    };
    // Another way in is added by those alone who have just proved who they are.
    if matches!(aim, Aim::Add(..)) && !visit.is_some_and(|AnyVisit(visit)| visit.is_fresh()) {
        let to = [(HELP_AT, "/account/prove?back=/account")];
        return Ok((StatusCode::FORBIDDEN, to).into_response());
    }
    let challenge = base64url::encode(&(app.0.random)());
    let maker = match &aim {
        Aim::Bind(account, _) | Aim::Add(account, _) => Some(account.clone()),
        _ => None,
    };
    let (secret, set) = door(&app, &headers);
    let attempt = Attempt {
        aim,
        issuer: String::new(),
        nonce: challenge.clone(),
        verifier: String::new(),
        back: back(wanted.back.as_deref()),
    };
    let (handle, now) = (handle(&challenge, &secret), app.now());
    let user = app
        .ask(move |record| {
            record.begin_attempt(handle, &attempt, now)?;
            maker.map_or(Ok(None), |account| record.passkey_user(&account))
        })
        .await
        .map_err(|failure| failed(&chrome, &failure))?;
    let question = passkeys::question(&challenge, &ways.party, user.as_ref());
    let kind = (header::CONTENT_TYPE, "application/json".to_owned());
    Ok((AppendHeaders([kind, (header::SET_COOKIE, set)]), question).into_response())
}

/// What our script posts.
#[derive(Default, Deserialize)]
pub(crate) struct Answered {
    #[serde(default)]
    id: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    signature: String,
    #[serde(default)]
    name: String,
}

/// `POST /sign-in/passkey`: the answer of a device, taken once.
pub(crate) async fn passkey(
    State(app): State<App>,
    stranger: Stranger,
    headers: HeaderMap,
    Form(answered): Form<Answered>,
) -> Outcome {
    let chrome = stranger.chrome;
    if !same_site(&headers) {
        return Ok(refuse(&chrome, &Failure::Stale));
    }
    let ways = ways(&app, &chrome)?;
    let Answered { id, client, data, signature, name } = answered;
    let challenge = passkeys::challenge_of(&client).unwrap_or_default();
    let (handle, now) = (handle(&challenge, &cookie(&headers, DOOR).unwrap_or_default()), app.now());
    let attempt = app.ask(move |record| record.take_attempt(handle, now)).await;
    let attempt = attempt.map_err(|failure| failed(&chrome, &failure))?;
    let Some(attempt) = attempt.filter(|attempt| attempt.nonce == challenge && attempt.issuer.is_empty())
    else {
        return Ok(refused(&chrome, DoorRefusal::CameBackLate));
    };
    let (from, secret) = (From::of(&headers, &ways), (app.0.random)());
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let name = if name.trim().is_empty() { from.device.clone() } else { name };
    let (party, to) = (ways.party.clone(), first_of(&attempt));
    let led = app
        .ask(move |record| {
            let way = Way { factor: PASSKEY, device: &from.device, secret_hash: hash, hours: from.hours };
            let posted = Used { id, client, data, signature };
            let made = || {
                passkeys::made(&posted, &challenge, &party).map_err(|unfit| {
                    tracing::warn!(%unfit, "a new passkey is not believed");
                    DoorRefusal::PasskeyRefused
                })
            };
            match &attempt.aim {
                Aim::SignIn => led(record.enter_by_passkey(&posted, &challenge, &party, &way, now)),
                Aim::Prove(account, session) => {
                    led(record.prove_by_passkey((account, of_hex(session)), &posted, &challenge, &party, now))
                }
                Aim::Bind(account, number) => match made() {
                    Ok(made) => {
                        let bound = Bound { account: account.clone(), number: *number };
                        led(record.bind_passkey(&bound, &made, &name, &way, now))
                    }
                    Err(why) => Ok(Led::Not(why)),
                },
                Aim::Add(account, session) => match made() {
                    Ok(made) => led(record.add_passkey((account, of_hex(session)), &made, &name, now)),
                    Err(why) => Ok(Led::Not(why)),
                },
                Aim::Choose(..) | Aim::Launch => Ok(Led::Not(DoorRefusal::CameBackLate)),
            }
        })
        .await
        .map_err(|failure| failed(&chrome, &failure))?;
    lead(&app, &chrome, &headers, Leading { led, secret, hash, factor: PASSKEY.to_owned(), back: to }).await
}

/// `GET /sign-in/invited/{invitation}`
pub(crate) async fn invited(
    State(app): State<App>,
    stranger: Stranger,
    Path(invitation): Path<String>,
) -> Outcome {
    let chrome = stranger.chrome;
    let ways = ways(&app, &chrome)?;
    let Some(bound) = app.0.key.read_invitation(&invitation) else {
        return Ok(refused(&chrome, DoorRefusal::InvitationOver));
    };
    let now = app.now();
    let name = app.ask(move |record| record.invited(&bound, now)).await;
    Ok(match name.map_err(|failure| failed(&chrome, &failure))? {
        Ok(name) => pages::invited(&chrome, &ways.issuers, &name, &invitation).into_response(),
        Err(why) => refused(&chrome, why),
    })
}

/// `GET /sign-in/help`
pub(crate) async fn help(stranger: Stranger) -> Markup {
    pages::help(&stranger.chrome, None)
}

/// `GET /sign-in/help/{code}`
pub(crate) async fn help_with(stranger: Stranger, Path(code): Path<String>) -> Response {
    match DoorRefusal::from_code(&code) {
        Some(why) => pages::help(&stranger.chrome, Some(why)).into_response(),
        None => refuse(&stranger.chrome, &Failure::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_its_holder_knows_it() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(device(agent), "Chrome, Linux");
        assert_eq!(device("curl/8"), "?, ?");
    }
}

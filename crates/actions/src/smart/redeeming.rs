//! The token endpoint, introspection and revocation (RFC 6749, 7636, 7523, 7662, 7009; SMART App Launch 2.2 and its backend
//! services): what an app hands over is taken once, and what it gets is kept by its hash alone.

use super::authorizing::{Code, is_fresh, written};
use super::holding::{Held, acts_for_itself};
use super::id_token::IdKey;
use super::{App, Sort, Terms, assertion, hashed, hex, seconds};
use crate::accounts::base64url;
use crate::record::{Record, machine};
use crate::refusal::Refusal;
use clinical::smart::{Interactions, Level, Scopes, Wish};
use fhir::Instant;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{AuditRow, Changes, Requirement, Settled, SmartChange, SmartGrant, SmartSort, SmartToken, View};

/// An access token of a user's app lives as many seconds.
pub const USER_SECONDS: i64 = 900;
/// An access token of an app that acts for itself lives as many seconds (SMART App Launch 2.2, 5.2).
pub const BACKEND_SECONDS: i64 = 300;

/// Why no token is given (RFC 6749 5.2): the code of it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Something is missing or stands twice.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The app is not known, or did not prove that it is itself.
    #[error("{0}")]
    InvalidClient(&'static str),
    /// What was handed over is over, was used, or is another's.
    #[error("{0}")]
    InvalidGrant(&'static str),
    /// This app may not ask so.
    #[error("{0}")]
    UnauthorizedClient(&'static str),
    /// Another way of asking.
    #[error("grant_type is authorization_code, refresh_token or client_credentials")]
    UnsupportedGrantType,
    /// More than was let, or nothing.
    #[error("{0}")]
    InvalidScope(&'static str),
    /// The store asks to try again.
    #[error("it is not known whether this was kept; ask for a new authorization")]
    TryAgain,
}

impl TokenProblem {
    /// Its code (RFC 6749 5.2).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient(_) => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::UnauthorizedClient(_) => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
            Self::TryAgain => "temporarily_unavailable",
        }
    }
}

impl From<Refusal> for TokenProblem {
    fn from(_: Refusal) -> Self {
        Self::TryAgain
    }
}

impl From<store::ReadProblem> for TokenProblem {
    fn from(_: store::ReadProblem) -> Self {
        Self::TryAgain
    }
}

/// A form of the token, introspection or revocation endpoint, with what stands in the header Authorization.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Names and values of the form, each once.
    pub pairs: Vec<(String, String)>,
    /// Id and secret of HTTP Basic.
    pub basic: Option<(String, String)>,
}

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }
    fn must(&self, name: &str, text: &'static str) -> Result<&str, TokenProblem> {
        self.get(name).ok_or(TokenProblem::InvalidRequest(text))
    }
}

/// Where we stand: the FHIR door and the token endpoint, as the app reached them.
#[derive(Debug, Clone)]
pub struct Site {
    /// Address of the FHIR door.
    pub base: String,
    /// Address of the token endpoint.
    pub endpoint: String,
}

/// What an app gets (RFC 6749 5.1; SMART App Launch 2.2, 3.1.8).
#[derive(Debug, Clone, Serialize)]
pub struct TokenAnswer {
    /// The token.
    pub access_token: String,
    /// `Bearer`
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    /// What was let.
    pub scope: String,
    /// By which it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Who the user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Id of the Patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Id of the Encounter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// Further Patients that are the same person.
    #[serde(rename = "fhirContext", skip_serializing_if = "Vec::is_empty")]
    pub fhir_context: Vec<Value>,
    /// The app shows whom it is about: our pages are not around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_patient_banner: Option<bool>,
}

/// The role of a Patient that is the same person as the one of the launch.
const SAME_PERSON: &str = "https://opor.example/smart/role/same-person";

/// An app that proved that it is itself.
struct Proven {
    app: App,
    /// What it must have spent with whatever it gets.
    once: Option<assertion::Once>,
}

/// Secrets that nobody can guess, for what is made now.
pub type Fresh = [[u8; 32]; 2];

impl Record {
    fn proven_app(
        &self,
        view: &View,
        form: &Form,
        site: &Site,
        now: Instant,
    ) -> Result<Proven, TokenProblem> {
        let wrong = TokenProblem::InvalidClient;
        let signed = form.get("client_assertion");
        let basic = form.basic.as_ref();
        let id = match (form.get("client_id"), basic, signed) {
            (Some(id), _, _) => Some(id.to_owned()),
            (None, Some((id, _)), _) => Some(id.clone()),
            (None, None, Some(signed)) => assertion::claimed(signed),
            // A public app need not name itself where its refresh token does (RFC 6749 section 6).
            (None, None, None) => match form.get("refresh_token") {
                Some(token) => {
                    let token = view.smart_token(&hashed(token), SmartSort::Refresh, now)?;
                    let grant =
                        token.map(|token| view.smart_grant(&token.holder, now)).transpose()?.flatten();
                    grant.map(|grant| grant.app)
                }
                None => None,
            },
        };
        let id = id.ok_or(wrong("client_id is missing"))?;
        if basic.is_some_and(|(named, _)| *named != id) {
            return Err(wrong("the header Authorization names another app than client_id"));
        }
        let app = App::find(view, &id)?.ok_or(wrong("this app is not registered here"))?;
        let secret = basic.map(|(_, secret)| secret.as_str()).or_else(|| form.get("client_secret"));
        // One proof, and the one that was registered.
        let once = match (app.sort, secret, signed) {
            (Sort::Public, None, None) => None,
            (Sort::Symmetric, Some(secret), None) => {
                if !same(&hex(&hashed(secret)), &app.secret) {
                    return Err(wrong("the secret is not that of this app"));
                }
                None
            }
            (Sort::Asymmetric, None, Some(signed)) => {
                if form.get("client_assertion_type") != Some(assertion::SORT) {
                    return Err(wrong(
                        "client_assertion_type is urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ));
                }
                Some(assertion::believe(&app, signed, &site.endpoint, now)?)
            }
            (Sort::Public, ..) => return Err(wrong("a public app sends neither secret nor assertion")),
            (Sort::Symmetric, ..) => return Err(wrong("this app proves itself by its secret alone")),
            (Sort::Asymmetric, ..) => {
                return Err(wrong("this app proves itself by a signed assertion alone"));
            }
        };
        if let Some((once, _)) = &once
            && view.is_spent(once)?
        {
            return Err(wrong("this assertion (jti) was used before"));
        }
        Ok(Proven { app, once })
    }

    /// Leaves a row where somebody named a registered app and did not prove to be it. A name that nobody registered leaves
    /// none: anybody could fill the log with such.
    fn unproven(&self, form: &Form, problem: TokenProblem, now: Instant) -> TokenProblem {
        let TokenProblem::InvalidClient(why) = problem else { return problem };
        let named = form.get("client_id").or(form.basic.as_ref().map(|(id, _)| id.as_str()));
        let named = named.map(str::to_owned).or_else(|| assertion::claimed(form.get("client_assertion")?));
        let app = named.and_then(|id| App::find(&self.store().view().ok()?, &id).ok()?);
        if let Some(app) = app {
            let audit = vec![row(&app, "refused-app-token", why, now)];
            // Nothing is given either way.
            drop(self.settled_for_app(Changes { audit, ..Changes::default() }));
        }
        problem
    }

    /// Gives a token.
    ///
    /// # Errors
    /// [`TokenProblem`].
    pub fn token(
        &self,
        form: &Form,
        site: &Site,
        fresh: Fresh,
        key: Option<&IdKey>,
        now: Instant,
    ) -> Result<TokenAnswer, TokenProblem> {
        self.give(form, site, fresh, key, now).map_err(|problem| self.unproven(form, problem, now))
    }

    fn give(
        &self,
        form: &Form,
        site: &Site,
        fresh: Fresh,
        key: Option<&IdKey>,
        now: Instant,
    ) -> Result<TokenAnswer, TokenProblem> {
        let kind = form.must("grant_type", "grant_type is missing")?.to_owned();
        let (mut giving, given, app) = {
            let view = self.store().view()?;
            let proven = self.proven_app(&view, form, site, now)?;
            let fresh = fresh.map(|secret| base64url::encode(&secret));
            let mut giving = Giving { form, site, fresh, key, now, used: None, changes: Changes::default() };
            if let Some((once, until)) = proven.once {
                giving.changes.requires.push(Requirement::Unspent(once.clone()));
                giving.changes.smart.push(SmartChange::Spent(once, until));
            }
            let given = match kind.as_str() {
                "authorization_code" => giving.by_code(self, &view, &proven.app),
                "refresh_token" => giving.by_refresh(self, &view, &proven.app),
                "client_credentials" => giving.for_itself(&proven.app),
                _ => Err(Given::Not(TokenProblem::UnsupportedGrantType)),
            };
            (giving, given, proven.app)
        };
        match given {
            Ok(answer) => {
                giving.changes.audit.push(row(&app, "app-token", &answer.scope, now));
                match (self.store().settle_blocking(giving.changes), giving.used) {
                    // Two came with it at once: that is a second use too.
                    (Settled::Stale(Requirement::Unspent(spent)), Some((hash, grant))) if spent == hash => {
                        Err(self.used_before(&app, grant, now))
                    }
                    (settled, _) => kept(&settled).map(|()| answer),
                }
            }
            Err(Given::Reused(grant)) => Err(self.used_before(&app, grant, now)),
            Err(Given::Not(problem)) => Err(problem),
        }
    }

    /// A second use ends what the first one got: one of both is a thief (RFC 6749 4.1.2, RFC 9700 4.14).
    fn used_before(&self, app: &App, grant: Vec<u8>, now: Instant) -> TokenProblem {
        let mut changes = Changes { smart: vec![SmartChange::End(grant)], ..Changes::default() };
        changes.audit.push(row(app, "refused-app-token", "used before: everything it was let do ends", now));
        match self.settled_for_app(changes) {
            Ok(()) => TokenProblem::InvalidGrant("this was used before; everything that it gave has ended"),
            Err(problem) => problem,
        }
    }

    fn settled_for_app(&self, changes: Changes) -> Result<(), TokenProblem> {
        kept(&self.store().settle_blocking(changes))
    }

    /// What a token of this app says (RFC 7662); whatever is not its own or over is not active.
    ///
    /// # Errors
    /// The app did not prove that it is itself.
    pub fn introspected(&self, form: &Form, site: &Site, now: Instant) -> Result<Value, TokenProblem> {
        self.introspect(form, site, now).map_err(|problem| self.unproven(form, problem, now))
    }

    fn introspect(&self, form: &Form, site: &Site, now: Instant) -> Result<Value, TokenProblem> {
        let (answer, once) = {
            let view = self.store().view()?;
            let proven = self.proven_app(&view, form, site, now)?;
            if proven.app.sort == Sort::Public {
                return Err(TokenProblem::InvalidClient("a public app does not introspect"));
            }
            let token = form.must("token", "token is missing")?;
            (self.introspection(&view, &proven.app, token, site, now)?, proven.once)
        };
        self.spend(once)?;
        Ok(answer)
    }

    fn introspection(
        &self,
        view: &View,
        app: &App,
        token: &str,
        site: &Site,
        now: Instant,
    ) -> Result<Value, TokenProblem> {
        let nothing = json!({"active": false});
        let hash = hashed(token);
        let found = match view.smart_token(&hash, SmartSort::Access, now)? {
            Some(token) => Some(token),
            None => view.smart_token(&hash, SmartSort::Refresh, now)?,
        };
        let Some(token) = found else { return Ok(nothing) };
        if token.sort == SmartSort::Refresh && view.is_spent(&hash)? {
            return Ok(nothing);
        }
        let Some(held) = self.held(view, &token.holder, now)?.filter(|held| held.app.id == app.id) else {
            return Ok(nothing);
        };
        let scope = if token.sort == SmartSort::Access { &token.body } else { &held.terms.scopes };
        let mut said = json!({
            "active": true, "scope": scope, "client_id": app.id, "token_type": "Bearer",
            "exp": seconds(token.expires), "iat": seconds(held.grant.at), "iss": site.base, "sub": held.actor.id,
        });
        if let Some(patient) = &held.terms.patient {
            said["patient"] = json!(patient);
        }
        if let Some(user) = &held.terms.fhir_user {
            said["fhirUser"] = json!(format!("{}/{user}", site.base));
        }
        Ok(said)
    }

    fn spend(&self, once: Option<assertion::Once>) -> Result<(), TokenProblem> {
        let Some((once, until)) = once else { return Ok(()) };
        self.settled_for_app(Changes {
            requires: vec![Requirement::Unspent(once.clone())],
            smart: vec![SmartChange::Spent(once, until)],
            ..Changes::default()
        })
    }

    /// Ends a token of this app: an access token alone, a refresh token with everything it was let do (RFC 7009). Whatever
    /// is not its own is answered the same.
    ///
    /// # Errors
    /// The app did not prove that it is itself.
    pub fn revoked(&self, form: &Form, site: &Site, now: Instant) -> Result<(), TokenProblem> {
        self.revoke(form, site, now).map_err(|problem| self.unproven(form, problem, now))
    }

    fn revoke(&self, form: &Form, site: &Site, now: Instant) -> Result<(), TokenProblem> {
        let mut changes = Changes::default();
        {
            let view = self.store().view()?;
            let proven = self.proven_app(&view, form, site, now)?;
            if let Some((once, until)) = proven.once {
                changes.requires.push(Requirement::Unspent(once.clone()));
                changes.smart.push(SmartChange::Spent(once, until));
            }
            let hash = hashed(form.must("token", "token is missing")?);
            for sort in [SmartSort::Access, SmartSort::Refresh] {
                let Some(token) = view.smart_token(&hash, sort, now)? else { continue };
                let own =
                    view.smart_grant(&token.holder, now)?.is_some_and(|grant| grant.app == proven.app.id);
                if own {
                    changes.smart.push(match sort {
                        SmartSort::Refresh => SmartChange::End(token.holder),
                        _ => SmartChange::Drop(token.hash),
                    });
                    changes.audit.push(row(&proven.app, "app-revoke", "token", now));
                }
            }
        }
        self.settled_for_app(changes)
    }
}

/// Why nothing is given.
enum Given {
    Not(TokenProblem),
    /// It was used before: what came of the first use ends.
    Reused(Vec<u8>),
}

impl From<TokenProblem> for Given {
    fn from(problem: TokenProblem) -> Self {
        Self::Not(problem)
    }
}

impl From<store::ReadProblem> for Given {
    fn from(problem: store::ReadProblem) -> Self {
        Self::Not(problem.into())
    }
}

impl From<Refusal> for Given {
    fn from(refusal: Refusal) -> Self {
        Self::Not(refusal.into())
    }
}

struct Giving<'g> {
    form: &'g Form,
    site: &'g Site,
    fresh: [String; 2],
    key: Option<&'g IdKey>,
    now: Instant,
    /// What was handed over, and the grant it is of.
    used: Option<(Vec<u8>, Vec<u8>)>,
    changes: Changes,
}

impl Giving<'_> {
    fn by_code(&mut self, record: &Record, view: &View, app: &App) -> Result<TokenAnswer, Given> {
        let over = TokenProblem::InvalidGrant("the code is not known, too old, or another app's; ask anew");
        let code = self.form.must("code", "code is missing")?;
        let hash = hashed(code).to_vec();
        let token = view.smart_token(&hash, SmartSort::Code, self.now)?.ok_or(over.clone())?;
        let said: Code = serde_json::from_str(&token.body).map_err(|_| over.clone())?;
        let grant = view.smart_grant(&token.holder, self.now)?;
        if grant.is_none_or(|grant| grant.app != app.id) {
            return Err(over.into());
        }
        if view.is_spent(&hash)? {
            return Err(Given::Reused(token.holder));
        }
        if !is_fresh(&said, self.now) {
            return Err(over.into());
        }
        if self.form.get("redirect_uri") != Some(said.redirect.as_str()) {
            return Err(
                TokenProblem::InvalidGrant("redirect_uri is not the one the code was asked with").into()
            );
        }
        let verifier = self.form.must("code_verifier", "code_verifier is missing")?;
        let is_verifier = (43..=128).contains(&verifier.len())
            && same(&base64url::encode(&Sha256::digest(verifier.as_bytes())), &said.challenge);
        if !is_verifier {
            return Err(TokenProblem::InvalidGrant("code_verifier is not that of the code").into());
        }
        let held = record.held(view, &token.holder, self.now)?.ok_or(over)?;
        self.spent(hash, token.expires, &token.holder);
        let scopes = Scopes::read(&held.terms.scopes).within(&app.most());
        let mut answer = self.answer(&held, &scopes, USER_SECONDS)?;
        if scopes.wishes(Wish::OpenId) {
            let user = held.terms.fhir_user.as_deref();
            answer.id_token = self.key.and_then(|key| {
                key.sign(&self.site.base, &app.id, &held.actor.id, &said.nonce, user, self.now)
            });
        }
        Ok(answer)
    }

    fn by_refresh(&mut self, record: &Record, view: &View, app: &App) -> Result<TokenAnswer, Given> {
        let over = TokenProblem::InvalidGrant(
            "the refresh token is not known, has ended, or is another app's; ask anew",
        );
        let hash = hashed(self.form.must("refresh_token", "refresh_token is missing")?).to_vec();
        let token = view.smart_token(&hash, SmartSort::Refresh, self.now)?.ok_or(over.clone())?;
        let grant = view.smart_grant(&token.holder, self.now)?;
        if grant.is_none_or(|grant| grant.app != app.id) {
            return Err(over.into());
        }
        if view.is_spent(&hash)? {
            return Err(Given::Reused(token.holder));
        }
        let held = record.held(view, &token.holder, self.now)?.ok_or(over)?;
        let granted = Scopes::read(&held.terms.scopes).within(&app.most());
        let scopes = match self.form.get("scope") {
            Some(asked) => {
                let asked = Scopes::read(asked);
                if asked.is_empty() || !asked.are_within(&granted) {
                    return Err(TokenProblem::InvalidScope(
                        "scope is more than the user agreed to; leave it out",
                    )
                    .into());
                }
                asked
            }
            None => granted,
        };
        self.spent(hash, token.expires, &token.holder);
        self.answer(&held, &scopes, USER_SECONDS)
    }

    fn for_itself(&mut self, app: &App) -> Result<TokenAnswer, Given> {
        let not = TokenProblem::UnauthorizedClient("this app is not registered to act for itself");
        let role = app.own_role().filter(|role| acts_for_itself(*role)).ok_or(not.clone())?;
        if app.sort != Sort::Asymmetric {
            return Err(not.into());
        }
        let asked = Scopes::read(self.form.must("scope", "scope is missing; name system/ scopes")?);
        let scopes = asked.within(&app.most()).only(&[Level::System], Interactions::ALL);
        let scopes = Scopes { wishes: std::collections::BTreeSet::new(), ..scopes };
        if scopes.rules.is_empty() {
            return Err(TokenProblem::InvalidScope(
                "no system/ scope that was asked for is registered for this app",
            )
            .into());
        }
        let terms = Terms {
            scopes: scopes.to_string(),
            role: role.code().to_owned(),
            seat: None,
            session: String::new(),
            person: None,
            patient: None,
            same: Vec::new(),
            encounter: None,
            fhir_user: None,
        };
        let expires = Instant(self.now.0 + BACKEND_SECONDS * 1_000_000);
        let id = hashed(&format!("grant.{}", self.fresh[0])).to_vec();
        self.changes.smart.push(SmartChange::Forget(self.now));
        self.changes.smart.push(SmartChange::Grant(SmartGrant {
            id: id.clone(),
            app: app.id.clone(),
            account: String::new(),
            body: written(&terms)?,
            at: self.now,
            expires,
        }));
        self.access(&id, &scopes, expires);
        Ok(TokenAnswer {
            access_token: self.fresh[0].clone(),
            token_type: "Bearer",
            expires_in: BACKEND_SECONDS,
            scope: scopes.to_string(),
            refresh_token: None,
            id_token: None,
            patient: None,
            encounter: None,
            fhir_context: Vec::new(),
            need_patient_banner: None,
        })
    }

    /// What was handed over is used from now on, while what it stands on still holds.
    fn spent(&mut self, hash: Vec<u8>, until: Instant, grant: &[u8]) {
        self.used = Some((hash.clone(), grant.to_vec()));
        self.changes.requires.push(Requirement::Unspent(hash.clone()));
        self.changes.requires.push(Requirement::GrantHolds(grant.to_vec()));
        self.changes.smart.push(SmartChange::Forget(self.now));
        self.changes.smart.push(SmartChange::Spent(hash, until));
    }

    fn access(&mut self, grant: &[u8], scopes: &Scopes, expires: Instant) {
        self.changes.smart.push(SmartChange::Token(SmartToken {
            hash: hashed(&self.fresh[0]).to_vec(),
            sort: SmartSort::Access,
            holder: grant.to_vec(),
            body: scopes.to_string(),
            expires,
        }));
    }

    fn answer(&mut self, held: &Held, scopes: &Scopes, lives: i64) -> Result<TokenAnswer, Given> {
        let expires = Instant(self.now.0 + lives * 1_000_000).min(held.grant.expires);
        self.access(&held.grant.id, scopes, expires);
        let granted = Scopes::read(&held.terms.scopes);
        let goes_on = granted.wishes(Wish::OfflineAccess) || granted.wishes(Wish::OnlineAccess);
        if goes_on {
            self.changes.smart.push(SmartChange::Token(SmartToken {
                hash: hashed(&self.fresh[1]).to_vec(),
                sort: SmartSort::Refresh,
                holder: held.grant.id.clone(),
                body: String::new(),
                expires: held.grant.expires,
            }));
        }
        let same = held.terms.same.iter();
        Ok(TokenAnswer {
            access_token: self.fresh[0].clone(),
            token_type: "Bearer",
            expires_in: expires.seconds_since(self.now),
            scope: scopes.to_string(),
            refresh_token: goes_on.then(|| self.fresh[1].clone()),
            id_token: None,
            patient: held.terms.patient.clone(),
            encounter: held.terms.encounter.clone(),
            fhir_context: same
                .map(|id| json!({"reference": format!("Patient/{id}"), "role": SAME_PERSON}))
                .collect(),
            need_patient_banner: held.terms.patient.is_some().then_some(true),
        })
    }
}

/// Whether what was to be written stands.
fn kept(settled: &Settled) -> Result<(), TokenProblem> {
    match settled {
        Settled::Done => Ok(()),
        Settled::Stale(_) => Err(TokenProblem::InvalidGrant("this was used before, or has ended meanwhile")),
        _ => Err(TokenProblem::TryAgain),
    }
}

/// Compares without telling by its time where two texts differ.
fn same(one: &str, two: &str) -> bool {
    one.len() == two.len() && one.bytes().zip(two.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn row(app: &App, verb: &str, object: &str, now: Instant) -> AuditRow {
    let context = machine(&format!("app {}", app.id), now);
    AuditRow {
        at: now,
        actor: context.actor.id,
        role: context.actor.role.code().to_owned(),
        verb: verb.to_owned(),
        purpose: context.purpose.code().to_owned(),
        person: None,
        object: object.to_owned(),
    }
}

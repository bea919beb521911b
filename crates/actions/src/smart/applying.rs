//! Apps that ask to be registered (OAuth 2.0 Dynamic Client Registration, RFC 7591), where the settings let them. What is
//! asked for waits until a person approves it; until then there is no such app.

use super::{App, Sort, hashed, hex, seconds};
use crate::accounts::base64url;
use crate::accounts::entering::door_row;
use crate::accounts::openid::origin;
use crate::record::{Act, Reading, Record, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::smart::{Level, Scopes};
use fhir::{Instant, PersonId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Changes, Settled, SmartApp, SmartChange};

/// Most that wait for a person at a time.
const MOST_WAITING: usize = 50;
/// Whose name stands where nobody registered it.
const BY_ITSELF: &str = "registration";

/// Why nothing was registered (RFC 7591 3.2.2); each says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationProblem {
    /// An address to come back to.
    #[error("{0}")]
    Redirect(String),
    /// Anything else that was asked for.
    #[error("{0}")]
    Metadata(String),
    /// Somebody vouches for the app.
    #[error(
        "software statements are not read here; leave software_statement out, a person looks at what is asked for"
    )]
    Statement,
    /// Too many from one source, or too many wait.
    #[error(
        "too many apps were registered lately, or wait for a person here; try again tomorrow, or ask the operator"
    )]
    TooMany,
    /// The store asks to try again.
    #[error("it is not known whether this was kept; try again in a minute")]
    TryAgain,
}

impl RegistrationProblem {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Redirect(_) => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
            Self::Statement => "unapproved_software_statement",
            Self::TooMany | Self::TryAgain => "temporarily_unavailable",
        }
    }
}

impl From<Refusal> for RegistrationProblem {
    fn from(_: Refusal) -> Self {
        Self::TryAgain
    }
}

/// What an app says of itself (RFC 7591 2); what is not named here is not looked at.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    client_name: String,
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    #[serde(default)]
    response_types: Vec<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    application_type: String,
    jwks: Option<Value>,
    jwks_uri: Option<Value>,
    software_statement: Option<Value>,
}

/// The app that was asked for; `secret` is its own where it has one.
fn wanted(body: &[u8], id: String, secret: &str) -> Result<(App, &'static str), RegistrationProblem> {
    let wrong = |words: &str| RegistrationProblem::Metadata(words.to_owned());
    let said: Metadata = serde_json::from_slice(body)
        .map_err(|error| RegistrationProblem::Metadata(format!("the body is no client metadata: {error}")))?;
    if said.software_statement.is_some() {
        return Err(RegistrationProblem::Statement);
    }
    if said.jwks_uri.is_some() {
        return Err(wrong("jwks_uri is not followed; send the keys themselves as jwks"));
    }
    let grants = ["authorization_code", "refresh_token"];
    if said.grant_types.iter().any(|grant| !grants.contains(&grant.as_str())) {
        return Err(wrong(
            "grant_types are authorization_code and refresh_token; who acts for itself is registered by the operator",
        ));
    }
    if said.response_types.iter().any(|sort| sort != "code") {
        return Err(wrong("response_types is code"));
    }
    let is_native = match said.application_type.as_str() {
        "native" => true,
        "" | "web" => false,
        _ => return Err(wrong("application_type is web or native")),
    };
    for address in &said.redirect_uris {
        // A page that is reached without protection gives codes away; an app on the reader's own machine listens there.
        let there = origin(address);
        if !there.is_some_and(|there| there.secure || (is_native && there.is_safe())) {
            return Err(RegistrationProblem::Redirect(format!(
                "{address} is no https address (http://127.0.0.1:PORT is for application_type native)"
            )));
        }
    }
    let method = said.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic");
    let (sort, method) = match method {
        "none" => (Sort::Public, "none"),
        "client_secret_basic" => (Sort::Symmetric, "client_secret_basic"),
        "client_secret_post" => (Sort::Symmetric, "client_secret_post"),
        "private_key_jwt" => (Sort::Asymmetric, "private_key_jwt"),
        _ => {
            return Err(wrong(
                "token_endpoint_auth_method is none, client_secret_basic, client_secret_post or private_key_jwt",
            ));
        }
    };
    if Scopes::read(&said.scope).rules.iter().any(|rule| rule.level == Level::System) {
        return Err(wrong("scope: system/ scopes are let by the operator alone"));
    }
    let app = App {
        id,
        name: said.client_name,
        sort,
        redirects: said.redirect_uris,
        launch: String::new(),
        scopes: said.scope,
        secret: if sort == Sort::Symmetric { hex(&hashed(secret)) } else { String::new() },
        jwks: said.jwks,
        role: String::new(),
        waits: true,
    };
    match app.fault() {
        Some(fault) if fault.contains("address") => Err(RegistrationProblem::Redirect(fault)),
        Some(fault) => Err(RegistrationProblem::Metadata(fault)),
        None => Ok((app, method)),
    }
}

impl Record {
    /// Keeps what an app asks for until a person approves it, and says who it is from then on (RFC 7591 3.2.1). `fresh`
    /// is used for nothing else.
    ///
    /// # Errors
    /// [`RegistrationProblem`].
    pub fn apply_for_app(
        &self,
        body: &[u8],
        source: &str,
        fresh: [[u8; 32]; 2],
        now: Instant,
    ) -> Result<Value, RegistrationProblem> {
        if self.try_registration(source, now)? {
            return Err(RegistrationProblem::TooMany);
        }
        let (id, secret) = (base64url::encode(&fresh[0][..16]), base64url::encode(&fresh[1]));
        let (app, method) = wanted(body, format!("app-{id}"), &secret)?;
        let rows = self.store().view().map_err(Refusal::from)?.smart_apps().map_err(Refusal::from)?;
        let waits = |row: &SmartApp| row.ended.is_none() && App::of(row.clone()).is_some_and(|app| app.waits);
        if rows.iter().filter(|row| waits(row)).count() >= MOST_WAITING {
            return Err(RegistrationProblem::TooMany);
        }
        let row = SmartApp {
            id: app.id.clone(),
            body: serde_json::to_string(&app).map_err(|_| RegistrationProblem::TryAgain)?,
            at: now,
            actor: BY_ITSELF.to_owned(),
            ended: None,
        };
        let audit = vec![door_row(BY_ITSELF, "", "apply-app", format!("app/{}", app.id), now)];
        let changes = Changes { smart: vec![SmartChange::App(row)], audit, ..Changes::default() };
        match self.store().settle_blocking(changes) {
            Settled::Done => {}
            _ => return Err(RegistrationProblem::TryAgain),
        }
        let mut said = json!({
            "client_id": app.id,
            "client_id_issued_at": seconds(now),
            "client_name": app.name,
            "redirect_uris": app.redirects,
            "scope": app.scopes,
            "token_endpoint_auth_method": method,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        });
        if app.sort == Sort::Symmetric {
            said["client_secret"] = json!(secret);
            said["client_secret_expires_at"] = json!(0);
        }
        if let Some(jwks) = app.jwks {
            said["jwks"] = jwks;
        }
        Ok(said)
    }
}

/// Act: let an app in that asked for it itself.
#[derive(Debug, Clone)]
pub struct Approve {
    /// Its id.
    pub id: String,
}

impl Sealed for Approve {}
impl Act for Approve {
    const PERMISSION: Permission = Permission::ManageApps;
    fn object(&self) -> String {
        format!("app/{}/approve", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.smart_app(&self.id)?.ok_or_else(Refusal::not_found)?;
        let app = App::of(row.clone()).filter(|app| app.waits).ok_or_else(|| {
            Refusal::conflict(
                "This app does not wait any more. Look at the list again.",
                "Cette application n'attend plus. Regardez de nouveau la liste.",
            )
        })?;
        let body = serde_json::to_string(&App { waits: false, ..app }).map_err(|error| {
            let words = error.to_string();
            Refusal::unreadable(words.clone(), words)
        })?;
        let context = reading.context;
        let row = SmartApp { body, at: context.now, actor: context.actor.id.clone(), ..row };
        Ok((Changes { smart: vec![SmartChange::App(row)], ..Changes::default() }, None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::registering::EndApp;
    use super::*;
    use crate::chart::tests::filled;
    use crate::record::machine;

    const GOOD: &str = r#"{"client_name":"Growth chart","redirect_uris":["https://growth.example/back"],"scope":"launch/patient openid patient/Observation.rs","token_endpoint_auth_method":"none","logo_uri":"https://growth.example/logo"}"#;

    #[test]
    fn what_an_app_says_of_itself_is_within_what_apps_may_be() {
        let read = |body: &str| wanted(body.as_bytes(), "app-1".into(), "s");
        let (app, method) = read(GOOD).expect("an app");
        assert_eq!((app.sort, method, app.waits), (Sort::Public, "none", true));
        let secret = GOOD.replace(r#","token_endpoint_auth_method":"none""#, "");
        let (app, method) = read(&secret).expect("an app");
        assert_eq!((app.sort, method, app.secret.len()), (Sort::Symmetric, "client_secret_basic", 64));
        let native = GOOD.replace("https://growth.example/back", "http://127.0.0.1:7000/back");
        assert!(read(&native.replace(r#"{"client"#, r#"{"application_type":"native","client"#)).is_ok());
        let with = |more: &str| GOOD.replace(r#"{"client"#, &format!(r#"{{{more},"client"#));
        for (body, code) in [
            (native, "invalid_redirect_uri"),
            (
                GOOD.replace("https://growth.example/back", "http://growth.example/back"),
                "invalid_redirect_uri",
            ),
            (GOOD.replace("https://growth.example/back", "growth://back"), "invalid_redirect_uri"),
            (
                GOOD.replace("https://growth.example/back", "https://growth.example/back#x"),
                "invalid_redirect_uri",
            ),
            (GOOD.replace(r#"["https://growth.example/back"]"#, "[]"), "invalid_redirect_uri"),
            (GOOD.replace("patient/Observation.rs", "system/Observation.rs"), "invalid_client_metadata"),
            (GOOD.replace("patient/Observation.rs", "patient/Nothing.rs"), "invalid_client_metadata"),
            (GOOD.replace("Growth chart", " "), "invalid_client_metadata"),
            (GOOD.replace(r#""none""#, r#""private_key_jwt""#), "invalid_client_metadata"),
            (GOOD.replace(r#""none""#, r#""tls_client_auth""#), "invalid_client_metadata"),
            (with(r#""grant_types":["client_credentials"]"#), "invalid_client_metadata"),
            (with(r#""response_types":["token"]"#), "invalid_client_metadata"),
            (with(r#""jwks_uri":"https://growth.example/keys""#), "invalid_client_metadata"),
            (with(r#""software_statement":"e30.e30.""#), "unapproved_software_statement"),
            ("[]".to_owned(), "invalid_client_metadata"),
        ] {
            let problem = read(&body).expect_err(&body);
            assert_eq!(problem.code(), code, "{body}: {problem}");
        }
    }

    #[test]
    fn an_app_that_asked_for_itself_is_none_until_a_person_approves_it() {
        let world = filled("applying");
        let (record, now) = (&world.record, world.clock);
        let ask =
            |n: u8, source: &str| record.apply_for_app(GOOD.as_bytes(), source, [[n; 32], [n + 1; 32]], now);
        let said = ask(1, "203.0.113.9").expect("registered");
        let id = said["client_id"].as_str().expect("an id").to_owned();
        let found = || App::find(&record.store().view().expect("a view"), &id).expect("read");
        assert_eq!(found(), None, "nobody approved it");
        let desk = machine("opor application", now);
        record.act(&desk, Approve { id: id.clone() }).expect("approved");
        assert_eq!(found().map(|app| (app.name, app.waits)), Some(("Growth chart".to_owned(), false)));
        record.act(&desk, Approve { id: id.clone() }).expect_err("it waits no more");
        let other =
            ask(3, "203.0.113.9").expect("registered")["client_id"].as_str().expect("an id").to_owned();
        record.act(&desk, EndApp { id: other.clone() }).expect("refused");
        record.act(&desk, Approve { id: other }).expect_err("somebody said no");
        // One source asks ten times at most, all together wait fifty at most.
        for n in 0..8 {
            ask(10 + n, "203.0.113.9").expect("registered");
        }
        assert_eq!(ask(20, "203.0.113.9"), Err(RegistrationProblem::TooMany));
        for n in 0..42_u8 {
            ask(30 + n, &format!("198.51.100.{n}")).expect("registered");
        }
        assert_eq!(ask(90, "192.0.2.1"), Err(RegistrationProblem::TooMany));
    }
}

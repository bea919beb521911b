//! The whole way of an app, and everybody who is not who they seem.

use super::authorizing::{Agree, Asked, Consent, Wanted, Wrong};
use super::id_token::IdKey;
use super::launching::{Launch, OpenApps};
use super::redeeming::{Form, Site, TokenAnswer, TokenProblem};
use super::registering::{Apps, EndApp, Register};
use super::*;
use crate::accounts::base64url;
use crate::chart::tests::{World, filled, maren, twin};
use crate::context::{Actor, Context};
use crate::record::{Record, machine};
use crate::refusal::RefusalKind;
use crate::resources::{Change, Find, Read, Step, Target, Write};
use crate::sign_in::Persona;
use clinical::access::Purpose;
use clinical::words::Words;
use fhir::search::r4::{Request, Unknown};
use fhir::{Kind, PersonId};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU8, Ordering};
use store::{AccountChange, Changes, Settled};

const BASE: &str = "https://opor.example/fhir";
const BACK: &str = "https://growth.example/back";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rule-of-43-signs";
const SESSION: [u8; 32] = [7; 32];

struct Desk {
    /// Stops its store and removes its folder at the end.
    _world: World,
    record: Record,
    context: Context,
    fresh: AtomicU8,
}

impl Desk {
    fn new(name: &str) -> Self {
        let world = filled(name);
        let cairnwood = Persona {
            id: "cairnwood".into(),
            name: "Cairnwood, Aoife".into(),
            role: Role::FamilyDoctor,
            place: Words::default(),
            practitioner: Some("p-cairnwood".into()),
        };
        let directory = (*world.record.directory()).clone();
        let record = Record::new(world.record.store().clone(), directory, vec![cairnwood]);
        let now = world.clock;
        let actor = record.sign_in("cairnwood", SESSION, now, 8).expect("signed in");
        let context = Context { actor, purpose: Purpose::Treatment, now };
        let desk = Self { _world: world, record, context, fresh: AtomicU8::new(1) };
        for app in [
            app(
                "growth",
                Sort::Public,
                "launch launch/patient openid fhirUser online_access offline_access patient/*.rs user/*.rs",
            ),
            App {
                secret: hex(&hashed("a-secret")),
                ..app(
                    "secret",
                    Sort::Symmetric,
                    "launch/patient patient/Observation.rs?category=laboratory offline_access",
                )
            },
        ] {
            desk.register(app);
        }
        desk
    }

    fn register(&self, app: App) {
        self.record
            .act(&machine("opor application", self.context.now), Register { app })
            .expect("registered");
    }

    fn later(&mut self, seconds: i64) {
        self.context.now = Instant(self.context.now.0 + seconds * 1_000_000);
    }

    fn asked(&self, app: &str, scope: &str, launch: &str) -> Result<Asked, Wrong> {
        self.asked_with(app, scope, launch, |_| {})
    }

    fn asked_with(
        &self,
        app: &str,
        scope: &str,
        launch: &str,
        change: impl FnOnce(&mut Vec<(String, String)>),
    ) -> Result<Asked, Wrong> {
        let challenge = base64url::encode(&Sha256::digest(VERIFIER));
        let pairs = [
            ("response_type", "code"),
            ("client_id", app),
            ("redirect_uri", BACK),
            ("scope", scope),
            ("state", "a state"),
            ("aud", BASE),
            ("launch", launch),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("nonce", "n-1"),
        ];
        let mut pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        change(&mut pairs);
        self.record.asked(&Wanted::read(&pairs).expect("readable"), BASE, &self.context)
    }

    fn code(&self, app: &str, scope: &str, person: Option<PersonId>) -> String {
        let asked = self.asked(app, scope, "").unwrap_or_else(|wrong| panic!("{wrong:?}"));
        self.agree(asked, person).expect("agreed")
    }

    fn agree(&self, asked: Asked, person: Option<PersonId>) -> Result<String, Refusal> {
        let code = base64url::encode(&self.secret());
        let act = Agree { asked, person, session: SESSION, code: code.clone() };
        self.record.act(&self.context, act).map(|()| code)
    }

    fn secret(&self) -> [u8; 32] {
        [self.fresh.fetch_add(1, Ordering::Relaxed); 32]
    }

    fn token(&self, pairs: &[(&str, &str)]) -> Result<TokenAnswer, TokenProblem> {
        self.token_by(pairs, None)
    }

    fn token_by(
        &self,
        pairs: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<TokenAnswer, TokenProblem> {
        let key = IdKey::read(&IdKey::fresh().expect("made")).expect("a key");
        let fresh = [self.secret(), self.secret()];
        self.record.token(&form(pairs, basic), &site(), fresh, Some(&key), self.context.now)
    }

    fn redeem(&self, app: &str, code: &str) -> Result<TokenAnswer, TokenProblem> {
        self.token(&redemption(app, code))
    }

    fn reads(&self, token: &str, kind: Kind, id: &str) -> Result<(), Option<RefusalKind>> {
        let actor = self.record.app_actor(token, self.context.now).expect("read").ok_or(None)?;
        let context = Context { purpose: actor.role.usual_purpose(), actor, ..self.context.clone() };
        let read = Read { kind, id: id.to_owned(), version: None };
        self.record.look(&context, read).map(drop).map_err(|refusal| Some(refusal.kind))
    }

    fn finds(&self, token: &str, kind: Kind, query: &[(&str, &str)]) -> Result<usize, RefusalKind> {
        let actor = self.record.app_actor(token, self.context.now).expect("read").expect("holds");
        let context = Context { purpose: actor.role.usual_purpose(), actor, ..self.context.clone() };
        let pairs: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request::read(kind, &pairs, Unknown::Refuse, context.now).expect("a search");
        let look = Find { request, text: String::new() };
        self.record.look(&context, look).map(|found| found.resources.len()).map_err(|refusal| refusal.kind)
    }
}

fn app(id: &str, sort: Sort, scopes: &str) -> App {
    App {
        id: id.into(),
        name: "Growth chart".into(),
        sort,
        redirects: vec![BACK.into()],
        launch: "https://growth.example/launch".into(),
        scopes: scopes.into(),
        secret: String::new(),
        jwks: None,
        role: String::new(),
        waits: false,
    }
}

fn site() -> Site {
    Site { base: BASE.into(), endpoint: "https://opor.example/auth/token".into() }
}

fn form(pairs: &[(&str, &str)], basic: Option<(&str, &str)>) -> Form {
    Form {
        pairs: pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        basic: basic.map(|(id, secret)| (id.to_owned(), secret.to_owned())),
    }
}

fn redemption<'a>(app: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", app),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

fn refresh<'a>(app: &'a str, token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("grant_type", "refresh_token"), ("client_id", app), ("refresh_token", token)]
}

fn code_of<T: std::fmt::Debug>(answer: Result<T, TokenProblem>) -> &'static str {
    answer.expect_err("refused").code()
}

const ALL: &str = "launch/patient openid fhirUser online_access patient/*.rs";

#[test]
fn an_app_of_a_doctor_reads_its_patient_and_nobody_else() {
    let desk = Desk::new("smart-reads");
    let asked = desk.asked("growth", ALL, "").expect("a question");
    assert!(asked.needs_patient());
    let look = Consent { asked: asked.clone(), person: Some(maren()), session: SESSION };
    let view = desk.record.look(&desk.context, look).expect("shown");
    assert_eq!(view.rules[0].en, "See: everything in the record, of this patient");
    assert_eq!(view.patient.expect("a patient").person, maren());
    // Whoever may not open the chart lets no app in either.
    let refused = desk.agree(asked.clone(), Some(twin())).expect_err("nothing ties them");
    assert_eq!(refused.kind, RefusalKind::ReasonNeeded);
    assert_eq!(desk.agree(asked, None).expect_err("nobody chosen").kind, RefusalKind::Conflict);
    let given = desk.redeem("growth", &desk.code("growth", ALL, Some(maren()))).expect("a token");
    let patient = given.patient.clone().expect("told");
    assert_eq!(
        (given.fhir_context.len(), given.need_patient_banner),
        (1, Some(true)),
        "two hospitals, one person"
    );
    desk.reads(&given.access_token, Kind::Patient, &patient).expect("hers");
    let other = fhir::RecordId::of("HRH", "00718299").to_string();
    assert_eq!(desk.reads(&given.access_token, Kind::Patient, &other), Err(Some(RefusalKind::NotFound)));
    let hers =
        desk.finds(&given.access_token, Kind::Observation, &[("patient", &format!("Patient/{patient}"))]);
    assert!(hers.expect("found") > 0);
    assert_eq!(
        desk.finds(&given.access_token, Kind::Patient, &[("family", "drumlin")]),
        Ok(2),
        "she alone, twice"
    );
    // The log says who looked, through what.
    let rows = desk.record.store().view().expect("a view").audit_of_person(maren(), 50).expect("rows");
    assert!(rows.iter().any(|(_, row)| row.actor == "cairnwood" && row.object.ends_with("(app growth)")));
    // Who she is, signed.
    let token = given.id_token.expect("an ID token");
    let claims: Value =
        serde_json::from_slice(&base64url::decode(token.split('.').nth(1).expect("claims")).expect("coded"))
            .expect("json");
    assert_eq!(claims["fhirUser"], json!(format!("{BASE}/Practitioner/p-cairnwood")));
    assert_eq!(
        (&claims["nonce"], &claims["aud"], &claims["sub"]),
        (&json!("n-1"), &json!("growth"), &json!("cairnwood"))
    );
    desk.reads(&given.access_token, Kind::Practitioner, "p-cairnwood").err();
}

#[test]
fn a_granular_scope_holds_in_reads_and_searches() {
    let desk = Desk::new("smart-granular");
    let scope = "launch/patient patient/Observation.rs?category=laboratory";
    let code = desk.code("growth", scope, Some(maren()));
    let given = desk.redeem("growth", &code).expect("a token");
    assert_eq!(given.scope, scope);
    assert!(given.refresh_token.is_none(), "it was not asked for");
    let patient = format!("Patient/{}", given.patient.expect("told"));
    let find = |kind, query: &[(&str, &str)]| desk.finds(&given.access_token, kind, query);
    let some = find(Kind::Observation, &[("patient", &patient)]).expect("found");
    assert!(some > 0, "her potassium is there");
    assert_eq!(find(Kind::Observation, &[("patient", &patient), ("category", "laboratory")]), Ok(some));
    assert_eq!(find(Kind::Encounter, &[("patient", &patient)]), Err(RefusalKind::NotAllowed));
    assert_eq!(find(Kind::DiagnosticReport, &[("patient", &patient)]), Err(RefusalKind::NotAllowed));
}

#[test]
fn a_code_is_taken_once_and_its_second_use_ends_what_it_gave() {
    let mut desk = Desk::new("smart-replay");
    let code = desk.code("growth", ALL, Some(maren()));
    for (what, pairs) in [
        ("wrong verifier", [("code_verifier", "another-verifier-that-is-long-enough-for-the-rule-of-43")]),
        ("redirect mismatch", [("redirect_uri", "https://growth.example/back/")]),
        ("mixed client", [("client_id", "secret")]),
    ] {
        let mut all = redemption("growth", &code);
        all.retain(|(name, _)| *name != pairs[0].0);
        all.extend(pairs);
        assert!(desk.token(&all).is_err(), "{what}");
    }
    let given = desk.redeem("growth", &code).expect("a token");
    desk.reads(&given.access_token, Kind::Patient, given.patient.as_deref().expect("told")).expect("reads");
    assert_eq!(code_of(desk.redeem("growth", &code)), "invalid_grant");
    assert_eq!(
        desk.reads(&given.access_token, Kind::Patient, "x"),
        Err(None),
        "what the first use gave has ended"
    );
    assert_eq!(
        code_of(desk.token(&refresh("growth", given.refresh_token.as_deref().expect("one")))),
        "invalid_grant"
    );
    // A code that is too old.
    let code = desk.code("growth", ALL, Some(maren()));
    desk.later(61);
    assert_eq!(code_of(desk.redeem("growth", &code)), "invalid_grant");
}

#[test]
fn of_several_who_come_with_one_code_at_once_nobody_keeps_what_it_gave() {
    let desk = Desk::new("smart-at-once");
    for _ in 0..5 {
        let code = desk.code("growth", ALL, Some(maren()));
        let given: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(|| desk.redeem("growth", &code))).collect();
            all.into_iter().map(|one| one.join().expect("answered")).collect()
        });
        assert!(given.iter().filter(|one| one.is_ok()).count() <= 1);
        for token in given.into_iter().flatten() {
            assert_eq!(desk.reads(&token.access_token, Kind::Patient, "x"), Err(None));
        }
    }
}

#[test]
fn a_refresh_token_turns_over_and_its_second_use_ends_everything() {
    let mut desk = Desk::new("smart-refresh");
    let first = desk.redeem("growth", &desk.code("growth", ALL, Some(maren()))).expect("a token");
    let old = first.refresh_token.expect("one");
    let mut wider = refresh("growth", &old);
    wider.push(("scope", "patient/*.rs user/*.rs"));
    assert_eq!(code_of(desk.token(&wider)), "invalid_scope");
    assert_eq!(code_of(desk.token(&refresh("secret", &old))), "invalid_client");
    let unnamed = |token: &str| {
        let mut pairs = refresh("growth", "");
        pairs.retain(|(name, _)| *name == "grant_type");
        desk.token(&[pairs[0], ("refresh_token", token)]).map(|answer| answer.refresh_token)
    };
    assert_eq!(code_of(unnamed("made-up")), "invalid_client");
    let old = unnamed(&old).expect("a public app need not name itself").expect("one");
    let mut narrower = refresh("growth", &old);
    narrower.push(("scope", "patient/Observation.rs"));
    let second = desk.token(&narrower).expect("narrower");
    assert_eq!(second.scope, "patient/Observation.rs");
    let patient = second.patient.clone().expect("told");
    assert_eq!(desk.reads(&second.access_token, Kind::Patient, &patient), Err(Some(RefusalKind::NotAllowed)));
    desk.later(16 * 60);
    assert_eq!(desk.reads(&second.access_token, Kind::Observation, "x"), Err(None), "over");
    let third = desk.token(&refresh("growth", &second.refresh_token.expect("one"))).expect("again");
    desk.reads(&third.access_token, Kind::Patient, &patient).expect("all that was agreed to");
    // The first one comes back: one of both is a thief.
    assert_eq!(code_of(desk.token(&refresh("growth", &old))), "invalid_grant");
    assert_eq!(desk.reads(&third.access_token, Kind::Patient, &patient), Err(None));
}

#[test]
fn what_a_token_stands_on_ends_and_so_does_the_token() {
    let desk = Desk::new("smart-ends");
    let given =
        |scope: &str| desk.redeem("growth", &desk.code("growth", scope, Some(maren()))).expect("a token");
    let holds = |token: &TokenAnswer| {
        desk.reads(&token.access_token, Kind::Patient, token.patient.as_deref().expect("told")).is_ok()
    };
    // Taken back.
    let token = given(ALL);
    let own = desk.record.look(&desk.context, OwnApps).expect("one's own");
    assert!(holds(&token) && own.len() == 1);
    desk.record.act(&desk.context, TakeBack { id: own[0].id.clone() }).expect("taken back");
    assert!(!holds(&token));
    // Revoked by the app.
    let token = given(ALL);
    let revoke = |token: &str, app: &str| {
        desk.record.revoked(&form(&[("client_id", app), ("token", token)], None), &site(), desk.context.now)
    };
    assert_eq!(revoke(&token.access_token, "growth"), Ok(()));
    assert!(!holds(&token));
    // Signed out; what was let go on, goes on.
    let (token, offline) = (given(ALL), given("launch/patient offline_access patient/*.rs"));
    desk.record.sign_out(SESSION, desk.context.now).expect("signed out");
    assert!(!holds(&token) && holds(&offline));
    // Whoever they are is believed no more: nothing goes on, and a code that was not handed over yet gives nothing.
    desk.record.sign_in("cairnwood", SESSION, desk.context.now, 8).expect("signed in");
    let code = desk.code("growth", "launch/patient offline_access patient/*.rs", Some(maren()));
    let end = vec![AccountChange::EndSessions("cairnwood".into())];
    let ended = Changes { accounts: end, ..Changes::default() };
    assert_eq!(desk.record.store().settle_blocking(ended), Settled::Done);
    assert!(!holds(&offline));
    let goes_on = offline.refresh_token.as_deref().expect("one");
    assert_eq!(code_of(desk.token(&refresh("growth", goes_on))), "invalid_grant");
    assert_eq!(code_of(desk.redeem("growth", &code)), "invalid_grant");
    // The app is let in no more.
    desk.record.sign_in("cairnwood", SESSION, desk.context.now, 8).expect("signed in");
    let offline = given("launch/patient offline_access patient/*.rs");
    assert!(holds(&offline));
    let machine = machine("opor application", desk.context.now);
    desk.record.act(&machine, EndApp { id: "growth".into() }).expect("ended");
    assert!(!holds(&offline));
    let lines = desk.record.look(&machine, Apps).expect("listed");
    assert_eq!(lines.iter().filter(|line| line.ended.is_some()).count(), 1);
}

#[test]
fn a_question_that_is_not_as_it_must_be_sends_nobody_anywhere_or_says_why() {
    let desk = Desk::new("smart-questions");
    let with = |name: &'static str, value: &'static str| {
        desk.asked_with("growth", ALL, "", move |pairs| {
            pairs.iter_mut().filter(|(known, _)| known == name).for_each(|(_, old)| *old = value.to_owned());
        })
    };
    for (name, value) in [
        ("client_id", "nobody"),
        ("redirect_uri", "https://growth.example/back/"),
        ("redirect_uri", "https://growth.example.evil.example/back"),
        ("redirect_uri", ""),
    ] {
        assert!(matches!(with(name, value), Err(Wrong::Here(_))), "{name}={value}");
    }
    for (name, value, code) in [
        ("response_type", "token", "unsupported_response_type"),
        ("state", "", "invalid_request"),
        ("aud", "https://elsewhere.example/fhir", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("scope", "system/*.cruds", "invalid_scope"),
        ("scope", "launch patient/*.rs", "invalid_request"),
        ("launch", "xyz", "invalid_request"),
    ] {
        match with(name, value) {
            Err(Wrong::Back(to)) => {
                assert!(to.starts_with(&format!("{BACK}?error={code}&")), "{name}={value}: {to}");
            }
            other => panic!("{name}={value}: {other:?}"),
        }
    }
    let twice = [("state".to_owned(), "a".to_owned()), ("state".to_owned(), "b".to_owned())];
    assert!(Wanted::read(&twice).is_none());
    // A doctor writes nothing in a record, by an app neither.
    let asked = desk.asked("growth", "launch/patient patient/*.cruds", "").expect("a question");
    assert_eq!(asked.scopes.to_string(), "launch/patient patient/*.rs");
}

#[test]
fn our_portal_opens_an_app_once_for_a_minute_for_its_session() {
    let mut desk = Desk::new("smart-launch");
    let open = |desk: &Desk, launch: &str| {
        let act = Launch { person: maren(), app: "growth".into(), session: SESSION, launch: launch.into() };
        desk.record.act(&desk.context, act).expect("opened");
    };
    let apps = desk.record.look(&desk.context, OpenApps { person: maren() }).expect("a list");
    assert_eq!(apps.apps.len(), 1, "the other is not opened from here");
    open(&desk, "launch-1");
    let (_, to) = desk.record.launch_address("growth", BASE, "launch-1").expect("an address");
    assert!(
        to.starts_with("https://growth.example/launch?iss=https:") && to.ends_with("launch=launch-1"),
        "{to}"
    );
    let scope = "launch patient/Patient.rs";
    let asked = desk.asked("growth", scope, "launch-1").expect("a question");
    assert!(!asked.needs_patient());
    // Another patient than the launch's cannot be slipped in.
    let code = desk.agree(asked.clone(), Some(twin())).expect("agreed");
    let given = desk.redeem("growth", &code).expect("a token");
    desk.reads(&given.access_token, Kind::Patient, given.patient.as_deref().expect("told")).expect("hers");
    assert_eq!(desk.agree(asked, None).expect_err("once").kind, RefusalKind::Conflict);
    open(&desk, "launch-2");
    let asked = desk.asked("growth", scope, "launch-2").expect("a question");
    let act = Agree { asked: asked.clone(), person: None, session: [8; 32], code: "x".into() };
    assert!(desk.record.act(&desk.context, act).is_err(), "another session");
    desk.later(61);
    assert_eq!(desk.agree(asked, None).expect_err("too old").kind, RefusalKind::Conflict);
}

#[test]
fn an_app_proves_itself_as_was_registered_and_in_no_other_way() {
    let desk = Desk::new("smart-secret");
    let scope = "launch/patient patient/Observation.rs offline_access";
    let code = desk.code("secret", scope, Some(maren()));
    let mut pairs = redemption("secret", &code);
    assert_eq!(code_of(desk.token(&pairs)), "invalid_client", "no secret");
    assert_eq!(code_of(desk.token_by(&pairs, Some(("secret", "another")))), "invalid_client");
    assert_eq!(code_of(desk.token_by(&pairs, Some(("growth", "a-secret")))), "invalid_client");
    let rows = desk.record.store().view().expect("a view").audit_tail(20).expect("rows");
    let refused = rows.iter().filter(|(_, row)| row.verb == "refused-app-token" && row.actor == "app secret");
    assert_eq!(refused.count(), 3, "whoever does not prove to be a registered app leaves a row");
    pairs.retain(|(name, _)| *name != "client_id");
    let given = desk.token_by(&pairs, Some(("secret", "a-secret"))).expect("a token");
    assert_eq!(
        given.scope, "launch/patient offline_access patient/Observation.rs?category=laboratory",
        "what was registered narrows what was asked"
    );
    let about = |token: &str, basic| {
        let form = form(&[("token", token)], Some(basic));
        desk.record.introspected(&form, &site(), desk.context.now)
    };
    let said = about(&given.access_token, ("secret", "a-secret")).expect("said");
    assert_eq!((&said["active"], &said["patient"]), (&json!(true), &json!(given.patient)));
    assert_eq!(about("nothing", ("secret", "a-secret")), Ok(json!({"active": false})));
    assert_eq!(code_of(about(&given.access_token, ("secret", "wrong"))), "invalid_client");
    let others = desk.redeem("growth", &desk.code("growth", ALL, Some(maren()))).expect("a token");
    assert_eq!(about(&others.access_token, ("secret", "a-secret")), Ok(json!({"active": false})));
}

#[test]
fn what_stands_at_nobodys_record_is_shown_to_who_treats_only_where_it_is_about_no_patient() {
    let desk = Desk::new("smart-nobodys");
    let system = machine("a system", desk.context.now);
    let actor = Actor { role: Role::System, ..system.actor };
    let system = Context { actor, purpose: Purpose::SystemAdministration, now: desk.context.now };
    let identified = r#""subject":{"identifier":{"value":"4412907731"}},"code":{"text":"Gout"}"#;
    let secret = r#""status":"off","reason":"r","criteria":"x","channel":{"type":"rest-hook","header":["Authorization: Bearer abc"]}"#;
    let bytes = r#""contentType":"text/plain","data":"eA==""#;
    let all = [
        (Kind::Organization, r#""name":"Harbourview""#, true),
        (Kind::Binary, bytes, false),
        (Kind::Bundle, r#""type":"document""#, false),
        (Kind::Condition, identified, false),
        (Kind::Subscription, secret, false),
    ];
    let code = desk.code("growth", "launch/patient patient/*.rs user/*.rs", Some(maren()));
    let token = desk.redeem("growth", &code).expect("a token").access_token;
    for (kind, body, is_shown) in all {
        let body = format!(r#"{{"resourceType":"{kind}","id":"n-1",{body}}}"#).into_bytes();
        let change = Change::Update { target: Target::Id("n-1".into()), body, version: None };
        let step = Step { kind, change, full_url: None };
        desk.record.act(&system, Write::new(vec![step], format!("{kind}"))).expect("written");
        let read = || Read { kind, id: "n-1".into(), version: None };
        let own = desk.record.look(&system, read()).expect("its own");
        assert!(!String::from_utf8_lossy(&own.body).contains("abc"), "a secret is told to nobody");
        assert_eq!(desk.record.look(&desk.context, read()).is_ok(), is_shown, "{kind} without an app");
        assert_eq!(desk.reads(&token, kind, "n-1").is_ok(), is_shown, "{kind} by an app");
        let found = desk.finds(&token, kind, &[("_id", "n-1")]);
        assert_eq!(found, Ok(usize::from(is_shown)), "{kind} searched");
    }
}

/// A key pair of an app, and its public half.
fn pair() -> (EcdsaKeyPair, Value) {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).expect("made");
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, made.as_ref(), &random).expect("a key");
    let point = pair.public_key().as_ref().to_vec();
    let (x, y) = (base64url::encode(&point[1..49]), base64url::encode(&point[49..]));
    (pair, json!({"keys": [{"kty": "EC", "crv": "P-384", "kid": "k1", "x": x, "y": y}]}))
}

fn signed(pair: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let text = format!("{}.{}", part(header), part(claims));
    let seal = pair.sign(&SystemRandom::new(), text.as_bytes()).expect("signed");
    format!("{text}.{}", base64url::encode(seal.as_ref()))
}

#[test]
fn an_app_that_acts_for_itself_signs_who_it_is_once() {
    let mut desk = Desk::new("smart-backend");
    let (keys, jwks) = pair();
    let mut backend =
        app("backend", Sort::Asymmetric, "system/Observation.rs?category=laboratory system/Patient.rs");
    (backend.redirects, backend.launch, backend.jwks) = (Vec::new(), String::new(), Some(jwks.clone()));
    backend.role = "script".into();
    desk.register(backend);
    let now = seconds(desk.context.now);
    let header = json!({"alg": "ES384", "typ": "JWT", "kid": "k1"});
    let claims = |jti: &str| json!({"iss": "backend", "sub": "backend", "aud": site().endpoint, "exp": now + 240, "jti": jti});
    let ask_for = |desk: &Desk, assertion: &str, scope: &str| {
        desk.token(&[
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ])
    };
    let ask = |desk: &Desk, assertion: &str| ask_for(desk, assertion, "system/*.rs");
    let good = signed(&keys, &header, &claims("1"));
    let given = ask(&desk, &good).expect("a token");
    assert_eq!((given.expires_in, given.refresh_token), (300, None));
    assert_eq!(given.scope, "system/Observation.rs?category=laboratory system/Patient.rs");
    assert!(desk.finds(&given.access_token, Kind::Observation, &[("code", "2823-3")]).expect("found") > 0);
    assert_eq!(desk.finds(&given.access_token, Kind::Encounter, &[]), Err(RefusalKind::NotAllowed));
    assert_eq!(code_of(ask(&desk, &good)), "invalid_client", "jti replay");
    let (stranger, _) = pair();
    let with = |name: &str, value: Value| {
        let mut claims = claims(&format!("with {name} {value}"));
        claims[name] = value;
        signed(&keys, &header, &claims)
    };
    let headed = |header: Value| signed(&keys, &header, &claims(&header.to_string()));
    let unsigned = {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        format!("{}.{}.", part(&json!({"alg": "none", "kid": "k1"})), part(&claims("none")))
    };
    // The public key as the secret of HS256.
    let confused = {
        use hmac::{KeyInit as _, Mac as _};
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let text = format!("{}.{}", part(&json!({"alg": "HS256", "kid": "k1"})), part(&claims("hs")));
        let key = base64url::decode(jwks["keys"][0]["x"].as_str().expect("x")).expect("coded");
        let mut mac = hmac::Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(text.as_bytes());
        format!("{text}.{}", base64url::encode(&mac.finalize().into_bytes()))
    };
    for (what, assertion) in [
        ("alg none", unsigned),
        ("HS confusion", confused),
        ("kid unknown", headed(json!({"alg": "ES384", "kid": "k2"}))),
        ("no kid", headed(json!({"alg": "ES384"}))),
        ("another algorithm", headed(json!({"alg": "RS384", "kid": "k1"}))),
        ("another key", signed(&stranger, &header, &claims("stranger"))),
        ("aud wrong", with("aud", json!("https://elsewhere.example/token"))),
        ("another app", with("sub", json!("growth"))),
        ("expired", with("exp", json!(now))),
        ("too long", with("exp", json!(now + 361))),
        ("of later", with("nbf", json!(now + 120))),
        ("no jti", with("jti", json!(""))),
        ("cut", good[..good.len() - 4].to_owned()),
        ("longer", format!("{good}.x")),
    ] {
        assert_eq!(code_of(ask(&desk, &assertion)), "invalid_client", "{what}");
    }
    let scope =
        |desk: &Desk, jti: &str, scope: &str| ask_for(desk, &signed(&keys, &header, &claims(jti)), scope);
    assert_eq!(code_of(scope(&desk, "a", "patient/*.rs openid")), "invalid_scope");
    assert_eq!(code_of(scope(&desk, "b", "system/Encounter.rs")), "invalid_scope");
    assert_eq!(
        code_of(desk.token(&[("grant_type", "password"), ("client_id", "growth")])),
        "unsupported_grant_type"
    );
    assert_eq!(
        code_of(desk.token(&[("grant_type", "client_credentials"), ("client_id", "growth"), ("scope", "x")])),
        "unauthorized_client"
    );
    desk.later(301);
    assert!(desk.record.app_actor(&given.access_token, desk.context.now).expect("read").is_none(), "over");
    // The replay store survives: what was used stays used while it could still be believed.
    assert_eq!(code_of(ask(&desk, &good)), "invalid_client");
}

#[test]
fn what_cannot_stand_is_not_registered() {
    let fault = |change: fn(&mut App)| {
        let mut app = app("growth", Sort::Public, "patient/*.rs");
        change(&mut app);
        app.fault()
    };
    assert_eq!(fault(|_| {}), None);
    let wrong: &[fn(&mut App)] = &[
        |app| app.id = "a b".into(),
        |app| app.name = " ".into(),
        |app| app.scopes = "patient/Nothing.rs".into(),
        |app| app.scopes = String::new(),
        |app| app.redirects.clear(),
        |app| app.redirects = vec!["http://growth.example/".into()],
        |app| app.redirects = vec!["https://growth.example/#x".into()],
        |app| app.redirects = vec!["javascript:alert(1)".into()],
        |app| app.sort = Sort::Symmetric,
        |app| app.sort = Sort::Asymmetric,
        |app| app.secret = "x".into(),
        |app| app.scopes = "system/*.rs".into(),
        |app| app.role = "system".into(),
    ];
    for (n, change) in wrong.iter().enumerate() {
        assert!(fault(*change).is_some(), "{n}");
    }
}

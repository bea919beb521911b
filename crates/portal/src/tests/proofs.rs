//! Accounts through the router: what needs a fresh proof, how a lock is opened, and that an end is an end.

use super::locks::{FORM, Portal};
use crate::Ways;
use crate::visit::hex;
use actions::accounts::base64url;
use actions::accounts::keeping::account_id;
use actions::accounts::openid::{Proved, origin};
use actions::accounts::passkeys::Party;
use actions::accounts::{Bound, Grant, Provision, Suspend, Way};
use actions::record::machine;
use actions::smart::authorizing::{Agree, Wanted};
use actions::smart::redeeming::{Form as TokenForm, Site};
use actions::smart::registering::Register;
use actions::smart::{App, Sort};
use actions::values::{Role, Words};
use actions::{Context, WorkContext};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

fn ways() -> Option<Arc<Ways>> {
    Some(Arc::new(Ways {
        portal: "https://opor.example".to_owned(),
        party: Party { origin: origin("https://opor.example").expect("an origin") },
        issuers: Vec::new(),
        emrs: Vec::new(),
        ask: Arc::new(|_| Box::pin(async { Err("nobody is asked here".to_owned()) })),
        proxied: false,
    }))
}

pub(super) fn sam() -> Proved {
    Proved { issuer: "https://id.example".into(), subject: "s-1".into(), evidence: String::new() }
}

/// An account whose holder has just come in, and read nothing yet: its session and cookie.
fn entered(portal: &Portal) -> ([u8; 32], String) {
    let (now, secret) = (portal.now(), [9_u8; 32]);
    let grant = Grant {
        role: Role::FamilyDoctor,
        practitioner: None,
        place: None,
        context: WorkContext::Community,
        until: None,
    };
    let made = Provision {
        application: "app-1".into(),
        name: "Tern, Sam".into(),
        address: "sam.tern@clinic.example".into(),
        licence: String::new(),
        grants: vec![grant],
    };
    portal.record.act(&machine("opor enrolment", now), made).expect("made");
    let session: [u8; 32] = Sha256::digest(secret).into();
    let way = Way { factor: "https://id.example", device: "Firefox, Linux", secret_hash: session, hours: 8 };
    let bound = Bound { account: account_id("app-1"), number: 1 };
    portal.record.bind_identity(&bound, &sam(), &way, now).expect("an answer").expect("in");
    (session, format!("__Host-opor={}", hex(&secret)))
}

/// An account whose holder has just come in: its session, cookie and form token.
pub(super) async fn came_in(portal: &Portal) -> ([u8; 32], String, String) {
    let (session, cookie) = entered(portal);
    let token = read_statements(portal, &cookie).await;
    (session, cookie, token)
}

async fn read_statements(portal: &Portal, cookie: &str) -> String {
    // Nothing opens before the statements in force were read (S-032).
    for path in ["/", "/account", "/panel"] {
        let answer = portal.get(path, cookie).await;
        assert!(answer.status == 303 && answer.head.contains("location: /account/statements"), "{path}");
    }
    let page = portal.get("/account/statements", cookie).await;
    let (token, nsh, iwk) = (page.field("form"), page.field("nsh"), page.field("iwk"));
    assert_eq!(token.len(), 64, "{}", page.body);
    let one = format!("form={token}&nsh={nsh}&iwk=2020-01-01.1");
    assert_eq!(portal.post("/account/statements", cookie, FORM, one.as_bytes()).await.status, 303);
    assert_eq!(portal.get("/account", cookie).await.status, 303, "a former version does not count");
    let other = format!("form={token}&iwk={iwk}");
    assert_eq!(portal.post("/account/statements", cookie, FORM, other.as_bytes()).await.status, 303);
    assert_eq!(portal.get("/account", cookie).await.status, 200);
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn h74_what_is_grave_needs_a_fresh_proof_and_nothing_written_is_lost() {
    let portal = Portal::with("proof", ways()).await;
    let (session, cookie, token) = came_in(&portal).await;
    let path = format!("/person/{}/break-glass", fhir::PersonId::from_i64(7));
    let form = format!("form={token}&reason=life&words=Found+on+the+floor");
    let fresh = portal.post(&path, &cookie, FORM, form.as_bytes()).await;
    assert_eq!(fresh.status, 404, "the record is asked: there is no such person. {}", fresh.body);
    portal.wait(11);
    let stale = portal.post(&path, &cookie, FORM, form.as_bytes()).await;
    assert_eq!(
        (stale.status, stale.field("words")),
        (403, "Found on the floor".to_owned()),
        "{}",
        stale.body
    );
    assert!(stale.body.contains("/account/prove") && stale.body.contains("ten minutes"), "{}", stale.body);
    assert_eq!(portal.get("/account", &cookie).await.status, 200, "reading goes on");
    let kept = format!("{form}&locked-at={}&locked-kept=yes", path.replace('/', "%2F"));
    let pressed = portal.post("/unlock", &cookie, FORM, kept.as_bytes()).await;
    assert_eq!((pressed.status, pressed.field("words")), (403, "Found on the floor".to_owned()));
    let account = account_id("app-1");
    let proven = portal.record.prove_by_identity((&account, session), &sam(), portal.now());
    proven.expect("an answer").expect("proven");
    assert_eq!(portal.post("/unlock", &cookie, FORM, kept.as_bytes()).await.status, 307);
    assert_eq!(portal.post(&path, &cookie, FORM, form.as_bytes()).await.status, 404);
}

fn app() -> App {
    App {
        id: "growth".into(),
        name: "Growth chart".into(),
        sort: Sort::Public,
        redirects: vec!["https://growth.example/back".into()],
        launch: String::new(),
        scopes: "openid offline_access user/*.rs".into(),
        secret: String::new(),
        jwks: None,
        role: String::new(),
        waits: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_waits_where_its_user_has_statements_to_read() {
    let portal = Portal::with("waits", ways()).await;
    let (session, cookie) = entered(&portal);
    portal
        .record
        .act(&machine("opor application", portal.now()), Register { app: app() })
        .expect("registered");
    let actor = portal.record.session_of(session, portal.now()).expect("read").expect("in").actor;
    let context = Context { purpose: actor.role.usual_purpose(), actor, now: portal.now() };
    let (base, back, verifier) = ("https://opor.example/fhir", "https://growth.example/back", "a".repeat(43));
    let challenge = base64url::encode(&Sha256::digest(&verifier));
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let wanted = Wanted::read(&pairs(&[
        ("response_type", "code"),
        ("client_id", "growth"),
        ("redirect_uri", back),
        ("scope", "user/*.rs"),
        ("state", "s"),
        ("aud", base),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]));
    let asked = portal.record.asked(&wanted.expect("readable"), base, &context);
    let asked = asked.unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let agree = Agree { asked, person: None, session, code: "a-code".into() };
    portal.record.act(&context, agree).expect("agreed");
    let form = pairs(&[
        ("grant_type", "authorization_code"),
        ("client_id", "growth"),
        ("code", "a-code"),
        ("redirect_uri", back),
        ("code_verifier", &verifier),
    ]);
    let form = TokenForm { pairs: form, basic: None };
    let site = Site { base: base.into(), endpoint: "https://opor.example/auth/token".into() };
    let ask = || portal.record.token(&form, &site, [[1; 32], [2; 32]], None, portal.now());
    assert!(ask().is_err(), "nothing opens before the statements were read");
    read_statements(&portal, &cookie).await;
    let token = ask().expect("given").access_token;
    assert!(portal.record.app_actor(&token, portal.now()).expect("read").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_goes_on_without_its_user_only_by_a_fresh_proof_and_knows_us_by_our_own_address() {
    let portal = Portal::with("offline", ways()).await;
    let (session, cookie, token) = came_in(&portal).await;
    portal
        .record
        .act(&machine("opor application", portal.now()), Register { app: app() })
        .expect("registered");
    let asking = |scope: &str, at: &str| {
        let verifier = "a".repeat(43);
        format!(
            "response_type=code&client_id=growth&redirect_uri=https%3A%2F%2Fgrowth.example%2Fback&state=s&scope={scope}\
             &aud=https%3A%2F%2F{at}%2Ffhir&code_challenge={verifier}&code_challenge_method=S256"
        )
    };
    let (online, offline) =
        (asking("openid", "opor.example"), asking("openid+offline_access", "opor.example"));
    let shown = portal.get(&format!("/authorize?{offline}"), &cookie).await;
    assert_eq!(shown.status, 200, "{}", shown.head);
    // The host of a request says nothing of who we are.
    let elsewhere = portal.get(&format!("/authorize?{}", asking("openid", "here")), &cookie).await;
    assert!(elsewhere.head.contains("growth.example/back?error=invalid_request"), "{}", elsewhere.head);
    portal.wait(11);
    assert_eq!(portal.get(&format!("/authorize?{online}"), &cookie).await.status, 200);
    let yes = |request: &str| format!("form={token}&answer=yes&request={}", crate::address::escape(request));
    let proves = |answer: &super::locks::Answer| {
        answer.status == 303
            && answer.head.contains("location: /account/prove?back=%2fauthorize%3fresponse_type")
    };
    let stale = portal.get(&format!("/authorize?{offline}"), &cookie).await;
    assert!(proves(&stale), "{}", stale.head);
    let stale = portal.post("/authorize", &cookie, FORM, yes(&offline).as_bytes()).await;
    assert!(proves(&stale), "{}", stale.head);
    let agreed = portal.post("/authorize", &cookie, FORM, yes(&online).as_bytes()).await;
    assert!(agreed.status == 200 && agreed.head.contains("code="), "{}", agreed.head);
    let proven = portal.record.prove_by_identity((&account_id("app-1"), session), &sam(), portal.now());
    proven.expect("an answer").expect("proven");
    let agreed = portal.post("/authorize", &cookie, FORM, yes(&offline).as_bytes()).await;
    assert!(agreed.status == 200 && agreed.head.contains("code="), "{}", agreed.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn h74_an_account_goes_on_from_a_lock_by_a_proof_and_not_by_a_press() {
    let portal = Portal::with("lock", ways()).await;
    let (session, cookie, token) = came_in(&portal).await;
    portal.wait(16);
    assert_eq!(portal.get("/account", &cookie).await.status, 403);
    let go = format!("form={token}&locked-at=%2Faccount");
    assert_eq!(portal.post("/unlock", &cookie, FORM, go.as_bytes()).await.status, 403);
    assert_eq!(portal.get("/account/prove", &cookie).await.status, 200, "the proof is reached from the lock");
    let account = account_id("app-1");
    let proven = portal.record.prove_by_identity((&account, session), &sam(), portal.now());
    proven.expect("an answer").expect("proven");
    assert_eq!(portal.post("/unlock", &cookie, FORM, go.as_bytes()).await.status, 303);
    assert_eq!(portal.get("/account", &cookie).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn h80_from_the_suspension_on_every_page_asks_who_it_is() {
    let portal = Portal::with("suspended", ways()).await;
    let (_, cookie, _) = came_in(&portal).await;
    let suspend =
        Suspend { account: account_id("app-1"), reason: Words::new("Licence lapsed.", "Permis expiré.") };
    portal.record.act(&machine("opor enrolment", portal.now()), suspend).expect("suspended");
    for path in ["/", "/account", "/panel", "/search"] {
        let answer = portal.get(path, &cookie).await;
        assert!(
            answer.status == 303 && answer.head.contains("location: /sign-in"),
            "{path}: {}",
            answer.head
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s045_without_the_demo_no_seat_is_taken_and_no_page_asks_for_a_password() {
    let portal = Portal::with("seats", ways()).await;
    let entry = portal.get("/sign-in", "a=b").await;
    assert!(entry.status == 200 && !entry.body.contains("type=\"password\""), "{}", entry.body);
    let seat = portal.post("/sign-in", "a=b", FORM, b"persona=doctor").await;
    assert_eq!((seat.status, seat.head.contains("opor=")), (404, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn h74_a_passkey_is_taken_away_by_those_alone_who_have_just_proved_who_they_are() {
    let portal = Portal::with("passkey", ways()).await;
    let (_, cookie, token) = came_in(&portal).await;
    let form = format!("form={token}&id=0011223344556677");
    let fresh = portal.post("/account/passkey", &cookie, FORM, form.as_bytes()).await;
    assert_eq!(fresh.status, 404, "the record is asked: there is no such passkey. {}", fresh.body);
    portal.wait(11);
    let stale = portal.post("/account/passkey", &cookie, FORM, form.as_bytes()).await;
    assert!(
        stale.status == 303 && stale.head.contains("location: /account/prove?back=/account"),
        "{}",
        stale.head
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn s010_behind_https_every_cookie_is_of_this_host_and_travels_protected() {
    let portal = Portal::with("cookies", ways()).await;
    let (_, cookie, token) = came_in(&portal).await;
    let searched = portal.post("/search", &cookie, FORM, format!("form={token}&q=Tavul").as_bytes()).await;
    let chosen = portal.post("/display", &cookie, FORM, b"density=compact&theme=dark").await;
    let out = portal.post("/sign-out", &cookie, FORM, format!("form={token}").as_bytes()).await;
    for answer in [&searched, &chosen, &out] {
        let set: Vec<&str> = answer.head.lines().filter(|line| line.starts_with("set-cookie: ")).collect();
        assert!(!set.is_empty(), "{}", answer.head);
        for line in set {
            // Names come in lower case: the whole head is read so.
            assert!(line.starts_with("set-cookie: __host-opor") && line.ends_with("; secure"), "{line}");
            assert!(line.contains("; path=/; samesite=lax") && line.contains("; httponly"), "{line}");
            assert!(!line.contains("domain="), "{line}");
        }
    }
    let planted = portal.get("/account", &cookie.replace("__Host-", "")).await;
    assert!(planted.status == 303 && planted.head.contains("location: /sign-in"), "{}", planted.head);
}

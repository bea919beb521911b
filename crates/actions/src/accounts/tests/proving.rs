//! What is believed at the door, by keys made here: tokens and passkeys wrong in one thing each, and what each leads to.

use super::{coordinator, wanted, why};
use crate::accounts::attempts::{Aim, Attempt, handle};
use crate::accounts::base64url::encode;
use crate::accounts::entering::{Entered, Way};
use crate::accounts::keeping::{Bound, Provision, Reset, Suspend, account_id};
use crate::accounts::openid::{Discovery, Issuer, Kind, Proved, Unbelieved, home_of, origin};
use crate::accounts::passkeys::{Made, Party, Unfit, Used, made, used};
use crate::accounts::proofs::PASSKEY;
use crate::accounts::refusals::DoorRefusal;
use crate::accounts::sessions::DropPasskey;
use crate::chart::tests::World;
use crate::context::Context;
use fhir::Instant;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::WorkContext;

const NOW: i64 = 1_800_000_000;

fn issuer(kind: Kind) -> Issuer {
    let issuer = match kind {
        Kind::Plain => "https://id.example",
        Kind::Entra => "https://login.example/{tenantid}/v2.0",
    };
    Issuer {
        id: "id".into(),
        name: "Example".into(),
        issuer: issuer.into(),
        client_id: "opor".into(),
        client_secret: String::new(),
        kind,
        second_factor: vec!["mfa".into()],
        assurance: Vec::new(),
        domains: vec!["clinic.example".into()],
    }
}

fn discovery(issuer: &Issuer) -> Discovery {
    let at = |path: &str| format!("https://id.example/{path}");
    Discovery {
        issuer: issuer.issuer.clone(),
        authorization_endpoint: at("auth"),
        token_endpoint: at("token"),
        jwks_uri: at("keys"),
    }
}

fn signer(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
}

fn jwks(seed: u8) -> Vec<u8> {
    let x = encode(signer(seed).public_key().as_ref());
    json!({ "keys": [{ "kty": "oct", "k": "AA" }, { "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x }] })
        .to_string()
        .into_bytes()
}

fn token(header: &Value, claims: &Value, seed: u8) -> String {
    let signed =
        format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let seal = encode(signer(seed).sign(signed.as_bytes()).as_ref());
    format!("{signed}.{seal}")
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "k1" })
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "sub": "s-1", "aud": "opor", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        "amr": ["pwd", "mfa"], "email": "sam.tern@clinic.example"
    })
}

fn proved(
    issuer: &Issuer,
    header: &Value,
    claims: &Value,
    seed: u8,
    anew: bool,
) -> Result<Proved, Unbelieved> {
    let token = token(header, claims, seed);
    issuer.proved(&discovery(issuer), &jwks(7), &token, "n", anew, Instant(NOW * 1_000_000))
}

#[test]
fn s046_a_token_is_believed_when_everything_about_it_is_as_it_must_be() {
    let plain = issuer(Kind::Plain);
    let good = proved(&plain, &header(), &claims(), 7, false).expect("believed");
    assert_eq!((good.issuer.as_str(), good.subject.as_str()), ("https://id.example", "s-1"));
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    for (changed, because) in [
        (with("iss", json!("https://id.example.evil")), Unbelieved::Claim("iss")),
        (with("iss", json!("https://ld.example")), Unbelieved::Claim("iss")),
        (with("aud", json!("somebody")), Unbelieved::Claim("aud")),
        (with("aud", json!(["opor", "somebody"])), Unbelieved::Claim("aud")),
        (with("azp", json!("somebody")), Unbelieved::Claim("aud")),
        (with("nonce", json!("other")), Unbelieved::Claim("nonce")),
        (with("nonce", Value::Null), Unbelieved::Claim("nonce")),
        (with("exp", json!(NOW - 600)), Unbelieved::Claim("exp")),
        (with("iat", json!(NOW + 600)), Unbelieved::Claim("iat")),
        (with("nbf", json!(NOW + 600)), Unbelieved::Claim("iat")),
        (with("sub", json!("")), Unbelieved::Claim("sub")),
        (with("amr", json!(["pwd"])), Unbelieved::SecondFactor),
        (with("amr", json!([])), Unbelieved::SecondFactor),
        (with("exp", json!("soon")), Unbelieved::Unreadable("its claims")),
    ] {
        assert_eq!(proved(&plain, &header(), &changed, 7, false), Err(because), "{changed}");
    }
    // Who proves anew did so just now.
    assert_eq!(proved(&plain, &header(), &claims(), 7, true), Err(Unbelieved::Claim("auth_time")));
    assert_eq!(
        proved(&plain, &header(), &with("auth_time", json!(NOW - 4000)), 7, true),
        Err(Unbelieved::Claim("auth_time"))
    );
    assert!(proved(&plain, &header(), &with("auth_time", json!(NOW - 5)), 7, true).is_ok());
}

#[test]
fn s046_what_a_token_says_of_its_own_algorithm_is_never_obeyed() {
    let plain = issuer(Kind::Plain);
    for header in [
        json!({ "alg": "none", "kid": "k1" }),
        json!({ "alg": "HS256", "kid": "k1" }),
        json!({ "alg": "ES256", "kid": "k1" }),
        json!({ "alg": "EdDSA", "kid": "k2" }),
    ] {
        assert_eq!(proved(&plain, &header, &claims(), 7, false), Err(Unbelieved::Signature), "{header}");
    }
    assert_eq!(proved(&plain, &header(), &claims(), 8, false), Err(Unbelieved::Signature), "another's key");
    let extended = json!({ "alg": "EdDSA", "kid": "k1", "crit": ["b64"] });
    assert!(matches!(proved(&plain, &extended, &claims(), 7, false), Err(Unbelieved::Unreadable(_))));
    let good = token(&header(), &claims(), 7);
    let at =
        |token: &str| plain.proved(&discovery(&plain), &jwks(7), token, "n", false, Instant(NOW * 1_000_000));
    assert!(at(&good).is_ok());
    // One letter changed anywhere, and it is nobody's.
    for place in (0..good.len()).step_by(7) {
        let mut letters: Vec<char> = good.chars().collect();
        letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
        assert!(at(&letters.into_iter().collect::<String>()).is_err(), "{place}");
    }
    assert!(at("").is_err() && at("a.b").is_err() && at(&"a".repeat(40_000)).is_err());
}

#[test]
fn x23_at_entra_a_person_is_tenant_and_object_id_and_another_home_is_another_evidence() {
    let entra = issuer(Kind::Entra);
    let mut said = claims();
    said["iss"] = json!("https://login.example/t-1/v2.0");
    said["tid"] = json!("t-1");
    said["oid"] = json!("o-1");
    said["idp"] = json!("live.com");
    let first = proved(&entra, &header(), &said, 7, false).expect("believed");
    assert_eq!((first.issuer.as_str(), first.subject.as_str()), ("https://login.example/t-1/v2.0", "o-1"));
    said["idp"] = json!("mail");
    let reset = proved(&entra, &header(), &said, 7, false).expect("believed");
    assert_eq!(reset.subject, first.subject);
    assert_ne!(reset.evidence, first.evidence);
    said["tid"] = json!("t-2");
    assert_eq!(proved(&entra, &header(), &said, 7, false), Err(Unbelieved::Claim("iss")));
    said["tid"] = Value::Null;
    assert_eq!(proved(&entra, &header(), &said, 7, false), Err(Unbelieved::Claim("tid")));
}

#[test]
fn h79_addresses_are_read_and_not_compared_as_text() {
    let ours = origin("https://opor.example").expect("an origin");
    assert_eq!(origin("HTTPS://opor.example/"), None, "schemes of the web are written small");
    assert_eq!(origin("https://OPOR.example:443/x?y"), Some(ours.clone()));
    for other in [
        "https://opor.example.evil",
        "https://opor.example@evil.example",
        "http://opor.example",
        "https://opor.example:8443",
        "https://oporexample",
        "https://оpor.example",
    ] {
        assert_ne!(origin(other), Some(ours.clone()), "{other}");
    }
    assert!(!origin("http://id.example").expect("read").is_safe());
    let issuers = [issuer(Kind::Plain)];
    assert!(home_of(&issuers, "anybody@Clinic.Example").is_some());
    for other in ["a@clinic.example.evil", "a@evilclinic.example", "clinic.example", "a@clinic.example@b"] {
        assert!(home_of(&issuers, other).is_none(), "{other}");
    }
    let described = json!({
        "issuer": "https://id.example", "authorization_endpoint": "https://id.example/a",
        "token_endpoint": "http://id.example/t", "jwks_uri": "https://id.example/k"
    });
    assert!(issuers[0].discovery(described.to_string().as_bytes()).is_err(), "a token by a line in the open");
    assert!(
        issuers[0].discovery(described.to_string().replace("https://id.example\"", "x").as_bytes()).is_err()
    );
}

/// A device that makes and uses a passkey, as the standard lays it out.
struct Device {
    key: EcdsaKeyPair,
    count: u32,
    flags: u8,
    origin: &'static str,
    party: &'static str,
}

impl Device {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random)
            .expect("a key");
        Self { key, count: 0, flags: 5, origin: "https://opor.example", party: "opor.example" }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.party.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn client(&self, sort: &str, challenge: &str) -> Vec<u8> {
        json!({ "type": sort, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn make(&self, challenge: &str) -> Used {
        let point = self.key.public_key().as_ref();
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend(&point[1..33]);
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend(&point[33..65]);
        let mut data = self.data(self.flags | 64);
        data.extend([0; 16]);
        data.extend([0, 4, 1, 2, 3, 4]);
        data.extend(cose);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.push(0x58);
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(data);
        Used {
            id: encode(&[1, 2, 3, 4]),
            client: encode(&self.client("webauthn.create", challenge)),
            data: encode(&object),
            signature: String::new(),
        }
    }

    fn answer(&mut self, challenge: &str) -> Used {
        self.count += 1;
        let (data, client) = (self.data(self.flags), self.client("webauthn.get", challenge));
        let message = [&data[..], Sha256::digest(&client).as_slice()].concat();
        let seal = self.key.sign(&SystemRandom::new(), &message).expect("signed");
        Used {
            id: encode(&[1, 2, 3, 4]),
            client: encode(&client),
            data: encode(&data),
            signature: encode(seal.as_ref()),
        }
    }
}

fn party() -> Party {
    Party { origin: origin("https://opor.example").expect("an origin") }
}

#[test]
fn s045_a_passkey_is_believed_for_this_page_and_question_from_a_verified_holder() {
    let mut device = Device::new();
    let passkey = made(&device.make("c"), "c", &party()).expect("made");
    assert_eq!(passkey.credential, [1, 2, 3, 4]);
    let key = (passkey.public_key.as_slice(), 0);
    let good = device.answer("c");
    assert_eq!(used(&good, key, "c", &party()), Ok(1));
    assert_eq!(used(&good, key, "d", &party()), Err(Unfit::Elsewhere("question")));
    assert_eq!(used(&good, (key.0, 1), "c", &party()), Err(Unfit::Copied));
    let swapped = Used { data: encode(&device.data(5)), ..good.clone() };
    assert!(used(&swapped, key, "c", &party()).is_ok(), "the same data");
    device.count = 9;
    let swapped = Used { data: encode(&device.data(5)), ..good };
    assert_eq!(used(&swapped, key, "c", &party()), Err(Unfit::Signature));
    device.flags = 1;
    assert_eq!(used(&device.answer("c"), key, "c", &party()), Err(Unfit::Unverified));
    assert_eq!(made(&device.make("c"), "c", &party()), Err(Unfit::Unverified));
    device.flags = 5;
    device.origin = "https://opor.example.evil";
    assert_eq!(used(&device.answer("c"), key, "c", &party()), Err(Unfit::Elsewhere("page")));
    device.origin = "https://opor.example";
    device.party = "evil.example";
    assert_eq!(used(&device.answer("c"), key, "c", &party()), Err(Unfit::Elsewhere("party")));
    device.party = "opor.example";
    let crossed = device.make("c");
    assert_eq!(used(&crossed, key, "c", &party()), Err(Unfit::Elsewhere("purpose")));
}

fn way<'a>(factor: &'a str, hash: u8) -> Way<'a> {
    Way { factor, device: "Firefox, Linux", secret_hash: [hash; 32], hours: 8 }
}

fn somebody(subject: &str, evidence: &str) -> Proved {
    Proved { issuer: "https://id.example".into(), subject: subject.into(), evidence: evidence.into() }
}

fn refused<T>(answer: crate::accounts::proofs::Answer<T>) -> Option<DoorRefusal> {
    answer.expect("an answer").err()
}

#[test]
fn h79_an_identity_comes_in_by_one_invitation_and_nobody_else_with_its_address() {
    let world = World::new("identities");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let first = Bound { account: account.clone(), number: 1 };
    let sam = somebody("s-1", "home");
    let issuer = sam.issuer.clone();
    assert_eq!(refused(record.enter_by_identity(&sam, &way(&issuer, 1), now)), Some(DoorRefusal::NotLinked));
    let entered = record.bind_identity(&first, &sam, &way(&issuer, 1), now).expect("an answer").expect("in");
    assert!(matches!(&entered, Entered::In(actor) if actor.id == account));
    assert_eq!(record.actor_of([1; 32], now).expect("read").map(|actor| actor.id), Some(account.clone()));
    // The invitation holds once; another subject, though its token bears the same address, is nobody.
    let other = somebody("s-2", "home");
    let again = record.bind_identity(&first, &other, &way(&issuer, 2), now);
    assert_eq!(refused(again), Some(DoorRefusal::InvitationOver));
    assert_eq!(
        refused(record.enter_by_identity(&other, &way(&issuer, 2), now)),
        Some(DoorRefusal::NotLinked)
    );
    assert!(record.enter_by_identity(&sam, &way(&issuer, 3), now).expect("an answer").is_ok());
    // The redemption was reset: the same object at another home waits, and whoever was in is out.
    let reset = somebody("s-1", "another home");
    let changed = record.enter_by_identity(&reset, &way(&issuer, 4), now);
    assert_eq!(refused(changed), Some(DoorRefusal::IdentityChanged));
    assert!([1_u8, 3].iter().all(|n| record.actor_of([*n; 32], now).expect("read").is_none()));
    let back = record.enter_by_identity(&sam, &way(&issuer, 5), now);
    assert_eq!(
        refused(back),
        Some(DoorRefusal::IdentityChanged),
        "pending until somebody verifies them anew"
    );
    // The desk owes it, once, until it is done.
    let owed = || crate::accounts::waiting::all(&record.store().view().expect("a view")).expect("read");
    let of: Vec<String> = owed().into_iter().map(|(_, of)| of.id).collect();
    assert_eq!(of, std::slice::from_ref(&account));
    // Verified anew, invited anew: the identity as it is now is bound, and the account is the same one.
    record.act(&coordinator(now), crate::accounts::Invite { account: account.clone() }).expect("invited");
    let second = Bound { number: 2, ..first };
    assert!(record.bind_identity(&second, &reset, &way(&issuer, 6), now).expect("an answer").is_ok());
    assert_eq!(owed().len(), 0, "tied anew");
    // An identity opens one account.
    let elses = Provision {
        name: "Heron, Jo".into(),
        address: "jo@clinic.example".into(),
        licence: "NSCP|12".into(),
        ..wanted("app-2", WorkContext::Community)
    };
    record.act(&coordinator(now), elses).expect("made");
    let third = Bound { account: account_id("app-2"), number: 1 };
    let taken = record.bind_identity(&third, &reset, &way(&issuer, 7), now);
    assert_eq!(refused(taken), Some(DoorRefusal::BoundToAnother));
}

#[test]
fn s026_with_two_grants_the_context_is_chosen_and_logged() {
    let world = World::new("contexts");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    record.act(&coordinator(now), wanted("app-2", WorkContext::Facility)).expect("extended");
    let sam = somebody("s-1", "");
    let bound = Bound { account: account.clone(), number: 1 };
    let Ok(Entered::Choose { choices, revision, .. }) =
        record.bind_identity(&bound, &sam, &way(&sam.issuer, 1), now).expect("an answer")
    else {
        panic!("two grants are a choice")
    };
    assert_eq!(choices.len(), 2);
    assert!(record.actor_of([1; 32], now).expect("read").is_none(), "not in before the choice");
    let facility = choices.iter().find(|choice| choice.context == WorkContext::Facility).expect("one");
    let entered = record.enter_chosen((&account, revision), facility.number, &way(&sam.issuer, 1), now);
    assert!(matches!(entered.expect("an answer"), Ok(Entered::In(actor)) if actor.role == facility.role));
    let rows = record.store().view().expect("a view").audit_tail(10).expect("rows");
    let said: Vec<&str> = rows.iter().map(|(_, row)| row.object.as_str()).collect();
    assert!(said.contains(&"session/facility/regional/by/https://id.example"), "{said:?}");
    // Somebody at another desk with the same account within minutes is noted.
    let community = choices.iter().find(|choice| choice.context == WorkContext::Community).expect("one");
    let elsewhere = Way { device: "Safari, iPad", ..way(&sam.issuer, 2) };
    record
        .enter_chosen((&account, revision), community.number, &elsewhere, now)
        .expect("an answer")
        .expect("in");
    let rows = record.store().view().expect("a view").audit_tail(10).expect("rows");
    assert!(rows.iter().any(|(_, row)| row.verb == "two-places"), "{rows:?}");
    // A reset between the proof and the choice: what was proved then lets nobody in (HAZARDS H80).
    let reset = Reset { account: account.clone(), reason: why() };
    record.act(&coordinator(now), reset).expect("reset");
    let late = record.enter_chosen((&account, revision), facility.number, &way(&sam.issuer, 3), now);
    assert_eq!(late.expect("an answer"), Err(DoorRefusal::CameBackLate));
    assert!(record.actor_of([3; 32], now).expect("read").is_none());
}

#[test]
fn h80_nobody_comes_in_behind_an_end_however_many_try() {
    let world = World::new("race");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let sam = somebody("s-1", "");
    let bound = Bound { account: account.clone(), number: 1 };
    record.bind_identity(&bound, &sam, &way(&sam.issuer, 0), now).expect("an answer").expect("in");
    std::thread::scope(|threads| {
        for n in 1..=8_u8 {
            let (record, sam) = (record.clone(), &sam);
            threads.spawn(move || {
                for m in 0..25_u8 {
                    let hash = n * 25 + m;
                    drop(record.enter_by_identity(sam, &way(&sam.issuer, hash), now));
                }
            });
        }
        record
            .act(&coordinator(now), Suspend { account: account.clone(), reason: why() })
            .expect("suspended while they try");
        // From the answer on there is no session, and none begins.
        let view = record.store().view().expect("a view");
        assert!(view.sign_ins_of(&account, now).expect("sessions").is_empty());
    });
    let view = record.store().view().expect("a view");
    assert!(view.sign_ins_of(&account, now).expect("sessions").is_empty());
}

#[test]
fn s045_a_passkey_comes_in_until_it_is_reset_and_proves_only_its_own_session() {
    let world = World::new("passkeys");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let mut device = Device::new();
    let stranger = device.answer("c");
    let unknown = record.enter_by_passkey(&stranger, "c", &party(), &way(PASSKEY, 1), now);
    assert_eq!(refused(unknown), Some(DoorRefusal::PasskeyUnknown));
    let passkey: Made = made(&device.make("m"), "m", &party()).expect("made");
    let bound = Bound { account: account.clone(), number: 1 };
    record.bind_passkey(&bound, &passkey, "Phone", &way(PASSKEY, 1), now).expect("an answer").expect("in");
    let answer = device.answer("c");
    record.enter_by_passkey(&answer, "c", &party(), &way(PASSKEY, 2), now).expect("an answer").expect("in");
    let replayed = record.enter_by_passkey(&answer, "c", &party(), &way(PASSKEY, 3), now);
    assert_eq!(refused(replayed), Some(DoorRefusal::PasskeyRefused), "the counter has moved on");
    let later = now.plus_minutes(60);
    let session = || record.session_of([2; 32], later).expect("read").expect("a session");
    assert!(session().proven_until.is_some_and(|until| until < later));
    let answer = device.answer("again");
    record
        .prove_by_passkey((&account, [2; 32]), &answer, "again", &party(), later)
        .expect("an answer")
        .expect("proven");
    assert!(session().proven_until.is_some_and(|until| until > later));
    let answer = device.answer("else");
    let elses = record.prove_by_passkey(("u0", [2; 32]), &answer, "else", &party(), later);
    assert_eq!(refused(elses), Some(DoorRefusal::BoundToAnother));
    record.act(&coordinator(now), Reset { account, reason: why() }).expect("reset");
    let answer = device.answer("last");
    let gone = record.enter_by_passkey(&answer, "last", &party(), &way(PASSKEY, 4), now);
    assert_eq!(refused(gone), Some(DoorRefusal::PasskeyUnknown));
}

#[test]
fn h79_a_way_back_is_taken_once_by_the_browser_that_began_it() {
    let world = World::new("attempts");
    let (record, now) = (&world.record, world.clock);
    let attempt = Attempt {
        aim: Aim::SignIn,
        issuer: "id".into(),
        nonce: "n".into(),
        verifier: "v".into(),
        back: "/".into(),
    };
    record.begin_attempt(handle("state", "browser"), &attempt, now).expect("begun");
    assert_eq!(record.take_attempt(handle("state", "another"), now), Ok(None));
    assert_eq!(record.take_attempt(handle("state", "browser"), now.plus_minutes(11)), Ok(None));
    assert_eq!(record.take_attempt(handle("state", "browser"), now), Ok(Some(attempt)));
    assert_eq!(record.take_attempt(handle("state", "browser"), now), Ok(None));
}

#[test]
fn s025_tries_are_counted_per_address_and_source_whoever_they_are_for() {
    let world = World::new("tries");
    let (record, now) = (&world.record, world.clock);
    let try_it = |address: &str, at| record.try_door("203.0.113.9", Some(address), at).expect("counted");
    for _ in 0..10 {
        assert_eq!(try_it("nobody@clinic.example", now), None);
    }
    assert_eq!(try_it("Nobody@clinic.example", now), Some(DoorRefusal::TooMany));
    assert_eq!(try_it("else@clinic.example", now), None);
    assert_eq!(try_it("nobody@clinic.example", now.plus_minutes(16)), None);
}

#[test]
fn s010_whoever_is_let_in_otherwise_from_now_on_is_told_at_the_address_on_file() {
    let world = World::new("told");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let (sam, bound) = (somebody("s-1", ""), Bound { account: account.clone(), number: 1 });
    record.bind_identity(&bound, &sam, &way(&sam.issuer, 1), now).expect("an answer").expect("in");
    let told = || {
        let mails = record.store().view().expect("a view").mails_out(1_000).expect("mails");
        let mails = mails.into_iter().filter(|mail| mail.sort == "sign-in-changed");
        mails.map(|mail| (mail.recipient, mail.body)).collect::<Vec<_>>()
    };
    assert!(told().is_empty(), "the invitation went to that address already");
    let made = Made { credential: vec![9; 16], public_key: vec![1], sign_count: 0 };
    record.add_passkey((&account, [1; 32]), &made, "Phone", now).expect("an answer").expect("added");
    let actor = record.actor_of([1; 32], now).expect("read").expect("in");
    let own = Context { purpose: actor.role.usual_purpose(), actor, now };
    record.act(&own, DropPasskey { id: "09".repeat(8) }).expect("taken away");
    record.act(&coordinator(now), Reset { account: account.clone(), reason: why() }).expect("reset");
    let address =
        record.store().view().expect("a view").account(&account).expect("read").expect("one").address;
    let said = told();
    for (words, mots) in [
        ("was added", "a été ajoutée"),
        ("was taken away", "a été retirée"),
        ("were reset", "réinitialisées"),
    ] {
        let of =
            |(to, body): &&(String, String)| *to == address && body.contains(words) && body.contains(mots);
        assert_eq!(said.iter().filter(of).count(), 1, "{words}: {said:?}");
    }
    assert_eq!(said.len(), 3, "{said:?}");
}

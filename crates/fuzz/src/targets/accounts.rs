//! Tokens, tickets, sign-ins, passkeys, scopes.

use super::{NOW, text};
use crate::Target;
use crate::seeds::texts;
use actions::accounts::base64url;
use actions::accounts::openid::{self, Discovery, Issuer, Kind};
use actions::accounts::passkeys::{self, Party, Used};
use actions::enrolment::{ApproveLink, ResumeLink};
use actions::sign_in::TokenKey;
use clinical::access::Role;
use clinical::smart::Scopes;
use fhir::Instant;

const KEY: TokenKey = TokenKey([7; 32]);
const LATER: Instant = Instant(NOW.0 + 60_000_000);

fn tokens() -> Vec<Vec<u8>> {
    let approve = ApproveLink { application: application(), workplace: 1, administrator: 0, at: NOW.0 };
    let resume = ResumeLink { application: application(), number: 3, at: NOW.0 };
    texts(&[
        &KEY.mint(Role::Script, LATER),
        &KEY.mint_for_endpoint("hill.emr", LATER),
        &KEY.invitation("u0123456789abcdef", 2),
        &KEY.resume_token(resume),
        &KEY.approve_token(approve),
    ])
}

fn application() -> store::ApplicationId {
    store::ApplicationId(77)
}

pub(super) const TOKENS: Target = Target {
    name: "tokens",
    reads: "bearer tokens, invitations and links of ours: only those that we made speak for anybody",
    seeds: tokens,
    words: &[".", "-", "opor", "script", "receiver", "00", "ff", "0", "=", "A", "..", "--", "admin", "é"],
    take: |input| {
        let token = text(input);
        let is_ours = tokens().iter().any(|ours| ours.eq_ignore_ascii_case(input));
        let spoken = [
            KEY.actor(&token, NOW).is_some(),
            KEY.read_invitation(&token).is_some(),
            KEY.read_resume(&token).is_some(),
            KEY.read_approve(&token).is_some(),
        ];
        assert!(is_ours || spoken == [false; 4], "a token that we did not make is believed");
        assert!(spoken.iter().filter(|yes| **yes).count() <= 1, "a token of one sort stands for another");
    },
    usual: 4_000,
};

fn issuer(kind: Kind) -> Issuer {
    Issuer {
        id: "nsh".to_owned(),
        name: "NSH".to_owned(),
        issuer: "https://id.example".to_owned(),
        client_id: "opor".to_owned(),
        client_secret: String::new(),
        kind,
        second_factor: vec!["mfa".to_owned()],
        assurance: vec!["loa3".to_owned()],
        domains: vec!["hrh.example".to_owned()],
    }
}

const DISCOVERY: &str = r#"{"issuer":"https://id.example","authorization_endpoint":"https://id.example/a","token_endpoint":"https://id.example/t","jwks_uri":"https://id.example/k"}"#;
const KEYS: &str = r#"{"keys":[{"kty":"oct","k":"AA"},{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"EC","crv":"P-256","kid":"k2","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"RSA","kid":"k3","n":"sXch","e":"AQAB"}]}"#;

/// Three lines: a description, keys, a token.
fn providers() -> Vec<Vec<u8>> {
    let part = |json: &str| base64url::encode(json.as_bytes());
    let claims = part(
        r#"{"iss":"https://id.example","sub":"7","aud":"opor","exp":1795435500,"iat":1795435200,"nonce":"n","amr":["mfa"],"auth_time":1795435200}"#,
    );
    let token = |header: &str| format!("{}.{claims}.{}", part(header), base64url::encode(&[9; 64]));
    let lines = |token: &str| format!("{DISCOVERY}\n{KEYS}\n{token}").into_bytes();
    vec![
        lines(&token(r#"{"alg":"EdDSA","kid":"k1"}"#)),
        lines(&token(r#"{"alg":"ES256","kid":"k2"}"#)),
        lines(&token(r#"{"alg":"RS256","kid":"k3"}"#)),
        lines(&token(r#"{"alg":"none"}"#)),
        lines(r#"{"id_token":"a.b.c","access_token":"x"}"#),
    ]
}

pub(super) const PROVIDERS: Target = Target {
    name: "providers",
    reads: "what providers of sign-ins send: descriptions, keys, tokens. None of them is signed, so none is believed",
    seeds: providers,
    words: &[
        "\n",
        ".",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"alg\":\"none\"",
        "\"alg\":\"HS256\"",
        "\"kid\"",
        "\"keys\"",
        "\"crit\":[]",
        "https://id.example",
        "http://",
        "{tenantid}",
        "eyJ",
        "e30",
        "=",
        "-",
        "_",
        "null",
        "1e999",
        "\"aud\":[\"opor\"]",
    ],
    take: |input| {
        let text = text(input);
        let mut lines = text.splitn(3, '\n');
        let mut next = || lines.next().unwrap_or_default();
        let (description, keys, token) = (next(), next(), next());
        for kind in [Kind::Plain, Kind::Entra] {
            let issuer = issuer(kind);
            let said = issuer.discovery(description.as_bytes());
            if let Ok(said) = &said {
                let safe = |at: &str| openid::origin(at).is_some_and(|origin| origin.is_safe());
                assert!(
                    safe(&said.token_endpoint) && safe(&said.jwks_uri),
                    "a secret would go where others listen"
                );
            }
            let known = serde_json::from_str::<Discovery>(DISCOVERY);
            let Some(discovery) = said.ok().or(known.ok()) else { continue };
            let proved = issuer.proved(&discovery, keys.as_bytes(), token, "n", true, NOW);
            assert!(proved.is_err(), "somebody is believed without a signature");
        }
        let _ = (
            openid::id_token(token.as_bytes()),
            openid::origin(token),
            openid::home_of(&[issuer(Kind::Plain)], token),
        );
    },
    usual: 1_500,
};

/// What a browser posts, with what an authenticator wrote in base64url.
fn passkeys() -> Vec<Vec<u8>> {
    let client = |sort: &str| {
        base64url::encode(
            format!(
                r#"{{"type":"{sort}","challenge":"c","origin":"https://opor.example","crossOrigin":false}}"#
            )
            .as_bytes(),
        )
    };
    // The party's hash is that of "opor.example"; a key of P-256 with zeros for its point.
    let party: Vec<u8> = mail::sha256(b"opor.example").to_vec();
    let key =
        [&[0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20][..], &[1; 32], &[0x22, 0x58, 0x20], &[2; 32]]
            .concat();
    let said = [&party[..], &[0x45, 0, 0, 0, 9], &[0; 16], &[0, 4], b"cred", &key].concat();
    let length = u8::try_from(said.len()).unwrap_or(u8::MAX);
    let object = [
        &[0xA3, 0x63][..],
        b"fmt",
        &[0x64],
        b"none",
        &[0x67],
        b"attStmt",
        &[0xA0, 0x68],
        b"authData",
        &[0x58, length],
        &said,
    ]
    .concat();
    let made = format!(
        r#"{{"id":"Y3JlZA","client":"{}","data":"{}","signature":""}}"#,
        client("webauthn.create"),
        base64url::encode(&object)
    );
    let used = format!(
        r#"{{"id":"Y3JlZA","client":"{}","data":"{}","signature":"{}"}}"#,
        client("webauthn.get"),
        base64url::encode(&[&party[..], &[5, 0, 0, 0, 10]].concat()),
        base64url::encode(&[0x30; 70])
    );
    // The same with the bytes as they are, so that changes reach what is inside.
    vec![made.into_bytes(), used.into_bytes(), [b"#", &object[..]].concat(), [b"#", &key[..]].concat()]
}

pub(super) const PASSKEYS: Target = Target {
    name: "passkeys",
    reads: "what authenticators say: CBOR and COSE keys",
    seeds: passkeys,
    words: &[
        "#",
        "{",
        "}",
        "\"",
        ",",
        ":",
        "\"data\":",
        "\"client\":",
        "authData",
        "fmt",
        "webauthn.get",
        "A",
        "_",
        "-",
        "=",
    ],
    take: |input| {
        let Some(openid::Origin { secure, host, port }) = openid::origin("https://opor.example") else {
            return;
        };
        let party = Party { origin: openid::Origin { secure, host, port } };
        let posted = match input.strip_prefix(b"#") {
            Some(bytes) => Used {
                client: base64url::encode(
                    br#"{"type":"webauthn.create","challenge":"c","origin":"https://opor.example"}"#,
                ),
                data: base64url::encode(bytes),
                ..Used::default()
            },
            None => serde_json::from_slice(input).unwrap_or_default(),
        };
        if let Ok(made) = passkeys::made(&posted, "c", &party) {
            assert!(made.credential.len() <= 1023 && !made.public_key.is_empty());
        }
        let key = input.strip_prefix(b"#").unwrap_or(input);
        assert!(
            passkeys::used(&posted, (key, 0), "c", &party).is_err(),
            "a signature that nobody made is believed"
        );
        let _ = passkeys::challenge_of(&posted.client);
    },
    usual: 3_000,
};

pub(super) const SCOPES: Target = Target {
    name: "scopes",
    reads: "scopes of apps",
    seeds: || {
        texts(&[
            "launch/patient openid fhirUser offline_access patient/*.rs patient/Observation.rs?category=laboratory",
            "user/Patient.cruds system/*.read patient/Condition.write launch online_access profile",
        ])
    },
    words: &[
        " ",
        "/",
        ".",
        "*",
        "?",
        "&",
        "=",
        "|",
        "patient/",
        "user/",
        "system/",
        ".read",
        ".cruds",
        "rs",
        "sr",
        "category=",
        "http://",
        "%7C",
        "+",
    ],
    take: |input| {
        let text = text(input);
        let scopes = Scopes::read(&text);
        let most = Scopes::read("patient/Observation.rs user/Patient.r openid");
        let both = scopes.within(&most);
        assert!(both.are_within(&most), "more is let than was agreed: {both:?}");
        let _ = (Scopes::unknown(&text), scopes.need_patient(), scopes.is_empty());
    },
    usual: 4_000,
};

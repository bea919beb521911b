use super::*;
use crate::base64::encoded;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn keys() -> BTreeMap<String, String> {
    let public = encoded(pair().public_key().as_ref());
    BTreeMap::from([("s1._domainkey.harbour.example".to_owned(), format!("v=DKIM1; k=ed25519; p={public}"))])
}

/// The mail with a signature of harbour.example, made as the standard says by other means than the code under test where
/// it can be: canonical forms are written out by hand for this mail.
fn signed(mail: &str) -> String {
    let body = mail.split_once("\r\n\r\n").unwrap().1;
    let bh = encoded(digest::digest(&digest::SHA256, body.as_bytes()).as_ref());
    let tags = format!(
        "v=1; a=ed25519-sha256; c=relaxed/simple; d=harbour.example; s=s1; h=from:subject; bh={bh}; b="
    );
    let value = |name: &str| {
        let line = mail.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once(':').unwrap().1.trim().to_owned()
    };
    let text = format!("from:{}\r\nsubject:{}\r\ndkim-signature:{tags}", value("from:"), value("subject:"));
    let digested = digest::digest(&digest::SHA256, text.as_bytes());
    format!("DKIM-Signature: {tags}{}\r\n{mail}", encoded(pair().sign(digested.as_ref()).as_ref()))
}

const MAIL: &str = "From: bram@harbour.example\r\nSubject: My forms\r\n\r\nHello\r\n";

fn outcomes(mail: &str) -> Vec<Outcome> {
    verify(mail.as_bytes(), &keys(), 1_795_000_000).into_iter().map(|s| s.outcome).collect()
}

#[test]
fn s043_a_mail_as_its_domain_signed_it_passes() {
    assert_eq!(outcomes(&signed(MAIL)), [Outcome::Pass]);
    assert_eq!(key_names(signed(MAIL).as_bytes()), ["s1._domainkey.harbour.example"]);
    // Relaxed: names in capitals and blanks do not matter.
    let spaced = signed(MAIL).replace("Subject: My forms", "SUBJECT:   My   forms  ");
    assert_eq!(outcomes(&spaced), [Outcome::Pass]);
    let folded = signed(MAIL).replace("; b=", ";\r\n b=");
    assert_eq!(outcomes(&folded), [Outcome::Pass], "a fold is a blank");
}

#[test]
fn s043_a_mail_that_was_changed_fails() {
    for (from, to) in [("Hello", "Hullo"), ("My forms", "Your forms"), ("From: bram", "From: brom")] {
        assert_eq!(outcomes(&signed(MAIL).replace(from, to)), [Outcome::Fail], "{to}");
    }
    let more_from = signed(MAIL).replace("Subject:", "From: other@harbour.example\r\nSubject:");
    assert_eq!(outcomes(&more_from), [Outcome::Fail], "the lowest From is the one that was signed");
}

#[test]
fn s043_what_says_nothing_is_unknown() {
    let whole = signed(MAIL);
    assert_eq!(outcomes(&whole.replace("s=s1", "s=s2")), [Outcome::Unknown], "no key");
    assert_eq!(outcomes(&whole.replace("h=from:", "h=to:")), [Outcome::Unknown], "From is not signed");
    assert_eq!(outcomes(&whole.replace("; bh=", "; l=2; bh=")), [Outcome::Unknown], "a part of the body");
    assert_eq!(outcomes(&whole.replace("; bh=", "; x=1000; bh=")), [Outcome::Unknown], "over");
    assert_eq!(outcomes(&whole.replace("ed25519-sha256", "rsa-sha1")), [Outcome::Unknown]);
    assert_eq!(outcomes(MAIL), []);
}

#[test]
fn bodies_are_brought_to_one_form() {
    assert_eq!(canonical_body(b"a  b \t\r\n\r\n\r\n", true), b"a b\r\n");
    assert_eq!(canonical_body(b"a  b \t\r\n\r\n\r\n", false), b"a  b \t\r\n");
    assert_eq!(canonical_body(b"", false), b"\r\n");
    assert_eq!(canonical_body(b"", true), b"");
}

/// The example of RFC 8463, appendix A: one mail, signed by both algorithms, by somebody else.
#[test]
fn s043_the_standards_own_example_passes() {
    let mail = include_str!("../../testdata/rfc8463.eml").replace('\n', "\r\n");
    let keys = BTreeMap::from([(
        "brisbane._domainkey.football.example.com".to_owned(),
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned(),
    )]);
    let found = verify(mail.as_bytes(), &keys, 1_530_000_000);
    assert_eq!(found.iter().map(|s| s.outcome).collect::<Vec<_>>(), [Outcome::Pass]);
}

//! Mail: what comes in, and what servers of mail and names say.

use super::{sum, text};
use crate::Target;
use crate::seeds::{of_repository, texts};
use mail::{Mail, authentication, dkim, dns, imap, smtp};
use province::rng::Rng;
use std::collections::BTreeMap;

pub(super) const MAILS: Target = Target {
    name: "mails",
    reads: "mails with their parts, reports of what could not be delivered, and who signed them",
    seeds: || {
        let mut all = of_repository("crates/mail/testdata", &[".eml"]);
        all.extend(texts(&[
            "From: Zo\u{eb} <zoe@harbour.example>\r\nTo: desk@opor.example\r\nSubject: =?utf-8?q?R=C3=A9ponse?= [a1]\r\nMessage-ID: <1@harbour.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\nAuthentication-Results: mx.opor.example; dmarc=pass header.from=harbour.example; dkim=pass header.d=harbour.example\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nVoil=E0\r\n--b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename*=utf-8''a%20b.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n\r\nx\r\n--b--\r\n",
            "From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\nsorry\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; zoe@harbour.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--r--\r\n",
            "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=harbour.example; s=k;\r\n t=1528637909; x=99999999999; l=3; h=from : to : from;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\nFrom: zoe@harbour.example\r\n\r\nbody\r\n",
        ]));
        all
    },
    words: &[
        "\r\n",
        "\n",
        ":",
        ";",
        "=",
        "\"",
        "<",
        ">",
        "@",
        ",",
        "--b",
        "--b--",
        "\r\n\r\n",
        "From: ",
        "DKIM-Signature: ",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Transfer-Encoding: base64",
        "quoted-printable",
        "=?utf-8?b?",
        "?=",
        "charset=utf-7",
        "charset=iso-2022-jp",
        "bh=",
        "b=",
        "d=",
        "l=",
        "h=from:from",
        "Authentication-Results: ",
        "mx.opor.example; ",
        "dmarc=pass",
        "(",
        ")",
        "\\",
        "message/rfc822",
        "filename*0*=",
        "%",
        "begin 644 a",
        "Auto-Submitted: auto-replied",
    ],
    take: |input| {
        let keys = BTreeMap::from([
            (
                "k._domainkey.harbour.example".to_owned(),
                "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned(),
            ),
            ("_dmarc.harbour.example".to_owned(), text(input).chars().take(200).collect()),
        ]);
        let now = 1_795_435_200;
        assert!(dkim::key_names(input).len() <= 8, "a mail asks for more keys than are looked at");
        for signed in dkim::verify(input, &keys, now) {
            assert!(
                signed.domain != "harbour.example" || signed.outcome != dkim::Outcome::Pass,
                "nobody has signed it"
            );
        }
        let Ok(read) = Mail::read(input) else { return };
        let sender = read.sender().unwrap_or("zoe@harbour.example");
        let origin = authentication::origin(input, sender, &keys, "mx.opor.example", now);
        assert_ne!(origin, authentication::Origin::Signed, "nobody has signed it");
        let _ = authentication::names(input, sender);
    },
    usual: 2_000,
};

pub(super) const SERVERS: Target = Target {
    name: "mail-servers",
    reads: "lines of servers of mail (IMAP, SMTP), however TCP cuts them",
    seeds: || {
        texts(&[
            "* OK ready\r\na1 OK done\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\na2 OK [READ-WRITE] done\r\n* SEARCH 4 5 6\r\na3 OK\r\n",
            "* 1 FETCH (UID 4 BODY[]<0> {18}\r\nFrom: a@b\r\n\r\nhello)\r\na4 OK\r\n* 2 FETCH (UID 5 BODY[] \"x\\\"y\")\r\n",
            "220 mx.example ESMTP\r\n250-mx.example\r\n250-SIZE 35882577\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n354 go on\r\n550 5.1.1 no such user\r\n421 bye\r\n",
        ])
    },
    words: &[
        "\r\n",
        "\r",
        "\n",
        " ",
        "*",
        "{",
        "}",
        "(",
        ")",
        "\"",
        "\\",
        "<0>",
        "{99999999999}",
        "{0}",
        "a1 OK",
        "a1 NO",
        "UID ",
        "FETCH",
        "SEARCH",
        "UIDVALIDITY ",
        "[",
        "]",
        "250-",
        "250 ",
        "999",
        "SIZE",
        "AUTH",
        "~{3}",
    ],
    take: |input| {
        let mut rng = Rng::new(sum(input));
        let cut = |rng: &mut Rng| {
            let (mut pieces, mut rest) = (Vec::new(), input);
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((1 + rng.below(30)).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces
        };
        assert_eq!(answers(&[input]), answers(&cut(&mut rng)), "answers depend on how they were cut");
        assert_eq!(replies(&[input]), replies(&cut(&mut rng)), "replies depend on how they were cut");
        let said = text(input);
        let line = imap::Ask::Login(&said, &said).line(1);
        assert!(line.matches("\r\n").count() == 1, "a secret makes a second command: {line:?}");
        let line = smtp::Say::Rcpt(&said).line();
        let is_one = line.trim_end_matches("\r\n").contains(['\r', '\n']);
        assert!(!smtp::is_address(&said) || !is_one, "an address makes a second command: {line:?}");
        assert!(
            !smtp::stuffed(&said).trim_end_matches("\r\n.\r\n").contains("\r\n.\r\n"),
            "a mail ends early"
        );
    },
    usual: 2_500,
};

fn answers(pieces: &[&[u8]]) -> (Vec<String>, bool) {
    let (mut decoder, mut all) = (imap::Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_answer() {
                Ok(Some(answer)) => {
                    let _ = (answer.ended(1), answer.uid_validity(), answer.found());
                    all.push(format!("{answer:?}"));
                }
                Ok(None) => break,
                Err(_) => return (all, true),
            }
        }
    }
    (all, false)
}

fn replies(pieces: &[&[u8]]) -> (Vec<String>, bool) {
    let (mut decoder, mut all) = (smtp::Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_reply() {
                Ok(Some(reply)) => {
                    let _ = smtp::Offers::of(&reply);
                    all.push(format!("{reply:?}"));
                }
                Ok(None) => break,
                Err(_) => return (all, true),
            }
        }
    }
    (all, false)
}

pub(super) const NAMES: Target = Target {
    name: "names",
    reads: "answers of the name service",
    seeds: || {
        let Some(question) = dns::question(7, "k._domainkey.harbour.example") else { return Vec::new() };
        let mut answer = question.clone();
        answer[2] = 0x81;
        answer[3] = 0x80;
        answer[7] = 1;
        answer.extend_from_slice(b"\xC0\x0C\0\x10\0\x01\0\0\x01\x2C\0\x0B\x0Av=DKIM1; p=");
        vec![question, answer]
    },
    words: &["\u{0}", "\u{1}", "\u{10}", "\u{c}", "k", "example", ".", "\r\n", "=", "?", " "],
    take: |input| {
        let _ = dns::read(input, 7, "k._domainkey.harbour.example");
        let said = text(input);
        let _ = dns::question(7, &said);
        let _ = authentication::meant("_dmarc.a.example", &[said.clone().into_owned()]);
        let encoded = mail::base64::encoded(input);
        assert!(encoded.is_ascii());
    },
    usual: 4_000,
};

//! What becomes of mails with forms, over a record in a folder of its own. The forms were made and signed by pyHanko
//! (crates/clinical/testdata/forms).

use super::judging::AT_ONCE;
use super::*;
use crate::chart::tests::World;
use crate::context::{Actor, Context};
use clinical::access::{Purpose, Role};
use clinical::enrolment::mailbox::ANSWERS_A_DAY;
use clinical::enrolment::statements::in_force;
use clinical::enrolment::{Acknowledged, LicenceHeld, LicenceStanding, ModuleHeld};
use fhir::Instant;
use std::path::PathBuf;
use store::{ApplicationRow, Changes, EnrolmentChange, ObligationState};

const APPLICATION: ApplicationId = ApplicationId(0xa7);
const HANDLE: [u8; 32] = [5; 32];
const ADDRESS: &str = "zoe.leger@harbour.example";
/// 2026-11-23, when the corpus was made.
const NOW: Instant = Instant(1_795_392_000_000_000);

fn form(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../clinical/testdata/forms");
    std::fs::read(folder.join(name)).unwrap()
}

/// Base64 in lines (RFC 2045), as mail programs attach.
fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push_str("\r\n");
        }
        let all = chunk.iter().fold(0_u32, |all, &b| all << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = char::from(LETTERS[(all >> (18 - 6 * place) & 63) as usize]);
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

const PROVED: &str = "Authentication-Results: mx.opor.example; dmarc=pass header.from=harbour.example\r\n";

fn mail(header: &str, from: &str, id: &str, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = format!(
        "{header}From: Zoë <{from}>\r\nTo: forms@opor.example\r\nSubject: Forms\r\nMessage-ID: <{id}@x.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nHere they are.\r\n"
    );
    for (name, bytes) in files {
        out.push_str(&format!(
            "--b\r\nContent-Type: application/pdf; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
            encoded(bytes)
        ));
    }
    out.push_str("--b--\r\n");
    out.into_bytes()
}

struct Desk {
    world: World,
}

impl Desk {
    fn new(name: &str) -> Self {
        let world = World::new(name);
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../clinical/testdata/forms");
        let text = std::fs::read_to_string(folder.join("facts.json")).unwrap();
        let mut facts: Facts = serde_json::from_str(&text).unwrap();
        for place in &mut facts.workplaces {
            for who in ["a", "b"] {
                let email = format!("{who}.{}@x.example", place.place);
                let contact = clinical::enrolment::Contact { name: "Gull, Éva".into(), email };
                place.administrators.push(contact);
            }
        }
        let force = in_force();
        facts.address_proved = Some(NOW.0);
        facts.licence = Some(LicenceHeld {
            standing: LicenceStanding::Active,
            regulator: "NSPR".into(),
            name: "Léger, Zoë".into(),
            place: String::new(),
            call_back: String::new(),
            at: NOW,
        });
        facts.module = Some(ModuleHeld { version: force.module, score: 6, of: 6, at: NOW });
        for (statement, version) in [("nsh", force.privacy_nsh), ("iwk", force.privacy_iwk)] {
            facts.privacy.push(Acknowledged { statement: statement.into(), version, at: NOW });
        }
        let row = ApplicationRow {
            id: APPLICATION,
            state: "submitted".into(),
            sort: "community".into(),
            address: ADDRESS.into(),
            handle: HANDLE.to_vec(),
            holder: "coordinator".into(),
            since: NOW,
            due: NOW.plus_minutes(60),
            account: String::new(),
            facts: serde_json::to_string(&facts).unwrap(),
            opened: NOW,
            meets: None,
            revision: 1,
        };
        let changes = Changes { enrolment: vec![EnrolmentChange::Application(row)], ..Changes::default() };
        assert_eq!(world.record.store().settle_blocking(changes), store::Settled::Done);
        let (anchors, _) = Anchors::from_der(&[form("authority.der")]);
        let server = "mx.opor.example".to_owned();
        world.record.set_mailbox(Setup { key: MailKey([9; 32]), anchors, server, ..Setup::default() });
        Self { world }
    }

    fn send(&self, bytes: &[u8]) -> MailIn {
        self.send_at(bytes, NOW)
    }

    fn send_at(&self, bytes: &[u8], now: Instant) -> MailIn {
        let taken = self.world.record.take_mail(bytes, &BTreeMap::new(), now).unwrap();
        self.world.record.judge_mails(now).unwrap();
        let (Taken::New(id) | Taken::Again(id)) = taken;
        self.world.record.store().view().unwrap().mail_in(id).unwrap().unwrap()
    }

    fn application(&self) -> (String, Facts) {
        let row = self.world.record.store().view().unwrap().application(APPLICATION).unwrap().unwrap();
        (row.state.clone(), serde_json::from_str(&row.facts).unwrap())
    }

    /// Bodies of our answers to an address.
    fn answers(&self, to: &str) -> Vec<String> {
        let mails = self.world.record.store().view().unwrap().mails_out(100).unwrap();
        mails.into_iter().filter(|m| m.recipient == to && m.sort == ANSWER).map(|m| m.body).collect()
    }

    fn coordinator() -> Context {
        let actor = Actor {
            through: None,
            id: "desk".into(),
            role: Role::Coordinator,
            name: "Plover, Ann".into(),
            practitioner: None,
        };
        Context { actor, purpose: Purpose::Operations, now: NOW }
    }

    fn is_owned(&self, row: &MailIn) -> bool {
        let owed = self.world.record.store().view().unwrap().obligation(row.obligation).unwrap().unwrap();
        matches!(owed.state, ObligationState::Open { human: true, .. })
    }
}

#[test]
fn s040_s042_two_signed_forms_from_the_registered_address_complete_the_application() {
    let desk = Desk::new("mailbox-complete");
    let both = [("request.pdf", form("signed-rsa.pdf")), ("agreement.pdf", form("signed-p256-french.pdf"))];
    let bytes = mail(PROVED, "Zoe.Leger@harbour.example", "1", &both);
    let row = desk.send(&bytes);
    assert_eq!((row.state.as_str(), row.application), ("filed", APPLICATION));
    let (state, facts) = desk.application();
    assert_eq!(state, "complete");
    assert!(facts.form("request").is_some() && facts.form("agreement").is_some());
    assert_eq!(desk.answers(ADDRESS).len(), 1);
    // The same mail again, also by another way, is the same mail.
    let again = desk.send(&bytes);
    assert_eq!((again.id, again.copies), (row.id, 2));
    let relayed = [b"Received: by elsewhere.example\r\n".as_slice(), &bytes].concat();
    assert_eq!((desk.send(&relayed).id, desk.answers(ADDRESS).len()), (row.id, 1));
    // What was sent lies sealed.
    let sealed = desk.world.record.store().view().unwrap().mail_in_body(row.id).unwrap().unwrap();
    assert!(!sealed.windows(5).any(|window| window == b"Forms" || window == b"JVBER"));
}

#[test]
fn s040_s041_each_defect_is_answered_with_its_reason_and_nothing_goes_on_file() {
    let desk = Desk::new("mailbox-defects");
    for (n, (file, wanted)) in [
        ("unsigned.pdf", "the box for the signature is empty"),
        ("renamed-docx.pdf", "word processor's document"),
        ("old-version.pdf", "not in force any more"),
        ("another-person.pdf", "printed for another request"),
    ]
    .into_iter()
    .enumerate()
    {
        let row = desk.send(&mail(PROVED, ADDRESS, &format!("d{n}"), &[(file, form(file))]));
        assert_eq!(row.state, "returned", "{file}");
        assert!(
            desk.answers(ADDRESS).iter().any(|body| body.contains(wanted) && body.contains(file)),
            "{file}"
        );
    }
    let nothing = desk.send(&mail(PROVED, ADDRESS, "none", &[]));
    assert_eq!(nothing.state, "returned");
    let (state, facts) = desk.application();
    assert!(state == "submitted" && facts.forms.is_empty());
}

#[test]
fn s043_spoofed_aliased_and_forwarded_mails_are_held_and_owned() {
    let desk = Desk::new("mailbox-spoofed");
    let good = || vec![("request.pdf", form("signed-rsa.pdf"))];
    let forged = "Authentication-Results: mx.elsewhere.example; dmarc=pass\r\n";
    let failed = "Authentication-Results: mx.opor.example; dmarc=fail\r\n";
    let forwarded = "Authentication-Results: mx.opor.example; spf=pass smtp.mailfrom=list@relay.example\r\n";
    for (n, header) in ["", forged, failed, forwarded].into_iter().enumerate() {
        let row = desk.send(&mail(header, ADDRESS, &format!("s{n}"), &good()));
        assert_eq!((row.state.as_str(), said_of(&row).held), ("held", Some(Held::Unproved)), "{header}");
        assert!(desk.is_owned(&row));
    }
    let proved = "Authentication-Results: mx.opor.example; dmarc=pass\r\n";
    let aliased = desk.send(&mail(proved, "zoe.leger+forms@harbour.example", "a1", &good()));
    assert_eq!(said_of(&aliased).held, Some(Held::Unregistered));
    assert_eq!(desk.answers("zoe.leger+forms@harbour.example").len(), 1);
    let stranger = desk.send(&mail("", "somebody@victim.example", "a2", &good()));
    assert_eq!(said_of(&stranger).held, Some(Held::Unregistered));
    assert!(desk.answers("somebody@victim.example").is_empty(), "a forged name hears nothing");
    let (_, facts) = desk.application();
    assert!(facts.forms.is_empty());
    // The desk looks, says why, and it is over.
    let setup = desk.world.record.mailbox();
    let dismiss = |reason: &str| {
        let ruling = Ruling::Dismiss { reason: reason.into() };
        desk.world.record.act(&Desk::coordinator(), Decide { mail: aliased.id, ruling, setup: setup.clone() })
    };
    assert!(dismiss(" ").is_err());
    dismiss("She sends them again from her own address.").unwrap();
    assert!(dismiss("Twice").is_err());
}

#[test]
fn s042_no_loops_machines_are_not_answered_and_an_address_gets_only_so_many_answers() {
    let desk = Desk::new("mailbox-loops");
    let out_of_office =
        desk.send(&mail(&format!("Auto-Submitted: auto-replied\r\n{PROVED}"), ADDRESS, "o", &[]));
    assert_eq!(out_of_office.state, "set-aside");
    let bounce = desk.send(&mail("Return-Path: <>\r\n", "mailer-daemon@harbour.example", "b", &[]));
    assert_eq!((bounce.state.as_str(), said_of(&bounce).held), ("held", Some(Held::Bounce)));
    assert!(desk.answers(ADDRESS).is_empty() && desk.answers("mailer-daemon@harbour.example").is_empty());
    let mut last = None;
    for n in 0..=ANSWERS_A_DAY {
        let bytes = mail(PROVED, ADDRESS, &format!("n{n}"), &[("x.pdf", vec![n as u8])]);
        last = Some(desk.send_at(&bytes, NOW.plus_seconds(n as i64)));
    }
    let last = last.unwrap();
    assert_eq!(desk.answers(ADDRESS).len(), ANSWERS_A_DAY);
    assert_eq!((last.state.as_str(), said_of(&last).held), ("held", Some(Held::TooMany)));
}

#[test]
fn s041_a_drawn_signature_waits_for_a_person_who_accepts_or_returns_it() {
    let desk = Desk::new("mailbox-drawn");
    let both = [("request.pdf", form("drawn-ink.pdf")), ("agreement.pdf", form("drawn-stamp.pdf"))];
    let row = desk.send(&mail(PROVED, ADDRESS, "1", &both));
    assert!(row.state == "waiting" && desk.is_owned(&row));
    let setup = desk.world.record.mailbox();
    let shown = Shown { mail: row.id, setup: setup.clone() };
    let (line, files) = desk.world.record.look(&Desk::coordinator(), shown).unwrap();
    assert!(line.due.is_some() && files.len() == 2);
    assert!(files[0].beside.len() == 7 && files[0].beside.iter().all(|field| field.is_same));
    let decide = |ruling: Ruling| {
        let decide = Decide { mail: row.id, ruling, setup: setup.clone() };
        desk.world.record.act(&Desk::coordinator(), decide)
    };
    decide(Ruling::Accept { file: 0, form: "request".into() }).unwrap();
    assert!(decide(Ruling::Accept { file: 0, form: "request".into() }).is_err(), "once");
    assert!(decide(Ruling::Return { file: 1, reason: String::new() }).is_err(), "a reason");
    decide(Ruling::Accept { file: 1, form: "agreement".into() }).unwrap();
    let (state, facts) = desk.application();
    assert_eq!((state.as_str(), facts.forms.len()), ("complete", 2));
    let (line, _) = desk.world.record.look(&Desk::coordinator(), Shown { mail: row.id, setup }).unwrap();
    assert_eq!((line.standing, line.due), (Standing::Filed, None));
}

#[test]
fn s042_an_upload_is_judged_at_once_and_twice_is_once() {
    let desk = Desk::new("mailbox-upload");
    let upload = |name: &str, file: &str| {
        let (handle, setup) = (HANDLE.to_vec(), desk.world.record.mailbox());
        let upload = Upload { handle, name: name.into(), bytes: form(file), setup };
        desk.world.record.act(&crate::record::machine("browser", NOW), upload).unwrap();
    };
    upload("r.pdf", "signed-rsa.pdf");
    upload("r.pdf", "signed-rsa.pdf");
    upload("a.pdf", "unsigned.pdf");
    upload("d.pdf", "drawn-stamp.pdf");
    let seen = |handle: &[u8]| {
        desk.world.record.look(&crate::record::machine("browser", NOW), Paper { handle: handle.to_vec() })
    };
    assert!(seen(&[6; 32]).is_err() && seen(&[]).is_err(), "another browser sees nothing");
    let PaperView { address, forms, sent: lines } = seen(&HANDLE).unwrap();
    assert_eq!((address.as_str(), forms.iter().filter(|(_, held)| *held).count()), (ADDRESS, 1));
    let blank = Blank { handle: HANDLE.to_vec(), form: "agreement".into() };
    let printed = desk.world.record.look(&crate::record::machine("browser", NOW), blank).unwrap();
    assert!(printed.bytes.starts_with(b"%PDF"));
    let mut stands: Vec<(&str, &str, u32)> =
        lines.iter().map(|line| (line.subject.as_str(), line.standing.code(), line.copies)).collect();
    stands.sort_unstable();
    assert_eq!(stands, [("a.pdf", "returned", 1), ("d.pdf", "waiting", 1), ("r.pdf", "filed", 2)]);
    assert_eq!(desk.application().1.forms.len(), 1);
    let census = desk.world.record.store().view().unwrap().census(NOW).unwrap();
    assert!(census.balanced, "{census:?}");
}

#[test]
fn s042_every_mail_is_accounted_for_by_the_books() {
    let desk = Desk::new("mailbox-books");
    let files = ["signed-rsa.pdf", "unsigned.pdf", "drawn-ink.pdf", "scripted.pdf", "scan.pdf", "empty.pdf"];
    let mut sent = 0;
    for (n, file) in files.iter().enumerate() {
        for (m, header) in [PROVED, "", "Auto-Submitted: auto-replied\r\n"].into_iter().enumerate() {
            desk.world
                .record
                .take_mail(
                    &mail(header, ADDRESS, &format!("{n}-{m}"), &[(file, form(file))]),
                    &BTreeMap::new(),
                    NOW,
                )
                .unwrap();
            sent += 1;
        }
    }
    desk.world.record.take_mail(b"no mail at all", &BTreeMap::new(), NOW).unwrap();
    let counted = |desk: &Desk| {
        let census = desk.world.record.store().view().unwrap().census(NOW).unwrap();
        assert!(census.balanced, "{census:?}");
        let of_mails = census.kinds.into_iter().find(|kind| kind.kind == "mail-in").unwrap();
        (of_mails.made, of_mails.done, of_mails.pending, of_mails.owned)
    };
    assert_eq!(counted(&desk), (sent + 1, 0, sent + 1, 0));
    for _ in 0..(sent as usize + 1).div_ceil(AT_ONCE) {
        desk.world.record.judge_mails(NOW).unwrap();
    }
    let (made, done, pending, owned) = counted(&desk);
    assert_eq!((made, pending, done + owned), (sent + 1, 0, sent + 1));
    assert!(done > 0 && owned > 0);
}

#[test]
fn s042_a_forged_copy_that_came_first_takes_nothing_from_the_proved_mail() {
    let desk = Desk::new("mailbox-copies");
    let files = [("request.pdf", form("signed-rsa.pdf"))];
    let forged = desk.send(&mail("", ADDRESS, "1", &files));
    assert_eq!((forged.state.as_str(), desk.application().1.forms.len()), ("held", 0));
    let proved = desk.send(&mail(PROVED, ADDRESS, "1", &files));
    assert_eq!((proved.state.as_str(), desk.application().1.forms.len()), ("filed", 1));
    assert_ne!(forged.id, proved.id);
    let now = |id| desk.world.record.store().view().unwrap().mail_in(id).unwrap().unwrap();
    assert_eq!(now(forged.id).state, "set-aside", "the desk need not look at it any more");
    // Both again, in either order: counted, and no more.
    let again = |header: &str| {
        desk.world.record.take_mail(&mail(header, ADDRESS, "1", &files), &BTreeMap::new(), NOW).unwrap()
    };
    for header in ["", PROVED, ""] {
        assert_eq!(again(header), Taken::Again(proved.id));
    }
    assert_eq!(now(proved.id).copies, 4);
    let census = desk.world.record.store().view().unwrap().census(NOW).unwrap();
    assert!(census.balanced, "{census:?}");
}

#[test]
fn s042_a_mail_that_cannot_be_taken_is_the_desks_until_it_is() {
    let desk = Desk::new("mailbox-untaken");
    let told =
        |n: i64| desk.world.record.mail_untaken("1732.M1.mx", "permission denied", NOW.plus_seconds(n));
    let Ok(Taken::New(id)) = told(0) else { panic!("told") };
    assert_eq!(told(1), Ok(Taken::Again(id)), "once");
    let row = desk.world.record.store().view().unwrap().mail_in(id).unwrap().unwrap();
    assert!(row.state == "held" && row.subject == "1732.M1.mx" && desk.is_owned(&row));
    desk.world.record.judge_mails(NOW).unwrap();
    desk.world.record.mail_taken_after_all("1732.M1.mx", NOW.plus_seconds(9)).unwrap();
    let row = desk.world.record.store().view().unwrap().mail_in(id).unwrap().unwrap();
    assert!(row.state == "set-aside" && row.settled.is_some());
    // It fails once more, or another mail is called so: somebody owns that too.
    let Ok(Taken::New(again)) = told(10) else { panic!("told again") };
    assert_ne!(again, id);
    assert_eq!(told(11), Ok(Taken::Again(again)), "once");
    let row = |id| desk.world.record.store().view().unwrap().mail_in(id).unwrap().unwrap();
    assert!(row(again).state == "held" && desk.is_owned(&row(again)));
    for n in [12, 13] {
        desk.world.record.mail_taken_after_all("1732.M1.mx", NOW.plus_seconds(n)).unwrap();
        assert!(row(again).settled.is_some() && row(again).revision == 2, "twice is once");
    }
}

#[test]
fn what_a_sender_calls_a_file_is_no_blank_that_we_fill_in() {
    let desk = Desk::new("mailbox-blanks");
    let file = "[[resume:00000000000000a7.0]].pdf";
    desk.send(&mail(PROVED, ADDRESS, "1", &[(file, form("unsigned.pdf"))]));
    let bodies = desk.answers(ADDRESS);
    assert!(bodies.len() == 1 && !bodies[0].contains("[["), "{bodies:?}");
    // Nor what a coordinator writes as the reason.
    let row = desk.send(&mail(PROVED, ADDRESS, "2", &[(file, form("drawn-ink.pdf"))]));
    let ruling = Ruling::Return { file: 0, reason: "Look: [[resume:00000000000000a7.0]]".into() };
    let decide = Decide { mail: row.id, ruling, setup: desk.world.record.mailbox() };
    desk.world.record.act(&Desk::coordinator(), decide).unwrap();
    let bodies = desk.answers(ADDRESS);
    assert!(bodies.iter().any(|body| body.contains("Look: ((resume:")), "{bodies:?}");
    assert!(bodies.iter().all(|body| !body.contains("[[")), "{bodies:?}");
}

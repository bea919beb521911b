//! Mails of our own by what a relay does with them.

use super::*;
use crate::mailing::{Fate, Settle, Undelivered};
use store::{MailOut, ObligationState};

impl Desk {
    fn due(&self) -> Vec<MailOut> {
        self.world.record.mails_due(&TokenKey(KEY), "https://x", self.now).unwrap()
    }

    fn met(&self, mail: &MailOut, fate: &Fate) {
        self.world.record.mail_met(mail.obligation, fate, self.now).unwrap();
    }

    fn undelivered(&self) -> Vec<Undelivered> {
        let by = self.coordinator("heron", "Heron, Pia");
        self.world.record.look(&by, Queue).unwrap().undelivered
    }

    fn kept(&self, mail: &MailOut) -> MailOut {
        self.world.record.store().view().unwrap().mail_out(mail.obligation).unwrap().unwrap()
    }
}

#[test]
fn s025_a_mail_that_did_not_go_is_tried_again_with_a_clock_and_somebody_is_told() {
    let mut desk = Desk::new("mails-later");
    desk.begin("bram.kestrel@x.example").unwrap();
    let mail = desk.due().remove(0);
    let later = Fate::Later("451 greylisted".to_owned());
    for wait in [15, 30, 60, 120] {
        desk.met(&mail, &later);
        assert!(desk.due().is_empty(), "not at once");
        desk.now = desk.now.plus_seconds(wait - 1);
        assert!(desk.due().is_empty(), "not before {wait} s");
        desk.now = desk.now.plus_seconds(1);
        assert_eq!(
            desk.due(),
            std::slice::from_ref(&MailOut {
                attempts: desk.kept(&mail).attempts,
                again: desk.kept(&mail).again,
                last: "451 greylisted".into(),
                ..mail.clone()
            }),
            "the same to the letter"
        );
    }
    assert!(desk.undelivered().is_empty(), "its clock has not run out");
    desk.now = desk.now.plus_minutes(15);
    desk.world.record.escalate(desk.now).unwrap();
    let [line] = &desk.undelivered()[..] else { panic!("{:?}", desk.undelivered()) };
    assert_eq!((line.refused, line.attempts, line.last.as_str()), (false, 4, "451 greylisted"));
    // It goes after all, and nobody owes anything more.
    desk.met(&mail, &Fate::Handed("250 2.0.0 kept as 7".to_owned()));
    assert!(desk.undelivered().is_empty() && desk.due().is_empty());
    assert_eq!(desk.kept(&mail).last, "250 2.0.0 kept as 7", "the reply is kept");
    // Said again after a crash between the reply and its commit, it changes nothing.
    desk.met(&mail, &later);
    assert_eq!(desk.kept(&mail).last, "250 2.0.0 kept as 7");
}

#[test]
fn s025_a_mail_that_is_refused_comes_to_the_desk_at_once_and_is_sent_again_or_told() {
    let mut desk = Desk::new("mails-refused");
    desk.begin("bram.kestrel@x.example").unwrap();
    let mail = desk.due().remove(0);
    let refused = Fate::Refused("550 5.1.1 no such user".to_owned());
    desk.met(&mail, &refused);
    assert!(desk.due().is_empty());
    let [line] = &desk.undelivered()[..] else { panic!("{:?}", desk.undelivered()) };
    assert_eq!((line.refused, line.recipient.as_str()), (true, "bram.kestrel@x.example"));
    let settle = |desk: &Desk, told: Option<&str>| {
        let act = Settle { mail: mail.obligation, told: told.map(str::to_owned) };
        desk.world.record.act(&desk.coordinator("heron", "Heron, Pia"), act)
    };
    settle(&desk, None).unwrap();
    assert!(desk.undelivered().is_empty());
    assert_eq!(desk.due().len(), 1, "it goes again");
    desk.met(&mail, &refused);
    assert!(settle(&desk, Some(" ")).is_err(), "how, must be said");
    settle(&desk, Some("Called 902 555 0133, who answered herself.")).unwrap();
    assert!(desk.undelivered().is_empty() && desk.due().is_empty());
    assert!(settle(&desk, None).is_err(), "settled once");
    let owed = desk.world.record.store().view().unwrap().obligation(mail.obligation).unwrap().unwrap();
    assert!(matches!(owed.state, ObligationState::Ended { .. }), "{owed:?}");
    assert!(desk.mail("code").is_none(), "the demo shows no mail that was called off");
    // What a relay puts off for days is given up, and stays the desk's.
    desk.now = desk.now.plus_minutes(1);
    desk.begin("ruth.dunlin@x.example").unwrap();
    let other = desk.due().remove(0);
    desk.now = desk.now.plus_minutes(4 * 24 * 60);
    desk.met(&other, &Fate::Later("451 later".to_owned()));
    assert!(desk.undelivered().iter().any(|line| line.refused && line.mail == other.obligation));
    // Sent again by the desk, it has its days anew.
    let again = Settle { mail: other.obligation, told: None };
    desk.world.record.act(&desk.coordinator("heron", "Heron, Pia"), again).unwrap();
    desk.now = desk.now.plus_minutes(4 * 24 * 60 - 1);
    desk.met(&other, &Fate::Later("451 later".to_owned()));
    assert!(!desk.kept(&other).refused && desk.world.record.mail_waits(other.obligation).unwrap());
    desk.now = desk.now.plus_minutes(1);
    desk.met(&other, &Fate::Later("451 later".to_owned()));
    assert!(desk.kept(&other).refused && !desk.world.record.mail_waits(other.obligation).unwrap());
    // Told another way while it was being handed over, it went out all the same, and the log says so.
    let rows = |desk: &Desk| desk.world.record.store().view().unwrap().audit_tail(1).unwrap();
    let told = Settle { mail: other.obligation, told: Some("Called.".to_owned()) };
    desk.world.record.act(&desk.coordinator("heron", "Heron, Pia"), told).unwrap();
    desk.met(&other, &Fate::Later("451 later".to_owned()));
    assert!(!rows(&desk)[0].1.object.ends_with(&format!("{}", other.obligation)));
    desk.met(&other, &Fate::Handed("250".to_owned()));
    assert_eq!(rows(&desk)[0].1.object, format!("mail/code/{}", other.obligation));
    assert_eq!(desk.kept(&other).last, "called off");
}

//! What the desk does with an access that an application led to, and what it grants to a profession that is not listed.

use super::*;
use clinical::enrolment::professions::{GRANTED_TO_UNLISTED, UNLISTED};
use store::{AccountRow, AccountState, ObligationFilter, ObligationRow};

const ID: &[u8; 8] = b"12345678";

fn id() -> ApplicationId {
    ApplicationId::of(*ID)
}

impl Desk {
    /// Sent, verified and approved by the workplace.
    fn through(&self) {
        self.send().unwrap();
        self.verify(&self.coordinator("heron", "Heron, Pia")).unwrap();
        self.approve(self.asked(), true).unwrap();
    }

    fn account(&self) -> AccountRow {
        let view = self.world.record.store().view().unwrap();
        let row = view.application(id()).unwrap().unwrap();
        view.account(&row.account).unwrap().expect("an account")
    }

    fn roles(&self) -> Vec<String> {
        let view = self.world.record.store().view().unwrap();
        view.account_grants(&self.account().id).unwrap().into_iter().map(|grant| grant.role).collect()
    }

    /// Signed in for the first time.
    fn active(&mut self) {
        let account = self.account();
        let account = AccountRow { seen: Some(self.now), revision: account.revision + 1, ..account };
        let seen = Changes { accounts: vec![store::AccountChange::Account(account)], ..Changes::default() };
        assert_eq!(self.world.record.store().settle_blocking(seen), store::Settled::Done);
        self.now = self.now.plus_minutes(1);
        assert_eq!(self.world.record.turn_applications(self.now).unwrap(), 1);
        assert_eq!(self.mine().state, State::Active);
    }

    /// What the desk owes.
    fn owed(&self) -> Vec<ObligationRow> {
        let open =
            ObligationFilter { open: Some(true), kind: Some("application".into()), ..Default::default() };
        self.world.record.store().view().unwrap().obligations(&open, 100, 0).unwrap()
    }

    /// As somebody of another profession, of whom no register says anything.
    fn fill_as(&self, profession: &str, unlisted: &str) {
        self.fill();
        let licence = Licence {
            handle: HANDLE.to_vec(),
            profession: profession.into(),
            unlisted: unlisted.into(),
            family: "Kestrel".into(),
            given: "Bram".into(),
            licence: "77".into(),
        };
        self.world.record.act(&self.anybody(), licence).unwrap();
    }

    fn checked(&self) {
        let check = CheckLicence { application: id(), evidence: "The registrar said so today".into() };
        self.world.record.act(&self.coordinator("heron", "Heron, Pia"), check).unwrap();
    }

    fn verified_by_video(&self) {
        let verify = Verify { application: id(), method: "video".into(), evidence: "Passport 412".into() };
        self.world.record.act(&self.coordinator("heron", "Heron, Pia"), verify).unwrap();
    }
}

#[test]
fn s028_h80_the_desk_suspends_opens_again_and_ends_an_access_and_the_account_goes_with_it() {
    let mut desk = Desk::new("keeping");
    desk.fill();
    desk.through();
    let (heron, why) = (desk.coordinator("heron", "Heron, Pia"), "Two places at once".to_owned());
    let suspend = || SuspendAccess { application: id(), reason: why.clone() };
    assert!(desk.world.record.act(&heron, suspend()).is_err(), "nobody has signed in yet");
    desk.active();
    let heron = Context { now: desk.now, ..heron };
    let empty = SuspendAccess { application: id(), reason: " ".into() };
    assert!(desk.world.record.act(&heron, empty).is_err(), "a reason");
    let family = desk.coordinator("ada", "Kestrel, Ada");
    assert!(desk.world.record.act(&family, suspend()).is_err(), "not by their family");
    desk.world.record.act(&heron, suspend()).unwrap();
    assert_eq!((desk.mine().state, desk.account().state), (State::Suspended, AccountState::Suspended));
    let mail = desk.mail("access-suspended").expect("told");
    assert!(mail.contains(&why), "{mail}");
    let owed = desk.owed();
    assert_eq!(owed.len(), 1, "{owed:?}");
    let store::ObligationState::Open { due, .. } = &owed[0].state else { panic!("open") };
    assert_eq!(*due, desk.now.plus_minutes(90 * 24 * 60), "ninety days, then somebody else asks (AC9)");

    // Another coordinator has a reason of their own: lifting one leaves the other.
    let egret = Context { now: desk.now, ..desk.coordinator("egret", "Egret, Lou") };
    let more = SuspendAccess { application: id(), reason: "Lost badge".into() };
    desk.world.record.act(&egret, more).unwrap();
    let held = || desk.world.record.look(&heron, One { application: id() }).unwrap().holds.len();
    assert_eq!((desk.mine().state, held()), (State::Suspended, 2));
    let resume = |of: &str| ResumeAccess { application: id(), of: of.into(), reason: "Cleared".into() };
    desk.world.record.act(&heron, resume("egret")).unwrap();
    assert_eq!((desk.mine().state, held()), (State::Suspended, 1));
    assert!(desk.mine().history.last().unwrap().2.en.contains("stays suspended: Two places at once"));
    assert_eq!(desk.account().state, AccountState::Suspended);
    desk.world.record.act(&heron, resume("heron")).unwrap();
    assert_eq!((desk.mine().state, desk.account().state), (State::Active, AccountState::Active));
    assert_eq!(desk.owed(), [], "nothing is owed while it is in use");

    let end = || EndAccess { application: id(), reason: "Retired".into() };
    desk.world.record.act(&heron, end()).unwrap();
    assert_eq!((desk.mine().state, desk.account().state), (State::Ended, AccountState::Ended));
    assert!(desk.mail("access-ended").expect("told").contains("Retired"));
    assert!(desk.world.record.act(&heron, end()).is_err(), "once");
}

#[test]
fn s027_the_holder_is_invited_again_after_somebody_verified_who_asks_and_the_link_before_is_over() {
    let desk = Desk::new("keeping-invite");
    desk.fill();
    desk.through();
    let before = desk.account();
    let heron = desk.coordinator("heron", "Heron, Pia");
    let invite = |evidence: &str| InviteAgain {
        application: id(),
        method: "call-back".into(),
        evidence: evidence.into(),
    };
    assert!(desk.world.record.act(&heron, invite("")).is_err(), "how they were verified");
    desk.world.record.act(&heron, invite("He named the last four patients of Monday")).unwrap();
    let after = desk.account();
    assert_eq!(after.invitation, before.invitation + 1);
    let mail = desk.mail("invited-again").expect("sent");
    let link = mail.lines().find_map(|line| line.strip_prefix(INVITED)).expect("a link");
    let bound = TokenKey(KEY).read_invitation(link).expect("ours");
    assert_eq!((bound.account, bound.number), (after.id, after.invitation));
}

#[test]
fn s037_a_chiropractor_comes_through_with_a_scope_of_their_own() {
    let desk = Desk::new("keeping-chiropractor");
    desk.fill_as("chiropractor", "");
    desk.send().unwrap();
    assert_eq!(desk.mine().state, State::Submitted, "the register has nobody of this number");
    desk.checked();
    desk.verified_by_video();
    desk.approve(desk.asked(), true).unwrap();
    assert_eq!((desk.mine().state, desk.roles()), (State::Provisioned, vec!["chiropractor".to_owned()]));
}

#[test]
fn s035_an_unlisted_profession_waits_at_the_desk_until_a_coordinator_grants_it_with_a_reason() {
    let desk = Desk::new("keeping-unlisted");
    desk.fill_as(UNLISTED, "Optometrist");
    desk.send().unwrap();
    desk.checked();
    desk.verified_by_video();
    desk.approve(desk.asked(), true).unwrap();
    assert_eq!(desk.mine().state, State::Eligible, "nothing is granted by the machine");
    assert_eq!(desk.world.record.turn_applications(desk.now.plus_minutes(20)).unwrap(), 0);
    assert_eq!(desk.owed().len(), 1, "the desk owes a decision");
    let grant = |reason: &str| GrantAccess { application: id(), reason: reason.into() };
    let heron = desk.coordinator("heron", "Heron, Pia");
    assert!(desk.world.record.act(&heron, grant(" ")).is_err(), "a reason");
    desk.world.record.act(&heron, grant("Eye clinic of the county; privacy desk asked")).unwrap();
    let roles = vec![GRANTED_TO_UNLISTED.code().to_owned()];
    assert_eq!((desk.mine().state, desk.roles()), (State::Provisioned, roles));
    assert_eq!(desk.account().licence, "", "a number without its regulator tells nobody apart");
    // What the catalogue lists is not granted by hand.
    let listed = Desk::new("keeping-listed");
    listed.fill();
    listed.send().unwrap();
    assert!(listed.world.record.act(&heron, grant("As well")).is_err());
}

#[test]
fn s044_a_workplace_that_no_list_names_is_seen_by_the_desk_also_where_the_employer_verified() {
    let desk = Desk::new("keeping-unseen");
    desk.fill();
    let contact = |name: &str, email: &str| Contact { name: name.into(), email: email.into() };
    let places = Workplaces {
        handle: HANDLE.to_vec(),
        places: Vec::new(),
        other: "Quay Pharmacy".into(),
        administrators: vec![contact("Gull, Ada", "gull@y.example"), contact("Rail, Ono", "rail@y.example")],
    };
    desk.world.record.act(&desk.anybody(), places).unwrap();
    // The employer's ticket brought the identity.
    let row = desk.world.record.store().view().unwrap().application(id()).unwrap().unwrap();
    let mut facts = facts_of(&row).unwrap();
    facts.identity = Some(clinical::enrolment::IdentityHeld {
        method: "badge".into(),
        evidence: "badge 4417".into(),
        by: "it-self-service".into(),
        at: desk.now,
    });
    let row = store::ApplicationRow {
        facts: serde_json::to_string(&facts).unwrap(),
        meets: None,
        revision: row.revision + 1,
        ..row
    };
    let changes = Changes { enrolment: vec![store::EnrolmentChange::Application(row)], ..Changes::default() };
    assert_eq!(desk.world.record.store().settle_blocking(changes), store::Settled::Done);
    desk.send().unwrap();
    assert_eq!(desk.mine().state, State::Complete, "the desk looks at the addresses first");
    assert!(desk.mail("approve").is_none() && desk.owed().len() == 1);
    desk.verify(&desk.coordinator("heron", "Heron, Pia")).unwrap();
    desk.approve(desk.asked(), true).unwrap();
    assert_eq!(desk.mine().state, State::Provisioned);
}

#[test]
fn l01_what_is_done_by_a_browsers_secret_names_its_application_in_the_log() {
    let desk = Desk::new("keeping-log");
    desk.fill();
    desk.send().unwrap();
    let rows = desk.world.record.store().view().unwrap().audit_tail(100).unwrap();
    for what in ["licence", "workplaces", "identity", "module", "send"] {
        let object = format!("application/{}/{what}", id());
        assert!(rows.iter().any(|(_, row)| row.object == object), "{object}: {rows:?}");
    }
}

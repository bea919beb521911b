//! Applications by what who applies, managers, the desk and time do with them, over a record in a folder of its own.

mod keeping;
mod mails;
mod meeting;

use super::*;
use crate::chart::tests::World;
use crate::context::{Actor, Context};
use crate::enrolment::links::ApproveLink;
use crate::mailing;
use crate::record::machine;
use crate::sign_in::TokenKey;
use clinical::access::{Purpose, Role};
use clinical::directory::{Change, Fact, NumberKind, Practitioner, ProviderNumber};
use clinical::enrolment::scenes::{Next, scenes};
use clinical::enrolment::{Contact, Need, State, Tongue};
use fhir::Instant;
use store::{ApplicationId, Changes, FacilityChange, RegisterFile};

const REGISTER: &str = "regulator,licence,family,status,until,given,place,call_back\n\
    NSPR,P-1001,Kestrel,active,,Bram,Harbourview,902 555 0133\n\
    NSPR,P-1002,Dunlin,suspended,,Ruth,Harbourview,902 555 0134\n";
const PLACES: &str =
    "place,name,email\nPLACE,\"Gull, Éva\",gull@x.example\nPLACE,\"Rail, Otto\",rail@x.example\n";
const KEY: [u8; 32] = [7; 32];
const HANDLE: [u8; 32] = [1; 32];

struct Desk {
    world: World,
    place: String,
    now: Instant,
}

impl Desk {
    fn new(name: &str) -> Self {
        let world = World::new(name);
        let place = world
            .record
            .directory()
            .places()
            .find(|place| place.kind != clinical::directory::PlaceKind::Hospital)
            .expect("a place")
            .id
            .clone();
        let now = world.clock;
        let file = |register: &str, body: String| {
            FacilityChange::Register(RegisterFile {
                register: register.into(),
                at: now,
                digest: Vec::new(),
                body,
            })
        };
        let changes = Changes {
            facility: vec![
                file(LICENCES, REGISTER.to_owned()),
                file(ADMINISTRATORS, PLACES.replace("PLACE", &place)),
            ],
            ..Changes::default()
        };
        assert_eq!(world.record.store().settle_blocking(changes), store::Settled::Done);
        Self { world, place, now }
    }

    fn anybody(&self) -> Context {
        machine("application", self.now)
    }

    fn coordinator(&self, id: &str, name: &str) -> Context {
        let actor = Actor {
            through: None,
            id: id.into(),
            role: Role::Coordinator,
            name: name.into(),
            practitioner: None,
        };
        Context { actor, purpose: Purpose::Operations, now: self.now }
    }

    fn mine(&self) -> MineView {
        self.world.record.look(&self.anybody(), Mine { handle: HANDLE.to_vec() }).expect("an application")
    }

    /// What the latest mail of a sort to an address says, filled in.
    fn mail(&self, sort: &str) -> Option<String> {
        let mails = mailing::Mails { key: TokenKey(KEY), portal: String::new() };
        let all = self.world.record.look(&self.anybody(), mails).unwrap();
        all.into_iter().find(|mail| mail.sort == sort).map(|mail| mail.body)
    }

    fn code(&self) -> String {
        let body = self.mail("code").expect("a code");
        body.split_whitespace()
            .find(|word| word.trim_end_matches('.').parse::<u32>().is_ok())
            .unwrap()
            .to_owned()
    }

    fn begin(&self, address: &str) -> Result<(), Refusal> {
        let begin = Begin { handle: HANDLE.to_vec(), address: address.into(), tongue: Tongue::En };
        self.world.record.act(&self.anybody(), begin)
    }

    fn prove(&self, code: &str) -> Result<(), Refusal> {
        let prove = Prove {
            key: TokenKey(KEY),
            handle: HANDLE.to_vec(),
            code: code.into(),
            id: ApplicationId::of(*b"12345678"),
        };
        self.world.record.act(&self.anybody(), prove)
    }

    fn licence(&self, family: &str, number: &str) {
        let licence = Licence {
            handle: HANDLE.to_vec(),
            profession: "pharmacist".into(),
            unlisted: String::new(),
            family: family.into(),
            given: "Bram".into(),
            licence: number.into(),
        };
        self.world.record.act(&self.anybody(), licence).unwrap();
    }

    fn scenes(&self) {
        while let (Next::Ask { scene, .. }, None) = (self.mine().next, self.mine().facts.module) {
            let right = (1..=4).find(|choice| scene.is_right(*choice)).unwrap();
            let answer = Scene { handle: HANDLE.to_vec(), scene: scene.code.clone(), choice: right };
            self.world.record.act(&self.anybody(), answer).unwrap();
        }
    }

    /// Everything that is filled in, up to sending.
    fn fill(&self) {
        self.begin("bram.kestrel@x.example").unwrap();
        self.prove(&self.code()).unwrap();
        self.licence("Kestrel", "p1001");
        let places = Workplaces {
            handle: HANDLE.to_vec(),
            places: vec![self.place.clone()],
            other: String::new(),
            administrators: Vec::new(),
        };
        self.world.record.act(&self.anybody(), places).unwrap();
        let way = Way { handle: HANDLE.to_vec(), method: "call-back".into() };
        self.world.record.act(&self.anybody(), way).unwrap();
        self.scenes();
    }

    fn send(&self) -> Result<(), Refusal> {
        let send = Send {
            handle: HANDLE.to_vec(),
            read: vec!["nsh".into(), "iwk".into()],
            signature: "bram kestrel".into(),
            on_paper: false,
        };
        self.world.record.act(&self.anybody(), send)
    }

    fn verify(&self, by: &Context) -> Result<(), Refusal> {
        let id = ApplicationId::of(*b"12345678");
        let verify = Verify { application: id, method: "call-back".into(), evidence: "He answered".into() };
        self.world.record.act(by, verify)
    }

    /// The link that an administrator has in their mail.
    fn asked(&self) -> String {
        let body = self.mail("approve").expect("asked");
        body.lines().find_map(|line| line.strip_prefix("/join/yes/")).expect("a link").to_owned()
    }

    fn approve(&self, token: String, yes: bool) -> Result<(), Refusal> {
        self.world.record.act(&self.anybody(), Approve { key: TokenKey(KEY), token, yes })
    }
}

#[test]
fn s028_an_online_application_comes_to_an_account_and_its_first_sign_in_makes_it_active() {
    let mut desk = Desk::new("enrolment-online");
    desk.fill();
    assert_eq!(desk.mine().facts.applicant.name(), "Kestrel, Bram", "the register knows the given name");
    desk.send().unwrap();
    assert_eq!(
        (desk.mine().state, desk.mine().missing),
        (State::Complete, vec![Need::Identity, Need::Eligibility])
    );
    let heron = desk.coordinator("heron", "Heron, Pia");
    desk.verify(&heron).unwrap();
    assert_eq!(desk.mine().state, State::IdentityVerified);
    let link = desk.asked();
    desk.approve(link.clone(), true).unwrap();
    assert_eq!((desk.mine().state, desk.mine().missing.len()), (State::Provisioned, 0));
    assert!(desk.approve(link, true).is_err(), "answered once");
    let ready = desk.mail("ready").expect("told");
    assert!(ready.contains("/sign-in/invited/u"), "{ready}");

    // Nobody is reminded of what was answered, and nothing is owed but the mails that wait to go out.
    let view = desk.world.record.store().view().unwrap();
    let row = view.application(ApplicationId::of(*b"12345678")).unwrap().unwrap();
    let account = view.account(&row.account).unwrap().expect("an account");
    assert_eq!((account.name.as_str(), account.licence.as_str()), ("Kestrel, Bram", "NSPR|P1001"));
    let open = store::ObligationFilter { open: Some(true), ..Default::default() };
    let kinds: Vec<String> =
        view.obligations(&open, 100, 0).unwrap().into_iter().map(|row| row.kind).collect();
    assert!(kinds.iter().all(|kind| kind == "mail-out"), "{kinds:?}");
    let waiting = view.mails_waiting(desk.now.plus_minutes(10_000), 100).unwrap();
    assert!(waiting.iter().all(|mail| mail.sort != "approve-reminder"));
    drop(view);
    let due = desk.world.record.mails_due(&TokenKey(KEY), "https://x", desk.now).unwrap();
    assert_eq!(due.len(), 4, "{due:?}");
    for mail in due {
        let handed = mailing::Fate::Handed("250 kept as 7".to_owned());
        desk.world.record.mail_met(mail.obligation, &handed, desk.now).unwrap();
    }
    let view = desk.world.record.store().view().unwrap();
    assert_eq!(view.obligations(&open, 100, 0).unwrap(), [], "nothing is owed any more");
    drop(view);

    let account = store::AccountRow { seen: Some(desk.now), revision: account.revision + 1, ..account };
    let seen = Changes { accounts: vec![store::AccountChange::Account(account)], ..Changes::default() };
    assert_eq!(desk.world.record.store().settle_blocking(seen), store::Settled::Done);
    desk.now = desk.now.plus_minutes(1);
    assert_eq!(desk.world.record.turn_applications(desk.now).unwrap(), 1);
    assert_eq!(desk.mine().state, State::Active);
    assert_eq!(desk.world.record.turn_applications(desk.now).unwrap(), 0, "once");

    // What suspends the account and opens it again, whoever it is, does so to the application.
    let view = desk.world.record.store().view().unwrap();
    let account = view.application(ApplicationId::of(*b"12345678")).unwrap().unwrap().account;
    drop(view);
    let why = || clinical::words::Words::new("Under review.", "À l'étude.");
    let by = desk.coordinator("heron", "Heron, Pia");
    let suspend = crate::accounts::Suspend { account: account.clone(), reason: why() };
    desk.world.record.act(&by, suspend).unwrap();
    assert_eq!(desk.world.record.turn_applications(desk.now).unwrap(), 1);
    assert_eq!(desk.mine().state, State::Suspended);
    assert_eq!(desk.mine().history.last().unwrap().2, why());
    let resume = crate::accounts::Resume { account: account.clone(), of: String::new(), reason: why() };
    desk.world.record.act(&by, resume).unwrap();
    assert_eq!(desk.world.record.turn_applications(desk.now).unwrap(), 1);
    assert_eq!(desk.mine().state, State::Active);
    desk.world.record.act(&by, crate::accounts::End { account, reason: why() }).unwrap();
    assert_eq!(desk.world.record.turn_applications(desk.now).unwrap(), 1);
    assert_eq!(desk.mine().state, State::Ended);
    assert_eq!(desk.world.record.turn_applications(desk.now).unwrap(), 0, "once");
}

#[test]
fn s036_a_link_to_go_on_is_good_once_for_some_days_and_until_the_address_is_proved_anew() {
    let mut desk = Desk::new("enrolment-links");
    desk.begin("bram.kestrel@x.example").unwrap();
    desk.prove(&desk.code()).unwrap();
    let link = |desk: &Desk, number: i64| {
        let application = ApplicationId::of(*b"12345678");
        TokenKey(KEY).resume_token(ResumeLink { application, number, at: desk.now.0 })
    };
    let goes_on = |desk: &Desk, token: &str| {
        let resume = Resume { key: TokenKey(KEY), token: token.into(), handle: HANDLE.to_vec() };
        desk.world.record.act(&desk.anybody(), resume).is_ok()
    };
    let mailed = desk.mail("resume").expect("a link");
    let mailed = mailed.lines().find_map(|line| line.strip_prefix("/join/go/")).expect("a link").to_owned();
    assert_eq!(mailed, link(&desk, 0));
    assert_eq!((goes_on(&desk, &mailed), goes_on(&desk, &mailed)), (true, false), "once");
    let second = link(&desk, 1);
    desk.now = desk.now.plus_minutes(1);
    desk.begin("bram.kestrel@x.example").unwrap();
    desk.prove(&desk.code()).unwrap();
    assert!(!goes_on(&desk, &second), "whoever has the address proved it since");
    let third = link(&desk, 2);
    desk.now = desk.now.plus_minutes(links::RESUME_DAYS * 24 * 60);
    assert!(!goes_on(&desk, &third), "too old");
    assert!(goes_on(&desk, &link(&desk, 2)));
}

#[test]
fn s037_one_licence_is_one_account_however_its_number_is_written() {
    let desk = Desk::new("enrolment-one-licence");
    let provision = |application: &str, licence: &str, address: &str| crate::accounts::keeping::Provision {
        application: application.into(),
        name: "Kestrel, Bram".into(),
        address: address.into(),
        licence: licence.into(),
        grants: Vec::new(),
    };
    let by = machine("opor enrolment", desk.now);
    for (n, licence) in ["NSPR|P-1001", "nspr|p1001", "NSPR| P 1001"].into_iter().enumerate() {
        let act = provision(&format!("a{n}"), licence, &format!("bram{n}@x.example"));
        desk.world.record.act(&by, act).unwrap();
    }
    let view = desk.world.record.store().view().unwrap();
    let all = view.accounts_after("", 10).unwrap();
    assert_eq!(all.iter().map(|row| row.licence.as_str()).collect::<Vec<_>>(), ["NSPR|P1001"]);
}

#[test]
fn s037_a_doctor_whom_the_directory_does_not_know_waits_for_a_coordinator_to_say_who_it_is() {
    let desk = Desk::new("enrolment-tie");
    let number =
        ProviderNumber { authority: "NSCPS".into(), value: "014999".into(), kind: NumberKind::Licence };
    let doctor = Practitioner {
        id: "p-kestrel".into(),
        family: "Kestrel".into(),
        given: "Bram".into(),
        numbers: vec![number],
    };
    // The store's directory begins here: everything that the fixture knows, and the doctor.
    let mut changes = clinical::directory::Directory::default().difference(&desk.world.record.directory());
    changes.push(Change::Set(Fact::Practitioner(doctor.clone())));
    let load = crate::directory::Load { changes, source: "register".into(), reason: "known".into() };
    let steward = Actor { role: Role::DirectorySteward, ..desk.coordinator("tern", "Tern, Al").actor };
    let steward = Context { actor: steward, ..desk.coordinator("tern", "Tern, Al") };
    desk.world.record.act(&steward, load).unwrap();
    let file = RegisterFile {
        register: LICENCES.into(),
        at: desk.now,
        digest: vec![1],
        body: format!("{REGISTER}CPSNS,99999,Kestrel,active,,Bram,Harbourview,902 555 0133\n"),
    };
    let changes = Changes { facility: vec![FacilityChange::Register(file)], ..Changes::default() };
    assert_eq!(desk.world.record.store().settle_blocking(changes), store::Settled::Done);
    desk.fill();
    let licence = Licence {
        handle: HANDLE.to_vec(),
        profession: "family-physician".into(),
        unlisted: String::new(),
        family: "Kestrel".into(),
        given: "Bram".into(),
        licence: "099999".into(),
    };
    desk.world.record.act(&desk.anybody(), licence).unwrap();
    desk.send().unwrap();
    let heron = desk.coordinator("heron", "Heron, Pia");
    desk.verify(&heron).unwrap();
    desk.approve(desk.asked(), true).unwrap();
    assert_eq!(desk.mine().state, State::Eligible, "no account before somebody says who it is");
    assert_eq!(
        desk.world.record.turn_applications(desk.now).unwrap(),
        0,
        "nor a round that writes for nothing"
    );
    let id = ApplicationId::of(*b"12345678");
    let view = desk.world.record.look(&heron, One { application: id }).unwrap();
    assert_eq!(view.may_be, Some(Vec::new()));
    let tie = |practitioner: &str, reason: &str| Tie {
        application: id,
        is: Is::said(Is::TYPED, practitioner),
        reason: reason.into(),
    };
    assert!(desk.world.record.act(&heron, tie(&doctor.id, " ")).is_err());
    for nobody in ["nobody", ""] {
        assert!(desk.world.record.act(&heron, tie(nobody, "The college says so.")).is_err(), "{nobody:?}");
    }
    desk.world.record.act(&heron, tie(&doctor.id, "The college says so.")).unwrap();
    assert_eq!(desk.mine().state, State::Provisioned);
    let view = desk.world.record.store().view().unwrap();
    let account = view.application(id).unwrap().unwrap().account;
    let grants = view.account_grants(&account).unwrap();
    assert!(!grants.is_empty() && grants.iter().all(|grant| grant.practitioner == doctor.id));
}

#[test]
fn s036_an_address_is_proved_by_its_code_and_is_one_persons() {
    let mut desk = Desk::new("enrolment-address");
    assert!(desk.begin("office@x.example").is_err());
    desk.begin("bram.kestrel@x.example").unwrap();
    let code = desk.code();
    let other = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        desk.prove(other).unwrap();
    }
    assert!(desk.world.record.look(&desk.anybody(), Mine { handle: HANDLE.to_vec() }).is_err());
    desk.prove(&code).unwrap();
    assert_eq!(desk.mine().state, State::Draft);
    // Whoever proves the same address goes on with the same application.
    desk.now = desk.now.plus_minutes(1);
    desk.begin("BRAM.kestrel@x.example").unwrap();
    desk.prove(&desk.code()).unwrap();
    let view = desk.world.record.store().view().unwrap();
    assert_eq!(view.applications_at("bram.kestrel@x.example").unwrap().len(), 1);
    drop(view);
    for _ in 0..3 {
        desk.now = desk.now.plus_minutes(1);
        desk.begin("bram.kestrel@x.example").unwrap();
    }
    assert!(desk.begin("bram.kestrel@x.example").is_err(), "five in an hour are enough");
    desk.now = desk.now.plus_minutes(61);
    desk.begin("bram.kestrel@x.example").unwrap();
}

#[test]
fn s036_after_five_wrong_codes_the_right_one_is_good_no_more() {
    let desk = Desk::new("enrolment-tries");
    desk.begin("bram.kestrel@x.example").unwrap();
    let code = desk.code();
    let other = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        desk.prove(other).unwrap();
    }
    assert!(desk.prove(&code).is_err());
}

#[test]
fn s044_no_coordinator_verifies_themselves_or_their_family_and_a_refusal_is_appealed_to_another() {
    let desk = Desk::new("enrolment-desk");
    desk.fill();
    desk.send().unwrap();
    for (id, name) in [("bram", "Kestrel, Bram"), ("ada", "Kestrel, Ada")] {
        assert!(desk.verify(&desk.coordinator(id, name)).is_err(), "{name}");
    }
    let heron = desk.coordinator("heron", "Heron, Pia");
    let refuse =
        Refuse { application: ApplicationId::of(*b"12345678"), reason: "Not at this pharmacy.".into() };
    desk.world.record.act(&heron, refuse).unwrap();
    assert_eq!((desk.mine().state, desk.mine().may_appeal), (State::Ended, true));
    let appeal = || Appeal { handle: HANDLE.to_vec(), words: "I began there on Monday.".into() };
    desk.world.record.act(&desk.anybody(), appeal()).unwrap();
    assert_eq!(desk.mine().state, State::Complete);
    assert!(desk.world.record.act(&desk.anybody(), appeal()).is_err(), "once");
    assert!(desk.verify(&heron).is_err(), "not on appeal from oneself");
    desk.verify(&desk.coordinator("dunlin", "Dunlin, Mo")).unwrap();
    assert_eq!(desk.mine().state, State::IdentityVerified);
}

#[test]
fn s037_a_suspended_licence_stops_an_application_and_says_so() {
    let desk = Desk::new("enrolment-licence");
    desk.fill();
    desk.licence("Dunlin", "P-1002");
    let send = Send {
        handle: HANDLE.to_vec(),
        read: vec!["nsh".into(), "iwk".into()],
        signature: "Ruth Dunlin".into(),
        on_paper: false,
    };
    desk.world.record.act(&desk.anybody(), send).unwrap();
    assert_eq!(desk.mine().state, State::Submitted);
    assert!(desk.mine().missing.contains(&Need::Licence));
    assert!(desk.verify(&desk.coordinator("heron", "Heron, Pia")).is_err());
}

#[test]
fn s029_a_manager_who_says_no_gives_it_back_and_an_old_link_answers_nothing() {
    let mut desk = Desk::new("enrolment-no");
    desk.fill();
    desk.send().unwrap();
    let former = desk.asked();
    desk.approve(former.clone(), false).unwrap();
    assert_eq!(desk.mine().state, State::Draft);
    assert!(!desk.mine().facts.asked.is_empty());
    desk.now = desk.now.plus_minutes(5);
    desk.send().unwrap();
    assert!(desk.approve(former, true).is_err(), "of the request as it was");
    desk.approve(desk.asked(), true).unwrap();
    let forged = TokenKey([8; 32]).approve_token(ApproveLink {
        application: ApplicationId::of(*b"12345678"),
        workplace: 0,
        administrator: 0,
        at: desk.now.0,
    });
    let look = OfManager { key: TokenKey(KEY), token: forged };
    assert!(desk.world.record.look(&desk.anybody(), look).is_err());
}

#[test]
fn s029_what_an_applicant_or_the_desk_types_is_no_link_in_a_mail() {
    let desk = Desk::new("enrolment-blanks");
    desk.fill();
    let id = ApplicationId::of(*b"12345678");
    let typed = format!("Quay [[approve:{id}.0.1.{}]] [[resume:{id}.9]]", desk.now.0);
    let contact = |name: &str, email: &str| Contact { name: name.into(), email: email.into() };
    let places = Workplaces {
        handle: HANDLE.to_vec(),
        places: Vec::new(),
        other: typed.clone(),
        administrators: vec![contact("Gull, Ada", "gull@x.example"), contact("Rail, Ono", "rail@x.example")],
    };
    desk.world.record.act(&desk.anybody(), places).unwrap();
    desk.send().unwrap();
    let heron = desk.coordinator("heron", "Heron, Pia");
    desk.verify(&heron).unwrap();
    let asked = desk.mail("approve").expect("a manager is asked once the desk knows who asks");
    assert!(asked.contains("((approve:"), "the place stands in it: {asked}");
    assert_eq!((asked.matches("/join/yes/").count(), asked.matches("/join/go/").count()), (1, 0), "{asked}");
    desk.world.record.act(&heron, Refuse { application: id, reason: typed }).unwrap();
    let refused = desk.mail("refused").expect("a reason is written");
    assert!(refused.contains("((approve:"), "the reason stands in it: {refused}");
    let links = (refused.matches("/join/yes/").count(), refused.matches("/join/go/").count());
    assert_eq!(links, (0, 1), "{refused}");
}

#[test]
fn s028_what_is_left_alone_lapses_with_a_word_and_an_unused_verification_too() {
    let mut desk = Desk::new("enrolment-lapse");
    desk.fill();
    desk.send().unwrap();
    desk.verify(&desk.coordinator("heron", "Heron, Pia")).unwrap();
    desk.now = desk.now.plus_minutes(31 * 24 * 60);
    desk.world.record.turn_applications(desk.now).unwrap();
    assert_eq!((desk.mine().state, desk.mine().facts.identity), (State::Complete, None));
    let back = GiveBack { application: ApplicationId::of(*b"12345678"), question: "Which place?".into() };
    desk.world.record.act(&desk.coordinator("heron", "Heron, Pia"), back).unwrap();
    desk.now = desk.now.plus_minutes(31 * 24 * 60);
    desk.world.record.turn_applications(desk.now).unwrap();
    assert_eq!(desk.mine().state, State::Ended);
    assert!(desk.mail("lapsed").is_some());
    assert!(scenes().len() >= 12);
}

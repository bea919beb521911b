//! What a line makes of itself: doubted by what comes back, shown to its practice, live only after its test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::deliveries::{PauseDestination, Reply, ResumeDestination};
use actions::directory::mine::{AbsenceKind, Attest, Mine, Update, Wanted};
use actions::directory::{Confirm, Decide, Load, Overview, Weigh, Written};
use actions::home::Home;
use actions::intake::Door;
use actions::practice::{Destinations, Resend, ResendTrial, Status};
use actions::reconcilers::Reconcilers;
use actions::sign_in::TokenKey;
use actions::values::{Purpose, Role};
use actions::{Actor, Context, RefusalKind};
use clinical::directory::{Directory, REFUSALS_IN_A_ROW};
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use store::{ObligationFilter, ObligationRow, OutboxFilter, OutboxState};

const NOW: Instant = Instant(1_795_356_300_000_000);

const DIRECTORY: &str = r#"
[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"
[[endpoint]]
id = "hill-emr"
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"
fallback = ["hill-fax"]
[[endpoint]]
id = "hill-fax"
place = "hill"
kind = "fax"
address = "902 555 0100"
[[practitioner]]
id = "p-hill"
family = "Hill"
given = "Ana"
numbers = [ { authority = "NSMD", value = "7000" } ]
[[role]]
practitioner = "p-hill"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
primary = true
from = "2000-01-01"
"#;

impl Fixture {
    fn new() -> Self {
        let world = Self::over("practice", Directory::default());
        let wanted = Directory::from_toml(DIRECTORY).unwrap();
        assert!(world.record.first_directory(&wanted, "directory.toml", NOW).unwrap().is_empty());
        world
    }

    fn file(&self, control_id: &str) {
        let text = format!(
            "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|{control_id}|P|2.5.1\r\
             PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
             OBR|1|P-{control_id}|L-{control_id}|2823-3^Potassium^LN|||20261120093000-0400|||||||||7000^Hill^Ana^^^^^^NSMD||||||20261120100000-0400||CH|F\r\
             OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20261120093000-0400\r"
        );
        accept(&self.record, &Door::BySender, text, NOW);
        interpret(&self.record, NOW);
    }

    fn answer(&self, destination: &str, reply: &Reply, now: Instant) -> usize {
        let offers = self.record.offers_due(destination, now, 99).unwrap();
        offers.iter().for_each(|offer| self.record.offer_answered(offer, reply, now).unwrap());
        offers.len()
    }

    fn owed(&self, kind: &str) -> Vec<ObligationRow> {
        let filter = ObligationFilter { kind: Some(kind.into()), open: Some(true), ..Default::default() };
        self.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    }

    fn waiting(&self, destination: &str) -> usize {
        let destination = Some(destination.to_owned());
        let filter =
            OutboxFilter { destination, state: Some(OutboxState::Waiting), ..OutboxFilter::default() };
        self.store.view().unwrap().outbox(&filter, 1_000).unwrap().len()
    }
}

fn at(role: Role, practitioner: Option<&str>, now: Instant) -> Context {
    let actor = Actor {
        through: None,
        id: "somebody".into(),
        role,
        name: "Steward, Ada".into(),
        practitioner: practitioner.map(str::to_owned),
    };
    Context { actor, purpose: Purpose::Operations, now }
}

fn steward() -> Context {
    at(Role::DirectorySteward, None, NOW)
}

#[test]
fn s019_a_line_that_refuses_several_in_a_row_is_doubted_once_and_not_again_on_the_day_it_was_confirmed() {
    let world = Fixture::new();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    let refused = Reply::Rejected { text: "closed".into() };
    let file = |n: u32| {
        world.file(&n.to_string());
        world.answer("hill-emr", &refused, NOW)
    };
    assert_eq!((1..REFUSALS_IN_A_ROW as u32).map(file).sum::<usize>(), REFUSALS_IN_A_ROW - 1);
    let mut round = |minutes| assert_eq!(reconcilers.round(NOW.plus_minutes(minutes)), Vec::new());
    round(0);
    assert!(world.owed("directory").is_empty(), "so far it may be the messages");
    file(50);
    round(1);
    round(2);
    let [doubt] = world.owed("directory").try_into().unwrap();
    assert!(doubt.words.contains("5 deliveries in a row were refused"), "{}", doubt.words);
    assert!(
        matches!(doubt.state, store::ObligationState::Open { ref owner, .. } if owner == "desk:directory")
    );
    world.file("60");
    assert_eq!((world.waiting("hill-emr"), world.waiting("hill-fax")), (0, 1));
    world.record.act(&steward(), Confirm { contact: "line-hill-emr".into() }).unwrap();
    round(3);
    assert!(world.owed("directory").is_empty(), "what was refused before says nothing any more");
}

#[test]
fn s019_a_line_that_took_something_since_is_not_doubted() {
    let world = Fixture::new();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    for n in 0..2 * REFUSALS_IN_A_ROW {
        world.file(&n.to_string());
        world.answer("hill-emr", &Reply::Rejected { text: "not this one".into() }, NOW);
    }
    world.file("taken");
    world.answer("hill-emr", &Reply::Accepted { text: String::new() }, NOW);
    assert_eq!(reconcilers.round(NOW), Vec::new());
    assert!(world.owed("directory").is_empty());
}

#[test]
fn rt10_a_practice_sees_its_own_counts_by_its_link_alone_and_nothing_of_a_patient() {
    let world = Fixture::new();
    let key = TokenKey([7; 32]);
    (0..3).for_each(|n| world.file(&n.to_string()));
    let offers = world.record.offers_due("hill-emr", NOW, 1).unwrap();
    world.record.offer_answered(&offers[0], &Reply::Accepted { text: String::new() }, NOW).unwrap();
    let look = |token: String| {
        let machine = actions::record::machine("practice page", NOW.plus_minutes(5));
        world.record.look(&machine, Status { key: key.clone(), token })
    };
    let seen = look(key.practice_token("hill")).unwrap();
    let [line] = seen.types.as_slice() else { panic!("{:?}", seen.types) };
    assert_eq!((line.what.en.as_str(), line.sent, line.accepted, line.waiting), ("Results", 3, 1, 2));
    assert_eq!((line.oldest, seen.waiting_since), (Some(NOW), Some(NOW)));
    assert_eq!(
        (seen.place.as_str(), seen.ways.len(), seen.people[0].0.as_str()),
        ("Hill Clinic", 2, "Hill, Ana")
    );
    let said = format!("{seen:?}");
    assert!(["Drake", "Mona", "100001", "Potassium"].iter().all(|word| !said.contains(word)), "{said}");
    let guessed = ["".to_owned(), "hill".to_owned(), "é".to_owned(), key.practice_token("dale")];
    let other = TokenKey([8; 32]).practice_token("hill");
    let bearer = key.mint(Role::Machine, NOW.plus_minutes(60)).rsplit('.').next().unwrap().to_owned();
    for token in guessed.into_iter().chain([other, bearer]) {
        assert_eq!(look(token).unwrap_err().kind, RefusalKind::NotFound);
    }
}

#[test]
fn s019_a_new_line_goes_live_only_after_it_acknowledged_its_test_result() {
    let world = Fixture::new();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    let line = |state: &str, port: u16| {
        format!(
            "[[endpoint]]\nid = \"hill-new\"\nplace = \"hill\"\nkind = \"mllp\"\naddress = \"127.0.0.1:{port}\"\nstate = \"{state}\"\n"
        )
    };
    let decide = |text: String, minutes: i64| {
        let context = at(Role::DirectorySteward, None, NOW.plus_minutes(minutes));
        let why = format!("asked at minute {minutes}");
        world.record.act(&context, Written { text, why }).unwrap();
        let open = world.record.look(&context, Overview::default()).unwrap().proposals;
        let last = open.iter().max_by_key(|one| one.at).unwrap().id;
        let seen = world.record.look(&context, Weigh { proposal: last }).unwrap().number;
        let decision = Decide { proposal: last, apply: true, reason: "by telephone".into(), seen };
        let done = world.record.act(&context, decision);
        if done.is_err() {
            let dismissal = Decide { proposal: last, apply: false, reason: "not tested".into(), seen };
            world.record.act(&context, dismissal).unwrap();
        }
        done.map_err(|refusal| refusal.words.en)
    };
    assert!(decide(line("live", 2), 1).unwrap_err().contains("Propose it with state = \"trial\" first"));
    decide(line("trial", 2), 2).unwrap();
    assert!(decide(line("live", 2), 3).unwrap_err().contains("has not acknowledged a test result"));
    assert_eq!(reconcilers.round(NOW.plus_minutes(4)), Vec::new());
    assert!(decide(line("live", 2), 5).unwrap_err().contains("Waiting for its acknowledgement"));
    let taken = Reply::Accepted { text: String::new() };
    assert_eq!(world.answer("hill-new", &taken, NOW.plus_minutes(6)), 1, "the test result alone goes there");
    assert!(decide(line("live", 3), 7).unwrap_err().contains("something else than what was tested"));
    decide(line("live", 2), 8).unwrap();
    assert!(world.record.directory().endpoint("hill-new").unwrap().carries_on("2026-11-23"));
}

fn doctor(minutes: i64) -> Context {
    at(Role::FamilyDoctor, Some("p-hill"), NOW.plus_minutes(minutes))
}

/// A practice whose fax number is on file, with a number that is doubted and one of another place.
const CONTACTS: &str = r#"
[[place]]
id = "dale"
name = "Dale Clinic"
kind = "clinic"
[[contact]]
id = "c-fax"
of = "hill"
kind = "fax"
value = "(902) 555-0100"
source = "registration form"
verified_on = "2026-01-01"
next_check = "2026-07-01"
[[contact]]
id = "c-mail"
of = "p-hill"
kind = "email"
value = "ana@hill.example"
source = "registration form"
verified_on = "2026-01-01"
next_check = "2026-07-01"
doubt = { since = "2026-11-01", why = "mail came back" }
[[contact]]
id = "c-post"
of = "p-hill"
kind = "phone"
value = "902 555 0122"
source = "registration form"
verified_on = "2026-01-01"
next_check = "2026-07-01"
[[contact]]
id = "c-dale"
of = "dale"
kind = "phone"
value = "902 555 0199"
source = "registration form"
verified_on = "2026-01-01"
next_check = "2026-07-01"
"#;

fn with_contacts() -> Fixture {
    let world = Fixture::new();
    let after = Directory::from_toml(&format!("{DIRECTORY}{CONTACTS}")).unwrap();
    let changes = world.record.directory().difference(&after);
    let load = Load { changes, source: "form".into(), reason: "contacts".into() };
    world.record.act(&steward(), load).unwrap();
    world
}

#[test]
fn dr6_a_provider_confirms_what_is_theirs_and_proposes_the_rest() {
    let world = with_contacts();
    let seen = world.record.look(&doctor(1), Mine).unwrap();
    let ids: Vec<&str> = seen.contacts.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["c-fax", "c-mail", "c-post"], "not those of another practice");
    assert!(world.record.look(&at(Role::FamilyDoctor, None, NOW), Mine).is_err(), "nobody of the directory");

    world.record.act(&doctor(2), Attest).unwrap();
    let directory = world.record.directory();
    let verified = |id: &str| directory.contact(id).unwrap().verified_on.clone();
    assert_eq!(verified("c-post"), "2026-11-22");
    assert_eq!(verified("c-fax"), "2026-01-01", "what is a whole practice's is confirmed by itself");
    assert_eq!(verified("c-mail"), "2026-01-01", "what is doubted is confirmed by itself");
    assert_eq!(verified("c-dale"), "2026-01-01");

    let propose = |wanted: Wanted, minutes: i64| {
        let why = "we moved".to_owned();
        world.record.act(&doctor(minutes), Update { wanted, why }).map_err(|refusal| refusal.words.en)
    };
    let value = "902 555 0111".to_owned();
    assert!(
        propose(Wanted::Contact { contact: "c-dale".into(), value: value.clone() }, 3).is_err(),
        "not theirs"
    );
    for elsewhere in ["9025550111@/x", "902 555 0111 ext 3"] {
        let wanted = Wanted::Contact { contact: "c-fax".into(), value: elsewhere.into() };
        assert!(propose(wanted, 3).unwrap_err().contains("7 to 15 figures"));
    }
    propose(Wanted::Contact { contact: "c-fax".into(), value }, 3).unwrap();
    assert_eq!(world.record.directory().endpoint("hill-fax").unwrap().address, "902 555 0100", "it waits");
    let away = |from: &str| Wanted::Away {
        place: String::new(),
        kind: AbsenceKind::Leave,
        cover: String::new(),
        from: from.into(),
        to: "2026-12-27".into(),
    };
    assert!(propose(away("Christmas"), 4).unwrap_err().contains("is no day"));
    propose(away("2026-12-24"), 4).unwrap();
    assert_eq!(world.record.look(&doctor(5), Mine).unwrap().proposed.len(), 2);
    let copies = Wanted::Copies { endpoint: "hill-emr".into(), everybody: false, without: Vec::new() };
    propose(copies, 5).unwrap();
    assert!(propose(Wanted::Leaving { place: "dale".into(), last: "2026-12-31".into() }, 5).is_err());

    let desk = at(Role::DirectorySteward, None, NOW.plus_minutes(6));
    for proposal in world.record.look(&desk, Overview::default()).unwrap().proposals {
        let seen = world.record.look(&desk, Weigh { proposal: proposal.id }).unwrap().number;
        let reason = "called back".to_owned();
        world.record.act(&desk, Decide { proposal: proposal.id, apply: true, reason, seen }).unwrap();
    }
    let directory = world.record.directory();
    let fax = directory.endpoint("hill-fax").unwrap();
    assert_eq!(fax.address, "9025550111", "reports follow the number");
    assert!(!fax.carries_on("2026-11-23"), "once it has taken its test page");
    let direct =
        "[[endpoint]]\nid = \"hill-fax\"\nplace = \"hill\"\nkind = \"fax\"\naddress = \"9025550112\"\n";
    world.record.act(&desk, Written { text: direct.into(), why: "called".into() }).unwrap();
    let [line] = world.record.look(&desk, Overview::default()).unwrap().proposals.try_into().unwrap();
    let seen = world.record.look(&desk, Weigh { proposal: line.id }).unwrap().number;
    let decide = |apply| Decide { proposal: line.id, apply, reason: "called back".into(), seen };
    assert!(world.record.act(&desk, decide(true)).unwrap_err().words.en.contains("Change it on trial first"));
    world.record.act(&desk, decide(false)).unwrap();
    assert!(directory.absence_on("p-hill", None, "2026-12-25").is_some());
    let own = world.record.look(&doctor(7), Mine).unwrap();
    assert!(own.proposed.is_empty() && own.absences.len() == 1, "{own:?}");
    let back = Wanted::Back { absence: own.absences[0].id.clone(), last: "2026-12-20".into() };
    propose(back, 8).unwrap();
    let [line] = world.record.look(&desk, Overview::default()).unwrap().proposals.try_into().unwrap();
    assert!(
        line.facts[0].fields.iter().all(|field| field.new.is_none()),
        "an absence that ends before it begins is withdrawn"
    );
}

#[test]
fn x22_details_change_by_their_holder_or_in_writing_and_the_address_on_file_is_told() {
    let world = with_contacts();
    let stranger = at(Role::FamilyDoctor, None, NOW);
    let wanted = || Wanted::Contact { contact: "c-post".into(), value: "902 555 0111".into() };
    let update = || Update { wanted: wanted(), why: "I moved".into() };
    assert!(world.record.act(&stranger, update()).is_err(), "nobody of the directory");
    world.record.act(&doctor(1), update()).unwrap();
    let told = |world: &Fixture| -> Vec<(String, String)> {
        let mails = world.store.view().unwrap().mails_out(50).unwrap();
        let of = mails.into_iter().filter(|mail| mail.sort == "details-changed");
        of.map(|mail| (mail.recipient, mail.body)).collect()
    };
    assert_eq!(told(&world), [], "nothing holds before the desk has decided");
    let desk = at(Role::DirectorySteward, None, NOW.plus_minutes(2));
    let decide = |minutes: i64, reason: &str| {
        let desk = at(Role::DirectorySteward, None, NOW.plus_minutes(minutes));
        let [line] = world.record.look(&desk, Overview::default()).unwrap().proposals.try_into().unwrap();
        let seen = world.record.look(&desk, Weigh { proposal: line.id }).unwrap().number;
        let decide = Decide { proposal: line.id, apply: true, reason: reason.into(), seen };
        world.record.act(&desk, decide).unwrap();
    };
    decide(3, "asked for signed in");
    let first = told(&world);
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].0, "ana@hill.example");
    assert!(!first[0].1.contains("0111"), "a mail names what was changed, not to what: {}", first[0].1);
    // Somebody writes in their name that their mail goes elsewhere: the address from before is told.
    let forged = "[[contact]]\nid = \"c-mail\"\nof = \"p-hill\"\nkind = \"email\"\nvalue = \"ana@elsewhere.example\"\n\
        source = \"letter\"\nverified_on = \"2026-11-22\"\nnext_check = \"2027-05-21\"\n";
    world.record.act(&desk, Written { text: forged.into(), why: "letter of 2026-11-20".into() }).unwrap();
    decide(4, "letter of 2026-11-20");
    let both = told(&world);
    assert_eq!(both.iter().filter(|(to, _)| to == "ana@hill.example").count(), 2);
    assert!(both.iter().any(|(_, body)| body.contains("letter of 2026-11-20")), "{both:?}");
}

#[test]
fn x22_whose_reports_go_elsewhere_reads_it_at_home_and_whom_no_mail_reaches_is_told_by_the_desk() {
    let world = Fixture::new();
    // The mail of Ana Hill works; Ben Moss has none and Cy Dale's came back; Dee Firth works elsewhere.
    let people = r#"
[[place]]
id = "dale"
name = "Dale Clinic"
kind = "clinic"
[[endpoint]]
id = "dale-fax"
place = "dale"
kind = "fax"
address = "902 555 0300"
[[practitioner]]
id = "p-moss"
family = "Moss"
given = "Ben"
[[practitioner]]
id = "p-dale"
family = "Dale"
given = "Cy"
[[practitioner]]
id = "p-firth"
family = "Firth"
given = "Dee"
[[role]]
practitioner = "p-moss"
place = "hill"
role = "locum"
endpoint = "hill-emr"
from = "2000-01-01"
[[role]]
practitioner = "p-dale"
place = "hill"
role = "locum"
endpoint = "hill-emr"
from = "2000-01-01"
[[role]]
practitioner = "p-firth"
place = "dale"
role = "family-physician"
endpoint = "dale-fax"
from = "2000-01-01"
[[contact]]
id = "c-mail"
of = "p-hill"
kind = "email"
value = "ana@hill.example"
source = "registration form"
verified_on = "2026-10-01"
next_check = "2027-04-01"
[[contact]]
id = "c-cy"
of = "p-dale"
kind = "email"
value = "cy@hill.example"
source = "registration form"
verified_on = "2026-10-01"
next_check = "2027-04-01"
doubt = { since = "2026-11-01", why = "mail came back" }
"#;
    let before = format!("{DIRECTORY}{people}");
    let load = |from: &str, to: &str, minutes: i64| {
        let after = Directory::from_toml(&before.replace(from, to)).unwrap();
        let changes = world.record.directory().difference(&after);
        let load = Load { changes, source: "form".into(), reason: format!("call {minutes}") };
        world.record.act(&at(Role::DirectorySteward, None, NOW.plus_minutes(minutes)), load).unwrap();
    };
    let told = |from: usize| -> Vec<String> {
        let mails = world.store.view().unwrap().mails_out(50).unwrap();
        let mut to: Vec<String> = mails
            .into_iter()
            .filter(|mail| mail.sort == "details-changed" && mail.subject.contains("elsewhere"))
            .map(|mail| mail.recipient)
            .collect();
        to.sort();
        to.split_off(from)
    };
    let home = |who: &str, minutes: i64| {
        let seen = world.record.look(&at(Role::FamilyDoctor, Some(who), NOW.plus_minutes(minutes)), Home);
        seen.unwrap().moved
    };
    load("p-moss", "p-moss", 1);
    assert!(told(0).is_empty() && world.owed("directory").is_empty(), "nobody's reports moved");
    let address = "value = \"cy@hill.example\"\nsource = \"registration form\"";
    load(address, &address.replace("registration form", "letter"), 1);
    let mails = world.store.view().unwrap().mails_out(50).unwrap();
    let details: Vec<_> = mails.iter().filter(|mail| mail.subject.contains("details")).collect();
    assert_eq!(details.len(), 1, "a load tells whose details alone it changes, too");
    assert!(details[0].recipient == "cy@hill.example" && told(0).is_empty());
    load("127.0.0.1:1", "127.0.0.1:2", 2);
    assert_eq!(told(0), ["ana@hill.example", "cy@hill.example"]);
    let [tell] = world.owed("directory").try_into().unwrap();
    assert!(tell.words.contains("Tell Dale, Cy; Moss, Ben by telephone"), "one for all: {}", tell.words);
    let line = home("p-hill", 3).unwrap();
    assert_eq!((line.was.len(), line.reason.as_str()), (1, "call 2"));
    assert!(line.was[0].en.contains("127.0.0.1:1, then fax 902 555 0100"), "{line:?}");
    assert!(line.is[0].fr.contains("ligne HL7 vers le DME 127.0.0.1:2"), "{line:?}");
    assert!(home("p-firth", 3).is_none());
    assert!(home("p-moss", 3).is_some() && home("p-moss", 15 * 24 * 60).is_none(), "two weeks");
    assert_eq!(
        world.record.look(&doctor(15 * 24 * 60), Mine).unwrap().moved.len(),
        1,
        "longer on one's own page"
    );
    // The role goes to somebody else: whoever had it is told too.
    load("practitioner = \"p-hill\"\nplace", "practitioner = \"p-firth\"\nplace", 4);
    assert!(told(0).iter().filter(|to| *to == "ana@hill.example").count() == 2, "{:?}", told(0));
    assert!(home("p-hill", 5).unwrap().is.is_empty(), "nothing goes to her any more");
    assert_eq!(home("p-firth", 5).unwrap().is.len(), 2);
    assert_eq!(world.owed("directory").len(), 2, "Dee Firth has no address: one more");
}

#[test]
fn rt10_the_last_hour_is_sent_again_once_by_who_works_there_after_they_saw_how_much() {
    let world = Fixture::new();
    for id in ["1", "2"] {
        world.file(id);
    }
    let taken = Reply::Accepted { text: String::new() };
    // One of a patient is offered at a time.
    let take_all = |minutes: i64| {
        let now = NOW.plus_minutes(minutes);
        std::iter::repeat_with(|| world.answer("hill-emr", &taken, now)).take_while(|n| *n > 0).sum::<usize>()
    };
    assert_eq!(take_all(0), 2);
    let key = TokenKey([7; 32]);
    let token = key.practice_token("hill");
    let trial = |context: &Context| {
        world
            .record
            .look(context, ResendTrial { key: key.clone(), token: token.clone() })
            .map(|view| view.count)
    };
    let resend =
        |context: &Context| world.record.act(context, Resend { key: key.clone(), token: token.clone() });
    assert!(trial(&at(Role::FamilyDoctor, Some("p-other"), NOW.plus_minutes(1))).is_err());
    assert!(trial(&steward()).is_err(), "the directory's steward sends nothing");
    assert_eq!(trial(&doctor(1)).unwrap(), 2);
    assert_eq!(world.waiting("hill-emr"), 0, "a trial sends nothing");
    resend(&doctor(1)).unwrap();
    assert_eq!(world.waiting("hill-emr"), 2);
    assert_eq!(take_all(2), 2);
    assert_eq!(trial(&doctor(2)).unwrap(), 0, "pressed again it is the same");
    assert!(resend(&doctor(2)).unwrap_err().words.en.contains("nothing to send again"));
    let rows = world.store.view().unwrap().audit_tail(50).unwrap();
    assert!(rows.iter().any(|(_, row)| row.verb == "resend-own" && row.person.is_some()), "who it is about");
}

#[test]
fn rt10_what_was_refused_stays_with_its_desk_when_a_practice_has_the_hour_sent_again() {
    let world = Fixture::new();
    world.file("1");
    assert_eq!(world.answer("hill-emr", &Reply::Rejected { text: "not this one".into() }, NOW), 1);
    let open: Vec<_> = world.owed("delivery").into_iter().map(|row| (row.id, row.revision)).collect();
    let key = TokenKey([7; 32]);
    let token = key.practice_token("hill");
    let trial = ResendTrial { key: key.clone(), token: token.clone() };
    assert_eq!(world.record.look(&doctor(1), trial).unwrap().count, 0);
    assert!(world.record.act(&doctor(1), Resend { key, token }).is_err());
    let after: Vec<_> = world.owed("delivery").into_iter().map(|row| (row.id, row.revision)).collect();
    assert_eq!((open.len(), &open), (1, &after), "the desk still owns it");
}

#[test]
fn a_paused_system_says_who_owns_its_pause_and_until_when() {
    let world = Fixture::new();
    let desk = at(Role::LaboratoryDesk, None, NOW);
    let paused = || {
        let lines = world.record.look(&desk, Destinations).unwrap();
        lines.into_iter().find(|line| line.id == "hill-emr").unwrap().paused
    };
    assert!(paused().is_none());
    let destination = "hill-emr".to_owned();
    let reason = "they renew their system".to_owned();
    let pause = PauseDestination { destination: destination.clone(), reason: reason.clone(), minutes: 60 };
    world.record.act(&desk, pause).unwrap();
    let line = paused().unwrap();
    assert_eq!(line.until, NOW.plus_minutes(60));
    assert!(line.words.en.contains(&reason) && !line.owner.en.is_empty(), "{line:?}");
    world.record.act(&desk, ResumeDestination { destination, reason }).unwrap();
    assert!(paused().is_none());
}

#[test]
fn s109_a_fax_line_that_was_paused_after_its_daily_test_is_no_incident() {
    let world = Fixture::new();
    let on_trial = |id: &str, number: &str| {
        format!(
            "[[endpoint]]\nid = \"{id}\"\nplace = \"hill\"\nkind = \"fax\"\naddress = \"{number}\"\nstate = \"trial\"\n"
        )
    };
    let text = format!("{}{}", on_trial("paused-fax", "9025550133"), on_trial("other-fax", "9025550134"));
    let changes =
        Directory::facts_of(&text).unwrap().into_iter().map(clinical::directory::Change::Set).collect();
    let load = Load { changes, source: "form".into(), reason: "new lines".into() };
    world.record.act(&steward(), load).unwrap();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    let mut round = |minutes| assert_eq!(reconcilers.round(NOW.plus_minutes(minutes)), Vec::new());
    round(0);
    assert_eq!(world.waiting("paused-fax"), 1, "its test result");
    let desk = at(Role::LaboratoryDesk, None, NOW.plus_minutes(1));
    let reason = "they renew their system".to_owned();
    let pause = PauseDestination { destination: "paused-fax".into(), reason, minutes: 24 * 60 };
    world.record.act(&desk, pause).unwrap();
    (1..=4).for_each(|n| round(5 * 60 * n));
    let incidents = world.store.view().unwrap().incidents_open().unwrap();
    let subjects: Vec<&str> = incidents.iter().map(|row| row.subject.as_str()).collect();
    assert!(subjects.contains(&"other-fax") && !subjects.contains(&"paused-fax"), "{incidents:?}");
}

//! A practice copy of a live record, through the real binary: what it takes over, what it does not, that it tells when live
//! has changed, and that every page of it says what it is.

use crate::messages::{Person, Result};
use std::path::{Path, PathBuf};
use testkit::harness::{DRAIN_LIMIT, Harness, Setup, opor, practice};
use testkit::http::{get, post};
use testkit::mllp::Behaviour;
use testkit::patience::until;

const MARKS: [(&str, &str); 2] =
    [("en", "Practice, nobody here is real"), ("fr", "Exercice, aucune personne réelle ici")];
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// A live record: one clinic whose doctor has a name, a number and a telephone like nobody else's, and a patient likewise.
fn live(name: &'static str) -> (Harness, Vec<Vec<u8>>) {
    let clinic = testkit::mllp::Clinic::start(|_, _| Behaviour::Accept).unwrap();
    let directory = format!(
        "[[place]]\nid = \"north\"\nname = \"North End\"\nkind = \"clinic\"\n\
         [[endpoint]]\nid = \"north-emr\"\nplace = \"north\"\nkind = \"mllp\"\naddress = \"{}\"\nprofile = \"harbour\"\n\
         [[practitioner]]\nid = \"p-zanzibarov\"\nfamily = \"Zanzibarov\"\ngiven = \"Quintilla\"\n\
         numbers = [ {{ authority = \"NSMD\", value = \"771199\" }} ]\n\
         [[role]]\npractitioner = \"p-zanzibarov\"\nplace = \"north\"\nrole = \"family-physician\"\n\
         endpoint = \"north-emr\"\nprimary = true\nfrom = \"2000-01-01\"\n\
         [[contact]]\nid = \"c-1\"\nof = \"p-zanzibarov\"\nkind = \"phone\"\nvalue = \"902 555 8812\"\nsource = \"telephone\"\n\
         verified_on = \"2026-01-01\"\nnext_check = \"2027-01-01\"\n",
        clinic.address()
    );
    let harness = Setup::new(name).answer_seconds(17).directory(directory).start();
    let mut person = Person::new("HRH", 5123);
    person.family = "Wolframitz".to_owned();
    let orderer = "771199^Zanzibarov^Quintilla^^^^^^NSMD".to_owned();
    harness.sender().accepted(&[Result::new("HRH", &person, "COPY-1", orderer).bytes()]);
    let _ = harness.drained();
    let mut canaries: Vec<Vec<u8>> = ["Wolframitz", "Zanzibarov", "Quintilla", "771199", "555 8812"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
    canaries.push(clinic.address().to_string().into_bytes());
    for file in ["token.key", "activity.key", "mailbox.key"] {
        canaries.extend(std::fs::read(Path::new(&harness.data()).join(file)).ok());
    }
    assert!(canaries.len() > 6, "a live record has a key at least");
    (harness, canaries)
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn run(arguments: &[&str], data: &str) -> testkit::server::Said {
    opor(&[&["practice", "--data", data], arguments].concat())
}

const HERE: [&str; 8] = ["--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0", "--people", "40", "--days", "1"];

#[test]
fn s089_h68_a_practice_copy_has_what_live_has_and_nobody_of_it_and_says_when_live_has_changed() {
    let (mut harness, canaries) = live("practice-copy");
    let folder = harness.folder().join("copy");
    let (copy, config) =
        (folder.display().to_string(), harness.folder().join("opor.toml").display().to_string());
    let said = run(&[&["--like", &config, "--once"][..], &HERE].concat(), &copy);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(MARKS.iter().all(|(_, mark)| said.out.contains(mark)), "{}", said.out);

    let check = || run(&["--check"], &copy);
    let alike = check();
    assert_eq!(alike.code, 0, "{}{}", alike.out, alike.err);
    assert!(alike.out.contains("as live is") && alike.out.contains("always"), "{}", alike.out);
    for path in files(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        for canary in &canaries {
            assert!(
                !holds(&bytes, canary),
                "{} has {:?} of live",
                path.display(),
                String::from_utf8_lossy(canary)
            );
        }
    }

    std::fs::write(Path::new(&harness.data()).join("limits.toml"), "slow-action = \"2 s\"\n").unwrap();
    let unlike = check();
    assert_eq!(unlike.code, 1, "{}{}", unlike.out, unlike.err);
    assert!(unlike.out.contains("unlike       Settings: limit slow-action, seen since 20"), "{}", unlike.out);
    harness.stop();
    let more = harness.folder().join("more.toml");
    let text = std::fs::read_to_string(Path::new(&harness.data()).join("directory.toml")).unwrap();
    std::fs::write(
        &more,
        format!("{text}\n[[place]]\nid = \"south\"\nname = \"South End\"\nkind = \"clinic\"\n"),
    )
    .unwrap();
    let loaded = opor(&["directory", "load", &more.display().to_string(), "--data", &harness.data()]);
    assert_eq!(loaded.code, 0, "{}{}", loaded.out, loaded.err);
    let unlike = check();
    assert!(unlike.code == 1 && unlike.out.contains("Provider directory: place south"), "{}", unlike.out);

    let refused = opor(&["serve", "--data", &copy, "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0"]);
    assert!(refused.code == 2 && refused.err.contains("only opor practice serves it"), "{}", refused.err);
    let said = run(&[&["--fresh", "--once"][..], &HERE].concat(), &copy);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(check().code, 0, "begun anew it is as live is: {}", check().out);
    harness.restart();
}

#[test]
fn s157_every_page_and_answer_of_a_practice_copy_says_that_nobody_is_real_and_nothing_leaves_it() {
    let (harness, _) = live("practice-marks");
    let folder = harness.folder().join("copy");
    let (copy, like) = (folder.display().to_string(), harness.data());
    let arguments = [&["--like", &like, "--data", &copy][..], &HERE].concat();
    let server = practice(&arguments, &harness.folder().join("practice.txt"));
    let seat = post(server.http, "/sign-in", &[FORM.to_owned()], b"persona=cairnwood").unwrap();
    let cookie = seat.header("set-cookie").and_then(|text| text.split(';').next()).unwrap().to_owned();
    for (lang, mark) in MARKS {
        let mut seen = 0;
        for screen in
            portal::routes().iter().filter(|screen| screen.method == "GET" && !screen.path.contains('{'))
        {
            let headers = [format!("Cookie: {cookie}; opor-lang={lang}")];
            let answer = get(server.http, screen.path, &headers).unwrap();
            assert_eq!(answer.header("opor-practice"), Some("nobody here is real"), "{}", screen.path);
            if answer.header("content-type").is_some_and(|sort| sort.starts_with("text/html")) {
                assert!(answer.text().contains(mark), "{} is not marked in {lang}", screen.path);
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen} pages");
    }
    let machines = get(server.http, "/fhir/metadata", &[]).unwrap();
    assert_eq!(machines.header("opor-practice"), Some("nobody here is real"));
    let page =
        get(server.http, "/practice-copy", &[format!("Cookie: {cookie}; opor-lang=en")]).unwrap().text();
    assert!(page.contains("What always differs"), "{page}");
    let begun = post(server.http, "/join", &[FORM.to_owned()], b"address=kim.sora@northend.example").unwrap();
    assert!(begun.status < 400, "{}", begun.text());
    let outbox = folder.join("mail-out/new");
    let written = || std::fs::read_dir(&outbox).is_ok_and(|mut mails| mails.next().is_some());
    assert!(until(DRAIN_LIMIT, written), "whoever applies in the copy is written to");
    server.stop().unwrap();
    let mails = files(&outbox);
    for mail in mails {
        let text = String::from_utf8_lossy(&std::fs::read(&mail).unwrap()).into_owned();
        assert!(text.contains(MARKS[0].1), "{} is not marked: {text}", mail.display());
    }
}

//! A code map with a defect: tried, signed, found, corrected, repaired and proven, over the real binary (GUARANTEES X-05,
//! FEATURES IN11, IN14).

use crate::messages::{Person, Result};
use std::path::{Path, PathBuf};
use testkit::folder::Folder;
use testkit::harness::{Harness, Setup, opor, wait_for};
use testkit::mllp::Behaviour;

/// People with a result.
const PEOPLE: usize = 6;

/// The sender's map, where potassium is this.
fn map(version: u32, potassium: &str, more: &str) -> String {
    format!(
        "name = \"lis-hrh\"\nversion = {version}\nsenders = [\"LIS|HRH\"]\nlocal = [\"99LIS\"]\n\n\
         [[code]]\nsystem = \"99LIS\"\ncode = \"K\"\nto = \"{potassium}\"\nunits = [\"mmol/L\"]\n{more}"
    )
}

/// A potassium under the sender's own code.
fn local(person: &Person, mark: String, orderer: String) -> Vec<u8> {
    let bytes = Result::new("HRH", person, mark, orderer).bytes();
    let text = String::from_utf8(bytes).unwrap();
    let text = text.replace("2823-3^Potassium [Moles/volume] in Serum or Plasma^LN", "K^Potassium^99LIS");
    let text = text.replace("2823-3^Potassium^LN", "K^Potassium^99LIS");
    assert_eq!(text.matches("K^Potassium^99LIS").count(), 2, "{text}");
    text.into_bytes()
}

struct Ground {
    harness: Harness,
    data: String,
}

impl Ground {
    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = Path::new(&self.data).join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A command of `opor codes` on the data folder: what it prints, with its exit code.
    fn codes(&self, arguments: &[&str]) -> (i32, String) {
        let all = [&["codes"], arguments, &["--data", &self.data]].concat();
        let said = opor(&all);
        (said.code, format!("{}{}", said.out, said.err))
    }

    fn sign(&self, file: &str) -> (i32, String) {
        self.codes(&["sign", file, "--by", "Teal, Simone", "--reason", "Looked at every difference"])
    }

    /// Results of the people under a LOINC code, as FHIR clients find them.
    fn of_code(&self, loinc: &str) -> usize {
        let of_person = |n: usize| {
            let report = self.harness.search(&format!("DiagnosticReport?identifier=D{n}")).remove(0);
            let patient = report["subject"]["reference"].as_str().unwrap().replace("Patient/", "");
            self.harness.search(&format!("Observation?patient={patient}&code={loinc}")).len()
        };
        (0..PEOPLE).map(of_person).sum()
    }
}

#[test]
fn x05_in14_a_wrong_row_is_found_repaired_and_proven() {
    let harness = Setup::new("dialects").clinic("cairnwood", |_, _| Behaviour::Accept).start();
    let data = harness.data();
    let mut ground = Ground { harness, data };
    ground.harness.stop();

    // Nothing comes into use untried; the first map says that potassium is sodium.
    let wrong = ground.file("wrong.toml", &map(1, "2951-2", ""));
    let (code, said) = ground.sign(&wrong);
    assert!(code == 2 && said.contains("was not tried"), "{said}");
    let (code, said) = ground.codes(&["try", &wrong]);
    assert!(code == 0 && said.contains("0 messages read"), "{said}");
    let (code, said) = ground.sign(&wrong);
    assert_eq!(code, 0, "{said}");

    ground.harness.restart();
    let orderer = ground.harness.provider("cairnwood");
    let people: Vec<Person> = (1..=PEOPLE).map(|n| Person::new("HRH", n)).collect();
    let mut sent: Vec<Vec<u8>> =
        people.iter().enumerate().map(|(n, one)| local(one, format!("D{n}"), orderer.clone())).collect();
    // A code without a row blocks nothing and is one task, however often it comes.
    for (n, one) in people.iter().take(2).enumerate() {
        let text = String::from_utf8(local(one, format!("F{n}"), orderer.clone())).unwrap();
        sent.push(text.replace("K^Potassium^99LIS", "FERR^Ferritin^99LIS").into_bytes());
    }
    ground.harness.sender().accepted(&sent);
    wait_for(ground.harness.clinic("cairnwood"), PEOPLE + 2);
    let books = ground.harness.drained();
    assert_eq!((books.filed, books.held), (PEOPLE as u64 + 2, 0), "{books:?}");
    assert_eq!((ground.of_code("2951-2"), ground.of_code("2823-3")), (PEOPLE, 0));
    let received = ground.harness.clinic("cairnwood").received();
    let coded = |code: &str| {
        let with = format!("|K^Potassium^99LIS^{code}^^LN|");
        received.iter().filter(|message| String::from_utf8_lossy(message).contains(&with)).count()
    };
    assert_eq!(coded("2951-2"), PEOPLE, "the sender's code stays first");
    let page = ground.harness.page("marram", "/dialects");
    assert!(
        page.contains("lis-hrh") && page.contains("Teal, Simone") && page.contains("FERR Ferritin"),
        "{page}"
    );
    ground.harness.stop();

    let (code, said) = ground.codes(&["list"]);
    assert!(
        code == 1 && said.contains("FERR Ferritin on LIS@HRH") && said.contains("1 codes without a row"),
        "{said}"
    );

    // The corrected map, on the traffic that was recorded.
    let right = ground.file("right.toml", &map(2, "2823-3", ""));
    let (code, said) = ground.codes(&["try", &right, "--link", "LIS@HRH"]);
    assert!(code == 0 && said.contains("8 messages read, 6 otherwise, 6 people"), "{said}");
    assert!(said.contains("Observation code.coding.code other: 6 values in 6 messages"), "{said}");
    assert!(said.contains("\"2951-2\" would be \"2823-3\""), "{said}");
    assert_eq!(ground.sign(&right).0, 0);
    // What else was tried against the former one must be tried again.
    let more = "\n[[code]]\nsystem = \"99LIS\"\ncode = \"FERR\"\nto = \"2276-4\"\n";
    let whole = ground.file("whole.toml", &map(3, "2823-3", more));

    let repair = |dry: bool| {
        let mut all =
            vec!["repair", "--link", "LIS@HRH", "--by", "Teal, Simone", "--reason", "Potassium was sodium"];
        if dry {
            all.push("--dry-run");
        }
        ground.codes(&all)
    };
    let (code, said) = repair(true);
    assert!(code == 0 && said.contains("affected 6 = repaired 6 + exceptions 0; 6 people"), "{said}");
    let (code, said) = repair(false);
    assert!(code == 0 && said.contains("affected 6 = repaired 6 + exceptions 0; 6 people"), "{said}");
    assert!(said.contains("0 still read otherwise, each of them listed: proven"), "{said}");
    let (code, said) = repair(false);
    assert!(code == 0 && said.contains("affected 0 = repaired 0 + exceptions 0"), "{said}");
    // The mapper of today makes of the recorded traffic what is on file.
    let (code, said) = ground.codes(&["try", "--recorded", "--link", "LIS@HRH"]);
    assert!(code == 0 && said.contains("8 messages read, 0 otherwise"), "{said}");

    let (code, said) = ground.codes(&["try", &whole]);
    assert!(code == 0 && said.contains("codes without a row: 1 now, 0 then"), "{said}");
    assert_eq!(ground.sign(&whole).0, 0);
    let (code, said) = ground.codes(&["list"]);
    assert!(code == 0 && said.contains("0 codes without a row"), "{said}");

    ground.harness.restart();
    wait_for(ground.harness.clinic("cairnwood"), 2 * PEOPLE + 2);
    let _ = ground.harness.drained();
    assert_eq!((ground.of_code("2951-2"), ground.of_code("2823-3")), (0, PEOPLE));
    let received = ground.harness.clinic("cairnwood").received();
    let corrected =
        |message: &&Vec<u8>| String::from_utf8_lossy(message).contains("|K^Potassium^99LIS^2823-3^^LN|");
    assert_eq!(
        received.iter().filter(corrected).count(),
        PEOPLE,
        "whoever had the wrong one has the right one"
    );
}

#[test]
fn in14_a_link_whose_dialect_is_not_in_use_is_not_served() {
    let folder = Folder::new("agreed");
    let settings = folder.join("opor.toml");
    let text = format!(
        "data = \"{}\"\nhttp = \"127.0.0.1:0\"\ndemo = true\n\n[[link]]\nname = \"LAB\"\nlisten = \"127.0.0.1:0\"\ndialect = \"lab\"\n",
        folder.join("data").display()
    );
    std::fs::write(&settings, text).unwrap();
    let said = opor(&["serve", "--config", &settings.display().to_string()]);
    assert!(
        said.code == 2 && said.err.contains("no dialect \"lab\" is in use for it"),
        "{}{}",
        said.out,
        said.err
    );
    assert!(said.err.contains("opor dialect try FILE"), "{}", said.err);
}

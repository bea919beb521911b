//! Prints the blank forms of the test's applicant, or judges files, for `crates/testkit/thirdparty/make_forms.py`.
//!
//! `forms print FACTS DIR` writes `request-en.pdf` and so on, and those of another applicant as `other-…`.
//! `forms judge FACTS AUTHORITY SECONDS FILE…` prints a line for each: `NAME = request right`.

use clinical::enrolment::forms::{Anchors, Form, Subject, judge, print};
use clinical::enrolment::{Facts, Tongue};
use clinical::words::Words;
use fhir::Instant;
use std::error::Error;
use std::path::Path;

fn subject(path: &str) -> Result<Subject, Box<dyn Error>> {
    let facts: Facts = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    Ok(Subject::of("00000000000000a7".to_owned(), &facts, Words::new("Pharmacist", "Pharmacien")))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &words[..] {
        ["print", facts, folder] => {
            let subject = subject(facts)?;
            let other = Subject {
                application: "00000000000000b8".to_owned(),
                name: "Gull, Éva".to_owned(),
                ..subject.clone()
            };
            for (before, whose) in [("", subject), ("other-", other)] {
                for (tongue, form) in
                    [Tongue::En, Tongue::Fr].into_iter().flat_map(|t| Form::ALL.map(|f| (t, f)))
                {
                    let name = format!("{before}{}-{}.pdf", form.code(), tongue.code());
                    let bytes = print(form, &Subject { tongue, ..whose.clone() });
                    std::fs::write(Path::new(folder).join(name), bytes)?;
                }
            }
        }
        ["judge", facts, authority, seconds, files @ ..] => {
            let (anchors, _) = Anchors::from_der(&[std::fs::read(authority)?]);
            let (subject, now) = (subject(facts)?, Instant(seconds.parse::<i64>()? * 1_000_000));
            for file in files {
                let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
                println!("{name} = {}", judge(&std::fs::read(file)?, &subject, &anchors, now));
            }
        }
        _ => return Err("forms print FACTS DIR, or forms judge FACTS AUTHORITY SECONDS FILE…".into()),
    }
    Ok(())
}

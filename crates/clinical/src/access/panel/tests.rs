use super::*;
use fhir::RecordId;

const HEAD: &str = "hcn,mrn,site,family,given,birth_date\n";

fn claim(line: &str) -> Claim {
    read(&format!("{HEAD}{line}\n")).expect("a file").remove(0).claim
}

fn on_file(line: &str) -> Candidate {
    let claim = claim(line);
    let record = RecordId::of("HRH", line);
    Candidate { record, person: PersonId::born_with(record), claim }
}

const MAREN: &str = "0144679875,00718264,HRH,Drumlin,Maren,1961-03-09";

fn says(line: &str, candidates: &[Candidate]) -> String {
    let claim = claim(line);
    let known =
        candidates.iter().find(|candidate| candidate.claim.own.is_some() && candidate.claim.own == claim.own);
    match judge(&claim, known, candidates) {
        Verdict::Is(person) => {
            format!("is {}", candidates.iter().position(|c| c.person == person).expect("one of them"))
        }
        Verdict::Not(words) => words.en,
    }
}

#[test]
fn h02_a_row_ties_to_one_person_by_number_name_and_birth_date_or_to_nobody() {
    let maren = [on_file(MAREN)];
    assert_eq!(says("0144679875,,,Drumlin,Maren,1961-03-09", &maren), "is 0", "by the card");
    assert_eq!(says(",00718264,HRH,Drumlin,Maren,1961-03-09", &maren), "is 0", "by the hospital's number");
    for (row, reason) in [
        (",,,Drumlin,Maren,1961-03-09", "No health card number"),
        ("0144679875,,,Drumlin,Maren,1988-03-19", "another birth date"),
        ("0144679875,,,Saltmarsh,Tobias,1961-03-09", "another family name, given name"),
        (",00718264,HRH,Saltmarsh,Tobias,1961-03-09", "another family name, given name"),
        (",00718264,HRH,Drumlin,Maren,", "A number alone ties nobody"),
        (",00718264,HRH,,,1961-03-09", "A number alone ties nobody"),
        (",00718264,HRH,Drumlin,,1961-03-09", "A number alone ties nobody"),
        (",00718264,HRH,Drumlin,Maren,1961-09-03", "another birth date"),
        (",00718264,HRH,Drumlin,Tobias,1961-03-09", "another given name"),
        ("0144679875,,,Drumlin,Maren,1961-09-03", "another birth date"),
        ("0041702816,,,Saltmarsh,Tobias,1975-01-02", "Nobody on file has this number"),
    ] {
        let said = says(row, &maren);
        assert!(said.contains(reason), "{row}: {said}");
    }
}

#[test]
fn h08_twins_on_one_card_are_not_told_apart_by_a_file() {
    let twins = [on_file(MAREN), on_file("0144679875,00718299,HRH,Drumlin,Tobias,1961-03-09")];
    let said = says("0144679875,,,Drumlin,Ana,1961-03-09", &twins);
    assert!(said.contains("another given name"), "{said}");
}

//! Data-driven: each file of `testdata/routing` but the directory holds cases; a new file needs one line below.

use super::*;
use crate::directory::Withdrawn;
use crate::intake::{Notice, Referral, ReferralStep};
use crate::results::Standing;
use fhir::{Instant, Kind, RecordId, ResourceKey};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    /// Class of report; a laboratory result when left out.
    class: Option<String>,
    #[serde(default)]
    confidential: bool,
    #[serde(default)]
    abnormal: bool,
    notice: Option<String>,
    /// Day; 2026-11-22 when left out.
    on: Option<String>,
    /// `Part field authority:number|authority:number Family, Given`.
    addressees: Vec<String>,
    /// Directory ids of practitioners withdrawn as primary provider on 2026-11-20 by Marram, Jo: "They moved away."
    #[serde(default)]
    withdrawn: Vec<String>,
    to: Vec<String>,
    #[serde(default)]
    says: Vec<String>,
}

#[derive(Deserialize)]
struct CaseFile {
    case: Vec<Case>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/routing")
}

fn directory() -> Directory {
    let text = std::fs::read_to_string(folder().join("directory.toml")).expect("directory");
    Directory::from_toml(&text).expect("a directory without problems")
}

fn addressee(text: &str) -> Addressee {
    let mut parts = text.splitn(4, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let part = match next() {
        "Ordering" => AddresseePart::Ordering,
        "CopyTo" => AddresseePart::CopyTo,
        "Attending" => AddresseePart::Attending,
        "Referring" => AddresseePart::Referring,
        "Consulting" => AddresseePart::Consulting,
        "Primary" => AddresseePart::Primary,
        "Author" => AddresseePart::Author,
        "ReferredTo" => AddresseePart::ReferredTo,
        "Referrer" => AddresseePart::Referrer,
        other => panic!("no part {other}"),
    };
    let field = ["OBR-16", "OBR-28", "ORC-12", "PV1-7", "PV1-8", "PV1-9", "PD1-4", "TXA-9", "PRD"];
    let wanted = next();
    let field = field.into_iter().find(|f| *f == wanted).expect("a field that names providers");
    let numbers = next().split('|').filter_map(|n| n.split_once(':'));
    let numbers = numbers.map(|(a, n)| (a.to_owned(), n.to_owned())).collect();
    let (family, given) = next().split_once(',').unwrap_or_default();
    Addressee { part, field, numbers, family: family.trim().to_owned(), given: given.trim().to_owned() }
}

fn report(case: &Case) -> Report {
    let class = match case.class.as_deref() {
        None => ReportClass::Laboratory,
        Some("Imaging") => ReportClass::Imaging,
        Some("Document") => ReportClass::Document,
        Some("Encounter") => ReportClass::Encounter,
        Some("Referral") => ReportClass::Referral,
        Some(other) => panic!("no class {other}"),
    };
    let key = ResourceKey::of(RecordId::of("HRH", "1"), Kind::DiagnosticReport, &["L-1"]);
    Report {
        key,
        class,
        title: "Creatinine".to_owned(),
        accession: "L-1".to_owned(),
        standing: Standing { finality: None, as_of: Instant(0) },
        flag: if case.abnormal { Gravity::Abnormal } else { Gravity::Normal },
        addressees: case.addressees.iter().map(|a| addressee(a)).collect(),
        confidential: case.confidential,
        notice: case.notice.as_deref().map(|said| match said {
            "Admission" => Notice::Admission,
            "Discharge" => Notice::Discharge,
            other => panic!("no notice {other}"),
        }),
        referral: (class == ReportClass::Referral)
            .then_some(Referral { request: key, step: ReferralStep::Asked }),
    }
}

fn withdrawn(practitioner: &str, directory: &Directory) -> Withdrawn {
    Withdrawn {
        practitioner: practitioner.to_owned(),
        name: directory.practitioner(practitioner).expect("of the directory").name(),
        on: "2026-11-20".to_owned(),
        by: "Marram, Jo".to_owned(),
        why: "They moved away.".to_owned(),
    }
}

fn shown(route: &Route) -> String {
    let mark = if route.responsible { "!" } else { "" };
    match &route.target {
        Target::Endpoint { practitioner, endpoint, .. } => format!("{mark}{practitioner} {endpoint}"),
        Target::Portal { practitioner, .. } => format!("{mark}{practitioner} portal"),
        Target::Nowhere { .. } => format!("{mark}desk"),
    }
}

fn check(file: &str) {
    let text = std::fs::read_to_string(folder().join(file)).expect("case file");
    let cases: CaseFile = toml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    let directory = directory();
    for case in cases.case {
        let on = case.on.as_deref().unwrap_or("2026-11-22");
        let withdrawn: Vec<Withdrawn> = case.withdrawn.iter().map(|id| withdrawn(id, &directory)).collect();
        let mut report = report(&case);
        let left_out = leave_out_withdrawn(&mut report, &withdrawn, &directory);
        let mut routes = route(&report, &directory, on);
        say_withdrawn(&mut routes, &report, &left_out);
        assert_eq!(
            routes.iter().map(shown).collect::<Vec<_>>(),
            case.to,
            "{file}: {}: {routes:#?}",
            case.what
        );
        for part in &case.says {
            let said = routes
                .iter()
                .any(|r| r.because.en.contains(part.as_str()) || r.because.fr.contains(part.as_str()));
            assert!(said, "{file}: {}: should say \"{part}\": {routes:#?}", case.what);
        }
        assert!(
            routes.iter().all(|r| r.because.en != r.because.fr && r.because.en.ends_with('.')),
            "{file}: {}",
            case.what
        );
    }
}

macro_rules! case_files {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { check(concat!(stringify!($name), ".toml")); })*

        #[test]
        fn every_case_file_has_a_test() {
            let named = [$(concat!(stringify!($name), ".toml")),*, "directory.toml"];
            for entry in std::fs::read_dir(folder()).expect("testdata/routing") {
                let file = entry.expect("entry").file_name().to_string_lossy().into_owned();
                assert!(named.contains(&file.as_str()), "{file} needs a line in routing/tests.rs");
            }
        }
    };
}

case_files! {
    h12_who_must_have_it,
    h13_nobody_to_send_to,
    h19_former_places,
    h20_copies,
    h29_referrals,
    rt11_absent_people,
    s002_notices_to_the_primary_provider,
    s019_doubted_lines,
    s052_withdrawn_primary_providers,
    x07_what_is_not_taken,
    x10_safety_minimum,
}

mod anybody {
    use super::*;
    use proptest::prelude::*;

    const POOL: [&str; 9] = [
        "Ordering OBR-16 NSCPS:014417 Cairnwood, Aoife",
        "Ordering OBR-16 NSCPS:999999 Nobody, Known",
        "Ordering OBR-16  ",
        "Ordering ORC-12 :70001 Sylliboy, Mali",
        "CopyTo OBR-28 NSCPS:014418 Thériault, Luc",
        "Attending PV1-7 NSCPS:014419 Sylliboy, Mali",
        "Consulting PV1-9 NSCPS:014422 Oram, Basil",
        "Primary PD1-4 NSCPS:014417 Cairnwood, Aoife",
        "Author TXA-9 NSCPS:014418 Thériault, Luc",
    ];

    /// Where a result of these addressees goes.
    fn routes_of(addressees: &[&str]) -> Vec<Route> {
        let case = Case {
            what: String::new(),
            class: None,
            confidential: false,
            abnormal: false,
            notice: None,
            on: None,
            addressees: addressees.iter().map(ToString::to_string).collect(),
            withdrawn: Vec::new(),
            to: Vec::new(),
            says: Vec::new(),
        };
        route(&report(&case), &directory(), "2026-11-22")
    }

    #[test]
    fn h20_whoever_is_named_for_a_copy_gets_one() {
        let routes = routes_of(&[POOL[0], POOL[4]]);
        let [orderer, copy] = routes.as_slice() else { panic!("{routes:?}") };
        assert!(orderer.responsible && format!("{:?}", orderer.target).contains("Cairnwood"), "{orderer:?}");
        assert!(!copy.responsible && format!("{:?}", copy.target).contains("Thériault"), "{copy:?}");
    }

    proptest! {
        /// Whoever a result names or forgets, somebody is responsible, and nobody gets it twice.
        #[test]
        fn h12_h13_every_result_is_somebodys(picked in prop::collection::vec(prop::sample::select(POOL.to_vec()), 0..8)) {
            let routes = routes_of(&picked);
            prop_assert!(routes.first().is_some_and(|r| r.responsible), "{:?}", routes);
            for (n, one) in routes.iter().enumerate() {
                prop_assert!(routes[n + 1..].iter().all(|other| other.target != one.target), "{:?}", routes);
            }
        }
    }
}

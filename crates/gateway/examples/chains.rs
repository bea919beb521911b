//! How long the receipt chain of a result takes to read, over any number of results that were filed, routed and delivered.
//!
//! `cargo run -p gateway --release --example chains -- [RESULTS] [LOOKS]`: 200 and 50 without arguments. Each result goes
//! to the orderer's system, as a copy to another system, and to a reader in the portal; two in three are acknowledged. The
//! chain is measured as a desk sees it, with the message it came in and everything that was filed from it: more than the
//! panel alone reads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a measurement that cannot do what it says fails"
)]

use actions::deliveries::Reply;
use actions::intake::{Clock, Door, Interpreter};
use actions::messages::{List, Show};
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Record};
use clinical::directory::Directory;
use fhir::Instant;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant as Watch;
use store::{Settings, Store};

const NOW: Instant = Instant(1_795_356_300_000_000);
/// Messages under way at once.
const AHEAD: usize = 256;
/// Results of one patient.
const PER_PATIENT: usize = 10;
const CLINICS: usize = 20;

fn directory() -> Directory {
    let mut text = String::new();
    for n in 0..CLINICS {
        let _ = write!(
            text,
            "[[place]]\nid = \"place-{n}\"\nname = \"Clinic {n}\"\nkind = \"clinic\"\n\
             [[endpoint]]\nid = \"emr-{n}\"\nplace = \"place-{n}\"\nkind = \"mllp\"\naddress = \"127.0.0.1:9\"\n\
             [[practitioner]]\nid = \"p-{n}\"\nfamily = \"Testperson\"\ngiven = \"Ana\"\n\
             numbers = [ {{ authority = \"NSMD\", value = \"{}\" }} ]\n\
             [[role]]\npractitioner = \"p-{n}\"\nplace = \"place-{n}\"\nrole = \"family-physician\"\n{}\
             primary = true\nfrom = \"2000-01-01\"\n",
            7_000 + n,
            // The last one reads in the portal.
            if n + 1 < CLINICS { format!("endpoint = \"emr-{n}\"\n") } else { String::new() }
        );
    }
    Directory::from_toml(&text).expect("a directory")
}

fn provider(n: usize) -> String {
    format!("{}^Testperson^Ana^^^^^^NSMD", 7_000 + n)
}

fn message(n: usize) -> Vec<u8> {
    let (patient, order) = (n / PER_PATIENT, n % (CLINICS - 1));
    let copies = format!("{}~{}", provider((order + 1) % (CLINICS - 1)), provider(CLINICS - 1));
    format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|C{n}|P|2.5.1\r\
         PID|1||{patient:07}^^^HRH^MR||Testperson{patient}^Mona||1961{:02}{:02}|F\r\
         OBR|1|P-{n}|L-{n}|2823-3^Potassium^LN|||20261120093000-0400|||||||||{}||||||20261120100000-0400||CH|F|||{copies}\r\
         OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20261120093000-0400\r",
        patient % 12 + 1,
        patient % 28 + 1,
        provider(order)
    )
    .into_bytes()
}

fn file(record: &Record, results: usize) {
    let clock: Clock = Arc::new(|| NOW);
    let interpreter = Interpreter::start(record.clone(), clock, 2).expect("an interpreter");
    for from in (0..results).step_by(AHEAD) {
        let (send, receive) = mpsc::channel();
        for n in from..(from + AHEAD).min(results) {
            let send = send.clone();
            record.accept(&Door::BySender, message(n), NOW, move |answer| drop(send.send(answer)));
        }
        drop(send);
        assert_eq!(receive.iter().count(), (from + AHEAD).min(results) - from);
    }
    while !interpreter.is_idle() {
        std::thread::yield_now();
    }
    interpreter.stop();
}

/// Two in three are acknowledged, the others not answered.
fn deliver(record: &Record) -> usize {
    let mut acknowledged = 0;
    for n in 0..CLINICS - 1 {
        loop {
            let offers = record.offers_due(&format!("emr-{n}"), NOW, 500).expect("offers");
            if offers.is_empty() {
                break;
            }
            let replies: Vec<Reply> = (0..offers.len())
                .map(|at| if at % 3 < 2 { Reply::Accepted { text: String::new() } } else { Reply::Silent })
                .collect();
            acknowledged += replies.iter().filter(|reply| matches!(reply, Reply::Accepted { .. })).count();
            let pairs: Vec<_> = offers.iter().zip(&replies).collect();
            let kept = record.offers_answered(&pairs, NOW);
            assert!(kept.iter().all(Result::is_ok), "{kept:?}");
        }
    }
    acknowledged
}

fn folder() -> PathBuf {
    let name = format!("opor-chains-{}", std::process::id());
    let folder =
        option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, |at| Path::new(at).into());
    folder.join(name)
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let results = numbers.first().copied().unwrap_or(200);
    let looks = numbers.get(1).copied().unwrap_or(50);
    let folder = folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    let clock = AtomicU64::new(0);
    let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
    let store = Store::open(&folder, settings).expect("a store");
    let record = Record::new(store.clone(), directory(), Vec::new());
    let begun = Watch::now();
    file(&record, results);
    let acknowledged = deliver(&record);
    println!(
        "{results} results filed, {acknowledged} deliveries acknowledged in {:.0} s",
        begun.elapsed().as_secs_f64()
    );

    let actor = Actor {
        through: None,
        id: "marram".into(),
        role: Role::LaboratoryDesk,
        name: "Marram, Ana".into(),
        practitioner: None,
    };
    let context = Context { actor, purpose: Purpose::Operations, now: NOW };
    let mut ids = Vec::new();
    let mut before = None;
    while ids.len() < results {
        let page = record.look(&context, List { before, ..List::default() }).expect("a page");
        ids.extend(page.lines.iter().map(|line| line.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let (mut times, mut steps) = (Vec::with_capacity(looks), 0);
    for n in 0..looks {
        // Far apart, so that no two are near each other in the file.
        let id = ids[n.wrapping_mul(7_919) % ids.len()];
        let begun = Watch::now();
        let view = record.look(&context, Show { message: id }).expect("a message");
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        steps +=
            view.chains.iter().flat_map(|(.., chains)| chains).map(|chain| chain.steps.len()).sum::<usize>();
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{looks} looks, {:.1} steps each: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms (the audit row of each is synced in it)",
        steps as f64 / looks as f64,
        at(0.5),
        at(0.99),
        at(1.0)
    );
    store.stop();
    let _ = std::fs::remove_dir_all(folder);
}

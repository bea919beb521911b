//! A small year: see `examples/year`, which runs the whole one.

#[path = "../examples/year/chance.rs"]
mod chance;
#[path = "../examples/year/ledger.rs"]
mod ledger;
#[path = "../examples/year/run.rs"]
mod run;
#[path = "../examples/year/world.rs"]
mod world;

#[test]
fn s004_h12_h13_h18_h19_five_weeks_of_twenty_providers() {
    let report = run::year(7, 20, 35);
    let table = run::table(&report);
    println!("{table}");
    assert!(report.counts.results > 4_000 && report.messages > 100_000, "{table}");
    assert_eq!((report.counts.without_owner, report.counts.difference), (0, 0), "{table}");
    assert_eq!((report.stops_missed, report.silences_missed), (0, 0), "{table}");
    assert!(
        !report.hospital_stops.is_empty() && report.hospital_stops.iter().all(|minutes| *minutes <= 10),
        "{table}"
    );
    assert!(report.silences.iter().all(|minutes| *minutes <= 60), "{table}");
    assert!(report.false_a_day() <= 3.0, "{table}");
}

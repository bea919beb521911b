//! A sender states what it sent on a day; what is not here is an incident with its control id until it is.

use crate::messages::{Person, Result};
use std::time::Duration;
use testkit::harness::Setup;
use testkit::mllp::{Behaviour, field_text};
use testkit::patience::until;

/// The folder is looked at every half minute.
const LIMIT: Duration = Duration::from_secs(100);

#[test]
#[expect(clippy::disallowed_methods, reason = "the day before today, as the product's own clock has it")]
fn s109_a_message_that_was_lost_on_the_way_is_an_incident_with_its_control_id_until_it_is_here() {
    let harness = Setup::new("totals").clinic("cairnwood", |_, _| Behaviour::Accept).start();
    let of = |n: &str| Result::new("HRH", &Person::new("HRH", 1), n, harness.provider("cairnwood")).bytes();
    let (came, lost) = (of("M1"), of("M2"));
    harness.sender().accepted(std::slice::from_ref(&came));
    let id = |message: &[u8]| field_text(message, "MSH", 10);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let yesterday = fhir::Instant(i64::try_from(now.as_micros()).unwrap()).plus_minutes(-24 * 60);
    let folder = std::path::Path::new(&harness.data()).join("totals/sent/LIS@HRH");
    std::fs::create_dir_all(&folder).unwrap();
    let stated = format!("count,2\n{}\n{}\n", id(&came), id(&lost));
    std::fs::write(folder.join(format!("{}.csv", clinical::cover::day(yesterday))), stated).unwrap();
    let wall = || harness.page("marram", "/feeds");
    let named = format!("Sent and not here: {}.", id(&lost));
    assert!(until(LIMIT, || wall().contains(&named)), "{}", wall());
    harness.sender().accepted(&[lost]);
    assert!(until(LIMIT, || !wall().contains(&named)), "it is here now: {}", wall());
}

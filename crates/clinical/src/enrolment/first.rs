//! The first patient, safely: after their first sign-in somebody finds, opens and reads the record of a person who does not
//! exist, on the screens of the same build, before they open one of a person who does (JOURNEYS 2.6 step 8, GUARANTEES
//! S-089). Data: `first.toml`.

use super::scenes::{self, Scene};
use crate::access::Role;
use std::sync::LazyLock;

/// What is kept beside an account once it was done.
pub const CODE: &str = "first-patient";
/// Version of the steps.
pub const VERSION: &str = "2026-11-23.1";

static STEPS: LazyLock<Vec<Scene>> = LazyLock::new(|| scenes::read(include_str!("first.toml")));

/// What is read of a chart by a role; `None` for one that reads none.
fn reads(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::FamilyDoctor | Role::Pharmacist => "results",
        Role::Dentist | Role::OtherProfessional => "medications",
        Role::Chiropractor => "imaging",
        _ => return None,
    })
}

/// The steps of a role in order; none for one that reads no chart.
#[must_use]
pub fn steps(role: Role) -> Vec<&'static Scene> {
    let Some(read) = reads(role) else { return Vec::new() };
    let of = |code: &str| STEPS.iter().find(|step| step.code == code);
    ["find", "reason", read, "told"].into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{DataClass, Purpose, reach};

    #[test]
    fn s089_everybody_who_reads_a_chart_has_four_steps_of_what_they_will_see() {
        for role in Role::ALL {
            let steps = steps(role);
            let is_clinical = role.usual_purpose() == Purpose::Treatment && role != Role::Receiver;
            assert_eq!(steps.len(), if is_clinical { 4 } else { 0 }, "{role:?}");
            let sees = |class: DataClass| {
                reach::of(role, Purpose::Treatment).is_some_and(|line| line.includes(class))
            };
            for step in &steps {
                let choices = step.choices();
                assert_eq!(
                    (1..=choices.len()).filter(|choice| step.is_right(*choice)).count(),
                    1,
                    "{}",
                    step.code
                );
                match step.code.as_str() {
                    "results" => assert!(sees(DataClass::Laboratory), "{role:?}"),
                    "medications" => assert!(sees(DataClass::Medications), "{role:?}"),
                    "imaging" => assert!(sees(DataClass::Imaging), "{role:?}"),
                    _ => {}
                }
            }
        }
        assert_eq!(STEPS.len(), 6, "every step is one of somebody's");
    }
}

//! One identity, several faces: how a member of staff is named to whom (GUARANTEES S-112, HAZARDS H72). Colleagues and the
//! law see who it was; what a patient sees carries role, first name and the first letter of the last name, or a code.
//! The audit log keeps the true identity whatever is shown.

use crate::words::Words;

/// For whose eyes something is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Staff and their systems.
    Staff,
    /// The patient and their apps.
    Patient,
    /// The patient, where naming staff at all has been found a risk on a recorded ground.
    PatientProtected,
    /// A formal request for access, a court.
    Formal,
}

/// A face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// `Cairnwood, Aoife`
    Full,
    /// `Aoife C.`
    FirstName,
    /// `staff 4F2A9`
    Code,
}

/// The policy: which face for whom.
pub const FACES: [(Audience, Face); 4] = [
    (Audience::Staff, Face::Full),
    (Audience::Patient, Face::FirstName),
    (Audience::PatientProtected, Face::Code),
    (Audience::Formal, Face::Full),
];

/// A member of staff as the record knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff<'a> {
    /// User or machine id; a code is made of it.
    pub id: &'a str,
    /// `Cairnwood, Aoife`; empty when the id alone is known.
    pub name: &'a str,
}

/// The face for an audience.
#[must_use]
pub fn face(audience: Audience) -> Face {
    FACES.iter().find(|(who, _)| *who == audience).map_or(Face::Code, |(_, face)| *face)
}

/// A member of staff for an audience, without the role: `Aoife C.`. A name that cannot be taken apart safely is never
/// shown to a patient: the code stands for it.
#[must_use]
pub fn shown(staff: &Staff<'_>, audience: Audience) -> Words {
    match face(audience) {
        Face::Full => {
            let name = if staff.name.is_empty() { staff.id } else { staff.name };
            Words::new(name, name)
        }
        Face::FirstName => match first_name(staff.name) {
            Some(name) => Words::new(name.clone(), name),
            None => code_words(staff.id),
        },
        Face::Code => code_words(staff.id),
    }
}

/// With the role before it: `Family doctor, Aoife C.`
#[must_use]
pub fn shown_with_role(role: &Words, staff: &Staff<'_>, audience: Audience) -> Words {
    let name = shown(staff, audience);
    Words::new(format!("{}, {}", role.en, name.en), format!("{}, {}", role.fr, name.fr))
}

/// `Cairnwood, Aoife` as `Aoife C.`; nothing when it is not in that order.
fn first_name(name: &str) -> Option<String> {
    let (family, given) = name.split_once(',')?;
    let given = given.split_whitespace().next()?;
    let initial = family.trim().chars().next().filter(|c| c.is_alphabetic())?;
    // Who is known by one word in both places would be named in full.
    (!family.trim().eq_ignore_ascii_case(given)).then(|| format!("{given} {}.", initial.to_uppercase()))
}

fn code_words(id: &str) -> Words {
    let code = code(id);
    Words::new(format!("staff {code}"), format!("personnel {code}"))
}

/// A code of five signs that is always the same for one id and says nothing of it.
#[must_use]
pub fn code(id: &str) -> String {
    // FNV-1a, 64 bits: no secret is kept by it, it only has to be stable and to tell people apart.
    let mixed = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:05X}", mixed >> 44)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AOIFE: Staff<'_> = Staff { id: "cairnwood", name: "Cairnwood, Aoife" };

    #[test]
    fn s112_h72_each_audience_has_its_face() {
        assert_eq!(shown(&AOIFE, Audience::Staff).en, "Cairnwood, Aoife");
        assert_eq!(shown(&AOIFE, Audience::Patient).en, "Aoife C.");
        assert_eq!(shown(&AOIFE, Audience::Formal).en, "Cairnwood, Aoife");
        let code = shown(&AOIFE, Audience::PatientProtected);
        assert!(code.en.starts_with("staff ") && code.fr.starts_with("personnel "), "{code:?}");
        let with_role = shown_with_role(&Words::new("Family doctor", "Médecin"), &AOIFE, Audience::Patient);
        assert_eq!(with_role.en, "Family doctor, Aoife C.");
    }

    #[test]
    fn s112_a_name_in_another_order_is_a_code() {
        for name in ["Aoife Cairnwood", "Cairnwood", "", ", Aoife", "Cairnwood,", "Cher, Cher"] {
            let shown = shown(&Staff { id: "x", name }, Audience::Patient).en;
            assert!(shown.starts_with("staff "), "{name:?} is {shown:?}");
        }
    }

    proptest! {
        #[test]
        fn s112_no_surname_is_in_what_a_patient_sees(family in "[A-Z][a-z]{2,12}(-[A-Z][a-z]{2,8})?", given in "[A-Z][a-z]{1,10}") {
            prop_assume!(!given.to_lowercase().contains(&family.to_lowercase()));
            let name = format!("{family}, {given}");
            let staff = Staff { id: "someone", name: &name };
            for audience in [Audience::Patient, Audience::PatientProtected] {
                prop_assert!(!shown(&staff, audience).en.contains(&family));
            }
        }
    }
}

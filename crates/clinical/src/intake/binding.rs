//! What a link may say: the senders it speaks for (MSH-3, MSH-4) and the assigning authorities of its patients' numbers.
//! A certificate proves who is on the line; this says what they may claim.

use crate::intake::datatypes::hd::Designator;
use crate::intake::reading::{comp, reps};
use crate::intake::tables::systems;
use crate::words::Words;
use hl7v2::{Message, Rep, Segment};

/// What a link may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Allowed pairs of MSH-3 and MSH-4, first components, compared exactly. Empty: any.
    pub senders: Vec<(String, String)>,
    /// Allowed assigning authorities of patients' numbers, compared exactly; of a health card also its jurisdiction.
    /// Empty: any.
    pub authorities: Vec<String>,
}

/// What a message says that its link may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The field, as people write it: `PID-3.4`.
    pub field: &'static str,
    /// Segment of the message, from 1.
    pub segment: usize,
    /// What is wrong and the fix.
    pub words: Words,
}

/// Fields with patients' numbers (CX): those that a claim, a merge or a move is read from, and the account numbers that
/// stand beside them.
const NUMBERS: &[(&str, &[(usize, &str)])] = &[
    ("PID", &[(3, "PID-3.4"), (2, "PID-2.4"), (4, "PID-4.4"), (18, "PID-18.4"), (21, "PID-21.4")]),
    ("MRG", &[(1, "MRG-1.4"), (2, "MRG-2.4"), (3, "MRG-3.4"), (4, "MRG-4.4")]),
];

impl Binding {
    /// The first thing in a message that is outside the binding. Every segment and every repetition counts, also
    /// beyond what is read later. A blank authority stands for `default_authority`, as it does when it is filed.
    #[must_use]
    pub fn outside(&self, message: &Message, default_authority: &str) -> Option<Outside> {
        self.sender_outside(message).or_else(|| {
            message
                .segments()
                .enumerate()
                .find_map(|(at, segment)| self.number_outside(segment, at + 1, default_authority))
        })
    }

    fn sender_outside(&self, message: &Message) -> Option<Outside> {
        if self.senders.is_empty() {
            return None;
        }
        let first = |number| {
            let said = message.segment(0).field(number).reps().next().map(|rep| comp(rep, 1).into_owned());
            said.unwrap_or_default()
        };
        let (application, facility) = (first(3), first(4));
        if self.senders.iter().any(|(app, place)| *app == application && *place == facility) {
            return None;
        }
        let field = if self.senders.iter().any(|(app, _)| *app == application) { "MSH-4" } else { "MSH-3" };
        let allowed: Vec<String> = self.senders.iter().map(|(app, place)| format!("{app}|{place}")).collect();
        let (said, allowed) = (format!("{application}|{facility}"), allowed.join(", "));
        Some(Outside {
            field,
            segment: 1,
            words: Words::new(
                format!(
                    "{field}: this link does not speak for {said} (MSH-3|MSH-4). Send {allowed}, or have the sender added \
                     to the link's settings"
                ),
                format!(
                    "{field} : cette liaison ne parle pas au nom de {said} (MSH-3|MSH-4). Envoyez {allowed}, ou faites \
                     ajouter l'expéditeur aux réglages de la liaison"
                ),
            ),
        })
    }

    fn number_outside(&self, segment: Segment<'_>, at: usize, default_authority: &str) -> Option<Outside> {
        if self.authorities.is_empty() {
            return None;
        }
        let (_, fields) = NUMBERS.iter().find(|(name, _)| *name == segment.name())?;
        for (number, field) in *fields {
            for rep in reps(segment.field(*number)) {
                let Some(said) = self.not_allowed(rep, default_authority) else { continue };
                let allowed = self.authorities.join(", ");
                return Some(Outside {
                    field,
                    segment: at,
                    words: Words::new(
                        format!(
                            "{field}: numbers of {said} may not come by this link. Send numbers of {allowed}, or have \
                             {said} added to the link's settings"
                        ),
                        format!(
                            "{field} : les numéros de {said} ne peuvent pas venir par cette liaison. Envoyez des numéros \
                             de {allowed}, ou faites ajouter {said} aux réglages de la liaison"
                        ),
                    ),
                });
            }
        }
        None
    }

    /// The authority of a number, when it is not allowed. Namespace and universal id both count: records are kept apart
    /// by the one, and FHIR identifiers by the other.
    fn not_allowed(&self, rep: Rep<'_>, default_authority: &str) -> Option<String> {
        let designator = Designator::of_comp(rep.comp(4));
        if designator.is_empty() {
            return (!self.allows(default_authority)).then(|| default_authority.to_owned());
        }
        if systems::jurisdiction(designator.authority(), &comp(rep, 5)).is_some_and(|name| self.allows(name))
        {
            return None;
        }
        let said = [&designator.namespace, &designator.universal];
        said.into_iter().find(|name| !name.is_empty() && !self.allows(name)).map(|name| name.to_string())
    }

    fn allows(&self, authority: &str) -> bool {
        self.authorities.iter().any(|allowed| allowed == authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding() -> Binding {
        Binding {
            senders: vec![("LAB".into(), "HRH".into()), ("LAB2".into(), "HRH".into())],
            authorities: vec!["HRH".into(), "NS".into()],
        }
    }

    fn said(msh: &str, segments: &str) -> Option<&'static str> {
        let text = format!("MSH|^~\\&|{msh}|OPOR|NS|2026||ADT^A08|1|P|2.5.1\r{segments}\r");
        let message = Message::parse(text).expect("a message");
        binding().outside(&message, "HRH").map(|outside| outside.field)
    }

    #[test]
    fn what_is_said_elsewhere_than_allowed_is_named_by_its_field() {
        let own = "LAB|HRH";
        for (msh, segments, expected) in [
            (own, "PID|1||5^^^HRH^MR", None),
            (own, "PID|1||5^^^HRH^MR~1000000019^^^NS^JHN", None),
            (own, "PID|1||5", None),
            ("LAB2|HRH", "PID|1||5^^^HRH", None),
            ("LAB|QEII", "PID|1||5^^^HRH", Some("MSH-4")),
            ("EVIL|HRH", "PID|1||5^^^HRH", Some("MSH-3")),
            ("lab|HRH", "PID|1||5^^^HRH", Some("MSH-3")),
            ("|", "PID|1||5^^^HRH", Some("MSH-3")),
            (own, "PID|1||5^^^QEII", Some("PID-3.4")),
            (own, "PID|1||5^^^hrh", Some("PID-3.4")),
            (own, "PID|1||5^^^HRH~6^^^QEII", Some("PID-3.4")),
            (own, "PID|1||5^^^&2.16.840.1&ISO", Some("PID-3.4")),
            (own, "PID|1||5^^^HRH&2.16.840.1&ISO", Some("PID-3.4")),
            (own, "PID|1|5^^^QEII|6^^^HRH", Some("PID-2.4")),
            (own, "PID|1||6^^^HRH|5^^^QEII", Some("PID-4.4")),
            (own, "PID|1||5^^^HRH\rMRG|7^^^QEII", Some("MRG-1.4")),
            (own, "PID|1||5^^^HRH\rPID|2||7^^^QEII", Some("PID-3.4")),
        ] {
            assert_eq!(said(msh, segments), expected, "{msh} {segments}");
        }
    }

    /// Forged messages; one parameter of chance for each.
    const FORGED: u64 = 100_000;

    /// A message of the link with one thing in it that the link may not say, in one of the places where a message can
    /// say it.
    fn forged(n: u64) -> String {
        let pick = |list: &[&'static str], shift: u32| list[(n >> shift) as usize % list.len()];
        let foreign = pick(
            &["QEII", "hrh", "HRH2", "&HRH9", "H RH", "NB", "HRH&9.9&ISO", "QEII&HRH&DNS", "\\T\\HRH"],
            3,
        );
        let of =
            |authority: &str| format!("{}^^^{authority}^{}", n % 977, pick(&["MR", "PI", "", "VN", "SS"], 7));
        let (own, bad) = (of("HRH"), of(foreign));
        let msh = match n % 9 {
            0 => pick(&["EVIL|HRH", "LAB|QEII", "lab|HRH", "|HRH", "LAB|", "LAB^x|QEII", "HRH|LAB"], 4),
            _ => "LAB|HRH",
        };
        let segments = match n % 9 {
            0 => format!("PID|1||{own}"),
            1 => format!("PID|1||{bad}"),
            2 => format!("PID|1||{own}~{bad}"),
            3 => format!("PID|1|{bad}|{own}"),
            4 => format!("PID|1||{own}|{bad}"),
            5 => format!("PID|1||{own}\rMRG|{bad}"),
            6 => format!("PID|1||{own}\rOBR|1\rPID|2||{bad}"),
            7 => format!("PID|1||{own}{}", format!("~{own}").repeat(60) + "~" + &bad),
            _ => format!("PID|1||{own}\r{}PID|2||{bad}", "NTE|1||x\r".repeat(n as usize % 40)),
        };
        format!("MSH|^~\\&|{msh}|OPOR|NS|2026||ADT^A08|{n}|P|2.5.1\r{segments}\r")
    }

    #[test]
    fn d08_of_100000_forged_messages_none_is_inside_the_binding() {
        let binding = binding();
        let seen: std::collections::BTreeMap<&str, u64> =
            (0..FORGED).fold(Default::default(), |mut seen, n| {
                let text = forged(n);
                let message = Message::parse(text.clone()).expect("a message");
                let outside = binding.outside(&message, "HRH").unwrap_or_else(|| panic!("accepted: {text}"));
                *seen.entry(outside.field).or_default() += 1;
                seen
            });
        assert_eq!(
            seen.keys().copied().collect::<Vec<_>>(),
            ["MRG-1.4", "MSH-3", "MSH-4", "PID-2.4", "PID-3.4", "PID-4.4"]
        );
    }
}

//! By which ways the reports of a practitioner go, and whose go by others after a change (GUARANTEES X-22).

use super::{Directory, EndpointKind, EndpointState};
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Sort of these facts among the directory's: said beside a change, of each practitioner whom it moves.
pub const MOVED_SORT: &str = "moved";

/// Where the reports of a practitioner went and go. Its id is the practitioner's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Ways until then.
    pub was: Vec<Words>,
    /// Ways from then on; none when nothing goes to them any more.
    pub is: Vec<Words>,
}

/// The way of a role that goes on: the place, its days, and the lines in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct OwnWay<'d> {
    place: &'d str,
    primary: bool,
    from: &'d str,
    to: Option<&'d str>,
    lines: Vec<Line<'d>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line<'d> {
    kind: EndpointKind,
    address: &'d str,
    is_live: bool,
    days: (Option<&'d str>, Option<&'d str>),
}

impl Directory {
    /// What a change to `after` moves on a day (`YYYY-MM-DD`): each practitioner who is known already and whose reports go
    /// by other ways from then on, or from another day. What a way takes, how it renders and its id move nobody.
    #[must_use]
    pub fn moved<'d>(&'d self, after: &'d Self, day: &'d str) -> Vec<(&'d str, Moved)> {
        let (was, is) = (self.ways(day), after.ways(day));
        let nothing = BTreeSet::new();
        let mut moved = Vec::new();
        for who in self.practitioners() {
            let of = |ways: &BTreeMap<&str, BTreeSet<OwnWay<'d>>>| {
                ways.get(who.id.as_str()).unwrap_or(&nothing).clone()
            };
            let (was, is) = (of(&was), of(&is));
            if was != is {
                let said = |directory: &Self, ways: &BTreeSet<OwnWay<'_>>| -> Vec<Words> {
                    ways.iter().map(|way| directory.way_words(way, day)).collect()
                };
                let (was, mut is) = (said(self, &was), said(after, &is));
                if was == is {
                    // Only the folder differs, whose name is not theirs to read.
                    is.iter_mut().for_each(|way| {
                        way.en.push_str("; another folder");
                        way.fr.push_str("; un autre répertoire");
                    });
                }
                moved.push((who.id.as_str(), Moved { was, is }));
            }
        }
        moved
    }

    /// The ways of everybody with a role that goes on, by practitioner.
    fn ways<'d>(&'d self, day: &'d str) -> BTreeMap<&'d str, BTreeSet<OwnWay<'d>>> {
        let mut ways: BTreeMap<&str, BTreeSet<OwnWay<'d>>> = BTreeMap::new();
        for role in self.roles().filter(|role| role.to.as_deref().is_none_or(|to| day <= to)) {
            let first = role.endpoint.as_deref().and_then(|id| self.endpoint(id));
            let first = first.filter(|way| way.kind.delivers());
            let rest = first.into_iter().flat_map(|way| &way.fallback).filter_map(|id| self.endpoint(id));
            let line = |way: &'d super::Endpoint| Line {
                kind: way.kind,
                // What follows the number of a fax is its gateway's, and no other way of theirs.
                address: match way.kind {
                    EndpointKind::Fax => way.address.split('@').next().unwrap_or_default(),
                    _ => &way.address,
                },
                is_live: way.state == EndpointState::Live,
                days: (way.from.as_deref().filter(|from| *from > day), way.to.as_deref()),
            };
            let way = OwnWay {
                place: &role.place,
                primary: role.primary,
                from: role.from.as_str().max(day),
                to: role.to.as_deref(),
                lines: first.into_iter().chain(rest).map(line).collect(),
            };
            ways.entry(&role.practitioner).or_default().insert(way);
        }
        ways
    }

    /// `Hill Clinic: HL7 line to the EMR 10.0.0.7:2601, then fax 902 555 0100; until 2026-12-31`.
    fn way_words(&self, way: &OwnWay<'_>, day: &str) -> Words {
        let place = self.place(way.place).map_or(way.place, |place| &place.name);
        let line = |line: &Line<'_>| {
            let kind = line.kind.words();
            // A folder says how the gateway is set up.
            let address = if line.kind == EndpointKind::FileDrop { "" } else { line.address };
            let (mut en, mut fr) = (format!("{} {address}", kind.en), format!("{} {address}", kind.fr));
            if let Some(from) = line.days.0 {
                en.push_str(&format!(" from {from}"));
                fr.push_str(&format!(" à partir du {from}"));
            }
            if let Some(to) = line.days.1 {
                en.push_str(&format!(" until {to}"));
                fr.push_str(&format!(" jusqu'au {to}"));
            }
            if !line.is_live {
                en.push_str(" (on trial)");
                fr.push_str(" (à l'essai)");
            }
            Words::new(en.trim(), fr.trim())
        };
        let mut lines: Vec<Words> = way.lines.iter().map(line).collect();
        if lines.is_empty() {
            lines.push(EndpointKind::Portal.words());
        }
        let [en, fr] = [|one: &Words| one.en.clone(), |one: &Words| one.fr.clone()]
            .map(|of| lines.iter().map(of).collect::<Vec<String>>());
        let (mut en, mut fr) =
            (format!("{place}: {}", en.join(", then ")), format!("{place} : {}", fr.join(", puis ")));
        if way.primary {
            en.push_str("; first place");
            fr.push_str("; premier lieu");
        }
        if way.from > day {
            en.push_str(&format!("; from {}", way.from));
            fr.push_str(&format!("; à partir du {}", way.from));
        }
        if let Some(to) = way.to {
            en.push_str(&format!("; until {to}"));
            fr.push_str(&format!("; jusqu'au {to}"));
        }
        Words::new(en, fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"
[[endpoint]]
id = "hill-emr"
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"
fallback = ["hill-fax"]
[[endpoint]]
id = "hill-fax"
place = "hill"
kind = "fax"
address = "902 555 0100@gateway"
[[practitioner]]
id = "p-hill"
family = "Hill"
given = "Ana"
[[practitioner]]
id = "p-left"
family = "Left"
given = "Ben"
[[practitioner]]
id = "p-dale"
family = "Dale"
given = "Cy"
[[role]]
practitioner = "p-hill"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
from = "2000-01-01"
[[role]]
practitioner = "p-left"
place = "hill"
role = "locum"
endpoint = "hill-emr"
from = "2000-01-01"
to = "2020-01-01"
"#;

    fn moved(from: &str, to: &str) -> Vec<(String, Moved)> {
        let before = Directory::from_toml(BEFORE).expect("a directory");
        let after = Directory::from_toml(&BEFORE.replace(from, to)).expect("a directory");
        let moved = before.moved(&after, "2026-11-22");
        moved.into_iter().map(|(who, moved)| (who.to_owned(), moved)).collect()
    }

    fn whom(from: &str, to: &str) -> Vec<String> {
        moved(from, to).into_iter().map(|(who, _)| who).collect()
    }

    #[test]
    fn x22_whose_reports_go_by_another_way_is_whoever_has_it_still_and_whoever_had_the_role() {
        let [(who, said)] = moved("127.0.0.1:1", "127.0.0.1:2").try_into().expect("one");
        assert_eq!(who, "p-hill", "whoever left long ago has nothing there");
        assert_eq!(
            said.is[0].en, "Hill Clinic: HL7 line to the EMR 127.0.0.1:2, then fax 902 555 0100",
            "{said:?}"
        );
        assert_eq!(whom("practitioner = \"p-hill\"", "practitioner = \"p-dale\""), ["p-dale", "p-hill"]);
        assert_eq!(whom("0100@", "0199@"), ["p-hill"], "what the line cannot take goes there");
        let folder = |name: &str| {
            let to = format!("kind = \"file-drop\"\naddress = \"{name}\"");
            Directory::from_toml(&BEFORE.replace("kind = \"mllp\"\naddress = \"127.0.0.1:1\"", &to))
                .expect("a directory")
        };
        let (one, other) = (folder("/one"), folder("/other"));
        let folder = one.moved(&other, "2026-11-22");
        assert!(
            folder[0].1.is[0].en.ends_with("; another folder") && folder[0].1.was != folder[0].1.is,
            "{folder:?}"
        );
        let until = moved("kind = \"fax\"", "kind = \"fax\"\nto = \"2026-12-31\"");
        assert!(until[0].1.is[0].en.ends_with("fax 902 555 0100 until 2026-12-31"), "{until:?}");
        assert_eq!(whom("[\"hill-fax\"]", "[\"hill-fax\"]\nstate = \"trial\""), ["p-hill"]);
        let ends =
            moved("from = \"2000-01-01\"\n[[role]]", "from = \"2000-01-01\"\nto = \"2026-12-31\"\n[[role]]");
        assert!(ends[0].1.is[0].fr.ends_with("jusqu'au 2026-12-31"), "{ends:?}");
    }

    #[test]
    fn x22_what_moves_no_report_moves_nobody() {
        for (from, to) in [
            ("kind = \"fax\"", "kind = \"fax\"\nhours = \"Mo-Fr 08:00-17:00\""),
            ("hill-fax", "hill-telefax"),
            ("0100@gateway", "0100@other"),
            ("kind = \"fax\"", "kind = \"fax\"\nfrom = \"2020-01-01\""),
            ("given = \"Ana\"", "given = \"Anna\""),
            ("to = \"2020-01-01\"", "to = \"2020-02-01\""),
            ("from = \"2000-01-01\"", "from = \"2001-01-01\""),
        ] {
            assert_eq!(whom(from, to), Vec::<String>::new(), "{from} -> {to}");
        }
    }
}

//! Clinical groups of a flowsheet, and the usual order within them.

use super::Series;
use super::series::Placed;
use clinical::words::Words;

/// A group of tests that are read together.
struct Group {
    words: (&'static str, &'static str),
    /// LOINC codes in the order in which they are read.
    loinc: &'static [&'static str],
    /// Sections of HL7 table 0074.
    sections: &'static [&'static str],
    /// Beginnings of words in a name, lower case.
    names: &'static [&'static str],
}

/// Groups in the order shown. The first that knows the LOINC code has the test, then the first that knows a word of
/// its name, then the first that knows its section; the last group has the rest.
const GROUPS: &[Group] = &[
    Group {
        words: ("Chemistry", "Biochimie"),
        loinc: &[
            "2951-2", "2823-3", "2075-0", "2028-9", "1963-8", "22664-7", "3094-0", "14682-9", "2160-0",
            "62238-1", "33914-3", "98979-8", "14749-6", "2345-7", "4548-4", "17856-6", "2000-8", "17861-6",
            "2601-3", "19123-9", "14879-1", "2777-1", "1742-6", "1920-8", "6768-6", "2324-2", "14631-6",
            "1975-2", "1751-7", "2885-2", "14647-2", "2093-3", "14646-4", "2085-9", "39469-2", "14927-8",
            "2571-8", "3016-3", "14920-3", "33762-6", "42637-9", "10839-9", "67151-1", "1988-5", "2276-4",
        ],
        sections: &["CH", "GE"],
        names: &[],
    },
    Group {
        words: ("Hematology", "Hématologie"),
        loinc: &[
            "718-7", "4544-3", "20570-8", "789-8", "787-2", "785-6", "786-4", "788-0", "6690-2", "751-8",
            "731-0", "742-7", "711-2", "704-7", "777-3", "32623-1", "4537-7",
        ],
        sections: &["HM"],
        names: &[
            "hemoglobin",
            "hematocrit",
            "platelet",
            "leukocyte",
            "neutrophil",
            "erythrocyte",
            "lymphocyte",
        ],
    },
    Group {
        words: ("Coagulation", "Coagulation"),
        loinc: &["6301-6", "34714-6", "5902-2", "14979-9", "3173-2", "3255-7", "48065-7"],
        sections: &[],
        names: &["inr", "prothrombin", "thromboplastin", "aptt", "ptt", "fibrinogen", "d-dimer"],
    },
    Group {
        words: ("Blood bank", "Banque de sang"),
        loinc: &["882-1", "883-9", "10331-7", "890-4"],
        sections: &["BLB"],
        names: &[],
    },
    Group {
        words: ("Microbiology", "Microbiologie"),
        loinc: &["600-7", "630-4", "664-3", "6463-4", "11475-1", "94500-6"],
        sections: &["MB", "MCB", "MYC", "VR", "PAR", "BCT"],
        names: &["culture", "gram", "bacteria", "organism", "susceptib"],
    },
    Group {
        words: ("Immunology and serology", "Immunologie et sérologie"),
        loinc: &[],
        sections: &["IMM", "SR"],
        names: &["antibod", "antigen", "immunoglobulin"],
    },
    Group { words: ("Toxicology", "Toxicologie"), loinc: &[], sections: &["TX"], names: &[] },
    Group { words: ("Other results", "Autres résultats"), loinc: &[], sections: &[], names: &[] },
];

/// Series in their groups, those without any left out.
pub(super) fn arrange(series: Vec<Placed>) -> Vec<(Words, Vec<Series>)> {
    let mut shelves: Vec<Vec<(usize, Series)>> = GROUPS.iter().map(|_| Vec::new()).collect();
    for placed in series {
        let (group, rank) = place(&placed);
        if let Some(shelf) = shelves.get_mut(group) {
            shelf.push((rank, placed.series));
        }
    }
    let words = |group: &Group| Words::new(group.words.0, group.words.1);
    GROUPS
        .iter()
        .zip(shelves)
        .filter(|(_, shelf)| !shelf.is_empty())
        .map(|(group, mut shelf)| {
            shelf.sort_by(|(a, x), (b, y)| {
                a.cmp(b).then_with(|| x.name.to_lowercase().cmp(&y.name.to_lowercase()))
            });
            (words(group), shelf.into_iter().map(|(_, series)| series).collect())
        })
        .collect()
}

/// Group and place in it.
fn place(placed: &Placed) -> (usize, usize) {
    if let Some(code) = &placed.loinc {
        let known = GROUPS
            .iter()
            .enumerate()
            .find_map(|(n, group)| group.loinc.iter().position(|known| known == code).map(|rank| (n, rank)));
        if let Some(known) = known {
            return known;
        }
    }
    let name = placed.series.name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | '/')).collect();
    let named =
        |group: &Group| group.names.iter().any(|start| words.iter().any(|word| word.starts_with(start)));
    let group = GROUPS
        .iter()
        .position(named)
        .or_else(|| GROUPS.iter().position(|group| group.sections.contains(&placed.section.as_str())))
        .unwrap_or(GROUPS.len() - 1);
    (group, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(loinc: &str, name: &str, section: &str) -> Placed {
        Placed {
            series: Series { code: name.into(), name: name.into(), unit: String::new(), points: Vec::new() },
            loinc: (!loinc.is_empty()).then(|| loinc.to_owned()),
            section: section.into(),
        }
    }

    #[test]
    fn tests_stand_in_their_groups_in_the_usual_order() {
        let arranged = arrange(vec![
            placed("14682-9", "Creatinine", "CH"),
            placed("6301-6", "INR", "HM"),
            placed("2951-2", "Sodium", "CH"),
            placed("", "Blood culture", "MB"),
            placed("", "Zinc", "CH"),
            placed("", "Retic. count", "HM"),
            placed("", "Ristocetin", ""),
        ]);
        let shown: Vec<(&str, Vec<&str>)> = arranged
            .iter()
            .map(|(words, series)| (words.en.as_str(), series.iter().map(|s| s.name.as_str()).collect()))
            .collect();
        assert_eq!(
            shown,
            [
                ("Chemistry", vec!["Sodium", "Creatinine", "Zinc"]),
                ("Hematology", vec!["Retic. count"]),
                ("Coagulation", vec!["INR"]),
                ("Microbiology", vec!["Blood culture"]),
                ("Other results", vec!["Ristocetin"]),
            ]
        );
    }

    #[test]
    fn no_code_stands_in_two_groups() {
        let all: Vec<&str> = GROUPS.iter().flat_map(|group| group.loinc).copied().collect();
        let once: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), once.len());
    }
}

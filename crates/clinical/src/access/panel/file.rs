//! Reading a panel file: comma, semicolon or tab between the cells, a line of headings, one patient a line.

use super::own;
use crate::identity::{Claim, Identifier, IdentifierSort, Name, Sex, cards, dates};
use crate::sheets::lines;
use std::collections::HashSet;

/// Patients that one file may name; a family doctor's panel has about 1,300.
pub const ROWS_LIMIT: usize = 5_000;

/// What stands in a column, with the headings under which systems export it (letters only, lower case).
const COLUMNS: &[(Column, &[&str])] = &[
    (
        Column::Card,
        &[
            "hcn",
            "healthcard",
            "healthcardnumber",
            "healthnumber",
            "card",
            "hin",
            "msi",
            "phn",
            "ahc",
            "cartesante",
            "numerodecartesante",
            "nam",
        ],
    ),
    (Column::Province, &["province", "hcnprovince", "jurisdiction", "hctype", "hcprovince"]),
    (Column::Number, &["mrn", "recordnumber", "hospitalnumber", "numerodedossier"]),
    (Column::Site, &["site", "facility", "hospital", "authority", "etablissement"]),
    (Column::Family, &["family", "familyname", "lastname", "last", "surname", "nom", "nomdefamille"]),
    (Column::Given, &["given", "givenname", "firstname", "first", "prenom"]),
    (Column::Birth, &["birthdate", "dateofbirth", "dob", "birth", "born", "datedenaissance", "naissance"]),
    (Column::Sex, &["sex", "gender", "sexe"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Card,
    Province,
    Number,
    Site,
    Family,
    Given,
    Birth,
    Sex,
}

/// One patient of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the file, from 1.
    pub line: usize,
    /// What it says of them.
    pub claim: Claim,
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// Nothing in it.
    #[error("The file is empty. Export the patient list of your system as CSV, with a line of headings.")]
    Empty,
    /// A column is missing.
    #[error(
        "The first line has no column for the {0}. Name the columns hcn, family, given, birth_date (and mrn with site)."
    )]
    Column(&'static str),
    /// Too long.
    #[error("The file has more than {ROWS_LIMIT} patients. Send the panel of one doctor.")]
    TooLong,
}

impl FileProblem {
    /// The same in French.
    #[must_use]
    pub fn french(&self) -> String {
        match self {
            Self::Empty => "Le fichier est vide. Exportez la liste de patients de votre système en CSV, avec une ligne de titres.".to_owned(),
            Self::Column(name) => format!(
                "La première ligne n'a pas de colonne « {name} ». Nommez les colonnes hcn, family, given, birth_date (et mrn avec site)."
            ),
            Self::TooLong => format!("Le fichier a plus de {ROWS_LIMIT} patients. Envoyez la clientèle d'un seul médecin."),
        }
    }
}

/// The patients that a file names, each once; empty lines are left out.
///
/// # Errors
/// It is empty, too long, or has no columns of a name, a birth date and a number.
pub fn read(text: &str) -> Result<Vec<Row>, FileProblem> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).ok_or(FileProblem::Empty)?;
    let separator = [';', '\t'].into_iter().find(|mark| first.matches(*mark).count() >= 2).unwrap_or(',');
    let mut lines = lines(text, separator).into_iter();
    let (_, headings) = lines.next().ok_or(FileProblem::Empty)?;
    let places: Vec<Option<Column>> = headings.iter().map(|cell| column(cell)).collect();
    let has = |wanted: Column| places.contains(&Some(wanted));
    for (wanted, name) in
        [(Column::Family, "family"), (Column::Given, "given"), (Column::Birth, "birth_date")]
    {
        if !has(wanted) {
            return Err(FileProblem::Column(name));
        }
    }
    if !(has(Column::Card) || has(Column::Number) && has(Column::Site)) {
        return Err(FileProblem::Column("hcn"));
    }
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (line, cells) in lines {
        let cell = |wanted: Column| {
            let at = places.iter().position(|column| *column == Some(wanted));
            at.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim())
        };
        if cells.iter().all(|cell| cell.trim().is_empty()) || !seen.insert(cells.clone()) {
            continue;
        }
        if rows.len() == ROWS_LIMIT {
            return Err(FileProblem::TooLong);
        }
        rows.push(Row { line, claim: claim(&cell) });
    }
    if rows.is_empty() { Err(FileProblem::Empty) } else { Ok(rows) }
}

fn column(heading: &str) -> Option<Column> {
    let bare: String = fhir::search::fold(heading).chars().filter(char::is_ascii_alphabetic).collect();
    COLUMNS.iter().find(|(_, names)| names.contains(&bare.as_str())).map(|(column, _)| *column)
}

fn claim<'c>(cell: &impl Fn(Column) -> &'c str) -> Claim {
    let word = |column| cell(column).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut identifiers = Vec::new();
    let (number, site) = (cell(Column::Number), cell(Column::Site));
    if !number.is_empty() && !site.is_empty() {
        identifiers.push(Identifier {
            sort: IdentifierSort::RecordNumber,
            authority: site.to_uppercase(),
            value: number.to_owned(),
        });
    }
    let (bare, stated) = card(cell(Column::Card));
    let province =
        if cell(Column::Province).is_empty() { stated } else { cell(Column::Province).to_uppercase() };
    if !bare.is_empty() {
        let authority = if province.is_empty() { "NS".to_owned() } else { province };
        identifiers.push(Identifier { sort: IdentifierSort::HealthCard, authority, value: bare });
    }
    identifiers.retain(cards::is_proof);
    let name = Name {
        family: word(Column::Family),
        given: word(Column::Given),
        use_code: "L".to_owned(),
        ..Name::default()
    };
    let mut claim = Claim {
        identifiers,
        names: if name.family.is_empty() && name.given.is_empty() { Vec::new() } else { vec![name] },
        birth_date: birth(cell(Column::Birth)),
        sex: match cell(Column::Sex).chars().next().map(|c| c.to_ascii_uppercase()) {
            Some('F') => Sex::Female,
            Some('M' | 'H') => Sex::Male,
            _ => Sex::Unknown,
        },
        ..Claim::default()
    };
    claim.own = own(&claim);
    claim
}

/// A card's figures, and the province that stands behind them: `0041 702 816 NS`.
fn card(text: &str) -> (String, String) {
    let text = text.trim().to_uppercase();
    let (number, province) = match text.rsplit_once([' ', '-', '(']) {
        Some((number, last))
            if last.trim_end_matches(')').len() == 2 && last.chars().take(2).all(char::is_alphabetic) =>
        {
            (number.to_owned(), last.trim_end_matches(')').to_owned())
        }
        _ => (text, String::new()),
    };
    (number.chars().filter(|c| c.is_alphanumeric()).collect(), province)
}

/// A full date year first (`1961-03-09`, `1961/03/09`, `19610309`); anything else says nothing: which of two numbers is the
/// month is not guessed.
fn birth(text: &str) -> String {
    let text = text.split(['T', ' ']).next().unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let year_first =
        text.len() == 8 || text.get(..4).is_some_and(|year| year.bytes().all(|b| b.is_ascii_digit()));
    let parts = (digits.get(..4), digits.get(4..6), digits.get(6..8));
    match parts {
        (Some(year), Some(month), Some(day)) if digits.len() == 8 && year_first => {
            let date = format!("{year}-{month}-{day}");
            if dates::is_full(&date) { date } else { String::new() }
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let rows = read(text).expect("a file");
        rows.iter()
            .map(|row| {
                let own = row
                    .claim
                    .own
                    .as_ref()
                    .map_or_else(|| "-".into(), |own| format!("{} {}", own.authority, own.value));
                let name = crate::identity::display_name(&row.claim.names);
                format!("{}: {own} {name} {}", row.line, row.claim.birth_date)
            })
            .collect()
    }

    #[test]
    fn files_of_several_systems_are_read() {
        let comma = "HCN,Last Name,First Name,DOB,Sex\r\n0144679875,\"Drumlin, von\",Maren,1961-03-09,F\r\n\r\n0144679875,\"Drumlin, von\",Maren,1961-03-09,F\r\n";
        assert_eq!(told(comma), ["2: NS 0144679875 Drumlin, von, Maren 1961-03-09"]);
        let french = "\u{feff}Numéro de carte santé;Nom;Prénom;Date de naissance\n144 679 875 NB;LeBlanc;Évangéline;19610309\n";
        assert_eq!(told(french), ["2: NB 144679875 LeBlanc, Évangéline 1961-03-09"]);
        let hospital = "mrn\tsite\tfamily\tgiven\tbirth_date\n00718264\thrh\tDrumlin\tMaren\t1961/03/09\n";
        assert_eq!(told(hospital), ["2: HRH 00718264 Drumlin, Maren 1961-03-09"]);
    }

    #[test]
    fn what_is_not_sure_is_left_empty() {
        // Which of 03 and 09 is the month is not said; a card of nines is nobody's.
        assert_eq!(
            told("hcn,family,given,dob\n9999999999,Drumlin,Maren,03/09/1961\n"),
            ["2: - Drumlin, Maren "]
        );
        assert_eq!(read(""), Err(FileProblem::Empty));
        assert_eq!(read("hcn,family,given,dob\n"), Err(FileProblem::Empty));
        assert_eq!(read("family,given,dob\nA,B,1961-03-09"), Err(FileProblem::Column("hcn")));
        assert_eq!(read("mrn,family,given,dob\n1,A,B,1961-03-09"), Err(FileProblem::Column("hcn")));
        assert_eq!(read("hcn,family,given\n1,A,B"), Err(FileProblem::Column("birth_date")));
    }
}

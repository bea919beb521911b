//! What the one search box was understood to mean.

use clinical::identity::{Identifier, IdentifierSort, Name, cards, dates};
use fhir::system::HEALTH_NUMBERS;

/// What was typed, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// Nothing.
    Nothing,
    /// A number: the cards it can be (one per jurisdiction whose shape it has), and the record number it can be.
    Number {
        /// Cards to look for.
        cards: Vec<Identifier>,
        /// A jurisdiction was typed with it: it is a card and nothing else.
        card_only: bool,
        /// Facility typed before the record number, upper case; empty when none was.
        authority: String,
        /// The record number as typed, without blanks.
        record_number: String,
    },
    /// A name and a birth date.
    NameAndBirthDate {
        /// The name as typed.
        name: String,
        /// Ways to part it in family and given name.
        ways: Vec<Name>,
        /// `YYYY-MM-DD`
        birth_date: String,
    },
    /// A name, or a date, alone.
    OneFact(String),
    /// A scanned card without a number, or a name and birth date, that is known how to read.
    Scanned,
}

/// Most words of a name that are parted in every way.
const MOST_WORDS: usize = 6;

/// Takes the text of the box apart.
pub(super) fn read(text: &str) -> Typed {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Typed::Nothing;
    }
    if let Some(scanned) = scanned(&text) {
        return scanned;
    }
    if let Some((name, birth_date)) = split_date(&text) {
        return if name.chars().any(char::is_alphabetic) {
            Typed::NameAndBirthDate { ways: ways(&name), name, birth_date }
        } else {
            Typed::OneFact(text)
        };
    }
    if is_number(&text) { number(&text) } else { Typed::OneFact(text) }
}

/// What a reader of cards types: a magnetic track (ISO/IEC 7813: `%B` or `;`, the number, `^` or `=`) or the text of a
/// two-dimensional code (AAMVA: family name DCS, given names DAC or DCT, birth date DBB).
fn scanned(text: &str) -> Option<Typed> {
    if text.starts_with(['%', ';']) {
        let number = text.trim_start_matches(['%', ';', 'B', 'b', '?', '+']);
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        return Some(track(&digits));
    }
    if !text.starts_with('@') || !text.contains("DCS") {
        return None;
    }
    let family = element(text, &["DCS"]);
    let given = element(text, &["DAC", "DCT"]);
    let digits: String = element(text, &["DBB"]).chars().filter(char::is_ascii_digit).collect();
    let birth_date = match (digits.get(..4), digits.get(4..6), digits.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => String::new(),
    };
    if family.is_empty() || !dates::is_full(&birth_date) {
        return Some(Typed::Scanned);
    }
    let name = format!("{family}, {given}");
    Some(Typed::NameAndBirthDate { ways: ways(&name), name, birth_date })
}

/// The cards that the number of a track can be: itself, or what stands behind the six figures of its issuer (Ontario's
/// are 610054).
fn track(digits: &str) -> Typed {
    let mut cards: Vec<Identifier> = Vec::new();
    let ontario = digits.starts_with("610054");
    for (whole, row) in [digits, digits.get(6..).unwrap_or_default()]
        .into_iter()
        .flat_map(|whole| HEALTH_NUMBERS.iter().map(move |row| (whole, row)))
        .filter(|(_, row)| !ontario || row.jurisdiction == "ON")
    {
        for length in [12, 10, 9, 8] {
            let Some(value) = whole.get(..length) else { continue };
            let card = Identifier {
                sort: IdentifierSort::HealthCard,
                authority: row.jurisdiction.to_owned(),
                value: value.to_owned(),
            };
            // The issuer's figures are no number of a person.
            let is_issuer = ontario && whole == digits;
            if cards::is_proof(&card) && !is_issuer && !cards.contains(&card) {
                cards.push(card);
            }
        }
    }
    if cards.is_empty() {
        return Typed::Scanned;
    }
    Typed::Number { cards, card_only: true, authority: String::new(), record_number: String::new() }
}

/// The value of the first of some AAMVA elements: up to the next element, whose name is a D and two capitals.
fn element(text: &str, names: &[&str]) -> String {
    const NEXT: [&str; 22] = [
        "DAC", "DAD", "DAG", "DAI", "DAJ", "DAK", "DAQ", "DAU", "DAY", "DBA", "DBB", "DBC", "DBD", "DCA",
        "DCB", "DCD", "DCF", "DCG", "DCS", "DCT", "DDE", "DDF",
    ];
    let Some(from) = names.iter().find_map(|name| text.find(name).map(|at| at + name.len())) else {
        return String::new();
    };
    let rest = text.get(from..).unwrap_or_default();
    let end = NEXT.iter().filter_map(|next| rest.find(next)).min().unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().replace(',', " ").trim().to_owned()
}

/// A number has digits, and words of letters only before them or as a jurisdiction: no word of a name.
fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let longest_word =
        text.split(|c: char| !c.is_alphabetic()).map(|word| word.chars().count()).max().unwrap_or_default();
    digits >= 2 && longest_word <= 5 && digits + 1 >= text.chars().filter(|c| c.is_alphabetic()).count()
}

fn number(text: &str) -> Typed {
    let parts: Vec<String> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '/'))
        .filter(|part| !part.is_empty())
        .map(str::to_uppercase)
        .collect();
    let jurisdiction =
        |word: &String| HEALTH_NUMBERS.iter().map(|row| row.jurisdiction).find(|code| code == word);
    let stated = parts.last().and_then(jurisdiction).map(|code| (code, &parts[..parts.len() - 1]));
    let stated = stated.or_else(|| parts.first().and_then(jurisdiction).map(|code| (code, &parts[1..])));
    let card = |code: &str, digits: &str| Identifier {
        sort: IdentifierSort::HealthCard,
        authority: code.to_owned(),
        value: digits.to_owned(),
    };
    let bare =
        |parts: &[String]| -> String { parts.concat().chars().filter(|c| c.is_alphanumeric()).collect() };
    if let Some((code, rest)) = stated {
        let one = card(code, &bare(rest));
        if cards::is_proof(&one) {
            let record_number = one.value.clone();
            return Typed::Number {
                cards: vec![one],
                card_only: true,
                authority: String::new(),
                record_number,
            };
        }
    }
    let whole = bare(&parts);
    let cards =
        HEALTH_NUMBERS.iter().map(|row| card(row.jurisdiction, &whole)).filter(cards::is_proof).collect();
    let facility = parts.first().filter(|word| parts.len() > 1 && word.chars().all(char::is_alphabetic));
    let record_number = parts.iter().skip(usize::from(facility.is_some())).map(String::as_str).collect();
    Typed::Number { cards, card_only: false, authority: facility.cloned().unwrap_or_default(), record_number }
}

/// A date anywhere in the text, and what is left; `1961-03-09`, `1961/03/09`, `1961.03.09`, or `19610309` as a word.
fn split_date(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split(' ').collect();
    let at = words.iter().position(|word| date(word).is_some())?;
    let birth_date = date(words.get(at)?)?;
    let rest: Vec<&str> = words.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, word)| *word).collect();
    let rest = rest.join(" ");
    if rest.is_empty() && !text.contains(['-', '/', '.']) {
        // Eight digits alone are a number.
        return None;
    }
    Some((rest.trim_matches(|c: char| c == ',' || c.is_whitespace()).to_owned(), birth_date))
}

fn date(word: &str) -> Option<String> {
    let word = word.trim_matches(',');
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    let marks: Vec<usize> = word.match_indices(['-', '/', '.']).map(|(at, _)| at).collect();
    let shaped = digits.len() == 8
        && match marks.as_slice() {
            [] => word.len() == 8,
            [4, 7] => word.len() == 10,
            _ => false,
        };
    if !shaped {
        return None;
    }
    let date = format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?);
    dates::is_full(&date).then_some(date)
}

/// The ways in which a typed name can be a family and a given name: by its comma when it has one, else at every gap in
/// both orders; one word can be either.
fn ways(name: &str) -> Vec<Name> {
    let way = |family: &str, given: &str| Name {
        family: family.trim().to_owned(),
        given: given.trim().to_owned(),
        ..Name::default()
    };
    if let Some((family, given)) = name.split_once(',') {
        return vec![way(family, given)];
    }
    let words: Vec<&str> = name.split(' ').take(MOST_WORDS).collect();
    if words.len() == 1 {
        return vec![way(name, ""), way("", name)];
    }
    let mut ways = Vec::with_capacity(2 * words.len());
    for gap in 1..words.len() {
        let (first, last) = (words[..gap].join(" "), words[gap..].join(" "));
        ways.push(way(&last, &first));
        ways.push(way(&first, &last));
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match read(text) {
            Typed::Nothing => "nothing".into(),
            Typed::OneFact(text) => format!("one fact {text}"),
            Typed::Scanned => "a card that is not read".into(),
            Typed::NameAndBirthDate { name, birth_date, .. } => format!("{name} born {birth_date}"),
            Typed::Number { cards, card_only, authority, record_number } => {
                let cards: Vec<String> =
                    cards.iter().map(|c| format!("{}:{}", c.authority, c.value)).collect();
                format!("{} {card_only} {authority}/{record_number}", cards.join("+")).trim().to_owned()
            }
        }
    }

    #[test]
    fn the_box_is_understood() {
        for (typed, expected) in [
            ("", "nothing"),
            ("   ", "nothing"),
            ("0041 702 816 NS", "NS:0041702816 true /0041702816"),
            ("ns 0041-702-816", "NS:0041702816 true /0041702816"),
            ("TREM 7104 1218", "QC:TREM71041218 false TREM/71041218"),
            ("TREM 7104 1218 QC", "QC:TREM71041218 true /TREM71041218"),
            ("N1446798", "NT:N1446798 false /N1446798"),
            ("HRH 0071 8264", "false HRH/00718264"),
            ("hrh:00718264", "false HRH/00718264"),
            ("MR-4471", "false /MR-4471"),
            ("Drumlin, Maren 1961-03-09", "Drumlin, Maren born 1961-03-09"),
            ("1961-03-09 Drumlin Maren", "Drumlin Maren born 1961-03-09"),
            ("Maren Drumlin 1961/03/09", "Maren Drumlin born 1961-03-09"),
            ("Drumlin 19610309", "Drumlin born 1961-03-09"),
            ("Drumlin, 1961-03-09", "Drumlin born 1961-03-09"),
            ("王 小明 1990-01-02", "王 小明 born 1990-01-02"),
            ("1961-03-09", "one fact 1961-03-09"),
            ("Drumlin", "one fact Drumlin"),
            ("Maren Drumlin", "one fact Maren Drumlin"),
            ("Drumlin 1961", "one fact Drumlin 1961"),
            ("Drumlin 1961-02-30", "one fact Drumlin 1961-02-30"),
        ] {
            assert_eq!(told(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_a_reader_of_cards_types_is_understood() {
        let cards = |text: &str| -> Vec<String> {
            let Typed::Number { cards, card_only: true, .. } = read(text) else {
                panic!("{text}: {}", told(text))
            };
            cards.iter().map(|card| format!("{}:{}", card.authority, card.value)).collect()
        };
        // Ontario, first and second track; a number alone on the track.
        assert_eq!(cards("%b6100549876543217^DRUMLIN/MAREN^2812799F19610309AB?"), ["ON:9876543217"]);
        assert_eq!(cards(";6100549876543217=2812?"), ["ON:9876543217"]);
        assert!(cards("%B0041702816^DRUMLIN/MAREN^?").contains(&"NS:0041702816".to_owned()));
        let licence = "@ANSI 636028050001DL00310200DLDCSDRUMLINDCTMAREN ISOLDEDBB19610309DCAxDAQ123";
        assert_eq!(told(licence), "DRUMLIN, MAREN ISOLDE born 1961-03-09");
        assert_eq!(told("%?"), "a card that is not read");
        assert_eq!(told("@ANSI 636028 DCSDRUMLIN"), "a card that is not read");
    }

    #[test]
    fn a_bare_number_can_be_the_card_of_several_provinces() {
        let Typed::Number { cards, card_only, .. } = read("144 679 875") else { panic!("a number") };
        let issuers: Vec<&str> = cards.iter().map(|card| card.authority.as_str()).collect();
        assert!(!card_only && issuers.contains(&"NB") && issuers.contains(&"SK") && !issuers.contains(&"NS"));
    }

    #[test]
    fn names_are_parted_in_every_way() {
        let parted = |name: &str| -> Vec<(String, String)> {
            ways(name).into_iter().map(|way| (way.family, way.given)).collect()
        };
        assert_eq!(parted("Drumlin, Maren Isolde"), [("Drumlin".into(), "Maren Isolde".into())]);
        assert_eq!(parted("Drumlin"), [("Drumlin".into(), String::new()), (String::new(), "Drumlin".into())]);
        assert!(parted("Maren Isolde Drumlin").contains(&("Drumlin".into(), "Maren Isolde".into())));
        assert!(parted("Le Blanc Évangéline").contains(&("Le Blanc".into(), "Évangéline".into())));
    }
}

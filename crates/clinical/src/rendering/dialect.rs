//! A message in the dialect of an EMR product: what the profile says is done, the result is read back, and where it does
//! not say the same any more it does not go by this way at all.

use super::facts::facts;
use super::lines::{self, Line};
use super::profile::{Documents, Finest, Place, Profile, Rule, Times, Version};
use crate::words::Words;
use hl7v2::Message;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

/// What goes out, and what the profile left out of it by design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Exactly what is sent.
    pub bytes: Vec<u8>,
    /// What was shortened or left out and is no fact, in words for the receipt chain.
    pub declared: Vec<Words>,
}

/// Why a receiver cannot take this: it goes by the fallback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(pub Words);

impl Unfit {
    pub(super) fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self(Words::new(en, fr))
    }
}

/// Times by segment: fields whose first component is a time of day as well.
const TIMES: &[(&str, &[usize])] = &[
    ("MSH", &[7]),
    ("EVN", &[2, 6]),
    ("PID", &[29, 33]),
    ("PV1", &[44, 45]),
    ("ORC", &[9, 15]),
    ("OBR", &[6, 7, 8, 14, 22, 36]),
    ("OBX", &[14, 19]),
    ("TXA", &[4, 6, 7, 8]),
    ("SPM", &[17, 18]),
    ("RF1", &[7, 8, 9]),
];

/// The message in a product's dialect. Pure: the same message and profile give the same bytes.
///
/// # Errors
/// [`Unfit`] when the product cannot take it or would read something else than was said.
pub fn render(message: &Message, profile: &Profile) -> Result<Rendered, Unfit> {
    let header = message.header();
    let kind = format!("{}^{}", header.message_code(), header.trigger());
    if !profile.messages.contains(&kind) {
        return Err(Unfit::new(
            format!("{} takes no {kind} messages.", profile.name),
            format!("{} ne prend pas de messages {kind}.", profile.name),
        ));
    }
    let mut lines = lines::of(message);
    let mut declared = Vec::new();
    keep_segments(&mut lines, profile, &mut declared);
    value_types(&mut lines, profile)?;
    for rule in &profile.rules {
        apply(rule, &mut lines, &mut declared);
    }
    times(&mut lines, &profile.times, &mut declared);
    head(&mut lines, profile);
    let text = lines::written(&lines);
    let bytes = profile.charset.encode(&text).map_err(|c| {
        Unfit::new(
            format!("{} cannot read the character \"{c}\" (U+{:04X}).", profile.name, c as u32),
            format!("{} ne peut pas lire le caractère « {c} » (U+{:04X}).", profile.name, c as u32),
        )
    })?;
    if bytes.len() > profile.most_bytes {
        return Err(Unfit::new(
            format!("{} takes at most {} bytes; this has {}.", profile.name, profile.most_bytes, bytes.len()),
            format!(
                "{} prend au plus {} octets; ceci en a {}.",
                profile.name,
                profile.most_bytes,
                bytes.len()
            ),
        ));
    }
    let back = Message::parse(bytes.clone()).map_err(|unreadable| {
        Unfit::new(
            format!("for {} it could not be read back: {unreadable}.", profile.name),
            format!("pour {}, il ne pouvait pas être relu : {unreadable}.", profile.name),
        )
    })?;
    let changed = facts(message).changed_in(&facts(&undone(&back, profile)));
    if !changed.is_empty() {
        let list = |of: fn(&Words) -> &str| changed.iter().map(of).collect::<Vec<_>>().join(", ");
        return Err(Unfit::new(
            format!("{} would not show this as it was said: {}.", profile.name, list(|w| &w.en)),
            format!("{} ne montrerait pas ceci tel quel : {}.", profile.name, list(|w| &w.fr)),
        ));
    }
    Ok(Rendered { bytes, declared })
}

fn declare(declared: &mut Vec<Words>, words: Words) {
    if !declared.contains(&words) {
        declared.push(words);
    }
}

fn keep_segments(lines: &mut Vec<Line>, profile: &Profile, declared: &mut Vec<Words>) {
    if profile.segments.is_empty() {
        return;
    }
    lines.retain(|line| {
        let kept = line.name == "MSH" || profile.segments.contains(&line.name);
        if !kept {
            let words = Words::new(
                format!("{} is left out.", line.name),
                format!("{} est laissé de côté.", line.name),
            );
            declare(declared, words);
        }
        kept
    });
}

fn value_types(lines: &mut [Line], profile: &Profile) -> Result<(), Unfit> {
    for line in lines.iter_mut().filter(|line| line.name == "OBX") {
        let kind = line.field(2).to_owned();
        if kind.is_empty() && line.field(5).is_empty() {
            continue;
        }
        if kind == "ED" && profile.documents == Documents::Fallback {
            return Err(Unfit::new(
                format!("{} takes no embedded documents.", profile.name),
                format!("{} ne prend pas de documents joints.", profile.name),
            ));
        }
        let named = profile.renames.get(&kind).unwrap_or(&kind).clone();
        if !profile.values.contains(&named) {
            return Err(Unfit::new(
                format!("{} takes no values of type {kind}.", profile.name),
                format!("{} ne prend pas de valeurs de type {kind}.", profile.name),
            ));
        }
        line.put(2, named);
    }
    Ok(())
}

fn apply(rule: &Rule, lines: &mut [Line], declared: &mut Vec<Words>) {
    let place = match rule {
        Rule::Drop { at }
        | Rule::Set { at, .. }
        | Rule::Map { at, .. }
        | Rule::Truncate { at, .. }
        | Rule::Repeats { at, .. } => at,
        Rule::Move { from, .. } | Rule::Copy { from, .. } => from,
    };
    for line in lines.iter_mut().filter(|line| line.name == place.segment) {
        match rule {
            Rule::Drop { at } => {
                if !line.at(at).is_empty() {
                    declare(declared, left_out(at));
                    line.change(at, |_| String::new());
                }
            }
            Rule::Set { at, text } => line.set(at, text),
            Rule::Move { from, to } => {
                let text = line.at(from).to_owned();
                if !text.is_empty() && line.at(to).is_empty() {
                    line.change(from, |_| String::new());
                    line.set(to, &text);
                }
            }
            Rule::Copy { from, to, component, is } => {
                let part = |rep: &str, n: usize| rep.split('^').nth(n.wrapping_sub(1)).map(str::to_owned);
                let found = line
                    .field(from.field)
                    .split('~')
                    .find(|rep| part(rep, *component).is_some_and(|text| is.contains(&text)))
                    .and_then(|rep| part(rep, from.component.unwrap_or(1)));
                if let Some(text) = found.filter(|text| !text.is_empty()) {
                    line.set(to, &text);
                }
            }
            Rule::Map { at, codes } => {
                line.change(at, |was| codes.get(was).cloned().unwrap_or_else(|| was.to_owned()));
            }
            Rule::Truncate { at, characters } => {
                let mut cut = false;
                line.change(at, |was| {
                    cut |= was.chars().count() > *characters;
                    // Never in the middle of an escape: what would be cut there goes whole.
                    let short: String = was.chars().take(*characters).collect();
                    let open = short.matches('\\').count() % 2 == 1;
                    if open {
                        short.rsplit_once('\\').map_or(String::new(), |(a, _)| a.to_owned())
                    } else {
                        short
                    }
                });
                if cut {
                    let words = Words::new(
                        format!("{at} is cut to {characters} characters."),
                        format!("{at} est réduit à {characters} caractères."),
                    );
                    declare(declared, words);
                }
            }
            Rule::Repeats { at, most } => {
                let field = line.field(at.field).to_owned();
                if field.split('~').count() > *most {
                    let kept: Vec<&str> = field.split('~').take(*most).collect();
                    line.put(at.field, kept.join("~"));
                    let words = Words::new(
                        format!("Only the first {most} of {at} go along."),
                        format!("Seuls les {most} premiers de {at} sont transmis."),
                    );
                    declare(declared, words);
                }
            }
        }
    }
}

fn left_out(at: &Place) -> Words {
    Words::new(format!("{at} is left out."), format!("{at} est laissé de côté."))
}

/// The codes of the map rules, last first, become ours again.
fn undone(message: &Message, profile: &Profile) -> Message {
    if !profile.rules.iter().any(|rule| matches!(rule, Rule::Map { .. })) {
        return message.clone();
    }
    let mut lines = lines::of(message);
    for rule in profile.rules.iter().rev() {
        let Rule::Map { at, codes } = rule else { continue };
        for line in lines.iter_mut().filter(|line| line.name == at.segment) {
            line.change(at, |was| {
                let ours = codes.iter().find(|(_, theirs)| *theirs == was).map(|(ours, _)| ours.clone());
                // A text that we would have written otherwise was not ours: it reads as something else there.
                ours.unwrap_or_else(|| was.to_owned())
            });
        }
    }
    let text = lines::written(&lines);
    let bytes = profile.charset.encode(&text).unwrap_or_default();
    Message::parse(bytes).unwrap_or_else(|_| message.clone())
}

fn head(lines: &mut [Line], profile: &Profile) {
    let Some(msh) = lines.first_mut() else { return };
    msh.put(12, profile.hl7.code().to_owned());
    msh.put(18, profile.charset.code().to_owned());
    if profile.hl7 == Version::V23 {
        // MSH-9.3 came with 2.3.1.
        let kind: Vec<&str> = msh.field(9).split('^').take(2).collect();
        let kind = kind.join("^");
        msh.put(9, kind);
    }
}

fn times(lines: &mut [Line], rule: &Times, declared: &mut Vec<Words>) {
    if rule.finest.is_none() && rule.zone.is_none() {
        return;
    }
    let zone = rule.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
    for line in lines {
        let Some((_, fields)) = TIMES.iter().find(|(name, _)| *name == line.name) else { continue };
        for field in *fields {
            let place = Place { segment: line.name.clone(), field: *field, component: Some(1) };
            let mut cut = false;
            line.change(&place, |was| {
                let (text, shortened) = time(was, rule.finest, zone.as_ref());
                cut |= shortened;
                text
            });
            if cut {
                let words = Words::new(
                    "Times are written less exactly than they came.",
                    "Les heures sont écrites avec moins de précision qu'à la réception.",
                );
                declare(declared, words);
            }
        }
    }
}

/// A time as the product reads it, and whether something not zero was cut off it. What is no time stays.
fn time(text: &str, finest: Option<Finest>, zone: Option<&TimeZone>) -> (String, bool) {
    let (clock, offset) = match text.find(['+', '-']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let (digits, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() < 12 {
        return (text.to_owned(), false);
    }
    let (digits, offset) = match (zone, offset.and_then(minutes)) {
        (Some(zone), Some(minutes)) => match local(digits, minutes, zone) {
            Some(local) => (local, String::new()),
            None => return (text.to_owned(), false),
        },
        _ => (digits.to_owned(), offset.unwrap_or_default().to_owned()),
    };
    let most = match finest {
        Some(Finest::Minute) => 12,
        Some(Finest::Second) => 14,
        None => usize::MAX,
    };
    let kept = &digits[..digits.len().min(most)];
    let fraction =
        if finest.is_none() && !fraction.is_empty() { format!(".{fraction}") } else { String::new() };
    let written = format!("{kept}{fraction}{offset}");
    let all = clock.split_once('.').map_or("", |(_, fraction)| fraction);
    let lost = digits[kept.len()..].bytes().chain(all.bytes()).any(|b| b != b'0') && finest.is_some();
    (written, lost)
}

/// `+HHMM` in minutes.
fn minutes(offset: &str) -> Option<i32> {
    let (sign, digits) = offset.split_at_checked(1)?;
    let digits = digits.get(..4).filter(|_| digits.len() == 4)?;
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    Some((hours * 60 + minutes) * if sign == "-" { -1 } else { 1 })
}

/// Twelve or fourteen digits at an offset, in a zone, as many digits.
fn local(digits: &str, minutes: i32, zone: &TimeZone) -> Option<String> {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse::<i16>().ok());
    let byte = |from: usize| part(from, from + 2).and_then(|n| i8::try_from(n).ok());
    let second = if digits.len() >= 14 { byte(12)? } else { 0 };
    let at = civil::DateTime::new(part(0, 4)?, byte(4)?, byte(6)?, byte(8)?, byte(10)?, second, 0).ok()?;
    let offset = Offset::from_seconds(minutes * 60).ok()?;
    let there = zone.to_datetime(offset.to_timestamp(at).ok()?);
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        there.year(),
        there.month(),
        there.day(),
        there.hour(),
        there.minute(),
        there.second()
    );
    text.get(..digits.len().min(14)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering::profile::versions;

    const BASE: &str = "MSH|^~\\&|OPOR|HRH||CLINIC|20261122180500+0000||ORU^R01^ORU_R01|7|P|2.5.1\r\
        PID|1||1^^^HRH^MR~5000000001^^^NS^JHN||Roy^Lise||19800101|F\rOBR|1|P1|F1|K^Potassium|||20261122140500-0400\r\
        OBX|1|NM|K^Potassium||4.10|mmol/L|3.5-5.1|H|||F\rNTE|1||Not haemolysed\r";

    fn profile(product: &str) -> &'static Profile {
        versions(product).next().expect("a profile")
    }

    fn tried(text: &str, product: &str) -> Result<Rendered, String> {
        render(&Message::parse(text).expect("a message"), profile(product)).map_err(|unfit| unfit.0.en)
    }

    #[test]
    fn x07_what_a_product_cannot_take_is_said_and_does_not_go() {
        let pdf = BASE.replace("NM|K^Potassium||4.10", "ED|K^Potassium||^application^pdf^Base64^JVBERi0=");
        let name = BASE.replace("Roy^Lise", "Wɨnɨt^Lise");
        for (text, product, says) in [
            (pdf.as_str(), "tidewater", "takes no embedded documents"),
            (&name, "harbour", "cannot read the character \"ɨ\""),
            (&BASE.replace("ORU^R01^ORU_R01", "ADT^A01"), "tidewater", "takes no ADT^A01"),
            (&BASE.replace("|NM|", "|SN|"), "tidewater", "takes no values of type SN"),
        ] {
            let said = tried(text, product).expect_err(product);
            assert!(said.contains(says), "{said}");
        }
        assert!(tried(&pdf, "fundy").is_ok() && tried(&name, "fundy").is_ok());
    }

    #[test]
    fn h21_a_cut_that_would_cost_a_fact_sends_the_message_elsewhere() {
        let mut strict = profile("harbour").clone();
        strict.rules.push(Rule::Truncate { at: "OBX-5.1".parse().expect("a place"), characters: 3 });
        let message = Message::parse(BASE).expect("a message");
        let unfit = render(&message, &strict).expect_err("4.10 has four characters");
        assert!(unfit.0.en.contains("the result K") && !unfit.0.en.contains("4.1"), "{}", unfit.0.en);
        strict.rules.push(Rule::Drop { at: "NTE-3".parse().expect("a place") });
        assert!(render(&message, &strict).expect_err("a note").0.en.contains("a note under OBX"));
    }

    #[test]
    fn a_code_of_ours_that_is_theirs_for_something_else_is_not_sent() {
        let mut mapped = profile("harbour").clone();
        let codes = [("H".to_owned(), "HI".to_owned()), ("L".to_owned(), "LO".to_owned())].into();
        mapped.rules.push(Rule::Map { at: "OBX-8".parse().expect("a place"), codes });
        let message = |text: &str| Message::parse(text).expect("a message");
        let sent = render(&message(BASE), &mapped).expect("mapped");
        assert!(String::from_utf8_lossy(&sent.bytes).contains("|HI|"));
        let clash = BASE.replace("|H|", "|HI|");
        assert!(render(&message(&clash), &mapped).is_err(), "HI of the sender would be read as H");
    }

    #[test]
    fn times_are_written_as_the_product_reads_them() {
        let zone = TimeZone::get("America/Halifax").expect("a zone");
        for (text, finest, zoned, expected, lost) in [
            ("20261122180500+0000", Some(Finest::Second), true, "20261122140500", false),
            ("20260722180530.250+0000", Some(Finest::Minute), true, "202607221505", true),
            ("20261122140500-0400", None, true, "20261122140500", false),
            ("20261122140500.100-0400", Some(Finest::Second), false, "20261122140500-0400", true),
            ("20261122", Some(Finest::Minute), true, "20261122", false),
            ("202611221405", Some(Finest::Second), true, "202611221405", false),
            ("yesterday", Some(Finest::Second), true, "yesterday", false),
            ("", Some(Finest::Second), true, "", false),
        ] {
            let zone = zoned.then_some(&zone);
            assert_eq!(time(text, finest, zone), (expected.to_owned(), lost), "{text}");
        }
    }
}

//! A report as people read it, taken from the message alone: who, what, each value with its unit, flag, range and notes.
//! Files and pages are made of it, so that they say the same.

use super::dialect::Unfit;
use crate::intake::attachment;
use hl7v2::{Field, Message, Rep, Segment};

/// Everything of one message that a page or a file shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// MSH-10 as it goes out.
    pub control_id: String,
    /// MSH-9.1 and MSH-9.2: `ORU^R01`.
    pub kind: String,
    /// MSH-4: who sent it to us.
    pub source: String,
    /// MSH-6: the endpoint.
    pub receiver: String,
    /// MSH-7.
    pub at: String,
    /// Whom it is about.
    pub person: Person,
    /// PV1: class, place, attending, admitted, discharged; only what was sent.
    pub visit: Vec<(Visit, String)>,
    /// Orders and documents, in the message's order.
    pub sections: Vec<Section>,
}

/// A part of the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// PV1-2.
    Class,
    /// PV1-3.
    Place,
    /// PV1-7.
    Attending,
    /// PV1-44.
    Admitted,
    /// PV1-45.
    Discharged,
}

/// Whom a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// PID-5.1.
    pub family: String,
    /// PID-5.2 and PID-5.3.
    pub given: String,
    /// PID-7, as a day.
    pub born: String,
    /// PID-8.
    pub sex: String,
    /// PID-3: number, authority, type.
    pub identifiers: Vec<[String; 3]>,
    /// PID-11 in one line.
    pub address: String,
    /// PID-13 in one line.
    pub telephone: String,
}

/// One order that is answered, or one document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// OBR-4 or TXA-2 as text.
    pub title: String,
    /// Its code.
    pub code: String,
    /// OBR-2.1.
    pub placer: String,
    /// OBR-3.1 or TXA-12.1.
    pub accession: String,
    /// OBR-25 or TXA-17.
    pub status: String,
    /// OBR-16 or, of a document, TXA-9.
    pub author: String,
    /// OBR-7 or TXA-4.
    pub observed: String,
    /// OBR-22 or TXA-6.
    pub reported: String,
    /// NTE under the order.
    pub notes: Vec<String>,
    /// What a referral says of itself (RF1, PRD) and what informs it (DG1, AL1); empty of anything else.
    pub asked: Vec<(Asked, String)>,
    /// OBX.
    pub readings: Vec<Reading>,
}

/// A part of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// RF1-2.
    Priority,
    /// RF1-4: what the receiver is to do.
    Disposition,
    /// RF1-10.
    Reason,
    /// RF1-7 and RF1-8.
    Valid,
    /// PRD with RP.
    From,
    /// PRD with RT.
    To,
    /// Any other PRD.
    Also,
    /// RF1-1 of an answer.
    Answer,
    /// DG1.
    Diagnosis,
    /// AL1 and IAM.
    Allergy,
}

/// One OBX.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// OBX-2.
    pub kind: String,
    /// OBX-3.1.
    pub code: String,
    /// OBX-3.3.
    pub system: String,
    /// OBX-3.2, or the code.
    pub name: String,
    /// OBX-4.
    pub sub_id: String,
    /// OBX-5 as people read it; empty for an embedded document.
    pub value: String,
    /// OBX-5.1 and OBX-5.3 where the value is coded.
    pub coded: Option<(String, String)>,
    /// OBX-6.
    pub unit: String,
    /// OBX-7.
    pub range: String,
    /// OBX-8, each.
    pub flags: Vec<String>,
    /// OBX-11.
    pub status: String,
    /// OBX-14.
    pub at: String,
    /// NTE under it.
    pub notes: Vec<String>,
    /// What OBX-5 embeds.
    pub embedded: Option<Embedded>,
}

/// An embedded document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// MIME type.
    pub media_type: String,
    /// Its bytes in base64, without breaks.
    pub base64: String,
}

/// The sheet of a message about one patient.
///
/// # Errors
/// [`Unfit`] when an embedded document cannot be read: what cannot be read cannot be shown as it was said.
pub fn sheet(message: &Message) -> Result<Sheet, Unfit> {
    let header = message.header();
    let mut sheet = Sheet {
        control_id: header.control_id().into_owned(),
        kind: format!("{}^{}", header.message_code(), header.trigger()),
        source: header.sending_facility().into_owned(),
        receiver: header.receiving_facility().into_owned(),
        at: header.timestamp().into_owned(),
        ..Sheet::default()
    };
    let mut under = Under::Patient;
    for segment in message.segments() {
        match segment.name() {
            "PID" => sheet.person = person(segment),
            "PV1" => sheet.visit = visit(segment),
            "OBR" => {
                sheet.sections.push(order(segment));
                under = Under::Section;
            }
            "TXA" => {
                sheet.sections.push(document(segment));
                under = Under::Section;
            }
            "RF1" => {
                sheet.sections.push(referral(segment, &sheet.kind));
                under = Under::Section;
            }
            "PRD" | "DG1" | "AL1" | "IAM" => {
                if let Some(section) = sheet.sections.iter_mut().find(|section| !section.asked.is_empty()) {
                    section.asked.extend(informs(segment));
                }
            }
            "OBX" => {
                let reading = reading(segment)?;
                if sheet.sections.is_empty() {
                    sheet.sections.push(Section::default());
                }
                if let Some(section) = sheet.sections.last_mut() {
                    section.readings.push(reading);
                }
                under = Under::Reading;
            }
            "NTE" => {
                let text = lines(segment.field(3));
                if sheet.sections.is_empty() {
                    sheet.sections.push(Section::default());
                }
                let Some(section) = sheet.sections.last_mut() else { continue };
                match (under, section.readings.last_mut()) {
                    (Under::Reading, Some(reading)) => reading.notes.push(text),
                    _ => section.notes.push(text),
                }
            }
            _ => {}
        }
    }
    Ok(sheet)
}

#[derive(Clone, Copy)]
enum Under {
    Patient,
    Section,
    Reading,
}

fn person(pid: Segment<'_>) -> Person {
    let name = pid.field(5).first();
    let text = |n: usize| name.comp(n).text().trim().to_owned();
    let identifier = |rep: Rep<'_>| {
        [
            rep.comp(1).text().trim().to_owned(),
            rep.comp(4).text().into_owned(),
            rep.comp(5).text().into_owned(),
        ]
    };
    let born = pid.field(7).text();
    Person {
        family: text(1),
        given: format!("{} {}", text(2), text(3)).trim().to_owned(),
        born: readable(born.get(..8).unwrap_or(&born)),
        sex: pid.field(8).text().into_owned(),
        identifiers: pid.field(3).reps().map(identifier).filter(|[number, ..]| !number.is_empty()).collect(),
        address: spoken(pid.field(11).first(), ", "),
        telephone: spoken(pid.field(13).first(), " "),
    }
}

fn visit(pv1: Segment<'_>) -> Vec<(Visit, String)> {
    [
        (Visit::Class, pv1.field(2).text().into_owned()),
        (Visit::Place, spoken(pv1.field(3).first(), " ")),
        (Visit::Attending, name(pv1.field(7))),
        (Visit::Admitted, readable(&pv1.field(44).text())),
        (Visit::Discharged, readable(&pv1.field(45).text())),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .collect()
}

fn order(obr: Segment<'_>) -> Section {
    Section {
        title: title(obr.field(4)),
        code: obr.field(4).text().into_owned(),
        placer: obr.field(2).text().into_owned(),
        accession: obr.field(3).text().into_owned(),
        status: obr.field(25).text().into_owned(),
        author: name(obr.field(16)),
        observed: readable(&obr.field(7).text()),
        reported: readable(&obr.field(22).text()),
        ..Section::default()
    }
}

fn referral(rf1: Segment<'_>, kind: &str) -> Section {
    let number = |n: usize| rf1.field(n).text().into_owned();
    let answer = if kind.starts_with("RRI") { title(rf1.field(1)) } else { String::new() };
    let valid = [7, 8].map(|n| readable(&rf1.field(n).text()));
    let asked = [
        (Asked::Answer, answer),
        (Asked::Priority, title(rf1.field(2))),
        (Asked::Disposition, title(rf1.field(4))),
        (Asked::Reason, rf1.field(10).reps().map(named).collect::<Vec<_>>().join("; ")),
        (Asked::Valid, valid.iter().filter(|day| !day.is_empty()).cloned().collect::<Vec<_>>().join(" – ")),
    ];
    Section {
        title: [3, 5].map(|n| title(rf1.field(n))).into_iter().find(|t| !t.is_empty()).unwrap_or_default(),
        code: number(3),
        accession: if number(6).is_empty() { number(11) } else { number(6) },
        observed: readable(&number(9)),
        asked: asked
            .into_iter()
            .filter(|(part, text)| *part == Asked::Priority || !text.is_empty())
            .collect(),
        ..Section::default()
    }
}

/// A line of a referral from a segment beside it.
fn informs(segment: Segment<'_>) -> Option<(Asked, String)> {
    let (part, text) = match segment.name() {
        "PRD" => {
            let plays = |code: &str| segment.field(1).reps().any(|rep| rep.comp(1).text().trim() == code);
            let part = if plays("RT") {
                Asked::To
            } else if plays("RP") {
                Asked::From
            } else {
                Asked::Also
            };
            let name = segment.field(2).first();
            let person = [name.comp(1).text(), name.comp(2).text()];
            let person =
                person.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ");
            let at = segment.field(10).first().comp(1).text().trim().to_owned();
            let phone = spoken(segment.field(5).first(), " ");
            let said = [person, at, phone];
            (part, said.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · "))
        }
        "DG1" => {
            let coded = title(segment.field(3));
            (Asked::Diagnosis, if coded.is_empty() { segment.field(4).text().into_owned() } else { coded })
        }
        _ => (Asked::Allergy, title(segment.field(3))),
    };
    Some((part, text)).filter(|(_, text)| !text.is_empty())
}

fn document(txa: Segment<'_>) -> Section {
    Section {
        title: title(txa.field(2)),
        code: txa.field(2).text().into_owned(),
        accession: txa.field(12).text().into_owned(),
        status: txa.field(17).text().into_owned(),
        author: name(txa.field(9)),
        observed: readable(&txa.field(4).text()),
        reported: readable(&txa.field(6).text()),
        ..Section::default()
    }
}

fn reading(obx: Segment<'_>) -> Result<Reading, Unfit> {
    let kind = obx.field(2).text().into_owned();
    let code = obx.field(3);
    let (mut value, mut coded, mut embedded) = (String::new(), None, None);
    match kind.as_str() {
        "ED" => embedded = Some(document_of(obx.field(5).first())?),
        "CE" | "CWE" | "CNE" | "CF" => {
            let reps: Vec<String> = obx.field(5).reps().map(named).collect();
            value = reps.join("\n");
            let first = obx.field(5).first();
            coded = Some((first.comp(1).text().into_owned(), first.comp(3).text().into_owned()));
        }
        "SN" => value = obx.field(5).reps().map(structured).collect::<Vec<_>>().join("\n"),
        "DT" | "TS" | "DTM" => value = readable(&obx.field(5).text()),
        _ => value = lines(obx.field(5)),
    }
    Ok(Reading {
        name: title(code),
        code: code.text().into_owned(),
        system: code.comp(3).text().into_owned(),
        sub_id: spoken(obx.field(4).first(), "."),
        value,
        coded: coded.filter(|(code, _)| !code.is_empty()),
        unit: obx.field(6).text().into_owned(),
        range: lines(obx.field(7)),
        flags: obx
            .field(8)
            .reps()
            .map(|rep| rep.text().into_owned())
            .filter(|flag| !flag.is_empty())
            .collect(),
        status: obx.field(11).text().into_owned(),
        at: readable(&obx.field(14).text()),
        notes: Vec::new(),
        embedded,
        kind,
    })
}

fn document_of(rep: Rep<'_>) -> Result<Embedded, Unfit> {
    let comp = |n: usize| rep.comp(n).text().trim().to_owned();
    let media_type = attachment::content_type(&comp(2), &comp(3));
    let text = rep.comp(5).text();
    let base64 = match comp(4).to_ascii_lowercase().as_str() {
        "base64" => attachment::clean_base64(&text),
        "hex" => attachment::from_hex(&text).map(|bytes| attachment::base64(&bytes)),
        _ => Some(attachment::base64(text.as_bytes())),
    };
    base64.map(|base64| Embedded { media_type, base64 }).ok_or_else(|| {
        Unfit::new(
            "an embedded document (OBX-5) is not in the encoding that it names.",
            "un document joint (OBX-5) n'est pas dans le codage qu'il annonce.",
        )
    })
}

/// The words of a coded field, or its code.
fn title(field: Field<'_>) -> String {
    named(field.first())
}

fn named(rep: Rep<'_>) -> String {
    [2, 9, 5, 1, 4]
        .into_iter()
        .map(|n| rep.comp(n).text().into_owned())
        .find(|t| !t.is_empty())
        .unwrap_or_default()
}

/// Comparator, number, separator, number (SN).
fn structured(rep: Rep<'_>) -> String {
    (1..=4).map(|n| rep.comp(n).text().into_owned()).collect()
}

/// `Family, Given` of the first of an XCN field, or its number.
fn name(field: Field<'_>) -> String {
    let rep = field.first();
    let part = |n: usize| rep.comp(n).text().into_owned();
    match (part(2), part(3)) {
        (family, given) if !family.is_empty() && !given.is_empty() => format!("{family}, {given}"),
        (family, _) if !family.is_empty() => family,
        _ => part(1),
    }
}

/// Every part of a repetition that is not empty.
fn spoken(rep: Rep<'_>, between: &str) -> String {
    let parts =
        rep.comps().flat_map(|comp| comp.subs().map(|leaf| leaf.text().into_owned()).collect::<Vec<_>>());
    parts.filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join(between)
}

/// All text of a field: repetitions as lines; what stands in several parts with the parts between `^`, as it was sent.
fn lines(field: Field<'_>) -> String {
    let rep = |rep: Rep<'_>| {
        let comps = rep
            .comps()
            .map(|comp| comp.subs().map(|leaf| leaf.text().into_owned()).collect::<Vec<_>>().join("&"));
        comps.collect::<Vec<_>>().join("^")
    };
    field.reps().map(rep).collect::<Vec<_>>().join("\n")
}

/// `2026-11-22 14:05` of an HL7 time, seconds when they are not zero, the offset when it was sent; anything else as it is.
fn readable(text: &str) -> String {
    let (clock, offset) = text.find(['+', '-']).map_or((text, ""), |at| text.split_at(at));
    let digits = clock.split('.').next().unwrap_or_default();
    if digits.len() < 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.to_owned();
    }
    let part = |from: usize| digits.get(from..from + 2);
    let mut out = digits[..4].to_owned();
    for (from, sign) in [(4, '-'), (6, '-'), (8, ' '), (10, ':')] {
        let Some(two) = part(from) else { break };
        out.push(sign);
        out.push_str(two);
    }
    if digits.len() == 10 {
        out.push_str(":00");
    }
    if let Some(seconds) = part(12).filter(|seconds| *seconds != "00") {
        out.push(':');
        out.push_str(seconds);
    }
    if digits.len() > 8 && !offset.is_empty() {
        out.push(' ');
        out.push_str(offset);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        for (text, expected) in [
            ("20261122140500-0400", "2026-11-22 14:05 -0400"),
            ("20261122140530", "2026-11-22 14:05:30"),
            ("20261122", "2026-11-22"),
            ("2026112214", "2026-11-22 14:00"),
            ("1980", "1980"),
            ("", ""),
            ("soon", "soon"),
        ] {
            assert_eq!(readable(text), expected);
        }
    }

    #[test]
    fn values_read_as_they_were_said() {
        let text = "MSH|^~\\&|A|B|||20261122||ORU^R01|1|P|2.5.1\rPID|1||1^^^HRH^MR||Roy^Lise^M||19800101|F\r\
            OBR|1|P1|F1|K^Potassium\rOBX|1|SN|T^Titre||^1^:^128|||A\rNTE|1||a~b\rOBX|2|CWE|C^Culture||26^No growth^SCT||||||F\r\
            OBX|3|ED|D^Doc||^application^pdf^Base64^JVBERi0=\rOBX|4|TX|N||one\\.br\\two~three\r";
        let sheet = sheet(&Message::parse(text).expect("a message")).expect("a sheet");
        let readings = &sheet.sections[0].readings;
        assert_eq!(readings[0].value, "1:128");
        assert_eq!(readings[0].notes, ["a\nb"]);
        assert_eq!(readings[1].value, "No growth");
        assert_eq!(readings[1].coded, Some(("26".to_owned(), "SCT".to_owned())));
        let pdf = Embedded { media_type: "application/pdf".to_owned(), base64: "JVBERi0=".to_owned() };
        assert_eq!(readings[2].embedded, Some(pdf));
        assert_eq!(readings[3].value, "one\ntwo\nthree");
        assert_eq!((sheet.person.given.as_str(), sheet.person.born.as_str()), ("Lise M", "1980-01-01"));
    }
}

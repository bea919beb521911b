//! One report as an XML file for an EMR that fetches files: our own schema, modelled on what public descriptions of
//! hospital report delivery carry (docs/ways-out.md). Text stands in elements and keeps every blank.

use super::dialect::Unfit;
use super::sheet::{Reading, Section, Sheet};

/// The file of a sheet, in UTF-8. The same sheet gives the same bytes.
///
/// # Errors
/// [`Unfit`] when a text holds a character that XML 1.0 cannot carry (2.2).
pub fn report_file(sheet: &Sheet) -> Result<Vec<u8>, Unfit> {
    let mut xml = Xml::default();
    xml.open("ReportDelivery", &[("xmlns", "urn:opor:report-delivery:1"), ("id", &sheet.control_id)]);
    xml.text("Sent", &sheet.at);
    xml.text("Source", &sheet.source);
    xml.text("Receiver", &sheet.receiver);
    xml.text("MessageType", &sheet.kind);
    patient(&mut xml, sheet);
    if !sheet.visit.is_empty() {
        xml.open("Visit", &[]);
        for (part, text) in &sheet.visit {
            xml.text(&format!("{part:?}"), text);
        }
        xml.close("Visit");
    }
    for section in &sheet.sections {
        report(&mut xml, section);
    }
    xml.close("ReportDelivery");
    match xml.odd {
        None => Ok(xml.out.into_bytes()),
        Some(c) => Err(Unfit::new(
            format!("a file cannot carry the character U+{:04X}.", c as u32),
            format!("un fichier ne peut pas porter le caractère U+{:04X}.", c as u32),
        )),
    }
}

fn patient(xml: &mut Xml, sheet: &Sheet) {
    let person = &sheet.person;
    xml.open("Patient", &[]);
    xml.text("FamilyName", &person.family);
    xml.text("GivenName", &person.given);
    xml.text("BirthDate", &person.born);
    xml.text("Sex", &person.sex);
    for [number, authority, kind] in &person.identifiers {
        xml.leaf("Identifier", &[("authority", authority), ("type", kind)], number);
    }
    xml.text("Address", &person.address);
    xml.text("Telephone", &person.telephone);
    xml.close("Patient");
}

fn report(xml: &mut Xml, section: &Section) {
    xml.open("Report", &[("accession", &section.accession), ("status", &section.status)]);
    xml.leaf("Title", &[("code", &section.code)], &section.title);
    xml.text("PlacerNumber", &section.placer);
    xml.text("Author", &section.author);
    xml.text("Observed", &section.observed);
    xml.text("Reported", &section.reported);
    for (part, text) in section.asked.iter().filter(|(_, text)| !text.is_empty()) {
        xml.leaf("Referral", &[("part", &format!("{part:?}"))], text);
    }
    for reading in &section.readings {
        result(xml, reading);
    }
    for note in &section.notes {
        xml.text("Note", note);
    }
    xml.close("Report");
}

fn result(xml: &mut Xml, reading: &Reading) {
    xml.open("Result", &[("status", &reading.status), ("type", &reading.kind)]);
    xml.leaf("Name", &[("code", &reading.code), ("system", &reading.system)], &reading.name);
    xml.text("Part", &reading.sub_id);
    let (code, system) = reading.coded.clone().unwrap_or_default();
    xml.leaf("Value", &[("code", &code), ("system", &system)], &reading.value);
    xml.text("Unit", &reading.unit);
    xml.text("ReferenceRange", &reading.range);
    for flag in &reading.flags {
        xml.text("Flag", flag);
    }
    xml.text("Observed", &reading.at);
    if let Some(embedded) = &reading.embedded {
        xml.leaf(
            "Document",
            &[("mediaType", &embedded.media_type), ("encoding", "base64")],
            &embedded.base64,
        );
    }
    for note in &reading.notes {
        xml.text("Note", note);
    }
    xml.close("Result");
}

/// XML being written. Empty elements and attributes are left out.
struct Xml {
    out: String,
    depth: usize,
    /// First character that XML cannot carry.
    odd: Option<char>,
}

impl Default for Xml {
    fn default() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), depth: 0, odd: None }
    }
}

impl Xml {
    fn begin(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push_str(&"  ".repeat(self.depth));
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            self.out.push_str(&format!(" {key}=\""));
            self.escaped(value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.begin(name, attributes);
        self.out.push('\n');
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.out.push_str(&"  ".repeat(self.depth));
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        if text.is_empty() && attributes.iter().all(|(_, value)| value.is_empty()) {
            return;
        }
        self.begin(name, attributes);
        self.escaped(text);
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.leaf(name, &[], text);
        }
    }

    /// Quotes and line ends are written by number: readers change those (XML 1.0 2.11 and 3.3.3).
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\n' | '\r' | '\t' => self.out.push_str(&format!("&#{};", c as u32)),
                '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => self.odd = self.odd.or(Some(c)),
                c => self.out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering::sheet::sheet;
    use hl7v2::Message;

    fn made(value: &str) -> Result<String, Unfit> {
        let text = format!(
            "MSH|^~\\&|OPOR|HRH||CLINIC|20261122||ORU^R01|7|P|2.5.1\rPID|1||1^^^HRH^MR||Roy^Lise\r\
             OBR|1|P1|F1|K^Potassium|||||||||||||||||||||F\rOBX|1|ST|K^Potassium||{value}|||H|||F\r"
        );
        let sheet = sheet(&Message::parse(text).expect("a message")).expect("a sheet");
        report_file(&sheet).map(|bytes| String::from_utf8(bytes).expect("text"))
    }

    #[test]
    fn h21_text_survives_what_xml_readers_do_to_it() {
        let xml = made("<5 \\T\\ \"ok\"\\.br\\  next").expect("a file");
        assert!(xml.contains("<Value>&lt;5 &amp; &quot;ok&quot;&#10;  next</Value>"), "{xml}");
        assert!(xml.contains("<Flag>H</Flag>") && xml.contains("id=\"7\""), "{xml}");
    }

    #[test]
    fn what_xml_cannot_carry_does_not_go_as_a_file() {
        let unfit = made("a\\X07\\b").expect_err("a bell is no text");
        assert!(unfit.0.en.contains("U+0007"), "{}", unfit.0.en);
    }
}

//! The message that takes back what a recipient was sent.

use hl7v2::Message;

/// What the note says; in both languages, because nobody knows who reads it.
const NOTE: &str = "WITHDRAWN: filed on the wrong patient. Do not use. / RETIR\u{c9}: vers\u{e9} au dossier d'un autre patient. Ne pas utiliser.";

/// Triggers that take back what another one said (HL7 v2.5.1 3.3.11 to 3.3.13, 3.3.38, 9.6.11).
const TAKES_BACK: &[(&str, &str)] = &[
    ("A01", "A11"),
    ("A02", "A12"),
    ("A03", "A13"),
    ("A04", "A11"),
    ("A05", "A38"),
    ("T01", "T11"),
    ("T02", "T11"),
];

/// A message as it was sent, made into its withdrawal: every result is *posted as wrong* (OBX-11 `W`, table 0085: "for
/// example, transmitted for wrong patient"), every order has no result any more (OBR-25 `X`, table 0123), a document is
/// cancelled (TXA-19 `CA`, table 0273), an admission is cancelled by its own trigger. A note says so in words. Values
/// stay, so that the receiver can tell what to take back.
///
/// `None` when the bytes are no message.
#[must_use]
pub fn withdraw(sent: &[u8]) -> Option<Vec<u8>> {
    let message = Message::parse(sent).ok()?;
    let delimiters = *message.delimiters();
    let (field, component) = (delimiters.field, delimiters.component);
    let mut out = Vec::with_capacity(sent.len() + 256);
    for segment in message.segments() {
        let raw = segment.raw();
        match segment.name() {
            "OBR" => {
                out.extend(with_field(raw, field, 25, b"X"));
                out.push(b'\r');
                out.extend(note(&message, field));
            }
            "OBX" => out.extend(with_field(raw, field, 11, b"W")),
            "TXA" => out.extend(with_field(raw, field, 19, b"CA")),
            "MSH" => out.extend(retriggered(raw, field, component)),
            "EVN" => {
                let trigger = segment.field(1).text().into_owned();
                out.extend(match takes_back(&trigger) {
                    Some(other) => with_field(raw, field, 1, other.as_bytes()),
                    None => raw.to_vec(),
                });
            }
            _ => out.extend_from_slice(raw),
        }
        out.push(b'\r');
    }
    Some(out)
}

fn takes_back(trigger: &str) -> Option<&'static str> {
    TAKES_BACK.iter().find(|(said, _)| *said == trigger.trim()).map(|(_, back)| *back)
}

/// MSH-9 with the trigger that takes back; MSH-9.3 goes along where it names the same structure.
fn retriggered(msh: &[u8], field: u8, component: u8) -> Vec<u8> {
    // MSH-1 is the separator itself, so that field n stands behind the (n-1)th separator.
    let mut fields: Vec<Vec<u8>> = msh.split(|byte| *byte == field).map(<[u8]>::to_vec).collect();
    if let Some(kind) = fields.get_mut(8) {
        let mut parts: Vec<Vec<u8>> = kind.split(|byte| *byte == component).map(<[u8]>::to_vec).collect();
        let back = parts.get(1).and_then(|trigger| takes_back(&String::from_utf8_lossy(trigger)));
        if let Some(back) = back {
            parts[1] = back.as_bytes().to_vec();
            parts.truncate(2);
        }
        *kind = parts.join(&component);
    }
    fields.join(&field)
}

/// A segment with one field said otherwise; separators missing up to it are added.
fn with_field(raw: &[u8], separator: u8, n: usize, text: &[u8]) -> Vec<u8> {
    let mut fields: Vec<&[u8]> = raw.split(|byte| *byte == separator).collect();
    while fields.len() <= n {
        fields.push(b"");
    }
    fields[n] = text;
    fields.join(&separator)
}

fn note(message: &Message, field: u8) -> Vec<u8> {
    let text = hl7v2::escape(NOTE, message.delimiters());
    let ascii: String = text.replace('\u{c9}', "E").replace('\u{e9}', "e");
    // A character set that lacks the accents still says it.
    let text =
        message.charset().encode(&text).map_or_else(|_| ascii.into_bytes(), std::borrow::Cow::into_owned);
    let head: Vec<&[u8]> = vec![b"NTE", b"1", b"L"];
    [head.join(&field), text].join(&field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sent: &str) -> String {
        String::from_utf8(withdraw(sent.as_bytes()).expect("a message")).expect("text")
    }

    #[test]
    fn h01_results_are_posted_as_wrong_and_their_values_stay() {
        let back = text(
            "MSH|^~\\&|OPOR|LAB|||20261122||ORU^R01^ORU_R01|W1|P|2.5.1\rPID|1||A1^^^HRH^MR||One^Ann\r\
             OBR|1|P1|F1|K^Potassium|||20261122|||||||||||||||20261122|||F\rOBX|1|NM|K^Potassium||4.1|mmol/L\r",
        );
        assert!(back.contains("OBR|1|P1|F1|K^Potassium|||20261122|||||||||||||||20261122|||X\r"), "{back}");
        assert!(back.contains("OBX|1|NM|K^Potassium||4.1|mmol/L|||||W\r"), "{back}");
        assert!(back.contains("NTE|1|L|WITHDRAWN: filed on the wrong patient"), "{back}");
        assert!(back.contains("ORU^R01^ORU_R01"), "{back}");
    }

    #[test]
    fn h01_admissions_and_documents_are_cancelled() {
        let back =
            text("MSH|^~\\&|OPOR|ADT|||20261122||ADT^A01^ADT_A01|W1|P|2.5.1\rEVN|A01|20261122\rPID|1||A1\r");
        assert!(back.contains("|ADT^A11|W1|") && back.contains("EVN|A11|"), "{back}");
        let back = text("MSH|^~\\&|OPOR|DOC|||20261122||MDM^T02|W1|P|2.5.1\rEVN|T02\rPID|1||A1\rTXA|1|DS\r");
        assert!(back.contains("|MDM^T11|") && back.contains("TXA|1|DS|||||||||||||||||CA\r"), "{back}");
    }
}

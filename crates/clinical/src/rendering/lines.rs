//! A message as lines of fields in the recommended delimiters, for changing what stands where.
//!
//! What stands between two delimiters is kept as it came, formatting escapes included (HAZARDS H21): only the delimiters
//! themselves, and the escapes that name them, are written anew when a sender uses others.

use super::profile::Place;
use hl7v2::{Delimiters, Message, escape};

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    /// Field n stands at n - 1; for MSH the first two are the delimiters themselves.
    fields: Vec<String>,
}

impl Line {
    /// A segment that says nothing yet.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), fields: Vec::new() }
    }

    /// Whether any field after number `n` says something.
    pub(crate) fn says_after(&self, n: usize) -> bool {
        self.fields.iter().skip(n).any(|field| field.chars().any(|c| !matches!(c, '^' | '~' | '&' | ' ')))
    }

    /// Field `n`, counted as in the standard; empty when there is none.
    pub(crate) fn field(&self, n: usize) -> &str {
        n.checked_sub(1).and_then(|i| self.fields.get(i)).map_or("", String::as_str)
    }

    /// Field `n` becomes `text`, whose delimiters count.
    pub(crate) fn put(&mut self, n: usize, text: String) {
        let Some(i) = n.checked_sub(1) else { return };
        if i >= self.fields.len() {
            if text.is_empty() {
                return;
            }
            self.fields.resize(i + 1, String::new());
        }
        self.fields[i] = text;
    }

    /// What stands at a place: the whole field, or its component in the first repetition.
    pub(crate) fn at(&self, place: &Place) -> &str {
        let field = self.field(place.field);
        match place.component {
            None => field,
            Some(n) => field.split('~').next().and_then(|rep| rep.split('^').nth(n - 1)).unwrap_or_default(),
        }
    }

    /// Changes what stands at a place: the whole field, or the component of every repetition that has it.
    pub(crate) fn change(&mut self, place: &Place, mut with: impl FnMut(&str) -> String) {
        let Some(n) = place.component else {
            let changed = with(self.field(place.field));
            return self.put(place.field, changed);
        };
        let field = self.field(place.field);
        if field.is_empty() {
            return;
        }
        let reps: Vec<String> = field
            .split('~')
            .map(|rep| {
                let mut parts: Vec<String> = rep.split('^').map(str::to_owned).collect();
                if let Some(part) = parts.get_mut(n - 1) {
                    *part = with(part);
                }
                parts.join("^")
            })
            .collect();
        self.put(place.field, reps.join("~"));
    }

    /// Puts a text at a place, components before it added as needed.
    pub(crate) fn set(&mut self, place: &Place, text: &str) {
        let Some(n) = place.component else { return self.put(place.field, text.to_owned()) };
        let field = self.field(place.field).to_owned();
        let (first, rest) = field.split_once('~').map_or((field.as_str(), None), |(a, b)| (a, Some(b)));
        let mut parts: Vec<&str> = first.split('^').collect();
        if parts.len() < n {
            parts.resize(n, "");
        }
        parts[n - 1] = text;
        let first = parts.join("^");
        self.put(place.field, rest.map_or(first.clone(), |rest| format!("{first}~{rest}")));
    }

    fn write(&self, out: &mut String) {
        out.push_str(&self.name);
        let last = self.fields.iter().rposition(|field| !field.is_empty()).map_or(0, |i| i + 1);
        let from = if self.name == "MSH" {
            out.push('|');
            out.push_str(self.field(2));
            2
        } else {
            0
        };
        for field in self.fields.get(from..last).unwrap_or_default() {
            out.push('|');
            out.push_str(field);
        }
        out.push('\r');
    }
}

/// The lines of a message, in the recommended delimiters.
pub(crate) fn of(message: &Message) -> Vec<Line> {
    let from = *message.delimiters();
    let usual = from == Delimiters::default();
    let line = |segment: hl7v2::Segment<'_>| {
        let mut fields: Vec<String> = segment
            .fields()
            .map(|field| {
                let text = field.decoded();
                if usual { text.into_owned() } else { usual_delimiters(&text, &from) }
            })
            .collect();
        if segment.name() == "MSH" {
            fields.resize(fields.len().max(2), String::new());
            fields[0] = "|".to_owned();
            fields[1] = Delimiters::default().encoding_characters();
        }
        Line { name: segment.name().to_owned(), fields }
    };
    message.segments().map(line).collect()
}

/// The message of the lines, as characters.
pub(crate) fn written(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        line.write(&mut out);
    }
    out
}

/// Text in a sender's own delimiters, in the recommended ones.
fn usual_delimiters(text: &str, from: &Delimiters) -> String {
    let usual = Delimiters::default();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let byte = u8::try_from(c).ok();
        let plain = c.encode_utf8(&mut [0; 4]).to_owned();
        if byte == Some(from.component) {
            out.push('^');
        } else if byte.is_some() && byte == from.repetition {
            out.push('~');
        } else if byte.is_some() && byte == from.subcomponent {
            out.push('&');
        } else if byte.is_some() && byte == from.escape {
            let Some((body, after)) = rest.split_once(c) else {
                out.push_str(&escape(&plain, &usual));
                continue;
            };
            let named = match body {
                "F" => Some(from.field),
                "S" => Some(from.component),
                "R" => from.repetition,
                "E" => from.escape,
                "T" => from.subcomponent,
                "P" => from.truncation,
                _ => None,
            };
            match named {
                Some(byte) => out.push_str(&escape(char::from(byte).encode_utf8(&mut [0; 4]), &usual)),
                None => {
                    out.push('\\');
                    out.push_str(body);
                    out.push('\\');
                }
            }
            rest = after;
        } else {
            out.push_str(&escape(&plain, &usual));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        text.parse().expect("a place")
    }

    #[test]
    fn h21_a_message_in_the_usual_delimiters_is_written_as_it_came() {
        let text = "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01|1|P|2.5.1\rPID|1||1^^^A~2^^^B||\\.br\\x\\H\\y\r";
        let message = Message::parse(text).expect("a message");
        assert_eq!(written(&of(&message)), text);
    }

    #[test]
    fn h21_other_delimiters_become_the_usual_ones_and_literals_stay_literal() {
        let text = "MSH!*%$@!LAB!HRH!!!20261122!!ORU*R01!1!P!2.5.1\rOBX!1!ST!A*B%C@D!!5^3|1$F$$S$$.br$\r";
        let message = Message::parse(text).expect("a message");
        let said = written(&of(&message));
        assert!(said.starts_with("MSH|^~\\&|LAB|HRH|||20261122||ORU^R01|1|P|2.5.1\r"), "{said}");
        let again = Message::parse(said.clone()).expect("a message");
        let value = |m: &Message| m.segment_named("OBX").field(5).text().into_owned();
        assert_eq!(value(&again), value(&message));
        assert_eq!(value(&again), "5^3|1!*\n");
        assert!(said.contains("|A^B~C&D|"), "{said}");
    }

    #[test]
    fn places_are_read_changed_and_set() {
        let message = Message::parse("MSH|^~\\&|L\rPID|1||1^^^A^MR~2^^^B^JHN\r").expect("a message");
        let mut pid = of(&message).remove(1);
        assert_eq!(pid.at(&place("PID-3.4")), "A");
        pid.change(&place("PID-3.4"), |was| format!("{was}{was}"));
        assert_eq!(pid.field(3), "1^^^AA^MR~2^^^BB^JHN");
        pid.set(&place("PID-3.6"), "X");
        assert_eq!(pid.field(3), "1^^^AA^MR^X~2^^^BB^JHN");
        pid.set(&place("PID-5.2"), "Ann");
        assert_eq!(pid.field(5), "^Ann");
    }
}

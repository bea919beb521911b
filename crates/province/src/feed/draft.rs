//! A message while it is written: header, segments, escapes, character set.

use std::fmt::Write as _;

use hl7v2::{Delimiters, escape};

use super::Sender;
use crate::calendar::{Precision, hl7_time};
use crate::people::names;
use crate::places::{NSH_BILLING, Practitioner};

/// One message while it is written.
pub(crate) struct Draft {
    pub(crate) sender: Sender,
    pub(crate) at_us: i64,
    text: String,
    structure: String,
}

impl Draft {
    /// A message with its MSH. `structure` is MSH-9 as v2.5.1 has it, such as `ADT^A01^ADT_A01`.
    pub(super) fn new(sender: Sender, at_us: i64, control_id: &str, structure: &str) -> Self {
        let mut draft =
            Self { sender, at_us, text: String::with_capacity(1500), structure: structure.to_owned() };
        let at = draft.time(at_us);
        let (application, facility) = (sender.application(), sender.facility());
        let head = format!("MSH|^~\\&|{application}|{facility}|OPOR|NS|{at}||");
        draft.text.push_str(&head);
        let written = match sender {
            Sender::Hrh | Sender::Lab => {
                write!(draft.text, "{structure}|{control_id}|P|2.5.1|||AL|NE|CAN|UNICODE UTF-8\r")
            }
            Sender::Rad => write!(draft.text, "{structure}|{control_id}|P|2.5.1|||AL|NE|CAN|8859/1\r"),
            Sender::Vgh => {
                let short: Vec<&str> = structure.splitn(3, '^').take(2).collect();
                let version =
                    if structure.contains("^A2") || structure.contains("^A3") { "2.4" } else { "2.3" };
                write!(draft.text, "{}|{control_id}|P|{version}\r", short.join("^"))
            }
        };
        debug_assert!(written.is_ok());
        draft
    }

    /// The trigger of MSH-9, such as `A01`.
    pub(super) fn trigger(&self) -> &str {
        self.structure.split('^').nth(1).unwrap_or_default()
    }

    /// One segment from its filled fields, by number, in rising order. Values are written as they are: escape text
    /// from people with [`esc`] first.
    pub(crate) fn seg(&mut self, name: &str, fields: &[(usize, &str)]) {
        self.text.push_str(name);
        let mut at = 0;
        for (number, value) in fields {
            if value.is_empty() {
                continue;
            }
            while at < *number {
                self.text.push('|');
                at += 1;
            }
            self.text.push_str(value);
        }
        self.text.push('\r');
    }

    /// A time as this sender writes it.
    pub(crate) fn time(&self, at_us: i64) -> String {
        let precision = if self.sender == Sender::Vgh { Precision::Minute } else { Precision::SecondZone };
        hl7_time(at_us, precision)
    }

    /// A name or other text as this sender writes it: Valley General knows capitals without accents only.
    pub(crate) fn words(&self, text: &str) -> String {
        let text =
            if self.sender == Sender::Vgh { names::plain(text).to_uppercase() } else { text.to_owned() };
        esc(&text)
    }

    /// A practitioner as XCN. Valley General writes billing numbers, the others licence numbers.
    pub(crate) fn xcn(&self, who: &Practitioner) -> String {
        let (family, given) = (self.words(who.family), self.words(who.given));
        if self.sender == Sender::Vgh {
            return format!("{}^{family}^{given}^^^DR^^^{NSH_BILLING}", who.billing);
        }
        let degree = if who.authority() == "NSCN" { "NP" } else { "MD" };
        format!("{}^{family}^{given}^^^^{degree}^^{}^L^^^LN", who.licence, who.authority())
    }

    /// A practitioner as the first component of NDL (OBR-32): CNN in sub-components, up to the assigning authority.
    pub(crate) fn cnn(&self, who: &Practitioner) -> String {
        self.xcn(who).split('^').take(9).collect::<Vec<_>>().join("&")
    }

    /// Declares another character set in MSH-18 than the bytes are in.
    pub(crate) fn declare(&mut self, charset: &str) {
        self.text = self.text.replacen("UNICODE UTF-8", charset, 1);
    }

    /// The bytes in the sender's character set.
    pub(super) fn finish(self) -> Vec<u8> {
        match self.sender {
            Sender::Rad => self.text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
            _ => self.text.into_bytes(),
        }
    }
}

/// Text that may stand in one leaf, with the usual delimiters.
pub(crate) fn esc(text: &str) -> String {
    escape(text, &Delimiters::default()).into_owned()
}

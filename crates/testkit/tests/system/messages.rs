//! People and messages as a test needs them: each person unlike any other, each message with a mark that survives
//! every hop (OBR-3, the filler order number).

use std::fmt::Write as _;

/// Syllables of invented names; twenty of them, no two alike in sound.
const SYLLABLES: [&str; 20] = [
    "ba", "cor", "dell", "fen", "gri", "hol", "jun", "kem", "lor", "mund", "nash", "pol", "quin", "rav",
    "sten", "tav", "ul", "ves", "wyn", "zor",
];

/// A person as one sender knows them.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// PID-3.1.
    pub(crate) mrn: String,
    /// PID-3.4.
    pub(crate) authority: String,
    /// PID-5.1.
    pub(crate) family: String,
    /// PID-5.2.
    pub(crate) given: String,
    /// PID-7.
    pub(crate) birth: String,
    /// Further identifiers of PID-3, each with its leading `~`.
    pub(crate) cards: String,
}

fn name(mut number: usize, syllables: usize) -> String {
    let mut name = String::new();
    for _ in 0..syllables {
        name.push_str(SYLLABLES[number % SYLLABLES.len()]);
        number /= SYLLABLES.len();
    }
    name[..1].to_uppercase() + &name[1..]
}

impl Person {
    /// Person `number` (below 8,000) at `authority`; numbers differ in name and birth date.
    pub(crate) fn new(authority: &str, number: usize) -> Self {
        let (year, month, day) = (1930 + number % 70, 1 + number / 70 % 12, 1 + (number * 7) % 28);
        Self {
            mrn: format!("{:06}", 100_000 + number),
            authority: authority.to_owned(),
            family: name(number, 3),
            given: name(number * 7 + 3, 2),
            birth: format!("{year}{month:02}{day:02}"),
            cards: String::new(),
        }
    }

    /// PID.
    pub(crate) fn pid(&self) -> String {
        format!(
            "PID|1||{}^^^{}^MR{}||{}^{}||{}|F",
            self.mrn, self.authority, self.cards, self.family, self.given, self.birth
        )
    }
}

/// A laboratory result with one observation.
#[derive(Debug, Clone)]
pub(crate) struct Result<'a> {
    /// MSH-4, also the custodian.
    pub(crate) facility: &'a str,
    /// MSH-10.
    pub(crate) control_id: String,
    /// Whose.
    pub(crate) person: &'a Person,
    /// OBR-3, the mark.
    pub(crate) order: String,
    /// OBR-25 and OBX-11.
    pub(crate) status: char,
    /// OBX-5.
    pub(crate) value: String,
    /// OBR-22 and MSH-7, `YYYYMMDDHHMMSS`.
    pub(crate) at: &'a str,
    /// OBR-16.
    pub(crate) orderer: String,
    /// OBR-28.
    pub(crate) copies: String,
}

/// When results of tests are reported unless a test says otherwise.
pub(crate) const AT: &str = "20261120101500";

impl<'a> Result<'a> {
    /// A final potassium for `person`, ordered by `orderer`; `mark` is its order number and its control id.
    pub(crate) fn new(
        facility: &'a str,
        person: &'a Person,
        mark: impl Into<String>,
        orderer: String,
    ) -> Self {
        let mark = mark.into();
        Self {
            facility,
            control_id: mark.clone(),
            person,
            order: mark,
            status: 'F',
            value: "4.1".to_owned(),
            at: AT,
            orderer,
            copies: String::new(),
        }
    }

    /// As bytes, without framing.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { facility, control_id, order, status, value, at, orderer, copies, .. } = self;
        let mut text = format!(
            "MSH|^~\\&|LIS|{facility}|OPOR|NS|{at}-0400||ORU^R01^ORU_R01|{control_id}|P|2.5.1||||||UNICODE UTF-8\r"
        );
        let _ = write!(text, "{}\r", self.person.pid());
        let _ = write!(text, "ORC|RE|P-{order}|{order}||CM|||||||{orderer}\r");
        let _ = write!(
            text,
            "OBR|1|P-{order}|{order}|2823-3^Potassium^LN|||20261120093000-0400|||||||||{orderer}||||||{at}-0400||CH|{status}|||{copies}\r"
        );
        let _ = write!(
            text,
            "OBX|1|NM|2823-3^Potassium [Moles/volume] in Serum or Plasma^LN||{value}|mmol/L|3.5-5.1|N|||{status}|||20261120093000-0400\r"
        );
        text.into_bytes()
    }
}

/// The mark of a message on any hop: OBR-3 up to its first component.
pub(crate) fn mark(message: &[u8]) -> String {
    let field = testkit::mllp::field_text(message, "OBR", 3);
    field.split('^').next().unwrap_or_default().to_owned()
}

/// Order numbers of `messages`, in order.
pub(crate) fn marks(messages: &[Vec<u8>]) -> Vec<String> {
    messages.iter().map(|message| mark(message)).collect()
}

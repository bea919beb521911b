//! What two senders have to say in a storm: registrations, results in all their versions, merges, changes of number,
//! letters.

use super::draws::Draws;

/// Clinics' systems.
pub(crate) const CLINICS: usize = 5;
/// Patients of a sender.
const PATIENTS: u64 = 4;
/// Who assigns the numbers of practitioners.
pub(crate) const PROVIDERS: &str = "NSMD";
/// The senders: their links, which are their assigners too.
pub(crate) const SENDERS: [&str; 2] = ["QEII", "CBRH"];

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Who somebody is.
    Person,
    /// A version of a result: its mark, its place in the lattice, its value, the clinics that must have it.
    Result { mark: String, rank: usize, value: String, clinics: Vec<usize> },
    /// One number is another one's, or became it: the other one.
    Became { former: String },
}

/// A message of a sender.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// MSH-10.
    pub(crate) control_id: String,
    /// Exact bytes.
    pub(crate) bytes: Vec<u8>,
    /// The number of the patient whom it is about.
    pub(crate) patient: String,
    /// What it says.
    pub(crate) what: What,
}

/// Names unlike each other.
const NAMES: [(&str, &str, &str); 8] = [
    ("Baccorfen", "Ana", "19310411"),
    ("Grihol", "Bertrand", "19440902"),
    ("Junkemlor", "Chedly", "19570130"),
    ("Mundnash", "Doreen", "19681117"),
    ("Polquin", "Emeka", "19790625"),
    ("Ravsten", "Fleur", "19860308"),
    ("Tavul", "Gordie", "19930714"),
    ("Veswyn", "Huda", "20011223"),
];
const STATUSES: [char; 3] = ['P', 'F', 'C'];
/// Versions of one result, in the order in which they are sent.
const VERSIONS: [&[usize]; 8] = [&[1], &[0, 1], &[0, 1, 2], &[1, 0], &[1, 2], &[2, 0, 1], &[0], &[1, 2, 0]];

/// A result whose versions are still to be sent, the next one last. All of them go under the number that it was ordered
/// under.
#[derive(Clone)]
struct Order {
    patient: usize,
    number: String,
    order: usize,
    versions: Vec<usize>,
    clinics: Vec<usize>,
}

struct Script<'d> {
    sender: usize,
    draws: &'d mut Draws,
    messages: Vec<Message>,
    /// Number of each patient now.
    numbers: Vec<String>,
    has_zone: bool,
    /// The first two numbers are one person's.
    is_twice: bool,
}

impl Script<'_> {
    fn time(&mut self, rank: usize) -> String {
        // An hour that comes twice, told without its zone by one of the two.
        let zone = if self.has_zone { "-0300" } else { "" };
        format!("202611010{}{:02}00{zone}", 1 + rank / 2, 10 + 20 * (rank % 2))
    }

    fn pid(&self, patient: usize, number: &str) -> String {
        let patient = if self.is_twice && patient == 1 { 0 } else { patient };
        let (family, given, birth) = NAMES[(patient + 4 * self.sender) % NAMES.len()];
        format!("PID|1||{number}^^^{}^MR||{family}^{given}||{birth}|F", SENDERS[self.sender])
    }

    fn say(&mut self, event: &str, patient: &str, what: What, body: &str) {
        let (sender, n) = (SENDERS[self.sender], self.messages.len());
        let control_id = format!("{sender}{n:04}");
        let at = self.time(0);
        let text = format!("MSH|^~\\&|LIS|{sender}|OPOR|NS|{at}||{event}|{control_id}|P|2.5.1\r{body}");
        let (bytes, patient) = (text.into_bytes(), patient.to_owned());
        self.messages.push(Message { control_id, bytes, patient, what });
    }

    fn person(&mut self, patient: usize) {
        let (number, at) = (self.numbers[patient].clone(), self.time(0));
        let pid = self.pid(patient, &number);
        let event = *self.draws.pick(&["ADT^A04^ADT_A01", "ADT^A08^ADT_A01", "ADT^A31^ADT_A05"]);
        let code = &event[4..7];
        self.say(event, &number, What::Person, &format!("EVN|{code}|{at}\r{pid}\rPV1|1|O\r"));
    }

    fn result(&mut self, order: &Order, rank: usize) {
        let Order { patient, number, order, clinics, .. } = order.clone();
        let (sender, at, status) = (SENDERS[self.sender], self.time(rank), STATUSES[rank]);
        let mark = format!("{sender}-{order}");
        let value = format!("{}.{rank}", 3 + order % 5);
        let provider = |clinic: &usize| format!("{}^Clinic{clinic}^Ana^^^^^^{PROVIDERS}", 7000 + clinic);
        let orderer = clinics.first().map(provider).unwrap_or_default();
        let copies = clinics.get(1).map(provider).unwrap_or_default();
        let pid = self.pid(patient, &number);
        let body = format!(
            "{pid}\rORC|RE|P-{mark}|{mark}||CM|||||||{orderer}\r\
             OBR|1|P-{mark}|{mark}|2823-3^Potassium^LN|||20261101003000-0300|||||||||{orderer}||||||{at}||CH|{status}|||{copies}\r\
             OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|3.5-5.1|N|||{status}|||20261101003000-0300\r"
        );
        let what = What::Result { mark, rank, value, clinics };
        self.say("ORU^R01^ORU_R01", &number, what, &body);
    }

    /// A merge into another patient's number, or a number that changed.
    fn became(&mut self, patient: usize, into: Option<usize>) {
        let (former, at) = (self.numbers[patient].clone(), self.time(0));
        let (number, event) = match into {
            Some(other) => (self.numbers[other].clone(), "ADT^A40^ADT_A39"),
            None => (format!("{former}9"), "ADT^A47^ADT_A30"),
        };
        let pid = self.pid(into.unwrap_or(patient), &number);
        let (code, sender) = (&event[4..7], SENDERS[self.sender]);
        let body = format!("EVN|{code}|{at}\r{pid}\rMRG|{former}^^^{sender}^MR\r");
        self.numbers[patient].clone_from(&number);
        self.say(event, &number, What::Became { former }, &body);
    }
}

/// The messages of a sender in the order in which it sends them.
pub(crate) fn script(sender: usize, draws: &mut Draws) -> Vec<Message> {
    let numbers = (0..PATIENTS).map(|n| format!("{}", 10_000 * (sender as u64 + 1) + n)).collect();
    let (has_zone, is_twice) = (draws.chance(50), draws.chance(50));
    let mut script = Script { sender, draws, messages: Vec::new(), numbers, has_zone, is_twice };
    let mut orders: Vec<Order> = Vec::new();
    let (mut ordered, length) = (0, script.draws.between(6, 16));
    while (script.messages.len() as u64) < length || !orders.is_empty() {
        let patient = script.draws.below(PATIENTS) as usize;
        let goes_on = (script.messages.len() as u64) < length;
        match script.draws.below(12) {
            0 if goes_on => script.person(patient),
            1 if goes_on => {
                // Mostly of the two numbers that may be one person's.
                let (patient, other) = if script.draws.chance(70) { (1, 0) } else { (patient, 3) };
                if script.numbers[patient] != script.numbers[other] {
                    script.became(patient, Some(other));
                }
            }
            2 if goes_on && script.draws.chance(50) => script.became(patient, None),
            3..=6 if goes_on => {
                let first = script.draws.below(CLINICS as u64) as usize;
                let mut clinics = vec![first];
                if script.draws.chance(40) {
                    clinics.push((first + 1 + script.draws.below(CLINICS as u64 - 1) as usize) % CLINICS);
                }
                let mut versions = script.draws.pick(&VERSIONS).to_vec();
                versions.reverse();
                let number = script.numbers[patient].clone();
                orders.push(Order { patient, number, order: ordered, versions, clinics });
                ordered += 1;
            }
            _ if !orders.is_empty() => {
                let at = script.draws.below(orders.len() as u64) as usize;
                if let Some(rank) = orders[at].versions.pop() {
                    script.result(&orders[at], rank);
                }
                orders.retain(|order| !order.versions.is_empty());
            }
            _ => {}
        }
    }
    script.messages
}

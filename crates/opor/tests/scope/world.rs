//! A record with both doors open on a port of its own. Its clock stands and its random numbers are counted, so that two
//! worlds which are asked the same answer the same to the byte, unless what they hold makes a difference.

use actions::breakglass::StateReason;
use actions::consent::Withhold;
use actions::intake::{Clock, Door, Interpreter};
use actions::sign_in::{Persona, TokenKey};
use actions::smart::id_token::IdKey;
use actions::values::{DataClass, Role, Words};
use actions::{Actor, Context, Record};
use clinical::directory::Directory;
use fhir::{Instant, Kind, PersonId, RecordId};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{Settings, Store};
use tokio::runtime::Runtime;

/// 2026-11-22 14:45 in Halifax.
const START: Instant = Instant(1_795_373_100_000_000);

const DIRECTORY: &str = r#"
[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"

[[endpoint]]
id = "harbourview-emr"
place = "harbourview"
kind = "fhir-subscription"
address = ""

[[practitioner]]
id = "p-cairnwood"
family = "Cairnwood"
given = "Aoife"
numbers = [ { authority = "NSHBILL", value = "4471" } ]

[[role]]
practitioner = "p-cairnwood"
place = "harbourview"
role = "family-physician"
endpoint = "harbourview-emr"
primary = true
from = "2000-01-01"
"#;

/// Who signs in at the portal, with what they are.
pub(crate) const SEATS: [(&str, Role); 6] = [
    ("cairnwood", Role::FamilyDoctor),
    ("plover", Role::FamilyDoctor),
    ("kestrel", Role::Pharmacist),
    ("dunlin", Role::Chiropractor),
    ("siskin", Role::Dentist),
    ("turnstone", Role::OtherProfessional),
];

/// People of both worlds: number at the hospital.
pub(crate) const PEOPLE: [&str; 3] = ["00718264", "00718299", "00719001"];

/// The person of a number.
pub(crate) fn person(number: &str) -> PersonId {
    PersonId::born_with(record(number))
}

/// The record of a number.
pub(crate) fn record(number: &str) -> RecordId {
    RecordId::of("HRH", number)
}

/// PID of a number.
fn pid(number: &str) -> String {
    let who = match number {
        "00718264" => "0144679875^^^CANNS^JHN||Drumlin^Maren^Isolde||19610309|F",
        "00718299" => "||Drumlin^Marin||19610903|F",
        _ => "||Esker^Tamsin||19720514|F",
    };
    match who.strip_prefix("||") {
        Some(rest) => format!("PID|1||{number}^^^HRH^MR||{rest}"),
        None => format!("PID|1||{number}^^^HRH^MR~{who}"),
    }
}

/// One answer: status, head without the date, body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A cookie that is set.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let line = format!("set-cookie: {name}=");
        let set = self.head.lines().find(|one| one.to_ascii_lowercase().starts_with(&line))?;
        set.split_once(": ")?.1.split(';').next().map(str::to_owned)
    }
}

/// One world.
pub(crate) struct World {
    pub(crate) record: Record,
    store: Store,
    at: SocketAddr,
    folder: PathBuf,
    clock: Arc<AtomicI64>,
    line: Option<TcpStream>,
    sent: u32,
    key: TokenKey,
    // Dropped last: the doors run on it.
    _runtime: Runtime,
}

impl Drop for World {
    fn drop(&mut self) {
        self.store.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    pub(crate) fn open(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("opor-scope-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder, Settings::new(Arc::new(|| 0))).unwrap();
        let personas = SEATS.map(|(id, role)| Persona {
            id: id.to_owned(),
            name: format!("{}{}, Ana", id[..1].to_uppercase(), &id[1..]),
            role,
            place: Words { en: "Clinic".into(), fr: "Clinique".into() },
            practitioner: (id == "cairnwood").then(|| "p-cairnwood".to_owned()),
        });
        let record = Record::new(store.clone(), Directory::from_toml(DIRECTORY).unwrap(), personas.to_vec());
        let clock = Arc::new(AtomicI64::new(START.0));
        let (now, next) = (Arc::clone(&clock), AtomicI64::new(1));
        let now: Clock = Arc::new(move || Instant(now.load(Ordering::Relaxed)));
        let key = TokenKey([7; 32]);
        let pages = portal::router(portal::Settings {
            record: record.clone(),
            clock: now.clone(),
            random: Arc::new(move || {
                let mut bytes = [7; 32];
                bytes[..8].copy_from_slice(&next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                bytes
            }),
            key: key.clone(),
            demo: true,
            build: "scope".into(),
            ways: None,
            practice_at: None,
        });
        let smart = gateway::fhir::Smart {
            random: Arc::new(|| [9; 32]),
            key: IdKey::read(&IdKey::fresh().unwrap()).unwrap(),
            portal: None,
            registers: false,
            proxied: false,
        };
        let senders = Vec::new();
        let doors =
            pages.merge(gateway::fhir::router(record.clone(), now, key.clone(), senders, false, smart));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let socket = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let at = socket.local_addr().unwrap();
        runtime.spawn(async move {
            axum::serve(socket, doors.into_make_service_with_connect_info::<SocketAddr>()).await
        });
        Self { record, store, at, folder, clock, line: None, sent: 0, key, _runtime: runtime }
    }

    fn now(&self) -> Instant {
        Instant(self.clock.load(Ordering::Relaxed))
    }

    /// A message is accepted and interpreted.
    fn send(&mut self, kind: &str, number: &str, segments: &[&str]) {
        self.sent += 1;
        self.clock.fetch_add(60_000_000, Ordering::Relaxed);
        let (now, sent) = (self.now(), self.sent);
        let mut text = format!("MSH|^~\\&|LAB|HRH|OPOR|NS|20261122150000||{kind}|C{sent}|P|2.5.1");
        let (first, rest): (Vec<&str>, Vec<&str>) =
            segments.iter().copied().partition(|segment| segment.starts_with("EVN"));
        for segment in first.into_iter().chain([pid(number).as_str()]).chain(rest) {
            text.push('\r');
            text.push_str(segment);
        }
        let (answer, hears) = std::sync::mpsc::channel();
        self.record.accept(&Door::BySender, text.into_bytes(), now, move |said| drop(answer.send(said)));
        hears.recv().unwrap();
        let interpreter = Interpreter::start(self.record.clone(), Arc::new(move || now), 1).unwrap();
        while !interpreter.is_idle() {
            std::thread::yield_now();
        }
        interpreter.stop();
    }

    /// A laboratory report; `orderer` is XCN.
    pub(crate) fn laboratory(&mut self, number: &str, order: &str, value: &str, orderer: &str) {
        let obr = format!(
            "OBR|1|P{order}^HRH|{order}^HRH|24362-6^Renal function panel^LN|||20261120093000|||||||||{orderer}||||||20261120100000||CH|F"
        );
        let obx = format!("OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|3.5-5.1|H|||F");
        self.send("ORU^R01^ORU_R01", number, &[&obr, &obx, "NTE|1||Called to the ward"]);
    }

    /// A film.
    pub(crate) fn film(&mut self, number: &str, order: &str, text: &str, orderer: &str) {
        let obr = format!(
            "OBR|1|P{order}^HRH|{order}^HRH|36643-5^Chest X-ray, 2 views^LN|||20261121190000|||||||||{orderer}||||||20261121200500||RAD|F"
        );
        let obx = format!("OBX|1|TX|36643-5^Chest X-ray, 2 views^LN|1|{text}||||||F");
        self.send("ORU^R01^ORU_R01", number, &[&obr, &obx]);
    }

    /// A document.
    pub(crate) fn document(&mut self, number: &str, unique: &str, text: &str) {
        let txa = format!(
            "TXA|1|DS^Discharge summary^L|AP|20261122110000|||||9901^Fundy^Priya|||{unique}^HRH|||||AU||AV"
        );
        let obx = format!("OBX|1|TX|DS^Discharge summary^L||{text}||||||F");
        self.send("MDM^T02^MDM_T02", number, &["EVN|T02|20261122120000", &txa, &obx]);
    }

    /// A visit.
    pub(crate) fn visit(&mut self, number: &str, visit: &str) {
        let pv1 = format!(
            "PV1|1|I|6N^12^A^HRH||||9901^Fundy^Priya||||||||||||{visit}^^^HRH^VN|||||||||||||||||||||||||20261120080000"
        );
        let evn = "EVN|A01|20261120080000";
        self.send("ADT^A01^ADT_A01", number, &[evn, &pv1, "AL1|1||LTX^Latex^L||Rash"]);
    }

    /// The person does not want a sort of data shown.
    pub(crate) fn withhold(&self, number: &str, class: DataClass) {
        let actor = Actor {
            id: "wren".into(),
            role: Role::PrivacyOfficer,
            name: "Wren, Ada".into(),
            practitioner: None,
            through: None,
        };
        let context = Context { actor, purpose: Role::PrivacyOfficer.usual_purpose(), now: self.now() };
        let act = Withhold {
            person: Some(person(number)),
            classes: vec![class.code().to_owned()],
            reason: "Form 12".into(),
            ..Withhold::default()
        };
        self.record.act(&context, act).unwrap();
    }

    /// Everybody who may sign in said why they look at these people's charts.
    pub(crate) fn everybody_says_why(&self) {
        for (id, role) in SEATS {
            for number in PEOPLE {
                let actor = Actor {
                    id: id.to_owned(),
                    role,
                    name: id.to_owned(),
                    practitioner: (id == "cairnwood").then(|| "p-cairnwood".to_owned()),
                    through: None,
                };
                let context = Context { actor, purpose: role.usual_purpose(), now: self.now() };
                let why =
                    StateReason { person: person(number), reason: "treating".into(), words: String::new() };
                self.record.act(&context, why).unwrap();
            }
        }
    }

    /// Every id on file of these people, as `Kind/id`.
    pub(crate) fn ids(&self) -> Vec<String> {
        let view = self.store.view().unwrap();
        let mut ids = Vec::new();
        for number in PEOPLE {
            for kind in Kind::ALL {
                let stored = view.resources_of(record(number), *kind, usize::MAX).unwrap();
                ids.extend(stored.iter().map(|one| one.key.to_string()));
            }
        }
        ids
    }

    /// Every obligation about these people.
    pub(crate) fn obligations(&self) -> Vec<String> {
        let view = self.store.view().unwrap();
        let filter = store::ObligationFilter::default();
        view.obligations(&filter, 1_000, 0).unwrap().iter().map(|row| row.id.to_string()).collect()
    }

    /// The cookie of a seat.
    pub(crate) fn sign_in(&mut self, persona: &str) -> String {
        let head = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = self.ask("POST", "/sign-in", head, &format!("persona={persona}"));
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.cookie("opor").unwrap()
    }

    /// The bearer token of a role, or of a receiving system.
    pub(crate) fn token(&self, role: Role) -> String {
        let expires = self.now().plus_minutes(600);
        match role {
            Role::Receiver => self.key.mint_for_endpoint("harbourview-emr", expires),
            _ => self.key.mint(role, expires),
        }
    }

    /// The question goes out; [`World::answer`] reads what comes.
    pub(crate) fn put(&mut self, method: &str, path: &str, headers: &str, body: &str) {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        let at = self.at;
        let line = self.line.get_or_insert_with(|| {
            let line = TcpStream::connect(at).unwrap();
            line.set_nodelay(true).unwrap();
            line
        });
        line.write_all(text.as_bytes()).unwrap();
    }

    /// What comes back.
    pub(crate) fn answer(&mut self) -> Answer {
        let line = self.line.as_mut().unwrap();
        let mut held = Vec::new();
        let mut more = |held: &mut Vec<u8>| {
            let mut chunk = [0; 32 << 10];
            let length = line.read(&mut chunk).unwrap();
            assert!(length > 0, "the door hung up: {}", String::from_utf8_lossy(held));
            held.extend_from_slice(&chunk[..length]);
        };
        let end = loop {
            if let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            more(&mut held);
        };
        let head = String::from_utf8(held[..end].to_vec()).unwrap();
        let field = |name: &str| {
            head.lines().find_map(|one| {
                let (key, value) = one.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let mut body = held.split_off(end + 4);
        match field("content-length") {
            Some(length) => {
                let length: usize = length.parse().unwrap();
                while body.len() < length {
                    more(&mut body);
                }
            }
            None if field("transfer-encoding").is_some() => {
                while !body.ends_with(b"0\r\n\r\n") {
                    more(&mut body);
                }
            }
            None => {}
        }
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap();
        let kept = head.lines().filter(|one| !one.to_ascii_lowercase().starts_with("date:"));
        let head = kept.collect::<Vec<_>>().join("\n");
        Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// A question and its answer.
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.put(method, path, headers, body);
        self.answer()
    }
}

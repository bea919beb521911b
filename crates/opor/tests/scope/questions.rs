//! Random questions to both doors: every page of the portal, every read and search of FHIR, by whoever may ask.

use crate::world::{PEOPLE, SEATS, World, person, record};
use actions::values::{Permission, Role, may};
use fhir::Kind;

/// A small generator: the same seed asks the same questions.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

/// Who asks.
pub(crate) struct Asker {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// `Cookie:` or `Authorization:` with its value.
    pub(crate) header: String,
}

/// What the gaps of addresses are filled with: of both worlds, so that each is asked for what only the other has.
#[derive(Default)]
pub(crate) struct Pool {
    pub(crate) ids: Vec<String>,
    pub(crate) obligations: Vec<String>,
    /// Links to further pages that were answered.
    pub(crate) next: Vec<String>,
}

/// One question.
pub(crate) struct Question {
    pub(crate) route: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/fhir+json\r\n";

/// Pages that stay open, or that the browser's own secret opens.
fn is_left_out(path: &str) -> bool {
    path == "/live" || path == "/sign-out" || path.starts_with("/sign-in") || path.starts_with("/launch")
}

/// Who of a scenario signs in.
pub(crate) fn askers(world: &mut World, seats: &[Role], tokens: &[Role]) -> Vec<Asker> {
    let mut askers = Vec::new();
    for (persona, role) in SEATS.iter().filter(|(_, role)| seats.contains(role)) {
        let header = format!("Cookie: {}\r\n", world.sign_in(persona));
        askers.push(Asker { name: (*persona).to_owned(), role: *role, header });
    }
    for role in tokens {
        let header = format!("Authorization: Bearer {}\r\n", world.token(*role));
        askers.push(Asker { name: role.code().to_owned(), role: *role, header });
    }
    askers
}

const TEXTS: [&str; 8] = [
    "Drumlin Maren 1961-03-09",
    "00718264",
    "0144679875",
    "00718299",
    "00719001",
    "Drumlin",
    "Esker Tamsin 1972-05-14",
    "A900",
];

/// Pages of a chart that whoever may open them is answered with.
const MAIN_PAGES: [&str; 5] = [
    "/search",
    "/person/{person}",
    "/person/{person}/results",
    "/person/{person}/reports",
    "/person/{person}/visits",
];

/// What an asker is answered with something, so that two refusals are not taken for two equal answers: their pages (of a
/// chart where they have said why they look), and what they read and search.
pub(crate) fn main_questions(asker: &Asker, charts: bool) -> Vec<Question> {
    let maren = PEOPLE[0];
    let of = record(maren).to_string();
    let paths: Vec<(String, String)> = if asker.header.starts_with("Cookie") {
        let pages = portal::routes().iter().filter(|screen| screen.method == "GET");
        let open = pages
            .filter(|screen| MAIN_PAGES.contains(&screen.path) && (charts || screen.path == "/search"))
            .filter(|screen| screen.permission.is_none_or(|permission| may(asker.role, permission)));
        let filled = |path: &str| path.replace("{person}", &person(maren).to_string());
        open.map(|screen| (format!("GET {}", screen.path), filled(screen.path))).collect()
    } else if asker.role == Role::Receiver {
        vec![(format!("{} events", asker.role.code()), "/fhir/$events".to_owned())]
    } else {
        [
            ("read", format!("/fhir/Patient/{of}")),
            ("search", format!("/fhir/Encounter?patient={of}")),
            ("everything", format!("/fhir/Patient/{of}/$everything")),
        ]
        .map(|(route, path)| (format!("{} {route}", asker.role.code()), path))
        .to_vec()
    };
    paths.into_iter().map(|(route, path)| asked(asker, &route, "GET", path, "", String::new())).collect()
}

/// A random question of one asker.
pub(crate) fn question(asker: &Asker, pool: &Pool, dice: &mut Dice) -> Question {
    if asker.header.starts_with("Cookie") { page(asker, pool, dice) } else { resource(asker, pool, dice) }
}

fn page(asker: &Asker, pool: &Pool, dice: &mut Dice) -> Question {
    let pages: Vec<_> = portal::routes()
        .iter()
        .filter(|screen| screen.method == "GET" && !is_left_out(screen.path))
        .filter(|screen| screen.permission.is_none_or(|permission| may(asker.role, permission)))
        .collect();
    if dice.roll(12) == 0 && may(asker.role, Permission::FindPatient) {
        let body = format!("q={}", dice.one(&TEXTS).replace(' ', "+"));
        return asked(asker, "POST /search", "POST", "/search".to_owned(), FORM, body);
    }
    let screen = dice.one(&pages);
    let mut path = screen.path.to_owned();
    if path.contains("{kind}/{id}") {
        path = path.replace("{kind}/{id}", &dice.one(&pool.ids));
    }
    let number = dice.one(&PEOPLE);
    path = path.replace("{person}", &person(number).to_string());
    path = path.replace("{obligation}", &dice.one(&pool.obligations));
    path = path.replace("{index}", &dice.roll(2).to_string());
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, "x-1");
    }
    let with = match screen.path {
        "/trace" => format!("?item={}", ["A900", "A901", "X900", "D900", "C7"][dice.roll(5)]),
        "/cases" | "/panel" | "/team" => String::new(),
        _ if dice.roll(6) == 0 => "?show=all&version=1".to_owned(),
        _ => String::new(),
    };
    asked(asker, &format!("GET {}", screen.path), "GET", path + &with, "", String::new())
}

fn asked(
    asker: &Asker,
    route: &str,
    method: &'static str,
    path: String,
    headers: &str,
    body: String,
) -> Question {
    Question { route: route.to_owned(), method, path, headers: format!("{}{headers}", asker.header), body }
}

/// Parameters of a search; the words in capitals are filled in.
const PARAMETERS: [&str; 40] = [
    "patient=RECORD",
    "subject=Patient/RECORD",
    "_sort=date",
    "_sort=-date",
    "_sort=_lastUpdated",
    "_sort=-_lastUpdated",
    "_sort=code",
    "_count=1",
    "_count=2",
    "_count=50",
    "_count=0",
    "_total=accurate",
    "_summary=count",
    "_summary=true",
    "_summary=text",
    "_elements=id,status",
    "code=2823-3",
    "code=http://loinc.org|2823-3",
    "code:text=potassium",
    "value-quantity=gt5",
    "value-quantity=lt5",
    "status=final",
    "date=ge2026-11-20",
    "date=2026-11-20",
    "_lastUpdated=ge2026-11-22T15:00:00Z",
    "identifier=A900",
    "based-on:missing=false",
    "_id=LOCAL",
    "_include=Observation:patient",
    "_include=DiagnosticReport:result",
    "_include=*",
    "_include:iterate=DiagnosticReport:result",
    "_revinclude=Provenance:target",
    "_revinclude=DiagnosticReport:result",
    "_revinclude=Observation:patient",
    "_has:Observation:patient:code=2823-3",
    "_has:DiagnosticReport:result:status=final",
    "patient.name=drumlin",
    "subject:Patient.birthdate=1961-03-09",
    "family=drumlin",
];

/// Kinds that something is filed as, more often than all the others.
const FILED: [Kind; 8] = [
    Kind::Patient,
    Kind::Observation,
    Kind::DiagnosticReport,
    Kind::Encounter,
    Kind::DocumentReference,
    Kind::AllergyIntolerance,
    Kind::ServiceRequest,
    Kind::Provenance,
];

fn search(pool: &Pool, dice: &mut Dice) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for _ in 0..dice.roll(4) {
        let local = dice.one(&pool.ids).split('/').nth(1).unwrap_or_default().to_owned();
        let of = record(dice.one(&PEOPLE)).to_string();
        let pair = dice.one(&PARAMETERS).replace("RECORD", &of).replace("LOCAL", &local);
        let pair = pair.replace('|', "%7C");
        let name = pair.split('=').next().unwrap_or_default().to_owned();
        if !pairs.iter().any(|other| other.starts_with(&name)) {
            pairs.push(pair);
        }
    }
    pairs.join("&")
}

fn kind(dice: &mut Dice) -> Kind {
    if dice.roll(5) == 0 { dice.one(Kind::ALL) } else { dice.one(&FILED) }
}

fn resource(asker: &Asker, pool: &Pool, dice: &mut Dice) -> Question {
    let get = |route: &str, path: String, headers: &str| {
        asked(asker, &format!("{} {route}", asker.role.code()), "GET", path, headers, String::new())
    };
    if asker.role == Role::Receiver {
        let path = ["/fhir/$events", "/fhir/$events?_count=1", "/fhir/metadata"][dice.roll(3)];
        return get("events", path.to_owned(), "");
    }
    let id = dice.one(&pool.ids);
    let of = record(dice.one(&PEOPLE)).to_string();
    match dice.roll(20) {
        0 | 1 => get("read", format!("/fhir/{id}"), ""),
        2 => get("read, If-None-Match", format!("/fhir/{id}"), "If-None-Match: W/\"1\"\r\n"),
        3 => get(
            "read, If-Modified-Since",
            format!("/fhir/{id}"),
            "If-Modified-Since: Sun, 22 Nov 2026 19:00:00 GMT\r\n",
        ),
        4 => get("vread", format!("/fhir/{id}/_history/{}", 1 + dice.roll(2)), ""),
        5 => get("history", format!("/fhir/{id}/_history"), ""),
        6 => {
            get("history of a type", format!("/fhir/{}/_history?_count={}", kind(dice), 1 + dice.roll(9)), "")
        }
        7 => get("history of all", format!("/fhir/_history?_count={}", 1 + dice.roll(9)), ""),
        8 => get("everything", format!("/fhir/Patient/{of}/$everything"), ""),
        9 => get("summary", format!("/fhir/Patient/{of}/$summary"), ""),
        10 => get("lastn", format!("/fhir/Observation/$lastn?patient={of}&max={}", 1 + dice.roll(3)), ""),
        11 => get("compartment", format!("/fhir/Patient/{of}/{}?{}", kind(dice), search(pool, dice)), ""),
        12 if !pool.next.is_empty() => get("next page", dice.one(&pool.next), ""),
        13 => get("meta", format!("/fhir/{id}/$meta"), ""),
        14 => asked(
            asker,
            &format!("{} search in a form", asker.role.code()),
            "POST",
            format!("/fhir/{}/_search", kind(dice)),
            FORM,
            search(pool, dice),
        ),
        15 if asker.role == Role::System => {
            let entries: Vec<String> = (0..1 + dice.roll(3))
                .map(|_| {
                    let url = match dice.roll(2) {
                        0 => dice.one(&pool.ids),
                        _ => format!("{}?{}", kind(dice), search(pool, dice)),
                    };
                    format!(r#"{{"request":{{"method":"GET","url":"{url}"}}}}"#)
                })
                .collect();
            let body =
                format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{}]}}"#, entries.join(","));
            asked(asker, "system batch", "POST", "/fhir".to_owned(), JSON, body)
        }
        16 => get("xml", format!("/fhir/{id}"), "Accept: application/fhir+xml\r\n"),
        _ => get("search", format!("/fhir/{}?{}", kind(dice), search(pool, dice)), ""),
    }
}

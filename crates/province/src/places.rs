//! Hospitals, clinics and the people who work there, and the provider directory made of them.

use std::fmt::Write as _;

use crate::rng::Rng;

/// A place of care.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Key in the directory.
    pub id: &'static str,
    /// Name people read.
    pub name: &'static str,
    /// `clinic`, `hospital`, `laboratory` or `other`.
    pub kind: &'static str,
}

/// All places.
pub static PLACES: &[Place] = &[
    Place { id: "hrh", name: "Harbour Regional Hospital", kind: "hospital" },
    Place { id: "vgh", name: "Valley General Hospital", kind: "hospital" },
    Place { id: "lab", name: "Tidewater Laboratory", kind: "laboratory" },
    Place { id: "rad", name: "Headland Imaging", kind: "other" },
    Place { id: "harbourview", name: "Harbourview Clinic", kind: "clinic" },
    Place { id: "tern-bay", name: "Tern Bay Family Practice", kind: "clinic" },
    Place { id: "kelpie-lane", name: "Kelpie Lane Clinic", kind: "clinic" },
];

/// The codes of the two hospitals, in the order charts are kept.
pub const HOSPITALS: [&str; 2] = ["HRH", "VGH"];

/// The clinics whose EMRs listen, in the order `directory` takes their addresses.
pub const CLINICS: [&str; 3] = ["harbourview", "tern-bay", "kelpie-lane"];

/// The authority of billing numbers.
pub const NSH_BILLING: &str = "NSHBILL";

/// What a practitioner does at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Family physician.
    FamilyPhysician,
    /// Nurse practitioner.
    NursePractitioner,
    /// Specialist with an outpatient practice.
    Specialist,
    /// Ward or emergency doctor.
    Hospitalist,
    /// Radiologist.
    Radiologist,
    /// Pathologist.
    Pathologist,
}

impl Role {
    /// The word of the directory file.
    pub fn word(self) -> &'static str {
        match self {
            Self::FamilyPhysician => "family-physician",
            Self::NursePractitioner => "nurse-practitioner",
            Self::Specialist => "specialist",
            Self::Hospitalist => "hospitalist",
            Self::Radiologist => "radiologist",
            Self::Pathologist => "pathologist",
        }
    }
}

/// One practitioner.
#[derive(Debug, Clone, Copy)]
pub struct Practitioner {
    /// Key in the directory.
    pub id: &'static str,
    /// Family name.
    pub family: &'static str,
    /// Given name.
    pub given: &'static str,
    /// Licence number with the regulator.
    pub licence: &'static str,
    /// Billing number.
    pub billing: &'static str,
    /// What they do.
    pub role: Role,
    /// Main place.
    pub place: &'static str,
    /// A second place, or empty.
    pub also: &'static str,
    /// False for those whom the directory does not know: what names them needs a person.
    pub listed: bool,
}

const fn p(
    id: &'static str,
    name: (&'static str, &'static str),
    numbers: (&'static str, &'static str),
    role: Role,
    place: &'static str,
) -> Practitioner {
    Practitioner {
        id,
        family: name.0,
        given: name.1,
        licence: numbers.0,
        billing: numbers.1,
        role,
        place,
        also: "",
        listed: true,
    }
}

const fn also(place: &'static str, practitioner: Practitioner) -> Practitioner {
    Practitioner { also: place, ..practitioner }
}

const fn unlisted(practitioner: Practitioner) -> Practitioner {
    Practitioner { listed: false, ..practitioner }
}

use Role::{FamilyPhysician, Hospitalist, NursePractitioner, Pathologist, Radiologist, Specialist};

/// Everybody who orders, signs or is copied.
pub static PRACTITIONERS: &[Practitioner] = &[
    p("p-cairnwood", ("Cairnwood", "Aoife"), ("014417", "55012"), FamilyPhysician, "harbourview"),
    p("p-comeau", ("Comeau", "Élise"), ("014502", "55013"), FamilyPhysician, "harbourview"),
    p("p-loam", ("Loam", "Greta"), ("013988", "55014"), FamilyPhysician, "harbourview"),
    p("p-haddad", ("Haddad", "Rami"), ("015120", "55015"), FamilyPhysician, "harbourview"),
    p("p-marsh", ("Marsh", "Della"), ("NP2207", "55016"), NursePractitioner, "harbourview"),
    p("p-tern", ("Tern", "Adeline"), ("012875", "55101"), FamilyPhysician, "tern-bay"),
    p("p-fundy", ("Fundy", "Peter"), ("013340", "55102"), FamilyPhysician, "tern-bay"),
    p("p-thibodeau", ("Thibodeau", "Réjean"), ("014066", "55103"), FamilyPhysician, "tern-bay"),
    p("p-okafor", ("Okafor", "Chidi"), ("015377", "55104"), FamilyPhysician, "tern-bay"),
    p("p-reef", ("Reef", "Anton"), ("NP2318", "55105"), NursePractitioner, "tern-bay"),
    p("p-kelpie", ("Kelp", "Rowan"), ("012214", "55201"), FamilyPhysician, "kelpie-lane"),
    p("p-sylliboy", ("Sylliboy", "Mary Rose"), ("014791", "55202"), FamilyPhysician, "kelpie-lane"),
    p("p-esker", ("Esker", "Devon"), ("013659", "55203"), FamilyPhysician, "kelpie-lane"),
    p("p-lin", ("Lin", "Weiyi"), ("015018", "55204"), FamilyPhysician, "kelpie-lane"),
    p("p-skerry", ("Skerry", "Pauline"), ("NP2290", "55205"), NursePractitioner, "kelpie-lane"),
    also("harbourview", p("p-gale", ("Gale", "Winston"), ("011903", "56001"), Specialist, "hrh")),
    p("p-mooring", ("Mooring", "Basil"), ("012458", "56002"), Specialist, "hrh"),
    p("p-quay", ("Quay", "Shirin"), ("013077", "56003"), Specialist, "hrh"),
    also("tern-bay", p("p-boudreau", ("Boudreau", "Sylvie"), ("013511", "56004"), Specialist, "vgh")),
    p("p-sandhu", ("Sandhu", "Harjit"), ("014233", "56005"), Specialist, "vgh"),
    p("p-dory", ("Dory", "Elspeth"), ("012699", "56006"), Specialist, "hrh"),
    also("kelpie-lane", p("p-levee", ("Levee", "Marcus"), ("013824", "56007"), Specialist, "vgh")),
    p("p-hawser", ("Hawser", "Enid"), ("013102", "57001"), Hospitalist, "hrh"),
    p("p-brigg", ("Brigg", "Tomas"), ("014655", "57002"), Hospitalist, "hrh"),
    p("p-chisholm", ("Chisholm", "Ruairidh"), ("014120", "57003"), Hospitalist, "hrh"),
    p("p-nguyen", ("Nguyen", "Thao"), ("015266", "57004"), Hospitalist, "hrh"),
    p("p-paul", ("Paul", "Noel"), ("014980", "57005"), Hospitalist, "hrh"),
    p("p-cove", ("Cove", "Perpetua"), ("013417", "57006"), Hospitalist, "vgh"),
    p("p-schooner", ("Schooner", "Ivo"), ("012980", "57007"), Hospitalist, "vgh"),
    p("p-surette", ("Surette", "Joël"), ("014344", "57008"), Hospitalist, "vgh"),
    p("p-beals", ("Beals", "Yvonne"), ("014877", "57009"), Hospitalist, "vgh"),
    p("p-khan", ("Khan", "Nusrat"), ("015401", "57010"), Hospitalist, "vgh"),
    p("p-vane", ("Vane", "Cordelia"), ("012031", "58001"), Radiologist, "rad"),
    p("p-lamp", ("Lampe", "Jurgen"), ("013266", "58002"), Radiologist, "rad"),
    p("p-doucette", ("Doucette", "Mireille"), ("014018", "58003"), Radiologist, "rad"),
    p("p-slate", ("Slate", "Ingrid"), ("012540", "59001"), Pathologist, "lab"),
    p("p-menon", ("Menon", "Asha"), ("014709", "59002"), Pathologist, "lab"),
    unlisted(p("p-drift", ("Drift", "Calla"), ("015590", "57091"), Hospitalist, "hrh")),
    unlisted(p("p-heron", ("Heron", "Tobias"), ("015602", "57092"), Hospitalist, "vgh")),
    unlisted(p("p-sandbar", ("Sandbar", "Joni"), ("015633", "56091"), Specialist, "vgh")),
];

impl Practitioner {
    /// The authority that issued the licence.
    pub fn authority(&self) -> &'static str {
        if self.role == NursePractitioner { "NSCN" } else { "NSCPS" }
    }
}

fn positions(of: impl Fn(&Practitioner) -> bool) -> Vec<usize> {
    PRACTITIONERS.iter().enumerate().filter(|(_, who)| of(who)).map(|(index, _)| index).collect()
}

/// A family doctor or nurse practitioner; people near the second hospital go to Tern Bay more often.
pub fn family_doctor_near(hospital: usize, draw: u64) -> Option<usize> {
    let mut rng = Rng::new(draw);
    let clinic = match (hospital, rng.below(10)) {
        (0, 0..6) => "harbourview",
        (0, 6..9) => "kelpie-lane",
        (0, _) => "tern-bay",
        (_, 0..6) => "tern-bay",
        (_, 6..8) => "kelpie-lane",
        _ => "harbourview",
    };
    let there =
        positions(|who| who.place == clinic && matches!(who.role, FamilyPhysician | NursePractitioner));
    (!there.is_empty()).then(|| *rng.pick(&there))
}

/// A practitioner in a role at a hospital (0 or 1); `None` for `hospital` means anywhere.
/// About one in 25 hospital doctors drawn is one whom the directory does not know.
pub fn somebody(role: Role, hospital: Option<usize>, rng: &mut Rng) -> &'static Practitioner {
    let want_listed = !rng.chance(40);
    let at = hospital.map(|index| HOSPITALS[index].to_ascii_lowercase());
    let fits = |who: &Practitioner| who.role == role && at.as_deref().is_none_or(|place| who.place == place);
    let exact = positions(|who| fits(who) && who.listed == want_listed);
    let any = if exact.is_empty() { positions(fits) } else { exact };
    let index = if any.is_empty() { 0 } else { *rng.pick(&any) };
    &PRACTITIONERS[index]
}

/// Roles that have ended: practitioner, place, role, first and last day.
static FORMER: &[(&str, &str, Role, &str, &str)] = &[
    ("p-esker", "tern-bay", FamilyPhysician, "2016-07-01", "2019-12-31"),
    ("p-reef", "kelpie-lane", NursePractitioner, "2018-02-01", "2019-10-15"),
];

/// Away: practitioner, kind, cover, first and last day. Long enough for any demo.
static AWAY: &[(&str, &str, &str, &str, &str)] = &[
    ("p-haddad", "leave", "p-loam", "2026-11-02", "2027-10-29"),
    ("p-okafor", "locum", "p-fundy", "2026-09-01", "2027-12-31"),
    ("p-esker", "leave", "p-lin", "2028-01-03", "2028-02-01"),
];

/// Contacts: id, of, kind, value, source, confirmed on, to be confirmed by, and why it is doubted.
static CONTACTS: &[[&str; 8]] = &[
    [
        "harbourview-civic",
        "harbourview",
        "civic",
        "12 Harbour Road, Halifax, NS, B3H 0A1",
        "registration form",
        "2026-09-14",
        "2027-03-13",
        "",
    ],
    [
        "harbourview-phone",
        "harbourview",
        "phone",
        "902 555 0142",
        "registration form",
        "2026-09-14",
        "2027-03-13",
        "",
    ],
    [
        "harbourview-fax",
        "harbourview",
        "fax",
        "902 555 0143",
        "registration form",
        "2026-05-04",
        "2026-10-31",
        "",
    ],
    [
        "tern-bay-phone",
        "tern-bay",
        "phone",
        "902 555 0151",
        "college register",
        "2026-08-20",
        "2027-02-16",
        "",
    ],
    [
        "tern-bay-email",
        "tern-bay",
        "email",
        "desk@tern-bay.example",
        "practice form",
        "2026-07-02",
        "2026-12-29",
        "the last three letters came back",
    ],
    [
        "kelpie-lane-phone",
        "kelpie-lane",
        "phone",
        "902 555 0161",
        "college register",
        "2026-10-01",
        "2027-03-30",
        "",
    ],
    [
        "p-cairnwood-email",
        "p-cairnwood",
        "email",
        "a.cairnwood@harbourview.example",
        "practice form",
        "2026-09-14",
        "2027-03-13",
        "",
    ],
];

/// The provider directory as TOML, in the form that `clinical::directory` reads.
///
/// `addresses` are host and port of the three clinics' EMRs, in the order of [`CLINICS`].
/// Hospital doctors read in the portal, so their endpoint has no address. Unlisted practitioners are left out.
pub fn directory(addresses: [&str; 3]) -> String {
    let mut out = String::from(
        "# Provider directory of the synthetic province. Every person and number is invented.\n",
    );
    for place in PLACES {
        let _ = write!(
            out,
            "\n[[place]]\nid = \"{}\"\nname = \"{}\"\nkind = \"{}\"\n",
            place.id, place.name, place.kind
        );
    }
    for (clinic, address) in CLINICS.iter().zip(addresses) {
        let _ = write!(
            out,
            "\n[[endpoint]]\nid = \"{clinic}-emr\"\nplace = \"{clinic}\"\nkind = \"mllp\"\naddress = \"{address}\"\nreports_opening = {}\n",
            // Its doctors read what their system gets in the portal too, which tells.
            *clinic == CLINICS[0]
        );
    }
    for place in PLACES.iter().filter(|place| !CLINICS.contains(&place.id)) {
        let _ = write!(
            out,
            "\n[[endpoint]]\nid = \"{0}-portal\"\nplace = \"{0}\"\nkind = \"portal\"\naddress = \"\"\n",
            place.id
        );
    }
    for who in PRACTITIONERS.iter().filter(|who| who.listed) {
        let _ = write!(
            out,
            "\n[[practitioner]]\nid = \"{}\"\nfamily = \"{}\"\ngiven = \"{}\"\nnumbers = [ {{ authority = \"{}\", value = \"{}\" }}, {{ authority = \"NSHBILL\", value = \"{}\", kind = \"billing\" }} ]\n",
            who.id,
            who.family,
            who.given,
            who.authority(),
            who.licence,
            who.billing
        );
        role(&mut out, who, who.place, true);
        if !who.also.is_empty() {
            role(&mut out, who, who.also, false);
        }
    }
    for (who, place, role, from, to) in FORMER {
        let _ = write!(
            out,
            "\n[[role]]\npractitioner = \"{who}\"\nplace = \"{place}\"\nrole = \"{}\"\nendpoint = \"{place}-emr\"\nfrom = \"{from}\"\nto = \"{to}\"\n",
            role.word()
        );
    }
    for (who, kind, cover, from, to) in AWAY {
        let _ = write!(
            out,
            "\n[[absence]]\nid = \"a-{who}\"\npractitioner = \"{who}\"\nkind = \"{kind}\"\ncover = \"{cover}\"\nfrom = \"{from}\"\nto = \"{to}\"\n"
        );
    }
    for [id, of, kind, value, source, verified, next, doubt] in CONTACTS {
        let _ = write!(
            out,
            "\n[[contact]]\nid = \"{id}\"\nof = \"{of}\"\nkind = \"{kind}\"\nvalue = \"{value}\"\nsource = \"{source}\"\nverified_on = \"{verified}\"\nnext_check = \"{next}\"\n"
        );
        if !doubt.is_empty() {
            let _ = writeln!(out, "doubt = {{ since = \"2026-11-16\", why = \"{doubt}\" }}");
        }
    }
    // A register of the college speaks of the directory; its desk decides.
    out.push_str("\n[[source]]\nlink = \"REGISTER@NSCPS\"\nin_force = false\n");
    out
}

fn role(out: &mut String, who: &Practitioner, place: &str, primary: bool) {
    let endpoint = if CLINICS.contains(&place) { "emr" } else { "portal" };
    let _ = write!(
        out,
        "\n[[role]]\npractitioner = \"{}\"\nplace = \"{place}\"\nrole = \"{}\"\nendpoint = \"{place}-{endpoint}\"\nprimary = {primary}\nfrom = \"2020-01-01\"\n",
        who.id,
        who.role.word()
    );
}

//! Who is on call at the desks of the synthetic province. Every person and number is invented.

use std::fmt::Write as _;

/// Desks with who has the day (08:00 to 20:00) and who has the night.
static ROTA: &[(&str, &str, &str)] = &[
    ("delivery", "Marram, Jo", "Plover, Ines"),
    ("identity", "Sorrel, Émile", "Plover, Ines"),
    ("interface", "Brant, Osei", "Plover, Ines"),
    ("terminology", "Teal, Simone", "Plover, Ines"),
    ("directory", "Teal, Simone", "Brant, Osei"),
    ("safety", "Osprey, Noor", "Heron, Malcolm"),
    ("covering", "Comeau, Élise", "Tern, Adeline"),
    ("on-call", "Okafor, Chidi", "Lin, Weiyi"),
    ("site-lead", "Heron, Malcolm", "Osprey, Noor"),
    ("practice-lead", "Loam, Greta", "Kelp, Rowan"),
    ("enrolment", "Heron, Pia", "Comeau, Élise"),
    ("privacy", "Wren, Odile", "Heron, Malcolm"),
];

/// The on-call calendar as TOML, in the form that `clinical::cover` reads: every desk, every hour of the week.
pub fn cover() -> String {
    let mut out =
        String::from("# Who is on call in the synthetic province. Every person and number is invented.\n");
    let mut people: Vec<&str> = ROTA.iter().flat_map(|(_, day, night)| [*day, *night]).collect();
    people.sort_unstable();
    people.dedup();
    for (n, name) in people.iter().enumerate() {
        let _ = write!(out, "\n[[person]]\nname = \"{name}\"\nphone = \"902-555-{:04}\"\n", 110 + n);
    }
    for (desk, day, night) in ROTA {
        for (from, to, person) in [("08:00", "20:00", day), ("20:00", "08:00", night)] {
            let _ = write!(
                out,
                "\n[[shift]]\ndesk = \"{desk}\"\ndays = \"Mo-Su\"\nfrom = \"{from}\"\nto = \"{to}\"\nperson = \"{person}\"\n"
            );
        }
    }
    out
}

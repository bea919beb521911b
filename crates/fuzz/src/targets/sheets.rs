//! Tables of other offices, and files of our own in TOML.

use super::{NOW, text};
use crate::Target;
use crate::seeds::{of_repository, texts};
use clinical::access::panel;
use clinical::codes::CodeMap;
use clinical::cover::Cover;
use clinical::detection::Staff;
use clinical::dialect::{Binds, Dialect};
use clinical::directory::{Directory, Primary};
use clinical::enrolment::administrators::Administrators;
use clinical::enrolment::register::Register;
use clinical::facility::managers::Structure;
use clinical::facility::registers::{Employments, Licences};
use clinical::facility::tickets::Wish;
use clinical::rendering::Profile;
use clinical::share::RosterRow;
use clinical::totals::Stated;

pub(super) const TABLES: Target = Target {
    name: "tables",
    reads: "CSV of other offices: registers, rosters, panels, totals",
    seeds: || {
        texts(&[
            "user_id,family,given,profession,regulator,licence,place,role,email,last_use\nz1,L\u{e9}ger,Zo\u{eb},pharmacist,NSCP,4417,harbour,x,zoe@harbour.example,2026-11-01\n",
            "hcn;family;given;birth_date;mrn;site\n0012345678;Kestrel;Bram;1987-04-30;12;QEH\n\"1;2\";\"a\"\"b\";c;1987-02-30;;\n",
            "authority,number,practitioner,from,to\nNSMSB,123,p1,2026-01-01,\nNSMSB,124,p2,2026-01-01,2026-06-30\n",
            "regulator,licence,family,given,standing,from,to\nNSCP,4417,L\u{e9}ger,Zo\u{eb},active,2020-01-01,\n",
            "employee,family,given,unit,from,to\n77,Pike,Orla,medicine,2020-01-01,\n",
            "place,name,email\nharbour,\"Gull, \u{c9}va\",eva@harbour.example\n",
            "count,3\na-1\na-2\na-2\n",
            r#"{"catalogue":"x","ticket":"T1","requested_by":"o","unit":"medicine","access_for":{"employee":"77","family":"P","given":"O","email":"o@p","profession":"nurse","regulator":"NSCN","licence":"1"}}"#,
        ])
    },
    words: &[
        ",",
        ";",
        "\t",
        "\"",
        "\"\"",
        "\n",
        "\r\n",
        "=",
        "=cmd|' /C calc'!A0",
        "@",
        "user_id",
        "hcn",
        "family",
        "given",
        "birth_date",
        "licence",
        "regulator",
        "from",
        "to",
        "authority,number,practitioner,from,to",
        "2026-11-22",
        "2026-02-30",
        "active",
        "lapsed",
        "\u{feff}",
        "harbour",
    ],
    take: |input| {
        let text = text(input);
        for problem in [
            RosterRow::read(&text).err(),
            Licences::read(&text).err(),
            Employments::read(&text).err(),
            Register::read(&text).err(),
            Administrators::read(&text).err(),
        ]
        .into_iter()
        .flatten()
        {
            assert!(
                !problem.to_string().is_empty() && problem.0.len() < 50,
                "{} lines are told",
                problem.0.len()
            );
        }
        if let Ok(rows) = panel::read(&text) {
            assert!(rows.len() <= panel::ROWS_LIMIT, "{} rows", rows.len());
        }
        let _ = Primary::read(&text, "list");
        let _ = Stated::read(text.lines().map(|line| Ok(line.to_owned())));
        let _ = Wish::read(input);
        let cell = clinical::sheets::cell(&text);
        let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(&cell);
        let inner = inner.trim_start();
        assert!(!inner.starts_with(['=', '+', '-', '@']), "a spreadsheet would run it: {cell:?}");
    },
    usual: 3_000,
};

pub(super) const FILES: Target = Target {
    name: "files",
    reads: "TOML that people write or upload: directory, dialects, code maps, calendars, structure",
    seeds: || {
        let mut all = of_repository("crates/clinical/testdata/dialects", &[".toml"]);
        all.extend(of_repository("crates/clinical/testdata/routing", &["directory.toml"]));
        all.extend(of_repository("crates/clinical/testdata/facility", &[".toml"]));
        all.extend(of_repository("crates/clinical/src", &[".toml"]));
        all
    },
    words: &[
        "\n",
        "[",
        "]",
        "[[",
        "]]",
        "=",
        "\"",
        "'",
        "\"\"\"",
        ".",
        ",",
        "#",
        "{",
        "}",
        "id = \"a\"",
        "from = \"2026-11-22\"",
        "[[rule]]",
        "[[unit]]",
        "above = \"icu\"",
        "true",
        "1",
        "1979-05-27T07:32:00Z",
        "\\u0000",
        "inf",
        "0x",
        "rename",
        "MSH-3",
        "PID-3.4",
        "OBX-5(9).9.9",
    ],
    take: |input| {
        let text = text(input);
        if let Ok(directory) = Directory::from_toml(&text) {
            let again = Directory::from_facts(directory.facts());
            assert!(again.is_ok(), "a directory that is taken does not come again of its facts");
        }
        if let Ok(dialect) = Dialect::from_toml(&text) {
            let _ = dialect.rules.iter().map(clinical::dialect::Rule::shown).collect::<Vec<_>>();
        }
        if let Ok(structure) = Structure::from_toml(&text)
            && let Some(day) = clinical::facility::days::of(NOW)
        {
            let _ = (structure.units_of("pike", day), structure.managers_on("ward-6", day).count());
        }
        let _ = (
            CodeMap::from_toml(&text).is_ok(),
            Profile::from_toml(&text).is_ok(),
            Staff::from_toml(&text).is_ok(),
        );
        if let Ok(cover) = Cover::from_toml(&text) {
            let _ = cover.gaps(NOW, 14);
        }
        let _ = Binds::salvaged(&text);
    },
    usual: 800,
};

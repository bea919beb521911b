//! People who have applied for access before the demo begins: one in each state that somebody has to do something about.

use actions::enrolment::{Approve, Begin, Licence, Prove, Scene, Send, Verify, Way, Workplaces};
use actions::refusal::RefusalKind;
use actions::sign_in::TokenKey;
use actions::{ApplicationId, Context, Record, record::machine};
use clinical::access::Role;
use clinical::enrolment::Tongue;
use clinical::enrolment::scenes::{Next, next};
use fhir::Instant;

/// How far somebody has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Far {
    /// The licence is looked up.
    Licence,
    /// Sent.
    Sent,
    /// A coordinator has verified who it is.
    Verified,
    /// The workplace has said yes.
    Approved,
}

/// Who applies: address, profession, licence, family name, signature, place, and how far.
const PEOPLE: &[([&str; 6], Far)] = &[
    (
        [
            "theo.sculpin@kelpielane.example",
            "family-physician",
            "014999",
            "Sculpin",
            "Théo Sculpin",
            "kelpie-lane",
        ],
        Far::Licence,
    ),
    (["ruth.dunlin@ternbay.example", "pharmacist", "P-1002", "Dunlin", "Ruth Dunlin", "tern-bay"], Far::Sent),
    (["armand.knot@ternbay.example", "pharmacist", "P-1003", "Knot", "Armand Knot", "tern-bay"], Far::Sent),
    (
        [
            "dara.whelk@harbourview.example",
            "nurse-practitioner",
            "NP3301",
            "Whelk",
            "Dara Whelk",
            "harbourview",
        ],
        Far::Verified,
    ),
    (
        ["gus.limpet@harbourview.example", "chiropractor", "C-204", "Limpet", "Gus Limpet", "harbourview"],
        Far::Approved,
    ),
];

/// Brings them as far as they are.
pub(super) fn apply(record: &Record, key: &TokenKey, now: Instant) -> Result<(), actions::Refusal> {
    for (n, (who, far)) in PEOPLE.iter().enumerate() {
        match one(record, key, now, (u8::try_from(n).unwrap_or(0), who, *far)) {
            // A first start that was cut short brought them here already.
            Err(refusal) if refusal.kind == RefusalKind::Conflict => {}
            other => other?,
        }
    }
    Ok(())
}

fn one(
    record: &Record,
    key: &TokenKey,
    now: Instant,
    (n, who, far): (u8, &[&str; 6], Far),
) -> Result<(), actions::Refusal> {
    let [address, profession, licence, family, signature, place] = who.map(str::to_owned);
    let (by, handle) = (machine("opor demo", now), vec![n; 32]);
    let id = ApplicationId::of([0x20 + n; 8]);
    let tongue = if n % 2 == 0 { Tongue::Fr } else { Tongue::En };
    record.act(&by, Begin { handle: handle.clone(), address, tongue })?;
    let code = key.address_code(&handle, now.0);
    record.act(&by, Prove { key: key.clone(), handle: handle.clone(), code, id })?;
    let given = String::new();
    let asked =
        Licence { handle: handle.clone(), profession, unlisted: String::new(), family, given, licence };
    record.act(&by, asked)?;
    if far == Far::Licence {
        return Ok(());
    }
    let places = Workplaces {
        handle: handle.clone(),
        places: vec![place],
        other: String::new(),
        administrators: Vec::new(),
    };
    record.act(&by, places)?;
    record.act(&by, Way { handle: handle.clone(), method: "call-back".to_owned() })?;
    let mut answers: Vec<(String, usize)> = Vec::new();
    while let Next::Ask { scene, .. } = next(&answers) {
        let choice = (1..=4).find(|choice| scene.is_right(*choice)).unwrap_or(1);
        answers.push((scene.code.clone(), choice));
        record.act(&by, Scene { handle: handle.clone(), scene: scene.code.clone(), choice })?;
    }
    let read = ["nsh", "iwk"].map(str::to_owned).into();
    record.act(&by, Send { handle, read, signature, on_paper: false })?;
    if far >= Far::Verified {
        let coordinator = actions::Actor {
            through: None,
            id: "heron".to_owned(),
            role: Role::Coordinator,
            name: "Heron, Pia".to_owned(),
            practitioner: None,
        };
        let by = Context { actor: coordinator, ..by.clone() };
        let evidence = "Answered at the clinic and named the licence".to_owned();
        record.act(&by, Verify { application: id, method: "call-back".to_owned(), evidence })?;
    }
    if far >= Far::Approved {
        let token = key.approve_token(actions::enrolment::ApproveLink {
            application: id,
            workplace: 0,
            administrator: 0,
            at: now.0,
        });
        record.act(&by, Approve { key: key.clone(), token, yes: true })?;
    }
    Ok(())
}

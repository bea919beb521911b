//! Applications for access: one at each step, one that was sent, the desk.

use super::{NOW, ago, words};
use actions::accounts::Hold;
use actions::accounts::first::PracticeView;
use actions::enrolment::{AnewLine, ApproveView, DeskView, Meeting, MineView, OneView, Place, QueueLine};
use actions::mailing::Undelivered;
use actions::values::Role;
use actions::values::enrolment::{
    Applicant, Contact, Facts, FormHeld, FormWay, Holder, LicenceHeld, LicenceStanding, ModuleHeld, Need,
    Next, Refused, State, Workplace, next,
};
use actions::{ApplicationId, MailOut};

fn licence() -> LicenceHeld {
    LicenceHeld {
        standing: LicenceStanding::Active,
        regulator: "NSPR".into(),
        name: "Plaice, Nora".into(),
        place: "Harbourview Clinic".into(),
        call_back: "902 555 0171".into(),
        at: ago(30),
    }
}

fn facts() -> Facts {
    Facts {
        applicant: Applicant {
            family: "Plaice".into(),
            given: "Nora".into(),
            email: "nora.plaice@harbourview.example".into(),
            profession: "pharmacist".into(),
            licence: "P-1001".into(),
            ..Applicant::default()
        },
        address_proved: Some(ago(40).0),
        licence: Some(licence()),
        workplaces: vec![Workplace {
            place: "harbourview".into(),
            name: "Harbourview Clinic".into(),
            administrators: vec![
                Contact { name: "Gull, Éva".into(), email: "eva.gull@harbourview.example".into() },
                Contact { name: "Rail, Otto".into(), email: "otto.rail@harbourview.example".into() },
            ],
        }],
        wish: "call-back".into(),
        module: Some(ModuleHeld { version: "2026-11-23.1".into(), score: 5, of: 6, at: ago(20) }),
        forms: ["request", "agreement"]
            .map(|form| FormHeld {
                form: form.into(),
                version: "2026-11-23.1".into(),
                way: FormWay::Online { signature: "Nora Plaice".into(), text_sha256: "00".into() },
                at: ago(15),
            })
            .into(),
        ..Facts::default()
    }
}

fn agreed() -> Meeting {
    Meeting { at: ago(5), room: Some("https://video.opor.example/desk/004f2a91".into()) }
}

fn of(facts: Facts, state: State, next: Next) -> MineView {
    MineView {
        number: "4F2A91".into(),
        state,
        missing: vec![Need::Identity, Need::Eligibility],
        holder: Some(if state == State::Draft { Holder::Applicant } else { Holder::Coordinator }),
        due: NOW.plus_minutes(300),
        median_seconds: Some(4 * 3600),
        next,
        places: vec![Place {
            id: "harbourview".into(),
            name: "Harbourview Clinic".into(),
            administrators: vec!["Gull, Éva".into(), "Rail, Otto".into()],
            picked: true,
        }],
        history: vec![
            (ago(40), "applicant".into(), words("Address proved, begun.", "Adresse confirmée, commencée.")),
            (ago(15), "applicant".into(), words("Sent", "Envoyée")),
        ],
        may_appeal: state == State::Ended,
        meeting: (state == State::Complete).then(agreed),
        free: if state == State::Ended {
            Vec::new()
        } else {
            (3..15).map(|n| NOW.plus_minutes(n * 10)).collect()
        },
        facts,
    }
}

/// Nothing but the address.
pub(super) fn begun() -> MineView {
    of(Facts { asked: "Which clinic do you mean?".into(), ..Facts::default() }, State::Draft, next(&[]))
}

/// Up to the workplaces.
pub(super) fn licensed() -> MineView {
    let facts =
        Facts { workplaces: Vec::new(), wish: String::new(), module: None, forms: Vec::new(), ..facts() };
    of(facts, State::Draft, next(&[]))
}

/// A scene after a wrong choice.
pub(super) fn scene() -> MineView {
    of(Facts { module: None, forms: Vec::new(), ..facts() }, State::Draft, next(&[("neighbour-1".into(), 1)]))
}

/// Everything but the signature.
pub(super) fn unsigned() -> MineView {
    of(Facts { forms: Vec::new(), ..facts() }, State::Draft, next(&[]))
}

/// Sent.
pub(super) fn sent() -> MineView {
    of(facts(), State::Complete, next(&[]))
}

/// Refused, and not appealed yet.
pub(super) fn refused() -> MineView {
    let why = Refused {
        reason: "The clinic does not know you.".into(),
        by: "heron".into(),
        at: ago(5),
        appealed: None,
    };
    of(Facts { refused: Some(why), ..facts() }, State::Ended, next(&[]))
}

/// What a manager is asked.
pub(super) fn asked(answered: bool) -> ApproveView {
    ApproveView {
        applicant: "Plaice, Nora".into(),
        profession: "pharmacist".into(),
        place: "Harbourview Clinic".into(),
        who: "Gull, Éva".into(),
        answered,
    }
}

/// Mails of the demo.
pub(super) fn mails() -> Vec<MailOut> {
    vec![MailOut {
        obligation: actions::ObligationId(7),
        at: ago(3),
        sort: "approve".into(),
        recipient: "eva.gull@harbourview.example".into(),
        tongue: "fr".into(),
        subject: "Cette personne travaille-t-elle avec vous?".into(),
        body: "Plaice, Nora demande un accès.\n\n/join/yes/0000\n".into(),
        application: ApplicationId(7),
        handed: Some(ago(3)),
        refused: false,
        attempts: 0,
        again: ago(3),
        last: String::new(),
    }]
}

fn line(state: State, holder: Holder, minutes: i64) -> QueueLine {
    QueueLine {
        id: ApplicationId(0x004f_2a91),
        number: "4F2A91".into(),
        name: "Plaice, Nora".into(),
        profession: "pharmacist".into(),
        state,
        holder: Some(holder),
        due: NOW.plus_minutes(minutes),
        wish: "call-back".into(),
        meets: (state == State::Complete).then(|| ago(5)),
    }
}

/// The queue.
pub(super) fn desk() -> DeskView {
    DeskView {
        ours: vec![
            line(State::Complete, Holder::Coordinator, 300),
            line(State::Submitted, Holder::Coordinator, -20),
        ],
        others: vec![line(State::IdentityVerified, Holder::Manager, 2000)],
        anew: vec![AnewLine {
            name: "Whelk, Dara".into(),
            since: ago(60),
            due: NOW.plus_minutes(900),
            application: Some(ApplicationId(0x004f_2a91)),
        }],
        undelivered: vec![Undelivered {
            mail: actions::ObligationId(9),
            sort: "approve".into(),
            recipient: "otto.rail@harbourview.example".into(),
            subject: "Cette personne travaille-t-elle avec vous?".into(),
            application: Some(ApplicationId(0x004f_2a91)),
            at: ago(45),
            due: NOW.plus_minutes(1_400),
            refused: true,
            attempts: 1,
            last: "550 5.1.1 no such user here".into(),
        }],
        all: 612,
        counts: vec![(State::Submitted, 1), (State::Complete, 1), (State::IdentityVerified, 1)],
        median_seconds: Some(4 * 3600),
    }
}

/// A step of the first patient, safely.
pub(super) fn practice(role: Role, step: usize, chose: usize) -> PracticeView {
    PracticeView::of(role, step, chose)
}

fn hold(by: &str) -> Hold {
    let reason = words("Two places at once.", "Deux lieux à la fois.");
    Hold { by: by.into(), at: ago(70), reason }
}

/// One application at the desk.
pub(super) fn one(state: State) -> OneView {
    let mine = sent();
    OneView {
        line: line(state, Holder::Coordinator, 300),
        facts: mine.facts,
        missing: mine.missing,
        meeting: (state == State::Complete).then(agreed),
        history: mine.history,
        may_be: (state == State::Eligible)
            .then(|| vec![("p-kestrel".to_owned(), "Kestrel, Bram".to_owned())]),
        holds: if state == State::Suspended { vec![hold("heron"), hold("wren")] } else { Vec::new() },
        lapsed: if state == State::Suspended {
            vec![(
                words("The licence is not in force.", "Le permis n’est pas en règle."),
                words(
                    "It opens when the register shows it again.",
                    "L’accès rouvre quand le registre l’indique.",
                ),
            )]
        } else {
            Vec::new()
        },
    }
}

/// One of a profession that is not listed.
pub(super) fn unlisted() -> OneView {
    let mut view = one(State::Eligible);
    view.facts.applicant.profession = "other".into();
    view.facts.applicant.unlisted = "Optometrist".into();
    view
}

/// One whose licence no register knows.
pub(super) fn unknown() -> OneView {
    let mut view = one(State::Submitted);
    view.facts.licence =
        Some(LicenceHeld { standing: LicenceStanding::NotFound, call_back: String::new(), ..licence() });
    view
}

//! Samples of detection, tips, breach cases and retention.

use super::{NOW, ago, banner, words};
use actions::ObligationId;
use actions::breaches::{CaseLine, CaseView, OpenedLine};
use actions::detection::{FlagLine, QueueView};
use actions::lists::Part;
use actions::retention::{DestructionLine, ScheduleView};
use actions::tips::{TipLine, TipState};
use actions::values::{Sign, SignReason};

fn flag(decided: bool) -> FlagLine {
    FlagLine {
        obligation: ObligationId(if decided { 4 } else { 3 }),
        who: ("Quill, Bram".into(), "quill".into()),
        at: ago(70),
        due: (!decided).then(|| NOW.plus_minutes(4_000)),
        score: 176,
        reasons: vec![
            SignReason { sign: Sign::Address, times: 1, weight: 110 },
            SignReason { sign: Sign::Surname, times: 2, weight: 66 },
        ],
        people: 2,
        verdict: if decided {
            words("It was needed, or it was chance", "C’était nécessaire, ou le hasard")
        } else {
            words("", "")
        },
        reason: if decided { "Called by the ward about her".into() } else { String::new() },
    }
}

fn case(closed: bool, decision: &str) -> CaseLine {
    CaseLine {
        obligation: ObligationId(9),
        number: 12,
        who: "Quill, Bram".into(),
        at: ago(60),
        due: (!closed).then(|| NOW.plus_minutes(9_000)),
        decision: decision.into(),
    }
}

pub(super) fn queue() -> QueueView {
    let tip = |answered: bool| TipLine {
        obligation: ObligationId(if answered { 6 } else { 5 }),
        at: ago(500),
        due: (!answered).then(|| NOW.plus_minutes(3_000)),
        text: (!answered).then(|| "A colleague reads files of people she does not treat.".into()),
        answer: answered.then(|| words("We looked into it.", "Nous avons vérifié.")),
    };
    QueueView {
        flags: vec![flag(false), FlagLine { obligation: ObligationId(8), ..flag(false) }],
        decided: vec![flag(true)],
        tips: vec![tip(false), tip(true)],
        tips_page: 1,
        tips_more: true,
        cases: vec![case(false, ""), case(true, "not-notify")],
        cases_part: Part { from: 200, to: 202, most: 200, more: true },
        ..QueueView::default()
    }
}

pub(super) fn breach(decision: &str, closed: bool) -> CaseView {
    let decided = !decision.is_empty();
    CaseView {
        line: case(closed, decision),
        since: ago(60 * 24 * 40),
        until: ago(70),
        what: "No care was given".into(),
        reason: if decided { "Harm is not likely".into() } else { String::new() },
        decided: decided.then(|| ("Wren, Ada".into(), ago(20))),
        people: vec![OpenedLine {
            person: banner().person,
            name: "Drumlin, Maren".into(),
            born: "1961-03-09".into(),
            times: 4,
            span: (ago(60 * 24 * 40), ago(70)),
            stated: true,
        }],
        part: Part { from: 100, to: 101, most: 100, more: !closed },
        all: 301,
        rows: 904,
        cut: closed,
    }
}

pub(super) fn tip_state(answered: bool) -> TipState {
    TipState {
        at: ago(500),
        due: (!answered).then(|| NOW.plus_minutes(3_000)),
        answer: answered.then(|| words("We looked into it.", "Nous avons vérifié.")),
    }
}

pub(super) fn retention() -> ScheduleView {
    let line = |n: i64, verdict: &str, done: bool| DestructionLine {
        obligation: ObligationId(n),
        what: words("Tips that were answered", "Signalements auxquels on a répondu"),
        before: ago(60 * 24 * 700),
        at: ago(90),
        items: 12,
        due: verdict.is_empty().then(|| NOW.plus_minutes(40_000)),
        verdict: verdict.into(),
        approver: "Wren, Ada".into(),
        destroyed: if done { 12 } else { 5 },
        done: done.then(|| ago(10)),
    };
    ScheduleView {
        rows: vec![("activity", Some(0)), ("tip", Some(12)), ("breach", Some(0)), ("record", None)],
        destructions: vec![
            line(1, "", false),
            line(2, "approved", false),
            line(3, "approved", true),
            line(4, "kept", true),
        ],
        part: Part { from: 200, to: 204, most: 200, more: false },
    }
}

//! Samples of the forms that were sent.

use super::{NOW, ago, chrome, words};
use crate::components::chrome::{Choices, Chrome, User};
use actions::lists::Part;
use actions::mailbox::{Line, LineFile, PaperView, SentView, ShownFile};
use actions::values::Role;
use actions::values::forms::{Beside, Form, Held, Item, Standing};
use actions::{ApplicationId, MailId};

/// The enrolment desk's pages.
pub(super) fn desk(choices: Choices) -> Chrome {
    let user = User {
        name: "Plover, Ann".into(),
        role: Role::Coordinator,
        place: Some(words("Enrolment desk", "Bureau des adhésions")),
    };
    Chrome { user: Some(user), ..chrome(choices, None) }
}

fn file(name: &str, form: &str, stands: &str) -> LineFile {
    let drawn = words(
        "The signature is drawn or a picture. Compare it with the licence or another document.",
        "La signature est dessinée ou une image. Comparez-la avec le permis ou un autre document.",
    );
    let said = if stands == "person" { vec![drawn] } else { Vec::new() };
    LineFile { name: name.into(), form: form.into(), stands: stands.into(), words: said }
}

fn line(id: i64, standing: Standing, left: Option<i64>) -> Line {
    Line {
        id: MailId(id),
        at: ago(26),
        is_mail: true,
        sender: "zoe.leger@harbour.example".into(),
        subject: "My forms".into(),
        standing,
        due: left.map(|minutes| NOW.plus_minutes(minutes)),
        application: Some(ApplicationId(0xa7)),
        copies: 2,
        held: None,
        files: vec![file("request.pdf", "request", "person"), file("agreement.pdf", "agreement", "right")],
        note: String::new(),
    }
}

pub(super) fn sent() -> SentView {
    let held = Line {
        held: Some(Held::Unproved.words()),
        files: Vec::new(),
        copies: 1,
        application: None,
        ..line(7, Standing::Held, Some(-90))
    };
    let counts =
        vec![(Standing::Filed, 41), (Standing::Returned, 6), (Standing::Waiting, 1), (Standing::Held, 1)];
    SentView {
        open: vec![held, line(8, Standing::Waiting, Some(600))],
        all_open: 243,
        settled: vec![line(9, Standing::Filed, None)],
        settled_part: Part { from: 0, to: 1, most: 1, more: true },
        counts,
    }
}

pub(super) fn none() -> SentView {
    SentView::default()
}

pub(super) fn one() -> (Line, Vec<ShownFile>) {
    let line = line(8, Standing::Waiting, Some(600));
    let beside =
        [(Item::Name, "Léger, Zoë", true), (Item::Licence, "4471", false)].map(|(item, form, is_same)| {
            Beside {
                item,
                form: form.into(),
                application: if is_same { form.into() } else { "4417".into() },
                is_same,
            }
        });
    let shown = |file: LineFile| ShownFile { file, beside: beside.to_vec() };
    let files = line.files.iter().cloned().map(shown).collect();
    (line, files)
}

pub(super) fn held() -> (Line, Vec<ShownFile>) {
    (sent().open.remove(0), Vec::new())
}

pub(super) fn paper() -> PaperView {
    let unsigned = words(
        "The form is not signed: the box for the signature is empty. Sign in the box and send it again.",
        "Le formulaire n'est pas signé\u{a0}: le cadre de signature est vide. Signez dans le cadre et renvoyez-le.",
    );
    let returned = LineFile { words: vec![unsigned], ..file("agreement.pdf", "agreement", "returned") };
    let wrong = Line { files: vec![returned], is_mail: false, ..line(10, Standing::Returned, None) };
    PaperView {
        address: "zoe.leger@harbour.example".into(),
        forms: vec![(Form::Request, true), (Form::Agreement, false)],
        sent: vec![wrong, line(9, Standing::Filed, None)],
    }
}

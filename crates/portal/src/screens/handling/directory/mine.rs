//! What whoever is signed in sees, confirms and has changed of themselves and their practice.

use super::super::{Answer, act, look};
use crate::components::chrome::Chrome;
use crate::screens::directory::mine::screen;
use crate::screens::refuse;
use crate::screens::states::Failure;
use crate::visit::{App, Asked, Visit};
use actions::directory::Confirm;
use actions::directory::mine::{AbsenceKind, Attest, ContactKind, Mine, Update, Wanted, class_from_code};
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Seen {
    #[serde(default)]
    done: String,
}

/// `GET /directory/mine`
pub(crate) async fn mine(State(app): State<App>, visit: Visit, Asked(asked): Asked<Seen>) -> Answer {
    let view = look(&app, &visit, Mine).await?;
    let link = |place: &str| format!("/practice/{}", app.0.key.practice_token(place));
    Ok(screen(&visit.chrome, &view, &link, &asked.done))
}

#[derive(Default, Deserialize)]
pub(crate) struct Confirmed {
    #[serde(default)]
    form: String,
    /// One contact; all of them when empty.
    #[serde(default)]
    contact: String,
}

/// `POST /directory/mine/confirm`
pub(crate) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Confirmed>,
) -> Response {
    let then = "/directory/mine?done=confirmed";
    if given.contact.is_empty() {
        return act(&app, &visit, &headers, &given.form, Attest, then).await;
    }
    act(&app, &visit, &headers, &given.form, Confirm { contact: given.contact }, then).await
}

/// The fields of a form, of which one may stand several times.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn one(&self, name: &str) -> String {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    }
}

fn wanted(fields: &Fields) -> Option<Wanted> {
    let kind = fields.one("kind");
    Some(match fields.one("what").as_str() {
        "contact" => Wanted::Contact { contact: fields.one("contact"), value: fields.one("value") },
        "another" => Wanted::Another {
            of: fields.one("of"),
            kind: ContactKind::from_code(&kind)?,
            value: fields.one("value"),
        },
        "away" => Wanted::Away {
            place: fields.one("place"),
            kind: AbsenceKind::from_code(&kind)?,
            cover: fields.one("cover"),
            from: fields.one("from"),
            to: fields.one("to"),
        },
        "back" => Wanted::Back { absence: fields.one("absence"), last: fields.one("to") },
        "leaving" => Wanted::Leaving { place: fields.one("place"), last: fields.one("to") },
        "copies" => Wanted::Copies {
            endpoint: fields.one("endpoint"),
            everybody: fields.one("whom") == "all",
            without: fields
                .0
                .iter()
                .filter(|(key, _)| key == "without")
                .filter_map(|(_, code)| class_from_code(code))
                .collect(),
        },
        _ => return None,
    })
}

/// `POST /directory/mine`: something should be otherwise.
pub(crate) async fn update(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(given);
    let form = fields.one("form");
    if !visit.genuine(&headers, &form) {
        return refuse(
            &Chrome { here: "/directory/mine".to_owned(), ..visit.chrome.clone() },
            &Failure::Stale,
        );
    }
    match wanted(&fields) {
        Some(wanted) => {
            let update = Update { wanted, why: fields.one("why") };
            act(&app, &visit, &headers, &form, update, "/directory/mine?done=proposed").await
        }
        None => refuse(&visit.chrome, &Failure::NotFound),
    }
}

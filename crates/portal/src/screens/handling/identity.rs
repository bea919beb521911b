//! The identity desk's addresses: list and case, the answer, two records compared, one person's history, taking back.

use super::{Answer, Refused, look, part};
use crate::address::escape;
use crate::components::chrome::Chrome;
use crate::components::times;
use crate::screens::identity::answer::{Said, read};
use crate::screens::identity::person::Then;
use crate::screens::identity::{self as desk, Done};
use crate::screens::states::Failure;
use crate::screens::{identity, refuse};
use crate::visit::{App, Asked, Visit};
use actions::identity as acts;
use actions::{LinkEventId, ObligationId};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use fhir::{PersonId, RecordId};
use serde::Deserialize;

/// Records compared at once.
const MOST_COMPARED: usize = 6;

#[derive(Default, Deserialize)]
pub(crate) struct ListAsked {
    #[serde(default)]
    show: String,
    case: Option<String>,
    #[serde(default)]
    done: String,
    event: Option<String>,
    person: Option<String>,
}

impl ListAsked {
    fn done(&self) -> Done {
        let event = self.event.as_deref().and_then(|text| text.parse::<LinkEventId>().ok());
        let person = self.person.as_deref().and_then(|text| text.parse::<PersonId>().ok());
        Done { word: self.done.clone(), event, person: person.filter(|_| event.is_some()) }
    }
}

/// `GET /identity`
pub(crate) async fn list(State(app): State<App>, visit: Visit, Asked(asked): Asked<ListAsked>) -> Answer {
    let shown = desk::filter(&asked.show);
    let picked: Option<ObligationId> = asked.case.as_deref().map(|text| part(&visit, text)).transpose()?;
    let view = look(&app, &visit, acts::Worklist { filter: shown, picked }).await?;
    Ok(match view.open.as_ref().filter(|_| picked.is_some()) {
        Some(case) => identity::case::screen(&visit.chrome, &view, case, shown, &asked.done()),
        None => identity::screen(&visit.chrome, &view, shown, &asked.done()),
    })
}

/// What a form of the desk says.
#[derive(Default)]
struct Given {
    form: String,
    answer: String,
    reason: String,
    show: String,
    next: String,
    record: Option<String>,
    person: Option<String>,
    /// Records that leave with the first when two are parted.
    with: Vec<String>,
}

/// Fields of a form in the order they were sent; one name may stand more than once.
type Fields = Form<Vec<(String, String)>>;

impl Given {
    fn read(Form(fields): Fields) -> Self {
        let mut given = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                crate::components::forms::TOKEN => given.form = value,
                "answer" => given.answer = value,
                "reason" => given.reason = value,
                "show" => given.show = value,
                "next" => given.next = value,
                "record" => given.record = Some(value),
                "person" => given.person = Some(value),
                "with" => given.with.push(value),
                _ => {}
            }
        }
        given
    }

    /// The page of the two records compared, for the way back from a refusal.
    fn compared(&self) -> String {
        match (self.record.as_deref(), read(&self.answer)) {
            (Some(record), Some(Said::Link(other) | Said::Apart(other))) => {
                format!("/identity/compare?records={},{}", escape(record), escape(other))
            }
            _ => "/identity".to_owned(),
        }
    }

    /// Where the act leads: the next case, or the list.
    fn then(&self, word: &str, event: Option<LinkEventId>, person: Option<PersonId>) -> String {
        let show = desk::word(desk::filter(&self.show));
        let mut to = format!("/identity?show={show}&done={word}");
        if let Ok(next) = self.next.parse::<ObligationId>() {
            to.push_str(&format!("&case={next}"));
        }
        if let Some(event) = event {
            to.push_str(&format!("&event={event}"));
            if let Some(person) = person {
                to.push_str(&format!("&person={person}"));
            }
        }
        to
    }
}

/// The word of an outcome for the next page.
fn outcome(said: Said<'_>) -> &'static str {
    match said {
        Said::Same(_) | Said::New => "filed",
        Said::Return => "returned",
        Said::Link(_) => "linked",
        Said::Apart(_) => "apart",
        Said::Ask => "asked",
        Said::Confirm => "confirmed",
        Said::Decline => "declined",
    }
}

/// Does what the form says; the person whose history shows the event, when there is one.
async fn decide(
    app: &App,
    visit: &Visit,
    given: &Given,
    case: Option<ObligationId>,
) -> Result<(&'static str, Option<PersonId>), Refused> {
    let said = read(&given.answer).ok_or_else(|| Refused::because(&visit.chrome, &Failure::NotFound))?;
    let record = || part::<RecordId>(visit, given.record.as_deref().unwrap_or_default());
    let obligation = || case.ok_or_else(|| Refused::because(&visit.chrome, &Failure::NotFound));
    let reason = given.reason.clone();
    let mut person = given.person.as_deref().and_then(|text| text.parse().ok());
    match said {
        Said::Same(who) => {
            let who: PersonId = part(visit, who)?;
            person = Some(who);
            let (obligation, answer) = (obligation()?, acts::Verdict::Same(who));
            done(app, visit, acts::Answer { obligation, answer, reason }).await?;
        }
        Said::New => {
            let (obligation, answer) = (obligation()?, acts::Verdict::New);
            done(app, visit, acts::Answer { obligation, answer, reason }).await?;
        }
        Said::Return => {
            let (obligation, answer) = (obligation()?, acts::Verdict::Return);
            done(app, visit, acts::Answer { obligation, answer, reason }).await?;
        }
        Said::Ask => done(app, visit, acts::Ask { case: obligation()?, question: reason }).await?,
        Said::Confirm => done(app, visit, acts::Confirm { case: obligation()?, reason }).await?,
        Said::Decline => done(app, visit, acts::Decline { case: obligation()?, reason }).await?,
        Said::Link(other) => {
            let (record, other) = (record()?, part(visit, other)?);
            done(app, visit, acts::Link { record, other, reason, case }).await?;
        }
        Said::Apart(from) => {
            let (record, from) = (record()?, part(visit, from)?);
            let with = given
                .with
                .iter()
                .map(|text| part(visit, text))
                .collect::<Result<Vec<RecordId>, Refused>>()?;
            done(app, visit, acts::KeepApart { record, from, with, reason, case }).await?;
        }
    }
    Ok((outcome(said), person))
}

async fn done<A>(app: &App, visit: &Visit, act: A) -> Result<(), Refused>
where
    A: actions::Act + Send + 'static,
{
    let context = visit.context.clone();
    app.ask(move |record| record.act(&context, act))
        .await
        .map_err(|failure| Refused::because(&visit.chrome, &failure))
}

/// The event that was just made, so that the next page can offer to take it back.
async fn just_made(app: &App, visit: &Visit, person: Option<PersonId>) -> Option<LinkEventId> {
    let view = look(app, visit, acts::History { person: person?, as_of: None }).await.ok()?;
    view.events.iter().find(|event| event.can_undo && event.at == visit.context.now).map(|event| event.id)
}

/// The word of a change that was made or, when it takes two, only proposed.
fn made(word: &'static str, event: Option<LinkEventId>) -> &'static str {
    if matches!(word, "linked" | "apart") && event.is_none() { "proposed" } else { word }
}

/// The page that a refused form leads back to.
fn coming_from(visit: Visit, here: String) -> Visit {
    Visit { chrome: Chrome { here, ..visit.chrome }, ..visit }
}

/// `POST /identity/{obligation}`
pub(crate) async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let given = Given::read(fields);
    let show = desk::word(desk::filter(&given.show));
    let visit = coming_from(visit, format!("/identity?show={show}&case={}", escape(&obligation)));
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let case = match part::<ObligationId>(&visit, &obligation) {
        Ok(case) => case,
        Err(refused) => return refused.into_response(),
    };
    match decide(&app, &visit, &given, Some(case)).await {
        Ok((word, person)) => {
            let undoable = matches!(word, "linked" | "apart" | "filed" | "confirmed");
            let event = just_made(&app, &visit, person.filter(|_| undoable)).await;
            Redirect::to(&given.then(made(word, event), event, person)).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct ComparedAsked {
    #[serde(default)]
    records: String,
}

/// `GET /identity/compare`: records by their ids, the first compared with each other one.
pub(crate) async fn compare(
    State(app): State<App>,
    visit: Visit,
    Asked(asked): Asked<ComparedAsked>,
) -> Answer {
    let records = asked
        .records
        .split(',')
        .filter(|text| !text.is_empty())
        .take(MOST_COMPARED)
        .map(|text| part(&visit, text))
        .collect::<Result<Vec<RecordId>, Refused>>()?;
    let mut view = look(&app, &visit, acts::Compare { records: records.clone() }).await?;
    if let ([record, from], true) = (records.as_slice(), identity::compare::one_person(&view)) {
        let change = acts::Change::KeepApart { record: *record, from: *from, with: Vec::new() };
        view.moves = vec![look(&app, &visit, acts::DryRun { change }).await?.moves];
    }
    Ok(identity::compare::screen(&visit.chrome, &view))
}

/// `POST /identity/compare`
pub(crate) async fn compare_answer(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let given = Given::read(fields);
    let visit = coming_from(visit, given.compared());
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    match decide(&app, &visit, &given, None).await {
        Ok((word, Some(person))) => {
            let event = just_made(&app, &visit, Some(person)).await;
            let word = made(word, event);
            let event = event.map(|event| format!("&event={event}")).unwrap_or_default();
            Redirect::to(&format!("/identity/person/{person}?done={word}{event}")).into_response()
        }
        Ok((word, None)) => Redirect::to(&given.then(word, None, None)).into_response(),
        Err(refused) => refused.into_response(),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct PersonAsked {
    #[serde(default)]
    on: String,
    #[serde(default)]
    done: String,
    event: Option<String>,
}

/// `GET /identity/person/{person}`
pub(crate) async fn person(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<PersonAsked>,
) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let typed = asked.on.trim().to_owned();
    let as_of = times::end_of_day(&typed);
    let then = Then { unread: !typed.is_empty() && as_of.is_none(), typed };
    let context = visit.context.clone();
    let seen = app.ask(move |record| record.look(&context, acts::History { person, as_of })).await;
    let view = match seen {
        Ok(view) => view,
        // Somebody who is on file today and was not yet on that day.
        Err(Failure::NotFound) if as_of.is_some() => {
            let today = look(&app, &visit, acts::History { person, as_of: None }).await?;
            acts::HistoryView { records: Vec::new(), events: Vec::new(), apart: Vec::new(), ..today }
        }
        Err(failure) => return Err(Refused::because(&visit.chrome, &failure)),
    };
    let event = asked.event.as_deref().and_then(|text| text.parse::<LinkEventId>().ok());
    let done = Done { word: asked.done, event, person: None };
    Ok(identity::person::screen(&visit.chrome, &view, &then, &done))
}

/// `GET /identity/undo/{event}`: what would move, before anything does.
pub(crate) async fn undo(State(app): State<App>, visit: Visit, Path(event): Path<String>) -> Answer {
    let event: LinkEventId = part(&visit, &event)?;
    let view = look(&app, &visit, acts::DryRun { change: acts::Change::Undo(event) }).await?;
    Ok(identity::undo::screen(&visit.chrome, event, &view))
}

/// `POST /identity/undo/{event}`
pub(crate) async fn undo_it(
    State(app): State<App>,
    visit: Visit,
    Path(event): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let given = Given::read(fields);
    let visit = coming_from(visit, "/identity".to_owned());
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let undone = match part::<LinkEventId>(&visit, &event) {
        Ok(event) => done(&app, &visit, acts::Undo { event, reason: given.reason }).await.map(|()| event),
        Err(refused) => Err(refused),
    };
    match undone {
        Ok(event) => {
            let still = acts::DryRun { change: acts::Change::Undo(event) };
            let waits = look(&app, &visit, still).await.is_ok_and(|view| view.refusal.is_none());
            let word = if waits { "proposed" } else { "undone" };
            Redirect::to(&format!("/identity?done={word}")).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct DecisionsAsked {
    before: Option<String>,
}

/// `GET /identity/decisions`
pub(crate) async fn decisions(
    State(app): State<App>,
    visit: Visit,
    Asked(asked): Asked<DecisionsAsked>,
) -> Answer {
    let before = asked.before.as_deref().and_then(|text| text.parse::<LinkEventId>().ok());
    let view = look(&app, &visit, acts::Decisions { before }).await?;
    Ok(identity::decisions::screen(&visit.chrome, &view, before.is_some()))
}

/// `GET /identity/figures`
pub(crate) async fn figures(State(app): State<App>, visit: Visit) -> Answer {
    let view = look(&app, &visit, actions::registration::Figures).await?;
    Ok(identity::figures::screen(&visit.chrome, &view))
}

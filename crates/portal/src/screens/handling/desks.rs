//! Addresses of the message browser, replay, the unmatched list, feeds, trace and cases.

use super::{Answer, act, look, part};
use crate::address::escape;
use crate::components::times;
use crate::screens::states::Failure;
use crate::screens::{cases as cases_page, feeds as feeds_page, message as message_page, refuse};
use crate::screens::{replays as replays_page, trace as trace_page, unmatched as unmatched_page};
use crate::visit::{App, Asked, Visit};
use actions::cases::{self, CaseSort, Cases, Opened, Trace};
use actions::feeds::{self, Deed, Pause, Resume, Selection, Wall};
use actions::replays::{self, Choices, Which};
use actions::values::Words;
use actions::{MessageId, ObligationId, RefusalKind, messages, unmatched};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use fhir::Instant;
use serde::Deserialize;

/// A pause lasts so long unless the form says otherwise, in minutes.
const PAUSE_MINUTES: i64 = 60;

/// A time that was typed; one that cannot be read is no time, and the form shows it again.
fn time(text: &str) -> Option<Instant> {
    times::moment(text)
}

async fn message_list(app: &App, visit: &Visit, asked: message_page::Asked) -> Answer {
    let text = |text: &str| text.trim().to_owned();
    let record = asked.record.split_once(':').map(|(authority, value)| (text(authority), text(value)));
    let list = messages::List {
        link: text(&asked.link),
        state: message_page::state(&asked.state),
        message_type: text(&asked.message_type),
        since: time(&asked.since),
        until: time(&asked.until),
        control_id: text(&asked.control),
        accession: text(&asked.accession),
        record,
        before: asked.before.parse::<MessageId>().ok(),
    };
    let aside = matches!(asked.state.as_str(), "held" | "kept");
    let view = look(app, visit, list).await?;
    let causes = if aside { look(app, visit, messages::Causes).await? } else { Vec::new() };
    Ok(message_page::list(&visit.chrome, &view, &causes, &asked))
}

/// `GET /messages`
pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    Asked(asked): Asked<message_page::Asked>,
) -> Answer {
    message_list(&app, &visit, asked).await
}

/// `POST /messages`: the same list; a form, since an address that bears a patient's number stays behind in histories.
pub(crate) async fn search(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<message_page::Asked>,
) -> Response {
    if !visit.genuine(&headers, &asked.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    message_list(&app, &visit, asked).await.into_response()
}

fn which(asked: &replays_page::Asked) -> Option<Which> {
    let since = || time(&asked.since).map_or(i64::MIN, |at| at.0);
    Some(match asked.what.as_str() {
        "message" => Which::Message(asked.message.clone()),
        "aside" => {
            Which::Aside { state: asked.state.clone(), link: asked.link.clone(), cause: asked.cause.clone() }
        }
        "feed" => Which::Feed { link: asked.link.clone(), since: since() },
        // A destination needs a time: everything since ever is never what is meant.
        "destination" => {
            Which::Destination { endpoint: asked.destination.clone(), since: time(&asked.since)?.0 }
        }
        _ => return None,
    })
}

/// `GET /replay`
pub(crate) async fn replay(State(app): State<App>, visit: Visit) -> Answer {
    let choices = look(&app, &visit, Choices).await?;
    Ok(replays_page::screen(&visit.chrome, &choices, &replays_page::Asked::default(), None))
}

/// `POST /replay/try`: what would change.
pub(crate) async fn replay_try(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<replays_page::Asked>,
) -> Response {
    if !visit.genuine(&headers, &asked.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    replayed(&app, &visit, &asked, false).await.into_response()
}

/// `POST /replay`
pub(crate) async fn replay_do(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<replays_page::Asked>,
) -> Response {
    if !visit.genuine(&headers, &asked.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    replayed(&app, &visit, &asked, true).await.into_response()
}

async fn replayed(app: &App, visit: &Visit, asked: &replays_page::Asked, done: bool) -> Answer {
    let choices = look(app, visit, Choices).await?;
    let Some(which) = which(asked) else {
        return Ok(replays_page::screen(&visit.chrome, &choices, asked, None));
    };
    let view = if done {
        let context = visit.context.clone();
        app.ask(move |record| record.replay(&context, &which, 0))
            .await
            .map_err(|failure| super::Refused::because(&visit.chrome, &failure))?
    } else {
        look(app, visit, replays::Trial { which, skip: 0 }).await?
    };
    Ok(replays_page::screen(&visit.chrome, &choices, asked, Some((&view, done))))
}

#[derive(Default, Deserialize)]
pub(crate) struct Picked {
    pick: Option<String>,
    #[serde(default)]
    done: String,
    before: Option<i64>,
}

fn picked(visit: &Visit, asked: &Picked) -> Result<Option<ObligationId>, super::Refused> {
    asked.pick.as_deref().map(|text| part(visit, text)).transpose()
}

/// `GET /unmatched`
pub(crate) async fn unmatched_list(
    State(app): State<App>,
    visit: Visit,
    Asked(asked): Asked<Picked>,
) -> Answer {
    let picked = picked(&visit, &asked)?;
    let view = look(&app, &visit, unmatched::List { picked }).await?;
    Ok(unmatched_page::screen(&visit.chrome, &view, asked.done == "settled"))
}

#[derive(Default, Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    form: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    then: String,
    #[serde(default)]
    link: String,
    minutes: Option<i64>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    asked: String,
    #[serde(default)]
    reach: String,
}

/// `POST /unmatched/{obligation}`
pub(crate) async fn unmatched_settle(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let verdict = match given.answer.as_str() {
        "match" => unmatched::Verdict::Match,
        "not-ours" => unmatched::Verdict::NotOurs,
        "return" => unmatched::Verdict::Return,
        _ => return refuse(&visit.chrome, &Failure::NotFound),
    };
    match part(&visit, &obligation) {
        Ok(obligation) => {
            let settle = unmatched::Settle { obligation, verdict, text: given.text };
            act(&app, &visit, &headers, &given.form, settle, "/unmatched?done=settled").await
        }
        Err(refused) => refused.into_response(),
    }
}

async fn wall(
    app: &App,
    visit: &Visit,
    asked: &feeds_page::Asked,
    trial: Option<Result<feeds::TrialView, Words>>,
    done: bool,
) -> Answer {
    let view = look(app, visit, Wall).await?;
    let incidents = incidents(app, visit).await?;
    Ok(feeds_page::screen(&visit.chrome, &view, &incidents, asked, trial.as_ref(), done))
}

/// `GET /feeds`
pub(crate) async fn feeds_wall(State(app): State<App>, visit: Visit, Asked(asked): Asked<Picked>) -> Answer {
    wall(&app, &visit, &feeds_page::Asked::default(), None, asked.done == "done").await
}

/// `POST /feeds/pause`
pub(crate) async fn feeds_pause(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let minutes = given.minutes.unwrap_or(PAUSE_MINUTES);
    let pause = Pause { link: given.link, minutes, reason: given.reason };
    act(&app, &visit, &headers, &given.form, pause, "/feeds?done=done").await
}

/// `POST /feeds/resume`
pub(crate) async fn feeds_resume(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let resume = Resume { link: given.link, reason: given.reason };
    act(&app, &visit, &headers, &given.form, resume, "/feeds?done=done").await
}

fn selection(asked: &feeds_page::Asked) -> Option<(Deed, Selection)> {
    let messages: Vec<MessageId> = asked
        .messages
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter_map(|word| word.parse().ok())
        .collect();
    let selection = Selection {
        link: asked.link.clone(),
        since: time(&asked.since),
        until: time(&asked.until),
        messages,
    };
    Some((Deed::from_code(&asked.deed)?, selection))
}

/// `POST /feeds/try`: what a batch would change.
pub(crate) async fn feeds_try(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<feeds_page::Asked>,
) -> Response {
    if !visit.genuine(&headers, &asked.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let Some((deed, selection)) = selection(&asked) else {
        return wall(&app, &visit, &asked, None, false).await.into_response();
    };
    let context = visit.context.clone();
    let tried = app.ask(move |record| Ok(record.look(&context, feeds::Trial { deed, selection }))).await;
    match tried {
        Ok(Ok(view)) => wall(&app, &visit, &asked, Some(Ok(view)), false).await.into_response(),
        // Why it cannot be done so stands beside the form that asked.
        Ok(Err(refusal)) if matches!(refusal.kind, RefusalKind::Conflict | RefusalKind::Unreadable) => {
            wall(&app, &visit, &asked, Some(Err(refusal.words)), false).await.into_response()
        }
        Ok(Err(refusal)) => refuse(&visit.chrome, &Failure::from(refusal)),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

/// `POST /feeds/do`
pub(crate) async fn feeds_do(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<feeds_page::Asked>,
) -> Response {
    if !visit.genuine(&headers, &asked.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let Some((deed, selection)) = selection(&asked) else {
        return refuse(&visit.chrome, &Failure::NotFound);
    };
    let (context, reason) = (visit.context.clone(), asked.reason.clone());
    let done = app.ask(move |record| {
        record.act(&context, feeds::Do { deed, selection, reason })?;
        // What cannot be carried out now is tried again with the next round; it is decided either way.
        record.carry_out_batches(context.now).map_or(Ok(()), |_| Ok(()))
    });
    match done.await {
        Ok(()) => Redirect::to("/feeds?done=done").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct TraceAsked {
    #[serde(default)]
    item: String,
    #[serde(default)]
    opened: String,
}

/// `GET /trace`
pub(crate) async fn trace(State(app): State<App>, visit: Visit, Asked(asked): Asked<TraceAsked>) -> Answer {
    let view = look(&app, &visit, Trace { text: asked.item }).await?;
    let opened = view.cases.iter().find(|case| case.obligation.to_string() == asked.opened).cloned();
    Ok(trace_page::screen(&visit.chrome, &view, opened.as_ref()))
}

/// `POST /cases`
pub(crate) async fn case_open(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    if !visit.genuine(&headers, &given.form) {
        return refuse(&visit.chrome, &Failure::Stale);
    }
    let sort = match given.sort.as_str() {
        "missing" => CaseSort::Missing,
        "misplaced" => CaseSort::Misplaced,
        _ => CaseSort::Question,
    };
    let open = cases::Open { sort, item: given.item, asked: given.asked, reach: given.reach };
    let (context, item) = (visit.context.clone(), open.item.trim().to_owned());
    let opened = app.ask(move |record| {
        record.act(&context, open.clone())?;
        record.look(&context, Opened(open))
    });
    match opened.await {
        Ok(Some(case)) if !item.is_empty() => {
            Redirect::to(&format!("/trace?item={}&opened={}", escape(&item), case.obligation)).into_response()
        }
        Ok(Some(case)) => Redirect::to(&format!("/cases?pick={}", case.obligation)).into_response(),
        Ok(None) => Redirect::to("/cases").into_response(),
        Err(failure) => refuse(&visit.chrome, &failure),
    }
}

/// `GET /cases`
pub(crate) async fn case_list(State(app): State<App>, visit: Visit, Asked(asked): Asked<Picked>) -> Answer {
    let picked = picked(&visit, &asked)?;
    let view = look(&app, &visit, Cases { picked, before: asked.before }).await?;
    Ok(cases_page::screen(&visit.chrome, &view, asked.done == "answered"))
}

/// `POST /cases/{obligation}`
pub(crate) async fn case_answer(
    State(app): State<App>,
    visit: Visit,
    Path(obligation): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    match part::<ObligationId>(&visit, &obligation) {
        Ok(id) => {
            let answer = cases::Answer { obligation: id, text: given.text, ends: given.then == "end" };
            let then = format!("/cases?pick={id}&done=answered");
            act(&app, &visit, &headers, &given.form, answer, &then).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// Incidents that are open, for the head of the wall.
async fn incidents(app: &App, visit: &Visit) -> Result<Vec<feeds_page::Incident>, super::Refused> {
    let seen = look(app, visit, actions::incidents::Open).await?;
    let told = |line: actions::incidents::IncidentLine| {
        let due = line.due.unwrap_or(line.opened);
        let what = Words::new(
            format!("{} {}: {}", line.number, line.subject, line.words.en),
            format!("{} {} : {}", line.number, line.subject, line.words.fr),
        );
        (what, line.opened, line.owner, due)
    };
    Ok(seen.open.into_iter().map(told).collect())
}

//! Addresses of the message browser, replay, the unmatched list, feeds, trace and cases.

use super::{Answer, Outcome, act, look, part};
use crate::address::escape;
use crate::components::times;
use crate::screens::states::Failure;
use crate::screens::{cases as cases_page, feeds as feeds_page, message as message_page, refuse};
use crate::screens::{replays as replays_page, trace as trace_page, unmatched as unmatched_page};
use crate::visit::{App, Asked, Visit};
use crate::words::{Lang, Say, desks as d};
use actions::cases::{self, CaseSort, Cases, Opened, Trace};
use actions::feeds::{self, Deed, Pause, Resume, Selection, Wall};
use actions::replays::{self, Choices, Which};
use actions::values::Words;
use actions::{MessageId, ObligationId, Refusal, RefusalKind, messages, unmatched};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use fhir::Instant;
use serde::Deserialize;

/// A pause lasts so long unless the form says otherwise, in minutes.
const PAUSE_MINUTES: i64 = 60;

async fn message_list(app: &App, visit: &Visit, asked: message_page::Asked) -> Answer {
    let text = |text: &str| text.trim().to_owned();
    let record = asked.record.split_once(':').map(|(authority, value)| (text(authority), text(value)));
    let time = |field: Say, typed: &str| {
        meant(field, typed).map_err(|why| super::Refused::because(&visit.chrome, &Failure::from(why)))
    };
    let list = messages::List {
        link: text(&asked.link),
        state: message_page::state(&asked.state),
        message_type: text(&asked.message_type),
        since: time(d::SINCE, &asked.since)?,
        until: time(d::UNTIL, &asked.until)?,
        control_id: text(&asked.control),
        accession: text(&asked.accession),
        record,
        before: asked.before.parse::<MessageId>().ok(),
    };
    let aside = matches!(asked.state.as_str(), "held" | "kept");
    let view = look(app, visit, list).await?;
    let causes =
        if aside { look(app, visit, messages::Causes).await? } else { messages::CausesView::default() };
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

/// What was typed and cannot be read: the field, what stands in it and the form that is read.
fn unreadable(field: Say, text: &str, form: Say) -> Refusal {
    let told = |lang: Lang| format!("{}: {text}. {}.", lang.say(field), lang.say(form));
    Refusal { kind: RefusalKind::Unreadable, words: Words::new(told(Lang::En), told(Lang::Fr)) }
}

/// A time that was typed. Left empty it is none; one that cannot be read is no time that anybody meant.
fn meant(field: Say, text: &str) -> Result<Option<Instant>, Refusal> {
    match text.trim() {
        "" => Ok(None),
        typed => times::moment(typed).map(Some).ok_or_else(|| unreadable(field, typed, d::TIME_HINT)),
    }
}

fn which(asked: &replays_page::Asked) -> Result<Option<Which>, Refusal> {
    let since = meant(d::SINCE, &asked.since)?;
    Ok(Some(match asked.what.as_str() {
        "message" => Which::Message(asked.message.clone()),
        "aside" => {
            Which::Aside { state: asked.state.clone(), link: asked.link.clone(), cause: asked.cause.clone() }
        }
        "feed" => Which::Feed { link: asked.link.clone(), since: since.map_or(i64::MIN, |at| at.0) },
        // A destination needs a time: everything since ever is never what is meant.
        "destination" => match since {
            Some(at) => Which::Destination {
                endpoint: asked.destination.clone(),
                since: at.0,
                until: asked.until.parse().ok(),
            },
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
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
    let which = which(asked).map_err(|why| super::Refused::because(&visit.chrome, &Failure::from(why)))?;
    let Some(which) = which else {
        return Ok(replays_page::screen(&visit.chrome, &choices, asked, None));
    };
    let skip = asked.skip;
    let view = if done {
        let context = visit.context.clone();
        app.ask(move |record| record.replay(&context, &which, skip))
            .await
            .map_err(|failure| super::Refused::because(&visit.chrome, &failure))?
    } else {
        look(app, visit, replays::Trial { which, skip }).await?
    };
    Ok(replays_page::screen(&visit.chrome, &choices, asked, Some((&view, done))))
}

#[derive(Default, Deserialize)]
pub(crate) struct Picked {
    pick: Option<String>,
    #[serde(default)]
    done: String,
    before: Option<i64>,
    /// How many batches stand before the first of the page.
    #[serde(default)]
    batches: usize,
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
    let view = look(app, visit, Wall { batches: asked.batches }).await?;
    let incidents = incidents(app, visit).await?;
    Ok(feeds_page::screen(&visit.chrome, &view, &incidents, asked, trial.as_ref(), done))
}

/// `GET /feeds`
pub(crate) async fn feeds_wall(State(app): State<App>, visit: Visit, Asked(asked): Asked<Picked>) -> Answer {
    let shown = feeds_page::Asked { batches: asked.batches, ..feeds_page::Asked::default() };
    wall(&app, &visit, &shown, None, asked.done == "done").await
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

fn selection(asked: &feeds_page::Asked) -> Result<Option<(Deed, Selection)>, Refusal> {
    let words = asked.messages.split(|c: char| c.is_whitespace() || c == ',');
    let messages: Vec<MessageId> = words
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().map_err(|()| unreadable(d::NUMBERS, word, d::NUMBERS_HINT)))
        .collect::<Result<_, _>>()?;
    let selection = Selection {
        link: asked.link.clone(),
        since: meant(d::SINCE, &asked.since)?,
        until: meant(d::UNTIL, &asked.until)?,
        messages,
    };
    Ok(Deed::from_code(&asked.deed).map(|deed| (deed, selection)))
}

/// What a form about a batch asks, or the page that says why not: sent by this session, read whole, a deed chosen.
async fn batch_asked(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    asked: &feeds_page::Asked,
) -> Result<(Deed, Selection), Box<Response>> {
    let why = match selection(asked) {
        _ if !visit.genuine(headers, &asked.form) => {
            return Err(Box::new(refuse(&visit.chrome, &Failure::Stale)));
        }
        Ok(Some(chosen)) => return Ok(chosen),
        Ok(None) => None,
        // Why it cannot be read stands beside the form that asked.
        Err(why) => Some(Err(why.words)),
    };
    Err(Box::new(wall(app, visit, asked, why, false).await.into_response()))
}

/// `POST /feeds/try`: what a batch would change.
pub(crate) async fn feeds_try(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(asked): Form<feeds_page::Asked>,
) -> Response {
    let (deed, selection) = match batch_asked(&app, &visit, &headers, &asked).await {
        Ok(chosen) => chosen,
        Err(answer) => return *answer,
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
    let (deed, selection) = match batch_asked(&app, &visit, &headers, &asked).await {
        Ok(chosen) => chosen,
        Err(answer) => return *answer,
    };
    let (context, reason, seen) = (visit.context.clone(), asked.reason.clone(), asked.seen.clone());
    let done = app.ask(move |record| {
        record.act(&context, feeds::Do { deed, selection, reason, seen })?;
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
) -> Outcome {
    let id = part::<ObligationId>(&visit, &obligation)?;
    let answer = cases::Answer { obligation: id, text: given.text, ends: given.then == "end" };
    let then = format!("/cases?pick={id}&done=answered");
    Ok(act(&app, &visit, &headers, &given.form, answer, &then).await)
}

/// Incidents that are open, for the head of the wall.
async fn incidents(app: &App, visit: &Visit) -> Result<Vec<feeds_page::Incident>, super::Refused> {
    let seen = look(app, visit, actions::incidents::Open::default()).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(since: &str, until: &str, messages: &str) -> feeds_page::Asked {
        feeds_page::Asked {
            deed: "retract".into(),
            since: since.into(),
            until: until.into(),
            messages: messages.into(),
            ..Default::default()
        }
    }

    #[test]
    fn h26_what_cannot_be_read_is_refused_by_its_field_and_never_taken_for_everything() {
        for (given, field) in [
            (asked("2026-11-22 13:00", "2026-11-22 25:00", ""), "25:00"),
            (asked("yesterday", "", ""), "yesterday"),
            (asked("", "", "1-17 1-x"), "1-x"),
        ] {
            let why = selection(&given).unwrap_err();
            assert!(why.words.en.contains(field) && why.words.fr.contains(field), "{why:?}");
        }
        let (_, chosen) =
            selection(&asked("2026-11-22T13:00:30", "2026-11-22 14:00", "1-17, 1-18")).unwrap().unwrap();
        assert!(chosen.since < chosen.until && chosen.since.is_some() && chosen.messages.len() == 2);
        for what in ["feed", "destination"] {
            let typed = |since: &str| replays_page::Asked {
                what: what.into(),
                since: since.into(),
                ..replays_page::Asked::default()
            };
            assert!(which(&typed("22 Nov")).is_err(), "{what}");
            assert!(which(&typed("2026-11-22")).unwrap().is_some(), "{what}");
        }
    }
}

//! What the desk's commands ask of a running record: replay, pause and resume, months of orphan results.

use super::{Door, Problem};
use actions::backlog::Progress;
use actions::feeds::{Pause, Resume};
use actions::replays::{Trial, Which};
use actions::status::Status;
use actions::values::Permission;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// A replay as the address asks for it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Asked {
    #[serde(default)]
    skip: usize,
    #[serde(default)]
    dry_run: bool,
}

/// A feed to pause or resume.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Feed {
    link: String,
    #[serde(default)]
    minutes: Option<i64>,
    reason: String,
}

/// A pause lasts so long unless the request says otherwise, in minutes.
const PAUSE_MINUTES: i64 = 60;

fn json<T: Serialize>(value: &T) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::Broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::Parameter(format!("The body could not be read: {error}")))
}

/// `POST /operations/replay`
pub(super) async fn replay(
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::Replay).await?;
    let which: Which = read(&body)?;
    if asked.dry_run {
        return json(&door.look(context, Trial { which, skip: asked.skip }).await?);
    }
    let record = door.record.clone();
    let done = tokio::task::spawn_blocking(move || record.replay(&context, &which, asked.skip)).await;
    json(&done.map_err(|_| Problem::Broken)??)
}

/// `GET /operations/status`: what the page `/status` shows.
pub(super) async fn status(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ReadCensus).await?;
    let place = door.record.place();
    json(&door.look(context, Status { place }).await?)
}

/// `POST /operations/feeds/pause`
pub(super) async fn pause(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ManageFeeds).await?;
    let feed: Feed = read(&body)?;
    let minutes = feed.minutes.unwrap_or(PAUSE_MINUTES);
    door.act(context, Pause { link: feed.link, minutes, reason: feed.reason }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /operations/feeds/resume`
pub(super) async fn resume(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::ManageFeeds).await?;
    let feed: Feed = read(&body)?;
    door.act(context, Resume { link: feed.link, reason: feed.reason }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a blank PID-3.4 stands for in the messages of a backlog.
#[derive(Deserialize)]
pub(super) struct Late {
    #[serde(default)]
    authority: String,
}

/// `POST /operations/backlog/{name}?authority=HRH`: messages of a file, answered one by one in their order.
pub(super) async fn backlog(
    State(door): State<Door>,
    Path(name): Path<String>,
    Query(late): Query<Late>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::LoadBacklog).await?;
    let messages = hl7v2::batch::split(&body).members.iter().map(|member| member.bytes.to_vec()).collect();
    let record = door.record.clone();
    let offered =
        tokio::task::spawn_blocking(move || record.load_backlog(&context, &name, &late.authority, messages))
            .await;
    json(&offered.map_err(|_| Problem::Broken)??)
}

/// `GET /operations/backlog/{name}`
pub(super) async fn progress(
    State(door): State<Door>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.context(&headers).await?;
    json(&door.look(context, Progress { name }).await?)
}

/// What a witness keeps.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Kept {
    #[serde(default)]
    old: u64,
}

/// `GET /activity/checkpoint`: the log's last signed checkpoint, with the proof that it continues the one that a witness
/// keeps. Hashes only, so that a witness needs no secret.
pub(super) async fn checkpoint(
    State(door): State<Door>,
    Query(kept): Query<Kept>,
) -> Result<Response, Problem> {
    let record = door.record.clone();
    let offer = tokio::task::spawn_blocking(move || record.checkpoint_offer(kept.old))
        .await
        .map_err(|_| Problem::Broken)??;
    // Who keeps nothing yet may be anybody who looks.
    if kept.old > 0 {
        door.record.witness_asked((door.clock)());
    }
    // Nothing is signed yet: an empty answer, not a missing address.
    let text = offer.unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

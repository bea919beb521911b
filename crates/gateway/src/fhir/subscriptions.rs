//! `$status` and `$events` of a Subscription: what its subscriber, who may write, asks when a call was missed.

use super::reading::pairs;
use super::serving::{FHIR_JSON, format};
use super::{Door, Problem, kind};
use actions::subscriptions::{Content, EVENTS_AT_ONCE, Events};
use actions::values::Permission;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::{Kind, Object};

fn of_subscription(kind_name: &str) -> Result<(), Problem> {
    match kind(kind_name)? {
        Kind::Subscription => Ok(()),
        _ => Err(Problem::Parameter("$status and $events are of a Subscription.".to_owned())),
    }
}

fn answered(body: &Object) -> Response {
    ([(header::CONTENT_TYPE, FHIR_JSON)], body.to_bytes()).into_response()
}

/// `GET /fhir/Subscription/{id}/$status`
pub(super) async fn status(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::WriteFhir).await?;
    of_subscription(&kind_name)?;
    format(&headers, &pairs(text.as_deref())?)?;
    let now = context.now;
    let look = Events { id, behind: None, up_to: i64::MAX, most: 1, content: None };
    Ok(answered(&door.look(context, look).await?.status(now)))
}

/// `GET /fhir/Subscription/{id}/$events`: again what was told since a number. It changes nothing of what will be told.
pub(super) async fn events(
    State(door): State<Door>,
    Path((kind_name, id)): Path<(String, String)>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::WriteFhir).await?;
    of_subscription(&kind_name)?;
    let params = pairs(text.as_deref())?;
    format(&headers, &params)?;
    let now = context.now;
    let mut look = Events { id, behind: Some(0), up_to: i64::MAX, most: EVENTS_AT_ONCE, content: None };
    for (name, value) in params {
        let number = || {
            let read = value.parse::<i64>().ok().filter(|number| *number >= 0);
            read.ok_or_else(|| Problem::Parameter(format!("{name} is a number from 0 on, not \"{value}\".")))
        };
        match name.as_str() {
            "eventsSinceNumber" => look.behind = Some(number()?),
            "eventsUntilNumber" => look.up_to = number()?,
            "_count" => look.most = usize::try_from(number()?).unwrap_or(1).clamp(1, EVENTS_AT_ONCE),
            "content" => {
                let content = Content::from_code(&value).ok_or_else(|| {
                    Problem::Parameter(format!(
                        "content is empty, id-only or full-resource, not \"{value}\"."
                    ))
                })?;
                look.content = Some(content);
            }
            "_format" | "_pretty" => {}
            _ => {
                let words = format!(
                    "$events takes eventsSinceNumber, eventsUntilNumber, content and _count, not \"{name}\"."
                );
                return Err(Problem::Parameter(words));
            }
        }
    }
    Ok(answered(&door.look(context, look).await?.answer(now)))
}

//! `GET /fhir/$events?eventsSinceNumber=N`: everything for one receiver since N, after the `$events` operation of the R5
//! subscriptions backport; N confirms what was handed over before. `GET /fhir/$ways-out`: what each way can take.

use super::{Door, FHIR_JSON, Problem};
use actions::deliveries::{Collect, Confirm, EVENTS_AT_ONCE, Events, WaysOut};
use actions::values::Permission;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use fhir::{Json, Object, json};
use std::collections::HashMap;

/// Events handed over when the receiver does not say how many.
const USUAL_COUNT: usize = 50;

/// The events of the token's endpoint.
pub(super) async fn events(
    State(door): State<Door>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = door.admit(&headers, Permission::CollectReports).await?;
    let number = |name: &str| -> Result<Option<u64>, Problem> {
        let Some(text) = asked.get(name) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Problem::Parameter(format!("{name} is a number from 0 on, not \"{text}\".")))
    };
    let since = number("eventsSinceNumber")?.unwrap_or(0);
    let count = number("_count")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(USUAL_COUNT);
    let (endpoint, now) = (context.actor.id.clone(), context.now);
    if since > 0 {
        door.act(context.clone(), Confirm { up_to: since }).await?;
    }
    // The endpoint is checked by the look; what cannot be made for it goes on before, so that it is never in the way.
    let collect = Collect { since, count: count.clamp(1, EVENTS_AT_ONCE) };
    let mut found = door.look(context.clone(), collect).await?;
    if found.left_out > 0 {
        let record = door.record.clone();
        let passed = tokio::task::spawn_blocking(move || record.pass_on_unfit(&endpoint, since, now)).await;
        passed.map_err(|_| Problem::Broken)??;
        found = door.look(context, collect).await?;
    }
    let record = door.record.clone();
    let handed = tokio::task::spawn_blocking(move || {
        let kept = record.hand_over_events(&found.events, now);
        kept.map(|()| found)
    })
    .await;
    let found = handed.map_err(|_| Problem::Broken)??;
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], bundle(&found, since).to_bytes()).into_response())
}

/// A status first, then each event as the Bundle that it is, byte for byte the same whenever it is asked for.
fn bundle(found: &Events, since: u64) -> Object {
    let subscription = format!("Subscription/{}", found.endpoint);
    let part =
        |name: &'static str, key: &'static str, value: Json| Object::new().set("name", name).set(key, value);
    let last = found.events.last().map_or(since, |event| event.number);
    let mut status = Object::new()
        .set("resourceType", "Parameters")
        .push(
            "parameter",
            part(
                "subscription",
                "valueReference",
                Object::new().set("reference", subscription.as_str()).into(),
            ),
        )
        .push("parameter", part("status", "valueCode", Json::literal("active")))
        .push("parameter", part("type", "valueCode", Json::literal("query-event")))
        .push("parameter", part("last-event-number", "valueString", last.to_string().into()))
        .push("parameter", part("more", "valueBoolean", found.more.into()));
    for event in &found.events {
        let note = Object::new()
            .set("name", "notification-event")
            .push("part", part("event-number", "valueString", event.number.to_string().into()))
            .push(
                "part",
                part("focus", "valueReference", Object::new().set("reference", name(event.number)).into()),
            );
        status.add("parameter", note);
    }
    let request = |method: &'static str, url: &str| Object::new().set("method", method).set("url", url);
    let mut bundle = Object::new().set("resourceType", "Bundle").set("type", "history").push(
        "entry",
        Object::new()
            .set("fullUrl", format!("urn:opor:status:{last}"))
            .set("resource", status)
            .set("request", request("GET", &format!("{subscription}/$status")))
            .set("response", Object::new().set("status", "200")),
    );
    for event in &found.events {
        let resource = json::parse(&event.offer.bytes).unwrap_or_default();
        bundle.add(
            "entry",
            Object::new()
                .set("fullUrl", name(event.number))
                .set("resource", resource)
                .set("request", request("POST", "Bundle"))
                .set("response", Object::new().set("status", "201")),
        );
    }
    bundle
}

fn name(number: u64) -> String {
    format!("urn:opor:event:{number}")
}

/// Every way out with what it cannot take and what is used instead; no patient in it.
pub(super) async fn ways_out(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    let context = door.context(&headers).await?;
    let mut parameters = Object::new().set("resourceType", "Parameters");
    for way in door.look(context, WaysOut).await? {
        let text =
            |name: &'static str, value: &str| Object::new().set("name", name).set("valueString", value);
        let mut one = Object::new()
            .set("name", "way")
            .push("part", text("endpoint", &way.endpoint))
            .push("part", text("place", &way.place))
            .push("part", text("kind", way.kind.code()));
        if !way.dialect.is_empty() {
            one.add("part", text("dialect", &way.dialect));
        }
        for limit in &way.limits {
            one.add("part", text("limit", &limit.en));
            one.add("part", text("limite", &limit.fr));
        }
        for other in &way.fallback {
            one.add("part", text("fallback", other));
        }
        parameters.add("parameter", one);
    }
    Ok(([(header::CONTENT_TYPE, FHIR_JSON)], parameters.to_bytes()).into_response())
}

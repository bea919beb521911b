//! Tickets of the IT self-service: signed calls instead of tokens, each taken once. The same ticket gets the same answer.

use super::{Door, Problem};
use actions::Context;
use actions::facility::tickets::{Feed, Sender, Signed, Status, StatusLine, Take};
use actions::values::{TicketWish, Words};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Headers of a signed call: who, when, the nonce, the signature.
const HEADERS: [&str; 4] = ["x-opor-sender", "x-opor-timestamp", "x-opor-nonce", "x-opor-signature"];

/// What became of a ticket, as it goes out.
#[derive(Serialize)]
struct Line {
    seq: i64,
    ticket: String,
    at: String,
    status: String,
    words: Both,
}

#[derive(Serialize)]
struct Both {
    en: String,
    fr: String,
}

impl From<StatusLine> for Line {
    fn from(line: StatusLine) -> Self {
        let Words { en, fr } = line.words;
        Self {
            seq: line.seq,
            ticket: line.ticket,
            at: line.at.to_string(),
            status: line.status,
            words: Both { en, fr },
        }
    }
}

/// A ticket with everything that became of it, the latest first.
#[derive(Serialize)]
struct Ticket {
    ticket: String,
    /// What people say on the telephone.
    application: String,
    status: String,
    history: Vec<Line>,
}

/// The feed after a number, and the number to go on from.
#[derive(Serialize)]
struct Page {
    statuses: Vec<Line>,
    next: i64,
}

impl Door {
    /// The sender of a signed call; the call is taken.
    async fn sender(
        &self,
        (method, uri): (Method, Uri),
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(String, Context), Problem> {
        let [name, timestamp, nonce, signature] = HEADERS.map(|name| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        });
        let path = uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let call = Signed { method: method.to_string(), path, timestamp, nonce, signature };
        // A name that nobody has takes as long as a wrong signature: its key is one that signs nothing.
        let known = self.senders.iter().find(|sender| sender.name == name).cloned();
        let sender = known.unwrap_or(Sender { name, key: Vec::new() });
        let (record, now, body) = (self.record.clone(), (self.clock)(), body.clone());
        let name = sender.name.clone();
        let taken = tokio::task::spawn_blocking(move || record.take_call(&sender, &call, &body, now)).await;
        taken.map_err(|_| Problem::Broken)??;
        Ok((name.clone(), actions::record::machine(&name, now)))
    }

    async fn answer(
        &self,
        context: Context,
        sender: String,
        ticket: String,
        status: StatusCode,
    ) -> Result<Response, Problem> {
        let (application, lines) = self.look(context, Status { sender, ticket: ticket.clone() }).await?;
        let history: Vec<Line> = lines.into_iter().map(Line::from).collect();
        let stands = history.first().map(|line| line.status.clone()).unwrap_or_default();
        json(status, &Ticket { ticket, application, status: stands, history })
    }
}

fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::Broken)?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// `POST /api/tickets`
pub(super) async fn take(
    State(door): State<Door>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (sender, context) = door.sender((method, uri), &headers, &body).await?;
    let wish = TicketWish::read(&body).map_err(|problem| Problem::Parameter(problem.to_string()))?;
    let ticket = wish.ticket.clone();
    door.act(context.clone(), Take { sender: sender.clone(), wish }).await?;
    door.answer(context, sender, ticket, StatusCode::OK).await
}

/// `GET /api/tickets/{ticket}`
pub(super) async fn status(
    State(door): State<Door>,
    Path(ticket): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (sender, context) = door.sender((method, uri), &headers, &Bytes::new()).await?;
    door.answer(context, sender, ticket, StatusCode::OK).await
}

/// `GET /api/tickets?after=N`
pub(super) async fn feed(
    State(door): State<Door>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = uri.query().unwrap_or_default().strip_prefix("after=").unwrap_or("0");
    let after: i64 =
        after.parse().map_err(|_| Problem::Parameter("write after=N with the number you have".to_owned()))?;
    let (sender, context) = door.sender((method, uri), &headers, &Bytes::new()).await?;
    let lines = door.look(context, Feed { sender, after }).await?;
    let next = lines.last().map_or(after, |line| line.seq);
    json(StatusCode::OK, &Page { statuses: lines.into_iter().map(Line::from).collect(), next })
}

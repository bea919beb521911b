//! The summary that is carried away: as pages and as data.

use super::{Outcome, look, part};
use crate::visit::{App, Asked, Visit};
use actions::summaries::{Document, Pages};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::PersonId;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(crate) struct Copy {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    copy: String,
}

/// `GET /person/{person}/summary/document`
pub(crate) async fn document(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<Copy>,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let bytes = look(&app, &visit, Document { person, french: asked.lang == "fr" }).await?;
    Ok(file(bytes, "application/fhir+json; charset=utf-8", "attachment; filename=\"patient-summary.json\""))
}

/// `GET /person/{person}/summary/pages`
pub(crate) async fn pages(
    State(app): State<App>,
    visit: Visit,
    Path(person): Path<String>,
    Asked(asked): Asked<Copy>,
) -> Outcome {
    let person: PersonId = part(&visit, &person)?;
    let wanted = Pages { person, french: asked.lang == "fr", for_patient: asked.copy == "patient" };
    let bytes = look(&app, &visit, wanted).await?;
    Ok(file(bytes, "application/pdf", "attachment; filename=\"patient-summary.pdf\""))
}

/// A file to keep: named after nobody, and nothing in it may run.
fn file(bytes: Vec<u8>, kind: &'static str, name: &'static str) -> Response {
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    response
}

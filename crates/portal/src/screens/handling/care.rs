//! Medicines, problems and plans of a chart.

use super::{Answer, look, part};
use crate::screens::{medications as medications_page, plans as plans_page, problems as problems_page};
use crate::visit::{App, Visit};
use actions::{medications as medicines_look, plans as plans_look, problems as problems_look};
use axum::extract::{Path, State};
use fhir::PersonId;

/// `GET /person/{person}/medications`
pub(crate) async fn medications(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, medicines_look::Medications { person }).await?;
    Ok(medications_page::screen(&visit.chrome, &view))
}

/// `GET /person/{person}/problems`
pub(crate) async fn problems(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, problems_look::Problems { person }).await?;
    Ok(problems_page::screen(&visit.chrome, &view))
}

/// `GET /person/{person}/plans`
pub(crate) async fn plans(State(app): State<App>, visit: Visit, Path(person): Path<String>) -> Answer {
    let person: PersonId = part(&visit, &person)?;
    let view = look(&app, &visit, plans_look::Plans { person }).await?;
    Ok(plans_page::screen(&visit.chrome, &view))
}

//! Our portal opens an app at a patient (SMART App Launch 2.2, 3.1 EHR launch): a launch that holds once, for a minute, for
//! one app, for the session that began it.

use super::authorizing::written;
use super::{App, hashed, hex};
use crate::chart;
use crate::patients::{Banner, ChartCounts};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::smart::Wish;
use fhir::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use store::{Changes, Requirement, SmartChange, SmartSort, SmartToken};

/// A launch is taken within as many seconds.
pub const LAUNCH_SECONDS: i64 = 60;
/// Whoever signs in anew or reads for long asks the portal again.
const REMEMBERED_MINUTES: i64 = 10;

/// What a launch says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Opened {
    person: String,
    session: String,
}

impl Opened {
    pub(super) fn person(&self) -> Result<Option<PersonId>, Refusal> {
        self.person.parse().map(Some).map_err(|_| Refusal::not_found())
    }
}

fn over() -> Refusal {
    Refusal::conflict(
        "This launch was used before or is too old: it holds once, for a minute. Open the app from the chart again.",
        "Ce lancement a déjà servi ou est trop ancien : il vaut une fois, pendant une minute. Rouvrez l'application depuis le dossier.",
    )
}

/// What a launch says, when it is for this app and this session, and was not used.
pub(super) fn opened(
    reading: &Reading<'_>,
    launch: &str,
    app: &str,
    session: [u8; 32],
) -> Result<Opened, Refusal> {
    let hash = hashed(launch);
    let token = reading.view.smart_token(&hash, SmartSort::Launch, reading.context.now)?;
    let token = token.filter(|token| token.holder == app.as_bytes()).ok_or_else(over)?;
    let opened: Opened = serde_json::from_str(&token.body).map_err(|_| over())?;
    if opened.session != hex(&session) || reading.view.is_spent(&hash)? {
        return Err(over());
    }
    Ok(opened)
}

/// From now on the launch was used.
pub(super) fn spend(launch: &str, now: Instant, changes: &mut Changes) {
    let hash = hashed(launch).to_vec();
    changes.requires.push(Requirement::Unspent(hash.clone()));
    changes.smart.push(SmartChange::Spent(hash, now.plus_minutes(REMEMBERED_MINUTES)));
}

/// Look: which apps open at a patient.
#[derive(Debug, Clone, Copy)]
pub struct OpenApps {
    /// Whose chart.
    pub person: PersonId,
}

/// Answer to [`OpenApps`].
#[derive(Debug, Clone)]
pub struct OpenAppsView {
    /// Whose chart.
    pub head: Banner,
    /// What stands in the chart.
    pub counts: ChartCounts,
    /// Id and name of each.
    pub apps: Vec<(String, String)>,
}

fn opens(app: &App) -> bool {
    !app.launch.is_empty() && app.most().wishes(Wish::Launch)
}

impl Sealed for OpenApps {}
impl Look for OpenApps {
    type View = OpenAppsView;
    const PERMISSION: Permission = Permission::UseApps;
    fn object(&self) -> String {
        "apps".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OpenAppsView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let apps =
            reading.view.smart_apps()?.into_iter().filter_map(App::of).filter(|app| !app.waits).filter(opens);
        let view = OpenAppsView {
            head: chart.banner(reading)?,
            counts: chart.contents(reading)?.counts(),
            apps: apps.map(|app| (app.id, app.name)).collect(),
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// Act: open an app at a patient.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Whose chart.
    pub person: PersonId,
    /// Which app.
    pub app: String,
    /// The session that opens it.
    pub session: [u8; 32],
    /// The launch that the app gets: nobody can guess it.
    pub launch: String,
}

impl Sealed for Launch {}
impl Act for Launch {
    const PERMISSION: Permission = Permission::UseApps;
    fn object(&self) -> String {
        format!("app/{}/launch", self.app)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let app = App::find(reading.view, &self.app)?.filter(opens).ok_or_else(Refusal::not_found)?;
        let chart = chart::open(reading, self.person)?;
        let now = reading.context.now;
        let opened = Opened { person: chart.person.to_string(), session: hex(&self.session) };
        let token = SmartToken {
            hash: hashed(&self.launch).to_vec(),
            sort: SmartSort::Launch,
            holder: app.id.into_bytes(),
            body: written(&opened)?,
            expires: Instant(now.0 + LAUNCH_SECONDS * 1_000_000),
        };
        let smart = vec![SmartChange::Forget(now), SmartChange::Token(token)];
        Ok((Changes { smart, ..Changes::default() }, Some(chart.person)))
    }
}

impl crate::record::Record {
    /// Where an app is opened with a launch; `base` is the address of the FHIR door.
    ///
    /// # Errors
    /// There is no such app.
    pub fn launch_address(&self, app: &str, base: &str, launch: &str) -> Result<(String, String), Refusal> {
        let app = App::find(&self.store().view()?, app)?.ok_or_else(Refusal::not_found)?;
        Ok((app.name, super::with_query(&app.launch, &[("iss", base), ("launch", launch)])))
    }
}

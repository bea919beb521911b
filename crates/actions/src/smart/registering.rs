//! Which apps are let in: registered from this machine, or by themselves and a person ([`super::applying`]), listed for
//! the desk, and let in no more.

use super::App;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::{Instant, PersonId};
use store::{Changes, SmartApp, SmartChange};

/// Look: every app.
#[derive(Debug, Clone, Copy)]
pub struct Apps;

/// One app.
#[derive(Debug, Clone)]
pub struct AppLine {
    /// As registered.
    pub app: App,
    /// Since when.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Since when it is let in no more.
    pub ended: Option<Instant>,
}

impl Sealed for Apps {}
impl Look for Apps {
    type View = Vec<AppLine>;
    const PERMISSION: Permission = Permission::ManageApps;
    fn object(&self) -> String {
        "apps".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<AppLine>>, Refusal> {
        let line = |row: SmartApp| {
            let (at, by, ended) = (row.at, row.actor.clone(), row.ended);
            App::of(SmartApp { ended: None, ..row }).map(|app| AppLine { app, at, by, ended })
        };
        Ok(Seen::nobody(reading.view.smart_apps()?.into_iter().filter_map(line).collect()))
    }
}

/// Act: let an app in, or change what is registered of it. What was let it before stays within what is registered now.
#[derive(Debug, Clone)]
pub struct Register {
    /// What is registered.
    pub app: App,
}

impl Sealed for Register {}
impl Act for Register {
    const PERMISSION: Permission = Permission::ManageApps;
    fn object(&self) -> String {
        format!("app/{}", self.app.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        if let Some(fault) = self.app.fault() {
            return Err(Refusal::unreadable(fault.clone(), fault));
        }
        let body = serde_json::to_string(&self.app).map_err(|error| {
            let words = error.to_string();
            Refusal::unreadable(words.clone(), words)
        })?;
        let context = reading.context;
        let row = SmartApp {
            id: self.app.id.clone(),
            body,
            at: context.now,
            actor: context.actor.id.clone(),
            ended: None,
        };
        // How it proves itself may have changed: what it holds is let again.
        let smart = vec![SmartChange::EndAllOf(row.id.clone()), SmartChange::App(row)];
        Ok((Changes { smart, ..Changes::default() }, None))
    }
}

/// Act: let an app in no more; all its tokens end in the same commit.
#[derive(Debug, Clone)]
pub struct EndApp {
    /// Its id.
    pub id: String,
}

impl Sealed for EndApp {}
impl Act for EndApp {
    const PERMISSION: Permission = Permission::ManageApps;
    fn object(&self) -> String {
        format!("app/{}/end", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.smart_app(&self.id)?.ok_or_else(Refusal::not_found)?;
        let ended = Some(row.ended.unwrap_or(reading.context.now));
        let smart = vec![SmartChange::EndAllOf(self.id.clone()), SmartChange::App(SmartApp { ended, ..row })];
        Ok((Changes { smart, ..Changes::default() }, None))
    }
}

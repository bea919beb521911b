//! Every subscription, for the operator, who may end it: it goes on when the token that made it is over.

use super::{Subscriber, Turn, asked_of, code};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::{Instant, PersonId};
use store::{Changes, SubscriptionRow, SubscriptionState};

/// Look: every subscription that is not over. Names nobody.
#[derive(Debug, Clone, Copy)]
pub struct Subscriptions;

/// One subscription.
#[derive(Debug, Clone)]
pub struct Line {
    /// Id of the Subscription resource.
    pub id: String,
    /// How it stands, as FHIR names it.
    pub state: &'static str,
    /// As whom it is told; empty when this version cannot read it.
    pub whose: String,
    /// Address of its topic; empty as above.
    pub topic: String,
    /// Where calls go; empty as above.
    pub endpoint: String,
    /// When it ends; `None` as above.
    pub end: Option<Instant>,
    /// Events that its receiver has not taken yet.
    pub waiting: i64,
    /// Why calls fail; empty when they do not.
    pub said: String,
}

impl Sealed for Subscriptions {}
impl Look for Subscriptions {
    type View = Vec<Line>;
    const PERMISSION: Permission = Permission::ManageApps;
    fn object(&self) -> String {
        "subscriptions".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<Line>>, Refusal> {
        Ok(Seen::nobody(reading.view.subscriptions()?.into_iter().map(line).collect()))
    }
}

fn line(row: SubscriptionRow) -> Line {
    let asked = asked_of(&row).ok();
    Line {
        state: code(row.state),
        whose: Subscriber::of(&row).map_or_else(|_| String::new(), |whose| whose.id),
        end: asked.as_ref().map(|asked| Instant(asked.end)),
        topic: asked.as_ref().map_or_else(String::new, |asked| asked.topic.clone()),
        endpoint: asked.map_or_else(String::new, |asked| asked.endpoint),
        waiting: row.events - row.taken,
        said: row.said,
        id: row.id,
    }
}

/// Act: the operator ends a subscription. Its resource says `off`, its receiver is called no more.
#[derive(Debug, Clone)]
pub struct EndSubscription {
    /// Which.
    pub id: String,
}

impl Sealed for EndSubscription {}
impl Act for EndSubscription {
    const PERMISSION: Permission = Permission::ManageApps;
    fn object(&self) -> String {
        format!("Subscription/{} ended", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.subscription(&self.id)?.filter(|row| row.state != SubscriptionState::Off);
        let row = row.ok_or_else(Refusal::not_found)?;
        let was = row.revision;
        let row = SubscriptionRow { state: SubscriptionState::Off, revision: was + 1, ..row };
        Turn { row, was }.prepare(reading)
    }
}

//! Who has asked not to be sent ordinary copies of what, and what is sent whatever anybody asked.

use super::changing::day_of;
use super::{CopiesLine, Subscriptions, SubscriptionsView};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{CLASS_CODES, Subscription};

impl Sealed for Subscriptions {}

impl Look for Subscriptions {
    type View = SubscriptionsView;
    const PERMISSION: Permission = Permission::ReadDirectory;

    fn object(&self) -> String {
        "directory/subscriptions".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<SubscriptionsView>, Refusal> {
        let (directory, day) = (reading.directory, day_of(reading.context.now));
        let name = |wish: &Subscription| {
            wish.practitioner
                .as_deref()
                .map(|id| directory.practitioner(id).map_or_else(|| id.to_owned(), |who| who.name()))
        };
        let mut lines = Vec::new();
        for way in directory.endpoints().filter(|way| way.kind.delivers() && way.carries_on(&day)) {
            let place =
                directory.place(&way.place).map_or_else(|| way.place.clone(), |place| place.name.clone());
            let receivers = directory
                .roles()
                .filter(|role| role.holds_on(&day) && role.endpoint.as_deref() == Some(way.id.as_str()))
                .count();
            let wishes: Vec<&Subscription> =
                directory.subscriptions().filter(|wish| wish.endpoint == way.id).collect();
            let classes = CLASS_CODES.iter().map(|(class, _)| {
                let out =
                    |wish: &&&Subscription| wish.without.as_ref().is_some_and(|list| list.contains(class));
                let left_out = wishes.iter().filter(out).map(|wish| name(wish)).collect();
                (*class, way.accepts.class(*class), left_out)
            });
            lines.push(CopiesLine {
                endpoint: way.id.clone(),
                kind: way.kind.words(),
                place,
                receivers,
                classes: classes.collect(),
            });
        }
        Ok(Seen::nobody(SubscriptionsView { lines }))
    }
}

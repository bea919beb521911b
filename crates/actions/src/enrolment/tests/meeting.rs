//! The video call: picked, taken by another, moved, missed; the desk's clock follows it.

use super::*;

const HOURS: &str = "day,from,until,at_once,room\n\
    mon,08:00,18:00,1,https://rooms.example/\ntue,08:00,18:00,1,https://rooms.example/\n\
    wed,08:00,18:00,1,https://rooms.example/\nthu,08:00,18:00,1,https://rooms.example/\n\
    fri,08:00,18:00,1,https://rooms.example/\n";

impl Desk {
    fn with_hours(name: &str) -> Self {
        let desk = Self::new(name);
        let context = machine("opor registers", desk.now);
        desk.world.record.act(&context, TakeMeetings { text: HOURS.into() }).unwrap();
        desk
    }

    fn meet(&self, at: Option<Instant>) -> Result<(), Refusal> {
        self.world.record.act(&self.anybody(), Meet { handle: HANDLE.to_vec(), at })
    }

    fn row(&self) -> store::ApplicationRow {
        let view = self.world.record.store().view().unwrap();
        view.application(ApplicationId::of(*b"12345678")).unwrap().expect("an application")
    }

    fn missed(&self) -> Result<(), Refusal> {
        let missed = Missed { application: ApplicationId::of(*b"12345678") };
        self.world.record.act(&self.coordinator("pia", "Heron, Pia"), missed)
    }
}

#[test]
fn s044_a_video_call_is_picked_and_the_desk_is_not_late_before_it() {
    let desk = Desk::with_hours("meeting-picked");
    desk.fill();
    let free = desk.mine().free;
    let last = *free.last().expect("times are offered");
    desk.meet(Some(last)).unwrap();
    let mine = desk.mine();
    assert_eq!(mine.facts.wish, "video");
    let waiting = desk.world.record.look(&desk.coordinator("pia", "Heron, Pia"), Queue).unwrap().ours;
    assert!(
        waiting.iter().any(|line| line.meets == Some(last)),
        "the desk knows of it before the form is sent"
    );
    let room = mine.meeting.and_then(|meeting| meeting.room).expect("a room");
    assert_eq!(room, format!("https://rooms.example/{}", ApplicationId::of(*b"12345678")));
    assert!(desk.mail("meeting").expect("told").contains(&room));
    desk.send().unwrap();
    let row = desk.row();
    assert_eq!((row.state.as_str(), row.meets), ("complete", Some(last)));
    assert!(row.due >= last.plus_minutes(30), "{:?} {last:?}", row.due);
    let view = desk.world.record.store().view().unwrap();
    let owed = view.obligation(crate::enrolment::turn::state_key(&row)).unwrap().expect("owed");
    let store::ObligationState::Open { due, .. } = owed.state else { panic!("open") };
    assert!(due >= last.plus_minutes(30), "the obligation has the same clock");
    desk.verify(&desk.coordinator("pia", "Heron, Pia")).unwrap();
    assert_eq!(desk.row().meets, None, "verified: the time is free again");
    assert!(desk.meet(Some(last)).is_err(), "and no call is needed");
}

#[test]
fn s044_a_time_that_somebody_has_is_not_offered_and_not_given_twice() {
    let desk = Desk::with_hours("meeting-taken");
    desk.fill();
    let at = desk.mine().free[0];
    let other =
        store::ApplicationRow { id: ApplicationId(9), handle: vec![9; 32], meets: Some(at), ..desk.row() };
    let changes =
        Changes { enrolment: vec![store::EnrolmentChange::Application(other)], ..Changes::default() };
    assert_eq!(desk.world.record.store().settle_blocking(changes), store::Settled::Done);
    assert!(!desk.mine().free.contains(&at));
    assert!(desk.meet(Some(at)).is_err());
    assert!(desk.meet(Some(at.plus_minutes(1))).is_err(), "no call begins then");
    assert_eq!(desk.row().meets, None);
    let next = desk.mine().free[0];
    desk.meet(Some(next)).unwrap();
    desk.meet(None).unwrap();
    assert_eq!(desk.row().meets, None, "called off");
}

#[test]
fn s044_who_does_not_come_is_asked_for_another_time_and_the_clock_begins_anew() {
    let mut desk = Desk::with_hours("meeting-missed");
    desk.fill();
    let at = desk.mine().free[0];
    desk.meet(Some(at)).unwrap();
    desk.send().unwrap();
    assert!(desk.missed().is_err(), "it has not begun");
    desk.now = at.plus_minutes(20);
    desk.missed().unwrap();
    assert!(desk.mail("missed").is_some());
    let row = desk.row();
    assert_eq!((row.meets, row.since), (None, desk.now));
    let again = desk.mine().free[0];
    desk.meet(Some(again)).unwrap();
    assert_eq!(desk.row().meets, Some(again));
}

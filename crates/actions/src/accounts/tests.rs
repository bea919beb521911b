//! Accounts by what doors and desks do with them, over a record in a folder of its own.

mod proving;

use super::keeping::{
    End, EndGrant, Grant, INVITATION_DAYS, Invite, Provision, Reset, Resume, Suspend, account_id,
};
use crate::chart::tests::World;
use crate::context::Context;
use crate::record::{Record, machine};
use crate::refusal::RefusalKind;
use clinical::access::Role;
use clinical::words::Words;
use fhir::Instant;
use store::{AccountState, Changes, IdentityRow, SignIn, WorkContext};

pub(super) fn coordinator(now: Instant) -> Context {
    machine("opor enrolment", now)
}

pub(super) fn why() -> Words {
    Words::new("Licence lapsed.", "Permis expiré.")
}

pub(super) fn wanted(application: &str, context: WorkContext) -> Provision {
    let (role, place) = match context {
        WorkContext::Facility => (Role::LaboratoryDesk, "regional"),
        WorkContext::Community => (Role::FamilyDoctor, "harbourview"),
    };
    Provision {
        application: application.to_owned(),
        name: "Tern, Sam".to_owned(),
        address: "Sam.Tern@clinic.example ".to_owned(),
        licence: "CPSNS|4471".to_owned(),
        grants: vec![Grant {
            role,
            practitioner: Some("p-cairnwood".to_owned()),
            place: Some(place.to_owned()),
            context,
            until: None,
        }],
    }
}

/// A session as it stands after somebody came in, by its secret's hash.
fn session(record: &Record, account: &str, grant: i64, hash: [u8; 32], now: Instant) {
    let sign_in = SignIn {
        secret_hash: hash.to_vec(),
        user: account.to_owned(),
        role: Role::FamilyDoctor.code().to_owned(),
        name: "Tern, Sam".to_owned(),
        expires: now.plus_minutes(60),
        bearer: false,
        grant: Some(grant),
        factor: "passkey".to_owned(),
        begun: now,
        seen: now,
        proven_until: now,
        device: "Firefox".to_owned(),
    };
    let settled = record.store().settle_blocking(Changes { sign_ins: vec![sign_in], ..Changes::default() });
    assert_eq!(settled, store::Settled::Done);
}

#[test]
fn s026_the_same_person_by_both_routes_has_one_account_with_two_grants() {
    let world = World::new("both-routes");
    let (record, now) = (&world.record, world.clock);
    let act = |provision| record.act(&coordinator(now), provision);
    act(wanted("app-1", WorkContext::Community)).expect("made");
    act(Provision { address: "sam@regional.example".into(), ..wanted("app-2", WorkContext::Facility) })
        .expect("extended");
    // A ticket that comes twice is one account with each grant once.
    act(wanted("app-1", WorkContext::Community)).expect("nothing more");
    let view = record.store().view().expect("a view");
    let accounts = view.accounts_after("", 10).expect("accounts");
    assert_eq!(accounts.len(), 1);
    assert_eq!((accounts[0].id.as_str(), accounts[0].revision), (account_id("app-1").as_str(), 2));
    assert_eq!(accounts[0].address, "sam.tern@clinic.example");
    let contexts: Vec<_> =
        view.account_grants(&accounts[0].id).expect("grants").iter().map(|grant| grant.context).collect();
    assert_eq!(contexts, [WorkContext::Community, WorkContext::Facility]);
}

#[test]
fn s036_an_address_is_one_persons() {
    let world = World::new("one-address");
    let act = |provision| world.record.act(&coordinator(world.clock), provision);
    act(wanted("app-1", WorkContext::Community)).expect("made");
    let other = Provision {
        name: "Heron, Jo".into(),
        licence: "NSCP|12".into(),
        ..wanted("app-2", WorkContext::Community)
    };
    assert_eq!(act(other.clone()).map_err(|refusal| refusal.kind), Err(RefusalKind::Conflict));
    // Whoever gets a leaver's address gets an account of their own.
    act_end(&world, &account_id("app-1"));
    act(other).expect("an account of their own");
    let view = world.record.store().view().expect("a view");
    assert_eq!(view.accounts_after("", 10).expect("accounts").len(), 2);
}

fn act_end(world: &World, account: &str) {
    let end = End { account: account.to_owned(), reason: why() };
    world.record.act(&coordinator(world.clock), end).expect("ended");
}

#[test]
fn h80_whatever_takes_access_away_ends_every_session_in_the_same_commit() {
    let world = World::new("revoked");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let is_in = |hash| record.actor_of(hash, now).expect("read").is_some();
    let taken = |n: u8, take: &dyn Fn()| {
        session(record, &account, 1, [n; 32], now);
        session(record, &account, 1, [n + 1; 32], now);
        assert!(is_in([n; 32]) && is_in([n + 1; 32]));
        take();
        assert!(!is_in([n; 32]) && !is_in([n + 1; 32]));
        let left = record.store().view().expect("a view").sign_ins_of(&account, now).expect("sessions");
        assert!(left.is_empty());
    };
    let state =
        || record.store().view().expect("a view").account(&account).expect("read").expect("one").state;
    let reason = why();
    let account_of = || account.clone();
    taken(1, &|| {
        record
            .act(&coordinator(now), Suspend { account: account_of(), reason: reason.clone() })
            .expect("suspended");
    });
    assert_eq!(state(), AccountState::Suspended);
    // A session row that came from elsewhere opens nothing while the account is suspended.
    session(record, &account, 1, [9; 32], now);
    assert!(!is_in([9; 32]));
    record
        .act(&coordinator(now), Resume { account: account_of(), of: String::new(), reason: reason.clone() })
        .expect("resumed");
    taken(11, &|| {
        record
            .act(&coordinator(now), Reset { account: account_of(), reason: reason.clone() })
            .expect("reset");
    });
    taken(21, &|| {
        record
            .act(&coordinator(now), EndGrant { account: account_of(), number: 1, reason: reason.clone() })
            .expect("grant ended");
    });
    act_end(&world, &account);
    let again = Resume { account: account_of(), of: String::new(), reason };
    assert_eq!(
        record.act(&coordinator(now), again).map_err(|refusal| refusal.kind),
        Err(RefusalKind::Conflict)
    );
}

#[test]
fn h79_an_invitation_is_ours_is_the_latest_and_ends() {
    let world = World::new("invitations");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    let key = crate::sign_in::TokenKey([7; 32]);
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let said = key.invitation(&account, 1);
    let read = key.read_invitation(&said).expect("ours");
    assert_eq!((read.account.as_str(), read.number), (account.as_str(), 1));
    assert!(key.read_invitation(&said.replace(".1.", ".2.")).is_none());
    assert!(crate::sign_in::TokenKey([8; 32]).read_invitation(&said).is_none());
    record.act(&coordinator(now), Invite { account: account.clone() }).expect("invited anew");
    let row = record.store().view().expect("a view").account(&account).expect("read").expect("one");
    let ends = now.plus_minutes(INVITATION_DAYS * 24 * 60);
    assert_eq!((row.invitation, row.invited_until), (2, Some(ends)));
}

#[test]
fn x23_after_a_reset_no_identity_is_bound() {
    let world = World::new("reset");
    let (record, now, account) = (&world.record, world.clock, account_id("app-1"));
    record.act(&coordinator(now), wanted("app-1", WorkContext::Community)).expect("made");
    let identity = IdentityRow {
        issuer: "https://id.example".into(),
        subject: "s".into(),
        account: account.clone(),
        bound: true,
        evidence: String::new(),
        at: now,
    };
    let changes = Changes { accounts: vec![store::AccountChange::Identity(identity)], ..Changes::default() };
    assert_eq!(record.store().settle_blocking(changes), store::Settled::Done);
    record.act(&coordinator(now), Reset { account: account.clone(), reason: why() }).expect("reset");
    let view = record.store().view().expect("a view");
    assert!(view.identities_of(&account).expect("identities").iter().all(|identity| !identity.bound));
}

#[test]
fn s045_no_column_holds_a_password() {
    let schema = store::SCHEMA.to_lowercase();
    let columns = schema.lines().filter(|line| !line.trim_start().starts_with("--"));
    for word in ["password", "passwd", "pwd", "passphrase", "secret text", "pin ", "salt", "argon", "bcrypt"]
    {
        assert!(columns.clone().all(|line| !line.contains(word)), "{word}");
    }
}

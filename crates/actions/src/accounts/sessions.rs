//! Sessions of accounts: begun by a proof, opened with one grant, over at once when the account is.

use crate::accounts::holds;
use crate::accounts::notices::{self, Changed};
use crate::accounts::proofs::PASSKEY;
use crate::accounts::statements::{Statement, unread};
use crate::context::Actor;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{Permission, Role};
use clinical::directory::Directory;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{
    AccountChange, AccountGrant, AccountRow, AccountState, Changes, Requirement, SignIn, View, WorkContext,
};

/// A proof counts as fresh for as many minutes.
pub const FRESH_MINUTES: i64 = 10;
/// When a session was used is written down once in as many seconds.
const SEEN_SECONDS: i64 = 60;
/// Who is signed in, and how.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// Where, in both languages.
    pub place: Option<Words>,
    /// Facility or community; `None` for personas.
    pub context: Option<WorkContext>,
    /// Until when the proof counts as fresh; `None` for personas, who prove nothing.
    pub proven_until: Option<Instant>,
    /// Statements in force that they have not read: nothing else is shown before.
    pub unread: Vec<&'static Statement>,
}

pub(crate) fn place_words(directory: &Directory, place: &str) -> Words {
    let name = directory.place(place).map_or(place, |place| place.name.as_str());
    Words::new(name, name)
}

pub(crate) fn actor_of(account: &AccountRow, grant: &AccountGrant) -> Option<Actor> {
    Some(Actor {
        through: None,
        id: account.id.clone(),
        role: Role::from_code(&grant.role)?,
        name: account.name.clone(),
        practitioner: Some(grant.practitioner.clone()).filter(|id| !id.is_empty()),
    })
}

/// The account and the grant that a session stands on, while both hold.
fn standing(
    view: &View,
    session: &SignIn,
    now: Instant,
) -> Result<Option<(AccountRow, AccountGrant)>, Refusal> {
    let Some(number) = session.grant else { return Ok(None) };
    seat(view, &session.user, number, now)
}

/// An account and one of its grants, while both hold.
pub(crate) fn seat(
    view: &View,
    user: &str,
    number: i64,
    now: Instant,
) -> Result<Option<(AccountRow, AccountGrant)>, Refusal> {
    let account = view.account(user)?.filter(|account| account.state == AccountState::Active);
    let Some(account) = account else { return Ok(None) };
    let grants = view.account_grants(user)?;
    let grant = grants.into_iter().find(|grant| grant.number == number && holds(grant, now));
    Ok(grant.map(|grant| (account, grant)))
}

impl Record {
    /// Who a session's cookie belongs to, and how they stand; `None` when it is over.
    ///
    /// # Errors
    /// When the store cannot be read: nobody is signed in then.
    pub fn session_of(&self, secret_hash: [u8; 32], now: Instant) -> Result<Option<Session>, Refusal> {
        let (session, actor, grant, unread) = {
            let view = self.store().view()?;
            let Some(session) = view.sign_in(&secret_hash)?.filter(|s| s.expires > now && !s.bearer) else {
                return Ok(None);
            };
            if session.grant.is_none() {
                let persona = self.personas().iter().find(|persona| persona.id == session.user);
                return Ok(persona.map(|persona| Session {
                    actor: persona.actor(),
                    place: Some(persona.place.clone()),
                    context: None,
                    proven_until: None,
                    unread: Vec::new(),
                }));
            }
            let Some((account, grant)) = standing(&view, &session, now)? else { return Ok(None) };
            let Some(actor) = actor_of(&account, &grant) else { return Ok(None) };
            let unread = unread(&view, &account.id)?;
            (session, actor, grant, unread)
        };
        if now.seconds_since(session.seen) >= SEEN_SECONDS {
            let accounts = vec![AccountChange::Seen(secret_hash.to_vec(), now)];
            // When it was last used is told, never relied on: a page does not wait for a disk that is full.
            drop(self.store().settle_blocking(Changes { accounts, ..Changes::default() }));
        }
        let place = Some(place_words(&self.directory(), &grant.place)).filter(|_| !grant.place.is_empty());
        Ok(Some(Session {
            actor,
            place,
            context: Some(grant.context),
            proven_until: Some(session.proven_until),
            unread,
        }))
    }
}

/// Look: one's own sessions.
#[derive(Debug, Clone, Copy)]
pub struct OwnSessions {
    /// The session that asks.
    pub here: [u8; 32],
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// The first 16 hexadecimal digits of its hash: enough to tell one's own apart, of no use to anybody else.
    pub id: String,
    /// The one that asks.
    pub here: bool,
    /// What sort of device.
    pub device: String,
    /// As what.
    pub role: Option<Role>,
    /// Where.
    pub place: Words,
    /// When it began.
    pub begun: Instant,
    /// When it was last used, to the minute.
    pub seen: Instant,
    /// When it ends by itself.
    pub expires: Instant,
}

/// One passkey.
#[derive(Debug, Clone)]
pub struct PasskeyLine {
    /// The first 16 hexadecimal digits of its credential id.
    pub id: String,
    /// As its holder calls it.
    pub name: String,
    /// When it was added.
    pub added: Instant,
    /// When it was last used.
    pub used: Option<Instant>,
}

/// Answer to [`OwnSessions`].
#[derive(Debug, Clone)]
pub struct OwnSignIn {
    /// Sessions, the newest first.
    pub sessions: Vec<SessionLine>,
    /// Passkeys, the oldest first.
    pub passkeys: Vec<PasskeyLine>,
    /// Issuers whose sign-in is tied to the account.
    pub issuers: Vec<String>,
}

fn short(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Sealed for OwnSessions {}
impl Look for OwnSessions {
    type View = OwnSignIn;
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        "session".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OwnSignIn>, Refusal> {
        let (user, now) = (&reading.context.actor.id, reading.context.now);
        let grants = reading.view.account_grants(user)?;
        let line = |session: SignIn| {
            let grant = grants.iter().find(|grant| Some(grant.number) == session.grant);
            SessionLine {
                id: short(&session.secret_hash),
                here: session.secret_hash == self.here,
                device: session.device,
                role: Role::from_code(&session.role),
                place: grant.map(|grant| place_words(reading.directory, &grant.place)).unwrap_or_default(),
                begun: session.begun,
                seen: session.seen,
                expires: session.expires,
            }
        };
        let sessions = reading.view.sign_ins_of(user, now)?.into_iter().map(line).collect();
        let passkeys = reading.view.passkeys_of(user)?.into_iter().map(|key| PasskeyLine {
            id: short(&key.credential),
            name: key.name,
            added: key.added,
            used: key.used,
        });
        let identities = reading.view.identities_of(user)?.into_iter().filter(|identity| identity.bound);
        let view = OwnSignIn {
            sessions,
            passkeys: passkeys.collect(),
            issuers: identities.map(|identity| identity.issuer).collect(),
        };
        Ok(Seen::nobody(view))
    }
}

/// Act: end one of one's own sessions.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// Id of its line.
    pub id: String,
}

impl Sealed for EndSession {}
impl Act for EndSession {
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        format!("session/{}/end", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let sessions = reading.view.sign_ins_of(&reading.context.actor.id, reading.context.now)?;
        let ended = sessions.into_iter().map(|session| session.secret_hash);
        let sign_outs = ended.filter(|hash| short(hash) == self.id).collect();
        Ok((Changes { sign_outs, ..Changes::default() }, None))
    }
}

/// Act: take one of one's own passkeys away.
#[derive(Debug, Clone)]
pub struct DropPasskey {
    /// Id of its line.
    pub id: String,
}

impl Sealed for DropPasskey {}
impl Act for DropPasskey {
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        format!("passkey/{}/remove", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let user = &reading.context.actor.id;
        let keys = reading.view.passkeys_of(user)?;
        let is_bound = reading.view.identities_of(user)?.iter().any(|identity| identity.bound);
        if keys.len() == 1 && !is_bound {
            return Err(Refusal::conflict(
                "This is the only way you can sign in. Add another one first.",
                "C'est votre seule façon de vous connecter. Ajoutez-en d'abord une autre.",
            ));
        }
        let account = reading.view.account(user)?.ok_or_else(Refusal::not_found)?;
        let mut changes = Changes::default();
        // Of two that are taken away at once the second is looked at again: one way in is left.
        changes.requires.push(Requirement::AccountRevisionIs(account.id.clone(), account.revision));
        let revision = account.revision + 1;
        notices::tell(reading.view, &account, Changed::Removed, reading.context.now, &mut changes)?;
        changes.accounts.push(AccountChange::Account(AccountRow { revision, ..account }));
        let gone: Vec<_> = keys.into_iter().filter(|key| short(&key.credential) == self.id).collect();
        if gone.is_empty() {
            return Err(Refusal::not_found());
        }
        let gone = gone.into_iter();
        changes.accounts.extend(gone.map(|key| AccountChange::DropPasskey(user.clone(), key.credential)));
        // A session does not say by which key it began: whoever has a lost one is out with it.
        for begun in reading.view.sign_ins_of(user, reading.context.now)? {
            if begun.factor == PASSKEY {
                changes.sign_outs.push(begun.secret_hash);
            }
        }
        Ok((changes, None))
    }
}

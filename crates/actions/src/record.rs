//! The one door to the record: `act` proposes a change, `look` reads; both check access and write the audit row.

use crate::context::{Actor, Context};
use crate::directory::Snapshot;
use crate::identity::warm::Warm;
use crate::intake::breaker::Watch;
use crate::practice_copy::PracticeCopy;
use crate::refusal::{Refusal, RefusalKind};
use crate::sign_in::Persona;
use crate::space::Room;
use crate::vitals::Vitals;
use clinical::access::{self, Permission, Role};
use clinical::cover::Cover;
use clinical::detection::Staff;
use clinical::directory::Directory;
use clinical::smart::Interaction;
use fhir::search::r4::Extent;
use fhir::{Kind, PersonId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use store::activity::Signer;
use store::{AuditRow, Changes, Link, OutboxChange, Requirement, Settled, Store, View};

/// The record of the province, as doors know it. Cheap to clone.
#[derive(Clone)]
pub struct Record {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    /// What routing relies on; replaced whole right after the settle that changes it, which is the truth.
    directory: RwLock<Snapshot>,
    personas: Vec<Persona>,
    /// Who is on call at each desk.
    cover: RwLock<Arc<Cover>>,
    /// Links by name; the table is the truth, this spares a trip to the writer for each message.
    links: RwLock<HashMap<String, Link>>,
    /// What each feed has said lately; the journal is the truth.
    watch: Watch,
    /// What judging forms that were sent relies on.
    mailbox: RwLock<Arc<crate::mailbox::Setup>>,
    /// How much of R4 is searched by; all of it until something is said.
    extent: OnceLock<Extent>,
    tips: Mutex<crate::tips::Sources>,
    /// Batches that connections are in the middle of.
    claims: crate::intake::Claims,
    /// Who else might be the person of a claim; the tables are the truth.
    warm: Arc<Warm>,
    /// What the disk of the record has left.
    room: Room,
    /// How the process does.
    vitals: Vitals,
    /// Signs checkpoints of the activity log.
    signer: RwLock<Option<Arc<Signer>>>,
    /// What the employer says of staff, for detection.
    staff: RwLock<Arc<Staff>>,
    /// That nobody in it is real, and what that asks for; nothing takes it away.
    practice_copy: OnceLock<PracticeCopy>,
}

/// What an act or look reads with: one point in time, and who asks.
pub struct Reading<'r> {
    /// The record at one point in time.
    pub view: &'r View,
    /// Who asks, why, when.
    pub context: &'r Context,
    /// The provider directory.
    pub directory: &'r Directory,
    /// Who is on call at each desk.
    pub cover: &'r Cover,
    /// The identity index in memory.
    pub(crate) warm: &'r Warm,
    /// Who may sign in, by name.
    pub(crate) personas: &'r [Persona],
    /// How much of R4 is searched by.
    pub(crate) extent: Extent,
}

impl Reading<'_> {
    /// The name of a user, as staff see it; `None` when the id alone is known.
    pub(crate) fn known_name_of(&self, user: &str) -> Result<Option<String>, Refusal> {
        if let Some(persona) = self.personas.iter().find(|persona| persona.id == user) {
            return Ok(Some(persona.name.clone()));
        }
        Ok(self.view.account(user)?.map(|account| account.name))
    }
    /// The name of a user, else the id.
    pub(crate) fn name_of(&self, user: &str) -> Result<String, Refusal> {
        Ok(self.known_name_of(user)?.unwrap_or_else(|| user.to_owned()))
    }
}

mod sealed {
    /// Only this crate can say what an act or a look is.
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// What a look found, and whom it was about.
pub struct Seen<V> {
    /// What the door gets.
    pub view: V,
    /// The people whose data is in it; each gets an audit row.
    pub people: Vec<PersonId>,
}

impl<V> Seen<V> {
    /// Data about one person.
    pub(crate) fn of(person: PersonId, view: V) -> Self {
        Self { view, people: vec![person] }
    }
    /// Data about no person, or about people that the view does not identify.
    pub(crate) fn nobody(view: V) -> Self {
        Self { view, people: Vec::new() }
    }
}

/// Something to look at.
pub trait Look: Sealed {
    /// What the door gets.
    type View;
    /// What the actor's role must allow.
    const PERMISSION: Permission;
    /// Whether a refusal tells something of patients too, so that it leaves a row.
    const REFUSAL_TELLS: bool = false;
    /// What an app must have been let do for this, with which type (`None` = some type); no app gets what says nothing.
    fn asks(&self) -> Option<(Interaction, Option<Kind>)> {
        None
    }
    /// Whose reach it has when it is made for whoever stands at a place and not for who asks.
    fn read_as(&self) -> Option<Role> {
        None
    }
    /// What exactly is looked at, for the audit row.
    fn object(&self) -> String;
    /// Read it.
    ///
    /// # Errors
    /// A [`Refusal`] with words for people.
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal>;
}

/// Something to do.
pub trait Act: Sealed {
    /// What the actor's role must allow.
    const PERMISSION: Permission;
    /// Whether apps do it within their scopes, which it asks itself before each change.
    const FOR_APPS: bool = false;
    /// What it is done to, for the audit row.
    fn object(&self) -> String;
    /// The same where only the record knows it: whoever acts by a secret does not say to what.
    ///
    /// # Errors
    /// The store cannot be read.
    fn object_in(&self, _reading: &Reading<'_>) -> Result<String, Refusal> {
        Ok(self.object())
    }
    /// What would change, with what that relies on; and the person concerned.
    ///
    /// # Errors
    /// A [`Refusal`] with words for people.
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal>;
}

impl Record {
    /// The record over a store, with the directory and the personas of the demo (empty elsewhere).
    #[must_use]
    pub fn new(store: Store, directory: Directory, personas: Vec<Persona>) -> Self {
        Self::watched(store, directory, personas, Watch::default())
    }

    /// The same with defects that a test puts in.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn seeded(
        store: Store,
        directory: Directory,
        personas: Vec<Persona>,
        seeded: crate::intake::Seeded,
    ) -> Self {
        Self::watched(store, directory, personas, Watch::with_seeded(seeded))
    }

    fn watched(store: Store, directory: Directory, personas: Vec<Persona>, watch: Watch) -> Self {
        let (links, warm, cover, room) =
            (RwLock::default(), Arc::default(), RwLock::default(), Room::default());
        let directory = RwLock::new(Snapshot { seq: 0, directory: Arc::new(directory) });
        let (signer, staff) = (RwLock::default(), RwLock::default());
        let record = Self {
            inner: Arc::new(Inner {
                store,
                directory,
                personas,
                cover,
                links,
                watch,
                mailbox: RwLock::default(),
                extent: OnceLock::new(),
                tips: Mutex::default(),
                claims: crate::intake::Claims::default(),
                warm,
                room,
                vitals: Vitals::default(),
                signer,
                staff,
                practice_copy: OnceLock::new(),
            }),
        };
        record.refresh_directory();
        record
    }

    /// Look at something: access is checked first, the audit rows are durable before the data is handed over.
    ///
    /// # Errors
    /// Not allowed, not found, or the store asks to try again.
    pub fn look<L: Look>(&self, context: &Context, look: L) -> Result<L::View, Refusal> {
        let begun = self.inner.store.ticks();
        let seen = self.look_at(context, look);
        self.took::<L>(begun, seen.is_err());
        seen
    }

    /// An act or look that began then has ended.
    fn took<T>(&self, begun: u64, is_refused: bool) {
        let microseconds = self.inner.store.ticks().saturating_sub(begun);
        self.inner.vitals.took(std::any::type_name::<T>(), microseconds, is_refused);
    }

    fn look_at<L: Look>(&self, context: &Context, look: L) -> Result<L::View, Refusal> {
        let (view, audit) = self.looked(context, look)?;
        if audit.is_empty() {
            return Ok(view);
        }
        #[cfg(feature = "defects")]
        if defects::is(defects::Defect::AuditAfterAnswer) {
            self.inner.store.note(audit, |_| ());
            return Ok(view);
        }
        match self.inner.store.note_blocking(audit) {
            Settled::Done => Ok(view),
            other => Err(Refusal::try_again(&other)),
        }
    }

    /// [`Record::look`] for a door that does not wait: `then` is told once the audit rows are durable, in the writer's
    /// thread, so it must be short.
    pub fn look_then<L>(
        &self,
        context: &Context,
        look: L,
        then: impl FnOnce(Result<L::View, Refusal>) + Send + 'static,
    ) where
        L: Look,
        L::View: Send + 'static,
    {
        let begun = self.inner.store.ticks();
        let seen = self.looked(context, look);
        if !matches!(&seen, Ok((_, audit)) if !audit.is_empty()) {
            self.took::<L>(begun, seen.is_err());
        }
        let (record, span) = (self.clone(), tracing::Span::current());
        match seen {
            Ok((view, audit)) if audit.is_empty() => then(Ok(view)),
            Ok((view, audit)) => self.inner.store.note(audit, move |settled| {
                span.in_scope(|| record.took::<L>(begun, settled != Settled::Done));
                then(match settled {
                    Settled::Done => Ok(view),
                    other => Err(Refusal::try_again(&other)),
                });
            }),
            Err(refusal) => then(Err(refusal)),
        }
    }

    /// What a look finds, and the audit rows without which nobody gets it.
    fn looked<L: Look>(&self, context: &Context, look: L) -> Result<(L::View, Vec<AuditRow>), Refusal> {
        self.allow(context, L::PERMISSION)?;
        let interaction = self.let_by_scopes(context, L::PERMISSION, look.asks())?;
        let (seen, purposes) = {
            let (view, cover, directory) = (self.inner.store.view()?, self.cover(), self.directory());
            let view = if L::PERMISSION == Permission::ReadFhir {
                crate::access::within_scopes(view, context, &directory, interaction)?
            } else if let Some(role) = look.read_as() {
                crate::access::veiled_for_anybody(view, role, context.now)
            } else {
                crate::access::veiled(view, context, &directory)
            };
            let read = look.read(&Reading {
                view: &view,
                context,
                directory: &directory,
                cover: &cover,
                warm: &self.inner.warm,
                personas: &self.inner.personas,
                extent: self.extent(),
            });
            let seen = match read {
                Err(refusal) if L::REFUSAL_TELLS => {
                    drop(view);
                    return Err(self.told_in(context, L::PERMISSION, look.object(), refusal));
                }
                read => read?,
            };
            let purposes = seen.people.iter().map(|person| crate::access::purpose(&view, context, *person));
            let purposes = purposes.collect::<Result<Vec<_>, _>>()?;
            (seen, purposes)
        };
        if seen.people.is_empty() && !access::leaves_a_row(L::PERMISSION) {
            // Counts name nobody: they are shown also when nothing can be written (HAZARDS D4).
            return Ok((seen.view, Vec::new()));
        }
        let row = audit_row(context, L::PERMISSION, None, look.object());
        let audit = if seen.people.is_empty() {
            vec![row]
        } else {
            let of = |(person, purpose): (&PersonId, access::Purpose)| AuditRow {
                person: Some(*person),
                purpose: purpose.code().to_owned(),
                ..row.clone()
            };
            seen.people.iter().zip(purposes).map(of).collect()
        };
        Ok((seen.view, audit))
    }

    /// Do something: prepared against one point in time, settled whole with its audit row or not at all.
    ///
    /// # Errors
    /// Not allowed, refused with the reason, or the store asks to try again (which means *unknown*).
    pub fn act<A: Act>(&self, context: &Context, act: A) -> Result<(), Refusal> {
        let begun = self.inner.store.ticks();
        let acted = self.act_on(context, act);
        self.took::<A>(begun, acted.is_err());
        acted
    }

    fn act_on<A: Act>(&self, context: &Context, act: A) -> Result<(), Refusal> {
        self.allow(context, A::PERMISSION)?;
        if !A::FOR_APPS {
            self.let_by_scopes(context, A::PERMISSION, None)?;
        }
        let done = self.settle_anew(|known| {
            let (view, cover) = (self.inner.store.view()?, self.cover());
            let is_community = context.actor.role.is_community();
            // Desks keep what is on file right and must see all of it; nobody outside does anything with what is withheld.
            // Nor does a token by what its conditions would tell.
            let view = if A::PERMISSION == Permission::WriteFhir {
                crate::access::within_scopes(view, context, &known.directory, Interaction::Read)?
            } else if is_community {
                crate::access::veiled(view, context, &known.directory)
            } else {
                view
            };
            let reading = Reading {
                view: &view,
                context,
                directory: &known.directory,
                cover: &cover,
                warm: &self.inner.warm,
                personas: &self.inner.personas,
                extent: self.extent(),
            };
            let (mut changes, person) = act.prepare(&reading)?;
            if is_community && changes.writes_record() {
                tracing::error!(
                    role = context.actor.role.code(),
                    "an act of a community role would write in the record"
                );
                return Err(Refusal::not_allowed(context.actor.role));
            }
            changes.audit.push(audit_row(context, A::PERMISSION, person, act.object_in(&reading)?));
            // What goes to somebody goes by the directory that said so.
            if changes.outbox.iter().any(|change| matches!(change, OutboxChange::Queue(_))) {
                changes.requires.push(Requirement::DirectoryIs(known.seq));
            }
            Ok((Some(changes), ()))
        });
        let done = done.map_err(|refusal| match A::PERMISSION {
            Permission::WriteFhir => self.told_in(context, A::PERMISSION, act.object(), refusal),
            _ => refusal,
        })?;
        done.ok_or_else(|| {
            Refusal::conflict(
                "Somebody else keeps changing the same thing. Open it again and look before you repeat this.",
                "Quelqu'un d'autre modifie la même chose. Rouvrez-la et vérifiez avant de recommencer.",
            )
        })
    }

    /// A refusal at the machines' door that follows a read: that there is nothing, one too many or another version tells
    /// something of the record, so that it leaves its row before it is said.
    fn told_in(
        &self,
        context: &Context,
        permission: Permission,
        object: String,
        refusal: Refusal,
    ) -> Refusal {
        if refusal.kind == RefusalKind::TryAgain {
            return refusal;
        }
        let row = audit_row(context, permission, None, object);
        let audit = vec![AuditRow { verb: format!("refused-{}", row.verb), ..row }];
        match self.inner.store.note_blocking(audit) {
            Settled::Done => refusal,
            other => Refusal::try_again(&other),
        }
    }

    /// Whether the scopes of the app that acts include something at all; by what they are enforced. A refusal leaves its
    /// row like every other.
    fn let_by_scopes(
        &self,
        context: &Context,
        permission: Permission,
        asks: Option<(Interaction, Option<Kind>)>,
    ) -> Result<Interaction, Refusal> {
        let Some(through) = &context.actor.through else { return Ok(Interaction::Read) };
        match asks {
            Some((interaction, kind)) if through.lets(interaction, kind) => Ok(interaction),
            _ => Err(self.told_in(context, permission, "refused".to_owned(), Refusal::outside_scopes())),
        }
    }

    /// Whether the actor's role includes something; a refusal leaves an audit row too (S-003).
    ///
    /// # Errors
    /// The role does not include it.
    pub fn allow(&self, context: &Context, permission: Permission) -> Result<(), Refusal> {
        if access::may(context.actor.role, permission) {
            return Ok(());
        }
        let row = audit_row(context, permission, None, "refused".to_owned());
        let audit = vec![AuditRow { verb: format!("refused-{}", row.verb), ..row }];
        if let Settled::TryAgain(reason) = self.inner.store.note_blocking(audit) {
            tracing::warn!(%reason, "the audit row of a refusal could not be kept; it is refused all the same");
        }
        Err(Refusal::not_allowed(context.actor.role))
    }

    /// The provider directory as it is now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.snapshot().directory
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.inner.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn take_directory(&self, newer: Snapshot) {
        let mut held = self.inner.directory.write().unwrap_or_else(PoisonError::into_inner);
        if newer.seq > held.seq {
            *held = newer;
        }
    }

    /// Who is on call at each desk.
    #[must_use]
    pub fn cover(&self) -> Arc<Cover> {
        Arc::clone(&self.inner.cover.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on these people are on call.
    pub fn set_cover(&self, cover: Cover) {
        *self.inner.cover.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(cover);
    }

    /// From now on checkpoints of the activity log are signed with this key.
    pub fn set_signer(&self, signer: Signer) {
        *self.inner.signer.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(signer));
    }

    /// From now on looks are judged with what the employer says of staff.
    pub fn set_staff(&self, staff: Staff) {
        *self.inner.staff.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(staff);
    }

    pub(crate) fn staff(&self) -> Arc<Staff> {
        Arc::clone(&self.inner.staff.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn signer(&self) -> Option<Arc<Signer>> {
        self.inner.signer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many tips came from where today.
    pub(crate) fn tip_sources(&self) -> &Mutex<crate::tips::Sources> {
        &self.inner.tips
    }

    pub(crate) fn held_practice_copy(&self) -> &OnceLock<PracticeCopy> {
        &self.inner.practice_copy
    }

    /// What judging forms that were sent relies on.
    #[must_use]
    pub fn mailbox(&self) -> Arc<crate::mailbox::Setup> {
        Arc::clone(&self.inner.mailbox.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How much of R4 is searched by.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.inner.extent.get().copied().unwrap_or_default()
    }

    /// How much of R4 is searched by, as the settings say; said once, before anything is asked.
    pub fn search_by(&self, extent: Extent) {
        self.inner.extent.get_or_init(|| extent);
    }

    /// From now on judging forms relies on this.
    pub fn set_mailbox(&self, setup: crate::mailbox::Setup) {
        *self.inner.mailbox.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(setup);
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Source records the warm index holds; `None` while the tables answer alone.
    #[must_use]
    pub fn index_size(&self) -> Option<usize> {
        self.inner.warm.holds()
    }

    pub(crate) fn warm(&self) -> &Arc<Warm> {
        &self.inner.warm
    }

    /// Batches that connections are in the middle of.
    pub(crate) fn claims(&self) -> &crate::intake::Claims {
        &self.inner.claims
    }

    /// What the disk of the record has left.
    pub(crate) fn room(&self) -> &Room {
        &self.inner.room
    }

    /// How the process does.
    pub(crate) fn vitals(&self) -> &Vitals {
        &self.inner.vitals
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.inner.watch
    }

    pub(crate) fn known_link(&self, name: &str) -> Option<Link> {
        self.inner.links.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(crate) fn remember_link(&self, link: Link) {
        self.inner.links.write().unwrap_or_else(PoisonError::into_inner).insert(link.name.clone(), link);
    }

    /// Personas of the demo; empty elsewhere.
    #[must_use]
    pub fn personas(&self) -> &[Persona] {
        &self.inner.personas
    }
}

/// The audit row of one access; the same shape for people and machines.
pub(crate) fn audit_row(
    context: &Context,
    permission: Permission,
    person: Option<PersonId>,
    object: String,
) -> AuditRow {
    AuditRow {
        at: context.now,
        actor: context.actor.id.clone(),
        role: context.actor.role.code().to_owned(),
        verb: access::audit_verb(permission).to_owned(),
        purpose: context.purpose.code().to_owned(),
        person,
        object: match &context.actor.through {
            // Who looks is the user; by what is told beside it.
            Some(through) if through.app != context.actor.id => format!("{object} (app {})", through.app),
            _ => object,
        },
    }
}

/// A machine's context: the interpreter, the deliverer, the loader.
#[must_use]
pub fn machine(id: &str, now: fhir::Instant) -> Context {
    Context {
        actor: Actor {
            through: None,
            id: id.to_owned(),
            role: Role::Machine,
            name: id.to_owned(),
            practitioner: None,
        },
        purpose: access::Purpose::Operations,
        now,
    }
}

impl From<store::ReadProblem> for Refusal {
    fn from(problem: store::ReadProblem) -> Self {
        if let store::ReadProblem::Damaged { what } = problem {
            return Self::new(
                RefusalKind::Damaged,
                format!(
                    "{what} on file is not what was written, so it is not shown. Call the duty desk with this number; whoever \
                     runs the record restores it from a backup."
                ),
                format!(
                    "{what} au dossier n'est pas ce qui a été écrit et n'est donc pas montré. Appelez la garde avec ce numéro; \
                     qui exploite le dossier le restaure d'une sauvegarde."
                ),
            );
        }
        Self::new(
            RefusalKind::TryAgain,
            format!(
                "The record could not be read: {problem}. Try again; if it stays so, call the duty desk."
            ),
            format!(
                "Le dossier n'a pas pu être lu : {problem}. Réessayez; si cela persiste, appelez la garde."
            ),
        )
    }
}

//! A record that runs: store, interpreters, deliveries, clocks, doors.

use crate::clock;
use crate::config::{Config, LinkConfig, speaks_tls};
use crate::status::Watch;
use crate::{operations, practice_copy};
use actions::Record;
use actions::certificates::Unusable;
use actions::dialects::Sort;
use actions::directory::Load;
use actions::identity::Warming;
use actions::intake::{Bound, Clock, Door, Interpreter};
use actions::reconcilers::Reconcilers;
use actions::space::Space;
use anyhow::Context as _;
use clinical::cover::Cover;
use clinical::directory::{Change, Directory, Fact};
use gateway::delivery::paging::Paging;
use gateway::delivery::sink::Sink;
use gateway::delivery::subscribers::{Allowed, Subscribers};
use gateway::delivery::wire::Dial;
use gateway::delivery::{Engine, Patience};
use gateway::mailbox::{Keeper, Mailbox};
use gateway::mailing::Mailing;
use gateway::mllp::{Guard, Intake, Listening, Room};
use gateway::tls::{Acceptor, Dialer, Files};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Store;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Connections that may wait to be taken: after a restart all senders come at once, and who finds no place waits a
/// second and more before trying again. The system may allow fewer (net.core.somaxconn).
const BACKLOG: u32 = 4_096;
/// How often it is looked whether the store still takes anything.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked how much room the disk of the record has; a sender fills a hundredth of it in minutes.
const SPACE_EVERY: Duration = Duration::from_secs(2);
/// How often the files of our certificate are looked at; what does not fit at two looks is told.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(30);
/// Exit code of a process whose store takes nothing any more (sysexits EX_IOERR), for the supervisor to restart it.
const EXIT_STORE_CLOSED: i32 = 74;
/// How long a process that takes over waits for the other one to end what it began.
const HAND_OVER: Duration = Duration::from_secs(60);
/// How often the table of background work is looked at.
const RECONCILE_EVERY: Duration = Duration::from_secs(1);

/// Everything that is running, and how to stop it.
pub(crate) struct Running {
    /// The record.
    pub(crate) record: Record,
    /// Where the portal and FHIR listen.
    pub(crate) http: SocketAddr,
    /// Where MLLP listens: the door by sender, or the first link's own when there is no such door.
    pub(crate) mllp: SocketAddr,
    /// Where the operator asks, when there is such a door.
    pub(crate) operations: Option<SocketAddr>,
    draining: Arc<AtomicBool>,
    drain: Duration,
    store: Store,
    interpreter: Interpreter,
    warming: Warming,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Open the record of `config` and start everything.
pub(crate) async fn start(
    config: &Config,
    personas: Vec<actions::sign_in::Persona>,
) -> anyhow::Result<Running> {
    config.check()?;
    let (limits, started) = (config.limits()?, clock::now());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let cover = crate::cover::read(config, clock::now())?;
    if cover.is_empty() {
        tracing::warn!("there is no on-call calendar (cover.toml): nobody is named for what escalates");
    }
    // Who takes over listens first: whoever connects meanwhile waits and is not refused.
    let listening = if config.hand_over { Some(Sockets::listen(config)?) } else { None };
    let (data, named) = (config.data.clone(), config.store.clone());
    let patience = if config.hand_over { HAND_OVER } else { Duration::ZERO };
    let (settings, standby) = (limits.store(clock::monotonic()), config.standby);
    let settings = store::Settings { second: second(config)?, ..settings };
    #[cfg(debug_assertions)]
    let settings = store::Settings {
        faults: config.fail_points.then(|| crate::fail_point::of(&config.data)),
        ..settings
    };
    let store = tokio::task::spawn_blocking(move || match standby {
        true => crate::standing::open(&data, named.as_deref(), &settings),
        false => crate::place::open_to_serve(&data, named.as_deref(), &settings, patience),
    })
    .await??;
    crate::standing::wait(config, &store, &personas).await?;
    #[cfg(debug_assertions)]
    let record = Record::seeded(
        store.clone(),
        directory,
        personas,
        actions::intake::Seeded::of(&config.seeded_defects).map_err(anyhow::Error::msg)?,
    );
    #[cfg(not(debug_assertions))]
    let record = Record::new(store.clone(), directory, personas);
    if config.is_practice {
        record.become_practice_copy(config.data.join(practice_copy::OUT));
    }
    practice_copy::configuration::note_program(&config.data)?;
    // Hours may have gone by while this process stood by; a calendar that cannot be used is no reason not to take over.
    let cover = if standby { crate::cover::read(config, clock::now()).unwrap_or(cover) } else { cover };
    let mailbox = set_up(&record, config, cover)?;
    record.set_signer(crate::commands::audit::signer(&config.data, &store)?);
    begin_directory(&record, config).await?;
    let clock: Clock = clock::wall();
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let warming = Warming::start(&record)?;
    let interpreter = Interpreter::start(record.clone(), clock.clone(), workers)?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();

    let sockets = match listening {
        Some(sockets) => sockets,
        None => Sockets::listen(config)?,
    };
    let http = sockets.http.local_addr()?;
    let room = Room::new(limits.unfinished_bytes());
    let intake = |door: Door| Intake {
        door,
        frame_limit_bytes: config.frame_limit_bytes.unwrap_or(limits.frame_bytes()),
        room: room.clone(),
        ..Intake::new(record.clone(), clock.clone())
    };
    let mut mllp = None;
    for (link, socket) in config.link.iter().zip(sockets.links) {
        let name = format!("link {}", link.name);
        agreed(&record, link)?;
        let guard = guard(&name, link.listen, Some(link), config)?;
        mllp.get_or_insert(socket.local_addr()?);
        let door = match link.binding()? {
            Some(binding) => Door::Bound(Arc::new(Bound { link: link.name.clone(), binding })),
            None => Door::Link(link.name.clone()),
        };
        if let Some(stands) = record.other_authority(&door)? {
            tracing::warn!(
                link = %link.name,
                %stands,
                "a blank authority on this link stands for what it stood for when the link was first used; give a new \
                 name to the link if that is wrong"
            );
        }
        tasks.spawn(Listening { socket, intake: intake(door), guard }.serve(stopped.clone()));
    }
    if let Some(socket) = sockets.mllp {
        let guard = guard("--mllp", config.mllp, None, config)?;
        mllp = Some(socket.local_addr()?);
        tasks.spawn(Listening { socket, intake: intake(Door::BySender), guard }.serve(stopped.clone()));
    } else {
        tracing::info!(
            "links have listeners of their own; --mllp, where every sender is believed, stays closed"
        );
    }
    let mllp =
        mllp.context("no listener for MLLP: give a [[link]] in the settings file, or none and --mllp")?;

    let patience = Patience { answer: Duration::from_secs(config.answer_seconds), ..Patience::default() };
    let dial: Arc<dyn Dial> = match config.is_practice {
        true => Arc::new(Sink),
        false => Arc::new(Dialer::new(outgoing(config), config.tunnel)?),
    };
    let key = crate::commands::token::key(&config.data)?;
    match &config.paging {
        Some(paging) => {
            let paging = Paging {
                record: record.clone(),
                clock: clock.clone(),
                key: key.clone(),
                portal: paging.portal.trim_end_matches('/').to_owned(),
                pager: paging.pager()?,
                dial: dial.clone(),
                patience,
            };
            tasks.spawn(paging.run(stopped.clone()));
        }
        None if config.link.is_empty() => {}
        None => tracing::warn!(
            "there is no [paging]: whom a critical result comes to must be telephoned by the desk"
        ),
    }
    let allowed = Allowed { hosts: config.fhir.subscribers.clone(), loopback: config.demo };
    let subscribers =
        Subscribers { record: record.clone(), clock: clock.clone(), dial: dial.clone(), patience, allowed };
    tasks.spawn(subscribers.run(stopped.clone()));
    let engine = Engine { record: record.clone(), clock: clock.clone(), patience, dial };
    tasks.spawn(engine.run(stopped.clone()));
    tasks.spawn(gateway::delivery::reconcile_folders(record.clone(), clock.clone(), stopped.clone()));
    let totals = gateway::totals::hold_totals;
    tasks.spawn(totals(record.clone(), config.totals_folder(), clock.clone(), stopped.clone()));
    if let Some(mailbox) = mailbox {
        let names = crate::mailbox::names(config);
        let keeper = Keeper { record: record.clone(), clock: clock.clone(), names };
        tasks.spawn(gateway::mailbox::empty(keeper, mailbox, stopped.clone()));
    }
    let portal =
        config.paging.as_ref().map_or_else(|| format!("http://{http}"), |paging| paging.portal.clone());
    let (outlet, from) = crate::mails::outlet(config)?;
    let mailing = Mailing {
        record: record.clone(),
        clock: clock.clone(),
        key: key.clone(),
        portal: portal.trim_end_matches('/').to_owned(),
        from,
        outlet,
    };
    tasks.spawn(mailing.run(stopped.clone()));
    tasks.spawn(reconcile(record.clone(), clock.clone(), stopped.clone()));
    tasks.spawn(crate::mailbox::follow(record.clone(), config.clone(), stopped.clone()));
    let registers = config.registers.clone();
    tasks.spawn(crate::registers::follow(record.clone(), registers, clock.clone(), stopped.clone()));
    if config.is_practice {
        let (record, data) = (record.clone(), config.data.clone());
        tasks.spawn(practice_copy::parity::follow(record, data, stopped.clone()));
    }
    if let Some(downtime) = config.downtime.clone() {
        tasks.spawn(crate::downtime::follow(record.clone(), downtime, clock.clone(), stopped.clone()));
    }
    tasks.spawn(watch_store(store.clone(), stopped.clone()));
    // What a PostgreSQL has left is its own affair: it says so when its disk is full.
    if crate::place::address(&config.data)?.is_none() {
        tasks.spawn(watch_space(record.clone(), config.data.clone(), clock.clone(), stopped.clone()));
    }
    if config.log.is_some() {
        tasks.spawn(crate::second::follow(record.clone(), clock.clone(), stopped.clone()));
    }
    if let Some(tls) = &config.tls {
        let (certificate, key) = (tls.certificate.clone(), tls.key.clone());
        let files = Files { certificate, key, believed: tls.senders.clone() };
        tasks.spawn(watch_certificate(record.clone(), files, clock.clone(), stopped.clone()));
    }
    tasks.spawn(Watch::begin(&record, &store, config, started).follow(stopped.clone()));
    let draining = Arc::new(AtomicBool::new(false));
    let mut operations = None;
    if let Some(socket) = sockets.operations {
        operations = Some(socket.local_addr()?);
        let door = operations::Door {
            record: record.clone(),
            clock: clock.clone(),
            data: config.data.clone(),
            started,
            draining: draining.clone(),
        };
        let doors = operations::router(door);
        tasks.spawn(serve(socket, doors, stopped.clone()));
    }

    let doors = Doors { record: record.clone(), clock, key }.router(config, http)?;
    tasks.spawn(serve(sockets.http, doors, stopped));
    let drain = Duration::from_secs(config.drain_seconds);
    Ok(Running { record, http, mllp, operations, draining, drain, store, interpreter, warming, stop, tasks })
}

/// Where the log is shipped to, when the record is in its folder.
fn second(config: &Config) -> anyhow::Result<Option<store::second::SecondPlace>> {
    let Some(log) = &config.log else { return Ok(None) };
    log.check(&config.data, crate::place::address(&config.data)?.is_some())?;
    log.place(&config.data).map(Some)
}

/// What a record goes by beside its rows, of a process that writes as of one that stands by; where forms are sent to, when
/// there is such a place.
pub(crate) fn set_up(record: &Record, config: &Config, cover: Cover) -> anyhow::Result<Option<Mailbox>> {
    record.search_by(config.fhir.indexed.extent());
    record.set_slow(config.limits()?.slow_microseconds());
    record.set_cover(cover);
    let (setup, mailbox) = crate::mailbox::read(config)?;
    record.set_mailbox(setup);
    record.set_staff(staff(&config.data)?);
    Ok(mailbox)
}

/// What the portal and the FHIR door stand on.
pub(crate) struct Doors {
    pub(crate) record: Record,
    pub(crate) clock: Clock,
    /// Signs and reads tokens.
    pub(crate) key: actions::sign_in::TokenKey,
}

impl Doors {
    /// Everything that is served at the public address.
    pub(crate) fn router(self, config: &Config, http: SocketAddr) -> anyhow::Result<axum::Router> {
        let Self { record, clock, key } = self;
        let pages = portal::router(portal::Settings {
            record: record.clone(),
            clock: clock.clone(),
            random: Arc::new(clock::random),
            key: key.clone(),
            demo: config.demo,
            build: concat!("opor ", env!("CARGO_PKG_VERSION")).to_owned(),
            ways: crate::sign_in::ways(config, http)?,
            practice_at: config.practice_at.clone(),
        });
        let senders = config.tickets.iter().map(|one| one.sender()).collect::<anyhow::Result<Vec<_>>>()?;
        let is_strict = config.fhir.validation == crate::config::Validation::Strict;
        let smart = gateway::fhir::Smart {
            random: Arc::new(clock::random),
            key: crate::commands::application::id_key(&config.data)?,
            portal: config.sign_in.as_ref().filter(|_| !config.demo).map(|said| said.portal.clone()),
            registers: config.fhir.registration,
            proxied: config.tunnel,
        };
        let doors = pages.merge(gateway::fhir::router(record, clock, key, senders, is_strict, smart));
        let traces = operations::Traces::new(clock::random());
        let party = config.sign_in.as_ref().map(|said| said.party()).transpose()?;
        let doors = crate::headers::guarded(doors, party.is_some_and(|party| party.origin.secure));
        let doors = if config.is_practice { crate::headers::marked(doors) } else { doors };
        Ok(doors.layer(axum::middleware::from_fn_with_state(traces, operations::traced)))
    }
}

/// Answers what comes in until it is to stop, and then what was begun.
pub(crate) async fn serve(socket: TcpListener, doors: axum::Router, mut stop: watch::Receiver<bool>) {
    let doors = doors.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let served = axum::serve(socket, doors)
        .with_graceful_shutdown(async move {
            drop(stop.wait_for(|&stop| stop).await);
        })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "a web door stopped");
    }
}

/// Every socket that we listen on.
struct Sockets {
    http: TcpListener,
    /// In the order of the links.
    links: Vec<TcpListener>,
    mllp: Option<TcpListener>,
    operations: Option<TcpListener>,
}

impl Sockets {
    fn listen(config: &Config) -> anyhow::Result<Self> {
        // What stood by lets go of its own a moment later.
        let beside = config.hand_over || config.standby;
        let http = listen(config.http, "--http", beside)?;
        let of_link = |link: &LinkConfig| listen(link.listen, &format!("link {}", link.name), beside);
        let links = config.link.iter().map(of_link).collect::<anyhow::Result<Vec<_>>>()?;
        let by_sender = serves_by_sender(config).then(|| listen(config.mllp, "--mllp", beside));
        let operations = config.operations.map(|address| listen(address, "operations", beside));
        Ok(Self { http, links, mllp: by_sender.transpose()?, operations: operations.transpose()? })
    }
}

/// What the employer says of staff (staff.toml in the data folder); nobody is known better than by name without it.
pub(crate) fn staff(data: &std::path::Path) -> anyhow::Result<clinical::detection::Staff> {
    let path = data.join("staff.toml");
    if !path.exists() {
        return Ok(clinical::detection::Staff::default());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    clinical::detection::Staff::from_toml(&text).with_context(|| format!("{}", path.display()))
}

/// Nothing of a link is read otherwise than was agreed: the dialect and code map that the settings name are in use.
fn agreed(record: &Record, link: &LinkConfig) -> anyhow::Result<()> {
    for (sort, wanted) in [(Sort::Dialect, &link.dialect), (Sort::Codes, &link.codes)] {
        let Some(wanted) = wanted else { continue };
        if !record.is_agreed(sort, wanted, &link.name, &link.senders)? {
            anyhow::bail!(
                "link {}: no {sort} \"{wanted}\" is in use for it. Name the link in the file, then opor {sort} try FILE \
                 --data DIR, and opor {sort} sign FILE --data DIR --by NAME --reason TEXT",
                link.name,
                sort = sort.code(),
            );
        }
    }
    Ok(())
}

/// Who may come in by a listener; nothing when it is plain.
fn guard(
    name: &str,
    listen: SocketAddr,
    link: Option<&LinkConfig>,
    config: &Config,
) -> anyhow::Result<Option<Guard>> {
    let speaks = speaks_tls(name, listen, link, config)?;
    let Some(tls) = config.tls.as_ref().filter(|_| speaks) else { return Ok(None) };
    let (certificate, key) = (tls.certificate.clone(), tls.key.clone());
    let acceptor = Acceptor::new(Files { certificate, key, believed: tls.senders.clone() })?;
    let certificates = link.map(|link| link.certificate.clone()).unwrap_or_default();
    Ok(Some(Guard { acceptor, certificates }))
}

/// Files of the lines that go out.
fn outgoing(config: &Config) -> Option<Files> {
    let tls = config.tls.as_ref()?;
    let believed = Some(tls.receivers.clone()?);
    Some(Files { certificate: tls.certificate.clone(), key: tls.key.clone(), believed })
}

/// The file is what a store without a directory begins with. After that the store's own is in use; the clinics of the
/// demo listen elsewhere at each start.
async fn begin_directory(record: &Record, config: &Config) -> anyhow::Result<()> {
    let wanted = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let (record, demo) = (record.clone(), config.demo);
    tokio::task::spawn_blocking(move || {
        let now = clock::now();
        let mut differs = record.first_directory(&wanted, "directory.toml", now)?;
        if demo {
            differs.retain(|change| matches!(change, Change::Set(Fact::Endpoint(_))));
        }
        if demo && !differs.is_empty() {
            let (source, reason) = ("demo".to_owned(), "the clinics listen elsewhere".to_owned());
            record.act(&actions::record::machine("opor demo", now), Load { changes: differs, source, reason })?;
        } else if !differs.is_empty() && wanted.places().next().is_some() {
            tracing::warn!(
                facts = differs.len(),
                "the directory file says something else than the directory in use, which stays; opor directory load takes it over"
            );
        }
        Ok(())
    })
    .await?
}

/// Listens; `beside` another process of this user that listens there too, which the system lets be when both say so.
pub(crate) fn listen(address: SocketAddr, name: &str, beside: bool) -> anyhow::Result<TcpListener> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(beside)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().with_context(|| {
        format!("{name}: cannot listen on {address}. Choose another port, or 0 for any free one")
    })
}

/// Whether the door stands open where MSH alone says which link it is: for trials and demos. Once links are set up,
/// nobody comes in by another way.
fn serves_by_sender(config: &Config) -> bool {
    config.link.is_empty() || config.demo
}

/// Ends the process when the store takes nothing any more: only a start reads back what is really on the disk, and a
/// process that refuses everything for ever looks alive to its supervisor.
async fn watch_store(store: Store, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(WATCH_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
        if let Some(why) = store.closed() {
            tracing::error!(%why, "the store takes nothing any more; the process ends so that it can be started again");
            // Nothing is lost: what was acknowledged is on the disk, everything else will be sent again.
            std::process::exit(EXIT_STORE_CLOSED);
        }
    }
}

/// The room on the disk of a folder.
pub(crate) fn space(data: &Path) -> anyhow::Result<Space> {
    let disk = rustix::fs::statvfs(data).context("the disk of the record cannot be looked at")?;
    Ok(Space {
        free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// Tells the record how much room its disk has, from the first moment on.
async fn watch_space(record: Record, data: PathBuf, clock: Clock, mut stop: watch::Receiver<bool>) {
    loop {
        let (record, data, now) = (record.clone(), data.clone(), clock());
        let looked = tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
            Ok(record.disk_has(space(&data)?, now)?)
        });
        match looked.await {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => tracing::warn!(%reason, "the room on the disk could not be told"),
            Err(_) => tracing::error!("looking at the disk ended in a fault"),
        }
        tokio::select! {
            () = tokio::time::sleep(SPACE_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
    }
}

/// Looks at the files of our certificate: what cannot be used is told before somebody restarts by it.
async fn watch_certificate(record: Record, files: Files, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut was_wrong = false;
    loop {
        let (record, files, now) = (record.clone(), files.clone(), clock());
        let looked = tokio::task::spawn_blocking(move || {
            let problem = files.problem();
            // Files that are replaced one after the other do not fit for a moment: what lasts until the next look is told.
            let unusable = problem.as_ref().filter(|_| was_wrong).map(|problem| {
                let (path, why) = problem.parts();
                Unusable { path: path.display().to_string(), why: why.to_owned() }
            });
            (problem.is_some(), record.certificates_are(unusable.as_ref(), now))
        });
        match looked.await {
            Ok((is_wrong, Ok(()))) => was_wrong = is_wrong,
            Ok((_, Err(reason))) => {
                tracing::warn!(%reason, "what is wrong with a certificate could not be told")
            }
            Err(_) => tracing::error!("looking at the certificate ended in a fault"),
        }
        tokio::select! {
            () = tokio::time::sleep(CERTIFICATE_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
    }
}

/// Does the background work of the record, as its table says.
async fn reconcile(record: Record, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut reconcilers = Reconcilers::new(record, clock());
    loop {
        tokio::select! {
            () = tokio::time::sleep(RECONCILE_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
        let now = clock();
        let round = tokio::task::spawn_blocking(move || {
            let failed = reconcilers.round(now);
            (reconcilers, failed)
        });
        // A fault in one round is in the log; without the table nothing would escalate, so the process starts anew.
        let Ok((table, failed)) = round.await else {
            tracing::error!(
                "background work ended in a fault; the process ends so that it can be started again"
            );
            std::process::exit(EXIT_STORE_CLOSED);
        };
        reconcilers = table;
        for (work, reason) in failed {
            tracing::warn!(work, %reason, "background work could not be done; it is done again");
        }
    }
}

impl Running {
    /// Whether everything journalled has been interpreted.
    pub(crate) fn is_idle(&self) -> bool {
        self.interpreter.is_idle()
    }

    /// Stop the doors, let what is under way end, close the store.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        // Whoever distributes what comes in is told first, and has time to hear it.
        self.draining.store(true, Ordering::Relaxed);
        if !self.drain.is_zero() {
            tokio::time::sleep(self.drain).await;
        }
        self.stop.send_replace(true);
        let doors = async { while self.tasks.join_next().await.is_some() {} };
        // A browser that keeps a connection open must not keep the record open.
        drop(tokio::time::timeout(Duration::from_secs(5), doors).await);
        self.tasks.abort_all();
        let (interpreter, warming, store) = (self.interpreter, self.warming, self.store);
        tokio::task::spawn_blocking(move || {
            interpreter.stop();
            warming.stop();
            store.stop();
        })
        .await?;
        Ok(())
    }
}

/// Ctrl-C and a polite kill. Made before anything is said to listen: whoever reads that may stop it at once.
pub(crate) struct Interrupts {
    pressed: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Heard from now on.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { pressed: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Wait for one of them, which may have come already.
    pub(crate) async fn heard(&mut self) {
        tokio::select! {
            _ = self.pressed.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// A runtime for a command.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_links_only_the_demo_believes_every_sender() {
        let mut config = Config::for_data("record".into());
        assert!(serves_by_sender(&config));
        config.link.push(LinkConfig {
            name: "LAB".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            certificate: Vec::new(),
            senders: Vec::new(),
            authorities: Vec::new(),
            dialect: None,
            codes: None,
        });
        assert!(!serves_by_sender(&config));
        config.demo = true;
        assert!(serves_by_sender(&config));
    }
}

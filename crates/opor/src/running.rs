//! A record that runs: store, interpreters, deliveries, clocks, doors.

use crate::clock;
use crate::config::Config;
use actions::Record;
use actions::intake::{Clock, Door, Interpreter};
use anyhow::Context as _;
use clinical::directory::Directory;
use gateway::delivery::Patience;
use gateway::mllp::Listening;
use std::net::SocketAddr;
use std::time::Duration;
use store::Store;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Connections that may wait to be taken: after a restart all senders come at once, and who finds no place waits a
/// second and more before trying again. The system may allow fewer (net.core.somaxconn).
const BACKLOG: u32 = 4_096;
/// How often overdue obligations go to their next owner.
const ESCALATE_EVERY: Duration = Duration::from_secs(5);

/// Everything that is running, and how to stop it.
pub(crate) struct Running {
    /// The record.
    pub(crate) record: Record,
    /// Where the portal and FHIR listen.
    pub(crate) http: SocketAddr,
    /// Where MLLP listens.
    pub(crate) mllp: SocketAddr,
    store: Store,
    interpreter: Interpreter,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Open the record of `config` and start everything.
pub(crate) async fn start(
    config: &Config,
    personas: Vec<actions::sign_in::Persona>,
) -> anyhow::Result<Running> {
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let data = config.data.clone();
    let store =
        tokio::task::spawn_blocking(move || Store::open(&data, store::Settings::new(clock::monotonic())))
            .await??;
    let record = Record::new(store.clone(), directory, personas);
    let clock: Clock = clock::wall();
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let interpreter = Interpreter::start(record.clone(), clock.clone(), workers)?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();

    let http_socket = listen(config.http, "--http")?;
    let mllp_socket = listen(config.mllp, "--mllp")?;
    let (http, mllp) = (http_socket.local_addr()?, mllp_socket.local_addr()?);
    for link in &config.link {
        let socket = listen(link.listen, &format!("link {}", link.name))?;
        let mut listening = Listening::new(socket, record.clone(), clock.clone());
        listening.door = Door::Link(link.name.clone());
        listening.frame_limit_bytes = config.frame_limit_bytes;
        tasks.spawn(listening.serve(stopped.clone()));
    }
    let mut listening = Listening::new(mllp_socket, record.clone(), clock.clone());
    listening.frame_limit_bytes = config.frame_limit_bytes;
    tasks.spawn(listening.serve(stopped.clone()));

    let patience = Patience { answer: Duration::from_secs(config.answer_seconds), ..Patience::default() };
    tasks.spawn(gateway::delivery::run(record.clone(), clock.clone(), patience, stopped.clone()));
    tasks.spawn(escalate(record.clone(), clock.clone(), stopped.clone()));

    let key = crate::commands::token::key(&config.data)?;
    let pages = portal::router(portal::Settings {
        record: record.clone(),
        clock: clock.clone(),
        random: std::sync::Arc::new(clock::random),
        demo: config.demo,
        build: concat!("opor ", env!("CARGO_PKG_VERSION")).to_owned(),
    });
    let doors = pages.merge(gateway::fhir::router(record.clone(), clock, key));
    let mut until = stopped.clone();
    tasks.spawn(async move {
        let served = axum::serve(http_socket, doors)
            .with_graceful_shutdown(async move {
                drop(until.wait_for(|&stop| stop).await);
            })
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the web door stopped");
        }
    });
    Ok(Running { record, http, mllp, store, interpreter, stop, tasks })
}

fn listen(address: SocketAddr, name: &str) -> anyhow::Result<TcpListener> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().with_context(|| {
        format!("{name}: cannot listen on {address}. Choose another port, or 0 for any free one")
    })
}

async fn escalate(record: Record, clock: Clock, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(ESCALATE_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
        let (record, now) = (record.clone(), clock());
        if let Ok(Err(reason)) = tokio::task::spawn_blocking(move || record.escalate(now)).await {
            tracing::warn!(%reason, "overdue obligations could not be passed on; trying again");
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
        self.stop.send_replace(true);
        let doors = async { while self.tasks.join_next().await.is_some() {} };
        // A browser that keeps a connection open must not keep the record open.
        drop(tokio::time::timeout(Duration::from_secs(5), doors).await);
        self.tasks.abort_all();
        let (interpreter, store) = (self.interpreter, self.store);
        tokio::task::spawn_blocking(move || {
            interpreter.stop();
            store.stop();
        })
        .await?;
        Ok(())
    }
}

/// Wait for Ctrl-C or a polite kill.
pub(crate) async fn interrupted() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// A runtime for a command.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

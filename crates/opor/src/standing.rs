//! A process that stands by: another one writes to the same PostgreSQL. Until it takes over, this one answers what only
//! reads, and notes who looked; everything else is told where to go.

use crate::config::Config;
use crate::operations;
use crate::running::{self, Doors};
use crate::{clock, place};
use actions::Record;
use actions::sign_in::Persona;
use anyhow::{Context as _, bail};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clinical::directory::Directory;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Settings, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often it is looked whether we write now.
const LOOK: Duration = Duration::from_millis(100);
/// After so many looks the provider directory is read again, which the other process may have changed.
const LOOKS_PER_DIRECTORY: u32 = 20;
/// How long answers that were begun may take when we take over.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Seconds after which who was told to come again may do so.
const COME_AGAIN: &str = "5";
const NOT_HERE: &str = "This process stands by and takes nothing. Send it again in a few seconds, or to the one that writes.\n\
    Ce processus est en réserve et ne prend rien. Renvoyez dans quelques secondes, ou à celui qui écrit.\n";

/// Opens the record at the PostgreSQL of a data folder, beside another process when there is one.
pub(crate) fn open(data: &Path, named: Option<&str>, settings: &Settings) -> anyhow::Result<Store> {
    let known = place::known_or_named(data, named)?;
    let url = known.context("standby = true is for a record at a PostgreSQL: name it with --store")?;
    let store = Store::open_server_beside(&url, settings.clone())?;
    place::note(data, &url)?;
    Ok(store)
}

/// Answers reads until this process is the one that writes.
pub(crate) async fn wait(config: &Config, store: &Store, personas: &[Persona]) -> anyhow::Result<()> {
    if !store.is_standing_by() {
        return Ok(());
    }
    let record = Record::new(store.clone(), Directory::default(), personas.to_vec());
    running::set_up(&record, config, crate::cover::read(config, clock::now())?)?;
    let http = running::listen(config.http, "--http", true)?;
    let address = http.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let doors = Doors {
        record: record.clone(),
        clock: clock::wall(),
        key: super::commands::token::key(&config.data)?,
    };
    tasks.spawn(crate::mailbox::follow(record.clone(), config.clone(), stopped.clone()));
    let watch = crate::status::Watch::begin(&record, store, config, clock::now());
    tasks.spawn(watch.follow(stopped.clone()));
    let router = doors.router(config, address)?.layer(axum::middleware::from_fn(only_reads));
    tasks.spawn(running::serve(http, router, stopped.clone()));
    let mut said = format!("standing by http={address}");
    if let Some(named) = config.operations {
        let socket = running::listen(named, "operations", true)?;
        said.push_str(&format!(" operations={}", socket.local_addr()?));
        let door = operations::Door {
            record: record.clone(),
            clock: clock::wall(),
            data: config.data.clone(),
            started: clock::now(),
            draining: Arc::default(),
        };
        tasks.spawn(running::serve(socket, operations::router(door), stopped));
    }
    println!("{said}");
    let mut looks = 0;
    let mut told = Told::default();
    while store.is_standing_by() {
        tokio::time::sleep(LOOK).await;
        if let Some(why) = store.closed() {
            bail!("{why}");
        }
        let hindrance = store.hindrance();
        told.tell("this process could not take over now; it tries again", hindrance);
        looks += 1;
        if looks % LOOKS_PER_DIRECTORY == 0 {
            let (record, config) = (record.clone(), config.clone());
            let read = tokio::task::spawn_blocking(move || {
                record.refresh_directory();
                read_again(&record, &config)
            });
            let kept = read.await.map_or_else(
                |fault| Some(fault.to_string()),
                |read| read.err().map(|why| format!("{why:#}")),
            );
            told.tell("a file of the data folder is not taken over; what was read before stays", kept);
        }
    }
    tracing::warn!("the other process writes no longer; this one takes over");
    stop.send_replace(true);
    let answers = async { while tasks.join_next().await.is_some() {} };
    drop(tokio::time::timeout(LAST_ANSWERS, answers).await);
    Ok(())
}

/// What is read of the data folder at each start, which may have changed.
fn read_again(record: &Record, config: &Config) -> anyhow::Result<()> {
    let (cover, staff) = (crate::cover::read(config, clock::now())?, running::staff(&config.data)?);
    record.set_cover(cover);
    record.set_staff(staff);
    Ok(())
}

/// What is in the log of each thing that is looked at again and again: once, until it changes.
#[derive(Default)]
struct Told(BTreeMap<&'static str, String>);

impl Told {
    fn tell(&mut self, about: &'static str, why: Option<String>) {
        match why {
            Some(why) if self.0.get(about) != Some(&why) => {
                tracing::warn!(%why, "{about}");
                self.0.insert(about, why);
            }
            Some(_) => {}
            None => drop(self.0.remove(about)),
        }
    }
}

/// What writes is told where to go before anything of it is read.
async fn only_reads(request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let searches = *request.method() == Method::POST && request.uri().path().ends_with("/_search");
    let mut response = if asks || searches {
        next.run(request).await
    } else {
        let sort = HeaderValue::from_static("text/plain; charset=utf-8");
        (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, sort)], NOT_HERE).into_response()
    };
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(COME_AGAIN));
    }
    response
}

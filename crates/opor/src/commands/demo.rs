//! `opor demo`

use super::send::style;
use crate::config::{self, Config, DIRECTORY_FILE};
use crate::practice_copy::{State, filling};
use crate::{clock, running};
use actions::dialects::Sort;
use actions::enrolment::{TakeAdministrators, TakeMeetings};
use actions::facility::registers::{Register, TakeRegister};
use actions::facility::structure::TakeStructure;
use actions::panel::{Load, Weigh};
use actions::sign_in::Persona;
use anyhow::Context as _;
use clinical::access::Role;
use clinical::words::Words;
use indicatif::ProgressBar;
use province::clinic::{Book, Clinic};
use province::drive::{self, Pace, Receipt};
use province::{FeedMessage, Province};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// File in the data folder that lets a second start go on where the first stopped.
const STATE_FILE: &str = "demo.json";
/// How long a clinic may take to answer in the demo, in seconds; a silent one shows soon.
const ANSWER_SECONDS: u64 = 5;
/// How often the place in the feed is written down.
const KEEP_PLACE_EVERY: Duration = Duration::from_secs(2);
/// How long `--once` waits for the clinics after the last message.
const SETTLE_AT_MOST: Duration = Duration::from_secs(60);

/// A synthetic province, feeds running, portal open
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; a second start with the same one goes on
    #[arg(long, default_value = "data/demo")]
    pub(super) data: PathBuf,
    /// Portal and FHIR, HOST:PORT (port 0 = any)
    #[arg(long, default_value = config::HTTP)]
    pub(super) http: String,
    /// MLLP, HOST:PORT (port 0 = any)
    #[arg(long, default_value = config::MLLP)]
    pub(super) mllp: String,
    /// People in the province
    #[arg(long, default_value_t = 2_000)]
    pub(super) people: usize,
    /// Days of history fed at the start
    #[arg(long, default_value_t = 30)]
    pub(super) days: u32,
    /// Seed of the province
    #[arg(long, default_value_t = 1867)]
    pub(super) seed: u64,
    /// Feed one day, print the census, stop
    #[arg(long)]
    pub(super) once: bool,
}

/// What a second start must know.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    seed: u64,
    people: usize,
    days: u32,
    start_us: i64,
    resume_us: i64,
}

impl Place {
    fn of(args: &Args) -> anyhow::Result<Self> {
        match std::fs::read(args.data.join(STATE_FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!("{STATE_FILE} cannot be read. Remove {} to start anew", args.data.display())
            }),
            Err(_) => {
                let days = if args.once { 1 } else { args.days };
                Ok(Self {
                    seed: args.seed,
                    people: args.people,
                    days,
                    start_us: clock::now().0,
                    resume_us: i64::MIN,
                })
            }
        }
    }

    fn keep(&self, data: &Path) -> anyhow::Result<()> {
        let fresh = data.join("demo.json.new");
        std::fs::write(&fresh, serde_json::to_vec(self)?)?;
        Ok(std::fs::rename(fresh, data.join(STATE_FILE))?)
    }
}

/// Who may sign in to the demo.
pub(crate) fn personas() -> Vec<Persona> {
    vec![
        Persona {
            id: "cairnwood".to_owned(),
            name: "Cairnwood, Aoife".to_owned(),
            role: Role::FamilyDoctor,
            place: Words::new("Family doctor, Harbourview Clinic", "Médecin de famille à Harbourview Clinic"),
            practitioner: Some("p-cairnwood".to_owned()),
        },
        Persona {
            id: "marram".to_owned(),
            name: "Marram, Jo".to_owned(),
            role: Role::LaboratoryDesk,
            place: Words::new(
                "Delivery desk, provincial laboratory",
                "Bureau de remise, laboratoire provincial",
            ),
            practitioner: None,
        },
        Persona {
            id: "sorrel".to_owned(),
            name: "Sorrel, Émile".to_owned(),
            role: Role::IdentitySteward,
            place: Words::new(
                "Identity steward, health records",
                "Responsable de l'identité, archives médicales",
            ),
            practitioner: None,
        },
        Persona {
            id: "tern".to_owned(),
            name: "Tern, Maude".to_owned(),
            role: Role::Registrar,
            place: Words::new("Registration desk, Halifax Infirmary", "Inscription, Halifax Infirmary"),
            practitioner: None,
        },
        Persona {
            id: "plover".to_owned(),
            name: "Plover, Ida".to_owned(),
            role: Role::DirectorySteward,
            place: Words::new("Directory desk, provincial registry", "Répertoire, registre provincial"),
            practitioner: None,
        },
        Persona {
            id: "kestrel".to_owned(),
            name: "Kestrel, Bram".to_owned(),
            role: Role::Pharmacist,
            place: Words::new("Pharmacist, Harbour Pharmacy", "Pharmacien, pharmacie Harbour"),
            practitioner: None,
        },
        Persona {
            id: "wren".to_owned(),
            name: "Wren, Odile".to_owned(),
            role: Role::PrivacyOfficer,
            place: Words::new("Privacy desk, health records", "Vie privée, archives médicales"),
            practitioner: None,
        },
        Persona {
            id: "marsh".to_owned(),
            name: "Marsh, Ines".to_owned(),
            role: Role::UnitManager,
            place: Words::new(
                "Manager of ward 6, Halifax Infirmary",
                "Gestionnaire de l'unité 6, Halifax Infirmary",
            ),
            practitioner: None,
        },
        Persona {
            id: "heron".to_owned(),
            name: "Heron, Pia".to_owned(),
            role: Role::Coordinator,
            place: Words::new("Enrolment desk, provincial health", "Bureau des adhésions, santé provinciale"),
            practitioner: None,
        },
        Persona {
            id: "avocet".to_owned(),
            name: "Avocet, Rémi".to_owned(),
            role: Role::IdentitySteward,
            place: Words::new(
                "Second identity steward, health records",
                "Deuxième responsable de l'identité, archives médicales",
            ),
            practitioner: None,
        },
        Persona {
            id: "turnstone".to_owned(),
            name: "Turnstone, Lise".to_owned(),
            role: Role::Chiropractor,
            place: Words::new("Chiropractor, Spring Garden Spine", "Chiropraticienne, Spring Garden Spine"),
            practitioner: None,
        },
        Persona {
            id: "dunlin".to_owned(),
            name: "Dunlin, Ray".to_owned(),
            role: Role::Dentist,
            place: Words::new("Dentist, Quinpool Dental", "Dentiste, Quinpool Dental"),
            practitioner: None,
        },
        Persona {
            id: "phalarope".to_owned(),
            name: "Phalarope, Anne".to_owned(),
            role: Role::OtherProfessional,
            place: Words::new("Optometrist, Agricola Eye Care", "Optométriste, Agricola Eye Care"),
            practitioner: None,
        },
    ]
}

/// Run until interrupted, or once.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot make {}", args.data.display()))?;
    running::runtime()?.block_on(province(args, None))
}

/// The invented province around a record: the demo's, or a practice copy that is like a live one.
pub(super) async fn province(args: Args, copy: Option<State>) -> anyhow::Result<ExitCode> {
    let is_practice = copy.is_some();
    let mut place = Place::of(&args)?;
    let again = place.resume_us > i64::MIN;
    let clock: province::calendar::Clock = Arc::new(|| clock::now().0);
    let (stop, stopped) = watch::channel(false);

    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    // In a practice copy no line leads to a clinic: what is sent is answered before it leaves.
    let clinics = match is_practice {
        true => Vec::new(),
        false => Clinic::demo([any; 3], clock.clone(), Some(&args.data)).await?,
    };
    let mut addresses = Vec::new();
    let mut books: Vec<(String, Book)> = Vec::new();
    for (clinic, id) in clinics.iter().zip(province::places::CLINICS) {
        addresses.push(clinic.address()?.to_string());
        books.push((id.to_string(), clinic.book()));
    }
    let province = Province::new(place.seed, place.people, place.start_us);
    if let [first, second, third] = addresses.as_slice() {
        std::fs::write(args.data.join(DIRECTORY_FILE), province.directory([first, second, third]))?;
        std::fs::write(args.data.join(crate::cover::COVER_FILE), province::rota::cover())?;
    }
    place.keep(&args.data)?;
    for clinic in clinics {
        tokio::spawn(clinic.run(stopped.clone()));
    }

    let (http, mllp) = (config::address("--http", &args.http)?, config::address("--mllp", &args.mllp)?);
    let config = match &copy {
        Some(state) => state.config(&args.data, http, mllp),
        None => {
            let answer_seconds = ANSWER_SECONDS;
            Config { http, mllp, demo: true, answer_seconds, ..Config::for_data(args.data.clone()) }
        }
    };
    let mut interrupts = running::Interrupts::new()?;
    let running = running::start(&config, personas()).await?;
    match copy {
        Some(state) if !again => take_over(&running, state, &args.data).await?,
        Some(_) => {}
        None => agree(&running).await?,
    }
    offices(&running, &args.data, is_practice, again).await?;
    println!("listening http={} mllp={}", running.http, running.mllp);
    invite(&running, again);

    let to = running.mllp.to_string();
    let resume = Arc::new(AtomicI64::new(place.resume_us));
    let interrupted = tokio::spawn({
        let stop = stop.clone();
        async move {
            interrupts.heard().await;
            stop.send_replace(true);
        }
    });
    fill(&province, &place, (&to, is_practice), &stopped, &resume).await?;
    place.resume_us = resume.load(Ordering::Relaxed);
    place.keep(&args.data)?;
    if !*stopped.borrow() {
        panel(&running, &province).await?;
    }
    if args.once {
        settle(&running, &books).await;
        let census = running
            .record
            .look(&actions::record::machine("opor demo", clock::now()), actions::resources::Books)?;
        super::census::print(&census);
        stop.send_replace(true);
        running.stop().await?;
        return Ok(if census.balanced { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !*stopped.borrow() {
        println!("the live feed runs; Ctrl-C stops, starting again continues");
        live(&province, place.clone(), (&to, is_practice), clock, &stopped, &resume, &args.data).await?;
    }
    interrupted.await?;
    println!("stopping …");
    place.resume_us = resume.load(Ordering::Relaxed);
    place.keep(&args.data)?;
    running.stop().await?;
    for (name, book) in &books {
        let (accepted, refused, silent) = book.counts();
        println!("{name}: accepted {accepted}, refused {refused}, left unanswered {silent}");
    }
    println!("stopped; start again with the same --data to continue");
    Ok(ExitCode::SUCCESS)
}

/// The dialect of one hospital and the code map of the laboratory are in use from the first message on.
async fn agree(running: &running::Running) -> anyhow::Result<()> {
    let record = running.record.clone();
    let signed = move || {
        let context = actions::record::machine("opor demo", clock::now());
        let files = [(Sort::Dialect, province::agreed::DIALECT), (Sort::Codes, province::agreed::CODES)];
        record.first_mappings(
            &context,
            &files,
            "Marram, Jo",
            "The demo's own files, tried before its first message.",
        )
    };
    Ok(tokio::task::spawn_blocking(signed).await??)
}

/// A practice copy that begins has the configuration of live before anything is fed.
async fn take_over(running: &running::Running, mut state: State, data: &Path) -> anyhow::Result<()> {
    let (record, data) = (running.record.clone(), data.to_owned());
    let taken = move || {
        let live = state.live()?;
        filling::take_over(&record, &mut state, &data, &live)
    };
    tokio::task::spawn_blocking(taken).await?
}

/// Units of the demo's hospital: whoever manages one has a page.
pub(crate) const UNITS: &str = r#"
[[unit]]
id = "medicine"
name = "Medicine"
place = "hrh"

[[unit]]
id = "ward-6"
name = "Ward 6"
place = "hrh"
above = "medicine"

[[manager]]
unit = "ward-6"
user = "marsh"
name = "Marsh, Ines"
email = "ines.marsh@hrh.example"
from = "2020-01-01"
"#;

/// The regulators' register and the clinics' administrators are on file, so that somebody can apply for access; some people
/// have applied already.
async fn offices(
    running: &running::Running,
    data: &Path,
    is_practice: bool,
    again: bool,
) -> anyhow::Result<()> {
    let record = running.record.clone();
    let key = super::token::key(data)?;
    let taken = move || {
        let context = actions::record::machine("opor demo", clock::now());
        let licences = TakeRegister {
            register: Register::Licences,
            text: province::offices::LICENCES.to_owned(),
            sure: true,
            of: None,
        };
        record.act(&context, licences)?;
        let reason = "The demo's own list.".to_owned();
        if !is_practice {
            record.act(&context, TakeStructure { text: UNITS.to_owned(), reason })?;
        }
        record.act(&context, TakeAdministrators { text: province::offices::ADMINISTRATORS.to_owned() })?;
        record.act(&context, TakeMeetings { text: province::offices::MEETINGS.to_owned() })?;
        if again { Ok(()) } else { super::applicants::apply(&record, &key, context.now) }
    };
    Ok(tokio::task::spawn_blocking(taken).await??)
}

/// The family doctors who may sign in send the patient list of their practice's system, once their patients are on file.
async fn panel(running: &running::Running, province: &Province) -> anyhow::Result<()> {
    let filed = async {
        while !running.is_idle() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    drop(tokio::time::timeout(SETTLE_AT_MOST, filed).await);
    for persona in personas() {
        let Some(practitioner) = persona.practitioner.clone() else { continue };
        let (record, text) = (running.record.clone(), province.panel_file(&practitioner));
        let text: Arc<str> = text.into();
        let context = actions::Context {
            purpose: persona.role.usual_purpose(),
            now: clock::now(),
            actor: actions::Actor {
                through: None,
                id: persona.id,
                role: persona.role,
                name: persona.name.clone(),
                practitioner: persona.practitioner,
            },
        };
        let loaded = tokio::task::spawn_blocking(move || {
            record.act(&context, Load { text: Arc::clone(&text), whole: true, sure: true })?;
            record.look(&context, Weigh { text })
        });
        let file = loaded.await??;
        println!(
            "panel of {}: {} of {} patients in the practice's file are on file here",
            persona.name, file.matched, file.rows
        );
    }
    Ok(())
}

fn invite(running: &running::Running, again: bool) {
    println!();
    println!(
        "  {} open http://{}/ and choose a person to sign in as:",
        if again { "continuing;" } else { "filling the province;" },
        running.http
    );
    for persona in running.record.personas() {
        println!("    {:<18} {}", persona.name, persona.place.en);
    }
    println!("  send your own: opor send --to {} FILE.hl7", running.mllp);
    println!();
}

/// Feed the history with a progress bar.
async fn fill(
    province: &Province,
    place: &Place,
    (to, is_practice): (&str, bool),
    stopped: &watch::Receiver<bool>,
    resume: &Arc<AtomicI64>,
) -> anyhow::Result<()> {
    let from = place.resume_us;
    let total = province.history(place.days).filter(|message| message.at_us >= from).count();
    if total == 0 {
        return Ok(());
    }
    let bar = ProgressBar::new(total as u64).with_style(style("messages")?);
    let (ticking, resume) = (bar.clone(), Arc::clone(resume));
    let feed = province.history(place.days).skip_while(move |message| message.at_us < from);
    let feed = feed.map(move |message| if is_practice { as_training(message) } else { message });
    let ledger = drive::deliver(feed, to, Pace::Fast, stopped.clone(), move |receipt: &Receipt| {
        resume.store(receipt.resume_us, Ordering::Relaxed);
        ticking.inc(1);
    })
    .await;
    bar.finish_and_clear();
    let totals: Vec<String> = ledger.totals().iter().map(|(code, count)| format!("{code} {count}")).collect();
    println!("fed {} messages: {}", ledger.answered.len(), totals.join("  "));
    Ok(())
}

/// The same message as one of training (MSH-11, HL7 table 0103): what is made of it says so wherever it goes.
fn as_training(mut message: FeedMessage) -> FeedMessage {
    let head = message.bytes.iter().position(|byte| *byte == b'\r').unwrap_or(message.bytes.len());
    // MSH-1 is the first separator itself, so MSH-11 begins behind the tenth.
    let mut separators = (0..head).filter(|at| message.bytes[*at] == b'|');
    if let Some(at) = separators.nth(9).map(|at| at + 1).filter(|at| message.bytes.get(*at) == Some(&b'P')) {
        message.bytes[at] = b'T';
    }
    message
}

async fn live(
    province: &Province,
    mut place: Place,
    (to, is_practice): (&str, bool),
    clock: province::calendar::Clock,
    stopped: &watch::Receiver<bool>,
    resume: &Arc<AtomicI64>,
    data: &Path,
) -> anyhow::Result<()> {
    // After a long pause the feed goes on from today: a province does not wait for a laptop to wake.
    let from = place.resume_us.max(place.start_us).max(clock().saturating_sub(60 * 60 * 1_000_000));
    let feed = province.live(from);
    let feed = feed.map(move |message| if is_practice { as_training(message) } else { message });
    let keeper = tokio::spawn({
        let (resume, data, mut stopped) = (Arc::clone(resume), data.to_owned(), stopped.clone());
        async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(KEEP_PLACE_EVERY) => {}
                    _ = stopped.wait_for(|&stop| stop) => return,
                }
                place.resume_us = resume.load(Ordering::Relaxed);
                if let Err(error) = place.keep(&data) {
                    tracing::warn!(%error, "the place in the feed could not be written down");
                }
            }
        }
    });
    let kept = Arc::clone(resume);
    drive::deliver(feed, to, Pace::Live(clock), stopped.clone(), move |receipt: &Receipt| {
        kept.store(receipt.resume_us, Ordering::Relaxed);
    })
    .await;
    keeper.await?;
    Ok(())
}

/// Wait until everything is interpreted and the clinics have had time to answer.
async fn settle(running: &running::Running, books: &[(String, Book)]) {
    let settled = async {
        let mut before = usize::MAX;
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let answered: usize = books.iter().map(|(_, book)| book.counts().0 + book.counts().1).sum();
            if running.is_idle() && answered == before {
                return;
            }
            before = answered;
        }
    };
    drop(tokio::time::timeout(SETTLE_AT_MOST, settled).await);
}

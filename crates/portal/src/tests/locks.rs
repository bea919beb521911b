//! Locks and forms through the router, over a real store and a real socket.

use self::folder::Folder;
use crate::{Settings, Ways, router};
use actions::Record;
use actions::sign_in::{Persona, TokenKey};
use actions::values::{Role, Words};
use axum::http::header::CONTENT_TYPE;
use fhir::Instant;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[expect(unreachable_pub, reason = "a file of testkit, which depends on this crate")]
#[path = "../../../testkit/src/folder.rs"]
mod folder;

const START: Instant = Instant(1_795_370_700_000_000);
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A portal at an address of its own, its record and its clock.
pub(super) struct Portal {
    at: SocketAddr,
    pub(super) record: Record,
    clock: Arc<AtomicI64>,
    _folder: Folder,
}

/// Status, lines of the head, and body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    fn cookie(&self, name: &str) -> Option<&str> {
        let line = |line: &&str| line.starts_with(&format!("set-cookie: {name}="));
        self.head.lines().find(line).and_then(|line| line.split([' ', ';']).nth(1))
    }
    pub(super) fn field(&self, name: &str) -> String {
        let after = self.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
        after.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }
}

impl Portal {
    /// One doctor, who chooses a seat.
    async fn open(name: &str) -> Self {
        Self::with(name, None).await
    }

    /// With accounts that sign in `ways`, else with one persona.
    pub(super) async fn with(name: &str, ways: Option<Arc<Ways>>) -> Self {
        let folder = Folder::new(&format!("locks-{name}"));
        let store = store::Store::open(&folder, store::Settings::new(Arc::new(|| 0))).unwrap();
        let place = Words { en: "Clinic".into(), fr: "Clinique".into() };
        let personas = vec![Persona {
            id: "doctor".into(),
            name: "Cairnwood, Aoife".into(),
            role: Role::FamilyDoctor,
            place,
            practitioner: Some("p-cairnwood".into()),
        }];
        let personas = if ways.is_some() { Vec::new() } else { personas };
        let record = Record::new(store, clinical::directory::Directory::default(), personas);
        let clock = Arc::new(AtomicI64::new(START.0));
        let (now, next) = (Arc::clone(&clock), AtomicI64::new(1));
        let pages = router(Settings {
            record: record.clone(),
            clock: Arc::new(move || Instant(now.load(Ordering::Relaxed))),
            random: Arc::new(move || {
                let mut bytes = [7; 32];
                bytes[..8].copy_from_slice(&next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                bytes
            }),
            key: TokenKey([7; 32]),
            demo: ways.is_none(),
            build: "test".into(),
            ways,
            practice_at: None,
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = socket.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(socket, pages).await });
        Self { at, record, clock, _folder: folder }
    }

    pub(super) fn now(&self) -> Instant {
        Instant(self.clock.load(Ordering::Relaxed))
    }

    pub(super) fn wait(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60_000_000, Ordering::Relaxed);
    }

    async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        let text = String::from_utf8_lossy(&read).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(super) async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask("GET", path, &format!("Cookie: {cookie}\r\n"), b"").await
    }

    pub(super) async fn post(&self, path: &str, cookie: &str, kind: &str, body: &[u8]) -> Answer {
        self.ask("POST", path, &format!("Cookie: {cookie}\r\n{CONTENT_TYPE}: {kind}\r\n"), body).await
    }

    /// The cookie and the form token of a new session.
    async fn sign_in(&self) -> (String, String) {
        let answer = self.post("/sign-in", "a=b", FORM, b"persona=doctor").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let cookie = answer.cookie("opor").unwrap().to_owned();
        let token = self.get("/help", &cookie).await.field("form");
        assert_eq!(token.len(), 64);
        (cookie, token)
    }
}

fn panel_file(token: &str, rows: usize) -> (String, Vec<u8>) {
    let mut file = String::from("hcn,family,given,birth_date\r\n");
    for n in 0..rows {
        file.push_str(&format!("{n:010},Testperson{n},Ana-Maria,1961-03-09\r\n"));
    }
    let body = format!(
        "--x1\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n--x1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.csv\"\r\n\r\n{file}\r\n--x1--\r\n"
    );
    ("multipart/form-data; boundary=x1".to_owned(), body.into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_of_1300_rows_is_taken_and_one_that_meets_a_lock_is_asked_for_again() {
    let portal = Portal::open("panel").await;
    let (cookie, token) = portal.sign_in().await;
    let (kind, body) = panel_file(&token, 1_300);
    assert!(body.len() > 3 * crate::FORM_LIMIT);
    let answer = portal.post("/panel/file", &cookie, &kind, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("1300") || answer.body.contains("1,300"), "{}", answer.body);
    // The same lines pasted into a plain form.
    let lines = format!("form={token}&text={}", "0144679875%2CDrumlin%0A".repeat(4_000));
    assert_eq!(portal.post("/panel/file", &cookie, FORM, lines.as_bytes()).await.status, 200);
    // Another address reads no more than a form.
    assert_eq!(portal.post("/panel", &cookie, FORM, lines.as_bytes()).await.status, 413);
    portal.wait(16);
    let locked = portal.post("/panel/file", &cookie, &kind, &body).await;
    assert_eq!((locked.status, locked.field("locked-at")), (403, "/panel".to_owned()), "{}", locked.body);
    assert!(locked.body.contains("send it again"), "{}", locked.body);
    let go = format!("form={token}&locked-at=%2Fpanel");
    let answer = portal.post("/unlock", &cookie, FORM, go.as_bytes()).await;
    assert!(answer.status == 303 && answer.head.contains("location: /panel\r\n"), "{}", answer.head);
    assert_eq!(portal.get("/panel", &cookie).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn h74_a_lock_keeps_the_form_of_its_own_session_and_no_forged_one() {
    let portal = Portal::open("forged").await;
    let (cookie, token) = portal.sign_in().await;
    let (_, other) = portal.sign_in().await;
    let written = |token: &str| format!("form={token}&show=all&text=Written+before");
    for forged in [String::from("show=all&text=Written+before"), written(""), written(&other)] {
        let locked = portal.post("/panel", &cookie, FORM, forged.as_bytes()).await;
        assert_eq!(locked.status, 403);
        assert!(!locked.body.contains("Written before"), "{forged}: {}", locked.body);
    }
    let headers =
        format!("Cookie: {cookie}\r\nOrigin: http://elsewhere.example\r\n{CONTENT_TYPE}: {FORM}\r\n");
    let locked = portal.ask("POST", "/panel", &headers, written(&token).as_bytes()).await;
    assert!(locked.status == 403 && !locked.body.contains("Written before"), "{}", locked.body);
    let locked = portal.post("/panel", &cookie, FORM, written(&token).as_bytes()).await;
    assert_eq!((locked.status, locked.field("text")), (403, "Written before".to_owned()), "{}", locked.body);
    assert_eq!(locked.field("locked-at"), "/panel");
    let go = format!("{}&locked-at=%2Fpanel&locked-kept=yes", written(&token));
    let answer = portal.post("/unlock", &cookie, FORM, go.as_bytes()).await;
    assert_eq!(answer.status, 307);
    assert_eq!(portal.post("/panel", &cookie, FORM, written(&token).as_bytes()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn h74_what_a_page_asks_by_itself_is_no_use_and_a_sign_out_leaves_nothing() {
    let portal = Portal::open("alone").await;
    let (cookie, token) = portal.sign_in().await;
    portal.wait(10);
    // As a browser does that sends no word of its own on what it asks for.
    assert_eq!(portal.get("/locked", &cookie).await.status, 204);
    portal.wait(6);
    for path in ["/live", "/locked", "/panel"] {
        assert_eq!(portal.get(path, &cookie).await.status, 403, "{path}");
    }
    let go = format!("form={token}&locked-at=%2F");
    assert_eq!(portal.post("/unlock", &cookie, FORM, go.as_bytes()).await.status, 303);
    // Somebody writes, and the page says so.
    portal.wait(10);
    assert_eq!(portal.get("/locked?used=yes", &cookie).await.status, 204);
    portal.wait(10);
    assert_eq!(portal.get("/panel", &cookie).await.status, 200);
    let (other, _) = portal.sign_in().await;
    assert_eq!(portal.get("/panel", &cookie).await.status, 403);
    let token = portal.get("/help", &other).await.field("form");
    let out = portal.post("/sign-out", &other, FORM, format!("form={token}").as_bytes()).await;
    for name in ["opor", "opor-find", "opor-chart", "opor-launch"] {
        assert_eq!(out.cookie(name), Some(format!("{name}=").as_str()), "{name}: {}", out.head);
    }
    assert_eq!(portal.get("/panel", &cookie).await.status, 200, "nobody stands in front of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn h10_a_refused_form_shows_what_was_written_to_its_writer_and_a_head_is_no_form() {
    let portal = Portal::open("switched").await;
    let (cookie, token) = portal.sign_in().await;
    let [asked, open] = [1, 2].map(fhir::PersonId::from_i64);
    let (cookie, path) = (format!("{cookie}; opor-chart={open}"), format!("/person/{asked}/reason"));
    for (token, shown) in [(token.as_str(), true), ("", false)] {
        let form = format!("form={token}&reason=treating&words=Seen+in+clinic");
        let answer = portal.post(&path, &cookie, FORM, form.as_bytes()).await;
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert_eq!(answer.body.contains("Seen in clinic"), shown, "{}", answer.body);
        assert!(!answer.body.contains(">treating<"), "a code is nothing that was written");
    }
    let head = portal.ask("HEAD", &path, &format!("Cookie: {cookie}\r\n"), b"").await;
    assert_ne!(head.status, 409);
    assert!(head.cookie("opor-chart").is_none(), "{}", head.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn s010_a_browser_that_signs_in_anew_leaves_no_open_session_behind() {
    let portal = Portal::open("anew").await;
    let (former, _) = portal.sign_in().await;
    let (elsewhere, _) = portal.sign_in().await;
    let again = portal.post("/sign-in", &former, FORM, b"persona=doctor").await;
    let new = again.cookie("opor").unwrap().to_owned();
    assert!(new != former && portal.get("/panel", &new).await.status == 200, "{}", again.head);
    let over = portal.get("/panel", &former).await;
    assert!(over.status == 303 && over.head.contains("location: /sign-in"), "{}", over.head);
    assert_eq!(portal.get("/panel", &elsewhere).await.status, 403, "another browser's is locked, not over");
}

//! Which session of a person is in the foreground, and when each was last used (HAZARDS H74). A session that was left
//! alone, or that gave way to another station, is locked: its next page asks to go on, and what was being written is kept
//! in that page. It is remembered here and nowhere else: a restart locks nobody, and the end of a sign-in in the record
//! holds as it did.

use crate::components::forms::TOKEN;
use crate::screens;
use crate::screens::sign_in::Written;
use crate::visit::{App, CHOICE, Chrome, SESSION, Visit, cookie, genuine};
use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::Instant;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A station of one's own is locked after as many minutes alone (JOURNEYS 2.1), a shared one sooner.
const IDLE_MINUTES: i64 = 15;
const SHARED_IDLE_MINUTES: i64 = 5;
/// A sign-in at a shared station ends after as many hours, at one's own after [`actions::sign_in::SESSION_HOURS`].
const SHARED_HOURS: i64 = 2;
/// What pages ask by themselves, which is no use of a session.
const BY_ITSELF: &[&str] = &["/live", "/desk/figures", "/status/now", "/locked"];
/// A page that asks by itself says by this query that somebody writes in it.
const USED: &str = "used=yes";
/// Sessions that are remembered; beyond it those alone for longest are forgotten, and locked by it.
const MOST: usize = 20_000;

/// What sort of device somebody sits at; its own choice on the display page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Station {
    Own,
    Shared,
}

impl Station {
    /// As the device says.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let said = cookie(headers, &format!("{CHOICE}station"));
        if said.as_deref() == Some("shared") { Self::Shared } else { Self::Own }
    }
    /// How long a sign-in lasts here at most, in hours.
    pub(crate) fn hours(self) -> i64 {
        match self {
            Self::Own => actions::sign_in::SESSION_HOURS,
            Self::Shared => SHARED_HOURS,
        }
    }
    fn idle_minutes(self) -> i64 {
        match self {
            Self::Own => IDLE_MINUTES,
            Self::Shared => SHARED_IDLE_MINUTES,
        }
    }
}

/// Why a session is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locked {
    /// Nobody used it for a while.
    Idle,
    /// The same person went on at another station.
    Elsewhere,
    /// What is asked for is done by those alone who have just proved who they are.
    Unproven,
}

struct Seen {
    /// When this process began: a session that nothing is known of was last used then or before.
    began: Instant,
    /// When each session was last used, by the hash of its secret.
    last: HashMap<[u8; 32], Instant>,
    /// The session in the foreground, by person.
    foreground: HashMap<String, [u8; 32]>,
}

/// All sessions of this process.
pub(crate) struct Sessions(Mutex<Seen>);

impl Sessions {
    /// Of a process that begins.
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(Seen { began: now, last: HashMap::new(), foreground: HashMap::new() }))
    }

    /// A session is over: it stands in nobody's way any more.
    pub(crate) fn end(&self, user: &str, session: [u8; 32]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.last.remove(&session);
        if seen.foreground.get(user) == Some(&session) {
            seen.foreground.remove(user);
        }
    }

    /// Begins, or goes on: from now on this session is the one in the foreground.
    pub(crate) fn go_on(&self, user: &str, session: [u8; 32], now: Instant) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.last.len() >= MOST {
            let oldest = now.plus_minutes(-IDLE_MINUTES);
            seen.last.retain(|_, at| *at > oldest);
        }
        seen.last.insert(session, now);
        seen.foreground.insert(user.to_owned(), session);
    }

    /// Whether it may go on; what a page asks by itself is no use of it.
    fn check(
        &self,
        user: &str,
        session: [u8; 32],
        now: Instant,
        station: Station,
        by_itself: bool,
    ) -> Option<Locked> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.foreground.get(user) {
            Some(other) if *other != session => return Some(Locked::Elsewhere),
            Some(_) => {}
            // Nobody stands in front since the start, or since a sign-out: who comes first does.
            None => {
                seen.foreground.insert(user.to_owned(), session);
            }
        }
        let last = seen.last.get(&session).copied().unwrap_or(seen.began);
        if now.seconds_since(last) > station.idle_minutes() * 60 {
            return Some(Locked::Idle);
        }
        if !by_itself {
            seen.last.insert(session, now);
        }
        None
    }
}

/// What the page of a locked session needs; travels with the answer, so that what was posted can be kept in it.
#[derive(Clone)]
struct Held(Box<Chrome>, Locked);

/// The page of a locked session, when it is locked.
pub(crate) fn held(app: &App, parts: &Parts, visit: &Visit, unproven: bool) -> Option<Response> {
    let (chrome, user) = (&visit.chrome, &visit.context.actor.id);
    let by_itself = BY_ITSELF.contains(&parts.uri.path()) && parts.uri.query() != Some(USED);
    let station = Station::of(&parts.headers);
    let locked = app.1.check(user, visit.secret_hash, chrome.now, station, by_itself);
    let locked = locked.or(unproven.then_some(Locked::Unproven))?;
    let to = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    // A persona proves nothing; an account goes on by a proof.
    let chrome = &Chrome { proves: visit.proven_until.is_some(), ..chrome.clone() };
    let mut response = screens::sign_in::locked(chrome, locked, to, &Written::Nothing).into_response();
    *response.status_mut() = axum::http::StatusCode::FORBIDDEN;
    response.extensions_mut().insert(Held(Box::new(chrome.clone()), locked));
    Some(response)
}

/// Stands before every route: a form of this session that meets a lock is kept in the page that asks to go on. One that
/// is not, a file, or more than a form holds, is not kept: going on leads to the page it stood on.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let is_form = request.method() == Method::POST && cookie(request.headers(), SESSION).is_some();
    if !is_form {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let Ok(bytes) = axum::body::to_bytes(body, screens::form_limit(path)).await else {
        return axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let again = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let mut response = next.run(again).await;
    let Some(Held(chrome, locked)) = response.extensions_mut().remove::<Held>() else { return response };
    let fields = if bytes.len() <= crate::FORM_LIMIT {
        let form = Request::from_parts(parts.clone(), Body::from(bytes));
        Form::<Vec<(String, String)>>::from_request(form, &()).await.ok()
    } else {
        None
    };
    let page = match fields.map(|Form(fields)| fields).filter(|fields| is_own(&chrome, &parts, fields)) {
        Some(fields) => {
            let to = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            screens::sign_in::locked(&chrome, locked, to, &Written::Kept(&fields))
        }
        None => screens::sign_in::locked(&chrome, locked, screens::page_of(path), &Written::Lost),
    };
    (axum::http::StatusCode::FORBIDDEN, page).into_response()
}

/// Whether the session's own page made a form.
fn is_own(chrome: &Chrome, parts: &Parts, fields: &[(String, String)]) -> bool {
    let token = fields.iter().find(|(name, _)| name == TOKEN);
    genuine(chrome, &parts.headers, token.map_or("", |(_, value)| value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant(1_795_370_700_000_000);

    #[test]
    fn h74_one_session_of_a_person_is_in_the_foreground_and_it_moves() {
        let sessions = Sessions::new(START);
        let (ward, office) = ([1; 32], [2; 32]);
        let check = |session, minutes| {
            sessions.check("cairnwood", session, START.plus_minutes(minutes), Station::Own, false)
        };
        sessions.go_on("cairnwood", ward, START);
        assert_eq!(check(ward, 1), None);
        sessions.go_on("cairnwood", office, START.plus_minutes(2));
        assert_eq!((check(ward, 2), check(office, 2)), (Some(Locked::Elsewhere), None));
        sessions.go_on("cairnwood", ward, START.plus_minutes(3));
        assert_eq!((check(ward, 3), check(office, 3)), (None, Some(Locked::Elsewhere)));
        assert_eq!(sessions.check("sorrel", [3; 32], START, Station::Own, false), None, "somebody else");
    }

    #[test]
    fn h74_a_session_alone_is_locked_sooner_at_a_shared_station_and_figures_do_not_keep_it_open() {
        let sessions = Sessions::new(START);
        let session = [1; 32];
        let check = |station, minutes, by_itself| {
            sessions.check("tern", session, START.plus_minutes(minutes), station, by_itself)
        };
        sessions.go_on("tern", session, START);
        assert_eq!(check(Station::Shared, 5, true), None);
        assert_eq!(check(Station::Shared, 6, false), Some(Locked::Idle));
        assert_eq!(check(Station::Own, 15, true), None, "asked by the page itself");
        assert_eq!(check(Station::Own, 16, false), Some(Locked::Idle));
        sessions.go_on("tern", session, START.plus_minutes(16));
        assert_eq!(check(Station::Own, 31, false), None);
    }

    #[test]
    fn h74_a_session_that_was_forgotten_is_locked_and_a_restart_locks_nobody() {
        let sessions = Sessions::new(START);
        let check = |session, minutes| {
            sessions.check("tern", session, START.plus_minutes(minutes), Station::Own, false)
        };
        assert_eq!(check([1; 32], 15), None, "goes on after a restart");
        assert_eq!(check([1; 32], 30), None);
        sessions.go_on("tern", [2; 32], START.plus_minutes(30));
        for n in 0..u32::try_from(MOST).unwrap() {
            let mut session = [9; 32];
            session[..4].copy_from_slice(&n.to_be_bytes());
            sessions.go_on("somebody", session, START.plus_minutes(46));
        }
        assert!(!sessions.0.lock().unwrap().last.contains_key(&[2; 32]), "not forgotten");
        assert_eq!(check([2; 32], 47), Some(Locked::Idle));
    }

    #[test]
    fn h74_a_sign_out_leaves_the_foreground_to_the_other_station() {
        let sessions = Sessions::new(START);
        let (ward, office) = ([1; 32], [2; 32]);
        let check = |session| sessions.check("cairnwood", session, START, Station::Own, false);
        sessions.go_on("cairnwood", ward, START);
        sessions.go_on("cairnwood", office, START);
        sessions.end("cairnwood", ward);
        assert_eq!(
            check(ward),
            Some(Locked::Elsewhere),
            "the end of another takes nothing from the one in front"
        );
        sessions.go_on("cairnwood", ward, START);
        sessions.end("cairnwood", ward);
        assert_eq!(check(office), None);
    }
}

//! The route table: every address of the portal with its permission, name, audit verb, place in the menu and sample.

pub(crate) mod access;
pub(crate) mod books;
pub(crate) mod breaker;
pub(crate) mod cases;
pub(crate) mod coverage;
pub(crate) mod desk;
pub(crate) mod dialects;
pub(crate) mod directory;
pub(crate) mod display;
pub(crate) mod encounters;
pub(crate) mod feeds;
pub(crate) mod handling;
pub(crate) mod home;
pub(crate) mod identity;
pub(crate) mod launches;
pub(crate) mod letters;
pub(crate) mod medications;
pub(crate) mod message;
pub(crate) mod paging;
pub(crate) mod panel;
pub(crate) mod plans;
pub(crate) mod practice;
pub(crate) mod privacy;
pub(crate) mod problems;
pub(crate) mod reader;
pub(crate) mod reason;
pub(crate) mod registration;
pub(crate) mod replays;
pub(crate) mod reports;
pub(crate) mod results;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod states;
pub(crate) mod summary;
pub(crate) mod switching;
pub(crate) mod trace;
pub(crate) mod unmatched;

pub(crate) use handling::{fallback, refuse};
pub(crate) use states::Failure;

use crate::components::chrome::Section;
use crate::visit::App;
use crate::words::{
    Say, books as books_words, breaker as breaker_words, care, chart, desks as desks_words,
    dialects as dialects_words, directory as directory_words, identity as identity_words,
    launches as launches_words, letters as letters_words, operations, paging as paging_words,
    panel as panel_words, practice as practice_words, privacy as privacy_words,
    registration as registration_words, shell, summaries as summaries_words,
};
use actions::values::Permission;
use axum::routing::{MethodRouter, get, post};

/// One address.
pub struct Screen {
    /// Path with its gaps.
    pub path: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// What the role must allow; `None` for addresses open to everybody or to everybody signed in.
    pub permission: Option<Permission>,
    /// What people call it.
    pub name: Say,
    /// Where it stands in the sections.
    pub(crate) menu: Option<Menu>,
    pub(crate) route: fn() -> MethodRouter<App>,
}

/// An entry in the sections.
pub(crate) struct Menu {
    pub(crate) section: Section,
    pub(crate) icon: &'static str,
    /// Belongs to a person's chart.
    pub(crate) chart: bool,
}

impl Screen {
    /// Audit verb of a visit; empty where nothing about a person is shown or changed.
    #[must_use]
    pub fn audit_verb(&self) -> &'static str {
        self.permission.map_or("", actions::values::audit_verb)
    }
}

const fn chart_menu(section: Section, icon: &'static str) -> Option<Menu> {
    Some(Menu { section, icon, chart: true })
}

const fn work_menu(section: Section, icon: &'static str) -> Option<Menu> {
    Some(Menu { section, icon, chart: false })
}

const fn look(
    path: &'static str,
    permission: Option<Permission>,
    name: Say,
    menu: Option<Menu>,
    route: fn() -> MethodRouter<App>,
) -> Screen {
    Screen { path, method: "GET", permission, name, menu, route }
}

const fn act(
    path: &'static str,
    permission: Option<Permission>,
    name: Say,
    route: fn() -> MethodRouter<App>,
) -> Screen {
    Screen { path, method: "POST", permission, name, menu: None, route }
}

/// Addresses that read more than [`crate::FORM_LIMIT`], in bytes: a file, and a form with what a lock adds to it.
const LONGER: &[(&str, usize)] =
    &[("/panel/file", handling::panel::FILE_LIMIT), ("/unlock", 2 * crate::FORM_LIMIT)];

/// As much of a form is read at an address, in bytes.
pub(crate) fn form_limit(path: &str) -> usize {
    LONGER.iter().find(|(longer, _)| *longer == path).map_or(crate::FORM_LIMIT, |(_, limit)| *limit)
}

/// The page that a form stood on or below, by its address: the nearest one that can be opened.
pub(crate) fn page_of(path: &str) -> &str {
    let opens = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |screen: &&Screen| {
            let gaps: Vec<&str> = screen.path.split('/').collect();
            gaps.len() == parts.len()
                && gaps.iter().zip(&parts).all(|(gap, part)| gap.starts_with('{') || gap == part)
        };
        SCREENS.iter().filter(|screen| screen.method == "GET").any(|screen| fits(&screen))
    };
    let mut at = path;
    while !opens(at) {
        match at.rsplit_once('/') {
            Some((above, _)) if !above.is_empty() => at = above,
            _ => return "/",
        }
    }
    at
}

/// Every address of the portal.
pub(crate) const SCREENS: &[Screen] = &[
    look("/sign-in", None, shell::SIGN_IN, None, || get(handling::sign_in_page)),
    act("/sign-in", None, shell::SIGN_IN, || post(handling::sign_in)),
    look("/launch", None, launches_words::LAUNCH, None, || get(handling::launches::door)),
    act("/launch", None, launches_words::LAUNCH, || post(handling::launches::take)),
    look("/launch/go", None, launches_words::LAUNCH, None, || get(handling::launches::land)),
    look("/locked", None, shell::LOCKED, None, || get(handling::locked)),
    act("/unlock", None, shell::UNLOCK, || post(handling::unlock)),
    act("/sign-out", None, shell::SIGN_OUT, || post(handling::sign_out)),
    look("/", None, shell::HOME, work_menu(Section::Home, "home"), || get(handling::home)),
    look(
        "/search",
        Some(Permission::FindPatient),
        shell::FIND_PATIENT,
        work_menu(Section::Search, "search"),
        || get(handling::search),
    ),
    act("/search", Some(Permission::FindPatient), chart::SEARCH, || post(handling::search_for)),
    look(
        "/panel",
        Some(Permission::KeepPanel),
        panel_words::PANEL,
        work_menu(Section::Panel, "people"),
        || get(handling::panel::list),
    ),
    act("/panel", Some(Permission::KeepPanel), panel_words::PANEL_FIND_DO, || post(handling::panel::find)),
    act("/panel/file", Some(Permission::KeepPanel), panel_words::FILE_DO, || post(handling::panel::file)),
    act("/person/{person}/panel", Some(Permission::KeepPanel), panel_words::ATTEST_DO, || {
        post(handling::panel::attest)
    }),
    act("/panel/renew", Some(Permission::KeepPanel), panel_words::RENEW, || post(handling::panel::renew)),
    act("/privacy/relations", Some(Permission::ReviewAccess), panel_words::PANEL_END, || {
        post(handling::panel::revoke)
    }),
    act("/panel/leave", Some(Permission::KeepPanel), panel_words::LEAVE, || post(handling::panel::leave)),
    look(
        "/coverage",
        Some(Permission::ReadCoverage),
        panel_words::WHAT_IS_IN_HERE,
        work_menu(Section::Coverage, "path"),
        || get(handling::panel::coverage),
    ),
    look("/live", Some(Permission::WatchHome), panel_words::LIVE_NEW, None, || get(handling::panel::live)),
    look("/desk", Some(Permission::ReadDeliveryDesk), shell::DESK, work_menu(Section::Desk, "send"), || {
        get(handling::desk)
    }),
    look("/desk/figures", Some(Permission::ReadDeliveryDesk), shell::DESK, None, || {
        get(handling::desk_figures)
    }),
    act("/desk/{obligation}/note", Some(Permission::HandleDelivery), operations::NOTE_DO, || {
        post(handling::desk_note)
    }),
    act("/desk/{obligation}/send", Some(Permission::HandleDelivery), operations::SEND_DO, || {
        post(handling::desk_send)
    }),
    act("/desk/send", Some(Permission::HandleDelivery), operations::SEND_DO, || {
        post(handling::desk_send_group)
    }),
    act("/desk/{obligation}/hand", Some(Permission::HandleDelivery), desks_words::HAND_DO, || {
        post(handling::desk_hand)
    }),
    act("/desk/{obligation}/read-back", Some(Permission::HandleDelivery), operations::READ_BACK_DO, || {
        post(handling::desk_read_back)
    }),
    act("/desk/{obligation}/answer", Some(Permission::HandleDelivery), paging_words::DESK_ANSWER, || {
        post(handling::paging::answer_at_desk)
    }),
    act("/desk/{obligation}/excuse", Some(Permission::HandleDelivery), desks_words::EXCUSE_DO, || {
        post(handling::desk_excuse)
    }),
    look("/letters", Some(Permission::HandleDelivery), letters_words::LETTERS, None, || {
        get(handling::letters::letters)
    }),
    look("/letters/pages", Some(Permission::HandleDelivery), letters_words::PRINT_EN, None, || {
        get(handling::letters::pages)
    }),
    act("/letters/posted", Some(Permission::HandleDelivery), letters_words::POSTED_DO, || {
        post(handling::letters::posted)
    }),
    look(
        "/unmatched",
        Some(Permission::ReadUnmatched),
        desks_words::UNMATCHED,
        work_menu(Section::Unmatched, "inbox"),
        || get(handling::desks::unmatched_list),
    ),
    act("/unmatched/{obligation}", Some(Permission::HandleUnmatched), desks_words::ANSWER_TEXT, || {
        post(handling::desks::unmatched_settle)
    }),
    look(
        "/feeds",
        Some(Permission::ReadDeliveryDesk),
        desks_words::FEEDS,
        work_menu(Section::Feeds, "path"),
        || get(handling::desks::feeds_wall),
    ),
    act("/feeds/pause", Some(Permission::ManageFeeds), desks_words::PAUSE, || {
        post(handling::desks::feeds_pause)
    }),
    act("/feeds/resume", Some(Permission::ManageFeeds), desks_words::RESUME, || {
        post(handling::desks::feeds_resume)
    }),
    act("/feeds/try", Some(Permission::ManageFeeds), desks_words::REPLAY_TRY, || {
        post(handling::desks::feeds_try)
    }),
    act("/feeds/do", Some(Permission::ManageFeeds), desks_words::CONFIRM, || post(handling::desks::feeds_do)),
    look(
        "/trace",
        Some(Permission::TraceItem),
        desks_words::TRACE,
        work_menu(Section::Trace, "search"),
        || get(handling::desks::trace),
    ),
    look(
        "/books",
        Some(Permission::ReadCensus),
        books_words::MENU,
        work_menu(Section::Books, "list"),
        || get(handling::books::wall),
    ),
    look(
        "/cases",
        Some(Permission::ReadCases),
        desks_words::CASES,
        work_menu(Section::Cases, "help"),
        || get(handling::desks::case_list),
    ),
    act("/cases", Some(Permission::OpenCase), desks_words::CASE_DO, || post(handling::desks::case_open)),
    act("/cases/{obligation}", Some(Permission::HandleCase), desks_words::CASE_ANSWER, || {
        post(handling::desks::case_answer)
    }),
    look("/replay", Some(Permission::Replay), desks_words::REPLAY, None, || get(handling::desks::replay)),
    act("/replay", Some(Permission::Replay), desks_words::REPLAY, || post(handling::desks::replay_do)),
    act("/replay/try", Some(Permission::Replay), desks_words::REPLAY_TRY, || {
        post(handling::desks::replay_try)
    }),
    act("/messages", Some(Permission::ReadMessage), desks_words::FILTER_DO, || post(handling::desks::search)),
    act("/desk/{obligation}/close", Some(Permission::HandleDelivery), operations::CLOSE_DO, || {
        post(handling::desk_close)
    }),
    look(
        "/registration",
        Some(Permission::SearchToRegister),
        registration_words::MENU,
        work_menu(Section::Registration, "pen"),
        || get(handling::registration::form),
    ),
    act("/registration", Some(Permission::RegisterPatient), registration_words::CREATE, || {
        post(handling::registration::create)
    }),
    act("/registration/look", Some(Permission::SearchToRegister), registration_words::LOOK, || {
        post(handling::registration::search)
    }),
    look(
        "/registration/created/{form}",
        Some(Permission::SearchToRegister),
        registration_words::RECORD,
        None,
        || get(handling::registration::created),
    ),
    look(
        "/identity",
        Some(Permission::ReadIdentityReview),
        shell::IDENTITY,
        work_menu(Section::Identity, "swap"),
        || get(handling::identity::list),
    ),
    look("/identity/compare", Some(Permission::ReadIdentityReview), identity_words::COMPARE, None, || {
        get(handling::identity::compare)
    }),
    look(
        "/identity/person/{person}",
        Some(Permission::ReadIdentityReview),
        identity_words::EVENTS,
        None,
        || get(handling::identity::person),
    ),
    look(
        "/identity/undo/{event}",
        Some(Permission::ReadIdentityReview),
        identity_words::TAKE_BACK,
        None,
        || get(handling::identity::undo),
    ),
    look(
        "/identity/decisions",
        Some(Permission::ReadIdentityReview),
        identity_words::DECISIONS,
        None,
        || get(handling::identity::decisions),
    ),
    look("/identity/figures", Some(Permission::SearchToRegister), identity_words::FIGURES, None, || {
        get(handling::identity::figures)
    }),
    act("/identity/undo/{event}", Some(Permission::HandleIdentity), identity_words::TAKE_BACK, || {
        post(handling::identity::undo_it)
    }),
    act("/identity/compare", Some(Permission::HandleIdentity), identity_words::ANSWER, || {
        post(handling::identity::compare_answer)
    }),
    act("/identity/{obligation}", Some(Permission::HandleIdentity), identity_words::ANSWER, || {
        post(handling::identity::answer)
    }),
    look(
        "/breaker",
        Some(Permission::ReadIdentityReview),
        breaker_words::MENU,
        work_menu(Section::Breaker, "stop"),
        || get(handling::breaker::list),
    ),
    act("/breaker", Some(Permission::ReadIdentityReview), breaker_words::TRY, || {
        post(handling::breaker::try_out)
    }),
    act("/breaker/{stop}", Some(Permission::HandleIdentity), breaker_words::CONFIRM, || {
        post(handling::breaker::decide)
    }),
    look(
        "/directory",
        Some(Permission::ReadDirectory),
        directory_words::MENU,
        work_menu(Section::Directory, "list"),
        || get(handling::directory::overview),
    ),
    act("/directory", Some(Permission::ProposeDirectory), directory_words::PROPOSE, || {
        post(handling::directory::propose)
    }),
    look(
        "/directory/mine",
        Some(Permission::KeepOwnDetails),
        directory_words::MINE,
        work_menu(Section::Mine, "pen"),
        || get(handling::directory::mine::mine),
    ),
    act("/directory/mine", Some(Permission::KeepOwnDetails), directory_words::SEND, || {
        post(handling::directory::mine::update)
    }),
    act("/directory/mine/confirm", Some(Permission::KeepOwnDetails), directory_words::CONFIRM, || {
        post(handling::directory::mine::confirm)
    }),
    look("/directory/copies", Some(Permission::ReadDirectory), directory_words::COPIES, None, || {
        get(handling::directory::copies)
    }),
    look(
        "/directory/changes/{proposal}",
        Some(Permission::ReadDirectory),
        directory_words::WEIGH,
        None,
        || get(handling::directory::weigh),
    ),
    act(
        "/directory/questions/{question}",
        Some(Permission::ManageDirectory),
        directory_words::ANSWER_DO,
        || post(handling::directory::answer),
    ),
    act("/directory/{proposal}", Some(Permission::ManageDirectory), directory_words::APPLY, || {
        post(handling::directory::decide)
    }),
    look(
        "/dialects",
        Some(Permission::ReadMappings),
        dialects_words::MENU,
        work_menu(Section::Dialects, "text"),
        || get(handling::dialects::overview),
    ),
    act("/dialects/try", Some(Permission::ReadMappings), dialects_words::TRY_DO, || {
        post(handling::dialects::try_it)
    }),
    act("/dialects/sign", Some(Permission::SignMapping), dialects_words::SIGN, || {
        post(handling::dialects::sign)
    }),
    act("/dialects/retire", Some(Permission::SignMapping), dialects_words::RETIRE, || {
        post(handling::dialects::retire)
    }),
    look(
        "/messages",
        Some(Permission::ReadMessage),
        shell::MESSAGES,
        work_menu(Section::Messages, "mail"),
        || get(handling::desks::list),
    ),
    look("/messages/{message}", Some(Permission::ReadMessage), shell::MESSAGES, None, || {
        get(handling::message)
    }),
    look(
        "/person/{person}",
        Some(Permission::ReadChart),
        shell::SUMMARY,
        chart_menu(Section::Summary, "home"),
        || get(handling::summary),
    ),
    look(
        "/person/{person}/summary/document",
        Some(Permission::ReadChart),
        summaries_words::DOCUMENT,
        None,
        || get(handling::summaries::document),
    ),
    look("/person/{person}/summary/pages", Some(Permission::ReadChart), summaries_words::PAGES, None, || {
        get(handling::summaries::pages)
    }),
    look(
        "/person/{person}/results",
        Some(Permission::ReadResults),
        shell::RESULTS,
        chart_menu(Section::Results, "lab"),
        || get(handling::results),
    ),
    look(
        "/person/{person}/reports",
        Some(Permission::ReadResults),
        shell::REPORTS,
        chart_menu(Section::Reports, "doc"),
        || get(handling::reports),
    ),
    look("/person/{person}/reports/{kind}/{id}", Some(Permission::ReadResults), shell::REPORTS, None, || {
        get(handling::report)
    }),
    look(
        "/person/{person}/reports/{kind}/{id}/attachments/{index}",
        Some(Permission::ReadResults),
        chart::ATTACHMENTS,
        None,
        || get(handling::attachment),
    ),
    act(
        "/person/{person}/reports/{kind}/{id}/hand",
        Some(Permission::HandleResult),
        privacy_words::HAND_DO,
        || post(handling::privacy::hand_on),
    ),
    act(
        "/person/{person}/reports/{kind}/{id}/receive",
        Some(Permission::HandleResult),
        chart::I_HAVE_THIS,
        || post(handling::receive),
    ),
    act(
        "/person/{person}/reports/{kind}/{id}/decide",
        Some(Permission::HandleResult),
        chart::DECIDE_TITLE,
        || post(handling::decide),
    ),
    look(
        "/person/{person}/visits",
        Some(Permission::ReadChart),
        shell::VISITS,
        chart_menu(Section::Visits, "bed"),
        || get(handling::visits),
    ),
    look(
        "/person/{person}/medications",
        Some(Permission::ReadMedications),
        care::MEDICATIONS,
        chart_menu(Section::Medications, "pill"),
        || get(handling::care::medications),
    ),
    look(
        "/person/{person}/problems",
        Some(Permission::ReadChart),
        care::PROBLEMS,
        chart_menu(Section::Problems, "list"),
        || get(handling::care::problems),
    ),
    look(
        "/person/{person}/plans",
        Some(Permission::ReadChart),
        care::PLANS,
        chart_menu(Section::Plans, "clock"),
        || get(handling::care::plans),
    ),
    look("/practice/{token}/resend", Some(Permission::ResendOwn), practice_words::RESEND, None, || {
        get(handling::practice::resend)
    }),
    act("/practice/{token}/resend", Some(Permission::ResendOwn), practice_words::RESEND_DO, || {
        post(handling::practice::resend_do)
    }),
    look(
        "/destinations",
        Some(Permission::ManageFeeds),
        practice_words::DESTINATIONS,
        work_menu(Section::Destinations, "send"),
        || get(handling::practice::destinations),
    ),
    act("/destinations/pause", Some(Permission::ManageFeeds), practice_words::PAUSE, || {
        post(handling::practice::pause)
    }),
    act("/destinations/resume", Some(Permission::ManageFeeds), practice_words::RESUME, || {
        post(handling::practice::resume)
    }),
    look("/access", None, privacy_words::ACCESS, None, || get(handling::privacy::access)),
    look("/person/{person}/reason", Some(Permission::StateReason), privacy_words::REASON_TITLE, None, || {
        get(handling::privacy::reason)
    }),
    act("/person/{person}/reason", Some(Permission::StateReason), privacy_words::REASON_TITLE, || {
        post(handling::privacy::state_reason)
    }),
    act("/person/{person}/break-glass", Some(Permission::BreakGlass), privacy_words::GLASS, || {
        post(handling::privacy::break_glass)
    }),
    look(
        "/privacy",
        Some(Permission::ReviewAccess),
        privacy_words::PRIVACY,
        work_menu(Section::Privacy, "lock"),
        || get(handling::privacy::desk),
    ),
    act("/privacy/{obligation}", Some(Permission::ReviewAccess), privacy_words::OWED_DO, || {
        post(handling::privacy::done)
    }),
    look("/person/{person}/consent", Some(Permission::ReadConsent), privacy_words::CONSENT, None, || {
        get(handling::privacy::consent)
    }),
    act("/person/{person}/consent", Some(Permission::ManageConsent), privacy_words::CONSENT_DO, || {
        post(handling::privacy::withhold)
    }),
    act("/person/{person}/consent/end", Some(Permission::ManageConsent), privacy_words::CONSENT_END, || {
        post(handling::privacy::end)
    }),
    act(
        "/person/{person}/corrections",
        Some(Permission::HandleCorrection),
        privacy_words::CORRECTION_DO,
        || post(handling::privacy::ask),
    ),
    act(
        "/corrections/{obligation}",
        Some(Permission::HandleCorrection),
        privacy_words::CORRECTION_DECIDE_DO,
        || post(handling::privacy::decide),
    ),
    look(
        "/person/{person}/own-report",
        Some(Permission::ReportToPatient),
        privacy_words::OWN_REPORT,
        None,
        || get(handling::privacy::own_report),
    ),
    look(
        "/person/{person}/own-report/pages",
        Some(Permission::ReportToPatient),
        privacy_words::OWN_REPORT_EN,
        None,
        || get(handling::privacy::own_report_pages),
    ),
    look("/page/{call}", None, paging_words::NAME, None, || get(handling::paging::called)),
    act("/page/{call}", None, paging_words::ANSWER, || post(handling::paging::answer)),
    look("/practice/{token}", None, practice_words::NAME, None, || get(handling::practice::status)),
    look("/display", None, shell::DISPLAY, None, || get(handling::display)),
    act("/display", None, shell::SAVE, || post(handling::display_save)),
    look("/lang", None, shell::LANGUAGE, None, || get(handling::lang)),
    look("/help", None, shell::HELP, None, || get(handling::help)),
];

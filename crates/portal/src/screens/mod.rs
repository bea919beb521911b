//! The route table: every address of the portal with its permission, name, audit verb, place in the menu and sample.

pub(crate) mod access;
pub(crate) mod accounts;
pub(crate) mod books;
pub(crate) mod breaches;
pub(crate) mod breaker;
pub(crate) mod cases;
pub(crate) mod coverage;
pub(crate) mod desk;
pub(crate) mod detection;
pub(crate) mod dialects;
pub(crate) mod directory;
pub(crate) mod display;
pub mod downtime;
pub(crate) mod encounters;
pub(crate) mod enrolment;
pub(crate) mod facility;
pub(crate) mod feeds;
pub(crate) mod first_patient;
pub(crate) mod handling;
pub(crate) mod home;
pub(crate) mod identity;
pub(crate) mod inbox;
pub(crate) mod launches;
pub(crate) mod letters;
pub(crate) mod mailbox;
pub(crate) mod medications;
pub(crate) mod message;
pub(crate) mod paging;
pub(crate) mod panel;
pub(crate) mod plans;
pub(crate) mod practice;
pub(crate) mod practice_copy;
pub(crate) mod primaries;
pub(crate) mod privacy;
pub(crate) mod problems;
pub(crate) mod reader;
pub(crate) mod reason;
pub(crate) mod registration;
pub(crate) mod replays;
pub(crate) mod reports;
pub(crate) mod results;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod smart;
pub(crate) mod states;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod switching;
pub(crate) mod tips;
pub(crate) mod trace;
pub(crate) mod unmatched;

pub(crate) use crate::address::{at, form_limit, page_of};
pub(crate) use handling::{fallback, refuse};
pub(crate) use states::Failure;

use crate::components::chrome::Section;
use crate::visit::App;
use crate::words::{
    Say, accounts as accounts_words, activity as activity_words, books as books_words,
    breaker as breaker_words, care, chart, desks as desks_words, dialects as dialects_words,
    directory as directory_words, enrolment as enrolment_words, facility as facility_words,
    identity as identity_words, inbox as inbox_words, launches as launches_words, letters as letters_words,
    mailbox as mailbox_words, operations, paging as paging_words, panel as panel_words,
    practice as practice_words, practice_copy as practice_copy_words, primaries as primaries_words,
    privacy as privacy_words, registration as registration_words, shell, smart as smart_words,
    status as status_words, summaries as summaries_words,
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

/// Every address of the portal.
pub(crate) const SCREENS: &[Screen] = &[
    look("/sign-in", None, shell::SIGN_IN, None, || get(handling::sign_in_page)),
    act("/sign-in", None, shell::SIGN_IN, || post(handling::sign_in)),
    act("/sign-in/way", None, accounts_words::CONTINUE, || post(handling::accounts::way)),
    look("/sign-in/with/{issuer}", None, accounts_words::WAYS, None, || get(handling::accounts::with)),
    act("/sign-in/with/{issuer}", None, accounts_words::GOING, || post(handling::accounts::tie)),
    look("/sign-in/back", None, shell::SIGN_IN, None, || get(handling::accounts::came_back)),
    act("/sign-in/passkey/begin", None, accounts_words::PASSKEY, || post(handling::accounts::passkey_begin)),
    act("/sign-in/passkey", None, accounts_words::PASSKEY, || post(handling::accounts::passkey)),
    look("/sign-in/invited/{invitation}", None, accounts_words::INVITED, None, || {
        get(handling::accounts::invited)
    }),
    act("/sign-in/choose", None, accounts_words::CHOOSE, || post(handling::accounts::choose)),
    look("/sign-in/help", None, accounts_words::HELP, None, || get(handling::accounts::help)),
    look("/sign-in/help/{code}", None, accounts_words::HELP, None, || get(handling::accounts::help_with)),
    look("/account", Some(Permission::KeepOwnSignIn), accounts_words::OWN, None, || {
        get(handling::accounts::own::own)
    }),
    look("/account/prove", None, accounts_words::PROVE, None, || get(handling::accounts::own::prove)),
    look("/account/statements", Some(Permission::KeepOwnSignIn), accounts_words::STATEMENTS, None, || {
        get(handling::accounts::own::statements)
    }),
    act("/account/statements", Some(Permission::KeepOwnSignIn), accounts_words::HAVE_READ, || {
        post(handling::accounts::own::acknowledge)
    }),
    look("/first-patient", Some(Permission::KeepOwnSignIn), crate::words::first_patient::TITLE, None, || {
        get(handling::first_patient::practice)
    }),
    act("/first-patient", Some(Permission::KeepOwnSignIn), crate::words::first_patient::CHOOSE, || {
        post(handling::first_patient::choose)
    }),
    act("/account/end", Some(Permission::KeepOwnSignIn), accounts_words::END_IT, || {
        post(handling::accounts::own::end)
    }),
    act("/account/passkey", Some(Permission::KeepOwnSignIn), accounts_words::REMOVE, || {
        post(handling::accounts::own::drop_passkey)
    }),
    look("/launch", None, launches_words::LAUNCH, None, || get(handling::launches::door)),
    act("/launch", None, launches_words::LAUNCH, || post(handling::launches::take)),
    look("/launch/go", None, launches_words::LAUNCH, None, || get(handling::launches::land)),
    look("/launch/smart", None, launches_words::LAUNCH, None, || get(handling::launches::emr::begin)),
    look("/launch/smart/back", None, launches_words::LAUNCH, None, || {
        get(handling::launches::emr::came_back)
    }),
    look("/sign-in/tie", None, launches_words::TIE_DO, None, || get(handling::launches::emr::tie_page)),
    act("/sign-in/tie", None, launches_words::TIE_DO, || post(handling::launches::emr::tie)),
    look("/authorize", None, smart_words::AUTHORIZE, None, || get(handling::smart::ask)),
    act("/authorize", None, smart_words::YES, || post(handling::smart::answer)),
    act("/authorize/patient", None, smart_words::CHOOSE, || post(handling::smart::choose)),
    look("/apps", Some(Permission::KeepOwnSignIn), smart_words::OWN, None, || get(handling::smart::own)),
    act("/apps", Some(Permission::KeepOwnSignIn), smart_words::TAKE_BACK, || {
        post(handling::smart::take_back)
    }),
    look(
        "/apps/registered",
        Some(Permission::ManageApps),
        smart_words::REGISTERED,
        work_menu(Section::Registered, "send"),
        || get(handling::smart::registered),
    ),
    act("/apps/registered/approve", Some(Permission::ManageApps), smart_words::APPROVE, || {
        post(handling::smart::approve)
    }),
    act("/apps/registered/end", Some(Permission::ManageApps), smart_words::END_APP, || {
        post(handling::smart::end_app)
    }),
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
    act("/privacy/relations/lift", Some(Permission::ReviewAccess), panel_words::PANEL_LIFT, || {
        post(handling::panel::lift)
    }),
    act("/panel/leave", Some(Permission::KeepPanel), panel_words::LEAVE, || post(handling::panel::leave)),
    look(
        "/coverage",
        Some(Permission::ReadCoverage),
        panel_words::WHAT_IS_IN_HERE,
        work_menu(Section::Coverage, "path"),
        || get(handling::panel::coverage),
    ),
    look(
        "/people",
        Some(Permission::ManagePeople),
        facility_words::PEOPLE,
        work_menu(Section::People, "people"),
        || get(handling::facility::list),
    ),
    act("/people/decide", Some(Permission::ManagePeople), facility_words::SAY_YES, || {
        post(handling::facility::decide)
    }),
    act("/people/say", Some(Permission::ManagePeople), facility_words::KEEP, || {
        post(handling::facility::say)
    }),
    act("/people/settle", Some(Permission::HandleApplication), facility_words::ASIDE_DO, || {
        post(handling::facility::settle)
    }),
    act("/people/delegate", Some(Permission::ManagePeople), facility_words::AWAY_DO, || {
        post(handling::facility::delegate)
    }),
    act("/people/delegate/end", Some(Permission::ManagePeople), facility_words::AWAY_END, || {
        post(handling::facility::delegate_end)
    }),
    look("/team", Some(Permission::ReadResults), inbox_words::TEAM, None, || get(handling::inbox::team)),
    act("/team/keep", Some(Permission::KeepTeams), inbox_words::KEEP, || post(handling::inbox::keep)),
    act("/team/end", Some(Permission::KeepTeams), inbox_words::END, || post(handling::inbox::end)),
    act("/team/{obligation}/take", Some(Permission::HandleResult), inbox_words::TAKE, || {
        post(handling::inbox::take)
    }),
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
        "/mailbox",
        Some(Permission::ReadApplications),
        mailbox_words::FORMS_SENT,
        work_menu(Section::Mailbox, "mail"),
        || get(handling::mailbox::list),
    ),
    look("/mailbox/{mail}", Some(Permission::ReadApplications), mailbox_words::ONE, None, || {
        get(handling::mailbox::one)
    }),
    look(
        "/mailbox/{mail}/file/{file}",
        Some(Permission::ReadApplications),
        mailbox_words::SAVE_FILE,
        None,
        || get(handling::mailbox::file),
    ),
    act("/mailbox/{mail}/accept", Some(Permission::HandleApplication), mailbox_words::ACCEPT, || {
        post(handling::mailbox::accept)
    }),
    act("/mailbox/{mail}/return", Some(Permission::HandleApplication), mailbox_words::RETURN, || {
        post(handling::mailbox::give_back)
    }),
    act("/mailbox/{mail}/dismiss", Some(Permission::HandleApplication), mailbox_words::DISMISS, || {
        post(handling::mailbox::dismiss)
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
    look("/primaries/{obligation}", Some(Permission::ReadPrimaries), primaries_words::TITLE, None, || {
        get(handling::primaries::lines)
    }),
    act(
        "/primaries/{obligation}/propose",
        Some(Permission::ProposePrimary),
        primaries_words::PROPOSE,
        || post(handling::primaries::propose),
    ),
    act(
        "/primaries/{obligation}/withdraw",
        Some(Permission::WithdrawPrimary),
        primaries_words::WITHDRAW,
        || post(handling::primaries::withdraw),
    ),
    act(
        "/primaries/{obligation}/restore",
        Some(Permission::WithdrawPrimary),
        primaries_words::RESTORE,
        || post(handling::primaries::restore),
    ),
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
        "/status",
        Some(Permission::ReadCensus),
        status_words::MENU,
        work_menu(Section::Status, "warn"),
        || get(handling::status::shown),
    ),
    look("/status/now", Some(Permission::ReadCensus), status_words::MENU, None, || {
        get(handling::status::shown)
    }),
    look("/status/runbook", Some(Permission::ReadCensus), status_words::RUNBOOK, None, || {
        get(handling::status::runbook)
    }),
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
        "/registration/paper",
        Some(Permission::RegisterPatient),
        registration_words::PAPER_PRINT,
        None,
        || get(handling::registration::paper),
    ),
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
    look(
        "/person/{person}/apps",
        Some(Permission::UseApps),
        smart_words::APPS,
        chart_menu(Section::Apps, "send"),
        || get(handling::smart::open),
    ),
    act("/person/{person}/apps", Some(Permission::UseApps), smart_words::APPS, || {
        post(handling::smart::launch)
    }),
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
    act("/person/{person}/consent/try", Some(Permission::ManageConsent), privacy_words::CONSENT_TRY, || {
        post(handling::privacy::try_out)
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
    look("/detection", Some(Permission::ReviewActivity), activity_words::ACTIVITY, None, || {
        get(handling::activity::queue)
    }),
    act("/detection/{obligation}", Some(Permission::ReviewActivity), activity_words::FLAG_DO, || {
        post(handling::activity::decide_flag)
    }),
    act(
        "/detection/tips/{obligation}",
        Some(Permission::ReviewActivity),
        activity_words::TIP_ANSWER_DO,
        || post(handling::activity::answer_tip),
    ),
    look("/tips", None, activity_words::TIP, None, || get(handling::activity::tip_form)),
    act("/tips", None, activity_words::TIP_DO, || post(handling::activity::give_tip)),
    act("/tips/state", None, activity_words::TIP_ASK_DO, || post(handling::activity::tip_state)),
    look("/breaches/{obligation}", Some(Permission::HandleBreach), activity_words::CASE_NAME, None, || {
        get(handling::activity::case)
    }),
    act("/breaches/{obligation}", Some(Permission::HandleBreach), activity_words::DECIDE_DO, || {
        post(handling::activity::decide)
    }),
    act("/breaches/{obligation}/span", Some(Permission::HandleBreach), activity_words::SPAN_DO, || {
        post(handling::activity::set_span)
    }),
    act("/breaches/{obligation}/close", Some(Permission::HandleBreach), activity_words::CLOSE, || {
        post(handling::activity::close)
    }),
    look(
        "/breaches/{obligation}/pack",
        Some(Permission::HandleBreach),
        activity_words::PACK_DO,
        None,
        || get(handling::activity::pack),
    ),
    look(
        "/breaches/{obligation}/notice",
        Some(Permission::HandleBreach),
        activity_words::NOTICE_EN,
        None,
        || get(handling::activity::notice),
    ),
    look(
        "/breaches/{obligation}/letters/{person}",
        Some(Permission::HandleBreach),
        activity_words::COL_LETTER,
        None,
        || get(handling::activity::letter),
    ),
    look("/retention", Some(Permission::ManageRetention), activity_words::RETENTION, None, || {
        get(handling::activity::schedule)
    }),
    act("/retention/{obligation}", Some(Permission::ManageRetention), activity_words::FLAG_DO, || {
        post(handling::activity::decide_destruction)
    }),
    look(
        "/retention/{obligation}/certificate",
        Some(Permission::ManageRetention),
        activity_words::CERTIFICATE,
        None,
        || get(handling::activity::certificate),
    ),
    look("/page/{call}", None, paging_words::NAME, None, || get(handling::paging::called)),
    act("/page/{call}", None, paging_words::ANSWER, || post(handling::paging::answer)),
    look("/practice/{token}", None, practice_words::NAME, None, || get(handling::practice::status)),
    look("/join", None, enrolment_words::JOIN, None, || get(handling::enrolment::begin)),
    act("/join", None, enrolment_words::ADDRESS_DO, || post(handling::enrolment::begin_do)),
    look("/join/code", None, enrolment_words::CODE, None, || get(handling::enrolment::code)),
    act("/join/code", None, enrolment_words::CODE_DO, || post(handling::enrolment::code_do)),
    look("/join/application", None, enrolment_words::STATUS, None, || get(handling::enrolment::application)),
    act("/join/licence", None, enrolment_words::LICENCE_DO, || post(handling::enrolment::licence)),
    act("/join/workplaces", None, enrolment_words::WORKPLACES_DO, || post(handling::enrolment::workplaces)),
    act("/join/way", None, enrolment_words::WAY, || post(handling::enrolment::way)),
    act("/join/meeting", None, enrolment_words::MEETING, || post(handling::enrolment::meeting)),
    act("/join/scene", None, enrolment_words::SCENES, || post(handling::enrolment::scene)),
    act("/join/send", None, enrolment_words::SIGN_DO, || post(handling::enrolment::send)),
    act("/join/appeal", None, enrolment_words::APPEAL_DO, || post(handling::enrolment::appeal)),
    act("/join/withdraw", None, enrolment_words::WITHDRAW, || post(handling::enrolment::withdraw)),
    look("/join/go/{token}", None, enrolment_words::GO_ON, None, || get(handling::enrolment::go_on)),
    act("/join/go/{token}", None, enrolment_words::GO_ON_DO, || post(handling::enrolment::go_on_do)),
    look("/join/yes/{token}", None, enrolment_words::YES, None, || get(handling::enrolment::manager)),
    act("/join/yes/{token}", None, enrolment_words::YES_DO, || post(handling::enrolment::manager_do)),
    look("/join/forms", None, mailbox_words::PAPER, None, || get(handling::mailbox::paper)),
    act("/join/forms", None, mailbox_words::UPLOAD_DO, || post(handling::mailbox::upload)),
    look("/join/forms/{form}", None, mailbox_words::BLANK, None, || get(handling::mailbox::blank)),
    look("/join/mails", None, enrolment_words::MAILS, None, || get(handling::enrolment::mails)),
    look(
        "/applications",
        Some(Permission::ReadApplications),
        enrolment_words::MENU,
        work_menu(Section::Applications, "people"),
        || get(handling::enrolment::queue),
    ),
    look(
        "/applications/{application}",
        Some(Permission::ReadApplications),
        enrolment_words::STATUS,
        None,
        || get(handling::enrolment::one),
    ),
    act(
        "/applications/{application}/{deed}",
        Some(Permission::HandleApplication),
        enrolment_words::VERIFY_DO,
        || post(handling::enrolment::decide),
    ),
    act(
        "/applications/{application}/access/{turn}",
        Some(Permission::ManageAccounts),
        enrolment_words::ACCESS,
        || post(handling::enrolment::access),
    ),
    act("/mails/{outgoing}", Some(Permission::HandleApplication), enrolment_words::MAIL_AGAIN, || {
        post(handling::enrolment::mail)
    }),
    look("/display", None, shell::DISPLAY, None, || get(handling::display)),
    act("/display", None, shell::SAVE, || post(handling::display_save)),
    look("/lang", None, shell::LANGUAGE, None, || get(handling::lang)),
    look("/help", None, shell::HELP, None, || get(handling::help)),
    look("/practice-copy", None, practice_copy_words::TITLE, None, || get(handling::practice_copy)),
];

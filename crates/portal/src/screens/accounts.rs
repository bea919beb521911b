//! Signing in with an account: the one entry, the ways, the invitation, the choice of context, the help at each refusal,
//! and one's own sign-in.

use crate::address::escape;
use crate::assets::PASSKEY_SCRIPT;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::forms;
use crate::components::icons::icon;
use crate::components::notes::{Tone, line};
use crate::components::times;
use crate::words::{Lang, Say, accounts as a, shell as w};
use actions::WorkContext;
use actions::accounts::first::PracticeView;
use actions::accounts::openid::Issuer;
use actions::accounts::sessions::OwnSignIn;
use actions::accounts::statements::Statement;
use actions::accounts::{Choice, DoorRefusal};
use fhir::Instant;
use maud::{Markup, html};

/// What a proof on a page is for: it travels with the ways.
pub(crate) enum Wanted<'w> {
    /// To sign in, and go there then.
    SignIn(&'w str),
    /// To tie it to the account of this invitation.
    Bind(&'w str),
    /// To prove anew who one is, and go there then.
    Prove(&'w str),
    /// To add a passkey to one's own account.
    Add,
}

impl Wanted<'_> {
    fn fields(&self) -> [(&'static str, &str); 3] {
        let (aim, invitation, back) = match self {
            Self::SignIn(back) => ("sign-in", "", *back),
            Self::Bind(invitation) => ("bind", *invitation, "/"),
            Self::Prove(back) => ("prove", "", *back),
            Self::Add => ("add", "", "/account"),
        };
        [("aim", aim), ("invitation", invitation), ("back", back)]
    }

    /// Whether what follows changes an account, so that it begins with a form of our own page alone.
    fn is_form(&self) -> bool {
        matches!(self, Self::Bind(_))
    }

    fn query(&self) -> String {
        let fields = self.fields().map(|(name, value)| format!("{name}={}", escape(value)));
        fields.join("&")
    }
}

fn framed(chrome: &Chrome, title: Say, main: Markup) -> Markup {
    page(
        chrome,
        Page {
            title: chrome.lang().say(title).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn head(lang: Lang, title: Say, lead: &str) -> Markup {
    html! { div.head { div { h1 { (lang.say(title)) } p { (lead) } } } }
}

/// The form of a passkey: a script fills it in when its button is pressed.
fn passkey(chrome: &Chrome, wanted: &Wanted<'_>, button: Say, named: bool) -> Markup {
    let lang = chrome.lang();
    html! {
        form.stack data-passkey action="/sign-in/passkey" method="post" {
            @for (name, value) in wanted.fields() { input type="hidden" name=(name) value=(value); }
            @for name in ["id", "client", "data", "signature"] { input type="hidden" name=(name) value=""; }
            @if named { (forms::field("passkey-name", "name", lang.say(a::PASSKEY_NAME), lang.say(a::PASSKEY_NAME_HINT), false)) }
            div.acts { button.btn.main type="submit" { (icon("lock")) (lang.say(button)) } }
            p.small role="status" data-stopped=(lang.say(a::PASSKEY_STOPPED)) {}
        }
        noscript { (line(Tone::Plain, "lock", lang.say(a::PASSKEY_NO_SCRIPT))) }
        script type="module" src=(PASSKEY_SCRIPT) {}
    }
}

fn with_issuers(chrome: &Chrome, issuers: &[&Issuer], wanted: &Wanted<'_>, say: Say) -> Markup {
    let lang = chrome.lang();
    html! {
        @for issuer in issuers {
            @let to = format!("/sign-in/with/{}", escape(&issuer.id));
            @if wanted.is_form() {
                form.acts method="post" action=(to) {
                    @for (name, value) in wanted.fields() { input type="hidden" name=(name) value=(value); }
                    button.btn type="submit" { (icon("people")) (lang.fill(say, &[&issuer.name])) }
                }
            } @else {
                div.acts {
                    a.btn href={ (to) "?" (wanted.query()) } rel="nofollow" {
                        (icon("people")) (lang.fill(say, &[&issuer.name]))
                    }
                }
            }
        }
    }
}

/// The one entry. `home` is the organisation that an address belongs to; without one all ways are shown, for every address
/// alike.
pub(crate) fn entry(
    chrome: &Chrome,
    issuers: &[Issuer],
    asked: Option<Option<&Issuer>>,
    back: &str,
) -> Markup {
    let lang = chrome.lang();
    let wanted = Wanted::SignIn(back);
    let home = asked.flatten();
    let shown: Vec<&Issuer> = home.map_or_else(|| issuers.iter().collect(), |home| vec![home]);
    let main = html! {
        (head(lang, a::TITLE, lang.say(a::LEAD)))
        @if asked.is_none() && !issuers.is_empty() {
            form.card action="/sign-in/way" method="post" {
                div.body.first.stack {
                    input type="hidden" name="back" value=(back);
                    div.field {
                        label for="address" { (lang.say(a::ADDRESS)) }
                        input.in #address name="address" type="email" required maxlength="254" autocomplete="username webauthn" aria-describedby="address-hint";
                        span.hint #address-hint { (lang.say(a::ADDRESS_HINT)) }
                    }
                    div.acts { button.btn.main type="submit" { (lang.say(a::CONTINUE)) } }
                }
            }
        }
        section.card {
            header { h2 { (lang.say(a::WAYS)) } }
            div.body.stack {
                @match (asked, home) {
                    (_, Some(home)) => p { (lang.fill(a::THIS_ONE, &[&home.name])) },
                    (Some(_), None) => p { (lang.say(a::CHOOSE_WAY)) },
                    (None, None) => {}
                }
                (with_issuers(chrome, &shown, &wanted, a::WITH))
                (passkey(chrome, &wanted, a::PASSKEY, false))
            }
        }
        p { a href="/sign-in/help" { (icon("help")) " " (lang.say(a::HELP)) } }
    };
    framed(chrome, w::SIGN_IN, main)
}

/// The entry where nothing is set up.
pub(crate) fn closed(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang, a::TITLE, ""))
        (line(Tone::Wait, "clock", lang.say(a::NOT_SET_UP)))
    };
    framed(chrome, w::SIGN_IN, main)
}

/// Where the holder of an invitation sets up how they sign in.
pub(crate) fn invited(chrome: &Chrome, issuers: &[Issuer], name: &str, invitation: &str) -> Markup {
    let lang = chrome.lang();
    let wanted = Wanted::Bind(invitation);
    let main = html! {
        (head(lang, a::INVITED, &lang.fill(a::INVITED_LEAD, &[name])))
        section.card {
            div.body.first.stack {
                (with_issuers(chrome, &issuers.iter().collect::<Vec<_>>(), &wanted, a::TIE))
                (passkey(chrome, &wanted, a::MAKE_PASSKEY, true))
            }
        }
        p { a href="/sign-in/help" { (icon("help")) " " (lang.say(a::HELP)) } }
    };
    framed(chrome, a::INVITED, main)
}

/// On the way to a provider after a form: it goes on by itself, and by the link where a browser does not.
pub(crate) fn going(chrome: &Chrome, issuer: &Issuer, to: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang, a::GOING, &lang.fill(a::GOING_LEAD, &[&issuer.name])))
        div.acts { a.btn.main href=(to) rel="nofollow" { (icon("people")) (lang.fill(a::GOING_DO, &[&issuer.name])) } }
    };
    framed(chrome, a::GOING, main)
}

/// Several grants hold: one is chosen.
pub(crate) fn choose(chrome: &Chrome, choices: &[Choice]) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang, a::CHOOSE, lang.say(a::CHOOSE_LEAD)))
        form.card action="/sign-in/choose" method="post" {
            div.body.first.stack {
                fieldset {
                    legend.vh { (lang.say(a::CHOOSE)) }
                    @for choice in choices {
                        (forms::radio("grant", &choice.number.to_string(), false, html! {
                            b { (lang.say(context(choice.context))) } " · " (lang.of(&choice.role.words())) " · " (lang.of(&choice.place))
                        }))
                    }
                }
                div.acts { button.btn.main type="submit" { (lang.say(a::GO)) } }
            }
        }
    };
    framed(chrome, a::CHOOSE, main)
}

fn context(context: WorkContext) -> Say {
    match context {
        WorkContext::Facility => a::FACILITY,
        WorkContext::Community => a::COMMUNITY,
    }
}

/// Somebody was not let in: what happened, what to do, and the code for the help desk.
pub(crate) fn refused(chrome: &Chrome, why: DoorRefusal) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang, a::NOT_LET_IN, lang.of(&why.words())))
        (entry_of_help(lang, why))
        div.row {
            a.btn.main href="/sign-in" { (lang.say(a::SIGN_IN_PAGE)) }
            a.btn href="/sign-in/help" { (icon("help")) (lang.say(a::HELP)) }
        }
    };
    framed(chrome, a::NOT_LET_IN, main)
}

fn entry_of_help(lang: Lang, why: DoorRefusal) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(a::HELP_NEXT)) } }
            div.body.stack {
                p { (lang.of(&why.help())) }
                p.small.soft { (lang.say(a::HELP_CODE)) " " span.id { (why.code()) } }
            }
        }
    }
}

/// Every reason with what it means and what to do (S-047), or one of them.
pub(crate) fn help(chrome: &Chrome, only: Option<DoorRefusal>) -> Markup {
    let lang = chrome.lang();
    let main = match only {
        Some(why) => html! {
            (head(lang, a::HELP, lang.of(&why.words())))
            (entry_of_help(lang, why))
            p { a href="/sign-in/help" { (lang.say(a::HELP)) } }
        },
        None => html! {
            (head(lang, a::HELP, lang.say(a::HELP_LEAD)))
            p.read { (lang.say(a::HELP_B2B)) }
            @for why in DoorRefusal::ALL {
                section.card #(why.code()) {
                    header { h2 { (lang.of(&why.words())) } }
                    div.body.stack {
                        p { (lang.of(&why.help())) }
                        p.small.soft { (lang.say(a::HELP_CODE)) " " a.id href={ "/sign-in/help/" (why.code()) } { (why.code()) } }
                    }
                }
            }
            p { a.btn href="/sign-in" { (lang.say(a::SIGN_IN_PAGE)) } }
        },
    };
    framed(chrome, a::HELP, main)
}

/// One's own sign-in: sessions, passkeys, organisations.
pub(crate) fn own(chrome: &Chrome, view: &OwnSignIn, issuers: &[Issuer]) -> Markup {
    let lang = chrome.lang();
    let name_of = |issuer: &str| {
        issuers
            .iter()
            .find(|known| known.issuer == issuer)
            .map_or_else(|| issuer.to_owned(), |known| known.name.clone())
    };
    let main = html! {
        (head(lang, a::OWN, ""))
        @if chrome.user.as_ref().is_some_and(|user| PracticeView::of(user.role, 0, 0).of > 0) {
            p { a href="/first-patient?back=/account" { (icon("people")) " " (lang.say(crate::words::first_patient::AGAIN)) } }
        }
        section.card {
            header { h2 { (lang.say(a::SESSIONS)) } }
            ul.lines {
                @for session in &view.sessions {
                    li {
                        div.top {
                            b { (session.device) }
                            @if session.here { span.pill.info { (lang.say(a::THIS_SESSION)) } }
                        }
                        span.soft {
                            @if let Some(role) = session.role { (lang.of(&role.words())) " · " }
                            (lang.of(&session.place))
                        }
                        span.soft {
                            (lang.say(a::BEGUN)) " " (times::minute(session.begun)) " · "
                            (lang.say(a::USED)) " " (times::minute(session.seen)) " · "
                            (lang.say(a::ENDS)) " " (times::minute(session.expires))
                        }
                        @if !session.here {
                            form action="/account/end" method="post" {
                                (forms::token(chrome))
                                input type="hidden" name="id" value=(session.id);
                                button.btn.slim type="submit" { (lang.say(a::END_IT)) }
                            }
                        }
                    }
                }
            }
        }
        @if chrome.demo { (line(Tone::Plain, "lock", lang.say(a::NOTHING_TO_PROVE))) } @else {
            section.card {
                header { h2 { (lang.say(a::PASSKEYS)) } }
                ul.lines {
                    @for key in &view.passkeys {
                        li {
                            div.top { b { (key.name) } }
                            span.soft {
                                (lang.say(a::ADDED)) " " (times::minute(key.added)) " · "
                                @match key.used {
                                    Some(at) => { (lang.say(a::USED)) " " (times::minute(at)) },
                                    None => (lang.say(a::NEVER_USED)),
                                }
                            }
                            form action="/account/passkey" method="post" {
                                (forms::token(chrome))
                                input type="hidden" name="id" value=(key.id);
                                button.btn.slim type="submit" { (lang.say(a::REMOVE)) }
                            }
                        }
                    }
                }
                div.body.stack {
                    @if view.passkeys.is_empty() { p { (lang.say(a::NO_PASSKEYS)) } }
                    (passkey(chrome, &Wanted::Add, a::MAKE_PASSKEY, true))
                }
            }
            @if !view.issuers.is_empty() {
                section.card {
                    header { h2 { (lang.say(a::TIED)) } }
                    ul.lines { @for issuer in &view.issuers { li { (name_of(issuer)) } } }
                }
            }
            p { a.btn href="/account/prove?back=/account" { (icon("lock")) (lang.say(a::PROVE)) } }
        }
    };
    framed(chrome, a::OWN, main)
}

/// Where somebody who is signed in proves anew who they are.
pub(crate) fn prove(chrome: &Chrome, issuers: &[Issuer], fresh_until: Option<Instant>, back: &str) -> Markup {
    let lang = chrome.lang();
    let wanted = Wanted::Prove(back);
    let main = html! {
        (head(lang, a::PROVE, lang.say(a::PROVE_LEAD)))
        @if let Some(until) = fresh_until {
            (line(Tone::Done, "check", &lang.fill(a::PROVED, &[&times::clock_text(until)])))
            p { (lang.say(a::PROVED_BACK)) }
        }
        @if chrome.demo { (line(Tone::Plain, "lock", lang.say(a::NOTHING_TO_PROVE))) } @else {
            section.card {
                div.body.first.stack {
                    (with_issuers(chrome, &issuers.iter().collect::<Vec<_>>(), &wanted, a::WITH))
                    (passkey(chrome, &wanted, a::PASSKEY, false))
                }
            }
        }
    };
    framed(chrome, a::PROVE, main)
}

/// Statements that are in force and were not read yet.
pub(crate) fn statements(chrome: &Chrome, unread: &[&Statement], back: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        @if unread.is_empty() {
            (head(lang, a::STATEMENTS, lang.say(a::NOTHING_UNREAD)))
            p { a.btn href=(back) { (lang.say(a::GO)) } }
        } @else {
            (head(lang, a::STATEMENTS, lang.say(a::STATEMENTS_LEAD)))
            form.stack action="/account/statements" method="post" {
                (forms::token(chrome))
                input type="hidden" name="back" value=(back);
                @for statement in unread {
                    section.card {
                        header { h2 { (lang.of(&statement.title())) } }
                        div.body.stack {
                            @for text in (if lang == Lang::Fr { statement.fr } else { statement.en }) { p.read { (text) } }
                            p.small.soft { (lang.fill(a::VERSION, &[statement.version])) }
                            input type="hidden" name=(statement.code) value=(statement.version);
                        }
                    }
                }
                div.acts { button.btn.main type="submit" { (icon("check")) (lang.say(a::HAVE_READ)) } }
            }
        }
    };
    framed(chrome, a::STATEMENTS, main)
}

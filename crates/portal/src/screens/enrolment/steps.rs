//! The steps that who applies fills in, each kept as it is done.

use super::start::line;
use super::{meeting, public};
use crate::components::chrome::Chrome;
use crate::components::notes;
use crate::words::{Lang, Say, enrolment as w};
use actions::enrolment::MineView;
use actions::values::Words;
use actions::values::enrolment::{
    Facts, LicenceStanding, Next, PROFESSIONS, SIGNED_TEXTS, STATEMENTS, UNLISTED,
};
use maud::{Markup, html};

/// A step of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Licence,
    Workplaces,
    Way,
    Scenes,
    Sign,
}

impl Step {
    pub(crate) const ALL: [(Self, &'static str, Say); 5] = [
        (Self::Licence, "licence", w::LICENCE),
        (Self::Workplaces, "workplaces", w::WORKPLACES),
        (Self::Way, "way", w::WAY),
        (Self::Scenes, "scenes", w::SCENES),
        (Self::Sign, "sign", w::SIGN),
    ];

    /// The first that is not done.
    pub(crate) fn first_open(facts: &Facts) -> Self {
        if facts.licence.is_none() {
            Self::Licence
        } else if facts.workplaces.is_empty() {
            Self::Workplaces
        } else if facts.wish.is_empty() {
            Self::Way
        } else if facts.module.is_none() {
            Self::Scenes
        } else {
            Self::Sign
        }
    }

    /// From its code; one that cannot be done yet leads to the first that is open.
    pub(crate) fn asked(code: &str, facts: &Facts) -> Self {
        let open = Self::first_open(facts);
        let asked = Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(step, _, _)| *step);
        asked.filter(|step| step.place() <= open.place()).unwrap_or(open)
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|(step, _, _)| *step == self).unwrap_or(0)
    }
}

/// The page of a step.
pub(crate) fn screen(chrome: &Chrome, view: &MineView, step: Step, refused: Option<&Words>) -> Markup {
    let lang = chrome.lang();
    let (_, _, name) = Step::ALL[step.place().min(Step::ALL.len() - 1)];
    let n = (step.place() + 1).to_string();
    let main = html! {
        div.head { div { h1 { (lang.say(name)) } p { (lang.fill(w::STEP, &[&n])) " · " (lang.fill(w::NUMBER, &[&view.number])) } } }
        @if !view.facts.asked.is_empty() {
            (notes::note(notes::Tone::Wait, "help", lang.say(w::ASKED), html! { p { (view.facts.asked) } }))
        }
        @if let Some(words) = refused { (notes::line(notes::Tone::Wait, "warn", lang.of(words))) }
        @match step {
            Step::Licence => (licence(lang, &view.facts)),
            Step::Workplaces => { (found(lang, &view.facts)) (workplaces(lang, view)) }
            Step::Way => (way(lang, view)),
            Step::Scenes => (scenes(lang, view)),
            Step::Sign => (sign(lang, &view.facts)),
        }
        @if step != Step::Licence {
            nav aria-label=(lang.say(w::CHANGE)) {
                p.small { (lang.say(w::CHANGE)) " "
                    @for (other, code, name) in Step::ALL {
                        @if other.place() < step.place() && other != Step::Scenes {
                            a href={ "/join/application?step=" (code) } { (lang.say(name)) } " "
                        }
                    }
                }
            }
        }
    };
    public(chrome, lang.say(name), main)
}

fn licence(lang: Lang, facts: &Facts) -> Markup {
    let known = &facts.applicant;
    html! {
        p { (lang.say(w::LICENCE_LEAD)) }
        form.stack.slim-form method="post" action="/join/licence" {
            div.field {
                label for="profession" { (lang.say(w::PROFESSION)) }
                select.in #profession name="profession" {
                    @for one in PROFESSIONS {
                        option value=(one.code) selected[one.code == known.profession] { (lang.of(&one.words())) }
                    }
                    option value=(UNLISTED) selected[known.profession == UNLISTED] { (lang.say(w::UNLISTED)) }
                }
            }
            (line("unlisted", &known.unlisted, lang.say(w::UNLISTED), lang.say(w::UNLISTED_HINT), false))
            (line("licence", &known.licence, lang.say(w::LICENCE_NUMBER), lang.say(w::LICENCE_NUMBER_HINT), true))
            (line("family", &known.family, lang.say(w::FAMILY), lang.say(w::FAMILY_HINT), true))
            (line("given", &known.given, lang.say(w::GIVEN), lang.say(w::GIVEN_HINT), false))
            div.acts { button.btn.main type="submit" { (lang.say(w::LICENCE_DO)) } }
        }
    }
}

/// What the register said.
pub(super) fn found(lang: Lang, facts: &Facts) -> Markup {
    let Some(held) = &facts.licence else { return html! {} };
    match held.standing {
        LicenceStanding::Active => {
            notes::line(notes::Tone::Done, "check", &lang.fill(w::LICENCE_FOUND, &[&held.name, &held.place]))
        }
        LicenceStanding::Suspended | LicenceStanding::Lapsed => {
            notes::line(notes::Tone::Critical, "stop", lang.say(w::LICENCE_LAPSED))
        }
        LicenceStanding::NotFound => notes::line(notes::Tone::Wait, "warn", lang.say(w::LICENCE_NOT_FOUND)),
        LicenceStanding::NotAsked => notes::line(notes::Tone::Wait, "clock", lang.say(w::LICENCE_ASKED)),
        LicenceStanding::Checked | LicenceStanding::Employer => html! {},
    }
}

fn workplaces(lang: Lang, view: &MineView) -> Markup {
    let other = view.facts.workplaces.iter().find(|place| place.place.starts_with("new:"));
    let who = |n: usize| other.and_then(|place| place.administrators.get(n));
    html! {
        p { (lang.say(w::WORKPLACES_LEAD)) }
        form.stack.slim-form method="post" action="/join/workplaces" {
            fieldset.stack.tight {
                legend.vh { (lang.say(w::WORKPLACES)) }
                @for place in &view.places {
                    label.check {
                        input type="checkbox" name="place" value=(place.id) checked[place.picked];
                        span { b { (place.name) } " " (place.administrators.join(" · ")) }
                    }
                }
            }
            details open[other.is_some()] {
                summary { (lang.say(w::OTHER_PLACE)) }
                div.stack {
                    (line("other", other.map_or("", |place| &place.name), lang.say(w::OTHER_PLACE), lang.say(w::OTHER_PLACE_HINT), false))
                    @for n in 0..2usize {
                        @let count = (n + 1).to_string();
                        (line(&format!("name{count}"), who(n).map_or("", |who| &who.name), &lang.fill(w::ADMINISTRATOR, &[&count]), lang.say(w::ADMINISTRATOR_HINT), false))
                        (line(&format!("email{count}"), who(n).map_or("", |who| &who.email), &lang.fill(w::ADMINISTRATOR_EMAIL, &[&count]), lang.say(w::ADMINISTRATOR_HINT), false))
                    }
                }
            }
            div.acts { button.btn.main type="submit" { (lang.say(w::WORKPLACES_DO)) } }
        }
    }
}

fn way(lang: Lang, view: &MineView) -> Markup {
    let ways = [("call-back", w::WAY_CALL), ("video", w::WAY_VIDEO), ("in-person", w::WAY_IN_PERSON)];
    // Where the desk holds calls at fixed times, picking one is the choice.
    let ways = ways.into_iter().filter(|(code, _)| *code != "video" || view.free.is_empty());
    html! {
        p { (lang.say(w::WAY_LEAD)) }
        form.stack.tight method="post" action="/join/way" {
            @for (code, words) in ways {
                div { button.btn type="submit" name="method" value=(code) { (lang.say(words)) } }
            }
        }
        @if !view.free.is_empty() {
            section.card { div.body.stack.tight {
                h2 { (lang.say(w::WAY_VIDEO)) }
                (meeting::times(lang, &view.free))
            } }
        }
    }
}

fn scenes(lang: Lang, view: &MineView) -> Markup {
    let Next::Ask { scene, done, after } = &view.next else { return html! {} };
    html! {
        @if let Some(wrong) = after {
            (notes::note(notes::Tone::Wait, "help", lang.say(w::SCENE_WHY), html! { p { (lang.of(&wrong.why())) } p { (lang.say(w::SCENE_ANOTHER)) } }))
        }
        section.card {
            div.body.stack {
                p.small.soft { (lang.fill(w::SCENES_LEAD, &[&(done + 1).to_string()])) }
                p.read #scene { (lang.of(&scene.words())) }
                form.stack.tight method="post" action="/join/scene" aria-labelledby="scene" {
                    input type="hidden" name="scene" value=(scene.code);
                    @for (n, choice) in scene.choices().iter().enumerate() {
                        div { button.btn type="submit" name="choice" value=(n + 1) data-key=(n + 1) { (lang.of(choice)) } }
                    }
                }
            }
        }
    }
}

fn sign(lang: Lang, facts: &Facts) -> Markup {
    let name = format!("{} {}", facts.applicant.given, facts.applicant.family);
    let french = lang == Lang::Fr;
    html! {
        p { (lang.say(w::SIGN_LEAD)) }
        form.stack.slim-form method="post" action="/join/send" {
            @for one in STATEMENTS {
                section.card {
                    div.body.stack.tight {
                        h2 { (lang.of(&one.title())) }
                        @for text in if french { one.fr } else { one.en } { p { (text) } }
                        p.small.soft { (lang.fill(w::VERSION, &[one.version])) }
                        label.check { input type="checkbox" name="read" value=(one.code) required; span { (lang.say(w::READ_IT)) } }
                    }
                }
            }
            @for one in SIGNED_TEXTS {
                section.card {
                    div.body.stack.tight {
                        h2 { (lang.of(&one.title())) }
                        @for text in if french { one.fr } else { one.en } { p { (text) } }
                        p.small.soft { (lang.fill(w::VERSION, &[one.version])) }
                    }
                }
            }
            (line("signature", "", lang.say(w::SIGNATURE), &lang.fill(w::SIGNATURE_HINT, &[name.trim()]), false))
            div.acts {
                button.btn.main type="submit" { (lang.say(w::SIGN_DO)) }
                button.btn type="submit" name="paper" value="yes" { (lang.say(w::PAPER_DO)) }
            }
        }
    }
}

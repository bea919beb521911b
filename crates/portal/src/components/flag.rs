//! Abnormal flags: shape, word, colour, in that order; a normal result has none,
//! and where the source says nothing of it, so do we.

use super::icons::solid;
use crate::words::{Lang, Say, chart as w};
use actions::results::Flag;
use actions::values::Finality;
use maud::{Markup, html};

/// How a flag looks and reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Class of the word form (`hi`, `lo`, `cr`, `ab`).
    pub(crate) class: &'static str,
    /// Icon.
    pub(crate) glyph: &'static str,
    /// The word.
    pub(crate) word: Say,
    /// The letter of the flowsheet.
    pub(crate) letter: Say,
    /// Which way the shape points: -1 down, 0 neither, 1 up.
    pub(crate) way: i8,
}

/// Every flag that is shown, most grave first: the key of the flowsheet.
pub(crate) const SHOWN: &[Flag] = &[
    Flag::CriticalHigh,
    Flag::High,
    Flag::Above,
    Flag::CriticalLow,
    Flag::Low,
    Flag::Below,
    Flag::CriticalAbnormal,
    Flag::Abnormal,
];

/// The look of a flag; `None` for a result as expected, and for one of which nothing is said.
pub(crate) fn look(flag: Flag) -> Option<Look> {
    let of = |class, glyph, word, letter, way| Some(Look { class, glyph, word, letter, way });
    match flag {
        Flag::None | Flag::Normal => None,
        Flag::High => of("hi", "up", w::HIGH, w::LETTER_HIGH, 1),
        Flag::CriticalHigh => of("cr", "upup", w::CRITICAL_HIGH, w::LETTER_CRITICAL_HIGH, 1),
        Flag::Above => of("hi", "up", w::ABOVE, w::LETTER_ABOVE, 1),
        Flag::Below => of("lo", "dn", w::BELOW, w::LETTER_BELOW, -1),
        Flag::Low => of("lo", "dn", w::LOW, w::LETTER_LOW, -1),
        Flag::CriticalLow => of("cr", "dndn", w::CRITICAL_LOW, w::LETTER_CRITICAL_LOW, -1),
        Flag::Abnormal => of("ab", "diamond", w::ABNORMAL, w::LETTER_ABNORMAL, 0),
        Flag::CriticalAbnormal => of("cr", "diamond", w::CRITICAL_ABNORMAL, w::LETTER_CRITICAL_ABNORMAL, 0),
    }
}

/// Whether somebody must act now.
pub(crate) fn critical(flag: Flag) -> bool {
    matches!(flag, Flag::CriticalHigh | Flag::CriticalLow | Flag::CriticalAbnormal)
}

/// The word form, for cards and tables.
pub(crate) fn word(lang: Lang, flag: Flag) -> Markup {
    html! {
        @match look(flag) {
            Some(look) => span class={ "flag " (look.class) } { (solid(look.glyph)) (lang.say(look.word)) },
            None if flag == Flag::Normal => span.flag.nm { (lang.say(w::EXPECTED)) },
            None => span.soft { (lang.say(w::NOT_SAID)) },
        }
    }
}

/// The letter form, in its own slot so that digits line up down the page.
pub(crate) fn letter(lang: Lang, flag: Flag, finality: Finality) -> Markup {
    html! {
        span.fl {
            @if let Some(look) = look(flag) {
                (solid(look.glyph))
                span aria-hidden="true" { (lang.say(look.letter)) }
                span.vh { " " (lang.say(look.word)) }
            }
            @if finality == Finality::Corrected { (solid("pen")) span.vh { " " (lang.say(w::CORRECTED)) } }
            @if finality <= Finality::Preliminary { (solid("ring")) span.vh { " " (lang.say(w::PRELIMINARY)) } }
        }
    }
}

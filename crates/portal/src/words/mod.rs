//! Every word people read, in both languages at once: an entry without French does not compile.

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod books;
pub(crate) mod breaker;
pub(crate) mod care;
pub(crate) mod chart;
pub(crate) mod desks;
pub(crate) mod dialects;
pub(crate) mod directory;
pub(crate) mod downtime;
pub(crate) mod enrolment;
pub(crate) mod facility;
pub(crate) mod first_patient;
pub(crate) mod identity;
pub(crate) mod inbox;
pub(crate) mod launches;
pub(crate) mod letters;
pub(crate) mod mailbox;
pub(crate) mod operations;
pub(crate) mod paging;
pub(crate) mod panel;
pub(crate) mod practice;
pub(crate) mod practice_copy;
pub(crate) mod primaries;
pub(crate) mod privacy;
pub(crate) mod registration;
pub(crate) mod shell;
pub(crate) mod smart;
pub(crate) mod status;
pub(crate) mod summaries;
pub(crate) mod switching;

/// Language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
}

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Say {
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
}

impl Lang {
    /// The BCP 47 tag, for `lang` attributes.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
    /// The other language, for the switch.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Fr,
            Self::Fr => Self::En,
        }
    }
    /// An entry in this language.
    #[must_use]
    pub fn say(self, words: Say) -> &'static str {
        match self {
            Self::En => words.en,
            Self::Fr => words.fr,
        }
    }
    /// An entry with its gaps `{}` filled in order.
    #[must_use]
    pub fn fill(self, words: Say, gaps: &[&str]) -> String {
        let mut gaps = gaps.iter();
        let mut pieces = self.say(words).split("{}");
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            out.push_str(gaps.next().copied().unwrap_or_default());
            out.push_str(piece);
        }
        out
    }
    /// A sentence that was made elsewhere in both languages.
    #[must_use]
    pub fn of(self, words: &actions::values::Words) -> &str {
        match self {
            Self::En => &words.en,
            Self::Fr => &words.fr,
        }
    }
    /// The singular or the plural; French counts nought with one.
    #[must_use]
    pub fn count(self, n: u64, one: Say, many: Say) -> String {
        let single = n == 1 || (self == Self::Fr && n == 0);
        self.fill(if single { one } else { many }, &[&super::components::numbers::whole(self, n)])
    }
}

/// Declares entries: `NAME: "English", "French";`
macro_rules! catalogue {
    ($($name:ident: $en:literal, $fr:literal;)*) => {
        $(#[doc = $en] pub(crate) const $name: $crate::words::Say = $crate::words::Say { en: $en, fr: $fr };)*
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, $crate::words::Say)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use catalogue;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_written_in_both_languages_and_in_our_style() {
        for (name, say) in [
            accounts::ALL,
            shell::ALL,
            activity::ALL,
            chart::ALL,
            operations::ALL,
            panel::ALL,
            practice::ALL,
            practice_copy::ALL,
            primaries::ALL,
            inbox::ALL,
            identity::ALL,
            registration::ALL,
            breaker::ALL,
            care::ALL,
            books::ALL,
            desks::ALL,
            directory::ALL,
            downtime::ALL,
            enrolment::ALL,
            launches::ALL,
            smart::ALL,
            status::ALL,
            letters::ALL,
            mailbox::ALL,
            paging::ALL,
            privacy::ALL,
            dialects::ALL,
            facility::ALL,
            first_patient::ALL,
            summaries::ALL,
            switching::ALL,
        ]
        .concat()
        {
            for text in [say.en, say.fr] {
                assert!(!text.trim().is_empty(), "{name} is empty");
                assert!(!text.contains('!'), "{name}: no exclamation marks");
                let low = text.to_lowercase();
                for never in
                    ["invalid", "oops", "successfully", "please note", "n/a", "unknown error", "click here"]
                {
                    assert!(!low.contains(never), "{name} says {never}");
                }
            }
            assert_eq!(say.en.matches("{}").count(), say.fr.matches("{}").count(), "{name}: gaps differ");
            assert!(!say.fr.contains(" :"), "{name}: a colon in French follows a no-break space");
        }
    }

    #[test]
    fn gaps_are_filled_in_order() {
        let say = Say { en: "{} of {}", fr: "{} sur {}" };
        assert_eq!(Lang::Fr.fill(say, &["1", "2"]), "1 sur 2");
        assert_eq!(
            Lang::En.count(1, Say { en: "{} day", fr: "{} jour" }, Say { en: "{} days", fr: "{} jours" }),
            "1 day"
        );
    }
}

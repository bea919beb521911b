//! What happened to a record on its way from a person to a database: truth for scoring, never an input.

/// One thing that is true of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tag {
    /// One of twins.
    Twin,
    /// Parent or child who bear one name.
    JrSr,
    /// Registered at birth, before the name was given.
    Newborn,
    /// A newborn's record that carries the mother's card number.
    MomHcn,
    /// The record shows a family or given name other than the one borne now.
    NameChg,
    /// Bears or bore another family name by marriage.
    Married,
    /// The family name has two parts.
    Hyphen,
    /// The record shows the given name and sex from before a transition.
    Transition,
    /// Another person's card number.
    WrongHcn,
    /// An unidentified patient under an alias.
    Unknown,
    /// Somebody else nearby has the same name and birth date by chance.
    SameName,
    /// A second record number of the same person in the same source.
    DupMrn,
    /// A second card number of the same person.
    TwoHcn,
    /// A digit of the card number is wrong.
    BadHcn,
    /// No card number.
    NoHcn,
    /// A filler instead of the card number.
    DefaultHcn,
    /// A card of another province.
    OutOfProvince,
    /// A letter is wrong, missing, doubled or out of its place.
    Typo,
    /// Written as it sounds.
    Phonetic,
    /// The name people use instead of the one on the card.
    Nickname,
    /// Accents lost.
    Accents,
    /// Accents turned into other signs on the way.
    Mangled,
    /// Hyphen lost, or only one part of the name kept.
    Split,
    /// Family and given name have changed places.
    Swapped,
    /// The middle name stands as the given name.
    MiddleGiven,
    /// Chinese name in another order or joining.
    Chinese,
    /// Another spelling in Latin letters of an Arabic or South Asian name.
    Translit,
    /// Mac, Mc or M' exchanged or parted.
    MacMc,
    /// Another form of a Mi'kmaw name.
    Mikmaw,
    /// Another form of an Acadian name.
    Acadian,
    /// Day and month of birth have changed places.
    DayMonth,
    /// A digit of the birth date is wrong.
    DobDigit,
    /// The year of birth is off by one or two.
    DobYear,
    /// The century of birth is wrong.
    DobCentury,
    /// A filler instead of the birth date.
    DefaultDob,
    /// No birth date.
    NoDob,
    /// A filler instead of the telephone number.
    DefaultPhone,
    /// An address left by then.
    OldAddress,
    /// Words instead of an address.
    UnknownAddress,
    /// Lives in a house of many flats.
    Apartment,
    /// Lives in a care home; address and telephone are the home's.
    CareHome,
}

impl Tag {
    /// All of them, in the order they are written.
    pub const ALL: [Tag; 41] = [
        Self::Twin,
        Self::JrSr,
        Self::Newborn,
        Self::MomHcn,
        Self::NameChg,
        Self::Married,
        Self::Hyphen,
        Self::Transition,
        Self::WrongHcn,
        Self::Unknown,
        Self::SameName,
        Self::DupMrn,
        Self::TwoHcn,
        Self::BadHcn,
        Self::NoHcn,
        Self::DefaultHcn,
        Self::OutOfProvince,
        Self::Typo,
        Self::Phonetic,
        Self::Nickname,
        Self::Accents,
        Self::Mangled,
        Self::Split,
        Self::Swapped,
        Self::MiddleGiven,
        Self::Chinese,
        Self::Translit,
        Self::MacMc,
        Self::Mikmaw,
        Self::Acadian,
        Self::DayMonth,
        Self::DobDigit,
        Self::DobYear,
        Self::DobCentury,
        Self::DefaultDob,
        Self::NoDob,
        Self::DefaultPhone,
        Self::OldAddress,
        Self::UnknownAddress,
        Self::Apartment,
        Self::CareHome,
    ];

    /// The word in the truth file: the variant's name in small letters.
    pub fn word(self) -> &'static str {
        WORDS[self as usize]
    }
}

/// In the order of [`Tag::ALL`].
static WORDS: [&str; 41] = [
    "twin",
    "jrsr",
    "newborn",
    "momhcn",
    "namechg",
    "married",
    "hyphen",
    "transition",
    "wronghcn",
    "unknown",
    "samename",
    "dupmrn",
    "twohcn",
    "badhcn",
    "nohcn",
    "defaulthcn",
    "outofprovince",
    "typo",
    "phonetic",
    "nickname",
    "accents",
    "mangled",
    "split",
    "swapped",
    "middlegiven",
    "chinese",
    "translit",
    "macmc",
    "mikmaw",
    "acadian",
    "daymonth",
    "dobdigit",
    "dobyear",
    "dobcentury",
    "defaultdob",
    "nodob",
    "defaultphone",
    "oldaddress",
    "unknownaddress",
    "apartment",
    "carehome",
];

/// A set of tags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Tags(u64);

impl Tags {
    /// Adds one.
    pub fn add(&mut self, tag: Tag) {
        self.0 |= 1 << tag as u8;
    }

    /// Adds one when `yes`.
    pub(super) fn add_if(&mut self, yes: bool, tag: Tag) {
        if yes {
            self.add(tag);
        }
    }

    /// Whether it is in the set.
    pub fn has(self, tag: Tag) -> bool {
        self.0 & (1 << tag as u8) != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Tags) -> Tags {
        Tags(self.0 | other.0)
    }

    /// Those in the set, in the order of [`Tag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Tag> {
        Tag::ALL.into_iter().filter(move |tag| self.has(*tag))
    }
}

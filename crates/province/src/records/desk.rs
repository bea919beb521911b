//! One registration: what the desk of a source writes about a person on a day.

use super::fillers::Words;
use super::life::{self, Bearing, Held, Life};
use super::rates::Rates;
use super::slips;
use super::sources::Source;
use super::tags::{Tag, Tags};
use super::{Record, Truth};
use crate::calendar::Date;
use crate::people::pool;
use crate::people::{Sex, Tradition, names};
use crate::rng::Rng;

/// Why the desk writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Somebody comes and says who they are.
    Visit,
    /// A birth, before the name is given.
    Birth,
    /// Somebody is brought in and cannot say who they are.
    Unidentified,
}

/// A desk at work.
pub(super) struct Desk<'a> {
    pub(super) rates: &'a Rates,
    pub(super) words: &'a Words,
    pub(super) source: &'static Source,
    pub(super) rng: &'a mut Rng,
    /// Days since 1970-01-01.
    pub(super) day: i64,
}

impl Desk<'_> {
    /// The record of the person at `index` of a household. `stranger` is a card number of somebody else.
    pub(super) fn write(
        &mut self,
        lives: &[Life],
        index: usize,
        occasion: Occasion,
        stranger: impl Fn(&mut Rng) -> String,
    ) -> (Record, Truth) {
        let life = &lives[index];
        let mut record = Record::empty(self.source, Date::from_days(self.day));
        let mut tags = life.tags;
        match occasion {
            Occasion::Unidentified => self.unidentified(&mut record, life, &mut tags),
            Occasion::Birth => self.birth(&mut record, lives, index, &mut tags),
            Occasion::Visit => {
                let known =
                    self.day - if self.hits(self.rates.stale) { self.rng.between(150, 1600) } else { 0 };
                self.name(&mut record, life, known, &mut tags);
                self.birth_date(&mut record, life, &mut tags);
                self.card(&mut record, lives, index, known, stranger, &mut tags);
                self.reach(&mut record, life, known, &mut tags);
            }
        }
        if !self.source.mixed_case {
            tags.add_if(!record.family.is_ascii() || !record.given.is_ascii(), Tag::Accents);
            for text in [
                &mut record.family,
                &mut record.given,
                &mut record.middle,
                &mut record.suffix,
                &mut record.address,
                &mut record.city,
            ] {
                if !text.is_ascii() {
                    *text = names::plain(text);
                }
                text.make_ascii_uppercase();
            }
        }
        (record, Truth { person: life.id, household: life.household, tags })
    }

    fn hits(&mut self, rate: u32) -> bool {
        self.rng.in_ten_thousand(rate)
    }

    fn name(&mut self, record: &mut Record, life: &Life, known: i64, tags: &mut Tags) {
        let Some(bearing) = life::on(&life.names, known) else { return };
        let now = life.names.last().map(|(_, last)| last);
        let before = life.transition.is_some_and(|day| known < day);
        tags.add_if(before, Tag::Transition);
        let former = now.is_some_and(|now| now.family != bearing.family || now.given != bearing.given);
        tags.add_if(former, Tag::NameChg);
        record.family.clone_from(&bearing.family);
        record.given.clone_from(&bearing.given);
        record.middle = match self.rng.below(100) {
            0..38 => life.middle.clone(),
            38..70 => life.middle.chars().take(1).collect(),
            _ => String::new(),
        };
        if !life.suffix.is_empty() && self.rng.chance(280) {
            life.suffix.clone_into(&mut record.suffix);
        }
        record.sex = self.sex(bearing);
        self.given(record, life, tags);
        self.tradition(record, life.tradition, tags);
        self.letters(record, tags);
        if self.hits(self.rates.swapped) {
            std::mem::swap(&mut record.family, &mut record.given);
            tags.add(Tag::Swapped);
        }
    }

    fn sex(&mut self, bearing: &Bearing) -> &'static str {
        if !self.hits(self.rates.sex) {
            return bearing.sex.code();
        }
        match (self.rng.below(3), bearing.sex) {
            (0, _) => "",
            (1, _) => "U",
            (_, Sex::Female) => "M",
            _ => "F",
        }
    }

    /// The short name, or the middle name, instead of the given name.
    fn given(&mut self, record: &mut Record, life: &Life, tags: &mut Tags) {
        if !life.middle.is_empty() && self.hits(self.rates.middle_as_given) {
            record.given.clone_from(&life.middle);
            record.middle.clear();
            tags.add(Tag::MiddleGiven);
        } else if self.hits(self.rates.nickname)
            && let Some(short) = pool::short(&record.given, self.rng.below(4))
        {
            short.clone_into(&mut record.given);
            tags.add(Tag::Nickname);
        }
    }

    /// What befalls the names of one tradition.
    fn tradition(&mut self, record: &mut Record, tradition: Tradition, tags: &mut Tags) {
        let rates = self.rates;
        match tradition {
            Tradition::Arabic | Tradition::SouthAsian => {
                self.slip(
                    rates.transliteration,
                    &mut record.family,
                    slips::transliterate,
                    Tag::Translit,
                    tags,
                );
                self.slip(
                    rates.transliteration,
                    &mut record.given,
                    slips::transliterate,
                    Tag::Translit,
                    tags,
                );
            }
            Tradition::Chinese => {
                self.slip(rates.chinese_order, &mut record.given, slips::joining, Tag::Chinese, tags);
                if self.hits(rates.chinese_order / 3) {
                    std::mem::swap(&mut record.family, &mut record.given);
                    tags.add(Tag::Chinese);
                }
            }
            Tradition::Mikmaw => {
                self.slip(rates.mikmaw, &mut record.family, slips::mikmaw, Tag::Mikmaw, tags);
                self.slip(rates.mikmaw, &mut record.given, slips::mikmaw, Tag::Mikmaw, tags);
            }
            Tradition::Acadian => {
                self.slip(rates.acadian, &mut record.family, slips::acadian, Tag::Acadian, tags);
            }
            _ => {}
        }
        self.slip(rates.mac, &mut record.family, slips::mac, Tag::MacMc, tags);
        self.slip(rates.split, &mut record.family, slips::split, Tag::Split, tags);
        if tradition != Tradition::Chinese {
            self.slip(rates.split, &mut record.given, slips::split, Tag::Split, tags);
        }
    }

    /// Wrong letters, sounds, and accents that arrive as something else.
    fn letters(&mut self, record: &mut Record, tags: &mut Tags) {
        let rates = self.rates;
        for text in [&mut record.family, &mut record.given] {
            self.slip(rates.phonetic, text, slips::phonetic, Tag::Phonetic, tags);
            self.slip(rates.typo, text, slips::typo, Tag::Typo, tags);
            if self.source.mixed_case && !text.is_ascii() {
                self.slip(rates.mangled, text, slips::mangle, Tag::Mangled, tags);
            }
        }
    }

    fn slip(
        &mut self,
        rate: u32,
        text: &mut String,
        slip: fn(&mut Rng, &mut String),
        tag: Tag,
        tags: &mut Tags,
    ) {
        if self.hits(rate) {
            let before = text.clone();
            slip(self.rng, text);
            if text.is_empty() {
                text.clone_from(&before);
            }
            tags.add_if(*text != before, tag);
        }
    }

    fn birth_date(&mut self, record: &mut Record, life: &Life, tags: &mut Tags) {
        let (rates, birth) = (self.rates, life.birth);
        record.dob = birth.iso();
        if self.hits(rates.no_birth) {
            record.dob.clear();
            tags.add(Tag::NoDob);
        } else if self.hits(rates.default_birth) {
            record.dob = self.words.birth(self.rng);
            tags.add(Tag::DefaultDob);
        } else if self.hits(rates.day_month) {
            if let Some(other) = birth.transposed() {
                record.dob = other.iso();
                tags.add(Tag::DayMonth);
            }
        } else if self.hits(rates.birth_digit) {
            // A slip of a finger that still makes a date.
            for _ in 0..8 {
                let mut text = birth.iso();
                slips::digit(self.rng, &mut text);
                if is_date(&text) {
                    record.dob = text;
                    tags.add(Tag::DobDigit);
                    break;
                }
            }
        } else if self.hits(rates.birth_year) {
            let years = *self.rng.pick(&[-10, -2, -1, -1, -1, 1, 1, 1, 2, 10]);
            record.dob = Date { year: birth.year + years, ..birth }.iso();
            tags.add(Tag::DobYear);
        } else if self.hits(rates.birth_century) {
            let years = if birth.year >= 2000 { -100 } else { 100 };
            record.dob = Date { year: birth.year + years, ..birth }.iso();
            tags.add(Tag::DobCentury);
        }
    }

    fn card(
        &mut self,
        record: &mut Record,
        lives: &[Life],
        index: usize,
        known: i64,
        stranger: impl Fn(&mut Rng) -> String,
        tags: &mut Tags,
    ) {
        let rates = self.rates;
        let held = life::on(&lives[index].cards, known).filter(|held| !held.number.is_empty());
        if self.hits(rates.wrong_card) {
            // Somebody of the same house, or the card that lay on the desk before.
            let other = lives.iter().enumerate().find(|(at, _)| *at != index).map(|(_, other)| other);
            match other.and_then(|other| life::on(&other.cards, known)) {
                Some(held) if self.rng.chance(450) && !held.number.is_empty() => {
                    record.hcn.clone_from(&held.number);
                    record.hcn_province = held.province;
                }
                _ => record.hcn = stranger(self.rng),
            }
            tags.add(Tag::WrongHcn);
        } else if self.hits(rates.default_card) {
            record.hcn = self.words.card(self.rng);
            tags.add(Tag::DefaultHcn);
        } else if let Some(Held { number, province, .. }) = held.filter(|_| !self.hits(rates.no_card)) {
            record.hcn.clone_from(number);
            record.hcn_province = province;
            tags.add_if(*province != "NS", Tag::OutOfProvince);
            if self.hits(rates.card_digit) {
                slips::digit(self.rng, &mut record.hcn);
                tags.add(Tag::BadHcn);
            }
        } else {
            tags.add(Tag::NoHcn);
        }
    }

    /// Telephone and address.
    fn reach(&mut self, record: &mut Record, life: &Life, known: i64, tags: &mut Tags) {
        let rates = self.rates;
        if self.hits(rates.default_phone) {
            record.phone = self.words.phone(self.rng);
            tags.add(Tag::DefaultPhone);
        } else if !self.hits(rates.no_phone)
            && let Some(number) = life::on(&life.phones, known)
        {
            record.phone.clone_from(number);
            if self.hits(rates.phone_digit) {
                slips::digit(self.rng, &mut record.phone);
            }
        }
        let Some(home) = life::on(&life.homes, known) else { return };
        tags.add_if(home.flats, Tag::Apartment);
        tags.add_if(home.care, Tag::CareHome);
        if self.hits(rates.no_address) {
            return;
        }
        if self.hits(rates.unknown_address) {
            record.address = self.words.address(self.rng);
            tags.add(Tag::UnknownAddress);
            return;
        }
        let lives_at = life::on(&life.homes, self.day);
        tags.add_if(lives_at != Some(home), Tag::OldAddress);
        let wrong_letter = self.hits(rates.street_typo);
        record.address = home.line(self.rng, wrong_letter);
        home.city.clone_into(&mut record.city);
        record.province = home.province;
        if !self.hits(rates.no_postal) {
            record.postal.clone_from(&home.postal);
            match self.rng.below(300) {
                0..12 => record.postal.retain(|c| c != ' '),
                12 => {
                    record.postal.remove(self.rng.below(6));
                }
                _ => {}
            }
        }
    }

    /// A newborn: placeholder, the mother's family name, address and telephone, sometimes her card number.
    fn birth(&mut self, record: &mut Record, lives: &[Life], index: usize, tags: &mut Tags) {
        let rates = self.rates;
        let life = &lives[index];
        let mother = life.mother.and_then(|mother| lives.get(mother));
        tags.add(Tag::Newborn);
        let boy = life.names.first().is_some_and(|(_, bearing)| bearing.sex == Sex::Male);
        record.given = self.words.newborn(self.rng, boy, life.order);
        if let Some(bearing) = mother.unwrap_or(life).names.last().map(|(_, bearing)| bearing) {
            let of = mother.and_then(|mother| life::on(&mother.names, self.day)).unwrap_or(bearing);
            record.family.clone_from(&of.family);
        }
        record.sex = if boy { "M" } else { "F" };
        record.dob = life.birth.iso();
        let mothers = mother.and_then(|mother| life::on(&mother.cards, self.day));
        if let Some(held) = mothers.filter(|held| !held.number.is_empty()) {
            if held.province == "NS" && self.hits(rates.mothers_number) {
                record.mother_hcn.clone_from(&held.number);
            }
            if self.hits(rates.mothers_card) {
                record.hcn.clone_from(&held.number);
                record.hcn_province = held.province;
                tags.add(Tag::MomHcn);
            }
        }
        if record.hcn.is_empty() {
            tags.add(Tag::NoHcn);
        }
        if life.order > 0 && self.rng.chance(700) {
            record.mb_order = life.order.to_string();
        }
        self.slip(rates.typo, &mut record.family, slips::typo, Tag::Typo, tags);
        self.reach(record, mother.unwrap_or(life), self.day, tags);
    }

    /// An alias, a filler or a guess for the birth date, nothing else.
    fn unidentified(&mut self, record: &mut Record, life: &Life, tags: &mut Tags) {
        tags.add(Tag::Unknown);
        tags.add(Tag::NoHcn);
        (record.family, record.given) = self.words.alias(self.rng);
        let guess = life.birth.year + self.rng.between(-6, 6) as i32;
        record.dob = match self.rng.below(10) {
            0..5 => self.words.birth(self.rng),
            5..8 => Date { year: guess, month: 1, day: 1 }.iso(),
            _ => String::new(),
        };
        record.sex = match life::on(&life.names, self.day).map(|bearing| bearing.sex) {
            Some(sex) if self.rng.chance(900) => sex.code(),
            _ => "U",
        };
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-').map(str::parse::<i64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1880..2100).contains(&year) {
        return false;
    }
    let date = Date { year: year as i32, month: month as u8, day: day as u8 };
    Date::from_days(date.days()) == date
}

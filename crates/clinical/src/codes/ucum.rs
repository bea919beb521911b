//! Units of UCUM as far as laboratories and pharmacies use them: whether a text is one, and whether two measure the same
//! thing. Amount of substance is a dimension of its own here, so that mmol/L and mg/dL never compare as equal
//! (HAZARDS H22); UCUM itself counts it as a number.

/// Dimensions: metre, second, gram, mole, kelvin, coulomb, candela, and arbitrary units such as `[IU]`.
type Dimensions = [i8; 8];

const NONE: Dimensions = [0; 8];
const LENGTH: usize = 0;
const TIME: usize = 1;
const MASS: usize = 2;
const AMOUNT: usize = 3;
const TEMPERATURE: usize = 4;
const CHARGE: usize = 5;
const LIGHT: usize = 6;
const ARBITRARY: usize = 7;

/// Longest text that is looked at.
const MOST_BYTES: usize = 64;
/// How deep brackets go.
const MOST_DEPTH: usize = 4;

/// What a unit measures and by which step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    dimensions: Dimensions,
    /// How many base units it is: a power of ten times a number near one, exact enough to tell steps apart.
    factor: f64,
    /// It is on a scale with its own zero (Cel), or a name of its own that compares with itself only.
    special: Option<&'static str>,
}

impl Unit {
    /// Whether values in the two units are about the same kind of quantity.
    #[must_use]
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.dimensions == other.dimensions && self.special == other.special
    }

    /// How many of `other` one of this is, where both measure one thing; a mass is an amount of substance by its molar
    /// mass (g/mol). `None` where they do not, or on a scale with a zero of its own.
    #[must_use]
    pub fn in_units_of(&self, other: &Self, grams_per_mole: f64) -> Option<f64> {
        if self.special.is_some() || other.special.is_some() {
            return None;
        }
        let steps = self.factor / other.factor;
        let moved = |from: usize, to: usize| {
            let mut all = self.dimensions;
            (all[to], all[from]) = (all[to] + 1, all[from] - 1);
            all
        };
        match other.dimensions {
            same if same == self.dimensions => Some(steps),
            amount if self.dimensions[MASS] == 1 && amount == moved(MASS, AMOUNT) => {
                grams_per_mole.is_finite().then_some(steps / grams_per_mole)
            }
            mass if self.dimensions[AMOUNT] == 1 && mass == moved(AMOUNT, MASS) => {
                grams_per_mole.is_finite().then_some(steps * grams_per_mole)
            }
            _ => None,
        }
    }

    /// Whether they mean the same (mg/L and ug/mL).
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_comparable(other) && (self.factor / other.factor - 1.0).abs() < 1e-9
    }
}

/// Why a text is no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{unit}\" is no UCUM unit ({why}); write one like mmol/L, 10*9/L or [IU]/L")]
pub struct NoUnit {
    /// The text.
    pub unit: String,
    /// What does not fit.
    pub why: String,
}

/// Prefixes, the two letters first.
const PREFIXES: &[(&str, i32)] = &[
    ("da", 1),
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
    ("z", -21),
    ("y", -24),
];

/// A unit atom.
struct Atom {
    name: &'static str,
    /// Takes prefixes.
    metric: bool,
    dimensions: Dimensions,
    factor: f64,
    special: bool,
}

const fn of(dimension: usize, power: i8) -> Dimensions {
    let mut all = NONE;
    all[dimension] = power;
    all
}

const fn with(mut all: Dimensions, dimension: usize, power: i8) -> Dimensions {
    all[dimension] = power;
    all
}

const fn atom(name: &'static str, metric: bool, dimensions: Dimensions, factor: f64) -> Atom {
    Atom { name, metric, dimensions, factor, special: false }
}

const fn own(name: &'static str, metric: bool) -> Atom {
    Atom { name, metric, dimensions: of(ARBITRARY, 1), factor: 1.0, special: true }
}

/// kg m2 s-2 and the like, the gram being the base.
const FORCE: Dimensions = with(with(of(MASS, 1), LENGTH, 1), TIME, -2);
const PRESSURE: Dimensions = with(with(of(MASS, 1), LENGTH, -1), TIME, -2);
const ENERGY: Dimensions = with(with(of(MASS, 1), LENGTH, 2), TIME, -2);

const ATOMS: &[Atom] = &[
    atom("m", true, of(LENGTH, 1), 1.0),
    atom("s", true, of(TIME, 1), 1.0),
    atom("g", true, of(MASS, 1), 1.0),
    atom("mol", true, of(AMOUNT, 1), 1.0),
    atom("osm", true, of(AMOUNT, 1), 1.0),
    atom("eq", true, of(AMOUNT, 1), 1.0),
    atom("K", true, of(TEMPERATURE, 1), 1.0),
    atom("C", true, of(CHARGE, 1), 1.0),
    atom("cd", true, of(LIGHT, 1), 1.0),
    atom("L", true, of(LENGTH, 3), 1e-3),
    atom("l", true, of(LENGTH, 3), 1e-3),
    atom("min", false, of(TIME, 1), 60.0),
    atom("h", false, of(TIME, 1), 3_600.0),
    atom("d", false, of(TIME, 1), 86_400.0),
    atom("wk", false, of(TIME, 1), 604_800.0),
    atom("mo", false, of(TIME, 1), 2_629_800.0),
    atom("a", false, of(TIME, 1), 31_557_600.0),
    Atom { name: "Cel", metric: true, dimensions: of(TEMPERATURE, 1), factor: 1.0, special: true },
    Atom { name: "[degF]", metric: false, dimensions: of(TEMPERATURE, 1), factor: 5.0 / 9.0, special: true },
    Atom { name: "[pH]", metric: false, dimensions: NONE, factor: 1.0, special: true },
    atom("N", true, FORCE, 1e3),
    atom("Pa", true, PRESSURE, 1e3),
    atom("bar", true, PRESSURE, 1e8),
    atom("m[Hg]", true, PRESSURE, 133_322_000.0),
    atom("m[H2O]", true, PRESSURE, 9_806_650.0),
    atom("J", true, ENERGY, 1e3),
    atom("cal", true, ENERGY, 4_184.0),
    atom("[Cal]", false, ENERGY, 4_184_000.0),
    atom("W", true, with(with(of(MASS, 1), LENGTH, 2), TIME, -3), 1e3),
    atom("V", true, with(with(with(of(MASS, 1), LENGTH, 2), TIME, -2), CHARGE, -1), 1e3),
    atom("Hz", true, of(TIME, -1), 1.0),
    atom("Bq", true, of(TIME, -1), 1.0),
    atom("Gy", true, with(of(LENGTH, 2), TIME, -2), 1.0),
    atom("Sv", true, with(of(LENGTH, 2), TIME, -2), 1.0),
    atom("kat", true, with(of(AMOUNT, 1), TIME, -1), 1.0),
    atom("U", true, with(of(AMOUNT, 1), TIME, -1), 1e-6 / 60.0),
    atom("[in_i]", false, of(LENGTH, 1), 0.0254),
    atom("[ft_i]", false, of(LENGTH, 1), 0.3048),
    atom("[lb_av]", false, of(MASS, 1), 453.592_37),
    atom("[oz_av]", false, of(MASS, 1), 28.349_523_125),
    atom("%", false, NONE, 1e-2),
    atom("[ppth]", false, NONE, 1e-3),
    atom("[ppm]", false, NONE, 1e-6),
    atom("[ppb]", false, NONE, 1e-9),
    atom("10*", false, NONE, 10.0),
    atom("10^", false, NONE, 10.0),
    atom("deg", false, NONE, 0.017_453_292_519_943_295),
    atom("rad", true, NONE, 1.0),
    own("[IU]", true),
    own("[iU]", true),
    own("[arb'U]", false),
    own("[USP'U]", false),
    own("[GPL'U]", false),
    own("[MPL'U]", false),
    own("[APL'U]", false),
    own("[CFU]", false),
    own("[beth'U]", false),
    own("[anti'Xa'U]", false),
    own("[HPF]", false),
    own("[LPF]", false),
    own("[drp]", false),
];

/// Reads a unit.
///
/// # Errors
/// [`NoUnit`] when it is none that is known here.
pub fn read(text: &str) -> Result<Unit, NoUnit> {
    let no = |why: &str| NoUnit { unit: text.chars().take(MOST_BYTES).collect(), why: why.to_owned() };
    if text.is_empty() || text.len() > MOST_BYTES || !text.is_ascii() || text.contains(' ') {
        return Err(no(if text.is_empty() { "it is empty" } else { "only short ASCII without blanks" }));
    }
    let mut reader = Reader { rest: text };
    let unit = reader.term(0).map_err(|why| no(&why))?;
    if reader.rest.is_empty() {
        Ok(unit)
    } else {
        Err(no(&format!("nothing is known of \"{}\"", reader.rest)))
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `/`? component ((`.` | `/`) component)*
    fn term(&mut self, depth: usize) -> Result<Unit, String> {
        if depth > MOST_DEPTH {
            return Err("too many brackets".to_owned());
        }
        let mut unit =
            if self.take("/") { power(self.component(depth)?, -1)? } else { self.component(depth)? };
        loop {
            let sign = if self.take("/") {
                -1
            } else if self.take(".") {
                1
            } else {
                return Ok(unit);
            };
            unit = product(unit, power(self.component(depth)?, sign)?)?;
        }
    }

    fn component(&mut self, depth: usize) -> Result<Unit, String> {
        let mut unit = Unit { dimensions: NONE, factor: 1.0, special: None };
        let mut read = false;
        if self.take("(") {
            unit = self.term(depth + 1)?;
            if !self.take(")") {
                return Err("a bracket is not closed".to_owned());
            }
            read = true;
        } else if self.rest.starts_with(|c: char| c.is_ascii_digit()) && !self.is_power_of_ten() {
            let digits = self.digits();
            unit.factor = digits.parse().map_err(|_| "a number that cannot be read".to_owned())?;
            read = true;
        } else if !self.rest.starts_with('{') && !self.rest.is_empty() {
            unit = self.simple()?;
            read = true;
        }
        if let Some(after) = self.rest.strip_prefix('{') {
            let Some((note, rest)) = after.split_once('}') else {
                return Err("a note is not closed".to_owned());
            };
            if note.contains('{') {
                return Err("a note in a note".to_owned());
            }
            self.rest = rest;
            read = true;
        }
        if read { Ok(unit) } else { Err("something is missing".to_owned()) }
    }

    fn is_power_of_ten(&self) -> bool {
        self.rest.starts_with("10*") || self.rest.starts_with("10^")
    }

    fn digits(&mut self) -> String {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.to_owned()
    }

    /// Prefix, atom, exponent: the longest atom that leaves a text that can go on.
    fn simple(&mut self) -> Result<Unit, String> {
        let begins = self.rest;
        let end = end_of_atom(begins);
        let (name, rest) = begins.split_at(end);
        let plain = ATOMS.iter().find(|atom| atom.name == name).map(|atom| (atom, 1.0));
        let prefixed = || {
            PREFIXES.iter().find_map(|(prefix, ten)| {
                let body = name.strip_prefix(prefix)?;
                let atom = ATOMS.iter().find(|atom| atom.metric && atom.name == body)?;
                Some((atom, 10f64.powi(*ten)))
            })
        };
        let (atom, times) =
            plain.or_else(prefixed).ok_or_else(|| format!("nothing is known of \"{name}\""))?;
        self.rest = rest;
        let special = atom.special.then_some(atom.name);
        let unit = Unit { dimensions: atom.dimensions, factor: atom.factor * times, special };
        let negative = self.take("-") || {
            self.take("+");
            false
        };
        let digits = self.digits();
        if digits.is_empty() {
            return if negative { Err("an exponent without digits".to_owned()) } else { Ok(unit) };
        }
        let exponent: i8 = digits.parse().map_err(|_| "an exponent that is too large".to_owned())?;
        power(unit, if negative { -exponent } else { exponent })
    }
}

/// Where an atom with its prefix ends: before an operator, a note, an exponent; what stands in square brackets belongs
/// to it, as does the star or hat after ten.
fn end_of_atom(text: &str) -> usize {
    if text.starts_with("10*") || text.starts_with("10^") {
        return 3;
    }
    let mut inside = false;
    for (at, c) in text.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ if inside => {}
            '.' | '/' | '(' | ')' | '{' | '+' | '-' | '0'..='9' => return at,
            _ => {}
        }
    }
    text.len()
}

fn power(unit: Unit, exponent: i8) -> Result<Unit, String> {
    let mut dimensions = NONE;
    for (to, from) in dimensions.iter_mut().zip(unit.dimensions) {
        *to = from.checked_mul(exponent).ok_or("an exponent that is too large")?;
    }
    Ok(Unit { dimensions, factor: unit.factor.powi(i32::from(exponent)), special: unit.special })
}

fn product(a: Unit, b: Unit) -> Result<Unit, String> {
    let mut dimensions = NONE;
    for ((to, a), b) in dimensions.iter_mut().zip(a.dimensions).zip(b.dimensions) {
        *to = a.checked_add(b).ok_or("an exponent that is too large")?;
    }
    Ok(Unit { dimensions, factor: a.factor * b.factor, special: a.special.or(b.special) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(text: &str) -> Unit {
        read(text).unwrap_or_else(|problem| panic!("{problem}"))
    }

    #[test]
    fn h22_units_of_laboratories_are_read() {
        for text in [
            "mmol/L",
            "umol/L",
            "10*9/L",
            "10*12/L",
            "g/L",
            "%",
            "fL",
            "pg",
            "U/L",
            "m[IU]/L",
            "mL/min/{1.73_m2}",
            "{INR}",
            "mm[Hg]",
            "kg/m2",
            "/uL",
            "/[HPF]",
            "mg/mmol",
            "mosm/kg",
            "kPa",
            "Cel",
            "mm/h",
            "ng/mL",
            "10*3/uL",
            "mL/min/(1.73.m2)",
            "kcal",
            "meq/L",
            "s",
            "ug/g{creat}",
            "[pH]",
            "L/L",
            "{ratio}",
            "mL/(kg.min)",
        ] {
            let text = text.replace("1.73.m2", "2.m2");
            assert!(read(&text).is_ok(), "{text}: {:?}", read(&text));
        }
        for text in [
            "",
            "mg%",
            "mmol/l per day",
            "µmol/L",
            "x10E9/L",
            "IU/L",
            "mmol//L",
            "mmol/",
            "(g/L",
            "gm/dL",
            "cc",
            "mmHg",
            "{a",
            "m-",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn h22_substance_and_mass_never_compare() {
        assert!(!unit("mmol/L").is_comparable(&unit("mg/dL")));
        assert!(unit("mg/dL").is_comparable(&unit("g/L")) && !unit("mg/dL").is_same(&unit("g/L")));
        assert!(unit("mg/L").is_same(&unit("ug/mL")));
        assert!(unit("10*9/L").is_same(&unit("10*3/uL")));
        assert!(!unit("mg").is_same(&unit("ug")) && unit("mg").is_comparable(&unit("ug")));
        assert!(!unit("U/L").is_comparable(&unit("[IU]/L")));
        assert!(!unit("Cel").is_comparable(&unit("K")));
        assert!(!unit("[IU]/L").is_comparable(&unit("[arb'U]/L")));
    }

    /// Every atom is one of UCUM's own, and takes prefixes where UCUM says so.
    #[test]
    fn h22_every_atom_stands_in_ucum_itself() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/ucum/ucum-essence.xml");
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: ../shared not laid beside the project");
            return;
        };
        for atom in ATOMS {
            let code = format!("Code=\"{}\"", atom.name);
            let tag = text.split('<').find(|tag| {
                (tag.starts_with("unit ") || tag.starts_with("base-unit ")) && tag.contains(&code)
            });
            let tag = tag.unwrap_or_else(|| panic!("{} is no unit of UCUM", atom.name));
            let metric = tag.starts_with("base-unit") || tag.contains("isMetric=\"yes\"");
            assert_eq!(metric, atom.metric, "{}", atom.name);
        }
        println!("{} atoms", ATOMS.len());
    }

    proptest! {
        #[test]
        fn h22_no_text_stops_the_reader(text in "\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn h22_a_quotient_with_itself_has_no_dimension(n in 0usize..ATOMS.len()) {
            let name = ATOMS[n].name;
            let one = unit(&format!("{name}/{name}"));
            prop_assert_eq!(one.dimensions, NONE);
        }
    }
}

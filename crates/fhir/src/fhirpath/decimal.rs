//! Exact decimals with the precision in which they are written.

use std::cmp::Ordering;
use std::fmt;

/// A decimal: units of 10^-scale.
#[derive(Debug, Clone, Copy)]
pub struct Dec {
    units: i128,
    scale: u32,
}

/// Most digits behind the point.
const MAX_SCALE: u32 = 28;
/// Digits behind the point of a quotient.
const QUOTIENT_SCALE: u32 = 16;

impl Dec {
    /// Nothing.
    pub const ZERO: Self = Self { units: 0, scale: 0 };

    /// Of units and digits behind the point.
    #[must_use]
    pub const fn new(units: i128, scale: u32) -> Self {
        Self { units, scale }
    }
    /// Reads `-1.50`, `1e3`; `None` when it is no number or too large.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !plain(whole)
            || !plain(fraction)
            || (digits.contains('.') && fraction.is_empty())
        {
            return None;
        }
        let mut units: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if scale < 0 {
            units = units.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?;
        }
        let scale = u32::try_from(scale.max(0)).ok().filter(|scale| *scale <= 36)?;
        Some(Self { units: if negative { -units } else { units }, scale })
    }
    /// Digits behind the point.
    #[must_use]
    pub fn scale(self) -> u32 {
        self.scale
    }
    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.units == 0
    }
    /// The whole number, when it is one.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        let unit = 10i128.checked_pow(self.scale)?;
        (self.units % unit == 0).then(|| i64::try_from(self.units / unit).ok())?
    }
    fn at(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(10i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
    fn both(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        Some((self.at(scale)?, other.at(scale)?, scale))
    }
    /// Sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.both(other)?;
        Some(Self { units: a.checked_add(b)?, scale })
    }
    /// Difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }
    /// Product.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self { units: self.units.checked_mul(other.units)?, scale: self.scale + other.scale }.short())
    }
    /// Quotient; `None` by nothing.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        let (a, b, _) = self.both(other)?;
        if b == 0 {
            return None;
        }
        let mut scale = QUOTIENT_SCALE;
        let units = loop {
            match 10i128.checked_pow(scale).and_then(|unit| a.checked_mul(unit)) {
                Some(units) => break units,
                None => scale = scale.checked_sub(1)?,
            }
        };
        let (quotient, rest) = (units / b, units % b);
        let up = rest.unsigned_abs() * 2 >= b.unsigned_abs();
        let sign = if (a < 0) == (b < 0) { 1 } else { -1 };
        Some(Self { units: quotient + if up { sign } else { 0 }, scale }.trimmed())
    }
    /// How often the other fits, without the rest.
    #[must_use]
    pub fn fits(self, other: Self) -> Option<i64> {
        let (a, b, _) = self.both(other)?;
        i64::try_from(a.checked_div(b)?).ok()
    }
    /// The rest.
    #[must_use]
    pub fn rest(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.both(other)?;
        Some(Self { units: a.checked_rem(b)?, scale })
    }
    /// The other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { units: -self.units, scale: self.scale }
    }
    /// Without sign.
    #[must_use]
    pub fn absolute(self) -> Self {
        Self { units: self.units.saturating_abs(), scale: self.scale }
    }
    /// The nearest below with as many digits.
    #[must_use]
    pub fn floor(self, scale: u32) -> Option<Self> {
        self.cut(scale, i128::div_euclid)
    }
    /// The nearest above with as many digits.
    #[must_use]
    pub fn ceiling(self, scale: u32) -> Option<Self> {
        Some(self.negated().floor(scale)?.negated())
    }
    /// Rounded, half away from nothing.
    #[must_use]
    pub fn round(self, scale: u32) -> Option<Self> {
        let half = |a: i128, unit: i128| {
            let away = if a < 0 { -(unit / 2) } else { unit / 2 };
            a.saturating_add(away) / unit
        };
        self.cut(scale, half)
    }
    fn cut(self, scale: u32, by: impl Fn(i128, i128) -> i128) -> Option<Self> {
        if scale >= self.scale {
            return Some(Self { units: self.at(scale)?, scale });
        }
        Some(Self { units: by(self.units, 10i128.checked_pow(self.scale - scale)?), scale })
    }
    /// Half a unit of the last digit.
    #[must_use]
    pub fn half_unit(self) -> Self {
        Self { units: 5, scale: self.scale + 1 }
    }
    /// Without zeros at the end.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }
    fn short(self) -> Self {
        if self.scale > MAX_SCALE { self.round(MAX_SCALE).unwrap_or(self) } else { self }
    }
    /// As a binary number, for what has no exact answer.
    #[must_use]
    pub fn binary(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
    /// From a binary number.
    #[must_use]
    pub fn of_binary(value: f64) -> Option<Self> {
        if !value.is_finite() || value.abs() > 1e20 {
            return None;
        }
        Self::read(&format!("{value:.12}")).map(Self::trimmed)
    }
}

impl PartialEq for Dec {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Dec {}
impl PartialOrd for Dec {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Dec {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.trimmed(), other.trimmed());
        match a.both(b) {
            Some((a, b, _)) => a.cmp(&b),
            // One of them is too large for the digits of the other.
            None => a.binary().total_cmp(&b.binary()),
        }
    }
}

impl fmt::Display for Dec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let scale = usize::try_from(self.scale).unwrap_or_default();
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let dot = if scale > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{dot}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_exact() {
        let d = |text: &str| Dec::read(text).expect(text);
        assert_eq!(d("1.2").plus(d("1.8")).map(|n| n.to_string()).as_deref(), Some("3.0"));
        assert_eq!(
            d("1").over(d("3")).and_then(|n| n.round(4)).map(|n| n.to_string()).as_deref(),
            Some("0.3333")
        );
        assert_eq!(d("-1.5875").floor(2).map(|n| n.to_string()).as_deref(), Some("-1.59"));
        assert_eq!(d("2.5").round(0), d("3").round(0));
        assert!(d("1.10") == d("1.1") && d("-2") < d("-1.9") && d("1e3") == d("1000"));
        assert_eq!((d("1").over(Dec::ZERO), d("2.2").rest(d("1.8"))), (None, Some(d("0.4"))));
        for text in ["", ".", "1.", ".5", "x", "1e", "1e999999999999"] {
            assert!(Dec::read(text).is_none(), "{text}");
        }
    }
}

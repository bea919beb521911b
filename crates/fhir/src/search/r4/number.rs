//! Numbers compared exactly, with the precision in which they are written (FHIR R4 search 3.1.1.5.2): `100` means
//! [99.5, 100.5), `100.00` means [99.995, 100.005), `1e2` means [95, 105).

/// A number in units of 10^-18; what is larger than 10^20 counts as that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed(i128);

const SCALE: i32 = 18;
/// The largest whole digits that fit.
const LARGEST: Fixed = Fixed(100_000_000_000_000_000_000 * 1_000_000_000_000_000_000);

impl Fixed {
    /// Below every number.
    pub const MIN: Self = Self(i128::MIN);
    /// Above every number.
    pub const MAX: Self = Self(i128::MAX);

    /// Reads a decimal; `None` when it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        parts(text).map(|(value, _)| value)
    }

    /// The number and half a unit of its last digit.
    #[must_use]
    pub fn with_precision(text: &str) -> Option<(Self, Self)> {
        let (value, last) = parts(text)?;
        // The specification's own example reads 1e2 as [95, 105): one digit more than is written.
        let last = if text.contains(['e', 'E']) { last - 1 } else { last };
        let half = power(last - 1).map_or(0, |unit| unit.saturating_mul(5));
        Some((value, Self(half)))
    }

    /// This and as much more.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// This and as much less.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
    /// A tenth of it, without sign: what "approximately" allows.
    #[must_use]
    pub fn tenth(self) -> Self {
        Self((self.0 / 10).saturating_abs())
    }
    /// Sixteen bytes that sort as the numbers do.
    #[must_use]
    pub fn sorted_bytes(self) -> [u8; 16] {
        ((self.0 as u128) ^ (1 << 127)).to_be_bytes()
    }
}

/// Ten to a power, in our units; `None` when it is too small or too large for them.
fn power(exponent: i32) -> Option<i128> {
    u32::try_from(exponent + SCALE).ok().and_then(|n| 10i128.checked_pow(n))
}

/// The value, and the power of ten of its last digit.
fn parts(text: &str) -> Option<(Fixed, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?.clamp(-1_000, 1_000)),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let last = exponent - i32::try_from(fraction.len()).unwrap_or(1_000);
    let mut value: i128 = 0;
    let mut place = exponent + i32::try_from(whole.len()).unwrap_or(1_000);
    for digit in whole.bytes().chain(fraction.bytes()) {
        place -= 1;
        let digit = i128::from(digit - b'0');
        if digit == 0 || place < -SCALE {
            continue;
        }
        value = match power(place).filter(|_| place <= 20) {
            Some(unit) => value.saturating_add(unit.saturating_mul(digit)).min(LARGEST.0),
            None => LARGEST.0,
        };
    }
    Some((Fixed(if negative { -value } else { value }), last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_precision() {
        let bounds = |text: &str| {
            let (value, half) = Fixed::with_precision(text).expect(text);
            (value.minus(half), value.plus(half))
        };
        let fixed = |text: &str| Fixed::read(text).expect(text);
        assert_eq!(bounds("100"), (fixed("99.5"), fixed("100.5")));
        assert_eq!(bounds("100.00"), (fixed("99.995"), fixed("100.005")));
        assert_eq!(bounds("1e2"), (fixed("95"), fixed("105")));
        assert_eq!(fixed("5.40e-3"), fixed("0.0054"));
        assert!(
            fixed("-2") < fixed("-1.99") && fixed("1e19") > fixed("9e18") && fixed("1e30") > fixed("1e19")
        );
        assert!(fixed("-1").sorted_bytes() < fixed("0.1").sorted_bytes());
        // The largest and what is beyond it: never a small or a negative number.
        for digit in 1..=9 {
            assert_eq!(fixed(&format!("{digit}00000000000000000000")), LARGEST, "{digit}");
            assert_eq!(fixed(&format!("-{digit}e20")), Fixed(-LARGEST.0), "{digit}");
        }
        for text in ["", ".", "abc", "1.2.3", "1e", "--1", "5é"] {
            assert_eq!(Fixed::read(text), None, "{text}");
        }
    }
}

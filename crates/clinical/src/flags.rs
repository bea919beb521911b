//! What a laboratory says of a result: OBX-8, or an interpretation. One table for whoever must be told and for what is shown.

/// What is said of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Critically high.
    CriticalHigh,
    /// Critically low.
    CriticalLow,
    /// Critical, with no side to it.
    Critical,
    /// Above what is usual.
    High,
    /// Below what is usual.
    Low,
    /// Not as expected, with no side to it.
    Abnormal,
    /// As expected.
    Normal,
    /// Nothing of whether it is as expected.
    Nothing,
}

impl Said {
    /// Reads a code of HL7 table 0078, of ObservationInterpretation (v3), or what laboratories write instead. A flag that nobody
    /// knows is a flag. `HU` is significantly high and `>` off the scale: neither is critical by its definition.
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code.to_ascii_uppercase().as_str() {
            "HH" | "HC" | "PH" => Self::CriticalHigh,
            "LL" | "LC" | "PL" => Self::CriticalLow,
            "AA" | "C" => Self::Critical,
            code if code.starts_with("CRIT") || code.starts_with("PANIC") => Self::Critical,
            "H" | "HU" | ">" => Self::High,
            "L" | "LU" | "<" => Self::Low,
            "N" | "NORM" | "NORMAL" | "NEG" | "ND" | "NR" | "S" | "SYN-S" => Self::Normal,
            "" | "NA" | "N/A" | "I" | "MS" | "VS" | "SDD" | "NCL" | "IND" | "IE" | "E" | "EXP" | "NULL"
            | "CAR" | "SYN-R" => Self::Nothing,
            _ => Self::Abnormal,
        }
    }

    /// Whether whoever it waits for must be called.
    #[must_use]
    pub fn is_critical(self) -> bool {
        matches!(self, Self::CriticalHigh | Self::CriticalLow | Self::Critical)
    }

    /// Whether it says that the result is not as expected.
    #[must_use]
    pub fn is_flag(self) -> bool {
        !matches!(self, Self::Normal | Self::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h20_what_nobody_knows_is_a_flag_and_only_what_says_critical_is() {
        for (code, said) in [
            ("hh", Said::CriticalHigh),
            ("PANIC LOW", Said::Critical),
            ("HU", Said::High),
            ("<", Said::Low),
            ("Q", Said::Abnormal),
            ("NS", Said::Abnormal),
            ("SDD", Said::Nothing),
        ] {
            assert_eq!(Said::of(code), said, "{code}");
        }
        assert!(Said::of("LC").is_critical() && !Said::of(">").is_critical());
        assert!(Said::of("R").is_flag() && !Said::of("N").is_flag() && !Said::of("").is_flag());
    }
}

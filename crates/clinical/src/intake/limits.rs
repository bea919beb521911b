//! How much one message may say before a person must look: a frame of nothing but short segments would otherwise
//! become millions of resources in one commit.

use crate::words::Words;
use hl7v2::Message;

/// Patients in one message (PID segments). The largest batches of real feeds carry a few dozen.
pub(crate) const MOST_PATIENTS: usize = 200;
/// Segments in one message. The longest real results have some hundreds, a genome report a few thousand.
pub(crate) const MOST_SEGMENTS: usize = 10_000;

/// Why a message is held before anything of it is read; `None` within the limits.
pub(super) fn exceeded(message: &Message) -> Option<Words> {
    let (mut segments, mut patients) = (0_usize, 0_usize);
    for segment in message.segments() {
        segments += 1;
        patients += usize::from(segment.name() == "PID");
    }
    if patients > MOST_PATIENTS {
        return Some(Words::new(
            format!(
                "The message has {patients} patients (PID segments), more than the limit of {MOST_PATIENTS}: nothing of it was filed. Send it in smaller messages."
            ),
            format!(
                "Le message compte {patients} patients (segments PID), plus que la limite de {MOST_PATIENTS} : rien n'en a été versé. Envoyez-le en messages plus petits."
            ),
        ));
    }
    (segments > MOST_SEGMENTS).then(|| {
        Words::new(
            format!(
                "The message has {segments} segments, more than the limit of {MOST_SEGMENTS}: nothing of it was filed. Send it in smaller messages."
            ),
            format!(
                "Le message compte {segments} segments, plus que la limite de {MOST_SEGMENTS} : rien n'en a été versé. Envoyez-le en messages plus petits."
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSH: &str = "MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\r";

    #[test]
    fn limits_name_the_count_and_the_limit() {
        let said = |text: String| exceeded(&Message::parse(text).expect("a message")).map(|words| words.en);
        assert_eq!(said(format!("{MSH}{}", "PID|1||1^^^Q\r".repeat(MOST_PATIENTS))), None);
        assert_eq!(said(format!("{MSH}{}", "OBX|1\r".repeat(MOST_SEGMENTS - 1))), None);
        let patients = said(format!("{MSH}{}", "PID|1||1^^^Q\r".repeat(1_000))).expect("held");
        assert!(patients.contains("1000 patients") && patients.contains("limit of 200"), "{patients}");
        let segments = said(format!("{MSH}PID|1||1^^^Q\r{}", "OBX|1\r".repeat(MOST_SEGMENTS))).expect("held");
        assert!(segments.contains("10002 segments") && segments.contains("limit of 10000"), "{segments}");
    }
}

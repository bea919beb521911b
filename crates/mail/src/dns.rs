//! A question to the name service and what it answers (RFC 1035): the text records of a name, nothing else. The socket is the
//! caller's.

/// Longest name, in characters (RFC 1035 2.3.4).
const NAME_LIMIT: usize = 253;
/// Longest label of one.
const LABEL_LIMIT: usize = 63;
/// Pointers that are followed within one name.
const POINTERS_LIMIT: usize = 32;
/// Names that stand for another, one after the other.
const ALIASES_LIMIT: usize = 8;
/// Records of an answer that are read.
const RECORDS_LIMIT: usize = 64;
/// Bytes of a header.
const HEADER: usize = 12;
const TXT: u16 = 16;
const CNAME: u16 = 5;
const IN: u16 = 1;

/// What the name service says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The text records of the name, each in one piece.
    Texts(Vec<String>),
    /// There is no such name, or it has no text record.
    Nothing,
    /// The answer did not fit: ask over TCP.
    Cut,
    /// It could not, or would not, say: its code (RFC 1035 4.1.1).
    Failed(u8),
}

/// Why bytes are no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It answers another question: somebody else's, an older one, or one that was made up.
    #[error("the answer is to another question")]
    Foreign,
    /// It cannot be read.
    #[error("the answer cannot be read")]
    Unread,
}

/// A name as it is compared: in lower case, without the dot at its end.
fn folded(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The question for the text records of a name; `None` for what cannot be one.
#[must_use]
pub fn question(id: u16, name: &str) -> Option<Vec<u8>> {
    let name = folded(name);
    if name.is_empty() || name.len() > NAME_LIMIT || !name.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let mut out = Vec::with_capacity(HEADER + name.len() + 6);
    out.extend_from_slice(&id.to_be_bytes());
    // Recursion is wanted; one question.
    out.extend_from_slice(&[0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        let long = u8::try_from(label.len()).ok()?;
        if label.is_empty() || label.len() > LABEL_LIMIT {
            return None;
        }
        out.push(long);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out.extend_from_slice(&TXT.to_be_bytes());
    out.extend_from_slice(&IN.to_be_bytes());
    Some(out)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// The name that begins at a place, and where what follows it begins (4.1.4).
fn name(bytes: &[u8], begins: usize) -> Option<(String, usize)> {
    let (mut out, mut at, mut after, mut jumps) = (String::new(), begins, None, 0);
    loop {
        let long = usize::from(*bytes.get(at)?);
        match long {
            0 => return Some((out, after.unwrap_or(at + 1))),
            0xC0.. => {
                after = after.or(Some(at + 2));
                jumps += 1;
                if jumps > POINTERS_LIMIT {
                    return None;
                }
                at = usize::from(number(bytes, at)? & 0x3FFF);
            }
            1..=LABEL_LIMIT => {
                let label = bytes.get(at + 1..at + 1 + long)?;
                if !out.is_empty() {
                    out.push('.');
                }
                out.extend(label.iter().map(|b| char::from(b.to_ascii_lowercase())));
                if out.len() > NAME_LIMIT {
                    return None;
                }
                at += 1 + long;
            }
            _ => return None,
        }
    }
}

/// The pieces of a text record, put together (RFC 6376 3.6.2.2, RFC 7208 3.3).
fn text(data: &[u8]) -> Option<String> {
    let (mut out, mut rest) = (Vec::new(), data);
    while let Some((&long, after)) = rest.split_first() {
        let piece = after.get(..usize::from(long))?;
        out.extend_from_slice(piece);
        rest = &after[piece.len()..];
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// Reads what came for a question.
///
/// # Errors
/// [`Problem`]; what is [`Problem::Foreign`] is let go and waited on.
pub fn read(bytes: &[u8], id: u16, asked: &str) -> Result<Answer, Problem> {
    let (Some(said), Some(flags)) = (number(bytes, 0), number(bytes, 2)) else { return Err(Problem::Unread) };
    if said != id || flags & 0x8000 == 0 {
        return Err(Problem::Foreign);
    }
    let count = |at: usize| number(bytes, at).map(usize::from).ok_or(Problem::Unread);
    let (questions, records) = (count(4)?, count(6)?);
    // What repeats no question, or another, may be anybody's.
    if questions != 1 {
        return Err(Problem::Foreign);
    }
    let (of, at) = name(bytes, HEADER).ok_or(Problem::Unread)?;
    if of != folded(asked) || number(bytes, at) != Some(TXT) || number(bytes, at + 2) != Some(IN) {
        return Err(Problem::Foreign);
    }
    if flags & 0x0200 != 0 {
        return Ok(Answer::Cut);
    }
    match flags & 0x000F {
        0 => {}
        3 => return Ok(Answer::Nothing),
        code => return Ok(Answer::Failed(code.to_be_bytes()[1])),
    }
    texts(bytes, at + 4, records, &of).map_or(Err(Problem::Unread), |texts| {
        Ok(if texts.is_empty() { Answer::Nothing } else { Answer::Texts(texts) })
    })
}

/// The text records of a name among the records of an answer; a name may stand for another.
fn texts(bytes: &[u8], mut at: usize, records: usize, of: &str) -> Option<Vec<String>> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut aliases: Vec<(String, String)> = Vec::new();
    for _ in 0..records.min(RECORDS_LIMIT) {
        let (owner, head) = name(bytes, at)?;
        let (sort, class) = (number(bytes, head)?, number(bytes, head + 2)?);
        let (begins, long) = (head + 10, usize::from(number(bytes, head + 8)?));
        let data = bytes.get(begins..begins + long)?;
        match (sort, class) {
            (TXT, IN) => found.push((owner, text(data)?)),
            (CNAME, IN) => aliases.push((owner, name(bytes, begins)?.0)),
            _ => {}
        }
        at = begins + long;
    }
    let mut wanted = of.to_owned();
    for _ in 0..=ALIASES_LIMIT {
        let texts: Vec<String> =
            found.iter().filter(|(owner, _)| *owner == wanted).map(|(_, text)| text.clone()).collect();
        let next = aliases.iter().find(|(owner, _)| *owner == wanted);
        match next {
            Some((_, target)) if texts.is_empty() => wanted.clone_from(target),
            _ => return Some(texts),
        }
    }
    Some(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "s1._domainkey.harbour.example";

    /// An answer to the question, with records `(owner, sort, data)`.
    fn answered(id: u16, flags: u16, records: &[(&str, u16, Vec<u8>)]) -> Vec<u8> {
        let mut out = question(id, NAME).unwrap();
        out[2..4].copy_from_slice(&flags.to_be_bytes());
        out[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
        for (owner, sort, data) in records {
            if owner.is_empty() {
                // A pointer to the name of the question.
                out.extend_from_slice(&[0xC0, 12]);
            } else {
                let whole = question(0, owner).unwrap();
                out.extend_from_slice(&whole[HEADER..whole.len() - 4]);
            }
            out.extend_from_slice(&sort.to_be_bytes());
            out.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
            out.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
            out.extend_from_slice(data);
        }
        out
    }

    fn pieces(parts: &[&str]) -> Vec<u8> {
        parts
            .iter()
            .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part.as_bytes()].concat())
            .collect()
    }

    fn wire(name: &str) -> Vec<u8> {
        let whole = question(0, name).unwrap();
        whole[HEADER..whole.len() - 4].to_vec()
    }

    #[test]
    fn s043_text_records_are_read_in_one_piece_and_behind_another_name() {
        let plain = answered(7, 0x8180, &[("", TXT, pieces(&["v=DKIM1; ", "p=AAAA"]))]);
        assert_eq!(
            read(&plain, 7, "S1._domainkey.Harbour.example."),
            Ok(Answer::Texts(vec!["v=DKIM1; p=AAAA".into()]))
        );
        let other = "s1.keys.example";
        let alias = answered(7, 0x8180, &[("", CNAME, wire(other)), (other, TXT, pieces(&["p=BBBB"]))]);
        assert_eq!(read(&alias, 7, NAME), Ok(Answer::Texts(vec!["p=BBBB".into()])));
        // What is said of a name that nobody asked for is nobody's answer.
        let slipped = answered(7, 0x8180, &[("else.example", TXT, pieces(&["p=EVIL"]))]);
        assert_eq!(read(&slipped, 7, NAME), Ok(Answer::Nothing));
        let circle = answered(7, 0x8180, &[("", CNAME, wire(NAME))]);
        assert_eq!(read(&circle, 7, NAME), Ok(Answer::Nothing));
    }

    #[test]
    fn s043_an_answer_to_another_question_is_none() {
        let whole = answered(7, 0x8180, &[("", TXT, pieces(&["p=AAAA"]))]);
        assert_eq!(read(&whole, 8, NAME), Err(Problem::Foreign), "forged id");
        assert_eq!(read(&whole, 7, "s2._domainkey.harbour.example"), Err(Problem::Foreign));
        assert_eq!(read(&question(7, NAME).unwrap(), 7, NAME), Err(Problem::Foreign), "a question");
        assert_eq!(read(&answered(7, 0x8183, &[]), 7, NAME), Ok(Answer::Nothing), "no such name");
        assert_eq!(read(&answered(7, 0x8182, &[]), 7, NAME), Ok(Answer::Failed(2)));
        assert_eq!(read(&answered(7, 0x8380, &[]), 7, NAME), Ok(Answer::Cut));
        assert_eq!(read(&whole[..whole.len() - 3], 7, NAME), Err(Problem::Unread));
        for wrong in ["", "a..b", "é.example", "a b.example", &"a.".repeat(140), &"x".repeat(64)] {
            assert_eq!(question(1, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_that_points_at_itself_ends() {
        let mut whole = answered(7, 0x8180, &[("", TXT, pieces(&["p=A"]))]);
        let at = question(7, NAME).unwrap().len();
        whole[at..at + 2].copy_from_slice(&(0xC000 | u16::try_from(at).unwrap()).to_be_bytes());
        assert_eq!(read(&whole, 7, NAME), Err(Problem::Unread));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reader(at in 0_usize..120, bytes in proptest::collection::vec(0_u8..=255, 0..40)) {
            let mut whole = answered(7, 0x8180, &[("", CNAME, wire("b.example")), ("b.example", TXT, pieces(&["p=AAAA"]))]);
            let at = at.min(whole.len());
            let end = (at + bytes.len()).min(whole.len());
            whole.splice(at..end, bytes);
            drop(read(&whole, 7, NAME));
        }
    }
}

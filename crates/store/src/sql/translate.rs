//! One text for each statement: what the two databases write differently, said for PostgreSQL.
//!
//! Everything else is the same text on both. What needs more than a word changed is written so that both take it
//! (`IS DISTINCT FROM`, `CASE WHEN` for a truth value in a sum), not translated.

use super::text::{Piece, pieces};

/// A statement as PostgreSQL takes it.
///
/// | here | there |
/// |---|---|
/// | `?1` | `$1` |
/// | `INDEXED BY name` | nothing: it plans by its statistics |
/// | `a CROSS JOIN b ON …` (an order for SQLite's planner) | `a JOIN b ON …` |
/// | `max(a, b)`, `min(a, b)` | `greatest(a, b)`, `least(a, b)` |
/// | `CAST(a AS INTEGER)` | `CAST(a AS bigint)` |
/// | `x'00'` | `'\x00'::bytea` |
/// | `randomblob(32)`, `randomblob(12)` | bytes of two random UUIDs, hashed |
/// | `user` (a column) | `"user"` |
/// | `BEGIN IMMEDIATE` | `BEGIN` |
pub(crate) fn translate(sql: &str) -> String {
    let pieces = pieces(sql);
    let mut out = String::with_capacity(sql.len() + 16);
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let here = at;
        let next = |word: &str| word_behind(&pieces, here, word);
        at += 1;
        match piece {
            Piece::Word(_) if piece.is("INDEXED") => match next("BY").and_then(|by| some_behind(&pieces, by))
            {
                Some(name) => at = name + 1,
                None => out.push_str("INDEXED"),
            },
            Piece::Word(_) if piece.is("CROSS") => match next("JOIN") {
                Some(join) => {
                    at = join + 1;
                    out.push_str("JOIN");
                }
                None => out.push_str("CROSS"),
            },
            Piece::Word(_) if piece.is("BEGIN") => {
                at = next("IMMEDIATE").map_or(at, |word| word + 1);
                out.push_str("BEGIN");
            }
            Piece::Word(name) if piece.is("max") || piece.is("min") => {
                let several = arguments(&pieces, at) > 1;
                out.push_str(match (several, piece.is("max")) {
                    (true, true) => "greatest",
                    (true, false) => "least",
                    (false, _) => name,
                });
            }
            Piece::Word(name) if piece.is("randomblob") => match length_of_random(&pieces, at) {
                Some((bytes, behind)) => {
                    at = behind;
                    out.push_str(&format!(
                        "substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, {bytes})"
                    ));
                }
                None => out.push_str(name),
            },
            Piece::Word(_) if piece.is("INTEGER") => out.push_str("bigint"),
            Piece::Word("user") => out.push_str("\"user\""),
            Piece::Word(word) => out.push_str(word),
            Piece::Parameter(number) => {
                out.push('$');
                out.push_str(number);
            }
            Piece::Bytes(hex) => out.push_str(&format!("'\\x{hex}'::bytea")),
            Piece::Quoted(text) | Piece::Space(text) | Piece::Sign(text) => out.push_str(text),
            Piece::Comment => {}
        }
    }
    out
}

/// The next piece that says something, when it is this word.
fn word_behind(pieces: &[Piece<'_>], at: usize, word: &str) -> Option<usize> {
    some_behind(pieces, at).filter(|found| pieces[*found].is(word))
}

/// The next piece that says something.
fn some_behind(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    (at + 1..pieces.len()).find(|n| !pieces[*n].is_blank())
}

/// How many arguments the parentheses that begin at `at` hold.
fn arguments(pieces: &[Piece<'_>], at: usize) -> usize {
    let mut depth = 0;
    let mut count = 1;
    for piece in &pieces[at..] {
        match piece {
            Piece::Sign("(") => depth += 1,
            Piece::Sign(")") => depth -= 1,
            Piece::Sign(",") if depth == 1 => count += 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    count
}

/// The number in `(N)`, at most the 32 that a hash has, and where it ends.
fn length_of_random(pieces: &[Piece<'_>], at: usize) -> Option<(u32, usize)> {
    match pieces.get(at..at + 3)? {
        [Piece::Sign("("), Piece::Word(number), Piece::Sign(")")] => {
            let bytes = number.parse().ok().filter(|bytes| (1..=32).contains(bytes))?;
            Some((bytes, at + 3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_said_for_postgresql() {
        for (ours, theirs) in [
            ("SELECT a FROM t WHERE b = ?1 AND c < ?12", "SELECT a FROM t WHERE b = $1 AND c < $12"),
            ("FROM journal j INDEXED BY journal_arrival WHERE x", "FROM journal j  WHERE x"),
            ("FROM o CROSS JOIN x \n ON x.a = o.a", "FROM o JOIN x \n ON x.a = o.a"),
            ("SELECT max(id), max(a, ?2), min(f(x, y))", "SELECT max(id), greatest(a, $2), min(f(x, y))"),
            (
                "max(?2, (SELECT coalesce(max(n), 0) + 1 FROM t))",
                "greatest($2, (SELECT coalesce(max(n), 0) + 1 FROM t))",
            ),
            ("CAST(a AS INTEGER)", "CAST(a AS bigint)"),
            ("DEFAULT x'' , y = x'0aff'", "DEFAULT '\\x'::bytea , y = '\\x0aff'::bytea"),
            (
                "SELECT user, user_id, 'user ?1 it''s max(a, b)'",
                "SELECT \"user\", user_id, 'user ?1 it''s max(a, b)'",
            ),
            ("BEGIN IMMEDIATE", "BEGIN"),
            ("SELECT 1 -- why ?1\nFROM t", "SELECT 1 \nFROM t"),
        ] {
            assert_eq!(translate(ours), theirs);
        }
        assert!(translate("SELECT randomblob(12)").ends_with("1, 12)"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_no_panic(sql in "[a-zx?'\" (),0-9;-]{0,60}|.{0,40}") {
            let _ = translate(&sql);
        }
    }
}

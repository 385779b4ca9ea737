//! Names that people read: nothing in them is hidden, and none is mistaken for Folio's own.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use crate::input::TextError;

/// Marks that may stand on one letter; more of them run over the lines around it.
const MARKS_MAX: usize = 4;

/// What only Folio calls itself or its people, alone or strung together.
const RESERVED: [&str; 13] = [
    "folio",
    "admin",
    "administrator",
    "moderator",
    "support",
    "staff",
    "official",
    "operator",
    "system",
    "security",
    "root",
    "help",
    "team",
];

static RESERVED_LOOKS: LazyLock<Vec<String>> =
    LazyLock::new(|| RESERVED.iter().map(|word| look(word)).collect());

/// The text in composed form (NFC), so that what looks the same is the same.
///
/// # Errors
/// Characters that cannot be seen or that turn the direction of the text, or a heap of marks.
pub fn legible(text: &str) -> Result<String, TextError> {
    let text: String = text.nfc().collect();
    let mut marks = 0;
    for c in text.chars() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if is_hidden(c) || marks > MARKS_MAX {
            return Err(TextError::Hidden);
        }
    }
    Ok(text)
}

/// Refuses what reads like Folio itself, in whatever letters: `Admin`, `аdmin`, `F0lio Support`.
///
/// # Errors
/// It does.
pub fn nobody_of_ours(text: &str) -> Result<(), TextError> {
    let look = look(text);
    let look = look.strip_prefix("the").unwrap_or(&look);
    if !look.is_empty() && is_reserved(look) { Err(TextError::Reserved) } else { Ok(()) }
}

fn is_reserved(look: &str) -> bool {
    let mut words = RESERVED_LOOKS.iter();
    look.is_empty() || words.any(|word| look.strip_prefix(word.as_str()).is_some_and(is_reserved))
}

/// What a reader in a hurry sees: Unicode's skeleton (UTS 39) without case, blanks and marks, and
/// with the digits that stand in for letters.
fn look(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let letters = skeleton(&plain).flat_map(char::to_lowercase).map(|c| match c {
        '0' => 'o',
        '1' | 'i' | '!' | '|' => 'l',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    });
    letters.filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).collect()
}

/// Takes no room, or turns the direction of what follows, or means nothing outside one's own
/// machine. U+FE0F stays: it only makes a sign an emoji.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0e}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        assert_eq!(legible("Ame\u{301}lie"), Ok("Am\u{e9}lie".to_owned()));
        assert_eq!(legible("수묵화 \u{2764}\u{fe0f}"), Ok("수묵화 \u{2764}\u{fe0f}".to_owned()));
    }

    #[test]
    fn nothing_in_a_name_is_hidden() {
        let marked = format!("a{}", "\u{323}\u{331}".repeat(3));
        for hidden in ["a\u{200b}b", "\u{202e}nimda", "\u{3164}", "a\u{ad}b", "\u{e0041}", &marked]
        {
            assert_eq!(legible(hidden), Err(TextError::Hidden), "{hidden:?}");
        }
    }

    #[test]
    fn nobody_takes_a_name_that_reads_like_folio() {
        for name in [
            "admin",
            "Admin",
            "ADM1N",
            "аdmin",
            "ａｄｍｉｎ",
            "ádmin",
            "F0li0",
            "Fоlіо",
            "folio_support",
            "The Folio Team",
            "s.u.p.p.o.r.t",
            "5upp0rt",
            "𝐟𝐨𝐥𝐢𝐨",
            "adrnin",
        ] {
            assert_eq!(nobody_of_ours(name), Err(TextError::Reserved), "{name}");
        }
        for name in [
            "mina",
            "Portfolio",
            "Administrata",
            "Folie",
            "The The",
            "the",
            "Supporter",
            "♥",
            "관리",
        ] {
            assert_eq!(nobody_of_ours(name), Ok(()), "{name}");
        }
    }
}

//! Passwords that are tried first: the common ones, and those that are about their owner or this place
//! (NIST SP 800-63B, 3.1.1.2).

/// The most common passwords that are long enough, in lower case; lines with a `#` are its licence.
const COMMON: &str = include_str!("common_passwords.txt");
/// What this place is called.
const PLACE: &str = "folio";

/// Whether a password is one of the first that somebody would try, in any case: a common one, one
/// character over and over, or, with whatever digits and signs around it, a name or address of its
/// owner's or this place's name.
pub(super) fn is_guessable(password: &str, own: &[&str]) -> bool {
    let password = password.to_lowercase();
    let mut characters = password.chars();
    let first = characters.next();
    let repeats = characters.all(|character| Some(character) == first);
    let parts = own.iter().flat_map(|text| {
        let text = text.trim();
        [Some(text), text.rsplit_once('@').map(|(local, _)| local)]
    });
    let is_about = |word: &str| {
        let word = word.to_lowercase();
        password == word || (!core(&word).is_empty() && core(&password) == core(&word))
    };
    repeats
        || COMMON.lines().any(|common| common == password)
        || parts.flatten().chain([PLACE]).any(is_about)
}

/// Without the digits and signs at its ends.
fn core(word: &str) -> &str {
    word.trim_matches(|character: char| !character.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::Password;

    const MINA: &[&str] = &["Mina.Kim@example.com", "mina-the-2nd", "Mina Kim"];

    #[test]
    fn what_is_tried_first_is_no_password() {
        for password in [
            "password",
            "PassWord1",
            "12345678",
            "        ",
            "aaaaaaaaa",
            "folio-2026",
            "mina.kim@example.com",
            "mina.kim1990",
            "Mina Kim!!!",
            "mina-the-2nd",
            "2026-mina-the-2nd!",
        ] {
            assert!(is_guessable(password, MINA), "{password}");
        }
    }

    #[test]
    fn what_is_nobodys_name_and_not_common_is_a_password() {
        for password in ["correct horse battery", "mina likes folio", "kim mina", "  1 2 3 4 "] {
            assert!(!is_guessable(password, MINA), "{password}");
        }
        assert!(!is_guessable("8452-3391-7", &["", "1984", "@"]), "nobody is called nothing");
    }

    #[test]
    fn every_common_password_could_be_chosen_otherwise() {
        let common = || COMMON.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(common().count(), 4_000);
        for line in common() {
            assert!(Password::parse(line).is_ok() && line == line.to_lowercase(), "{line}");
        }
    }
}

//! The rules, as sentences.

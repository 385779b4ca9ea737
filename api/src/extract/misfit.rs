//! What does not fit where, in words for whoever sent it: the one error of reading bodies and
//! parameters, so that no library's text comes out.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

/// One member or parameter that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The names and indexes that lead to it, innermost first.
    steps: Vec<String>,
    /// What is expected.
    pub detail: String,
}

impl Misfit {
    /// Something else is expected.
    pub fn expected(what: &dyn Display) -> Self {
        let text = what.to_string();
        Self::of(format!("{} is expected.", in_words(&text)))
    }

    /// One of some words is expected.
    pub fn one_of(words: &[&str]) -> Self {
        Self::of(format!("One of these is expected: {}.", words.join(", ")))
    }

    /// The same, seen from one level further out.
    pub fn below(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// The outermost name.
    pub fn parameter(&self) -> &str {
        self.steps.last().map_or("", String::as_str)
    }

    /// Where it is, as RFC 6901 has it.
    pub fn pointer(&self) -> String {
        self.steps.iter().rev().fold(String::new(), |mut at, step| {
            push_step(&mut at, step);
            at
        })
    }

    fn of(detail: impl Into<String>) -> Self {
        Self { steps: Vec::new(), detail: detail.into() }
    }
}

/// One step further into a document (RFC 6901).
pub(super) fn push_step(at: &mut String, step: &str) {
    at.push('/');
    for c in step.chars() {
        match c {
            '~' => at.push_str("~0"),
            '/' => at.push_str("~1"),
            other => at.push(other),
        }
    }
}

/// What serde's visitors say they expect, as one who does not write Rust would say it.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" => "A whole number from 0 to 255",
        "u16" => "A whole number from 0 to 65535",
        "u32" => "A whole number from 0 to 4294967295",
        "u64" | "usize" => "A whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "A whole number",
        "f32" | "f64" => "A number",
        "a Decimal type representing a fixed-point number" => "A decimal number",
        "a boolean" => "True or false",
        "a string" => "A string",
        "a sequence" => "An array",
        "a formatted UUID string" => "A UUID",
        "an RFC 3339 formatted date and time string" => "A date and time as RFC 3339",
        object if object == "a map" || object.starts_with("struct ") => "A JSON object",
        other => other,
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer(), self.detail)
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: Display>(rule: T) -> Self {
        Self::of(rule.to_string()) // A rule of the domain, in its own words.
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected)
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(&expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of(expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let known = match expected {
            [] => "there are none".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        Self::of(format!("There is no member {field} here; {known}.")).below(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of("It is required.").below(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of("It stands twice.").below(field)
    }
}

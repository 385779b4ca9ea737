//! The project's own files, as the rules read them.

use std::path::{Path, PathBuf};

/// Folders that hold no source of ours.
const SKIPPED: [&str; 3] = ["target", ".git", ".folio"];

/// One file of the project.
pub struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    /// As it stands there.
    pub text: String,
}

impl Source {
    /// The package it belongs to: its first folder.
    pub fn package(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// Lines that are not comments, with their numbers from 1; a trailing comment is cut off.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let comment = if self.path.ends_with(".sql") { "--" } else { "//" };
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let trimmed = line.trim_start();
            let code = line.split(&format!(" {comment} ")).next().unwrap_or(line);
            (!trimmed.starts_with(comment)).then_some((index + 1, code))
        })
    }

    /// `path:line: what`, as editors understand it.
    pub fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Every file with one of the extensions, sorted by path. The rules' own files are left out: they
/// must name what they forbid.
pub fn sources(extensions: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, extensions, &mut found);
    found.retain(|source| !source.path.starts_with("tests/it/tidy/"));
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "no sources under {}", root.display());
    found
}

/// The text of one file, by its path from the root.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Fails with one line per offence.
#[track_caller]
pub fn none(offences: &[String], rule: &str) {
    assert!(offences.is_empty(), "{rule}\n{}", offences.join("\n"));
}

/// The code with comments and texts replaced by spaces, so that offsets stay.
pub fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (mut in_text, mut in_comment, mut escaped) = (false, false, false);
        for (offset, c) in line.char_indices() {
            let quote = c == '"' && !escaped && !in_comment && !line[..offset].ends_with('\'');
            in_comment |= !in_text && line[offset..].starts_with("//");
            in_text ^= quote;
            escaped = c == '\\' && !escaped;
            let lone =
                line[..offset].ends_with('\'') && line[offset + c.len_utf8()..].starts_with('\'');
            let hidden = (in_text || quote || in_comment || lone) && c != '\n';
            code.push(if hidden { ' ' } else { c });
            code.extend(std::iter::repeat_n(' ', if hidden { c.len_utf8() - 1 } else { 0 }));
        }
    }
    code
}

/// The offset just behind the brace that opens a body.
pub fn body_of(code: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(offset + 1),
            ';' | '}' if depth <= 0 => return None,
            _ => {}
        }
    }
    None
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn collect(root: &Path, folder: &Path, extensions: &[&str], found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
            collect(root, &path, extensions, found);
        }
        let wanted = path.extension().is_some_and(|ext| extensions.iter().any(|e| ext == *e));
        if path.is_file() && wanted {
            let relative = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            found.push(Source { path: relative, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

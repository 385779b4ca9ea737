//! Looking for a person everywhere: in every table, every stream of NATS, every object, every log
//! line, in plain, in base64 and in hex.
#![expect(clippy::unwrap_used, reason = "a test that cannot look has failed")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use super::support::{App, Role};

/// Where a value was found: a table, a stream, a file, a line of the log.
pub type Places = BTreeSet<String>;

/// A value in the forms in which it might lie about.
pub fn forms(value: &str) -> Vec<Vec<u8>> {
    let whole = value.len() / 3 * 3; // What follows would be mixed with what stands behind it.
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = BASE64_STANDARD_NO_PAD.encode(&value.as_bytes()[..whole]);
    [value.to_owned(), base64, hex].map(String::into_bytes).into()
}

fn holds(hay: &[u8], forms: &[Vec<u8>]) -> bool {
    forms.iter().any(|form| hay.windows(form.len()).any(|part| part == form))
}

/// Every place that holds a value.
pub async fn places(app: &App, log: &Lines, value: &str) -> Places {
    let forms = forms(value);
    let mut places = tables(app, &forms).await;
    places.extend(streams(app, &forms).await);
    files(app.objects_folder(), &forms, &mut places);
    let logged = log.0.lock().unwrap();
    let lines = logged.split(|byte| *byte == b'\n').filter(|line| holds(line, &forms));
    places.extend(lines.map(|line| format!("log: {}", String::from_utf8_lossy(line))));
    places
}

async fn tables(app: &App, forms: &[Vec<u8>]) -> Places {
    const ALL: &str = "select n.nspname || '.' || c.relname
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg_toast%'";
    let client = app.database.client(Role::Superuser).await;
    let mut places = Places::new();
    for table in client.query(ALL, &[]).await.unwrap() {
        let table: String = table.get(0);
        // A row as text shows bytes in hex.
        let rows = client.query(&format!("select t::text from {table} as t"), &[]).await.unwrap();
        if rows.iter().any(|row| holds(row.get::<_, String>(0).as_bytes(), forms)) {
            places.insert(table);
        }
    }
    places
}

async fn streams(app: &App, forms: &[Vec<u8>]) -> Places {
    use futures::TryStreamExt;
    let client = async_nats::connect(app.nats.as_ref().unwrap().url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let names: Vec<String> = jetstream.stream_names().try_collect().await.unwrap();
    assert!(!names.is_empty(), "there is nothing to look into");
    let mut places = Places::new();
    for name in names {
        let mut stream = jetstream.get_stream(&name).await.unwrap();
        let state = stream.info().await.unwrap().state.clone();
        for sequence in state.first_sequence..=state.last_sequence {
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            let headers = format!("{:?}", message.headers);
            let all = [message.subject.as_bytes(), headers.as_bytes(), &message.payload].concat();
            if holds(&all, forms) {
                places.insert(format!("nats:{name}"));
            }
        }
    }
    places
}

fn files(folder: &Path, forms: &[Vec<u8>], places: &mut Places) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        let content = if path.is_dir() {
            files(&path, forms, places);
            Vec::new()
        } else {
            std::fs::read(&path).unwrap()
        };
        if holds(name.as_bytes(), forms) || holds(&content, forms) {
            places.insert(name);
        }
    }
}

/// Files under a folder.
pub fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

/// Every line that was logged, with all its fields.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Collects what this thread logs from now on, as much as `RUST_LOG` can ask for.
    pub fn collect() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(api::logging::filter(Some("trace")))
            .with_writer(lines.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// Whether anything was logged.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn a_value_is_found_in_each_of_its_forms() {
    let forms = forms("Planted Name");
    for hay in ["a Planted Name b", "UGxhbnRlZCBOYW1l", "506c616e746564204e616d65"] {
        assert!(holds(hay.as_bytes(), &forms), "{hay}");
    }
    assert!(!holds(b"a planted name", &forms));
}

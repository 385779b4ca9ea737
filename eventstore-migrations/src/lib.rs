//! The log's schema and roles, and the runner that brings a database to them. Forward only.

mod passwords;
mod roles;
mod server;

use std::time::Duration;

use refinery::{Migration, Runner};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

pub use passwords::{Role, RolePasswords};

/// The migrations in order; a file is never changed once it was released.
const MIGRATIONS: [(&str, &str); 3] = [
    ("V1__log", include_str!("../sql/V1__log.sql")),
    ("V2__append", include_str!("../sql/V2__append.sql")),
    ("V3__privileges", include_str!("../sql/V3__privileges.sql")),
];

/// Everything [`migrate`] runs, as this program carries it: names the schema it makes, whatever
/// lies in the source tree by now.
pub fn scripts() -> impl Iterator<Item = &'static str> {
    std::iter::once(roles::ROLES).chain(MIGRATIONS.map(|(_, script)| script))
}

/// Where the runner keeps what it applied.
const HISTORY_TABLE: &str = "migrations.history";

/// Held for the session, so that two processes may migrate one database at once. Any constant.
const ADVISORY_LOCK: i64 = 0x0066_6f6c_696f_6462;

/// How long to wait for another process that migrates.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(300);

/// What to do besides applying migrations.
#[derive(Default)]
pub struct Options {
    /// Passwords to set; none by default.
    pub passwords: RolePasswords,
    /// Accept a server that may lose what it acknowledged (`fsync` or `full_page_writes` off):
    /// for clusters that are thrown away.
    pub throwaway: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Migrations applied now, by name; empty if the database was up to date.
    pub applied: Vec<String>,
    /// Settings of the server that work but are not recommended.
    pub warnings: Vec<String>,
}

/// Why the database could not be migrated. Nothing is half applied: each migration is one
/// transaction.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database does not answer or refuses a statement.
    #[error("the database refused while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        source: tokio_postgres::Error,
    },
    /// The server cannot carry the log.
    #[error("the server cannot carry the log: {0}")]
    Unfit(String),
    /// A migration failed, or the applied ones are not ours.
    #[error("a migration failed")]
    Migration(#[from] refinery::Error),
}

/// Brings the database at `url` to the newest schema: checks the server, makes missing roles,
/// applies missing migrations, sets passwords. Doing it again, or from several processes at once,
/// changes nothing more.
///
/// The role in `url` must own the database or be allowed to create in it, and be a superuser, have
/// `createrole`, or be `migrator` itself once the roles exist.
///
/// # Errors
/// [`MigrateError`]; run it again after mending the cause.
pub async fn migrate(url: &str, options: &Options) -> Result<Report, MigrateError> {
    let config: Config = url.parse().map_err(refused("reading its URL"))?;
    migrate_over(&config, NoTls, options).await
}

/// The same over a connection that is encrypted, or not, as `tls` makes it.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_over<T>(
    config: &Config,
    tls: T,
    options: &Options,
) -> Result<Report, MigrateError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (mut client, connection) = config.connect(tls).await.map_err(refused("connecting"))?;
    let driver = tokio::spawn(connection);
    let report = run(&mut client, options).await;
    drop(client); // Ends the session, and with it the advisory lock.
    if let Ok(Err(error)) = driver.await {
        tracing::debug!(%error, "the migrator's connection ended with an error");
    }
    report
}

async fn run(client: &mut Client, options: &Options) -> Result<Report, MigrateError> {
    let warnings = server::check(client, options.throwaway).await?;
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    let lock = format!(
        "set lock_timeout = '{}s'; select pg_advisory_lock({ADVISORY_LOCK}); reset lock_timeout",
        LOCK_WAIT_MAX.as_secs()
    );
    client.batch_execute(&lock).await.map_err(refused("waiting for another migrator"))?;
    roles::ensure(client).await?;
    client.batch_execute("set role migrator").await.map_err(refused("becoming migrator"))?;
    let applied = runner()?.run_async(client).await?;
    client.batch_execute("reset role").await.map_err(refused("leaving migrator"))?;
    passwords::set(client, &options.passwords).await?;
    let applied = applied.applied_migrations().iter().map(ToString::to_string).collect();
    Ok(Report { applied, warnings })
}

fn runner() -> Result<Runner, refinery::Error> {
    let migrations = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<Result<Vec<_>, _>>()?;
    let mut runner = Runner::new(&migrations);
    runner.set_migration_table_name(HISTORY_TABLE);
    Ok(runner)
}

fn refused(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> MigrateError {
    move |source| MigrateError::Database { doing, source }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn every_migration_in_the_folder_is_run() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
            .filter(|name| name.starts_with('V'))
            .collect();
        files.sort_by_key(|name| name[1..].split_once("__").unwrap().0.parse::<u32>().unwrap());
        assert_eq!(files, MIGRATIONS.map(|(name, _)| name.to_owned()));
    }

    #[test]
    fn migrations_count_from_one_without_gaps() {
        let versions: Vec<u32> = runner()
            .unwrap()
            .get_migrations()
            .iter()
            .map(|migration| u32::try_from(migration.version()).unwrap())
            .collect();
        assert_eq!(versions, (1..).take(MIGRATIONS.len()).collect::<Vec<u32>>());
    }
}

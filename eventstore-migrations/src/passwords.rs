//! Passwords of the roles that log in, set as SCRAM verifiers: the server never sees, nor logs,
//! the password itself.

use std::collections::BTreeMap;

use postgres_protocol::password::scram_sha_256;
use tokio_postgres::Client;

use crate::roles::repeat_when_raced;
use crate::{MigrateError, refused};

/// A role that logs in (SEC-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Appends through functions, reads the log, serves the vault.
    Writer,
    /// Reads the log, owns the read tables.
    Projector,
    /// Reads the read tables.
    Api,
    /// Reads the log and the read tables, past row-level security.
    Auditor,
    /// Reads the read tables.
    ReadonlyUser,
    /// Applies migrations.
    Migrator,
}

impl Role {
    /// The role's name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Writer => "es_writer",
            Self::Projector => "projector",
            Self::Api => "api",
            Self::Auditor => "auditor",
            Self::ReadonlyUser => "readonly_user",
            Self::Migrator => "migrator",
        }
    }
}

/// Passwords to set; a role that is not named keeps what it has. Has no `Debug` on purpose.
#[derive(Default)]
pub struct RolePasswords(BTreeMap<Role, String>);

impl RolePasswords {
    /// Adds a role's password.
    #[must_use]
    pub fn with(mut self, role: Role, password: impl Into<String>) -> Self {
        self.0.insert(role, password.into());
        self
    }
}

/// Sets the passwords.
pub(crate) async fn set(client: &Client, passwords: &RolePasswords) -> Result<(), MigrateError> {
    const DOING: &str = "setting a role's password";
    for (role, password) in &passwords.0 {
        let verifier = scram_sha_256(password.as_bytes());
        let statement = client
            .query_one(
                "select format('alter role %I password %L', $1::text, $2::text)",
                &[&role.name(), &verifier],
            )
            .await
            .and_then(|row| row.try_get::<_, String>(0))
            .map_err(refused(DOING))?;
        repeat_when_raced(client, &statement, DOING).await?;
    }
    Ok(())
}

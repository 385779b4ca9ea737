//! What the tests of `replay-tool` stand on: a history that the real decisions wrote through the
//! real writer, with read tables filled from it, and ways to break both.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::Path;

use deadpool_postgres::Pool;
use domain::{Decision, UserId};
use eventstore::Log;
use eventstore::database::{Purpose, pool};
use eventstore::seal::{Keyring, MasterKey};
use eventstore::writer::Writer;
use projections::ALL;
use projections::rebuild::{Workshop, rebuild};
use replay_tool::verify::{Finding, Options, Report, verify};
use tokio_postgres::types::ToSql;

use crate::replay_story::{Story, play};
use crate::support::{Database, Role, database};
use crate::writer_ground::{run, writer};

/// The master key of these tests, as its file has it.
pub const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A log with a history.
pub struct Ground {
    pub database: Database,
    pub writer: Writer,
    pub shop: Workshop,
    pub story: Story,
    /// For verify, as the role the operations manual names.
    auditor: Pool,
}

/// A database in which everything went well.
pub async fn ground() -> Ground {
    let database = database().await;
    let writer = writer(&database).await;
    let master = MasterKey::from_base64(MASTER_KEY).unwrap();
    let story = play(&writer, &master).await;
    let projector = pool(&database.url(Role::Projector), Purpose::Project, 20).unwrap();
    projections::schema::create(&mut projector.get().await.unwrap()).await.unwrap();
    let shop = Workshop {
        log: Log::new(projector.clone()),
        pool: projector.clone(),
        keyring: Keyring::new(projector, master),
    };
    let auditor = pool(&database.url(Role::Auditor), Purpose::Log, 4).unwrap();
    Ground { database, writer, shop, story, auditor }
}

impl Ground {
    /// Does something that must be accepted.
    pub async fn does<D: Decision>(&self, decision: D) -> D::Reply {
        run(&self.writer, decision).await.unwrap().outcome.unwrap()
    }

    /// Read tables as a service leaves them.
    pub async fn fill_tables(&self) {
        rebuild(&self.shop, ALL, &|_| {}).await.unwrap();
    }

    /// What verify finds.
    pub async fn report(&self) -> Report {
        verify(&self.auditor, Options::default(), |_, _| {}).await.unwrap()
    }

    /// What verify finds with a second reader, or with an anchor.
    pub async fn report_with(&self, independent: bool, anchor: Option<&Path>) -> Report {
        let url = self.database.url(Role::Auditor);
        let options = Options { independent: independent.then_some(&*url), anchor };
        verify(&self.auditor, options, |_, _| {}).await.unwrap()
    }

    /// Asserts that verify finds exactly one thing wrong, by this check at this position, and that
    /// it says so in these words.
    pub async fn assert_found(&self, check: &str, position: Option<i64>, words: &str) {
        let findings = self.report().await.findings;
        let [Finding { check: found, position: at, detail }] = &findings[..] else {
            panic!("one finding was expected: {findings:#?}");
        };
        assert_eq!((*found, *at), (check, position), "{detail}");
        assert!(detail.contains(words), "{detail:?} does not say {words:?}");
    }

    /// Asserts that a check names a position, whatever else follows from the same damage.
    pub async fn assert_names(&self, check: &str, position: i64, words: &str) {
        let findings = self.report().await.findings;
        let named = findings.iter().any(|finding| {
            (finding.check, finding.position) == (check, Some(position))
                && finding.detail.contains(words)
        });
        assert!(named, "{check} at {position} with {words:?} was expected: {findings:#?}");
    }

    /// Changes rows as a superuser who turned the triggers off, and must change some.
    pub async fn tamper(&self, table: &str, statement: &str, values: &[&(dyn ToSql + Sync)]) {
        let mut admin = self.database.client(Role::Superuser).await;
        let tx = admin.transaction().await.unwrap();
        tx.batch_execute(&format!("alter table {table} disable trigger user")).await.unwrap();
        assert!(tx.execute(statement, values).await.unwrap() > 0, "nothing was changed");
        tx.batch_execute(&format!("alter table {table} enable trigger user")).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Where the first event of a type is, or of a person if one is named.
    pub async fn position(&self, event_type: &str, owner: Option<UserId>) -> i64 {
        const FIRST: &str = "select min(position) from es.events where event_type = $1
            and ($2::text is null or payload ->> 'owner' = $2)";
        let owner = owner.map(|owner| owner.to_string());
        let admin = self.database.client(Role::Superuser).await;
        admin.query_one(FIRST, &[&event_type, &owner]).await.unwrap().get(0)
    }

    /// The newest position.
    pub async fn head(&self) -> i64 {
        self.shop.log.head().await.unwrap()
    }
}

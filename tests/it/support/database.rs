//! A database per test, copied from a template that is migrated once.

use std::time::Duration;

use deadpool_postgres::{Manager, Pool};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls, config::Host};
use uuid::Uuid;

use super::required;

/// Connections a pool of a test may open.
const POOL_MAX: usize = 8;
/// Serialises the making of a template between tests, threads and processes.
const TEMPLATE_LOCK: i64 = 0x666f_6c69_6f69_7401;

/// The roles of SEC-03, as whom a test may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Appends, through the function only.
    Writer,
    /// Reads the log, writes read tables and checkpoints.
    Projector,
    /// Reads read tables.
    Api,
    /// Reads everything.
    Auditor,
    /// Reads read tables for reports.
    ReadOnly,
    /// Changes the schema.
    Migrator,
    /// Whoever owns the cluster: for breaking on purpose what no role of ours may touch.
    Superuser,
}

impl Role {
    fn user(self, superuser: &str) -> &str {
        match self {
            Self::Writer => "es_writer",
            Self::Projector => "projector",
            Self::Api => "api",
            Self::Auditor => "auditor",
            Self::ReadOnly => "readonly_user",
            Self::Migrator => "migrator",
            Self::Superuser => superuser,
        }
    }
}

/// A migrated database that nobody else uses; dropped with this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: Server,
}

/// Makes a migrated database for one test.
pub async fn database() -> Database {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = Server::from_environment();
    let template = TEMPLATE.get_or_init(|| make_template(&server)).await;
    let name = format!("it_{}", Uuid::now_v7().simple());
    let admin = server.connect("postgres", Role::Superuser).await;
    admin.batch_execute(&format!("create database {name} template {template}")).await.unwrap();
    // Who may do what to the database itself is not copied along.
    const COPY_GRANTS: &str = "update pg_database set datacl = \
        (select datacl from pg_database where datname = $1) where datname = $2";
    admin.execute(COPY_GRANTS, &[template, &name]).await.unwrap();
    Database { name, server }
}

/// Makes a migrated database on another server, as whose owner the URL connects.
pub async fn database_on(url: &str) -> Database {
    let (server, name) = (Server::of(url), format!("it_{}", Uuid::now_v7().simple()));
    let admin = server.connect("postgres", Role::Superuser).await;
    admin.batch_execute(&format!("create database {name}")).await.unwrap();
    migrate(&server, &name).await;
    Database { name, server }
}

impl Database {
    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A URL for another process, connecting as `role`.
    pub fn url(&self, role: Role) -> String {
        self.server.url(&self.name, role)
    }

    /// One connection as `role`, closed when the client is dropped.
    pub async fn client(&self, role: Role) -> Client {
        self.server.connect(&self.name, role).await
    }

    /// A pool as `role`. Opens nothing yet, so it also works for a database about to be broken.
    pub fn pool(&self, role: Role) -> Pool {
        let manager = Manager::new(self.server.config(&self.name, role), NoTls);
        Pool::builder(manager).max_size(POOL_MAX).build().unwrap()
    }

    /// Puts the log back to an earlier state, as a restore does.
    pub async fn restore(&self, position: i64) {
        let statements = format!(
            "alter table es.events disable trigger append_only;
             alter table es.blocks disable trigger append_only;
             delete from es.events where position > {position};
             delete from es.blocks where first > {position};
             alter table es.events enable always trigger append_only;
             alter table es.blocks enable always trigger append_only"
        );
        self.client(Role::Superuser).await.batch_execute(&statements).await.unwrap();
    }

    /// Ends every connection to the database, as a failover does; new ones are accepted at once.
    pub async fn disconnect_everybody(&self) {
        let admin = self.server.connect("postgres", Role::Superuser).await;
        const STATEMENT: &str =
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        admin.execute(STATEMENT, &[&self.name]).await.unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A runtime of its own: the test's may be gone. Best effort, the cluster is thrown away.
        let (server, name) = (self.server.clone(), std::mem::take(&mut self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let admin = server.connect("postgres", Role::Superuser).await;
                let statement = format!("drop database if exists {name} with (force)");
                admin.batch_execute(&statement).await
            })
        });
        let _ = dropped.join();
    }
}

/// The cluster that `./test` started.
#[derive(Debug, Clone)]
struct Server {
    host: String,
    port: u16,
    superuser: String,
}

impl Server {
    fn from_environment() -> Self {
        Self::of(&required("FOLIO_TEST_DATABASE_URL"))
    }

    fn of(url: &str) -> Self {
        let url: Config = url.parse().unwrap();
        let [Host::Tcp(host)] = url.get_hosts() else {
            panic!("the URL must name one host by TCP");
        };
        Self {
            host: host.clone(),
            port: url.get_ports().first().copied().unwrap_or(5432),
            superuser: url.get_user().unwrap_or("postgres").to_owned(),
        }
    }

    fn url(&self, database: &str, role: Role) -> String {
        let Self { host, port, superuser } = self;
        format!("postgres://{}@{host}:{port}/{database}", role.user(superuser))
    }

    fn config(&self, database: &str, role: Role) -> Config {
        let mut config = Config::new();
        config.host(&self.host).port(self.port).dbname(database);
        config.user(role.user(&self.superuser)).connect_timeout(Duration::from_secs(10));
        if matches!(role, Role::Projector | Role::Api | Role::ReadOnly) {
            config.options("-c search_path=read");
        }
        config
    }

    async fn connect(&self, database: &str, role: Role) -> Client {
        let (client, connection) = self.config(database, role).connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// Makes the template unless an earlier test, of this run or another, already has. The mark
/// `is_template` is set last, so one that was left half made is made again.
async fn make_template(server: &Server) -> String {
    let name = template_name();
    let admin = server.connect("postgres", Role::Superuser).await;
    admin.execute("select pg_advisory_lock($1)", &[&TEMPLATE_LOCK]).await.unwrap();
    const FINISHED: &str = "select 1 from pg_database where datname = $1 and datistemplate";
    if admin.query_opt(FINISHED, &[&name]).await.unwrap().is_none() {
        let fresh = [
            format!("drop database if exists {name} with (force)"),
            format!("create database {name} encoding 'UTF8' template template0"),
        ];
        for statement in fresh {
            admin.batch_execute(&statement).await.unwrap();
        }
        migrate(server, &name).await;
        let seal = format!("alter database {name} with is_template true allow_connections false");
        admin.batch_execute(&seal).await.unwrap();
    }
    admin.execute("select pg_advisory_unlock($1)", &[&TEMPLATE_LOCK]).await.unwrap();
    name
}

async fn migrate(server: &Server, database: &str) {
    let options = eventstore_migrations::Options { throwaway: true, ..Default::default() };
    eventstore_migrations::migrate(&server.url(database, Role::Superuser), &options).await.unwrap();
}

/// Changes with any migration that is compiled in, so that a template of another build is never
/// used, even while the sources change under a running test.
fn template_name() -> String {
    let content: String = eventstore_migrations::scripts().collect();
    format!("it_template_{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes()).simple())
}

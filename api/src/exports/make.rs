//! Making and ending exports, when their timers ring. Whatever goes wrong, the timer rings again
//! and a file is made anew under the same name; a file that nobody waits for any more goes.

use anyhow::{Context as _, bail};
use domain::exports::{
    CompleteExport, EXPORT_END, EXPORT_MAKE, ExportError, ExportTimer, Exports, RemoveExport,
};
use domain::{Actor, Decision, Refusal, UserId};
use eventstore::Command;
use projections::own;

use super::archive::Archive;
use super::own_events::OwnEvents;
use crate::app::App;
use crate::extract::AtLeast;
use crate::http::Trace;

/// Its name, as the cause of events.
const NAME: &str = "data-export";

/// Makes and ends exports.
pub struct Exporter {
    /// Everything.
    pub app: App,
}

impl Exporter {
    /// Does what a timer asks for; `false` when its kind is none of exports.
    ///
    /// # Errors
    /// Something does not answer: to be begun again.
    pub async fn ring(&self, kind: &str, bytes: &[u8]) -> anyhow::Result<bool> {
        if kind != EXPORT_MAKE && kind != EXPORT_END {
            return Ok(false);
        }
        let timer = serde_json::from_slice(bytes).context("read an export's timer")?;
        if kind == EXPORT_MAKE {
            self.make(timer).await?
        } else {
            self.end(timer).await?
        }
        Ok(true)
    }

    async fn make(&self, ExportTimer { user, export }: ExportTimer) -> anyhow::Result<()> {
        let key = super::key(user, export);
        let exports = self.app.state_of::<Exports>(user).await.map_err(cause)?;
        if !exports.is_awaited(export) {
            // Made and told already, or nobody's any more: then no file may be left of it.
            let is_ready = exports.live().any(|live| live == export);
            return if is_ready { Ok(()) } else { self.app.objects.remove(&key).await };
        }
        let bytes = self.write(user, &key).await?;
        match self.decide(CompleteExport { user, export, bytes }).await? {
            Ok(()) => Ok(()),
            Err(Refusal::Export(ExportError::Gone)) => self.app.objects.remove(&key).await,
            Err(refusal) => bail!("an export was refused: {refusal}"),
        }
    }

    /// The file first: once the export has ended nobody would look for it again.
    async fn end(&self, ExportTimer { user, export }: ExportTimer) -> anyhow::Result<()> {
        self.app.objects.remove(&super::key(user, export)).await?;
        match self.decide(RemoveExport { user, export }).await? {
            Ok(()) => Ok(()),
            Err(refusal) => bail!("the end of an export was refused: {refusal}"),
        }
    }

    /// One file for each read table with rows of the person, and one with what happened.
    async fn write(&self, user: UserId, key: &str) -> anyhow::Result<u64> {
        let tables: Vec<_> = projections::ALL.iter().map(|projector| projector.name()).collect();
        let now = AtLeast::now(&self.app).await.map_err(cause)?;
        now.reached(&self.app, &tables).await.map_err(cause)?;
        self.app.keyring.preload(&[user.0]).await.context("read a person's key")?;
        let mut archive = Archive::begin(self.app.objects.write(key).await?);
        let mut events = OwnEvents::of(user);
        for table in own::tables() {
            archive.file(&format!("{}.json", table.name()))?;
            let mut after: Option<String> = None;
            loop {
                let rows = table.rows(self.app.reads.user(user.0), user.0, after.as_deref()).await;
                let rows = rows.with_context(|| format!("read {}", table.name()))?;
                events.follow(&table, &rows)?;
                archive.items(&rows).await?;
                let Some(last) = rows.into_iter().next_back() else { break };
                after = Some(last);
            }
            archive.end_file().await?;
        }
        archive.file("events.json")?;
        events.write(&self.app, &mut archive).await?;
        archive.end_file().await?;
        archive.finish().await
    }

    async fn decide<D: Decision>(&self, decision: D) -> anyhow::Result<Result<D::Reply, Refusal>> {
        let actor = Actor::Process(NAME.to_owned());
        let metadata = Trace::fresh().metadata(actor, self.app.clock.now());
        let command = Command { key: self.app.attempt(), metadata, decision };
        Ok(self.app.writer.execute(command).await.context("hand in a step")?.outcome)
    }
}

impl App {
    /// Removes the files of a person's exports and answers which there were (P7).
    ///
    /// # Errors
    /// Something does not answer.
    pub async fn drop_export_files(&self, user: UserId) -> anyhow::Result<Vec<domain::ExportId>> {
        let exports = self.state_of::<Exports>(user).await.map_err(cause)?;
        self.objects.remove_all(&super::folder(user)).await?;
        Ok(exports.live().collect())
    }
}

fn cause(problem: crate::problem::Problem) -> anyhow::Error {
    anyhow::anyhow!("{problem:?}")
}

//! The commonest unit of work: one command of one aggregate.

use uuid::Uuid;

use crate::aggregate::{Decide, Stream};
use crate::refusal::Refusal;
use crate::work::{Decision, Halt, Work};

/// One command of one aggregate, for example
/// `One::<Style>::of(style, StyleCommand::Publish { artist })`.
#[derive(Debug, Clone)]
pub struct One<A: Decide> {
    id: Uuid,
    command: A::Command,
}

impl<A: Decide> One<A> {
    /// The command, and whom it is for.
    pub fn of(id: impl Into<Uuid>, command: A::Command) -> Self {
        Self { id: id.into(), command }
    }
}

impl<A> Decision for One<A>
where
    A: Decide<Command: Clone + Send + Sync + 'static, Error: Into<Refusal>>,
{
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<A>(self.id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        work.decide::<A>(self.id, self.command.clone())?;
        Ok(())
    }
}

//! Opening what is sealed in the log (c15): allowed to auditors, for a reason, and never unseen.

use uuid::Uuid;

use super::{Role, Status, User, UserError, UserEvent};
use crate::UserId;
use crate::aggregate::Stream;
use crate::input::text;
use crate::work::{Decision, Halt, Work};

text!(/** What a sealed field is opened for. It stays when its person is forgotten: it names the case, not them. */ ViewReason, Line, 10..=200);

/// An auditor opens one sealed field of one event. What this records is in the log before the field
/// is shown.
#[derive(Debug, Clone)]
pub struct ViewSensitiveData {
    /// The auditor, as of now.
    pub by: UserId,
    /// Whose field.
    pub whose: UserId,
    /// Which event.
    pub event_id: Uuid,
    /// Which field: a JSON pointer into payload and metadata.
    pub field: String,
    /// What for.
    pub reason: ViewReason,
}

impl Decision for ViewSensitiveData {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.by), Stream::of::<User>(self.whose)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { by, whose: user, event_id, field, reason } = self.clone();
        let auditor = work.state::<User>(by)?;
        auditor.status().may_act()?;
        if !auditor.roles().contains(&Role::Auditor) {
            return Err(UserError::NotAuditor.into());
        }
        let person = work.state::<User>(user)?;
        if !person.is_registered() {
            return Err(UserError::NotFound.into());
        }
        if person.status() == Status::Erased {
            return Err(UserError::Forgotten.into());
        }
        let reason = reason.into();
        let viewed = UserEvent::SensitiveDataViewed { user, event_id, field, reason };
        work.record::<User>(user, viewed)
    }
}

//! What a line of the table means for each of those who may ask.

use serde_json::{Value, json};

/// For whom an operation is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Audience {
    /// Everybody; who asks is not even looked at.
    Public,
    /// Everybody; but credentials that are sent must be good ones. A key for something else sees
    /// what everybody sees.
    Look,
    /// As `Look`, but the thing is private: to all but its owner it is not there.
    LookOwn,
    /// Persons.
    Person,
    /// Persons, also those who deactivated their account.
    Resting,
    /// Persons, also those whom staff stopped.
    Anyone,
    /// Persons; but to all except the owner the thing is not there.
    Own,
    /// As `Own`, also for those who deactivated their account.
    OwnResting,
    /// As `Own`, also for those whom staff stopped.
    OwnAnyone,
    /// Persons with one of these roles.
    Staff(&'static [&'static str]),
    /// GPU workers.
    Worker,
}

/// An operation, for whom it is, and what to send so that it comes to that question.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The operation's id.
    pub operation: &'static str,
    pub audience: Audience,
    /// The scope by which an API key may, too.
    pub scope: Option<&'static str>,
    /// What the body says. Unless told otherwise, what no operation understands: whoever is let in
    /// hears so, and nothing happens.
    pub body: Value,
    /// Whether what it is about is not there, for anybody.
    pub absent: bool,
}

pub(super) fn line(operation: &'static str, audience: Audience) -> Line {
    let body = json!({"no_such_member": true});
    Line { operation, audience, scope: None, body, absent: false }
}

impl Line {
    /// Also by an API key with this scope.
    pub fn key(self, scope: &'static str) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// With a body that is understood: whether a thing is there for the caller is only asked then.
    pub fn saying(self, body: Value) -> Self {
        Self { body, ..self }
    }

    /// About something that does not exist: whoever is let in hears that.
    pub fn absent(self) -> Self {
        Self { absent: true, ..self }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Sends no credentials.
    Nobody,
    /// A signed-in person with no role and nothing to do with it.
    Stranger,
    /// Whose the things are.
    Owner,
    /// A signed-in person with this role.
    Role(&'static str),
    /// A person whom staff stopped, and who signed in again.
    Suspended,
    /// A person who deactivated the account.
    AtRest,
    /// A GPU worker, by its key.
    Machine,
    /// A program of the owner's, by an API key with these scopes.
    Program(&'static [&'static str]),
}

/// What they hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Whatever is decided then, for or against them.
    In,
    /// 401.
    Unknown,
    /// 403.
    Forbidden,
    /// 404.
    Nothing,
    /// 429 or a fault: that tells nothing of who may, so it is never what is expected.
    Silence,
}

impl Heard {
    pub fn of(status: u16) -> Self {
        match status {
            401 => Self::Unknown,
            403 => Self::Forbidden,
            404 => Self::Nothing,
            429 | 500.. => Self::Silence,
            _ => Self::In,
        }
    }
}

/// What the table says they hear.
pub(super) fn expected(line: &Line, who: Who) -> Heard {
    match admitted(line, who) {
        Heard::In if line.absent => Heard::Nothing,
        heard => heard,
    }
}

fn admitted(line: &Line, who: Who) -> Heard {
    let who = match (who, line.audience) {
        (Who::Program(_), Audience::Public | Audience::Look) => return Heard::In,
        (Who::Program(_), Audience::Worker) => return Heard::Unknown,
        (Who::Program(scopes), _) if line.scope.is_some_and(|scope| scopes.contains(&scope)) => {
            Who::Owner
        }
        (Who::Program(_), Audience::LookOwn) => return Heard::Nothing,
        (Who::Program(_), _) => return Heard::Forbidden,
        (other, _) => other,
    };
    match line.audience {
        Audience::Public => Heard::In,
        Audience::Look => match who {
            Who::Nobody => Heard::In,
            signed_in => as_person(signed_in, false),
        },
        Audience::LookOwn => match who {
            Who::Nobody => Heard::Nothing,
            signed_in => as_owner(signed_in, false),
        },
        Audience::Person => as_person(who, false),
        Audience::Resting => as_person(who, true),
        Audience::Anyone if who == Who::Suspended => Heard::In,
        Audience::Anyone => as_person(who, true),
        Audience::OwnAnyone if who == Who::Suspended => Heard::Nothing,
        Audience::OwnAnyone => as_owner(who, true),
        Audience::Own => as_owner(who, false),
        Audience::OwnResting => as_owner(who, true),
        Audience::Staff(roles) => match who {
            Who::Role(role) if roles.contains(&role) => Heard::In,
            Who::Stranger | Who::Owner | Who::Role(_) | Who::AtRest => Heard::Forbidden,
            other => as_person(other, false),
        },
        Audience::Worker => match who {
            Who::Machine => Heard::In,
            _ => Heard::Unknown,
        },
    }
}

fn as_person(who: Who, resting: bool) -> Heard {
    match who {
        Who::Nobody | Who::Machine | Who::Program(_) => Heard::Unknown,
        Who::Suspended => Heard::Forbidden,
        Who::AtRest if !resting => Heard::Forbidden,
        Who::AtRest | Who::Stranger | Who::Owner | Who::Role(_) => Heard::In,
    }
}

fn as_owner(who: Who, resting: bool) -> Heard {
    match (who, as_person(who, resting)) {
        (Who::Owner, heard) => heard,
        (_, Heard::In) => Heard::Nothing,
        (_, heard) => heard,
    }
}

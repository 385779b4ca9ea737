//! Who may see a table's rows: said beside the row, kept by Postgres (SEC-01). The second fence:
//! a query that forgets its `where user_id =` still shows nobody another's rows.

use super::table::Definition;

/// Transaction-local setting: whose rows are asked for. Unset or empty is nobody.
pub(super) const CURRENT_USER: &str = "app.current_user_id";
/// Transaction-local setting: in which capacity, if not as a user.
pub(super) const CURRENT_ROLE: &str = "app.current_role";

/// In which capacity rows may be seen that are not one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// An operator, whose role the route has checked: sees every row of every table.
    Staff,
    /// A GPU worker.
    Worker,
    /// The service itself, before it knows who asks.
    Service,
}

impl Capacity {
    /// Its word in [`CURRENT_ROLE`].
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Worker => "worker",
            Self::Service => "service",
        }
    }
}

/// Who may see a table's rows, and which columns are personal.
#[derive(Debug, Clone, Copy)]
pub struct Readers {
    /// The column that holds the user whose row it is.
    pub owner: Option<&'static str>,
    /// Rows that anybody may see: a condition on the row alone, for a policy that looked into
    /// another table would not outlive that table's swap.
    pub public: Option<&'static str>,
    /// Further capacities and the rows they may see; staff sees all.
    pub others: &'static [(Capacity, &'static str)],
    /// Columns that hold personal text, kept from `readonly_user` (SEC-03).
    pub personal: &'static [&'static str],
}

impl Readers {
    /// Rows without an owner and without a secret: no fence.
    pub const EVERYBODY: Self =
        Self { owner: None, public: Some("true"), others: &[], personal: &[] };

    /// Rows for operators alone.
    pub const STAFF: Self = Self { owner: None, public: None, others: &[], personal: &[] };

    /// Rows of the user in this column.
    #[must_use]
    pub const fn owner(column: &'static str) -> Self {
        Self { owner: Some(column), ..Self::STAFF }
    }

    /// And everybody, once a row fulfils this.
    #[must_use]
    pub const fn public_when(self, condition: &'static str) -> Self {
        Self { public: Some(condition), ..self }
    }

    /// And these capacities, each for the rows that fulfil its condition.
    #[must_use]
    pub const fn and(self, others: &'static [(Capacity, &'static str)]) -> Self {
        Self { others, ..self }
    }

    /// These columns hold personal text.
    #[must_use]
    pub const fn personal(self, personal: &'static [&'static str]) -> Self {
        Self { personal, ..self }
    }

    /// Whether some rows are kept from some callers.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.public != Some("true")
    }

    /// What a row must fulfil to be seen. Without an identity every part but the public one is
    /// false or null, which is no. Identities are compared as texts: to read the setting as what it
    /// names would cost each row twice as much.
    fn condition(&self) -> String {
        let user = format!("current_setting('{CURRENT_USER}', true)");
        let role = |capacity: Capacity| {
            format!("current_setting('{CURRENT_ROLE}', true) = '{}'", capacity.word())
        };
        let public = self.public.map(|condition| format!("({condition})"));
        let owner = self.owner.map(|column| format!("{column}::text = {user}"));
        let others = self.others.iter().map(|(who, rows)| format!("({} and {rows})", role(*who)));
        let all = public.into_iter().chain(owner).chain([role(Capacity::Staff)]).chain(others);
        all.collect::<Vec<_>>().join(" or ")
    }
}

impl Definition {
    /// What keeps its rows and columns from those they are not for. The owner, the projector, is
    /// not kept from anything; nobody else writes.
    #[must_use]
    pub fn create_fence(&self) -> Vec<String> {
        let (name, readers) = (self.name, self.readers);
        let impersonal = self.columns.iter().map(|column| column.name);
        let impersonal: Vec<_> =
            impersonal.filter(|column| !readers.personal.contains(column)).collect();
        let mut statements =
            vec![format!("grant select ({}) on {name} to readonly_user", impersonal.join(", "))];
        if readers.is_fenced() {
            statements.extend([
                format!("alter table {name} enable row level security"),
                format!(
                    "create policy api_reads on {name} for select to api using ({})",
                    readers.condition()
                ),
                // An auditor has bypassrls only if a superuser could say so.
                format!(
                    "create policy others_read on {name} for select \
                    to auditor, readonly_user using (true)"
                ),
            ]);
        }
        statements
    }
}

//! What is asked of Lemon Squeezy, as it wants to be asked (d2.1).

use chrono::{DateTime, SecondsFormat, Utc};
use domain::subscriptions::PauseMode;
use serde_json::{Value, json};

/// A page to be made where one person can subscribe to one variant.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCheckout {
    /// Plan and cycle, by our map.
    pub variant: u64,
    /// Who subscribes; comes back with what happens there.
    pub user: String,
    /// Which checkout of ours; comes back too.
    pub checkout: String,
    /// Filled in for the person, who may change it.
    pub email: Option<String>,
    /// Where the browser goes afterwards.
    pub redirect_url: String,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// Whether no money is moved.
    pub test_mode: bool,
}

impl std::fmt::Debug for NewCheckout {
    /// Without the address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { variant, checkout, expires_at, .. } = self;
        write!(f, "NewCheckout({checkout} of {variant} until {expires_at})")
    }
}

impl NewCheckout {
    /// The body of `POST /v1/checkouts`. Custom values come back as text, so they are sent as such.
    pub(super) fn body(&self, store: u64) -> Value {
        let mut data = json!({"custom": {"user_id": self.user, "checkout_id": self.checkout}});
        if let Some(email) = &self.email {
            data["email"] = json!(email);
        }
        json!({"data": {
            "type": "checkouts",
            "attributes": {
                "product_options": {
                    "redirect_url": self.redirect_url, "enabled_variants": [self.variant],
                },
                "checkout_options": {"embed": false},
                "checkout_data": data,
                "expires_at": self.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
                "preview": false,
                "test_mode": self.test_mode,
            },
            "relationships": {
                "store": {"data": {"type": "stores", "id": store.to_string()}},
                "variant": {"data": {"type": "variants", "id": self.variant.to_string()}},
            },
        }})
    }
}

/// What of a subscription is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It shall not end after all.
    Resume,
    /// Nothing is collected for a while.
    Pause {
        /// What is offered meanwhile.
        mode: PauseMode,
        /// Until when; for good if not said.
        resumes_at: Option<DateTime<Utc>>,
    },
    /// Collection goes on.
    Unpause,
    /// Another plan or cycle.
    Variant {
        /// Which.
        variant: u64,
        /// Whether the difference is paid at once; otherwise with the next renewal.
        invoice_immediately: bool,
    },
}

impl Change {
    /// The body of `PATCH /v1/subscriptions/{id}`.
    pub(super) fn body(&self, id: u64) -> Value {
        let attributes = match self {
            Self::Resume => json!({"cancelled": false}),
            Self::Pause { mode, resumes_at } => {
                let resumes_at = resumes_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
                json!({"pause": {"mode": mode.word(), "resumes_at": resumes_at}})
            }
            Self::Unpause => json!({"pause": null}),
            // A downgrade takes effect with the renewal, so nothing is to be made good for it.
            Self::Variant { variant, invoice_immediately } => json!({
                "variant_id": variant, "invoice_immediately": invoice_immediately,
                "disable_prorations": !invoice_immediately,
            }),
        };
        json!({"data": {"type": "subscriptions", "id": id.to_string(), "attributes": attributes}})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_is_asked_for_as_documented() {
        let checkout = NewCheckout {
            variant: 111,
            user: "u".to_owned(),
            checkout: "c".to_owned(),
            email: None,
            redirect_url: "https://app.example/done".to_owned(),
            expires_at: DateTime::UNIX_EPOCH,
            test_mode: true,
        };
        let body = checkout.body(1);
        let data = &body["data"]["attributes"]["checkout_data"];
        assert_eq!(data, &json!({"custom": {"user_id": "u", "checkout_id": "c"}}));
        assert_eq!(body["data"]["attributes"]["expires_at"], "1970-01-01T00:00:00Z");
        assert_eq!(body["data"]["relationships"]["variant"]["data"]["id"], "111");
        assert_eq!(body["data"]["relationships"]["store"]["data"]["id"], "1");
    }

    #[test]
    fn a_change_names_only_what_changes() {
        let attributes = |change: Change| change.body(7)["data"]["attributes"].clone();
        assert_eq!(attributes(Change::Resume), json!({"cancelled": false}));
        assert_eq!(attributes(Change::Unpause), json!({"pause": null}));
        let pause = Change::Pause { mode: PauseMode::Free, resumes_at: None };
        assert_eq!(attributes(pause), json!({"pause": {"mode": "free", "resumes_at": null}}));
        let up = attributes(Change::Variant { variant: 112, invoice_immediately: true });
        assert_eq!(up["invoice_immediately"], true);
        assert_eq!(up["disable_prorations"], false);
    }
}

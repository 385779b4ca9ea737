//! Who may call which operation. One line each; a new operation needs one here.

use serde_json::{Value, json};

use super::audience::{Audience, Line, line};
use Audience::{
    Anyone, Look, LookOwn, Own, OwnAnyone, OwnResting, Person, Public, Resting, Staff, Worker,
};

/// Those who run the place.
const SUPPORT: Audience = Staff(&["admin", "support"]);
/// Those who run GPU workers.
const MACHINES: Audience = Staff(&["admin", "worker"]);
/// Those who set prices.
const ADMIN: Audience = Staff(&["admin"]);
/// Those who look inside.
const INSIDE: Audience = Staff(&["admin", "support", "auditor"]);

/// Those who earn.
const ARTIST: Audience = Staff(&["artist"]);
/// Those who prove what happened.
const AUDIT: Audience = Staff(&["auditor"]);

/// Scopes of API keys.
const WALLETS: &str = "wallets:read";
const READ: &str = "generations:read";
const WRITE: &str = "generations:write";

/// The whole table, in the order of the paths.
pub(super) fn table() -> Vec<Line> {
    [about(), people(), money(), studio(), worker(), staff()].concat()
}

fn about() -> Vec<Line> {
    vec![
        line("jwks", Public),
        line("livez", Public),
        line("readyz", Public),
        line("version", Public),
        line("metrics", Public),
        line("explain_problem", Public),
        line("read_config", Public),
        line("current_position", INSIDE),
        line("list_projections", INSIDE),
    ]
}

fn people() -> Vec<Line> {
    vec![
        line("register", Public),
        line("login", Public),
        line("refresh", Public),
        line("read_csrf_token", Public),
        line("logout", Anyone),
        line("logout_all", Anyone),
        line("list_sessions", Resting),
        line("end_session", OwnResting),
        line("verify_email", Public),
        line("resend_verification", Person),
        line("forgot_password", Public),
        line("reset_password", Public),
        line("change_password", Person),
        line("authorize_oauth", Public),
        line("return_from_oauth", Public).absent(),
        line("exchange_oauth", Public),
        line("list_oauth_accounts", Person),
        line("link_oauth_account", Person),
        line("begin_oauth_link", Anyone),
        line("unlink_oauth_account", Person),
        line("read_me", Resting),
        line("heartbeat", Person),
        line("update_me", Person),
        line("change_email", Person),
        line("read_preferences", Person),
        line("change_preferences", Person),
        line("deactivate_me", Resting),
        line("request_deletion", Anyone),
        line("read_deletion", Anyone).absent(),
        line("cancel_deletion", Anyone),
        line("request_export", Anyone),
        line("list_exports", Anyone),
        line("read_export", OwnAnyone),
        line("reactivate_me", Resting),
        line("list_users", Public),
        line("read_user", Public),
        line("list_artists", Public),
        line("list_api_keys", Person),
        line("create_api_key", Person),
        line("rotate_api_key", Own).saying(json!({})),
        line("revoke_api_key", Own).saying(json!({})),
        line("register_artist", Person),
        line("rename_artist", Person),
        line("set_signature", Person),
        line("verify_artist_email", Person),
        line("list_earnings", ARTIST),
        line("summarize_earnings", ARTIST),
        line("read_artist", Public),
    ]
}

fn money() -> Vec<Line> {
    let confirm = json!({"payment_key": "tviva_it", "order_id": "another-order", "amount": 1});
    vec![
        line("list_wallets", Person).key(WALLETS),
        line("read_wallet", Person).key(WALLETS),
        line("list_lots", Person).key(WALLETS),
        line("list_transactions", Person).key(WALLETS),
        line("read_transaction", Own),
        line("list_reservations", Person).key(WALLETS),
        line("balance_at", Person),
        line("read_statement", Person).key(WALLETS),
        line("set_wallet_alerts", Person),
        line("create_transfer", Person),
        line("create_tip", Person),
        line("list_token_packages", Public),
        line("list_purchases", Resting),
        line("create_purchase", Person),
        line("read_purchase", OwnResting),
        line("confirm_purchase", Own).saying(confirm),
        line("fail_purchase", Own).saying(json!({"code": "PAY_PROCESS_CANCELED", "message": "no"})),
        line("quote_refund", OwnResting),
        line("request_refund", OwnResting).saying(json!({})),
        line("receive_toss", Public),
        line("receive_lemonsqueezy", Public),
        line("open_checkout", Person),
        line("cancel_subscription", Own).saying(json!({})),
        line("resume_subscription", Own).saying(json!({})),
        line("pause_subscription", Own).saying(json!({"mode": "void"})),
        line("unpause_subscription", Own).saying(json!({})),
        line("change_plan", Own).saying(json!({"plan": "pro", "cycle": "monthly"})),
        line("read_portal", Own),
        line("poll_subscriptions", SUPPORT),
        line("list_plans", Public),
        line("read_plan", Public),
        line("read_current_subscription", Own),
        line("list_subscriptions", Person),
        line("list_subscription_history", Own),
        line("list_subscription_invoices", Own),
        line("read_entitlements", Person),
        line("request_payout", Person),
        line("list_payouts", Person),
        line("read_payout", Own),
        line("cancel_payout", Own).saying(json!({})),
        line("read_payout_account", Own),
        line("set_payout_account", Person),
    ]
}

/// The picture is the owner's alone when it comes to likes.
fn studio() -> Vec<Line> {
    let nothing = || -> Value { json!({}) };
    vec![
        line("list_styles", Look),
        line("create_style", Person),
        line("read_style", LookOwn),
        line("describe_style", Own).saying(json!({"description": "Other words"})),
        line("publish_style", Own).saying(nothing()),
        line("unpublish_style", Own).saying(nothing()),
        line("price_style", Own).saying(json!({"cost": 30})),
        line("read_style_stats", LookOwn),
        line("list_style_generations", Look),
        line("list_models", Public),
        line("read_model", Public),
        line("quote_generation", Person).key(WRITE),
        line("list_generations", Person).key(READ),
        line("request_generation", Person).key(WRITE),
        line("read_generation", LookOwn).key(READ),
        line("follow_generation", LookOwn).key(READ),
        line("read_generation_progress", LookOwn).key(READ),
        line("cancel_generation", Own).key(WRITE).saying(nothing()),
        line("publish_generation", Own).saying(nothing()),
        line("describe_generation", Own).saying(json!({"description": "Dusk"})),
        line("retry_generation", Own).saying(json!({"max_cost": 0})),
        line("unpublish_generation", Own).saying(nothing()),
        line("read_feed", Look),
        line("read_image_file", LookOwn),
        line("upload", Public),
        line("download", Public),
        line("add_like", Person).saying(nothing()).absent(),
        line("remove_like", Person).saying(nothing()),
        line("list_likes", Public).absent(),
        line("list_my_likes", Person),
    ]
}

fn worker() -> Vec<Line> {
    vec![
        line("register_worker", Worker),
        line("renew_leases", Worker),
        line("claim_job", Worker),
        line("tell_progress", Worker),
        line("declare_outputs", Worker),
        line("complete_job", Worker),
        line("fail_job", Worker),
        line("read_cancel_signal", Worker),
    ]
}

fn staff() -> Vec<Line> {
    vec![
        line("register_model", SUPPORT),
        line("publish_plan", ADMIN),
        line("retire_plan", ADMIN),
        line("publish_package", ADMIN),
        line("reprice_package", ADMIN),
        line("retire_package", ADMIN),
        line("grant_to_wallet", SUPPORT),
        line("adjust_wallet", SUPPORT),
        line("list_wallets_of_user", SUPPORT),
        line("list_transactions_of_user", SUPPORT),
        line("list_adjustments", SUPPORT),
        line("read_adjustment", SUPPORT),
        line("approve_adjustment", SUPPORT),
        line("reject_adjustment", SUPPORT),
        line("list_accounts", SUPPORT),
        line("read_account", SUPPORT),
        line("set_account_roles", SUPPORT),
        line("suspend_account", SUPPORT),
        line("reinstate_account", SUPPORT),
        line("list_workers", Staff(&["admin", "support", "worker"])),
        line("issue_worker_key", MACHINES),
        line("rotate_worker_key", MACHINES),
        line("retire_worker", MACHINES),
        line("list_all_payouts", SUPPORT),
        line("read_any_payout", SUPPORT),
        line("open_payout_account", SUPPORT),
        line("approve_payout", SUPPORT),
        line("reject_payout", SUPPORT),
        line("settle_payout", SUPPORT),
        line("fail_payout", SUPPORT),
        line("list_all_purchases", SUPPORT),
        line("read_any_purchase", SUPPORT),
        line("list_waiting_refunds", SUPPORT),
        line("reconcile_purchase", SUPPORT),
        line("approve_refund", SUPPORT),
        line("reject_refund", SUPPORT),
        line("list_deliveries", INSIDE),
        line("read_delivery", INSIDE),
        line("replay_delivery", SUPPORT),
        line("read_raw_delivery", Staff(&["admin", "auditor"])),
        line("list_acts", AUDIT),
        line("list_raw_events", AUDIT),
        line("open_sealed_field", AUDIT),
        line("read_raw_stream", AUDIT),
        line("list_ledger_entries", AUDIT),
        line("read_trial_balance", AUDIT),
    ]
}

//! Every route on one page. A route and its place in the OpenAPI document are registered together,
//! so neither exists without the other.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::edge::{self, Edge};
use crate::problem::{Problem, Slug};
use crate::{
    adjustments, admin, artists, audit, auth, deletion, earnings, exports, feed, generations,
    images, keys, likes, me, meta, models, openapi, packages, payouts, plans, problem, purchases,
    sessions, styles, subscriptions, tips, transfers, uploads, users, wallets, webhooks, worker,
};

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(about())
        .merge(people_and_money())
        .merge(purchases_and_deliveries())
        .merge(plans_and_subscriptions())
        .merge(earnings())
        .merge(studio())
        .merge(workers())
        .merge(auditors())
        .merge(staff())
        .merge(programs())
}

fn about() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c1
        .routes(routes!(meta::livez))
        .routes(routes!(meta::readyz))
        .routes(routes!(meta::version))
        .routes(routes!(meta::metrics))
        .routes(routes!(meta::jwks))
        .routes(routes!(problem::page::explain_problem))
        .routes(routes!(meta::config))
        .routes(routes!(meta::current_position))
        .routes(routes!(meta::projections))
}

fn people_and_money() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c2
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::email::verify_email))
        .routes(routes!(auth::email::resend_verification))
        .routes(routes!(auth::password::forgot_password))
        .routes(routes!(auth::password::reset_password))
        .routes(routes!(auth::password::change_password))
        .routes(routes!(sessions::refresh::refresh))
        .routes(routes!(sessions::csrf::read_csrf_token))
        .routes(routes!(sessions::end::logout))
        .routes(routes!(sessions::end::logout_all))
        .routes(routes!(sessions::devices::list_sessions))
        .routes(routes!(sessions::end::end_session))
        .routes(routes!(auth::oauth::authorize_oauth))
        .routes(routes!(auth::oauth::return_from_oauth))
        .routes(routes!(auth::oauth::exchange::exchange_oauth))
        // c3
        .routes(routes!(me::read_me, me::update::update_me))
        .routes(routes!(me::preferences::read_preferences, me::preferences::change_preferences))
        .routes(routes!(
            me::oauth_accounts::list_oauth_accounts,
            me::oauth_accounts::link_oauth_account
        ))
        .routes(routes!(
            me::oauth_accounts::begin_oauth_link,
            me::oauth_accounts::unlink_oauth_account
        ))
        .routes(routes!(auth::change_email::change_email))
        .routes(routes!(users::list_users))
        .routes(routes!(me::rest::deactivate_me))
        .routes(routes!(me::rest::reactivate_me))
        .routes(routes!(me::heartbeat::heartbeat))
        .routes(routes!(me::entitlements::read_entitlements))
        .routes(routes!(
            deletion::request_deletion,
            deletion::read_deletion,
            deletion::cancel_deletion
        ))
        .routes(routes!(exports::request_export))
        .routes(routes!(exports::list_exports))
        .routes(routes!(exports::read_export))
        .routes(routes!(users::read_user))
        .routes(routes!(artists::list_artists, artists::register_artist))
        .routes(routes!(artists::rename_artist))
        .routes(routes!(artists::set_signature))
        .routes(routes!(artists::email::verify_artist_email))
        .routes(routes!(earnings::list_earnings))
        .routes(routes!(earnings::summary::summarize_earnings))
        .routes(routes!(artists::read_artist))
        // c4
        .routes(routes!(wallets::list_wallets))
        .routes(routes!(wallets::read_wallet))
        .routes(routes!(wallets::list_lots))
        .routes(routes!(wallets::transactions::list_transactions))
        .routes(routes!(wallets::why::read_transaction))
        .routes(routes!(wallets::reservations::list_reservations))
        .routes(routes!(wallets::balance::balance_at))
        .routes(routes!(wallets::statement::read_statement))
        .routes(routes!(wallets::alerts::set_wallet_alerts))
        .routes(routes!(transfers::create_transfer))
        .routes(routes!(tips::create_tip))
}

fn purchases_and_deliveries() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c5
        .routes(routes!(packages::list_packages))
        .routes(routes!(purchases::read::list_purchases, purchases::create_purchase))
        .routes(routes!(purchases::read::read_purchase))
        .routes(routes!(purchases::confirm::confirm_purchase))
        .routes(routes!(purchases::fail_purchase))
        .routes(routes!(purchases::refunds::quote_refund))
        .routes(routes!(purchases::refunds::request_refund))
        .routes(routes!(purchases::admin::list_all_purchases))
        .routes(routes!(purchases::admin::read_any_purchase))
        .routes(routes!(purchases::admin::list_waiting_refunds))
        .routes(routes!(purchases::admin::reconcile_purchase))
        .routes(routes!(purchases::admin::approve_refund))
        .routes(routes!(purchases::admin::reject_refund))
        .routes(routes!(webhooks::toss::receive_toss))
        // c6
        .routes(routes!(webhooks::lemonsqueezy::receive_lemonsqueezy))
        .routes(routes!(webhooks::inbox::list_deliveries))
        .routes(routes!(webhooks::inbox::read_delivery))
        .routes(routes!(webhooks::inbox::replay_delivery))
        .routes(routes!(webhooks::inbox::read_raw_delivery))
}

fn earnings() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c15
        .routes(routes!(payouts::list_payouts, payouts::request_payout))
        .routes(routes!(payouts::read_payout))
        .routes(routes!(payouts::cancel_payout))
        .routes(routes!(
            payouts::account::read_payout_account,
            payouts::account::set_payout_account
        ))
        .routes(routes!(payouts::admin::list_all_payouts))
        .routes(routes!(payouts::admin::read_any_payout))
        .routes(routes!(payouts::admin::open_payout_account))
        .routes(routes!(payouts::admin::approve_payout))
        .routes(routes!(payouts::admin::reject_payout))
        .routes(routes!(payouts::admin::settle_payout))
        .routes(routes!(payouts::admin::fail_payout))
}

fn plans_and_subscriptions() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c6
        .routes(routes!(subscriptions::checkout::open_checkout))
        .routes(routes!(subscriptions::change::cancel_subscription))
        .routes(routes!(subscriptions::change::resume_subscription))
        .routes(routes!(subscriptions::change::pause_subscription))
        .routes(routes!(subscriptions::change::unpause_subscription))
        .routes(routes!(subscriptions::change::change_plan))
        .routes(routes!(subscriptions::portal::read_portal))
        .routes(routes!(subscriptions::admin::poll_subscriptions))
        .routes(routes!(plans::list_plans))
        .routes(routes!(plans::read_plan))
        .routes(routes!(subscriptions::read_current_subscription))
        .routes(routes!(subscriptions::list_subscriptions))
        .routes(routes!(subscriptions::history::list_subscription_history))
        .routes(routes!(subscriptions::history::list_subscription_invoices))
}

fn studio() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c7
        .routes(routes!(styles::read::list_styles, styles::write::create_style))
        .routes(routes!(styles::read::read_style, styles::write::describe_style))
        .routes(routes!(styles::show::publish_style))
        .routes(routes!(styles::show::unpublish_style))
        .routes(routes!(styles::write::price_style))
        .routes(routes!(styles::read::read_style_stats))
        .routes(routes!(feed::list_style_generations))
        // c8
        .routes(routes!(models::list_models))
        .routes(routes!(models::read_model))
        .routes(routes!(models::register::register_model))
        // c9
        .routes(routes!(generations::quote::quote_generation))
        .routes(routes!(
            generations::read::list_generations,
            generations::request::request_generation
        ))
        .routes(routes!(
            generations::read::read_generation,
            generations::describe::describe_generation
        ))
        .routes(routes!(generations::retry::retry_generation))
        .routes(routes!(generations::events::follow_generation))
        .routes(routes!(generations::progress::read_progress))
        .routes(routes!(generations::cancel::cancel_generation))
        .routes(routes!(generations::show::publish_generation))
        .routes(routes!(generations::show::unpublish_generation))
        .routes(routes!(feed::read_feed))
        // c10
        .routes(routes!(images::read_image_file))
        .routes(routes!(uploads::upload))
        .routes(routes!(uploads::download))
        // c11
        .routes(routes!(likes::add_like, likes::remove_like))
        .routes(routes!(likes::list_likes))
        .routes(routes!(likes::list_my_likes))
}

fn auditors() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c15
        .routes(routes!(audit::log::list_acts))
        .routes(routes!(audit::events::list_raw_events))
        .routes(routes!(audit::open::open_sealed_field))
        .routes(routes!(audit::events::read_raw_stream))
        .routes(routes!(audit::books::list_ledger_entries))
        .routes(routes!(audit::books::read_trial_balance))
}

fn workers() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c14
        .routes(routes!(worker::register::register_worker))
        .routes(routes!(worker::heartbeat::renew_leases))
        .routes(routes!(worker::claims::claim_job))
        .routes(routes!(worker::progress::tell_progress))
        .routes(routes!(worker::outputs::declare_outputs))
        .routes(routes!(worker::deliver::complete_job))
        .routes(routes!(worker::fail::fail_job))
        .routes(routes!(worker::progress::read_cancel_signal))
}

fn programs() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c13
        .routes(routes!(keys::list_api_keys, keys::write::create_api_key))
        .routes(routes!(keys::write::rotate_api_key))
        .routes(routes!(keys::write::revoke_api_key))
}

fn staff() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // c15
        .routes(routes!(plans::admin::publish_plan, plans::admin::retire_plan))
        .routes(routes!(
            packages::admin::publish_package,
            packages::admin::reprice_package,
            packages::admin::retire_package
        ))
        .routes(routes!(adjustments::grant_to_wallet))
        .routes(routes!(adjustments::adjust_wallet))
        .routes(routes!(adjustments::list::list_adjustments))
        .routes(routes!(adjustments::list::read_adjustment))
        .routes(routes!(wallets::admin::list_wallets_of_user))
        .routes(routes!(wallets::admin::list_transactions_of_user))
        .routes(routes!(adjustments::decide::approve_adjustment))
        .routes(routes!(adjustments::decide::reject_adjustment))
        .routes(routes!(admin::accounts::list_accounts))
        .routes(routes!(admin::accounts::read_account))
        .routes(routes!(admin::accounts::set_account_roles))
        .routes(routes!(admin::judge::suspend_account))
        .routes(routes!(admin::judge::reinstate_account))
        .routes(routes!(admin::workers::list_workers, admin::workers::issue_worker_key))
        .routes(routes!(admin::workers::rotate_worker_key))
        .routes(routes!(admin::workers::retire_worker))
}

/// The OpenAPI document, without serving.
#[must_use]
pub fn document() -> OpenApi {
    openapi::finish(routes().into_openapi())
}

/// The service.
pub fn router(app: App) -> Router {
    let (router, document) = routes().split_for_parts();
    let document = openapi::finish(document);
    let edge = Edge::new(app.clone(), &document);
    router
        .route("/openapi.json", get(openapi::serve(&document)))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        .with_state(app)
        .merge(openapi::pages())
        .layer(from_fn_with_state(edge, edge::surround))
}

async fn nothing_here() -> Problem {
    Problem::new(Slug::NotFound, "There is no such route. See /docs.")
}

async fn wrong_method() -> Problem {
    Problem::new(Slug::MethodNotAllowed, "See /docs for the methods of each route.")
}

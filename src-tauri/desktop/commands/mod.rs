//! What the window may ask for: arguments in, one call of the engine, a view out.

mod blast_radius;
mod clients;
mod connections;
pub(crate) mod diagnosis;
mod grants;
mod imports;
mod incidents;
mod lifecycle;
mod platforms;
mod practice;
mod redirect;
mod settings;
mod sign_in;
pub(crate) mod support_bundle;

use tauri::Runtime;
use tauri::ipc::Invoke;

/// All commands; `contract::Commands` and `permissions/main-window.toml` hold the same list.
pub(crate) fn all<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        connections::board,
        connections::connection,
        connections::run_test_call,
        connections::run_checks,
        connections::refresh_now,
        connections::plan_disconnect,
        connections::disconnect,
        connections::forget_connection,
        connections::label_connection,
        connections::set_automatic_refresh,
        connections::add_dependant,
        connections::remove_dependant,
        connections::list_events,
        diagnosis::diagnose,
        diagnosis::cancel_diagnosis,
        diagnosis::last_diagnosis,
        diagnosis::open_mending_page,
        diagnosis::letter_to_admin,
        support_bundle::preview_failure_bundle,
        support_bundle::save_failure_bundle,
        support_bundle::vendor_report,
        sign_in::list_providers,
        sign_in::list_clients,
        sign_in::plan_connect,
        sign_in::begin_connect,
        sign_in::begin_reconnect,
        sign_in::list_sign_ins,
        sign_in::open_sign_in_page,
        sign_in::cancel_sign_in,
        sign_in::decide_reconnect,
        sign_in::open_provider_page,
        sign_in::open_source,
        redirect::paste_redirect,
        redirect::set_client_redirect,
        grants::begin_widening,
        grants::list_duplicates,
        grants::plan_merge,
        grants::merge_connections,
        settings::self_check,
        lifecycle::health,
        lifecycle::clock,
        lifecycle::set_refresh_mode,
        lifecycle::export_calendar,
        lifecycle::export_held,
        imports::choose_import,
        imports::preview_import,
        imports::take_import,
        imports::drop_import,
        practice::practice,
        practice::start_practice,
        practice::set_practice_switches,
        practice::do_practice_deed,
        practice::stage_cause,
        clients::client_guide,
        clients::choose_client_file,
        clients::preview_client_file,
        clients::add_client,
        clients::client,
        clients::rename_client,
        clients::set_client_environment,
        clients::remove_client,
        clients::check_client,
        clients::stage_client_secret,
        clients::switch_client_secret,
        clients::verify_client_secret,
        clients::finish_rotation,
        clients::cancel_rotation,
        blast_radius::blast_radius,
        blast_radius::radius_node,
        blast_radius::export_radius,
        platforms::list_platforms,
        platforms::add_platform,
        platforms::remove_platform,
        platforms::read_platform,
        platforms::cancel_reading,
        platforms::choose_workflow_file,
        platforms::import_workflows,
        platforms::save_workflow_template,
        platforms::list_platform_connections,
        platforms::join_platform_connection,
        platforms::test_platform_connection,
        platforms::open_platform_page,
        platforms::push_grant,
        incidents::pause_workflows,
        incidents::resume_workflows,
        incidents::list_incidents,
        incidents::incident,
        incidents::run_canary,
        incidents::tick_validation,
        incidents::close_incident,
        incidents::open_incident,
        platforms::set_automatic_reading,
        incidents::incident_report,
        incidents::save_incident_report,
    ]
}

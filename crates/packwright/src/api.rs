//! The public HTTP API: JSON, problem+json for what fails, server-sent events for what goes on. Command line and every other client speak to this
//! router alone, in process or over `api.sock`.

pub mod batch;
pub mod credentials;
pub mod deployments;
pub mod doctor;
pub mod enterprise;
pub mod events;
pub mod forward;
pub mod jobs;
pub mod objects;
pub mod packages;
pub mod problem;

use crate::control::Control;
use axum::Router;
use std::path::PathBuf;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What handlers work with.
#[derive(Clone)]
pub struct App {
    pub control: Control,
    /// Folder of the enterprise.
    pub root: PathBuf,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Packwright",
    description = "Builds the packages of an object-based enterprise application and puts them on its servers.",
    license(name = "MIT OR Apache-2.0")
))]
struct Document;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(enterprise::status))
        .routes(routes!(enterprise::apply))
        .routes(routes!(enterprise::tree))
        .routes(routes!(enterprise::failure))
        .routes(routes!(credentials::enrol, credentials::revoke))
        .routes(routes!(doctor::doctor))
        .routes(routes!(objects::check_in))
        .routes(routes!(objects::check_out))
        .routes(routes!(packages::list, packages::assemble))
        .routes(routes!(packages::show))
        .routes(routes!(packages::define))
        .routes(routes!(packages::build))
        .routes(routes!(packages::contents))
        .routes(routes!(packages::difference))
        .routes(routes!(packages::report))
        .routes(routes!(deployments::deploy))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::cancel))
        .routes(routes!(events::job_events))
        .routes(routes!(batch::call))
        .routes(routes!(batch::submit, batch::list))
        .routes(routes!(batch::show))
}

/// The router that serves every client.
pub fn router(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_path)
        .layer(axum::middleware::from_fn_with_state(app.clone(), forward::to_leader))
        .with_state(app)
}

/// `openapi.json` as it is committed.
pub fn document() -> String {
    let (_, document) = routes().split_for_parts();
    document.to_pretty_json().expect("the document becomes JSON") + "\n"
}

#[cfg(test)]
mod tests {
    /// `cargo run -p packwright -- openapi > openapi.json` brings it up to date.
    #[test]
    fn the_committed_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == super::document(), "openapi.json differs: run `cargo run -p packwright -- openapi > openapi.json`");
    }
}

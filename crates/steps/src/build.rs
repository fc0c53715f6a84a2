//! The steps of a package build, in the order of the recipe, and what several of them share.

pub mod build_package_specs;
pub mod check_out_repository;
pub mod compile_business_functions;
pub mod compress_libraries;
pub mod create_build_directories;
pub mod create_package_directories;
pub mod create_package_location;
pub mod create_serialized_object_tables;
pub mod fetch_build_logs;
pub mod fetch_libraries;
pub mod fetch_server_sources;
pub mod initialize_deployment_server;
pub mod link_libraries;
pub mod list_package_objects;
pub mod place_libraries;
pub mod publish_build_logs;
pub mod publish_libraries;
pub mod publish_server_sources;
pub mod select_server_sources;
pub mod validate_functions_and_tables;
pub mod validate_reports_views_and_applications;
pub mod write_spec_ini;

pub mod compiler;
pub mod folder_goods;
pub mod includes;
pub mod object_index;
pub mod on_all_cores;
pub mod precompiled;
pub mod repository;
pub mod shared_cache;
pub mod symbols;

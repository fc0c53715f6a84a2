//! The conformance suite of the store: each case runs on SQLite and on PostgreSQL, always in a place of its own. The cases of one
//! file run in one test per database, because a test's process starts a PostgreSQL of its own.

mod access;
mod ground;
mod leases;
mod limits;
mod migration;
mod opening;
mod packages;
mod restart;
mod tables_page;
mod transactions;
mod values;

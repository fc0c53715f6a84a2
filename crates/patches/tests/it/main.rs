//! The crate from outside, one binary: each module is about one part. Two of them are for the others: `make` makes patches and homes, `wine` a small
//! Windows.

mod adopting;
mod any_deeds;
mod changing;
mod containers;
mod domains;
mod going_back;
mod jars;
mod judged_by_all;
mod judging;
mod killed;
mod make;
mod start_scripts;
mod transactions;
mod windows_scripts;
mod wine;

//! Mends: gives single domains and servers of one middleware home their own set of patches, called a profile. It needs no enterprise, no database and
//! no network: all it knows of a home lies in files inside that home.
//!
//! One way through: [`home`] recognises a home and its products; [`container`] reads a patch, [`downloads`] takes it in; [`validation`] judges which
//! patches go together; a [`generation`] says which patches every profile holds, and is never changed; [`layout`] computes from it every file that has
//! to lie in the home; [`change`] carries out the difference of two generations as one transaction of [`journal`]. [`scripts`] reads and edits start
//! scripts, [`pointing`] decides which of a domain's scripts gets the block, and [`effective`] tells what a server would get by them.

pub mod adopt;
pub mod catalogue;
pub mod change;
pub mod classes;
pub mod container;
pub mod definitions;
pub mod descriptor;
pub mod disk;
pub mod domain;
pub mod downloads;
pub mod effective;
pub mod generation;
pub mod home;
pub mod inspect;
pub mod journal;
pub mod layout;
pub mod lock;
pub mod manifest;
pub mod names;
pub mod node_manager;
pub mod overview;
pub mod patch;
pub mod pointing;
pub mod profiles;
pub mod progress;
pub mod records;
pub mod running;
pub mod scripts;
pub mod validation;
pub mod xml;

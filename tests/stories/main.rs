//! Stories: the real binary, driven as a person or a script drives it, against
//! strict stand-in vendors and a real Secret Service.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    unreachable_pub,
    reason = "a test prints, writes and spawns as it likes"
)]

#[path = "../../examples/vendors/stand_in/mod.rs"]
mod stand_in;

mod keepassxc;
mod moments;
mod pastes;
mod permits;
mod secret_service;
mod shim;
mod world;

mod all;
mod audiences;
mod backends;
mod bad_answers;
mod bad_input;
mod bad_store;
mod binding;
mod cache;
mod catalogue;
mod clocks;
mod command_store;
mod commands;
mod completions;
mod config_edit;
mod configuration;
mod containers;
mod contract;
mod credentials;
mod daemons;
mod dialects;
mod doctor;
mod drafts;
mod evidence;
mod exported;
mod fleet;
mod flow;
mod jobs;
mod keepalive;
mod keyring;
mod ladder;
mod language;
mod leaks;
mod login;
mod matrix;
mod meeting;
mod mistakes;
mod notices;
mod owner;
mod power;
mod programs;
mod proxies;
mod races;
mod real;
mod replays;
mod repository;
mod schema;
mod secrets;
mod sequence;
mod servers;
mod status;
mod stored_secrets;
mod surroundings;
mod sweeps;
mod torture;
mod transport;
mod trouble;
mod two_programs;
mod unread;
mod upgrade;
mod vendors;
mod verdicts;

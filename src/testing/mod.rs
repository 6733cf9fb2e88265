//! What only tests and fuzz targets use. Stands above every room, and is in no program.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod fleet_model;
pub mod fuzzing;
#[cfg(test)]
pub(crate) mod json_schema;
#[cfg(all(test, target_os = "linux"))]
mod keyring_store;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod panics;
#[cfg(test)]
pub(crate) mod profiles;
pub(crate) mod records;
#[cfg(test)]
mod retry_model;
#[cfg(test)]
mod rooms;
#[cfg(test)]
pub(crate) mod samples;

//! An engine that keeps secrets by versions: OpenBao or HashiCorp Vault with KV version 2. Three layers: `cluster.rs` gets a
//! question answered by whichever node can, `auth.rs` has the token with which it is put, `kv.rs` knows versions.
//!
//! The rule that matters: what is read is a hint; only an acknowledged check-and-set decides anything.

mod auth;
pub(super) mod cluster;
pub(super) mod kv;
pub(crate) mod survey;

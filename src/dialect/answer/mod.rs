//! From a vendor's answer to what it means: `step.open(&raw)` parses it once, strictly if that can be and else by the
//! rungs of `ladder`, and [`opened::OpenedAnswer`] tells the rest. Nothing here knows a store, a clock or what becomes of the tokens.

mod body;
mod duration;
mod expiry;
mod ladder;
mod lookup;
pub(crate) mod opened;
mod redirect;
mod refusal;
mod tokens;

#[cfg(test)]
mod tables;

pub(crate) use self::lookup::same;

/// Where the values of a body stand and of what kind they are, never the values. `None`: it is not JSON.
pub(crate) fn members(body: &[u8]) -> Option<Vec<(String, String)>> {
    ladder::json(body).as_ref().map(body::members_of)
}

//! Ends: revocation (RFC 7009), which says 200 to whatever it does not know, and `veeam-azure`'s likely DELETE.

use super::super::desk::Desk;
use super::super::http::Answer;
use super::super::reading::{Reading, Refusal};

pub struct Wish {
    pub token: String,
    pub hint: Option<String>,
}

impl Desk {
    pub fn revoke(&mut self, reading: &mut Reading, wish: &Wish) -> Answer {
        let kind = match () {
            () if self.ledger.has_refresh(&wish.token) => Some("refresh_token"),
            () if self.ledger.issued(&wish.token) => Some("access_token"),
            () => None,
        };
        let hint = wish.hint.as_deref();
        if kind.is_some() && hint.is_some() && kind != hint {
            reading.departs("token_type_hint names the other kind of token");
        }
        self.ledger.revoke(&wish.token);
        self.counter.revoked.push(wish.token.clone());
        Answer::empty(200)
    }

    pub fn end(&mut self, access: &str) -> Answer {
        if !self.ledger.accepts(access) {
            return self.vendor.refuse(&Refusal::AccessToken);
        }
        self.ledger.revoke_login_of(access);
        self.counter.revoked.push(access.to_owned());
        Answer::empty(204)
    }
}

//! An access token on its way to whoever asked for it, and how it was come by. Whether
//! it may be given out was decided by whoever made this; how it looks is the printer's.

use crate::credential::access::Access;

/// An access token that may be printed.
pub(crate) struct Issued {
    pub(crate) access: Access,
    /// This process sent the request.
    pub(crate) refreshed: bool,
    /// And it was that of a login.
    pub(crate) logged_in: bool,
}

impl Issued {
    /// That another run obtained, or an earlier one.
    pub(crate) fn at_hand(access: Access) -> Issued {
        Issued { access, refreshed: false, logged_in: false }
    }
}

//! systemd's credentials: `LoadCredential=ID:SOCKET` in a unit has the manager connect and read to the end. It says nothing, but
//! the name that its end of the connection has bound tells for which unit and which credential it asks (systemd.exec(5)).

use super::{Caller, Wanted, of_a_profile};
use crate::base::error::Result;

/// What the bound name tells.
#[derive(Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) unit: String,
    pub(crate) credential: String,
}

impl Asked {
    /// `RANDOM/unit/UNIT/ID`. `None`: whoever connected is not systemd.
    pub(crate) fn of(name: &[u8]) -> Option<Asked> {
        let mut parts = std::str::from_utf8(name).ok()?.split('/');
        let (random, kind, unit, credential) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_random = !random.is_empty() && random.bytes().all(|b| b.is_ascii_hexdigit());
        let whole = is_random && kind == "unit" && !unit.is_empty() && !credential.is_empty();
        (whole && parts.next().is_none())
            .then(|| Asked { unit: unit.to_owned(), credential: credential.to_owned() })
    }
}

/// The token and nothing else: a credential is read as it is. `asked`: the profile, if it is named by the credential.
pub(crate) fn serve(caller: &mut dyn Caller, asked: Option<&str>) -> Result<()> {
    let wanted = Wanted { profile: asked, ..Wanted::default() };
    let handed = of_a_profile(caller, &wanted)?;
    caller.print(handed.token().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_name_tells_unit_and_credential() {
        let asked = Asked { unit: "foobar.service".into(), credential: "credx".into() };
        assert_eq!(Asked::of(b"adf9d86b6eda275e/unit/foobar.service/credx"), Some(asked));
        for other in [
            &b""[..],
            b"/unit/foobar.service/credx",
            b"xyz/unit/foobar.service/credx",
            b"adf9d86b6eda275e/unit//credx",
            b"adf9d86b6eda275e/unit/foobar.service/",
            b"adf9d86b6eda275e/unit/foobar.service",
            b"adf9d86b6eda275e/unit/foobar.service/credx/more",
            b"adf9d86b6eda275e/job/foobar.service/credx",
            b"adf9d86b6eda275e/unit/foobar.service/\xff",
        ] {
            assert_eq!(Asked::of(other), None, "{}", String::from_utf8_lossy(other));
        }
    }
}

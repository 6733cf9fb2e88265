//! pnpm's `tokenHelper`: the value of `Authorization` on one line. It says nothing of what it wants.

use super::{Caller, Wanted, header};
use crate::base::error::{Result, internal};

pub(crate) fn serve(caller: &mut dyn Caller) -> Result<()> {
    let handed = caller.token(&Wanted::default())?.ok_or_else(|| internal("no profile was asked"))?;
    caller.print(format!("{}\n", *header::value(&handed)).as_bytes())
}

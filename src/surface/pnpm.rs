//! pnpm's `tokenHelper`: the value of `Authorization` on one line. It says nothing of what it wants.

use super::{Caller, Wanted, header, of_a_profile};
use crate::base::error::Result;

pub(crate) fn serve(caller: &mut dyn Caller) -> Result<()> {
    let handed = of_a_profile(caller, &Wanted::default())?;
    caller.print(format!("{}\n", *header::value(&handed)).as_bytes())
}

//! A login that a person gives in a browser: the screen that sends them there, and the ways in which they come back, which
//! are waited for side by side. Whichever comes first wins.
//!
//! The rule that matters: what comes back holds a code, and is judged by the caller alone. Nothing of it is shown, and
//! nothing that was typed or pasted is left for the next question or for the shell.

mod browser;
mod pasted;
mod qr;
#[cfg(unix)]
mod typed;
mod typing;

use std::time::{Duration, Instant};

use url::Url;

pub(crate) use self::browser::{Opened, in_ci, may_open_browser, open};
use self::pasted::Expected;
use self::typing::Pasting;
use super::output::Output;
use crate::base::characters::harmless_line;
use crate::base::environment;
use crate::base::error::{Code, Error, Result, internal};
use crate::base::waiting::{Waiting, What};
use crate::http::redirect::{Loopback, Params, Reply};

/// Where a person goes.
pub(crate) struct Visit<'a> {
    /// Somebody opens it here already.
    pub(crate) opens: bool,
    /// On a line of its own, whole: a terminal wraps it, and takes the wraps out again when it is copied.
    pub(crate) url: &'a Url,
    /// What is typed there (RFC 8628).
    pub(crate) user_code: Option<&'a str>,
    /// Shown as a QR code where there is room: what a telephone opens.
    pub(crate) scanned: Option<&'a Url>,
}

/// With `--json` it shows nothing; the caller prints the event.
pub(crate) fn show(out: &Output, visit: &Visit<'_>) {
    out.notice(if visit.opens {
        "a browser opens this address to log in; if none does, open it yourself:"
    } else {
        "to log in, open this address in a browser:"
    });
    out.report(&format!("\n{}\n\n", visit.url));
    if let Some(code) = visit.user_code {
        out.notice("and type this code there:");
        out.report(&format!("\n    {}\n\n", harmless_line(code)));
    }
    if let Some(drawing) = visit.scanned.and_then(|scanned| drawing(out, scanned, visit.url)) {
        out.draw(&format!("{drawing}\n"));
    }
}

/// `None`: nobody sees it, or it takes too much room beside the address.
fn drawing(out: &Output, scanned: &Url, shown: &Url) -> Option<String> {
    let (screen, rows) = out.canvas().filter(|_| environment::shows_unicode())?;
    let wrapped = shown.as_str().len() / screen.columns.max(1);
    qr::drawn(scanned.as_str(), screen.columns, rows.saturating_sub(wrapped), screen.colored)
}

/// How the answer to an authorization request comes back, beside the listener.
pub(crate) struct Way<'a> {
    /// As it was sent. What is pasted must be this address.
    pub(crate) redirect_uri: &'a str,
    /// The vendor shows a code instead of coming back (out-of-band): the name under which a pasted one is given on.
    pub(crate) bare_code: Option<&'a str>,
    /// Whether the address may be pasted. With a listener only at a terminal; without one also as a line of a pipe.
    pub(crate) pasted: bool,
}

/// Whether what came back is right. `Err` says in a few words why not, without anything secret.
pub(crate) type Judge<'a> = dyn Fn(&Params) -> std::result::Result<(), String> + 'a;

/// What came back and was accepted.
pub(crate) struct Returned {
    /// Decoded; none comes twice.
    pub(crate) params: Params,
    /// The browser that waits for a page, if one does.
    pub(crate) reply: Option<Reply>,
}

/// How long something typed may lie unread.
const LOOK: Duration = Duration::from_millis(50);

/// Waits until `accepts` says yes to something that came back; why it says no is told to whoever pasted it. `None`: nobody
/// came until `deadline`. A browser that was `opened` and fails is warned of.
///
/// `Err`: `login_required` if there is no listener, and nothing that is right can come from standard input any more.
/// A signal ends the process, with the terminal as it was.
pub(crate) fn returned(
    out: &Output,
    way: &Way<'_>,
    listener: Option<&Loopback>,
    mut opened: Option<Opened>,
    accepts: &Judge<'_>,
    deadline: Instant,
) -> Result<Option<Returned>> {
    let expected = Expected::of(way.redirect_uri, way.bare_code);
    let mut pasting = way.pasted.then(|| Pasting::begin(listener.is_some(), out.json())).flatten();
    if pasting.is_none() && listener.is_none() {
        return Err(internal("nothing could come back from this login"));
    }
    if pasting.as_ref().is_some_and(Pasting::asks) {
        out.notice(&question(way, listener.is_some()));
    }
    let _waiting = Waiting::begin(What::Visit, Some(deadline));
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        if let Some(returned) = knocked(out, listener, accepts, left.min(LOOK))? {
            return Ok(Some(returned));
        }
        if let Some(returned) = typed(out, &expected, &mut pasting, listener, accepts)? {
            return Ok(Some(returned));
        }
        if opened.as_ref().is_some_and(Opened::has_failed) {
            opened = None;
            out.warn("no browser could be opened; open the address above yourself");
        }
    }
}

fn question(way: &Way<'_>, listener: bool) -> String {
    let enter = "(it stays hidden), and press Enter";
    match (way.bare_code, listener) {
        (Some(_), _) => format!("then paste here the code that the browser shows {enter}"),
        (None, true) => format!("or paste here the address that the browser ends at {enter}"),
        (None, false) => format!(
            "then paste here the address that the browser ends at {enter}; it begins with {}, and it does not matter that the page cannot be opened",
            way.redirect_uri
        ),
    }
}

/// What came to the listener.
fn knocked(
    out: &Output,
    listener: Option<&Loopback>,
    accepts: &Judge<'_>,
    patience: Duration,
) -> Result<Option<Returned>> {
    let Some(listener) = listener else {
        std::thread::sleep(patience);
        return Ok(None);
    };
    let Some(arrival) = listener.next(patience)? else { return Ok(None) };
    match accepts(arrival.params()) {
        Ok(()) => {
            let params = arrival.params().clone();
            Ok(Some(Returned { params, reply: Some(listener.accept(arrival)) }))
        }
        Err(why) => {
            // Once for each reason: anybody can knock, as often as they like.
            out.warn(format!("what came to the redirect address is refused: {why}; the login still waits"));
            Ok(None)
        }
    }
}

/// What was pasted.
fn typed(
    out: &Output,
    expected: &Expected<'_>,
    pasting: &mut Option<Pasting>,
    listener: Option<&Loopback>,
    accepts: &Judge<'_>,
) -> Result<Option<Returned>> {
    let Some(asked) = pasting else { return Ok(None) };
    let Some(text) = asked.text()? else {
        if asked.is_over() {
            *pasting = None;
            if listener.is_none() {
                return Err(Error::new(
                    Code::LoginRequired,
                    "not logged in: the input ended before anything was pasted",
                ));
            }
        }
        return Ok(None);
    };
    let judged = expected.params(&text).and_then(|params| accepts(&params).map(|()| params));
    match judged {
        Ok(params) => {
            if let Some(listener) = listener {
                listener.turn_away();
            }
            Ok(Some(Returned { params, reply: None }))
        }
        Err(why) if asked.asks() => {
            out.notice(&format!("{why}; paste it again, or end with Ctrl-C"));
            Ok(None)
        }
        Err(why) => {
            let words =
                format!("not logged in: standard input holds something other than was asked for: {why}");
            Err(Error::new(Code::LoginRequired, words))
        }
    }
}

// They ask util-linux for a terminal.
#[cfg(all(test, target_os = "linux"))]
mod tests;

//! The few commands and answers of IMAP, SMTP and POP3 that an authentication needs.

use zeroize::Zeroizing;

use crate::base::error::Result;

/// The other end of a connection.
pub(crate) trait Peer {
    /// The next line, without its end.
    fn line(&mut self) -> Result<String>;
    fn say(&mut self, line: &[u8]) -> Result<()>;
    /// From now on by TLS.
    fn secure(&mut self) -> Result<()>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Imap,
    Smtp,
    Pop3,
}

/// What a server can do.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Offers {
    pub(super) mechanisms: Vec<String>,
    pub(super) tls: bool,
    pub(super) initial_response: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Done,
    /// The server waits for more.
    Go,
    /// Not now.
    Later,
    No,
    /// It speaks of something else.
    Strange,
}

pub(super) struct Reply {
    pub(super) kind: Kind,
    /// What it says in the end.
    pub(super) last: String,
    /// What it lists.
    pub(super) lines: Vec<String>,
}

impl Reply {
    fn of(kind: Kind, last: &str) -> Reply {
        Reply { kind, last: last.trim().to_owned(), lines: Vec::new() }
    }
}

impl Protocol {
    pub(super) fn name(self) -> &'static str {
        match self {
            Protocol::Imap => "IMAP",
            Protocol::Smtp => "SMTP",
            Protocol::Pop3 => "POP3",
        }
    }

    /// Of a command, in octets with its end (RFC 7162 section 4, RFC 5321 section 4.5.3.1.4, RFC 5034 section 4). An answer
    /// to the server's `+` or 334 may be longer.
    fn longest(self) -> usize {
        match self {
            Protocol::Imap => 8_192,
            Protocol::Smtp => 512,
            Protocol::Pop3 => 255,
        }
    }

    fn authenticate(self) -> &'static str {
        if self == Protocol::Imap { "AUTHENTICATE" } else { "AUTH" }
    }

    fn offers(self, lines: &[String]) -> Offers {
        let lines: Vec<String> = lines.iter().map(|line| line.to_ascii_uppercase()).collect();
        let words = || lines.iter().flat_map(|line| line.split_ascii_whitespace());
        let has = |word: &str| words().any(|known| known == word);
        let list = |name: &str| -> Vec<String> {
            // Old servers of SMTP have `=` behind the name.
            let rests = lines.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix([' ', '=']));
            rests.flat_map(str::split_ascii_whitespace).map(str::to_owned).collect()
        };
        match self {
            Protocol::Imap => Offers {
                mechanisms: words()
                    .filter_map(|word| word.strip_prefix("AUTH="))
                    .map(str::to_owned)
                    .collect(),
                tls: has("STARTTLS"),
                initial_response: has("SASL-IR"),
            },
            Protocol::Smtp => {
                Offers { mechanisms: list("AUTH"), tls: has("STARTTLS"), initial_response: true }
            }
            Protocol::Pop3 => Offers { mechanisms: list("SASL"), tls: has("STLS"), initial_response: true },
        }
    }
}

pub(super) struct Dialogue<'a> {
    peer: &'a mut dyn Peer,
    protocol: Protocol,
    /// Of IMAP's commands so far.
    count: u32,
}

impl Dialogue<'_> {
    pub(super) fn with(peer: &mut dyn Peer, protocol: Protocol) -> Dialogue<'_> {
        Dialogue { peer, protocol, count: 0 }
    }

    pub(super) fn greeting(&mut self) -> Result<Reply> {
        if self.protocol != Protocol::Imap {
            return self.reply();
        }
        let line = self.peer.line()?;
        Ok(match line.strip_prefix("* ") {
            Some(rest) if begins(rest, "OK") => Reply::of(Kind::Done, rest),
            Some(rest) => Reply::of(Kind::Later, rest),
            None => Reply::of(Kind::Strange, &line),
        })
    }

    /// `Err` in the reply: the server will not say.
    pub(super) fn offers(&mut self) -> Result<std::result::Result<Offers, Reply>> {
        let reply = match self.protocol {
            Protocol::Imap => self.ask("CAPABILITY")?,
            // A client without a name gives a literal (RFC 5321 section 4.1.1.1).
            Protocol::Smtp => self.ask("EHLO [127.0.0.1]")?,
            Protocol::Pop3 => self.listed()?,
        };
        Ok(if reply.kind == Kind::Done { Ok(self.protocol.offers(&reply.lines)) } else { Err(reply) })
    }

    /// RFC 2449 section 5.
    fn listed(&mut self) -> Result<Reply> {
        let mut reply = self.ask("CAPA")?;
        while reply.kind == Kind::Done {
            let line = self.peer.line()?;
            if line == "." {
                break;
            }
            reply.lines.push(line);
        }
        Ok(reply)
    }

    /// `Err` in the reply: the server does not begin it.
    pub(super) fn secure(&mut self) -> Result<std::result::Result<(), Reply>> {
        let reply = self.ask(if self.protocol == Protocol::Pop3 { "STLS" } else { "STARTTLS" })?;
        if reply.kind != Kind::Done {
            return Ok(Err(reply));
        }
        self.peer.secure().map(Ok)
    }

    /// Up to the server's answer to the response, which goes with the command if `at_once` and there is room.
    pub(super) fn authenticate(&mut self, mechanism: &str, response: &str, at_once: bool) -> Result<Reply> {
        let verb = self.protocol.authenticate();
        // With IMAP's tag, the blanks and the end of the line.
        let length = verb.len() + mechanism.len() + response.len() + 12;
        if at_once && length <= self.protocol.longest() {
            return self.ask(&Zeroizing::new([verb, " ", mechanism, " ", response].concat()));
        }
        let reply = self.ask(&format!("{verb} {mechanism}"))?;
        if reply.kind == Kind::Go { self.answer(response) } else { Ok(reply) }
    }

    pub(super) fn answer(&mut self, response: &str) -> Result<Reply> {
        self.peer.say(response.as_bytes())?;
        self.reply()
    }

    /// What the server says to that concerns nobody.
    pub(super) fn leave(&mut self) {
        let _ = self.say(if self.protocol == Protocol::Imap { "LOGOUT" } else { "QUIT" });
    }

    fn ask(&mut self, command: &str) -> Result<Reply> {
        self.say(command)?;
        self.reply()
    }

    fn say(&mut self, command: &str) -> Result<()> {
        if self.protocol != Protocol::Imap {
            return self.peer.say(command.as_bytes());
        }
        self.count += 1;
        let line = Zeroizing::new([self.tag().as_str(), " ", command].concat());
        self.peer.say(line.as_bytes())
    }

    fn tag(&self) -> String {
        format!("t{}", self.count)
    }

    fn reply(&mut self) -> Result<Reply> {
        match self.protocol {
            Protocol::Imap => self.tagged(),
            Protocol::Smtp => self.numbered(),
            Protocol::Pop3 => self.peer.line().map(|line| signed(&line)),
        }
    }

    fn tagged(&mut self) -> Result<Reply> {
        let (mut lines, tag) = (Vec::new(), self.tag());
        loop {
            let line = self.peer.line()?;
            if let Some(rest) = line.strip_prefix('+') {
                return Ok(Reply::of(Kind::Go, rest));
            }
            if begins(&line, "* BYE") {
                return Ok(Reply::of(Kind::Later, line.trim_start_matches("* ")));
            }
            match line.split_once(' ') {
                Some((mark, rest)) if mark == tag => return Ok(Reply { lines, ..ended(rest) }),
                Some(("*", rest)) => lines.push(rest.to_owned()),
                _ => {}
            }
        }
    }

    /// RFC 5321 section 4.2.1.
    fn numbered(&mut self) -> Result<Reply> {
        let mut lines = Vec::new();
        loop {
            let line = self.peer.line()?;
            let (code, rest) = line.split_at_checked(3).unwrap_or((&line, ""));
            lines.push(rest.get(1..).unwrap_or_default().to_owned());
            if rest.starts_with('-') {
                continue;
            }
            let reply = match code.as_bytes().first() {
                Some(b'2') => Reply::of(Kind::Done, &line),
                Some(b'3') => Reply::of(Kind::Go, rest),
                Some(b'4') => Reply::of(Kind::Later, &line),
                Some(b'5') => Reply::of(Kind::No, &line),
                _ => Reply::of(Kind::Strange, &line),
            };
            return Ok(Reply { lines, ..reply });
        }
    }
}

/// Of IMAP: what stands behind the tag.
fn ended(rest: &str) -> Reply {
    let (word, last) = rest.split_once(' ').unwrap_or((rest, ""));
    match word.to_ascii_uppercase().as_str() {
        "OK" => Reply::of(Kind::Done, last),
        // RFC 9051 section 7.1.
        _ if begins(last, "[UNAVAILABLE]") => Reply::of(Kind::Later, last),
        _ => Reply::of(Kind::No, last),
    }
}

/// Of POP3.
fn signed(line: &str) -> Reply {
    // RFC 2449 section 8.1, RFC 3206.
    let passing = ["-ERR [SYS/TEMP]", "-ERR [IN-USE]", "-ERR [LOGIN-DELAY]"];
    if passing.iter().any(|code| begins(line, code)) {
        return Reply::of(Kind::Later, line);
    }
    match (line.strip_prefix("+OK"), line.strip_prefix('+'), line.strip_prefix("-ERR")) {
        (Some(rest), ..) => Reply::of(Kind::Done, rest),
        (None, Some(rest), _) => Reply::of(Kind::Go, rest),
        (None, None, Some(rest)) => Reply::of(Kind::No, rest),
        (None, None, None) => Reply::of(Kind::Strange, line),
    }
}

/// However it is written.
fn begins(line: &str, word: &str) -> bool {
    line.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
}

//! What connects one machine with the vault's nodes and the vendor: it can be cut, and notes what goes to the vendor.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::stand_in::StandIn;

/// A refresh token on its way to the vendor.
#[derive(Clone, Debug)]
pub struct Sent {
    pub machine: usize,
    pub token: String,
    pub at: Instant,
    /// When its answer reached the machine.
    pub answered: Option<Instant>,
    /// The machine lost its power, a process of it was killed, or its link was cut, before its answer lay in a journal.
    pub disturbed: bool,
}

/// What every machine sent, in order.
pub type Log = Arc<Mutex<Vec<Sent>>>;

/// From the arrival of an answer until it lies in the journal, on a busy machine.
pub const WRITTEN: Duration = Duration::from_secs(5);

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    Up,
    /// What is under way stays where it is; nothing new arrives.
    Frozen,
    /// Every connection ends.
    Cut,
}

/// Of one machine.
pub struct Link {
    /// From what a machine asks for to what it gets instead.
    pub ways: Vec<(u16, u16)>,
    inner: Arc<Inner>,
}

struct Inner {
    machine: usize,
    state: Mutex<State>,
    open: Mutex<Vec<TcpStream>>,
    log: Log,
    /// What arrives soon after that was sent before it.
    last_disturbed: Mutex<Option<Instant>>,
    slow: Duration,
    /// Told of each token that is sent.
    told: Box<dyn Fn(usize) + Send + Sync>,
}

impl Link {
    /// `slow`: each answer of the vendor takes so long to arrive.
    pub fn new(
        machine: usize,
        nodes: &[u16],
        vendor: &StandIn,
        log: &Log,
        slow: Duration,
        told: impl Fn(usize) + Send + Sync + 'static,
    ) -> Link {
        let inner = Arc::new(Inner {
            machine,
            state: Mutex::new(State::Up),
            open: Mutex::default(),
            log: Arc::clone(log),
            last_disturbed: Mutex::default(),
            slow,
            told: Box::new(told),
        });
        let way = |there: u16, vendor: bool| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let by = listener.local_addr().expect("bound").port();
            Arc::clone(&inner).listen(listener, there, vendor);
            (there, by)
        };
        let vendor = vendor.origin().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let ways = nodes.iter().map(|node| way(*node, false)).chain([way(vendor, true)]).collect();
        Link { ways, inner }
    }

    pub fn set(&self, state: State) {
        *locked(&self.inner.state) = state;
        if state != State::Up {
            self.disturb();
        }
        if state == State::Cut {
            for stream in locked(&self.inner.open).drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Whoever sent it slept, and its answer may lie unread for long.
    pub fn disturb_the_last(&self) {
        let mut log = locked(&self.inner.log);
        let last = log.iter_mut().rev().find(|sent| sent.machine == self.inner.machine);
        last.into_iter().for_each(|sent| sent.disturbed = true);
    }

    /// What it has sent, and has perhaps not written down.
    pub fn disturb(&self) {
        *locked(&self.inner.last_disturbed) = Some(Instant::now());
        let own = |sent: &&mut Sent| sent.machine == self.inner.machine;
        let open = |sent: &Sent| sent.answered.is_none_or(|at| at.elapsed() < WRITTEN);
        let mut log = locked(&self.inner.log);
        log.iter_mut().filter(own).filter(|sent| open(sent)).for_each(|sent| sent.disturbed = true);
    }
}

impl Inner {
    fn listen(self: Arc<Inner>, listener: TcpListener, there: u16, vendor: bool) {
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let inner = Arc::clone(&self);
                thread::spawn(move || inner.join(caller, there, vendor));
            }
        });
    }

    fn state(&self) -> State {
        *locked(&self.state)
    }

    fn join(self: Arc<Inner>, caller: TcpStream, there: u16, vendor: bool) -> io::Result<()> {
        if self.state() == State::Cut {
            return Ok(());
        }
        self.wait();
        let onward = TcpStream::connect(("127.0.0.1", there))?;
        let (from, to) = (caller.try_clone()?, onward.try_clone()?);
        {
            let mut open = locked(&self.open);
            // What has ended is of no use any more.
            open.retain(|stream| stream.peer_addr().is_ok());
            open.extend([caller.try_clone()?, onward.try_clone()?]);
        }
        let number = Arc::new(Mutex::new(None));
        let (inner, sent) = (Arc::clone(&self), Arc::clone(&number));
        thread::spawn(move || inner.pump(from, to, |inner, bytes| inner.goes_out(bytes, vendor, &sent)));
        self.pump(onward, caller, |inner, _| inner.comes_in(vendor, &number))
    }

    fn wait(&self) {
        while self.state() == State::Frozen {
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, look: impl Fn(&Inner, &[u8])) -> io::Result<()> {
        let mut piece = vec![0; 65_536];
        loop {
            let count = from.read(&mut piece).unwrap_or(0);
            if count == 0 {
                self.wait();
                let _ = to.shutdown(Shutdown::Write);
                return Ok(());
            }
            // Noted when it arrives here: whoever sent it may be gone before it goes on.
            look(self, &piece[..count]);
            self.wait();
            to.write_all(&piece[..count])?;
        }
    }

    fn goes_out(&self, bytes: &[u8], vendor: bool, number: &Mutex<Option<usize>>) {
        let text = String::from_utf8_lossy(bytes);
        let form = text.rsplit("\r\n\r\n").next().unwrap_or_default();
        let mut form = url::form_urlencoded::parse(form.as_bytes());
        let Some((_, token)) = form.find(|(name, _)| name == "refresh_token").filter(|_| vendor) else {
            return;
        };
        let disturbed = self.state() != State::Up
            || locked(&self.last_disturbed).is_some_and(|at| at.elapsed() < WRITTEN);
        let mut log = locked(&self.log);
        *locked(number) = Some(log.len());
        let (machine, token) = (self.machine, token.into_owned());
        log.push(Sent { machine, token, at: Instant::now(), answered: None, disturbed });
        drop(log);
        (self.told)(self.machine);
    }

    fn comes_in(&self, vendor: bool, number: &Mutex<Option<usize>>) {
        if !vendor {
            return;
        }
        thread::sleep(self.slow);
        self.wait();
        if let Some(number) = *locked(number) {
            locked(&self.log)[number].answered = Some(Instant::now());
        }
    }
}

//! The listener on loopback: one thread per connection, one request per connection.
//!
//! A connection that goes wrong (a client that hangs up, or does not trust the certificate) is the client's business and
//! ends quietly; what a test wants to know stands in the desk's books.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::desk::Desk;
use super::gate::Gate;
use super::http::Request;
use super::tls::{Identity, Wire};

pub struct Shared {
    desk: Mutex<Desk>,
    pub identity: Option<Identity>,
    /// Requests over a TLS session that went on from an earlier one.
    pub resumed: AtomicUsize,
    stopped: AtomicBool,
}

impl Shared {
    pub fn new(desk: Desk, identity: Option<Identity>) -> Arc<Shared> {
        let (resumed, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Shared { desk: Mutex::new(desk), identity, resumed, stopped })
    }

    /// A panic elsewhere (an edit of an answer, say) leaves the books as good as they were.
    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn converse(&self, stream: TcpStream) -> io::Result<()> {
        if self.desk().closes_unread() {
            return Ok(());
        }
        let mut wire = Wire::open(stream, self.identity.as_ref())?;
        let request = Request::read(&mut wire)?;
        self.resumed.fetch_add(usize::from(wire.is_resumed()), Ordering::SeqCst);
        let dawdles = self.desk().dawdles();
        dawdles.iter().for_each(Gate::pass);
        let (answer, fault) = self.desk().receive(request);
        match (fault, answer) {
            (Some(fault), answer) => fault.deliver(answer, wire),
            (None, Some(answer)) => {
                answer.send(&mut wire)?;
                wire.finish()
            }
            (None, None) => Ok(()),
        }
    }
}

pub struct Listener {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub fn start(port: u16, shared: Arc<Shared>) -> io::Result<Listener> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let theirs = shared.clone();
        let thread = thread::spawn(move || accept(&listener, &theirs));
        Ok(Listener { address, shared, thread: Some(thread) })
    }

    /// Connections that are still open end by themselves.
    pub fn stop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread out of accept().
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = shared.clone();
        thread::spawn(move || {
            let _ = shared.converse(stream);
        });
    }
}

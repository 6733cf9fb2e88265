//! Takes connections on a thread of its own until it is dropped: many at once, each for a few seconds, so that one that
//! says nothing, or a byte a minute, holds up nobody.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::page::Page;
use super::request::{Expected, Params, Target, recognized};
use crate::base::signals::spawn_deaf;
use crate::http::runtime::Runtime;

/// At once. One more takes the place of the oldest: a browser sends its request as soon as it is connected.
const MOST: usize = 64;
/// Of a request's head. Some vendors' codes are of several thousand characters.
const LONGEST: usize = 16 << 10;
/// For the head of a request, and for taking a page.
const PATIENCE: Duration = Duration::from_secs(5);
/// For what comes after the end of an answer.
const FAREWELL: Duration = Duration::from_secs(1);
/// So long a run waits at its end for a browser to take its page, and for the thread to close its sockets.
const LAST: Duration = Duration::from_secs(2);
/// How often somebody who waits to be judged looks whether another one was right.
const LOOK: Duration = Duration::from_millis(200);

/// A request with the right method, path and host, whose sender waits.
pub(crate) struct Arrival {
    params: Params,
    verdict: oneshot::Sender<Right>,
}

/// It is the one: the page comes from the first, and the other hears when the browser has it.
type Right = (oneshot::Receiver<Page>, Sender<()>);

impl Arrival {
    /// Of its query, decoded; none comes twice. Dropped unaccepted, its sender is told that it is not the one.
    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    pub(super) fn accept(self, server: &Rc<Running>) -> Reply {
        server.turn_away();
        let ((tell, page), (took, taken)) = (oneshot::channel(), mpsc::channel());
        // If its sender went away, nobody will see what becomes of it.
        let _ = self.verdict.send((page, took));
        Reply { tell: Some(tell), taken, _server: Rc::clone(server) }
    }
}

/// A browser that waits to be told what came of the login. Dropped, it points to the terminal.
pub(crate) struct Reply {
    tell: Option<oneshot::Sender<Page>>,
    /// Ends when the browser has its page, or went away.
    taken: Receiver<()>,
    /// It takes the page there.
    _server: Rc<Running>,
}

impl Reply {
    /// Plain text; waits a moment for the browser to take it.
    pub(crate) fn finish(mut self, title: &str, text: &str) {
        if let Some(tell) = self.tell.take() {
            let _ = tell.send(Page::told(title, text));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.tell.take();
        let _ = self.taken.recv_timeout(LAST);
    }
}

/// The thread; its sockets are closed when this was dropped.
pub(super) struct Running {
    taken: Arc<AtomicBool>,
    stop: Option<oneshot::Sender<()>>,
    ended: Receiver<()>,
}

impl Running {
    pub(super) fn turn_away(&self) {
        self.taken.store(true, Ordering::Release);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take();
        let _ = self.ended.recv_timeout(LAST);
    }
}

/// If there is no thread to be had, the channel has no other end.
pub(super) fn start(listeners: Vec<TcpListener>, expected: Expected) -> (Running, Receiver<Arrival>) {
    let taken = Arc::new(AtomicBool::new(false));
    let ((stop, stopped), (end, ended)) = (oneshot::channel::<()>(), mpsc::channel::<()>());
    let (arrive, arrivals) = mpsc::channel();
    let guest = Guest { expected, arrive, taken: Arc::clone(&taken) };
    spawn_deaf(move || {
        if let Ok(runtime) = Runtime::start() {
            runtime.block_on(serve(listeners, guest, stopped));
        }
        // After the runtime, and with it every socket, is gone.
        drop(end);
    });
    (Running { taken, stop: Some(stop), ended }, arrivals)
}

async fn serve(listeners: Vec<TcpListener>, guest: Guest, stopped: oneshot::Receiver<()>) {
    let (bring, mut brought) = tokio::sync::mpsc::channel(1);
    for listener in listeners {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
        tokio::spawn(accept(listener, bring.clone()));
    }
    let guests = async {
        let mut crowd = VecDeque::new();
        while let Some(stream) = brought.recv().await {
            admit(&mut crowd, tokio::spawn(guest.clone().talk(stream)));
        }
    };
    tokio::select! {
        () = guests => {}
        _ = stopped => {}
    }
}

/// With no file descriptor left accepting fails, until some connection is over.
async fn accept(listener: tokio::net::TcpListener, bring: tokio::sync::mpsc::Sender<TcpStream>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if bring.send(stream).await.is_err() {
                    return;
                }
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

fn admit(crowd: &mut VecDeque<JoinHandle<()>>, newest: JoinHandle<()>) {
    crowd.retain(|one| !one.is_finished());
    if crowd.len() >= MOST
        && let Some(oldest) = crowd.pop_front()
    {
        oldest.abort();
    }
    crowd.push_back(newest);
}

/// How to deal with one connection.
#[derive(Clone)]
struct Guest {
    expected: Expected,
    arrive: Sender<Arrival>,
    taken: Arc<AtomicBool>,
}

impl Guest {
    async fn talk(self, mut stream: TcpStream) {
        let Ok(Some(target)) = timeout(PATIENCE, self.hear(&mut stream)).await else { return };
        let page = match target {
            Target::Redirect(_) if self.is_taken() => Page::taken(),
            Target::Redirect(params) => match self.judged(params).await {
                // On its own, so that no crowd pushes it out.
                Some(right) => return drop(tokio::spawn(hold(stream, right))),
                None if self.is_taken() => Page::taken(),
                None => Page::wrong(),
            },
            Target::Icon => Page::missing(),
            Target::Other => Page::wrong(),
        };
        give(&mut stream, &page).await;
    }

    /// `None`: it went away.
    async fn hear(&self, stream: &mut TcpStream) -> Option<Target> {
        // In one piece, so that growing leaves nothing behind of the code in it.
        let mut head = Zeroizing::new(Vec::with_capacity(2 * LONGEST));
        loop {
            let read = stream.read_buf(&mut *head).await.ok()?;
            if let Some(target) = recognized(&head, &self.expected) {
                return Some(target);
            }
            if head.len() > LONGEST {
                return Some(Target::Other);
            }
            if read == 0 {
                return None;
            }
        }
    }

    async fn judged(&self, params: Params) -> Option<Right> {
        let (verdict, mut judged) = oneshot::channel();
        self.arrive.send(Arrival { params, verdict }).ok()?;
        loop {
            match timeout(LOOK, &mut judged).await {
                Ok(verdict) => return verdict.ok(),
                Err(_) if self.is_taken() => return judged.try_recv().ok(),
                Err(_) => {}
            }
        }
    }

    fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Acquire)
    }
}

/// Until the caller knows what came of the login.
async fn hold(mut stream: TcpStream, (page, took): Right) {
    let page = page.await.unwrap_or_else(|_| Page::untold());
    give(&mut stream, &page).await;
    drop(took);
}

/// The end waits for the other side's: a socket that is closed while something unread is in it takes the page away again.
async fn give(stream: &mut TcpStream, page: &Page) {
    let bytes = page.bytes();
    let sent = async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    };
    if matches!(timeout(PATIENCE, sent).await, Ok(Ok(()))) {
        let mut rest = [0; 1024];
        let _ = timeout(FAREWELL, async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} }).await;
    }
}

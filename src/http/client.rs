//! The one door to the network. It gives the synchronous world one call: at most one request, no redirect, no resend.
//!
//! The rule that matters: the caller is asked (`before_first_byte`) after the connection stands and
//! before anything is sent, and `Nothing` is said only when that question was never answered with yes.
//! From then on nothing that came is dropped.

use std::any::Any;
use std::cell::RefCell;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use url::Url;

use super::connect::Connector;
pub(crate) use super::connect::Peers;
use super::exchange::Exchange;
use super::message::{HttpRequest, RawAnswer};
use super::prepared::prepared;
use super::proxy::{self, Proxy};
use super::runtime::Runtime;
pub(crate) use super::stream::Again;
use super::stream::NotConnected;
use super::tls::Tls;
use crate::base::error::{Error, Result};

/// Everything about a connection but the request.
pub(crate) struct Route<'a> {
    pub(crate) tls: &'a Tls,
    pub(crate) proxy: &'a Proxy,
    pub(crate) proxy_auth: Option<&'a str>,
    /// What the deadline leaves for connecting.
    pub(crate) connect: Duration,
    /// For the answer, once connected.
    pub(crate) timeout: Duration,
}

/// What came of sending once.
pub(crate) enum Delivery {
    /// Certainly nothing went out; why, and whether another try could help.
    Nothing(Error, Again),
    /// An answer, or as much of one as came. Without a status: none.
    Answer(RawAnswer),
}

/// A client for one request: built, and its files read, before anything is begun.
pub(crate) struct Door {
    /// Closed when the door is, after the answer is in the journal. Before the runtime, on which it rests.
    connection: RefCell<Option<Box<dyn Any>>>,
    runtime: Runtime,
    connector: Connector,
    timeout: Duration,
}

/// Gives what is to be done once the answer takes long.
type Ask = Box<dyn FnOnce() -> Result<Meanwhile> + Send>;
pub(crate) type Meanwhile = Option<Box<dyn FnOnce() + Send>>;

/// Most answers are there by then, and nobody wonders yet.
const LONG: Duration = Duration::from_millis(100);

impl Door {
    pub(crate) fn open(url: &Url, route: &Route<'_>) -> Result<Door> {
        let runtime = Runtime::start()?;
        let proxy = proxy::of(url, route.proxy, route.proxy_auth)?;
        let connector = Connector::new(url, route.tls, proxy, route.connect, route.timeout)?;
        let connection = RefCell::default();
        Ok(Door { connection, runtime, connector, timeout: route.timeout })
    }

    /// For an address that was found, not given: only such a peer may answer there, and a pin is no way out if its
    /// certificate is not trusted.
    pub(crate) fn found(mut self, peers: Peers) -> Door {
        self.connector.found(peers);
        self
    }

    /// The same, if anybody may not answer.
    pub(crate) fn limited(self, peers: Option<Peers>) -> Door {
        match peers {
            Some(peers) => self.found(peers),
            None => self,
        }
    }

    /// Who was connected to last. `None`: nobody, or only a proxy knows.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.connector.peer()
    }

    /// Sends `request`, once. `before_first_byte` runs when the connection stands;
    /// if it fails, or was never reached, nothing was sent.
    pub(crate) fn send(&self, request: &HttpRequest, before_first_byte: Ask) -> Delivery {
        self.runtime.block_on(self.exchange(request, before_first_byte))
    }

    async fn exchange(&self, request: &HttpRequest, before_first_byte: Ask) -> Delivery {
        let ready = prepared(request).and_then(|prepared| Ok((prepared, Exchange::with_room()?)));
        let (prepared, exchange) = match ready {
            Ok(ready) => ready,
            Err(error) => return Delivery::Nothing(error, Again::No),
        };
        let stream = match self.connector.connect(&request.url).await {
            Ok(stream) => stream,
            Err(NotConnected { error, again }) => return Delivery::Nothing(error, again),
        };
        let meanwhile = match before_first_byte() {
            Ok(meanwhile) => meanwhile,
            Err(error) => return Delivery::Nothing(error, Again::No),
        };
        let answer = exchange.run(stream, prepared, &request.wanted, self.timeout);
        let (answer, connection) = waited_for(answer, meanwhile).await;
        *self.connection.borrow_mut() = connection;
        Delivery::Answer(answer)
    }
}

async fn waited_for<T>(answer: impl Future<Output = T>, meanwhile: Meanwhile) -> T {
    let mut answer = pin!(answer);
    if let Some(meanwhile) = meanwhile {
        if let Ok(answer) = timeout(LONG, &mut answer).await {
            return answer;
        }
        meanwhile();
    }
    answer.await
}

#[cfg(test)]
mod tests {
    use std::future::{poll_fn, ready};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Poll;

    use super::*;

    #[test]
    fn what_is_to_be_done_meanwhile_is_done_only_where_an_answer_takes_long() {
        let runtime = Runtime::start().expect("a runtime");
        let done = Arc::new(AtomicBool::new(false));
        let meanwhile = || {
            let done = Arc::clone(&done);
            Some(Box::new(move || done.store(true, Ordering::Relaxed)) as _)
        };
        assert_eq!(runtime.block_on(waited_for(ready(1), meanwhile())), 1);
        assert!(!done.load(Ordering::Relaxed));
        // It comes once the other was done.
        let late = poll_fn(|_| if done.load(Ordering::Relaxed) { Poll::Ready(2) } else { Poll::Pending });
        assert_eq!(runtime.block_on(waited_for(late, meanwhile())), 2);
    }
}

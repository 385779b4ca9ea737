//! Connections: how many, how slow, how long. A client that takes its time takes it from nobody else.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_service::Service as _;

use crate::config::LimitsConfig;
use crate::http::household;
use crate::patient::Patient;

/// Bytes of a request's head; also what is read at once.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Requests under way on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// How often a silent HTTP/2 connection is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// When to try again after the system would give no connection.
const REST: Duration = Duration::from_millis(100);

/// A place among all connections and one among those of the address; both free when it is dropped.
struct Place {
    _all: OwnedSemaphorePermit,
    _own: Seat,
}

/// Connections per address; of those of one household together, proxies apart.
type Crowd = Arc<Mutex<HashMap<IpAddr, usize>>>;

struct Seat {
    crowd: Crowd,
    address: IpAddr,
}

impl Seat {
    /// None if the address has as many as it may.
    fn take(crowd: &Crowd, address: IpAddr, most: usize) -> Option<Self> {
        let mut seats = crowd.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = seats.entry(address).or_default();
        if *taken >= most {
            return None;
        }
        *taken += 1;
        Some(Self { crowd: Arc::clone(crowd), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.address);
            }
        }
    }
}

/// Serves until `closing`, and then until every request under way has its answer.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: LimitsConfig,
    closing: impl Future<Output = ()>,
) {
    let most = u32::try_from(config.connections).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(config.connections));
    let (crowd, close) = (Crowd::default(), watch::Sender::new(false));
    tokio::pin!(closing);
    loop {
        let accepted = tokio::select! {
            () = &mut closing => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, peer, all) = accepted;
        let address = peer.ip().to_canonical();
        let (whose, most) = if config.proxies.include(address) {
            (address, config.connections)
        } else {
            (household(address), config.connections_per_address)
        };
        let Some(own) = Seat::take(&crowd, whose, most) else {
            metrics::counter!("folio_connections_refused_total").increment(1);
            continue; // Closed without a word: an answer would cost more than it is worth.
        };
        let place = Place { _all: all, _own: own };
        let (router, close) = (router.clone(), close.subscribe());
        tokio::spawn(connection((stream, peer), router, config.head, config.idle, (close, place)));
    }
    drop(listener);
    close.send_replace(true);
    let _ = places.acquire_many(most).await; // Never closed; all places free, all have ended.
}

/// The next connection once there is a place for it; until then it waits outside, in the backlog.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            return std::future::pending().await; // Never closed.
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(REST).await; // Out of file descriptors, most likely.
            }
        }
    }
}

async fn connection(
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    head: Duration,
    idle: Duration,
    (mut close, _place): (watch::Receiver<bool>, Place),
) {
    let _ = stream.set_nodelay(true); // Slower without, never wrong.
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(head);
    let serving = builder.serve_connection(TokioIo::new(Patient::new(stream, idle)), service);
    let closing = async move {
        let _ = close.wait_for(|close| *close).await; // Or nobody serves any more.
    };
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = closing => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &*error, "a connection broke off");
    }
}

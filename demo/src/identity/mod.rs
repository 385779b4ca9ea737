//! A stand-in for Google and Discord: whoever comes consents at once, as the person it was told,
//! and it misbehaves on demand. For tests and for trying a web app without accounts there.

mod codes;
mod routes;
mod script;
mod signing;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use script::{Misbehaviour, Person};

use codes::Codes;
use signing::Signing;

/// A running stand-in; stops when it is dropped.
#[derive(Debug)]
pub struct Identity {
    addr: SocketAddr,
    house: Arc<House>,
    server: JoinHandle<()>,
}

/// What its routes share.
#[derive(Debug)]
struct House {
    url: String,
    /// The keys it publishes.
    own: Signing,
    /// Keys of somebody else under the same key id.
    foreign: Signing,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    person: Person,
    misbehaviour: Misbehaviour,
    codes: Codes,
}

impl Identity {
    /// Starts to listen on this address; port 0 for any.
    ///
    /// # Errors
    /// The address is taken, or there is no randomness for keys.
    pub async fn start(addr: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(addr).await;
        let listener = listener.with_context(|| format!("the stand-in cannot listen on {addr}"))?;
        let addr = listener.local_addr()?;
        let house = Arc::new(House {
            url: format!("http://{addr}"),
            own: Signing::draw()?,
            foreign: Signing::draw()?,
            state: Mutex::default(),
        });
        let app = routes::router(Arc::clone(&house));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the stand-in for Google and Discord stopped");
            }
        });
        Ok(Self { addr, house, server })
    }

    /// Stands in until it fails.
    pub async fn serve(mut self) {
        let _ = (&mut self.server).await; // It has said why it stopped.
    }

    /// Where it is: Google's issuer and Discord's address alike.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Who consents from now on.
    pub fn person(&self, person: Person) {
        self.house.change(|state| state.person = person);
    }

    /// How it misbehaves from now on.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.house.change(|state| state.misbehaviour = misbehaviour);
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl House {
    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn misbehaviour(&self) -> Misbehaviour {
        self.change(|state| state.misbehaviour)
    }
}

//! A wire to the database that a test can cut, or make lose what travels on it.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use eventstore::writer::WriterConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_postgres::config::Host;

use crate::support::Database;
use crate::writer_ground::config;

/// What the wire does to what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Wire {
    /// Carries it.
    Whole,
    /// Keeps what clients send, until [`Proxy::deliver_late`].
    HoldsRequests,
    /// Loses what the server answers.
    LosesAnswers,
    /// Lets nobody connect.
    Down,
}

/// A proxy between a writer and its database.
pub struct Proxy {
    address: SocketAddr,
    wires: Arc<Wires>,
}

struct Wires {
    server: (String, u16),
    state: AtomicU8,
    cut: watch::Sender<()>,
    held: Mutex<Vec<Held>>,
}

/// What was sent and not delivered, with the server's end of the connection still open.
struct Held {
    bytes: Vec<u8>,
    to: OwnedWriteHalf,
    from: OwnedReadHalf,
}

impl Proxy {
    /// A proxy to a test's database, and the configuration of a writer that goes through it.
    pub async fn before(database: &Database) -> (Self, WriterConfig) {
        let mut config = config(database);
        let (hosts, ports) = (config.database.get_hosts(), config.database.get_ports());
        let [Host::Tcp(host)] = hosts else { panic!("one host by TCP") };
        let server = (host.clone(), ports[0]);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let wires = Arc::new(Wires {
            server,
            state: AtomicU8::new(Wire::Whole as u8),
            cut: watch::channel(()).0,
            held: Mutex::default(),
        });
        tokio::spawn(accept(listener, Arc::clone(&wires)));
        let mut through = tokio_postgres::Config::new();
        through.host("127.0.0.1").port(address.port());
        through.user(config.database.get_user().unwrap());
        through.dbname(config.database.get_dbname().unwrap());
        config.database = through;
        (Self { address, wires }, config)
    }

    /// Changes what becomes of bytes from now on.
    pub fn set(&self, wire: Wire) {
        self.wires.state.store(wire as u8, Ordering::SeqCst);
    }

    /// Ends every connection, as seen by the client; the server's end stays open where something
    /// is still to be delivered.
    pub fn cut(&self) {
        self.wires.cut.send_replace(());
    }

    /// Delivers what was held back, and waits until the server has answered it.
    pub async fn deliver_late(&self) {
        let held = std::mem::take(&mut *self.wires.held.lock().unwrap());
        assert!(!held.is_empty(), "nothing was held back on {}", self.address);
        for Held { bytes, mut to, mut from } in held {
            to.write_all(&bytes).await.unwrap();
            let mut answer = [0; 4096];
            assert!(from.read(&mut answer).await.unwrap() > 0, "the server read what was late");
        }
    }
}

async fn accept(listener: TcpListener, wires: Arc<Wires>) {
    while let Ok((client, _)) = listener.accept().await {
        if wires.is(Wire::Down) {
            continue;
        }
        let wires = Arc::clone(&wires);
        tokio::spawn(async move {
            let server = TcpStream::connect(wires.server.clone()).await.unwrap();
            server.set_nodelay(true).unwrap();
            client.set_nodelay(true).unwrap();
            carry(client, server, &wires).await;
        });
    }
}

async fn carry(client: TcpStream, server: TcpStream, wires: &Wires) {
    let mut cut = wires.cut.subscribe();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from, mut to) = server.into_split();
    let (mut sent, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut bytes = Vec::new();
    loop {
        tokio::select! {
            _ = cut.changed() => break,
            read = from_client.read(&mut sent) => match read {
                Ok(0) | Err(_) => break,
                Ok(n) if wires.is(Wire::HoldsRequests) => bytes.extend_from_slice(&sent[..n]),
                Ok(n) => if to.write_all(&sent[..n]).await.is_err() { break },
            },
            read = from.read(&mut answered) => match read {
                Ok(0) | Err(_) => break,
                Ok(_) if wires.is(Wire::LosesAnswers) => {}
                Ok(n) => if to_client.write_all(&answered[..n]).await.is_err() { break },
            },
        }
    }
    if !bytes.is_empty() {
        wires.held.lock().unwrap().push(Held { bytes, to, from });
    }
}

impl Wires {
    fn is(&self, wire: Wire) -> bool {
        self.state.load(Ordering::SeqCst) == wire as u8
    }
}

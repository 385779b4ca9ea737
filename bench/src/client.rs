//! A client that costs little beside what it measures: HTTP/1.1 on connections that stay open.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Asks one server; as many connections as callers ask at once.
pub struct Client {
    addr: String,
    idle: Mutex<Vec<TcpStream>>,
}

impl Client {
    /// For a server such as `127.0.0.1:8080`.
    pub fn new(addr: String) -> Self {
        Self { addr, idle: Mutex::default() }
    }

    /// `GET path` with a token, or as a stranger.
    ///
    /// # Errors
    /// No answer, or none of the 200s.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<()> {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token = token.unwrap_or_default();
        let head = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{token}\r\n");
        self.ask(head.as_bytes()).await
    }

    /// `POST path` with a token, a key and a JSON body.
    ///
    /// # Errors
    /// No answer, or none of the 200s.
    pub async fn post(&self, path: &str, token: &str, key: &str, body: &str) -> Result<()> {
        let length = body.len();
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
             Idempotency-Key: {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        self.ask(text.as_bytes()).await
    }

    /// `POST path` of a signed delivery.
    ///
    /// # Errors
    /// No answer, or none of the 200s.
    pub async fn deliver(&self, path: &str, signature: &str, body: &str) -> Result<()> {
        let length = body.len();
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nX-Signature: {signature}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.ask(text.as_bytes()).await
    }

    async fn ask(&self, request: &[u8]) -> Result<()> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.addr).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        answer(&mut stream).await?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
        Ok(())
    }
}

/// Reads one whole answer and sees that it is a success.
async fn answer(stream: &mut TcpStream) -> Result<()> {
    let mut read = Vec::with_capacity(2048);
    let head = loop {
        ensure!(read.len() < ANSWER_BYTES_MAX, "the answer is too long");
        ensure!(stream.read_buf(&mut read).await? > 0, "the server hung up");
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("no content-length")?.trim().parse()?;
    while read.len() < head + length {
        ensure!(stream.read_buf(&mut read).await? > 0, "the server hung up");
    }
    let success = text.starts_with("http/1.1 2");
    ensure!(success, "{}", String::from_utf8_lossy(&read));
    Ok(())
}

//! A stream whose other end may be slow but not dead: after a while in which nothing came and
//! nothing went, it breaks off.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// See the module.
pub struct Patient<S> {
    stream: S,
    idle: Duration,
    /// When something last came or went.
    last: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// Gives up after so long.
    pub fn new(stream: S, idle: Duration) -> Self {
        let last = Instant::now();
        Self { stream, idle, last, alarm: Box::pin(sleep_until(last + idle)) }
    }

    /// Notes that something moved, or looks whether nothing has for too long.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        moved: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if moved.is_ready() {
            self.last = Instant::now();
            return moved;
        }
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            let until = self.last + self.idle;
            if until <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(until); // Set when it rings, not at each byte.
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let moved = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.watch(cx, moved)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, moved)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, moved)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const IDLE: Duration = Duration::from_millis(300);

    #[tokio::test]
    async fn whoever_says_nothing_is_let_go_and_whoever_is_slow_is_not() {
        let (mut here, there) = duplex(8);
        let mut there = Patient::new(there, IDLE);
        let said = tokio::join!(
            async {
                for _ in 0..5 {
                    tokio::time::sleep(IDLE / 3).await;
                    let _ = here.write_all(b"x").await;
                }
            },
            async {
                let mut all = [0; 5];
                there.read_exact(&mut all).await.map(|_| all)
            }
        );
        assert!(matches!(said.1, Ok(all) if &all == b"xxxxx"));
        let mut one = [0];
        let silence = there.read(&mut one).await.map_err(|error| error.kind());
        assert_eq!(silence, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn whoever_does_not_read_the_answer_is_let_go() {
        let (_here, there) = duplex(8);
        let written = Patient::new(there, IDLE).write_all(&[0; 64]).await;
        assert_eq!(written.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }
}

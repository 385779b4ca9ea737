//! Clients that are slow, many, or say two things at once.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use eventstore::command::SystemClock;
use futures::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::support::{App, app_with};

/// How long a test waits for the service to close a connection.
const PATIENCE: Duration = Duration::from_secs(20);

async fn quick() -> App {
    let app = app_with(None, Arc::new(SystemClock)).await;
    app.limited(|limits| {
        limits.head = Duration::from_secs(1);
        limits.idle = Duration::from_secs(2);
        limits.connections_per_address = 100;
    })
    .await
}

async fn connect(app: &App) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Everything the service says until it closes; an error is as good as an end.
async fn rest(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let read = stream.read_to_end(&mut all);
    let _ = tokio::time::timeout(PATIENCE, read).await.expect("the service never closes it");
    String::from_utf8_lossy(&all).into_owned()
}

async fn say(app: &App, request: &str) -> String {
    let mut stream = connect(app).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(stream).await
}

#[tokio::test]
async fn who_dribbles_or_says_nothing_is_let_go_and_takes_nothing_from_others() {
    let app = quick().await;
    let dribble = async |head: &'static [u8]| {
        let mut stream = connect(&app).await;
        for byte in head.iter().cycle() {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            let mut answer = [0; 512];
            let wait = Duration::from_millis(100);
            let heard = tokio::time::timeout(wait, stream.read(&mut answer)).await;
            if matches!(heard, Ok(Ok(0) | Err(_))) {
                return;
            }
        }
    };
    let slow = join_all((0..20).map(|_| dribble(b"GET / HTTP/1.1\r\nX-A: b\r\n")));
    let silent = join_all((0..20).map(|_| async { rest(connect(&app).await).await }));
    let half_a_greeting = async { say(&app, "PRI * HT").await };
    let all = async { tokio::join!(slow, silent, half_a_greeting) };
    let others = async {
        for _ in 0..20 {
            app.visitor().get("/livez").await.ok(200);
        }
    };
    let all = tokio::time::timeout(PATIENCE, all);
    let (ended, ()) = tokio::join!(all, others);
    ended.expect("a slow client holds its connection for ever");
}

#[tokio::test]
async fn a_thousand_connections_of_one_address_leave_room_and_are_forgotten() {
    let app = quick().await;
    let mut held = Vec::new();
    for _ in 0..1_000 {
        let mut stream = connect(&app).await;
        let mut one = [0];
        // Turned away at once, or held until it is found to be silent.
        let wait = Duration::from_millis(if held.len() < 100 { 1 } else { 200 });
        match tokio::time::timeout(wait, stream.read(&mut one)).await {
            Ok(Ok(0) | Err(_)) => {}
            Ok(Ok(_)) | Err(_) => held.push(stream),
        }
    }
    assert!((90..600).contains(&held.len()), "{} connections were held in turn", held.len());
    join_all(held.into_iter().map(rest)).await;
    app.visitor().get("/livez").await.ok(200);
}

#[tokio::test]
async fn a_request_that_says_two_things_at_once_is_refused_or_read_as_one() {
    let app = quick().await;
    let two_lengths = "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}";
    let folded = "GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\nConnection: close\r\n\r\n";
    let two_hosts = "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n";
    let blank = "GET /livez HTTP/1.1\r\nHost : a\r\nConnection: close\r\n\r\n";
    for request in [two_lengths, folded, two_hosts, blank] {
        let answer = say(&app, request).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{request:?} was answered {answer:?}");
    }
    // Both lengths: by RFC 9112 the chunks count, so what follows them is no part of the body.
    let both = "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
        Content-Length: 100\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
        2\r\n{}\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = say(&app, both).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "one request, one answer: {answer}");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

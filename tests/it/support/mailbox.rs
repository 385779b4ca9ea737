//! Letters, as people get them: files in a folder, and a mail server that speaks SMTP and refuses
//! when told to.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long a letter may take.
const WAIT_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// The folder letters are put into.
pub struct Mailbox(PathBuf);

impl Mailbox {
    pub(super) fn of(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Every letter to this address whose subject begins so, in the order they were written.
    pub fn letters(&self, to: &str, subject: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.0) else { return vec![] };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "eml"));
        files.sort(); // Names are ids, which begin with the time.
        let letters = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
        let (to, subject) = (format!("To: {to}\r\n"), format!("Subject: {subject}"));
        letters.filter(|text| text.contains(&to) && text.contains(&subject)).collect()
    }

    /// The nth such letter, once it is there.
    pub async fn letter(&self, to: &str, subject: &str, nth: usize) -> String {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            if let Some(letter) = self.letters(to, subject).get(nth) {
                return letter.clone();
            }
            assert!(Instant::now() < deadline, "{to} got no letter {nth} {subject:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// The token of the nth such letter, once it is there.
    pub async fn token(&self, to: &str, subject: &str, nth: usize) -> String {
        token_of(&self.letter(to, subject, nth).await)
    }
}

/// The token in a letter's link.
pub fn token_of(letter: &str) -> String {
    let (_, rest) = letter.split_once("#token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// A mail server on 127.0.0.1.
pub struct MailServer {
    /// For `FOLIO_MAIL_URL`.
    pub url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Answers to the next recipients, instead of yes.
    answers: Vec<&'static str>,
    letters: Vec<String>,
    refused: usize,
}

impl MailServer {
    /// Answers the first recipients so, and takes everything after them.
    pub async fn start(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let answers = answers.iter().rev().copied().collect();
        let seen = Arc::new(Mutex::new(Seen { answers, ..Seen::default() }));
        let server = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&server)));
            }
        });
        Self { url, seen }
    }

    /// How many were refused so far.
    pub fn refused(&self) -> usize {
        self.seen.lock().unwrap().refused
    }

    /// The letters taken, once there are so many.
    pub async fn letters(&self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let letters = self.seen.lock().unwrap().letters.clone();
            if letters.len() >= count {
                return letters;
            }
            assert!(Instant::now() < deadline, "{count} letters are not there: {letters:?}");
            tokio::time::sleep(POLL).await;
        }
    }
}

/// One SMTP conversation (RFC 5321), as far as it is needed.
async fn converse(stream: TcpStream, seen: Arc<Mutex<Seen>>) -> std::io::Result<()> {
    let (input, mut output) = stream.into_split();
    let mut lines = BufReader::new(input).lines();
    output.write_all(b"220 mail.example ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" | "HELO" => "250 mail.example".to_owned(),
            "RCPT" => recipient(&seen),
            "DATA" => {
                output.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    letter.push_str(&line);
                    letter.push_str("\r\n");
                }
                seen.lock().unwrap().letters.push(letter);
                "250 taken".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        };
        output.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn recipient(seen: &Mutex<Seen>) -> String {
    let mut seen = seen.lock().unwrap();
    match seen.answers.pop() {
        Some(answer) => {
            seen.refused += 1;
            answer.to_owned()
        }
        None => "250 ok".to_owned(),
    }
}

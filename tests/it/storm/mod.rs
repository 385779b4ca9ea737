//! A storm of webhooks: purchases and subscriptions, each announced many times, shuffled, from many
//! connections, while the processes that take them are killed. Every purchase and every invoice that
//! was paid is granted exactly once, and the books stand at zero.
//!
//! `FOLIO_STORM_POSTS` says how many (20,000 for a campaign), `FOLIO_TEST_SEED` which storm.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod crowd;
mod ground;
mod posts;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crowd::Crowd;
use ground::Ground;

/// Posts of a storm in `./test`.
const POSTS_DEFAULT: usize = 300;
/// How often a process is killed in a storm.
const KILLS: usize = 4;
/// How long one that was killed stays away.
const AWAY: Duration = Duration::from_millis(400);
/// A kill comes within this time after the last one.
const CALM_MAX: Duration = Duration::from_secs(4);

/// How large a storm is.
#[derive(Debug, Clone, Copy)]
struct Size {
    posts: usize,
    purchases: usize,
    subscriptions: usize,
}

impl Size {
    fn of_this_run() -> Self {
        let posts = std::env::var("FOLIO_STORM_POSTS");
        let posts = posts.map_or(POSTS_DEFAULT, |posts| posts.parse().expect("a number"));
        Self {
            posts,
            purchases: (posts / 200).clamp(4, 100),
            subscriptions: (posts / 400).clamp(4, 50),
        }
    }
}

/// What follows from a seed, always the same.
#[derive(Debug, Clone)]
struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    fn of_this_run() -> Self {
        let seed = std::env::var("FOLIO_TEST_SEED");
        Self { seed: seed.map_or(1, |seed| seed.parse().expect("a number")), drawn: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.drawn += 1;
        let text = format!("{} {}", self.seed, self.drawn);
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).as_u128();
        usize::try_from(hash % bound as u128).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_of_webhooks_whatever_was_paid_is_granted_once() {
    let (size, mut chance) = (Size::of_this_run(), Chance::of_this_run());
    println!("seed {}: {size:?}", chance.seed);
    let mut ground = Ground::prepare().await;
    let crowd = Crowd::gather(&ground, size).await;
    let posts = posts::shuffled(&ground, &crowd, size.posts, &mut chance);
    let urls = Arc::new(ground.urls());
    let storm = tokio::spawn(posts::send(Arc::clone(&urls), posts));
    let confirmed = tokio::spawn(crowd.confirm_all(urls));
    for _ in 0..KILLS {
        tokio::time::sleep(CALM_MAX.mul_f64(chance.below(1000) as f64 / 1000.0)).await;
        let victim = chance.below(2);
        ground.kill(victim);
        tokio::time::sleep(AWAY).await;
        ground.start(victim).await;
    }
    let sent = storm.await.unwrap();
    confirmed.await.unwrap();
    println!("{} posts took {sent} attempts", size.posts);
    crowd.owns_what_was_paid(&ground).await;
    ground.is_proven();
}

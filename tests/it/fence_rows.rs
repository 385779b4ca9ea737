//! The second fence (SEC-01, D-16): a query that forgets whose rows it wants gets nobody else's.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use projections::ALL;
use projections::frame::Definition;
use projections::rebuild::rebuild;
use tokio_postgres::Client;

use crate::projections_ground::{Ground, ground};
use crate::projections_story::{ANN, BOB};
use crate::support::Role;

/// Columns that say whose a row is.
const OWNERS: [&str; 4] = ["user_id", "buyer_id", "owner_id", "artist_id"];
/// Personal text that its person wants everybody to read.
const SHOWN: [&str; 2] = ["user_profiles", "artists"];
/// Facts about a user that everybody may know.
const PUBLIC: [&str; 1] = ["likes"];
/// The story shows everybody all of these.
const HIDE: &str = "update images set is_public = false; \
    update styles set is_active = false, published_at = null; \
    insert into style_uses (generation_id) values (gen_random_uuid())";

fn tables() -> impl Iterator<Item = &'static Definition> {
    ALL.iter().flat_map(|projector| projector.tables()).copied()
}

#[test]
fn every_table_of_users_rows_is_fenced() {
    for table in tables() {
        let owned = table.columns.iter().any(|column| OWNERS.contains(&column.name));
        let personal = !table.readers.personal.is_empty() && !SHOWN.contains(&table.name);
        if (owned || personal) && !PUBLIC.contains(&table.name) {
            assert!(table.readers.is_fenced(), "{} shows everybody a user's rows", table.name);
            let closed = table.readers.owner.is_some() || table.readers.public.is_none();
            assert!(closed, "{} does not say whose its rows are", table.name);
        }
    }
}

/// How many rows of a table somebody sees who asks for all that fulfil `which`.
async fn seen(client: &mut Client, who: Option<(&str, &str)>, table: &str, which: &str) -> i64 {
    let tx = client.transaction().await.unwrap();
    if let Some((setting, value)) = who {
        let act_as = "select set_config($1, $2, true)";
        tx.execute(act_as, &[&setting, &value]).await.unwrap();
    }
    let count = format!("select count(*) from {table} where {which}");
    tx.query_one(&count, &[]).await.unwrap().get(0)
}

async fn assert_fenced(ground: &Ground) {
    let mut api = ground.database.client(Role::Api).await;
    let mut all = ground.database.client(Role::Projector).await;
    let (ann, bob) = (ANN.0.to_string(), BOB.0.to_string());
    for table in tables().filter(|table| table.readers.is_fenced()) {
        let name = table.name;
        let shown = format!("coalesce({}, false)", table.readers.public.unwrap_or("false"));
        let hidden = format!("not {shown}");
        assert_eq!(seen(&mut api, None, name, &hidden).await, 0, "{name}: nobody");
        let empty = Some(("app.current_user_id", ""));
        assert_eq!(seen(&mut api, empty, name, &hidden).await, 0, "{name}: an empty identity");
        let shown_to_nobody = seen(&mut api, None, name, &shown).await;
        assert_eq!(shown_to_nobody, seen(&mut all, None, name, &shown).await, "{name}: public");

        let staff = Some(("app.current_role", "staff"));
        let everything = seen(&mut all, None, name, "true").await;
        assert_eq!(seen(&mut api, staff, name, "true").await, everything, "{name}: staff");

        let Some(owner) = table.readers.owner else { continue };
        for user in [&ann, &bob] {
            let identity = Some(("app.current_user_id", user.as_str()));
            let others = format!("{owner} <> '{user}' and {hidden}");
            assert_eq!(seen(&mut api, identity, name, &others).await, 0, "{name}: of others");
            let own = format!("{owner} = '{user}'");
            let owned = seen(&mut all, None, name, &own).await;
            assert_eq!(seen(&mut api, identity, name, &own).await, owned, "{name}: one's own");
        }
    }
}

#[tokio::test]
async fn a_query_that_forgets_whose_rows_it_wants_gets_nobody_elses() {
    let ground = ground().await;
    ground.play(500).await;
    assert_fenced(&ground).await;
    let mut all = ground.database.client(Role::Projector).await;
    all.batch_execute(HIDE).await.unwrap();
    for table in tables().filter(|table| table.readers.is_fenced()) {
        let hidden = format!("not coalesce({}, false)", table.readers.public.unwrap_or("false"));
        let kept = seen(&mut all, None, table.name, &hidden).await;
        assert!(kept > 0, "{} has nothing to keep from anybody", table.name);
    }
    assert_fenced(&ground).await;
}

#[tokio::test]
async fn the_fence_stands_after_a_rebuild_took_the_tables_place() {
    let ground = ground().await;
    ground.play(500).await;
    rebuild(&ground.shop, ALL, &|_| {}).await.unwrap();
    assert_fenced(&ground).await;
}

#[tokio::test]
async fn a_word_that_is_no_user_reads_nothing() {
    let ground = ground().await;
    ground.play(500).await;
    let mut api = ground.database.client(Role::Api).await;
    for word in ["worker", "service", "STAFF", "staff ", "root"] {
        let role = Some(("app.current_role", word));
        assert_eq!(seen(&mut api, role, "wallet_balances", "true").await, 0, "{word}");
    }
}

//! `replay-tool` as a program: exit codes, what it says to people and to machines, and what it
//! advises when it cannot.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::process::Stdio;

use eventstore::position::Position;
use serde_json::Value;
use tokio::process::Command;

use crate::replay_ground::{Ground, MASTER_KEY, ground};
use crate::support::{Process, Role, Scratch};

/// What a run ended with.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A folder of secrets as the service has one.
fn secrets() -> Scratch {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("replay");
    let file = scratch.path().join("master-key");
    std::fs::write(&file, MASTER_KEY).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    scratch
}

/// Runs it as the auditor, and as the projector where tables are made.
async fn replay(ground: &Ground, arguments: &[&str]) -> Said {
    let secrets = secrets();
    let variables = [
        ("DATABASE_URL", ground.database.url(Role::Auditor)),
        ("FOLIO_PROJECTOR_URL", ground.database.url(Role::Projector)),
        ("FOLIO_SECRETS", secrets.path().display().to_string()),
    ];
    start(&variables, arguments).await
}

async fn start(variables: &[(&str, String)], arguments: &[&str]) -> Said {
    let mut command = Command::new(Process::program("replay-tool"));
    for name in ["DATABASE_URL", "FOLIO_PROJECTOR_URL", "FOLIO_SECRETS", "FOLIO_MASTER_KEY"] {
        command.env_remove(name);
    }
    let output = command.args(arguments).envs(variables.iter().cloned()).output().await.unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn verify_ends_with_0_and_the_head_or_with_1_and_the_position() {
    let ground = ground().await;
    let said = replay(&ground, &["verify", "--independent"]).await;
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    assert!(said.out.contains("everything holds"), "{}", said.out);

    let position = ground.position("like.added", None).await;
    const CHANGE: &str = "update es.events set metadata = '{}' where position = $1";
    ground.tamper("es.events", CHANGE, &[&position]).await;
    let said = replay(&ground, &["verify"]).await;
    assert_eq!(said.code, 1);
    assert!(said.out.contains(&format!("WRONG at position {position} (chain)")), "{}", said.out);
    let said = replay(&ground, &["verify", "--json"]).await;
    assert_eq!((said.code, &said.json()["ok"]), (1, &Value::Bool(false)));
    let first = &said.json()["findings"][0];
    assert_eq!((&first["check"], &first["position"]), (&"chain".into(), &position.into()));
}

#[tokio::test]
async fn diff_says_nothing_or_which_rows_differ_and_rebuild_mends_them() {
    let ground = ground().await;
    let said = replay(&ground, &["rebuild"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("wallets") && said.out.contains("events/s"), "{}", said.out);
    let said = replay(&ground, &["diff"]).await;
    assert_eq!((said.code, &*said.out), (0, ""), "{}", said.err);

    let (ann, bob) = (ground.story.ann.0, ground.story.bob.0);
    let client = ground.database.client(Role::Superuser).await;
    const CELL: &str = "update read.wallet_balances set posted = posted + 7,
        available = available + 7 where user_id = $1 and asset = 'token'";
    client.execute(CELL, &[&ann]).await.unwrap();
    const ROW: &str = "delete from read.wallet_balances where user_id = $1 and asset = 'token'";
    client.execute(ROW, &[&bob]).await.unwrap();
    const EXTRA: &str = "insert into read.likes (user_id, generation_id, created_at)
        select $1, generation_id, created_at from read.likes";
    client.execute(EXTRA, &[&bob]).await.unwrap();

    let said = replay(&ground, &["diff"]).await;
    assert_eq!(said.code, 1, "{}", said.err);
    for words in ["wallet_balances", "likes", &ann.to_string(), &bob.to_string(), "no such row"] {
        assert!(said.out.contains(words), "{words} is missing in:\n{}", said.out);
    }
    let said = replay(&ground, &["diff", "wallets", "--json"]).await;
    assert_eq!(said.code, 1);
    let json = said.json();
    let rows = json[0]["rows"].as_array().unwrap();
    assert_eq!((&json[0]["projection"], rows.len()), (&"wallets".into(), 2));
    assert!(rows.iter().any(|row| row["live"].is_null()));
    assert_eq!(replay(&ground, &["diff", "users"]).await.code, 0, "the others are as they were");

    let said = replay(&ground, &["rebuild", "wallets", "--json"]).await;
    assert_eq!((said.code, &said.json()["projections"][0]["projection"]), (0, &"wallets".into()));
    assert_eq!(replay(&ground, &["diff", "wallets"]).await.code, 0);
    assert_eq!(replay(&ground, &["diff", "likes"]).await.code, 1);
}

#[tokio::test]
async fn balance_looks_back_to_any_position_or_time() {
    let ground = ground().await;
    let ann = ground.story.ann.to_string();
    let bought = ground.position("wallet.transfer_sent", None).await - 1;
    let figures = async |arguments: &[&str]| {
        let said = replay(&ground, &[&["balance", &*ann], arguments, &["--json"]].concat()).await;
        assert_eq!(said.code, 0, "{}", said.err);
        let json = said.json();
        ["posted", "held", "available"].map(|name| json[name].as_i64().unwrap())
    };
    assert_eq!(figures(&["token"]).await, [120, 10, 110], "100 + 50 - 20 - 10, and 10 held");
    assert_eq!(figures(&["token", "--at", &bought.to_string()]).await, [150, 0, 150]);
    assert_eq!(figures(&["token", "--at", "0"]).await, [0, 0, 0]);
    assert_eq!(figures(&["token", "--at", "2000-01-01T00:00:00Z"]).await, [0, 0, 0]);
    let store = ground.shop.log.store_id().await.unwrap();
    let token = Position { store, position: bought }.to_string();
    assert_eq!(figures(&["token", "--at", &token]).await, [150, 0, 150], "as the API says it");
    assert_eq!(figures(&["credit"]).await, [0, 0, 0], "nothing is a balance too");
    let tomorrow = ["balance", &ann, "token", "--at", "2200-01-01T00:00:00Z"];
    let said = replay(&ground, &tomorrow).await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("still to come"), "{}", said.err);
    let nobody = uuid::Uuid::now_v7().to_string();
    let said = replay(&ground, &["balance", &nobody, "token"]).await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("nobody has the id"), "{}", said.err);
    let beyond = (ground.head().await + 1).to_string();
    let said = replay(&ground, &["balance", &ann, "token", "--at", &beyond]).await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("the log ends at position"), "{}", said.err);
}

#[tokio::test]
async fn a_statement_of_the_log_opens_and_closes_with_what_was_there() {
    let ground = ground().await;
    let ann = ground.story.ann.to_string();
    let said = async |arguments: &[&str]| {
        let all = [&["statement", &*ann, "token"], arguments, &["--json"]].concat();
        let said = replay(&ground, &all).await;
        assert_eq!(said.code, 0, "{}", said.err);
        said.json()
    };
    let whole = said(&[]).await;
    let lines = whole["lines"].as_array().unwrap();
    let balances: Vec<_> =
        lines.iter().map(|line| line["balance_after"].as_i64().unwrap()).collect();
    assert_eq!(balances, [100, 150, 130, 120], "100 + 50 - 20 - 10; what is held is still owned");
    assert_eq!(whole["totals"]["wallet.granted"], 150);
    let middle = lines[2]["recorded_at"].as_str().unwrap();
    let (before, after) = (said(&["--to", middle]).await, said(&["--from", middle]).await);
    assert_eq!((&before["closing_balance"], &after["opening_balance"]), (&150.into(), &150.into()));
    assert_eq!((&whole["closing_balance"], &after["closing_balance"]), (&120.into(), &120.into()));

    let shown = replay(&ground, &["statement", &ann, "token"]).await;
    assert_eq!((shown.code, shown.out.lines().count()), (0, 4 + 2 + 3), "{}", shown.out);
    assert!(shown.out.contains("closes with 120 token"), "{}", shown.out);
    let wrong = [
        "statement",
        &*ann,
        "token",
        "--from",
        "2026-01-02T00:00:00Z",
        "--to",
        "2026-01-01T00:00:00Z",
    ];
    assert_eq!(replay(&ground, &wrong).await.code, 2);
}

#[tokio::test]
async fn history_prints_one_stream_for_people_and_machines() {
    let ground = ground().await;
    let stream = format!("purchase-{}", ground.story.purchase);
    let said = replay(&ground, &["history", &stream]).await;
    assert_eq!((said.code, said.out.lines().count()), (0, 4), "{}", said.out);
    assert!(said.out.lines().next().unwrap().contains("purchase.initiated"), "{}", said.out);
    let said = replay(&ground, &["history", &stream, "--json"]).await;
    let lines: Vec<Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = lines.iter().map(|line| line["event_type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "purchase.initiated",
            "purchase.confirm_requested",
            "purchase.approved",
            "purchase.tokens_granted"
        ]
    );
    let wallet = format!("wallet-{}-token", ground.story.ann);
    let said = replay(&ground, &["history", &wallet]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.lines().next().unwrap().contains("wallet.granted"), "{}", said.out);
    let unnamed = format!("wallet-{}", ground.story.ann);
    let said = replay(&ground, &["history", &unnamed]).await;
    assert!(said.err.contains("wallet-<user>-<asset>"), "{}", said.err);
    let nobody = format!("purchase-{}", ground.story.ann);
    let said = replay(&ground, &["history", &nobody]).await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("has no events"), "{}", said.err);
}

#[tokio::test]
async fn what_cannot_be_asked_ends_with_2_and_an_advice() {
    let ground = ground().await;
    let secrets = secrets();
    let folder = ("FOLIO_SECRETS", secrets.path().display().to_string());
    let as_role = |role| ("DATABASE_URL", ground.database.url(role));
    let nowhere = ("DATABASE_URL", "postgres://auditor@127.0.0.1:1/folio".to_owned());
    let missing = ("FOLIO_SECRETS", "/nonexistent".to_owned());
    let handed_over = ("FOLIO_MASTER_KEY", MASTER_KEY.to_owned());
    let migrator = as_role(Role::Migrator);
    for (variables, command, words) in [
        (vec![], "verify", "DATABASE_URL is not set"),
        (vec![nowhere], "verify", "is PostgreSQL running at that address?"),
        (vec![as_role(Role::Api)], "verify", "as auditor or migrator"),
        (vec![as_role(Role::Auditor), folder.clone()], "rebuild", "FOLIO_PROJECTOR_URL"),
        (vec![migrator.clone(), missing.clone()], "rebuild", "set FOLIO_SECRETS"),
        (vec![migrator.clone()], "nonsense", "unrecognized subcommand"),
    ] {
        let said = start(&variables, &[command]).await;
        assert_eq!(said.code, 2, "{command}: {}", said.out);
        assert!(said.err.contains(words), "{words:?} is missing in: {}", said.err);
    }
    let said = start(&[], &["verify", "--json"]).await;
    let told: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!((said.code, &*said.out), (2, ""), "nothing that looks like an answer");
    assert!(told["error"].as_str().unwrap().contains("DATABASE_URL is not set"), "{told}");
    for keys in [folder, handed_over] {
        let said = start(&[migrator.clone(), missing.clone(), keys], &["rebuild", "likes"]).await;
        assert_eq!(said.code, 0, "the migrator may be the projector: {}", said.err);
    }
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_is_no_error() {
    let ground = ground().await;
    let ann = ground.story.ann.to_string();
    for arguments in [&["verify"][..], &["statement", &ann, "token"], &["balance", &ann, "token"]] {
        let mut command = Command::new(Process::program("replay-tool"));
        command.args(arguments).env("DATABASE_URL", ground.database.url(Role::Auditor));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), &*said), (Some(0), ""), "{arguments:?}");
    }
}

#[tokio::test]
async fn another_master_key_is_told_apart_from_an_erased_person() {
    let ground = ground().await;
    let secrets = secrets();
    let file = secrets.path().join("master-key");
    std::fs::write(&file, "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=").unwrap();
    let variables = [
        ("FOLIO_PROJECTOR_URL", ground.database.url(Role::Projector)),
        ("FOLIO_SECRETS", secrets.path().display().to_string()),
    ];
    let said = start(&variables, &["rebuild", "users"]).await;
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("must hold the master-key"), "{}", said.err);
}

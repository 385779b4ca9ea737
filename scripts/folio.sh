# Starts and stops Folio's own processes under .folio/. Sourced by ./run, which sets root and home.
# A process is remembered in .folio/<name>.pid, so that the next run can stop what a kill left over.

POSTGRES_USER_OWN=folio
OPERATOR_EMAIL=operator@folio.example
TOSS_STAND_IN_KEY=test_ck_local_stand_in_0000000000
children=() # Names, in the order they were started.

# ---- Processes ------------------------------------------------------------------------------

# start <name> <command...>: in a process group of its own, so that Ctrl-C reaches only ./run and
# the parts stop one after the other.
start() {
    local name=$1; shift
    set -m
    "$@" >>"$home/log/$name.log" 2>&1 </dev/null &
    set +m
    echo $! >"$home/$name.pid"
    children+=("$name")
}

is_ours() { # is_ours <pid>: still running, and of this folder
    [ -n "$1" ] && ps -p "$1" -o args= 2>/dev/null | grep -qF -e "$root" -e "$programs"
}

pid_of() { cat "$home/$1.pid" 2>/dev/null || true; }

stop() { # stop <name>
    local pid; pid=$(pid_of "$1")
    if is_ours "$pid"; then stop_pid "$pid" 60; fi
    rm -f "$home/$1.pid"
}

# Folio first: it finishes what it has begun; then what it stands on.
stop_everything() {
    local code=$?
    trap - EXIT
    trap '' INT TERM
    if [ "${claimed:-false}" = true ]; then
        [ ${#children[@]} -eq 0 ] || say "stopping"
        for name in worker folio lemonsqueezy toss identity nats; do stop "$name"; done
        [ -n "${DATABASE_URL_GIVEN:-}" ] || [ -z "${PG_BIN:-}" ] || postgres_stop "$postgres_data"
        rm -f "$home/run.pid"
    fi
    exit "$code"
}

is_a_run() { ps -p "$1" -o args= 2>/dev/null | grep -qE '(^|[ /])run( |$)'; }

# One run at a time.
claim_home() {
    DATABASE_URL_GIVEN=${DATABASE_URL:-}
    postgres_data=$home/postgres
    local other; other=$(cat "$home/run.pid" 2>/dev/null || true)
    if [ -n "$other" ] && [ "$other" != $$ ] && is_a_run "$other"; then
        die "already running here (process $other): stop it first, or run from another clone"
    fi
    echo $$ >"$home/run.pid"
    claimed=true
}

stop_leftovers() {
    for name in worker folio lemonsqueezy toss identity nats; do stop "$name"; done
}

# Reads a file of `NAME=port` lines; a port that somebody else took meanwhile is chosen anew.
remember_ports() {
    local name
    for name in POSTGRES_PORT NATS_PORT TOSS_PORT IDENTITY_PORT LEMONSQUEEZY_PORT; do
        local port; port=$(sed -n "s/^$name=//p" "$home/ports" 2>/dev/null || true)
        if [ -z "$port" ] || { [ "$name" != POSTGRES_PORT ] && ! port_is_free "$port"; }; then
            port=$(free_port)
        fi
        printf -v "$name" %s "$port"
    done
    printf 'POSTGRES_PORT=%s\nNATS_PORT=%s\nTOSS_PORT=%s\nIDENTITY_PORT=%s\nLEMONSQUEEZY_PORT=%s\n' \
        "$POSTGRES_PORT" "$NATS_PORT" "$TOSS_PORT" "$IDENTITY_PORT" "$LEMONSQUEEZY_PORT" \
        >"$home/ports"
}

# ---- What Folio stands on -------------------------------------------------------------------

need_nats() {
    command -v nats-server >/dev/null || PATH="$PATH:/usr/sbin:/opt/homebrew/bin"
    command -v nats-server >/dev/null || install nats-server nats-server
    command -v nats-server >/dev/null || die "nats-server could not be found or installed"
}

# A random word, made once and kept in a file only we can read.
secret() { # secret <name>
    local file=$home/secrets/$1
    if [ ! -s "$file" ]; then
        mkdir -p "$home/secrets"
        head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"$file"
    fi
    cat "$file"
}

start_postgres() {
    if [ "$(id -u)" = 0 ] && ! as_postgres test -x "$home"; then
        # The tree lies where only root may look, and PostgreSQL refuses to run as root.
        postgres_data=/var/lib/folio-$(printf %s "$root" | cksum | cut -d' ' -f1)
        say "PostgreSQL's data: $postgres_data"
    fi
    if [ ! -s "$postgres_data/PG_VERSION" ]; then
        say "making a PostgreSQL cluster in $postgres_data"
        mkdir -p "$postgres_data"
        [ "$(id -u)" != 0 ] || chown "$(postgres_user)" "$postgres_data"
        initdb_with_password
    fi
    if as_postgres "$PG_BIN/pg_ctl" -D "$postgres_data" status >/dev/null 2>&1; then
        postgres_stop "$postgres_data" # Left over by a kill.
    fi
    port_is_free "$POSTGRES_PORT" || POSTGRES_PORT=$(free_port)
    sed -i.old "s/^POSTGRES_PORT=.*/POSTGRES_PORT=$POSTGRES_PORT/" "$home/ports" && rm "$home/ports.old"
    postgres_start "$postgres_data" "$POSTGRES_PORT" "$postgres_data/server.log" \
        "-c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB"
    DATABASE_URL=postgres://$POSTGRES_USER_OWN:$(secret postgres-password)@127.0.0.1:$POSTGRES_PORT/folio
    export DATABASE_URL
    local psql=("$PG_BIN/psql" -h 127.0.0.1 -p "$POSTGRES_PORT" -U "$POSTGRES_USER_OWN" -d postgres)
    export PGPASSWORD; PGPASSWORD=$(secret postgres-password)
    if [ -z "$("${psql[@]}" -Atc "select 1 from pg_database where datname = 'folio'")" ]; then
        "${psql[@]}" -qc "create database folio encoding 'UTF8' template template0"
    fi
    unset PGPASSWORD
    say "$("$PG_BIN/postgres" --version) on port $POSTGRES_PORT"
}

# initdb reads the superuser's password from a file it must be able to open as its own user.
initdb_with_password() {
    local file; file=$(as_postgres mktemp)
    secret postgres-password | as_postgres sh -c "cat > '$file'"
    as_postgres "$PG_BIN/initdb" -D "$postgres_data" -U "$POSTGRES_USER_OWN" -A scram-sha-256 \
        --pwfile="$file" --encoding=UTF8 --locale=C --data-checksums >/dev/null
    as_postgres rm -f "$file"
}

start_nats() {
    mkdir -p "$home/nats"
    local conf=$home/nats/nats.conf
    cat >"$conf" <<CONF
listen: "127.0.0.1:$NATS_PORT"
jetstream { store_dir: "$home/nats/store" }
authorization { user: folio, password: "$(secret nats-password)" }
CONF
    start nats "$(command -v nats-server)" --config "$conf"
    wait_for "nats-server" nats port_answers "$NATS_PORT"
    export NATS_URL=nats://folio:$(secret nats-password)@127.0.0.1:$NATS_PORT
    say "nats-server $(nats_version nats-server) on port $NATS_PORT"
}

# ---- Folio ----------------------------------------------------------------------------------

# Everything that ./run or ./run demo starts, or says how to start: always the same set, because
# dependencies get other features for another one, and are then compiled a second time.
build() {
    say "building Folio (the first time takes some minutes)"
    cargo build --release --locked --bins -p api -p replay-tool -p worker -p demo
}

# URL of the same database as another role, with that role's own password.
url_as() { # url_as <role>
    local rest=${DATABASE_URL#*://}
    [[ ${rest%%/*} != *@* ]] || rest=${rest#*@}
    echo "postgres://$1:$(secret "$1-password")@$rest"
}

prepare_folio() {
    export FOLIO_ADDR=${FOLIO_ADDR:-127.0.0.1:8080}
    export FOLIO_SECRETS=${FOLIO_SECRETS:-$home/secrets}
    export FOLIO_OBJECTS=${FOLIO_OBJECTS:-$home/objects}
    export FOLIO_MAIL_URL=${FOLIO_MAIL_URL:-file://$home/mail}
    export FOLIO_TOSS_CLIENT_KEY=${FOLIO_TOSS_CLIENT_KEY:-$TOSS_STAND_IN_KEY}
    # Without a password in DATABASE_URL the roles need none either, and folio derives their URLs.
    if [[ ${DATABASE_URL#*://} =~ ^[^/@]*:[^/@]*@ ]]; then
        export FOLIO_WRITER_URL=${FOLIO_WRITER_URL:-$(url_as es_writer)}
        export FOLIO_PROJECTOR_URL=${FOLIO_PROJECTOR_URL:-$(url_as projector)}
        export FOLIO_API_URL=${FOLIO_API_URL:-$(url_as api)}
    fi
    mkdir -p "$FOLIO_OBJECTS"
    remember_environment
    say "preparing the database, the operator and a worker's key"
    folio secrets init --dir "$FOLIO_SECRETS"
    folio migrate
    folio operator create --email "$OPERATOR_EMAIL" --password-file "$FOLIO_SECRETS/operator-password"
    folio worker-key create --name reference --out "$FOLIO_SECRETS/worker-key"
}

# For tools started by hand, such as replay-tool: `. .folio/env` tells them what to connect to.
remember_environment() {
    local name
    for name in DATABASE_URL NATS_URL FOLIO_WRITER_URL FOLIO_PROJECTOR_URL FOLIO_API_URL \
        FOLIO_SECRETS FOLIO_OBJECTS FOLIO_MAIL_URL FOLIO_TOSS_CLIENT_KEY; do
        [ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
    done >"$home/env"
}

# folio <arguments...>: to its end; what it says is shown only if it fails.
folio() {
    "$programs/folio" "$@" >>"$home/log/setup.log" 2>&1 </dev/null && return
    tail -5 "$home/log/setup.log" >&2
    die "folio $1 failed, see $home/log/setup.log"
}

start_folio() {
    ! http_ok /livez 2>/dev/null || die "something else already serves on $FOLIO_ADDR; set FOLIO_ADDR"
    start folio "$programs/folio" serve
    wait_for "folio" folio http_ok /readyz
    say "serving on http://$FOLIO_ADDR"
}

# ---- Stand-ins and the demo's own parts -------------------------------------------------------------------

# Unless a real shop is connected, tokens are sold through a stand-in; in the demo always.
start_toss() {
    if ! $demo && { [ -n "${FOLIO_TOSS_URL:-}" ] || [ "$FOLIO_TOSS_CLIENT_KEY" != "$TOSS_STAND_IN_KEY" ]; }; then
        return 0
    fi
    export FOLIO_TOSS_URL=http://127.0.0.1:$TOSS_PORT
    mkdir -p "$home/toss"
    start toss "$programs/demo" toss --addr "127.0.0.1:$TOSS_PORT" \
        --secret-key-file "$FOLIO_SECRETS/toss-secret-key" --store "$home/toss/payments.json" \
        --webhook-url "http://$FOLIO_ADDR/v1/webhooks/toss"
    wait_for "the stand-in Toss" toss port_answers "$TOSS_PORT"
}

# Unless a real store is connected, plans are sold in a stand-in's.
start_lemonsqueezy() {
    [ -z "${FOLIO_LEMONSQUEEZY_STORE:-}" ] || return 0
    export FOLIO_LEMONSQUEEZY_URL=http://127.0.0.1:$LEMONSQUEEZY_PORT
    export FOLIO_LEMONSQUEEZY_STORE=1 FOLIO_LEMONSQUEEZY_TEST_MODE=on
    FOLIO_LEMONSQUEEZY_VARIANTS=$("$programs/demo" lemonsqueezy-variants)
    export FOLIO_LEMONSQUEEZY_VARIANTS
    mkdir -p "$home/lemonsqueezy"
    start lemonsqueezy "$programs/demo" lemonsqueezy \
        --addr "127.0.0.1:$LEMONSQUEEZY_PORT" --store "$home/lemonsqueezy/store.json" \
        --api-key-file "$FOLIO_SECRETS/lemonsqueezy-api-key" \
        --webhook-secrets-file "$FOLIO_SECRETS/lemonsqueezy-webhook-secrets" \
        --webhook-url "http://$FOLIO_ADDR/v1/webhooks/lemonsqueezy"
    wait_for "the stand-in Lemon Squeezy" lemonsqueezy port_answers "$LEMONSQUEEZY_PORT"
}

# Unless real ones are connected, a stand-in is both Google and Discord; in the demo always.
start_identity() {
    local url=http://127.0.0.1:$IDENTITY_PORT
    if $demo || [ -z "${FOLIO_GOOGLE_CLIENT_ID:-}" ]; then
        export FOLIO_GOOGLE_ISSUER=$url FOLIO_GOOGLE_CLIENT_ID=folio-demo
    fi
    if $demo || [ -z "${FOLIO_DISCORD_CLIENT_ID:-}" ]; then
        export FOLIO_DISCORD_URL=$url FOLIO_DISCORD_CLIENT_ID=folio-demo
    fi
    case " ${FOLIO_GOOGLE_ISSUER:-} ${FOLIO_DISCORD_URL:-} " in *" $url "*) ;; *) return 0 ;; esac
    start identity "$programs/demo" identity --addr "127.0.0.1:$IDENTITY_PORT"
    wait_for "the stand-in for Google and Discord" identity port_answers "$IDENTITY_PORT"
    identity_url=$url
}

start_worker() {
    FOLIO_URL=http://$FOLIO_ADDR FOLIO_WORKER_KEY_FILE=$FOLIO_SECRETS/worker-key \
        start worker "$programs/worker"
}

play_story() {
    "$programs/demo" story --url "http://$FOLIO_ADDR" --toss-url "$FOLIO_TOSS_URL" \
        --lemonsqueezy-url "$FOLIO_LEMONSQUEEZY_URL" \
        --operator-email "$OPERATOR_EMAIL" \
        --operator-password-file "$FOLIO_SECRETS/operator-password" \
        --pictures "$home/pictures" --replay-tool "$programs/replay-tool" </dev/null ||
        die "the story did not end as told, see $home/log; ./run demo plays it on"
}

serve_until_stopped() {
    cat <<OPEN

  API      http://$FOLIO_ADDR/docs
  operator $OPERATOR_EMAIL, password in $FOLIO_SECRETS/operator-password
  health   http://$FOLIO_ADDR/readyz
  letters  ${FOLIO_MAIL_URL#file://}
  payments ${FOLIO_TOSS_URL:-with the Toss key of FOLIO_TOSS_CLIENT_KEY}, see docs/toss.md
  sign-in  with ${identity_url:-the providers connected}, see docs/first-steps.md
  plans    ${FOLIO_LEMONSQUEEZY_URL:-in the store $FOLIO_LEMONSQUEEZY_STORE}, see docs/lemonsqueezy.md
  logs     $home/log
  data     $home
  tools    . ${home#"$PWD"/}/env && ${programs#"$PWD"/}/replay-tool verify

  Ctrl-C stops everything; ./run picks it up again.

OPEN
    while is_ours "$(pid_of folio)"; do sleep 1; done
    tail -20 "$home/log/folio.log" >&2
    die "folio has stopped by itself, see $home/log/folio.log"
}

# ---- Waiting --------------------------------------------------------------------------------

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_answers() { ! port_is_free "$1"; }

http_ok() ( # http_ok <path>: whether folio answers 200
    host=${FOLIO_ADDR%:*}
    [ "$host" != 0.0.0.0 ] || host=127.0.0.1
    exec 3<>"/dev/tcp/$host/${FOLIO_ADDR##*:}"
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
    read -r -t 5 _ status _ <&3
    [ "$status" = 200 ]
)

wait_for() { # wait_for <what> <name> <check...>
    local what=$1 name=$2 i; shift 2
    for ((i = 0; i < 600; i++)); do
        if "$@" 2>/dev/null; then return; fi
        is_ours "$(pid_of "$name")" || [ $i -lt 5 ] || break
        sleep 0.1
    done
    tail -20 "$home/log/$name.log" >&2
    die "$what does not answer, see $home/log/$name.log"
}

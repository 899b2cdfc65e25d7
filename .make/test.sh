#!/usr/bin/env bash
# Everything that must be true, in the order of what fails fastest. Stops at the first failure. Nothing is skipped: a
# test that cannot run here is a failure with a remedy.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

durations=()

# step TITLE CMD...: a heading, the command, its duration.
step() {
  local title="$1" began=$SECONDS status=0
  shift
  printf '\n== %s\n' "$title"
  # In a subshell of its own: under `if` or `||`, bash would ignore `set -e` inside a function.
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  durations+=("$(printf '%5d s  %s' $((SECONDS - began)) "$title")")
  if ((status)); then
    summary
    die "failed at: $title"
  fi
}
summary() {
  printf '\n== durations\n'
  printf '%s\n' "${durations[@]}"
}

wasm_lints() {
  # The page's profile, so that build scripts and macros are shared with the build of the page.
  local clippy=(cargo clippy --profile page --package sharp-distill --target "$WASM_TARGET")
  with_wasm "${clippy[@]}" --lib --bins -- -D warnings
  with_wasm "${clippy[@]}" --lib --no-default-features --features gpu -- -D warnings
}
rust_tests() { with_vulkan cargo test --workspace; }
browser_tests() {
  local tests=(tests/browser/*.test.mjs)
  [[ -f "${tests[0]}" ]] || die 'there are no browser tests in tests/browser/.'
  need_browser_packages
  # The trainer that the tests before have built: any other cargo command would compile candle again, with other features.
  NATIVE_TRAINER="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/native-trainer"
  [[ -x "$NATIVE_TRAINER" ]] || die "$NATIVE_TRAINER is missing." 'cargo test --workspace builds it: run make test as a whole.'
  export NATIVE_TRAINER
  # Two files at a time: half of the time a test waits, for a timer or a page. More browsers than that only slow each
  # other down, with a GPU made of CPU.
  node --test --test-concurrency=2 "${tests[@]}"
}

began=$SECONDS
printf '== set-up\n'
need_rust
need_wasm
need_page_tools
need_node
need_browser
need_vulkan
{ cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1 ||
  die 'rustfmt or clippy is missing.' 'Try: rustup component add rustfmt clippy'
durations+=("$(printf '%5d s  %s' $((SECONDS - began)) set-up)")

step 'formatting' cargo fmt --all --check
step 'lints, native' cargo clippy --workspace --all-targets -- -D warnings
step 'lints, WebAssembly' wasm_lints
step 'tests, with shaders on a software Vulkan' rust_tests
step 'the page' .make/page.sh
step 'the engine without the page, as a package' .make/package.sh
step 'tests in a real browser' browser_tests
summary
printf '\nall tests passed in %d min %02d s\n' $((SECONDS / 60)) $((SECONDS % 60))

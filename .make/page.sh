#!/usr/bin/env bash
# Build the page into dist/, unless dist/ is already the build of these very sources with these very tools.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_wasm
need_page_tools
need_node

readonly STAMP=target/wasm/page.stamp
# The second part of the program, on its way into dist/.
readonly SECOND="$PWD/target/wasm/second.wasm"

sources() {
  files_digest .make index.html Trunk.toml Cargo.toml Cargo.lock .cargo src shaders assets
  page_tool_versions
}

build() {
  local before
  before="$(sources)"
  if [[ -f "$STAMP" && -f dist/index.html && "$(cat "$STAMP")" == "$before"$'\n'"$(files_digest dist)" ]]; then
    say 'the page in dist/ is up to date'
    return
  fi
  say 'building the page (about a minute; the first time about 5) ...'
  rm -f "$STAMP"
  # trunk builds beside dist/ and replaces it when all is well. NO_COLOR must say true or false for it.
  with_page_tools env -u RUST_BACKTRACE -u NO_COLOR ${NO_COLOR:+NO_COLOR=true} SECOND_PART="$SECOND" trunk build --release --skip-version-check >&2 ||
    die 'the page could not be built; the reason is above.'
  mkdir -p "$(dirname "$STAMP")"
  printf '%s\n%s' "$before" "$(files_digest dist)" >"$STAMP"
  say "built dist/ ($(du -sh dist | cut -f 1))"
}

# One command to the end of the file: bash has read it all when it waits.
{
  one_page_build_at_a_time build
  exit
}

#!/usr/bin/env bash
# Build the engine without the page into target/engine/ (sharp_distill.js, sharp_distill_bg.wasm, sharp_distill.d.ts):
# what somebody loads who has a page already. Quick when it is up to date.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_wasm
need_page_tools
need_node

readonly OUT=target/engine STAMP=target/wasm/engine.stamp

sources() {
  files_digest .make index.html Cargo.toml Cargo.lock .cargo src shaders
  page_tool_versions
}

# The options that index.html gives to wasm-opt.
wasm_opt_options() { sed -n 's/.*data-wasm-opt-params="\([^"]*\)".*/\1/p' index.html; }

build() {
  local before options module=target/wasm/$WASM_TARGET/page/sharp_distill.wasm
  before="$(sources)"
  if [[ -f "$STAMP" && "$(cat "$STAMP")" == "$before"$'\n'"$(files_digest "$OUT")" ]]; then
    say "the engine in $OUT/ is up to date"
    return
  fi
  say 'building the engine without the page ...'
  rm -rf "$STAMP" "$OUT" "$OUT.part"
  with_wasm cargo rustc --profile page --package sharp-distill --lib --crate-type cdylib --target "$WASM_TARGET" \
    --no-default-features --features gpu >&2 || die 'the engine could not be built; the reason is above.'
  with_page_tools wasm-bindgen --target web --out-dir "$OUT.part" --out-name sharp_distill "$module"
  node .make/traps.mjs "$OUT.part/sharp_distill_bg.wasm"
  read -ra options <<<"$(wasm_opt_options)"
  wasm-opt -Oz "${options[@]}" "$OUT.part/sharp_distill_bg.wasm" --output "$OUT.part/smaller.wasm"
  mv "$OUT.part/smaller.wasm" "$OUT.part/sharp_distill_bg.wasm"
  mv "$OUT.part" "$OUT"
  printf '%s\n%s' "$before" "$(files_digest "$OUT")" >"$STAMP"
  say "built $OUT/ ($(du -sh "$OUT" | cut -f 1))"
}

# The page's lock: both builds write into the same target folder.
{
  one_page_build_at_a_time build
  exit
}

#!/usr/bin/env bash
# Time the engine in a real Chromium beside ONNX Runtime Web, TensorFlow.js and plain JavaScript, and check that all
# give the same answers. Options in the environment: QUICK=1, ONLY='ours onnx', SIZES='3500 65443', ADAPTER=hardware.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_rust
need_wasm
need_page_tools
need_node
need_browser

readonly OUT=target/bench-page BENCH=tests/bench/page

# The command as it was typed. Only the bare one renews what is committed: table and plot.
BENCH_COMMAND='make bench-page'
for option in QUICK ONLY SIZES; do
  if [[ -n "${!option:-}" ]]; then BENCH_COMMAND+=" $option='${!option}'"; fi
done
if [[ "${ADAPTER:-software}" != software ]]; then BENCH_COMMAND+=" ADAPTER='$ADAPTER'"; fi
if [[ -z "${SIZES:-}" ]]; then
  SIZES='demo 3500 65443 1000000'
  if [[ -n "${QUICK:-}" ]]; then SIZES='demo 3500 65443'; fi
fi
export BENCH_COMMAND SIZES
for size in $SIZES; do
  [[ "$size" =~ ^(demo|[1-9][0-9]{2,7})$ ]] || die "a size is a number of items from 100 on, or demo, not '$size'."
done

# The engine without the page: what someone ships who has a page already.
build_engine() {
  .make/engine.sh
  rm -rf "$OUT/engine"
  mkdir "$OUT/engine"
  cp target/engine/*.js target/engine/*.wasm "$OUT/engine/"
}

# Without default features: neither wgpu nor candle has to be built for numbers in files.
build_models() {
  cargo build --no-default-features --example bench-page-model
  # shellcheck disable=SC2086 # one argument a size
  "${CARGO_TARGET_DIR:-target}/debug/examples/bench-page-model" "$OUT" ${SIZES/demo/assets/model.safetensors}
}

mkdir -p "$OUT"
say 'building the page, for its size ...'
.make/page.sh
say 'building the engine ...'
build_engine
say 'building the models (640 MB for a million items) ...'
build_models
if [[ ! -f $BENCH/node_modules/.package-lock.json || $BENCH/package-lock.json -nt $BENCH/node_modules/.package-lock.json ]]; then
  say 'installing the peers from npm (270 MB, once) ...'
  quietly npm-ci-bench npm ci --prefix "$BENCH" --ignore-scripts --no-audit --no-fund
fi
node "$BENCH/run.mjs"

#!/usr/bin/env bash
# Make the npm package of the engine, target/package/: `npm pack` and `npm publish` take it as it is, and example.html in
# it shows how a page of your own uses it.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_node
readonly OUT=target/package

.make/engine.sh
rm -rf "$OUT.part"
node .make/package.mjs "$OUT.part"
rm -rf "$OUT"
mv "$OUT.part" "$OUT"
say "made $OUT/: cd $OUT && npm pack"
say "its example: node .make/serve.mjs $OUT, then open /example.html"

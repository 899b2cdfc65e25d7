#!/usr/bin/env bash
# Build the page if need be and serve it on this machine only, until Ctrl-C. PORT=N insists on a port.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_node
if [[ -n "${PORT:-}" ]] && { [[ ! "$PORT" =~ ^[0-9]{1,5}$ ]] || ((10#$PORT < 1 || 10#$PORT > 65535)); }; then
  die "PORT must be a number from 1 to 65535, not '$PORT'."
fi
.make/page.sh
exec node .make/serve.mjs dist ${PORT:+"$PORT"}

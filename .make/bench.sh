#!/usr/bin/env bash
# Time the library on this machine. Shaders run on the GPU that is there, or on a software one, whose speed says little.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_rust
exec cargo bench --workspace "$@"

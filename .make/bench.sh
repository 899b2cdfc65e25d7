#!/usr/bin/env bash
# Time the library on this machine. Shaders run on the GPU that is there, or on a software one, whose speed says little.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_rust
if [[ "$(uname -s)" == Darwin ]] || compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null || compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null; then
  exec cargo bench --workspace "$@"
fi
say 'no Vulkan driver is installed here: the shaders run on a software one'
need_browser
need_vulkan
with_vulkan cargo bench --workspace "$@"

#!/usr/bin/env bash
# Run one command as the tests do: `run.sh wasm CMD...` for wasm builds, `run.sh vulkan CMD...` on the software Vulkan,
# `run.sh tools CMD...` with the page's tools in PATH.
# Example: .make/run.sh wasm cargo clippy --lib --target wasm32-unknown-unknown
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

case "${1:-}" in
  wasm) need_wasm && with_wasm "${@:2}" ;;
  vulkan) need_browser && need_vulkan && with_vulkan "${@:2}" ;;
  tools) need_wasm && need_page_tools && with_wasm "${@:2}" ;;
  *) die 'say what to run.' '.make/run.sh wasm|vulkan|tools CMD...' ;;
esac

#!/usr/bin/env bash
# Draw the icons of the installed page, assets/icons/, from assets/icon.svg. Only needed when that file has changed.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_node
need_browser
need_browser_packages
node .make/icons.mjs
say "drew assets/icons/ from assets/icon.svg"

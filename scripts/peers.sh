#!/usr/bin/env bash
# Makes the environment of the test peers in var/peers: real tools (Tryton 8.2) that the tests start on loopback and mirror.
# Run from anywhere inside a checkout: scripts/peers.sh  (needs python3 and the package index pip is set up for).
# Nothing of it is imported by the workbench or the sandbox; remove var/peers to be rid of it.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
home=$root/var/peers

[ -x "$home/bin/python" ] || python3 -m venv "$home"
"$home/bin/pip" install --quiet \
  'trytond>=8.2,<8.3' 'proteus>=8.2,<8.3' 'trytond-sale-subscription>=8.2,<8.3'
"$home/bin/python" -c 'import trytond; print("Tryton", trytond.__version__, "is ready; run: NINEFOLD_HEAVY=1 .venv/bin/python -m pytest tests/peers")'

#!/bin/sh
# Installs the Debian or Ubuntu packages that are missing, where the user may; otherwise names them exactly.
# Usage: system_packages.sh run|test|venv
set -eu

run="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
case "${1:-run}" in
    run) wanted="$run" ;;
    test) wanted="$run chromium poppler-utils qpdf postgresql mariadb-server libreoffice-calc-nogui" ;;
    venv) wanted="python3-venv" ;;
    *) echo "usage: $0 run|test|venv" >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo"; else as_root="none"; fi
fi
if [ "$as_root" != "none" ]; then
    echo "Installing system packages:$missing"
    if { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "These system packages are missing; what needs them is left out until they are there:"
echo "    sudo apt-get install$missing"
[ "${1:-run}" = "venv" ] && exit 1
exit 0

#!/usr/bin/env bash
# Refreshes the vendored front-end files under workbench/static from the exact npm versions below.
# Run from anywhere inside a checkout: scripts/vendor.sh  (needs npm, tar, python3 and the registry npm is set up for).
# Nothing else in the build needs npm: what this script writes is committed, with the licences.
set -euo pipefail

BOOTSTRAP=bootstrap@5.3.9
TABLER=@tabler/icons@3.51.0
SANS=@fontsource/source-sans-3@5.3.1
SERIF=@fontsource/source-serif-4@5.3.1

root=$(cd "$(dirname "$0")/.." && pwd)
static=$root/workbench/static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unpack() { # unpack <package> <folder>
  mkdir -p "$work/$2"
  (cd "$work/$2" && npm pack --silent "$1" >name && tar xzf "$(cat name)")
}
unpack "$BOOTSTRAP" bootstrap
unpack "$TABLER" tabler
unpack "$SANS" sans
unpack "$SERIF" serif

# Bootstrap sits in the lowest cascade layer, so that our own sheets win without fighting its selectors.
# Its @charset must go (it is only valid as the first bytes of a file) and its source map comment with it.
mkdir -p "$static/vendor/bootstrap"
{
  printf '@layer bootstrap, theme, layout, components, records, states;\n@layer bootstrap {\n'
  sed -e 's/^@charset "UTF-8";//' -e '/^\/\*# sourceMappingURL/d' "$work/bootstrap/package/dist/css/bootstrap.min.css"
  printf '\n}\n'
} >"$static/vendor/bootstrap/bootstrap.layer.min.css"
cp "$work/bootstrap/package/LICENSE" "$static/vendor/bootstrap/LICENSE"

# The masks in css/states.css are written by hand from the same icons.
# Only the icons we use, as symbols of one sprite; the names are listed beside it.
mkdir -p "$static/vendor/tabler"
cp "$work/tabler/package/LICENSE" "$static/vendor/tabler/LICENSE"
python3 - "$work/tabler/package/icons/outline" "$static/vendor/tabler/names.txt" "$static/icons.svg" <<'PYTHON'
import pathlib, re, sys

source, names, target = map(pathlib.Path, sys.argv[1:])
symbols = []
for name in sorted(names.read_text(encoding="utf-8").split()):
    text = (source / f"{name}.svg").read_text(encoding="utf-8")
    body = re.search(r"<svg[^>]*>(.*)</svg>", text, re.S).group(1)
    body = re.sub(r"\s+", " ", body).strip().replace(" />", "/>")
    symbols.append(
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        f' stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
    )
head = "<!-- Tabler Icons 3.51.0, MIT licence: see vendor/tabler/LICENSE. Written by scripts/vendor.sh. -->"
target.write_text(
    f'<svg xmlns="http://www.w3.org/2000/svg">{head}\n' + "\n".join(symbols) + "\n</svg>\n", encoding="utf-8"
)
PYTHON

# Text and heading faces, Latin only; the OFL licences beside them.
mkdir -p "$static/fonts"
for range in latin latin-ext; do
  for weight in 400 600 700; do
    cp "$work/sans/package/files/source-sans-3-$range-$weight-normal.woff2" "$static/fonts/"
  done
  cp "$work/sans/package/files/source-sans-3-$range-400-italic.woff2" "$static/fonts/"
  cp "$work/serif/package/files/source-serif-4-$range-600-normal.woff2" "$static/fonts/"
done
cp "$work/sans/package/LICENSE" "$static/fonts/LICENSE-source-sans-3.txt"
cp "$work/serif/package/LICENSE" "$static/fonts/LICENSE-source-serif-4.txt"
chmod -R u=rwX,go=rX "$static"

#!/bin/sh
# Gathers the interface's texts, brings the French catalogue up to date and compiles it.
# After it: translate what is empty or fuzzy in workbench/translations/fr/LC_MESSAGES/messages.po, then run it again.
set -eu
cd "$(dirname "$0")/.."
pybabel=.venv/bin/pybabel
folder=workbench/translations
$pybabel -q extract --mapping babel.cfg --keyword _l --no-wrap --sort-by-file --no-location \
    --project Ninefold --version "" --copyright-holder "" --msgid-bugs-address "" --output "$folder/messages.pot" .
if [ -e "$folder/fr/LC_MESSAGES/messages.po" ]; then
    $pybabel -q update --no-wrap --ignore-pot-creation-date --no-fuzzy-matching --input-file "$folder/messages.pot" --output-dir "$folder" --locale fr
else
    $pybabel -q init --no-wrap --input-file "$folder/messages.pot" --output-dir "$folder" --locale fr
fi
$pybabel -q compile --directory "$folder" --statistics

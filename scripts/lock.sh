#!/bin/sh
# Writes the lock files anew: hashes in, index addresses out. Needs uv (pip install uv).
set -eu
cd "$(dirname "$0")/.."
for name in runtime dev; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --constraint requirements/constraints.txt "requirements/$name.in" --output-file "requirements/$name.lock"
done

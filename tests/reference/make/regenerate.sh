#!/bin/sh
# Compute the pinned figures again with the R that is installed, and compare them with the pins.
#
#   apt-get install r-base-core r-cran-metafor r-cran-metadat     (Debian)
#   sh tests/reference/make/regenerate.sh [FOLDER]
#
# The figures go to FOLDER (a new temporary one by default); the pins are not touched. Exits 1
# when a figure differs by more than its tolerance. What this metafor cannot compute is listed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
out=$(cd "$out" && pwd)
python=${PYTHON:-$root/.venv/bin/python}
cd "$here"
Rscript univariate.R pinned "$out/univariate.json"
Rscript escalc.R variants.csv "$out/escalc.json"
Rscript transf.R transf.csv "$out/transf.json"
cd "$root"
exec "$python" -m tests.reference.make.check "$out"

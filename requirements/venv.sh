#!/bin/sh
# Makes .venv, with the pinned pip in it, by the Python that is named: any from 3.11 on, with or without ensurepip.
#
# Debian keeps ensurepip apart from python3. Where it is missing, a first pip is taken out of Debian's own package, which
# apt checks by its signature; apt works in a scratch folder here, so the machine itself stays as it is.
set -eu
python=$1

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Leeward needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2
    exit 1
}
"$python" -m venv --clear --without-pip .venv

install_pinned_pip() {
    "$@" install --quiet --quiet --require-hashes -r requirements/pip.lock
}

if "$python" -c 'import ensurepip' 2>/dev/null; then
    .venv/bin/python -m ensurepip >/dev/null 2>&1
    install_pinned_pip .venv/bin/python -m pip
    exit
fi

command -v apt-get >/dev/null || {
    echo "This Python has no ensurepip; install the package that holds it (often called python3-venv)." >&2
    exit 1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial"
here=$PWD
cd "$scratch"
fetch() {
    apt-get -qq -o Acquire::Retries=3 -o Dir::State="$scratch/state" -o Dir::State::status=/var/lib/dpkg/status \
        -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User= "$@"
}
fetch update
fetch download python3-pip-whl
dpkg-deb --extract python3-pip-whl_*.deb "$scratch"
cd "$here"
install_pinned_pip .venv/bin/python "$(echo "$scratch"/usr/share/python-wheels/pip-*.whl)/pip"

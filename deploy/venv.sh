#!/bin/sh
# Make .venv and keep it equal to a lock: sh deploy/venv.sh requirements.txt
#
# Needs a Python of 3.11 or newer with its venv module, and a package registry as
# pip is set up for it. Does nothing (in about 30 ms) when all is in place already.
# PYTHON=/path/to/python3 chooses the interpreter for a new .venv.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
lock=$1
venv="$root/.venv"
# The lock as it was installed: the next start compares, and installs only a change.
done_lock="$venv/installed-$(echo "$lock" | tr / -)"
log="$venv/install.log"

die() {
    echo "gridgov: $*" >&2
    exit 1
}

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Print the newest Python that can make an environment. 3.14 is the newest for which
# every locked package has a wheel; a newer `python3` is taken when it is all there is.
find_python() {
    without_venv="" old=""
    for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 python}; do
        # A name on PATH may be a shim of a version manager that runs nothing.
        "$name" -c '' 2>/dev/null || continue
        if ! recent "$name"; then
            old=$("$name" -c 'import platform; print(platform.python_version())')
        elif "$name" -c 'import venv, ensurepip' 2>/dev/null; then
            echo "$name"
            return
        else
            without_venv=${without_venv:-$("$name" -c \
                'import sys; print("%d.%d" % sys.version_info[:2])')}
        fi
    done
    if [ -n "$without_venv" ]; then
        die "Python $without_venv is here without its venv module:" \
            "install it with 'apt install python$without_venv-venv' (Debian, Ubuntu) and run make again."
    fi
    [ -z "$old" ] || die "the newest Python here is $old and 3.11 is needed:" \
        "install Python 3.11 or newer, or name one with PYTHON=/path/to/python3."
    die "no Python is here: install Python 3.11 or newer with its venv module" \
        "(Debian, Ubuntu: 'apt install python3 python3-venv') and run make again."
}

# Scripts inside .venv carry its path (as `activate` does), so a moved tree needs a new one.
usable() {
    grep -qF "$venv" "$venv/bin/activate" 2>/dev/null && recent "$venv/bin/python" &&
        "$venv/bin/python" -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("pip"))'
}

make_venv() {
    python=$(find_python) || exit 1
    echo "gridgov: making .venv with $("$python" -V 2>&1)"
    "$python" -m venv --clear "$venv" ||
        die "the environment could not be made with $python; its own words are above."
}

# pip says "Collecting" (or "Processing" a local file) once a package: progress without its noise.
show_progress() {
    total=$(grep -c '^[A-Za-z0-9]' "$lock")
    count=0
    failed=""
    while IFS= read -r line; do
        echo "$line" >>"$log"
        case $line in
        Collecting* | Processing*)
            count=$((count + 1))
            if [ -t 1 ]; then
                printf '\r  fetched %s of about %s ' "$count" "$total"
            elif [ $((count % 25)) -eq 0 ]; then
                echo "  fetched $count of about $total"
            fi
            ;;
        "Installing collected"*)
            [ ! -t 1 ] || echo
            echo "  unpacking"
            ;;
        gridgov-pip-failed) failed=yes ;;
        esac
    done
    [ -z "$failed" ]
}

# The lock names everything, so pip need not solve anything (--no-deps).
install() {
    echo "gridgov: installing the packages of $lock"
    : >"$log"
    { "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps \
        --progress-bar off --require-hashes -r "$lock" 2>&1 || echo gridgov-pip-failed; } |
        show_progress || {
        grep -i -m 3 'error' "$log" >&2 || true
        die "pip could not install $lock: see .venv/install.log;" \
            "without a network it needs a registry or a folder of wheels (PIP_INDEX_URL, PIP_FIND_LINKS)."
    }
}

# A launcher and a path file instead of `pip install -e`: that would need setuptools,
# which a venv of Python 3.12 and later has not got.
link_package() {
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$root" >"$site/gridgov.pth"
    cat >"$venv/bin/gridgov" <<LAUNCHER
#!/bin/sh
'''exec' "$venv/bin/python" "\$0" "\$@"
' '''
import sys

from gridgov.cli import main

if __name__ == "__main__":
    sys.exit(main())
LAUNCHER
    chmod +x "$venv/bin/gridgov"
}

usable || make_venv
if ! cmp -s "$lock" "$done_lock"; then
    install
    link_package
    cp "$lock" "$done_lock"
    # The lock of the tests holds all of the other one, at the same versions.
    [ "$lock" != tests/requirements.txt ] || cp requirements.txt "$venv/installed-requirements.txt"
fi

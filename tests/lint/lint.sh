# lint.sh: what the gates share; each sources it. A gate is called with the tree (and the build
# folder where it reads objects). It prints "path:line: what is wrong" for every failing place,
# ends with a line that says what it read, and fails as well when it read nothing.
set -u
LC_ALL=C
export LC_ALL

gate=$(basename "$0")
root=${1:?usage: $gate TREE [BUILD]}
build=${2:-}
cd "$root" || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
found=$scratch/found
: >"$found"

# Every file that belongs to the project, one a line: what git knows or would add; in a tree
# without git, everything outside build folders.
all_files() {
    if [ -e .git ] && command -v git >/dev/null; then
        git -c safe.directory='*' ls-files -co --exclude-standard | sort -u |
            while IFS= read -r f; do [ -f "$f" ] && printf '%s\n' "$f"; done
    else
        find . -type f ! -path './build*' ! -path './.git/*' | sed 's|^\./||' | sort
    fi
}

# Those of the named endings (an extended regular expression) in the named folders.
files() {
    endings=$1
    shift
    all_files | grep -E "\.($endings)\$" | while IFS= read -r f; do
        for folder in "$@"; do
            case $f in "$folder"/*) printf '%s\n' "$f" ;; esac
        done
    done
}

bad() {
    printf '%s\n' "$*" >>"$found"
}

# finish COUNT WHAT: the last line of a gate, and its status.
finish() {
    cat "$found"
    n=$(wc -l <"$found")
    echo "$gate: read $1 $2, $n wrong"
    if [ "$1" -eq 0 ]; then
        echo "$gate: it read nothing, so it proved nothing"
        exit 1
    fi
    [ "$n" -eq 0 ]
    exit
}

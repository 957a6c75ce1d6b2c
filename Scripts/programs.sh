# For scripts to source: built programs, options, and what machine this is.

# programs PRODUCT...: builds them in release and prints their folder; MOTION_STACK_BUILD, where it is set, is that folder.
# The build's own words go to stderr.
programs() {
    local root product
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    if [ -n "${MOTION_STACK_BUILD:-}" ]; then
        echo "$MOTION_STACK_BUILD"
        return
    fi
    for product in "$@"; do
        swift build --package-path "$root" -c release --product "$product" 2>&1 | tail -n 1 >&2
    done
    swift build --package-path "$root" -c release --show-bin-path
}

# options "NAME..." "FLAG..." WORDS...: `--name VALUE` gives the variable `name` its value, `--flag` gives `flag` the value 1
# (- in them is _ in the variables); the other words are left in the array `operands`. Exit code 64 at an unknown option.
options() {
    local valued=" $1 " flags=" $2 " word name
    shift 2
    operands=()
    while [ $# -gt 0 ]; do
        word=$1 name=${1#--}
        shift
        if [[ $word != -* ]]; then
            operands+=("$word")
        elif [[ $word == --* && $valued == *" $name "* ]]; then
            [ $# -gt 0 ] || { echo "$word needs a value" >&2; exit 64; }
            printf -v "${name//-/_}" %s "$1"
            shift
        elif [[ $word == --* && $flags == *" $name "* ]]; then
            printf -v "${name//-/_}" 1
        else
            echo "unknown option $word" >&2
            exit 64
        fi
    done
}

# load: of the last minute.
load() { cut -d' ' -f1 /proc/loadavg; }

# machine: model, processors and load; a second line where others are at work.
machine() {
    echo "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, load $(load), $(date -u +%FT%TZ)"
    if awk -v l="$(load)" 'BEGIN { exit !(l > 1) }'; then echo "note: the machine is not quiet, times are upper bounds"; fi
}

#!/bin/sh
# Builds sigkit and its tests with GCC and with Clang, plain and with sanitizers, and runs
# them. A compiler that is absent is skipped, or fails the run if TOLLGATE_REQUIRE_ALL=1.
# SIGKIT_SAMPLES names the folder of the sample files if it is not samples/ beside c-src.
set -eu

cd "$(dirname "$0")/.."
SIGKIT_SAMPLES=${SIGKIT_SAMPLES:-$PWD/../samples}
export SIGKIT_SAMPLES

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Werror"
sanitize="-g -fsanitize=address,undefined -fno-sanitize-recover=all"
library="*.c arch/*.c"

passed=0
failed=0
skipped=0

# build_and_run NAME COMPILER FLAGS...
build_and_run() {
    name=$1
    compiler=$2
    shift 2
    # The lists of warnings and files are split on purpose.
    # shellcheck disable=SC2086
    if "$compiler" -std=c11 $warnings -ffp-contract=off "$@" -I. $library tests/*.c -lm -o "$out/tests" &&
        "$out/tests" >"$out/log"; then
        result=ok
    else
        result=FAILED
    fi
    if [ -f "$out/log" ]; then
        sed '$d' "$out/log"
        echo "$name: $result: $(tail -n 1 "$out/log")"
    else
        echo "$name: $result: did not build"
    fi
    if [ $result = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    rm -f "$out/log"
}

# header_in NAME COMPILER: the header as C++.
header_in() {
    if "$2" -std=c++11 -Wall -Wextra -Wpedantic -Werror -I. -fsyntax-only tests/header.cpp; then
        echo "$1: ok"
        passed=$((passed + 1))
    else
        echo "$1: FAILED"
        failed=$((failed + 1))
    fi
}

absent() {
    if [ "${TOLLGATE_REQUIRE_ALL:-0}" = 1 ]; then
        echo "$1 is required and was not found."
        failed=$((failed + 1))
    else
        echo "$1 was not found; what needs it is skipped."
        skipped=$((skipped + 1))
    fi
}

# Debian packages Clang's sanitizers separately.
has_sanitizers() {
    echo 'int main(void) { return 0; }' >"$out/empty.c"
    # shellcheck disable=SC2086
    "$1" $sanitize "$out/empty.c" -o "$out/empty" 2>/dev/null
}

# first_of NAME...: the first name that is a command, or nothing.
first_of() {
    for candidate in "$@"; do
        if command -v "$candidate" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
}

gcc=$(first_of gcc gcc-14 gcc-13 gcc-12)
clang=$(first_of clang clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)

for pair in "GCC:$gcc" "Clang:$clang"; do
    label=${pair%%:*}
    compiler=${pair#*:}
    if [ -z "$compiler" ]; then
        absent "$label"
        continue
    fi
    build_and_run "$compiler -O2" "$compiler" -O2
    if has_sanitizers "$compiler"; then
        # shellcheck disable=SC2086
        build_and_run "$compiler with sanitizers" "$compiler" -O1 $sanitize
    else
        absent "$compiler's sanitizer run-time library"
    fi
    header_in "$compiler, the header as C++" "$compiler"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/bin/bash
# headers_compile.sh CXX GENERATED: every header that is installed compiles by itself, as if a program included
# it first. (The build cannot show it: GCC has read the standard library's headers before each file.)
# Those for kernels alone (`*_cuda.h`, `tensor/cuda/`) come with the kernels, and those named for a
# processor that CXX does not compile for are left out.
set -u

cores=$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)
case $("$1" -dumpmachine) in
  x86_64*) other='_aarch64' ;;
  aarch64* | arm64*) other='_x86' ;;
  *) other='_(x86|aarch64)' ;;
esac
headers=$(find lectern.h tensor autograd nn attention reversible models tasks/report -name '*.h' \
  ! -name '*_cuda.h' ! -path 'tensor/cuda/*' | grep -v -E "$other\.h\$" | sort)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for header in $headers; do
  if (( $(jobs -rp | wc -l) >= cores )); then wait -n; fi
  "$1" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I. -I"$2" -include "$header" -x c++ /dev/null \
    >> "$log" 2>&1 || echo "$header does not compile by itself" >> "$log" &
done
wait
cat "$log"
[[ ! -s $log ]] || exit 1
echo "$(wc -w <<< "$headers") headers compile, each by itself"

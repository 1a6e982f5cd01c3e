#!/bin/bash
# headers_compile.sh CXX: compiles every header that is installed by itself, as if a program included
# it first. Those for kernels alone (`*_cuda.h`, `tensor/cuda/`) come with the kernels.
set -u

cores=$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)
headers=$(find lectern.h tensor autograd nn attention reversible models tasks/report -name '*.h' \
  ! -name '*_cuda.h' ! -path 'tensor/cuda/*' | sort)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for header in $headers; do
  if (( $(jobs -rp | wc -l) >= cores )); then wait -n; fi
  "$1" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I. -include "$header" -x c++ /dev/null \
    >> "$log" 2>&1 || echo "$header does not compile by itself" >> "$log" &
done
wait
cat "$log"
[[ ! -s $log ]] || exit 1
echo "$(wc -w <<< "$headers") headers compile, each by itself"

#!/bin/sh
# bench/reformer.sh BENCH TEXT > bench/results/reformer-DATE.tsv: one training step of a byte-level
# Reformer on the beginning of a text, whole at three lengths, and with one part left out after the
# other at the middle one. BENCH is bench_long_step (cmake -DLECTERN_BENCH=ON), TEXT a file of at
# least 262,145 bytes, plain or .gz.
#
# A line is: length, part left out ("nothing": none), parameters, MiB of the allocator at most, MiB
# of them that are activations, MiB of the process at most, seconds forward, backward and of Adam,
# processor seconds of all threads, loss.
set -eu

bench=$1
text=$2

step() {
  length=$1 part=$2
  shift 2
  "$bench" --length "$length" --d-model 256 --heads 4 --d-ff 1024 --text "$text" "$@" |
    awk -F ' *[|] *' -v length_="$length" -v part="$part" -v OFS='\t' '
      /^[|] [0-9]/ { print length_, part, $3, $4, $5, $6, $7, $8, $9, $10, $11 }'
}

step 262144 nothing
step 16384 nothing
for part in reversible lsh chunks blocks axial; do
  step 16384 $part --without $part
done
step 4096 nothing

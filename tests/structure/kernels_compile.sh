#!/bin/bash
# kernels_compile.sh OUT FILE…: compiles every kernel file with nvcc, warnings as errors, and prints
# the registers, shared memory and spills of each kernel. Fails when a kernel keeps numbers in memory
# because it has too few registers (a spill), unless allowed_spills.txt beside this script has its name.
#   NVCC               the compiler; "skipped" without it
#   NVCC_FLAGS         its flags, separated by spaces
#   LECTERN_NVCC_ARCH  for which GPUs, separated by spaces: "80 90a" where it is not set
#   CCACHE             a compiler cache, or nothing
set -u

if [[ ! -x ${NVCC:-} ]]; then
  echo "skipped: nvcc is not installed; it comes with the CUDA toolkit 12 or newer"
  exit 0
fi
here=$(dirname "$0")
out=$1
shift
mkdir -p "$out/generated/tensor"
sed 's/@LECTERN_HAS_CUDA@/true/' tensor/has_cuda.h.in > "$out/generated/tensor/has_cuda.h"
read -ra flags <<< "$NVCC_FLAGS"
read -ra architectures <<< "${LECTERN_NVCC_ARCH:-80 90a}"
for architecture in "${architectures[@]}"; do
  flags+=(-gencode "arch=compute_$architecture,code=sm_$architecture")
done

# compile FILE: leaves what ptxas says in OUT/NAME.log, with the command's status in its last line.
compile() {
  local name
  name=$(basename "$1" .cu)
  ${CCACHE:-} "$NVCC" "${flags[@]}" -O3 -I. -I"$out/generated" -Xptxas -v \
    -c "$1" -o "$out/$name.o" > "$out/$name.log" 2>&1
  echo "status $?" >> "$out/$name.log"
}

# The upper floors' files take longest and come first, so that no core is left with a long one.
cores=$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)
for (( i = $#; i > 0; --i )); do
  if (( $(jobs -rp | wc -l) >= cores )); then wait -n; fi
  compile "${!i}" &
done
wait

failed=0
for file in "$@"; do
  log=$out/$(basename "$file" .cu).log
  if ! grep -q '^status 0$' "$log"; then
    echo "nvcc refuses $file:"
    cat "$log"
    failed=1
  fi
done

demangle=cat
if command -v c++filt > /dev/null; then demangle=c++filt; fi
for file in "$@"; do
  awk '/Compiling entry function/ { split($0, part, "\047"); kernel = part[2]; target = part[4] }
       /bytes spill stores/ { spills = $5 + $9 }
       /Used [0-9]+ registers/ && kernel != "" {
         shared = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART, RLENGTH) + 0 : 0
         match($0, /Used [0-9]+/)
         printf "%-8s %9d %8d %7d  %s\n", target, substr($0, RSTART + 5, RLENGTH - 5) + 0, shared,
                spills, kernel
         kernel = ""
       }' "$out/$(basename "$file" .cu).log"
done | $demangle | sed -E 's/lectern:://g; s/\(anonymous namespace\):://g; s/^(.{37})void /\1/' \
  | cut -c1-160 > "$out/table.txt"

echo "target   registers   shared  spills  kernel"
cat "$out/table.txt"
for architecture in "${architectures[@]}"; do
  echo "$(grep -c "^sm_$architecture " "$out/table.txt") kernels for sm_$architecture"
done

while read -r target _ _ spills kernel; do
  name=${kernel%%<*}
  name=${name%%\(*}
  if (( spills > 0 )) && ! grep -qxF "$name" "$here/allowed_spills.txt"; then
    echo "$kernel spills $spills bytes for $target; give each thread less to keep"
    failed=1
  fi
done < "$out/table.txt"
exit $failed

# A processor without the instructions that the program was compiled for, which qemu imitates: every
# command says so and ends with 1.
. "$(dirname "$0")/common.sh"
command -v qemu-x86_64 > /dev/null || { echo "skipped: qemu-user is not installed"; exit 77; }
compiled=$("$lectern" doctor | sed -n 's/^compiled for *//p')
[ "$compiled" != baseline ] || { echo "skipped: compiled for every processor"; exit 77; }

# refused PROCESSOR ARGUMENT…
refused() {
  processor=$1
  shift
  expect 1 "error: this program was compiled for AVX.*, which this processor does not have" \
    qemu-x86_64 -cpu "$processor" "$lectern" "$@"
}
refused Nehalem
refused Nehalem --version
refused Nehalem train absent.toml
refused Nehalem inspect absent
case $compiled in *AVX-512*) refused Haswell-v4 --version ;; esac
finish

# without_programs.sh HOUSE OUT COMPILER: configures the house where ccache, ninja (if there is make), nvcc,
# git, doxygen, python3, clang-format and clang-tidy are hidden, then where each of them alone is there,
# and runs what uses them. A program that was found by luck, or whose absence is handed on as a word, fails here.
set -u
house=$1 out=$2 compiler=$(command -v "$3")
optional="ccache ninja nvcc git doxygen python3 clang-format clang-tidy"
generator="Unix Makefiles"
# One of make and ninja has to be there: where make is missing, ninja is what everything is built by.
if ! command -v make > /dev/null; then
  generator=Ninja
  optional=$(echo "$optional" | sed 's/ninja //')
fi
rm -rf "$out"
mkdir -p "$out/bin" "$out/optional"
failed=0

# Everything that the machine has, but for the programs that may be missing.
for file in /usr/bin/* /bin/* /usr/local/bin/*; do
  [ -d "$file" ] || ln -s "$file" "$out/bin/" 2> /dev/null || true  # /usr/bin/X11 holds itself
done
for program in $optional python; do rm -f "$out/bin/$program"; done
cmake=$(command -v cmake)
ctest=$(command -v ctest)
[ "$generator" = Ninja ] || rm -f "$out/bin/ninja-build"

# Stand-ins: they do what a build asks of them, in no time.
printf '#!/bin/sh\nexec "$@"\n' > "$out/optional/ccache"
printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n: > "$2"\n' > "$out/optional/nvcc"
for program in doxygen python3 clang-format clang-tidy; do printf '#!/bin/sh\n' > "$out/optional/$program"; done
printf '#!/bin/sh\n[ "$1" != apply ]\n' > "$out/optional/git"  # a patch is not applied in no time
chmod +x "$out"/optional/*
if command -v ninja > /dev/null; then ln -s "$(command -v ninja)" "$out/optional/ninja"; fi

# hidden COMMAND…: where only the folder bin is searched for programs.
hidden() { env -i HOME="${HOME:-/}" PATH="$out/bin" "$@"; }

# attempt NAME BUILD GENERATOR: configures and tests; NAME is what is there.
attempt() {
  log=$out/$1.log tests="kernels_compile|docs|floors"
  # The stand-in writes no page that the test of the pages could read; it is tried with the true one.
  [ "$1" != doxygen ] || tests="kernels_compile|floors"
  if hidden "$cmake" -S "$house" -B "$2" -G "$3" -ULECTERN_CCACHE -ULECTERN_NVCC \
    -ULECTERN_DOXYGEN -DCMAKE_CXX_COMPILER="$compiler" -DLECTERN_DOWNLOAD=OFF \
    "-DCMAKE_IGNORE_PATH=/usr/bin;/bin;/usr/local/bin;/usr/local/cuda/bin" > "$log" 2>&1 &&
    hidden "$ctest" --test-dir "$2" -R "^($tests)\$" --no-tests=error \
      --output-on-failure >> "$log" 2>&1 &&
    ! grep -rl NOTFOUND --include=CTestTestfile.cmake --include=build.ninja --include=build.make "$2" >> "$log" &&
    hidden sh "$house/script/bootstrap" --dry-run >> "$log" 2>&1 &&
    hidden sh "$house/script/check-style" >> "$log" 2>&1; then
    echo "passes with $1"
  else
    echo "FAILS with $1:"
    tail -n 40 "$log"
    failed=1
  fi
}

attempt nothing "$out/make" "$generator"
for program in $optional; do
  [ -e "$out/optional/$program" ] || continue
  ln -s "../optional/$program" "$out/bin/$program"
  case $program in
    ninja) attempt ninja "$out/ninja" Ninja ;;
    *) attempt "$program" "$out/make" "$generator" ;;
  esac
  rm "$out/bin/$program"
done
for program in nvcc ccache; do ln -s "../optional/$program" "$out/bin/$program"; done
attempt "nvcc-and-ccache" "$out/make" "$generator"
exit $failed

# homebrew.sh HOUSE OUT: what script/bootstrap asks Homebrew for, where there is a stand-in for it, no apt
# and no compiler. Run by the shells that are here: macOS's is bash, Debian's is dash.
set -u
house=$1 out=$2
rm -rf "$out"
mkdir -p "$out/bin"
for program in cat dirname id sed sort tr; do ln -s "$(command -v $program)" "$out/bin/"; done
printf '#!/bin/sh\necho %s\n' "$out/prefix" > "$out/bin/brew"
chmod +x "$out/bin/brew"
for header in eigen3/Eigen/Core nlohmann/json.hpp CLI/CLI.hpp toml++/toml.h sentencepiece_trainer.h \
  utf8proc.h zlib.h catch2/catch_all.hpp; do
  mkdir -p "$(dirname "$out/prefix/include/$header")"
  : > "$out/prefix/include/$header"
done
failed=0

# expect LINE WORD…: `bootstrap --dry-run WORD…` says that line.
expect() {
  line=$1
  shift
  env -i PATH="$out/bin" $shell "$house/script/bootstrap" --dry-run "$@" > "$out/said" 2>&1
  grep -qxF "$line" "$out/said" && return
  echo "FAILS under $shell, bootstrap $*: expected \"$line\", got"
  cat "$out/said"
  failed=1
}

ran=0
for shell in dash bash "busybox sh"; do
  first=$(command -v "${shell%% *}") || continue
  case $shell in *" "*) shell="$first ${shell#* }" ;; *) shell=$first ;; esac
  expect "bootstrap: the compiler comes with: xcode-select --install"
  expect "bootstrap: Homebrew does not have gdb" --with editor
  expect "bootstrap: brew install --quiet clang-format cmake llvm ninja open-mpi" --with style --with mpi
  ran=$((ran + 1))
done
echo "tried under $ran shells"
exit $failed

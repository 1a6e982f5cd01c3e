# allocation.sh LECTERN HOOK COUNT: lets one allocation after the other fail, in a training of two
# steps, a translation and an inspection: COUNT of them each, spread over all, or `all`. The program
# must end with 5 and a sentence, or with 0 and the right result where the library that asked could do
# without.
. "$(dirname "$0")/common.sh"
hook=$(realpath "$1") count=$2
prepare
head -n 5 valid.de > few
train --run-dir good --max-steps 2 --quiet

# right: the program said what it says otherwise, and its training ended with the same weights.
right() { cmp -s out expected && { [ ! -e new ] || cmp -s new/last good/last; }; }

# try NAME ARGUMENT…: the allocations of the program with these arguments.
try() {
  name=$1
  shift
  rm -rf new
  FAIL_COUNT=1 LD_PRELOAD=$hook "$lectern" "$@" > expected 2> err
  total=$(sed -n 's/^ALLOCATIONS //p' err)
  that "$name: the allocations are counted" test "${total:-0}" -gt 1000
  case $count in all) step=1 ;; *) step=$((total / count + 1)) ;; esac
  k=1
  tried=0
  while [ "$k" -le "$total" ]; do
    rm -rf new
    timeout 60 env LD_PRELOAD="$hook" FAIL_AT=$k "$lectern" "$@" > out 2> err
    code=$?
    case $code in
      0) that "$name: allocation $k of $total fails, and the result is another" right ;;
      5) that "$name: allocation $k of $total fails without a sentence" grep -q "^error: " err ;;
      *) tell no "$name: allocation $k of $total fails with $code: $(head -c 300 err)" ;;
    esac
    tried=$((tried + 1))
    k=$((k + step))
  done
  echo "$name: $tried of $total allocations failed"
}

try inspect inspect good
try translate translate good --threads 1 -i few
try train train tiny.toml --run-dir new --max-steps 2 --quiet
finish

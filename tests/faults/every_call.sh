# every_call.sh LECTERN COUNT: kill -9, and a full disk, at the system calls with which a run opens,
# writes, flushes, renames, links and removes its files: COUNT of each kind, spread over a training that
# goes on for a step, validates and saves. Every checkpoint must load, and the run must go on to the
# numbers of one that nothing happened to. Needs strace.
. "$(dirname "$0")/common.sh"
count=$1
strace -f -o /dev/null true 2> /dev/null || { echo "skipped: strace is not installed, or may not trace"; exit 77; }
prepare
edit tiny.toml 's/^valid_every = .*/valid_every = 4/; s/^keep_last = .*/keep_last = 2/'
train --run-dir begun --max-steps 3 --quiet
train --run-dir straight --max-steps 4 --quiet
go_on() { "$@" "$lectern" train tiny.toml --run-dir run --resume auto --max-steps 4 --quiet; }

# again: a copy of the run that has been begun.
again() { rm -rf run && cp -a begun run; }

# every_checkpoint_loads
every_checkpoint_loads() {
  for file in run run/checkpoints/step-*.safetensors; do
    "$lectern" inspect "$file" > /dev/null 2>> err || return 1
  done
}

# The calls of each kind, those before the run's folder is opened counted apart.
again
go_on strace -f -e trace=openat,write,fsync,rename,symlink,unlink -o calls 2> err
calls() { grep -c "^[0-9]* *$1(" "$2"; }
sed '/"run\/lock"/,$d' calls > before
tried=0
for kind in openat write fsync rename symlink unlink; do
  first=$(calls $kind before) last=$(calls $kind calls)
  that "there are calls of $kind" test "$last" -gt "$first"
  step=$(((last - first + count - 1) / count))
  k=$((first + 1))
  while [ $k -le "$last" ]; do
    for what in signal=KILL error=ENOSPC; do
      again
      go_on strace -f -o /dev/null -e trace=$kind -e inject=$kind:$what:when=$k 2> err
      code=$?
      here="$kind $k of $last, $what"
      case $what:$code in
        signal=KILL:137 | error=ENOSPC:0) ;;
        error=ENOSPC:[2-7]) that "$here: a sentence" grep -q "^error: " err ;;
        *) tell no "$here: ended with $code: $(head -c 300 err)" ;;
      esac
      that "$here: every checkpoint loads" every_checkpoint_loads
      that "$here: the run goes on" go_on
      that "$here: the numbers are the same" same_metrics run straight
      that "$here: nothing half written is left" test -z "$(find run -name '*.tmp')"
      tried=$((tried + 1))
    done
    k=$((k + step))
  done
done
echo "$tried calls killed or failed"
finish

# A disk that fills up during a training: the checkpoints that are there stay whole.
. "$(dirname "$0")/common.sh"
mkdir small
mount -t tmpfs -o size=2m none small 2> /dev/null || { echo "skipped: needs root"; exit 77; }
trap 'umount "$place/small"; clean' EXIT
prepare
expect 0 "new best" train --run-dir small/run --max-steps 3
head -c 10000000 /dev/zero > small/filler 2> /dev/null
expect 7 "cannot write" train --run-dir small/run --resume auto --max-steps 50
expect 7 "cannot write\|cannot flush" \
  "$lectern" average "$(checkpoint small/run 3)" -o small/average.safetensors
that "nothing half written is left" test -z "$(find small -name '*.tmp')"
expect 0 "every checksum matches" "$lectern" inspect small/run/last
rm small/filler
expect 0 "resumed at step 3" train --run-dir small/run --resume auto --max-steps 5
train --run-dir straight --max-steps 5 --quiet
that "the full disk changed nothing" same_metrics small/run straight
finish

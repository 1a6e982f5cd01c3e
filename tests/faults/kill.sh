# kill.sh LECTERN COUNT: kill -9 at random moments while every step is saved. The newest checkpoint
# must load each time, and never be older than the newest that was there before the kill.
. "$(dirname "$0")/common.sh"
count=$1
prepare
round=0
step=0
while [ $round -lt "$count" ]; do
  start --run-dir run --resume auto --max-steps 1000000 --valid-every 1000000
  wait_for_save run "$step"
  sleep "$(awk "BEGIN { srand($round); printf \"%.3f\", rand() * 0.2 }")"
  before=$(newest run)
  kill -9 $process
  wait $process 2> /dev/null
  step=$(newest run)
  expect 0 "every checksum matches" "$lectern" inspect "$(checkpoint run "$step")"
  expect 0 "every checksum matches" "$lectern" inspect run
  that "step $step after the kill, $before before it" test "$step" -ge "$before"
  round=$((round + 1))
done
# What the killed processes left half written is cleared away, and the numbers are those of one run.
train --run-dir run --resume auto --max-steps $((step + 1)) --valid-every 1000000 --quiet
that "nothing half written is left" test -z "$(find run -name '*.tmp')"
train --run-dir straight --max-steps $((step + 1)) --valid-every 1000000 --save-every 1000000 --quiet
that "$count kills changed nothing" same_metrics run straight
finish

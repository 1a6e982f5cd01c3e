# ranks_killed.sh LECTERN_WITH_MPI COUNT: kill -9 of one of the ranks at random moments. The run ends in
# all of them within ten seconds, what it has saved loads, and it goes on to the same bits, in another
# number of processes every time. Then one that hangs.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/mpirun.sh"
count=$1
prepare
ranks="train tiny.toml --grad-accum 4 --quiet --valid-every 1000000"

# start_ranks COUNT WORD…: in the background; the variable launcher is mpirun's process.
start_ranks() {
  processes=$1
  shift
  mpirun -n "$processes" "$lectern" $ranks "$@" 2> err &
  launcher=$!
  process=$launcher
}

# Whether mpirun, and so every rank, ends within some seconds.
ends_within() {
  tries=0
  while kill -0 $launcher 2> /dev/null && [ $tries -lt $(($1 * 10)) ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  ! kill -0 $launcher 2> /dev/null
}

# Whether a process has ended, or does so within two seconds.
gone() {
  tries=0
  while grep -q '^State:.[^ZX]' "/proc/$1/status" 2> /dev/null && [ $tries -lt 20 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  ! grep -q '^State:.[^ZX]' "/proc/$1/status" 2> /dev/null
}

round=0
step=0
while [ $round -lt "$count" ]; do
  start_ranks $((2 << (round % 2))) --run-dir run --resume auto --max-steps 1000000
  wait_for_save run "$step"
  sleep "$(awk "BEGIN { srand($round); printf \"%.3f\", rand() * 0.2 }")"
  before=$(newest run)
  members=$(pgrep -P $launcher)
  victim=$(echo "$members" | sed -n "$((round % 2 + 1))p")
  kill -9 "$victim"
  that "the run ends everywhere after kill $round" ends_within 10
  for member in $members; do that "rank $member is gone" gone "$member"; done
  that "what mpirun says names the rank and the host" grep -q "rank $((round % 2)).* on node" err
  process=
  step=$(newest run)
  expect 0 "every checksum matches" "$lectern" inspect "$(checkpoint run "$step")"
  that "step $step after the kill, $before before it" test "$step" -ge "$before"
  round=$((round + 1))
done
"$lectern" $ranks --run-dir run --resume auto --max-steps $((step + 1))
"$lectern" $ranks --run-dir straight --max-steps $((step + 1))
that "$count kills changed nothing: metrics" same_metrics run straight
that "$count kills changed nothing: weights" \
  cmp "$(checkpoint run $((step + 1)))" "$(checkpoint straight $((step + 1)))"

# Whatever the others are at by then, the one that hangs is named, by one of them.
for pause in 0 0.3 0.7; do
  rm -rf hung
  start_ranks 4 --run-dir hung --rank-timeout 3 --max-steps 1000000
  wait_for_save hung 0
  sleep $pause
  victim=$(pgrep -P $launcher | sed -n 4p)
  kill -STOP "$victim"
  that "a hung rank ends the run" ends_within 20
  kill -9 "$victim" 2> /dev/null
  process=
  that "it is named, with its host" grep -q "error: rank 3 (.*) has not answered for [38] s" err
  that "by one message" test "$(grep -c 'error:' err)" = 1
done
expect 0 "every checksum matches" "$lectern" inspect hung
finish

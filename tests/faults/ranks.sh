# ranks.sh LECTERN_WITH_MPI: one training in 1, 2 and 4 processes, with the same bits; interrupted
# with 4 and gone on with 2; what must not be started together is refused.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/mpirun.sh"
prepare
same_run() { same_metrics "$1" "$2" && cmp "$(checkpoint "$1" 12)" "$(checkpoint "$2" 12)"; }

# Of its 5 batches an epoch, a step takes 4 and then 1: the last step leaves ranks without a batch.
ranks="train tiny.toml --grad-accum 4 --quiet"
"$lectern" $ranks --run-dir alone
for count in 1 2 4; do
  in_ranks $count $ranks --run-dir "run$count"
  that "$count ranks have the bits of one process" same_run "run$count" alone
done
for count in 1 2 4; do
  in_ranks $count $ranks --zero-stage 1 --run-dir "zero$count"
  that "$count ranks that share the optimiser's state have the same bits" same_run "zero$count" alone
done
in_ranks 2 $ranks --set train.overlap_grad_reduce=false --run-dir after
that "gradients that travel after the backward pass have the same bits" same_run after alone
"$lectern" $ranks --reduce-dtype bf16 --run-dir bf16
for count in 2 4; do
  in_ranks $count $ranks --reduce-dtype bf16 --run-dir "bf16$count"
  that "$count ranks with gradients in bf16 have the bits of one process with them" \
    same_run "bf16$count" bf16
done
that "gradients in bf16 have other bits" not same_run bf16 alone
in_ranks 2 $ranks --run-dir other --seed 43
that "another seed has other bits" not same_run other alone
"$lectern" train tiny.toml --quiet --run-dir six --grad-accum 6
in_ranks 2 train tiny.toml --quiet --run-dir six2 --grad-accum 6
that "3 batches for each of 2 ranks" same_run six six2

# An interruption: SIGTERM reaches one rank only, and all save once and stop.
mpirun -n 4 "$lectern" $ranks --run-dir cut --max-steps 1000000 --save-every 1000000 \
  --valid-every 1000000 2> err &
launcher=$!
wait_for_line cut '"step":3'
kill -TERM "$(pgrep -P $launcher | tail -n 1)"
wait $launcher
tell "$([ $? = 143 ] && echo yes)" "a signal to one rank ends all with 143"
step=$(newest cut)
tell "$(ls cut/checkpoints/step-* | grep -c . | grep -qx 1 && echo yes)" "it saves once"
in_ranks 2 $ranks --run-dir cut --resume auto --zero-stage 1 --max-steps $((step + 5)) \
  --save-every 1000000 --valid-every 1000000
"$lectern" $ranks --run-dir straight --max-steps $((step + 5)) --save-every 1000000 \
  --valid-every 1000000
that "4 ranks, interrupted, and 2 go on: metrics" same_metrics cut straight
that "4 ranks, interrupted, and 2 go on: weights" \
  cmp "$(checkpoint cut $((step + 5)))" "$(checkpoint straight $((step + 5)))"

# What is no training of all, each with one message.
in_all() { in_ranks "$@" 2> err; code=$?; grep -v '^--\|^$' err | grep -c '^rank.*error:\|^error:'; }
expect 2 "train.grad_accum = 1: .* shared by 2 ranks.*--grad-accum 2" \
  in_ranks 2 train tiny.toml --run-dir refused --quiet
tell "$([ "$(in_all 2 train tiny.toml --run-dir refused2 --quiet)" = 1 ] && echo yes)" \
  "one message, not one of each rank"
expect 2 "train.seed is 42 on rank 0 .* and 43 on rank 1" \
  in_each "$ranks --run-dir mixed" "" "--seed 43"
cp "$lectern" other_build
printf x >> other_build
chmod +x other_build
expect 2 "the program is .* on rank 0 .* on rank 1 .*; start the same build everywhere" \
  mpirun -n 1 "$lectern" $ranks --run-dir builds : -n 1 ./other_build $ranks --run-dir builds
mkdir elsewhere
cp tiny.toml train.* valid.* elsewhere
echo Hund >> elsewhere/train.de
echo dog >> elsewhere/train.en
expect 2 "the checksum of data.train is" \
  mpirun -n 1 "$lectern" $ranks --run-dir data : -n 1 --wdir elsewhere "$lectern" $ranks --run-dir data
expect 2 "3 processes cannot share a step" in_ranks 3 $ranks --run-dir three
ldd "$lectern" | grep -q nccl || expect 2 "install libnccl2 libnccl-dev .*-DLECTERN_NCCL=ON" \
  "$lectern" $ranks --run-dir gpus --distributed nccl
expect 7 "rank 0 .*error:.*too large\|rank 0 .*error:.*full" \
  mpirun -n 1 sh -c 'ulimit -f 40; exec "$0" "$@"' "$lectern" $ranks --run-dir full : \
  -n 1 "$lectern" $ranks --run-dir full
finish

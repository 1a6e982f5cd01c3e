# Run folders, checkpoints and signals: what was learnt is never lost, and never mistaken.
. "$(dirname "$0")/common.sh"
prepare
expect 0 "new best" train --run-dir whole
train --run-dir whole2 --quiet --threads 2
that "any number of threads gives the same metrics" same_metrics whole whole2

# 5: a checkpoint cut at 16 places; --resume auto takes the one before
size=$(wc -c < "$(checkpoint whole 12)")
part=0
while [ $part -lt 16 ]; do
  head -c $((size * part / 16)) "$(checkpoint whole 12)" > cut.safetensors
  expect 4 "cut.safetensors: the checkpoint is damaged" "$lectern" inspect cut.safetensors
  part=$((part + 1))
done
cp -r whole damaged
head -c $((size / 2)) "$(checkpoint whole 12)" > "$(checkpoint damaged 12)"
expect 0 "step-000012.safetensors: the checkpoint is damaged.*; taking the one before" \
  train --run-dir damaged --resume auto
that "the run went on from step 11" grep -q "resumed at step 11" damaged/log.txt
that "and ended as before" same_metrics whole damaged
for step in 10 11 12; do echo > "$(checkpoint damaged $step)"; done
expect 4 "from none of its 3 checkpoints can this training go on" train --run-dir damaged --resume auto

# 6 and 29: flipped bits, in the tokenizer too (the unit tests flip every bit of a small file)
flips=0
while [ $flips -lt 40 ]; do
  cp "$(checkpoint whole 12)" flipped.safetensors
  flip flipped.safetensors $((size * flips / 40 + 5))
  expect 4 "flipped.safetensors: " "$lectern" translate flipped.safetensors
  flips=$((flips + 1))
done

# 9: a checkpoint that does not match the configuration
cp -r whole other
expect 4 'was started with model.d_model = 16 and cannot go on with model.d_model = 32' \
  train --run-dir other --resume auto --set model.d_model=32
expect 4 'norm_first = false.*norm_first = true' \
  train --run-dir other --resume auto --set model.norm_first=true

# 10: a newer format
printf '\050\0\0\0\0\0\0\0{"__metadata__":{"format_version":"99"}}' > new.safetensors
expect 4 "new.safetensors: written by a newer version" "$lectern" inspect new.safetensors

# 11: the folder exists, or another training runs in it
expect 2 "whole: the folder holds a run already; add --resume auto" train --run-dir whole
that "and was left alone" same_metrics whole whole2
start --run-dir busy --max-steps 1000000
wait_for_save busy 0
expect 2 "busy: another training runs in this folder (process $process)" \
  train --run-dir busy --resume auto
kill -9 $process
wait $process 2> /dev/null
expect 0 "resumed at step" train --run-dir busy --resume auto --max-steps 1

# Files that are not ours: a folder that is no run's is refused, and nothing in it is touched
mkdir mine && cp train.?? valid.?? mine && { echo '# mine'; cat tiny.toml; } > mine/config.toml
echo notes > mine/notes.tmp && mkdir mine/checkpoints && echo notes > mine/checkpoints/notes.tmp
cp -r mine untouched
for resume in no auto; do
  expect 2 "the folder is not empty and not a run's" \
    sh -c "cd mine && \"$lectern\" train config.toml --run-dir . --resume $resume"
done
that "nothing was touched" diff -r mine untouched
expect 2 "the folder is not empty and not a run's" \
  sh -c "mkdir -p own/runs && cp -r mine own/runs/demo && cd own && \"$lectern\" demo"
that "the demo touched nothing" diff -r own/runs/demo untouched
{ echo '# mine'; cat whole/config.toml; } > commented && cp commented whole/config.toml
expect 0 "" "$lectern" train whole/config.toml --run-dir whole --resume auto
that "the file that was given is not written over" cmp commented whole/config.toml

# A checkpoint that somebody has put there: passed over where no training can go on from it, kept where
# the run writes one of that name, and never pruned
cp -r whole placed
expect 0 "" "$lectern" average -o mean.safetensors whole "$(checkpoint whole 11)"
cp mean.safetensors "$(checkpoint placed 20)" && cp mean.safetensors "$(checkpoint placed 1)"
mkdir "$(checkpoint placed 2)"
expect 0 "step-000020.safetensors: it holds weights alone.*; taking the one before" \
  train --run-dir placed --resume auto --max-steps 19
that "it went on from step 12" grep -q "resumed at step 12" placed/log.txt
that "the average is there still" cmp mean.safetensors "$(checkpoint placed 20)"
expect 0 "step-000020.safetensors was there and is none of this run's; it is kept as .*20.safetensors.1" \
  train --run-dir placed --resume auto --max-steps 21
that "under another name" cmp mean.safetensors "$(checkpoint placed 20).1"
that "nothing of it was pruned" cmp mean.safetensors "$(checkpoint placed 1)"
that "nor was a folder" test -d "$(checkpoint placed 2)"
that "what the run wrote was" test ! -e "$(checkpoint placed 11)"
expect 4 "mean.safetensors: it holds weights alone" train --run-dir x --resume mean.safetensors

# The run's configuration stays as it is while it says the same
{ echo '# my notes'; cat placed/config.toml; } > noted && cp noted placed/config.toml
expect 0 "" train --run-dir placed --resume auto --max-steps 21
that "the notes are there still" cmp noted placed/config.toml
expect 0 "placed/config.toml is written anew: train.max_steps = 22 was 21" \
  train --run-dir placed --resume auto --max-steps 22
that "and says so" grep -q "max_steps = 22" placed/config.toml
echo 'nonsense' > placed/config.toml
expect 0 "config.toml is left as it is" train --run-dir placed --resume auto --max-steps 22
that "a file that cannot be read is left" grep -qx nonsense placed/config.toml

# Empty paths
expect 2 "\-\-run-dir is empty" train --run-dir ""
expect 2 "\-\-run-dir is empty" train --run-dir=
expect 2 "\-\-resume is empty" train --run-dir x --resume ""
expect 2 "CONFIG is empty" "$lectern" train ""
expect 2 "RUN is empty" "$lectern" translate ""
expect 2 "RUN is empty" "$lectern" evaluate ""
expect 2 "RUN is empty" "$lectern" inspect ""
expect 2 "TEXT is empty" "$lectern" attention whole ""
expect 2 "-o is empty" "$lectern" attention whole "Der Hund" -o ""
expect 2 "\-\-output is empty" "$lectern" evaluate whole --output ""
expect 2 "-o is empty" "$lectern" average whole -o ""
expect 2 "-i is empty" "$lectern" translate whole -i ""
expect 2 "CHECKPOINT is missing" "$lectern" average
expect 2 "REFERENCE is missing" "$lectern" bleu
expect 2 "\-\-to is empty" "$lectern" data toy --to ""

# 12: a folder that cannot be made
expect 2 "cannot make the run folder" train --run-dir tiny.toml/run

# 13: SIGINT and SIGTERM save, and the run goes on to the same end
for signal in INT TERM; do
  case $signal in INT) expected=130 ;; TERM) expected=143 ;; esac
  start --run-dir "by-$signal" --max-steps 1000000 --save-every 1000000
  tries=0
  while [ ! -s "by-$signal/metrics.jsonl" ] && [ $tries -lt 500 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
  kill -$signal $process
  wait $process
  that "SIG$signal ends with $expected" test $? = $expected
  step=$(newest "by-$signal")
  expect 0 "every checksum matches" "$lectern" inspect "by-$signal/last"
  that "SIG$signal saved at step $step" grep -q "stopped by signal .* at step $step, saved" \
    "by-$signal/log.txt"
  end=$((step + 5))
  train --run-dir "by-$signal" --resume auto --max-steps $end --save-every 1000000 --quiet
  train --run-dir "straight-$signal" --max-steps $end --save-every 1000000 --quiet
  that "SIG$signal changed nothing" same_metrics "by-$signal" "straight-$signal"
done

# 33 and 34: divergence
expect 6 "the loss is not finite" train --run-dir nan --learning-rate 1000000 --max-steps 200
that "its last checkpoint is good" "$lectern" inspect nan/last

# Settings that cannot do what they are there for
expect 2 "train.early_stopping = 2 waits for validations, but there is nothing to validate on" \
  train --run-dir blind --early-stopping 2 --set data.valid=
printf '\n' > none.de && printf '\n' > none.en
expect 2 "there is nothing to validate on" \
  train --run-dir blind2 --early-stopping 2 --set data.valid=none
expect 0 "warning: there is nothing to validate on, so no checkpoint is the best and train.average" \
  train --run-dir blind3 --average-checkpoints 2 --set data.valid=
expect 0 "warning: train.warmup_steps = 40 is longer than the training, which ends with step 12" \
  train --run-dir cold --warmup-steps 40

# Resumed with less text, with other text, with another end of the schedule
head -n 20 train.de > few.de && head -n 20 train.en > few.en
expect 3 "batches of epoch .* are done, but it has only .*data.train is not what this run began with" \
  train --run-dir whole --resume auto --max-steps 20 --set data.train=few
tail -n 190 train.de > tail.de && tail -n 190 train.en > tail.en
cp -r whole moved
expect 0 "warning: data.train is not what this run began with" \
  train --run-dir moved --resume auto --max-steps 14 --set data.train=tail
expect 0 "" train --run-dir wave --schedule cosine --max-steps 6 --quiet
expect 0 "warning: the learning rate's schedule ended at step 6 and ends at step 12 now" \
  train --run-dir wave --resume auto --schedule cosine --max-steps 12

# A run folder or checkpoint that is none
mkdir empty
expect 4 "empty: no checkpoint here" "$lectern" translate empty
mkdir lost && ln -s checkpoints/step-000009.safetensors lost/best
expect 4 "lost: .best. leads to checkpoints/step-000009.safetensors, which cannot be read" \
  "$lectern" inspect lost
expect 4 "tiny.toml: the checkpoint is damaged" "$lectern" translate tiny.toml
expect 2 "CHECKPOINT is missing" "$lectern" average
expect 2 "REFERENCE is missing" "$lectern" bleu
finish

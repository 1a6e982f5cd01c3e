# The tasks beside translation: train, go on after a kill, evaluate; and commands for other tasks.
. "$(dirname "$0")/common.sh"

# toml NAME: a model for that task which learns nothing, in no time.
toml() {
  cat > "$1.toml" << TOML
[task]
name = "$1"
length = 16
min_length = 3
train_size = 40
valid_size = 10
test_size = 10
[data]
train = "text"
test = "text"
[model]
d_model = 16
nhead = 2
num_layers = 1
dim_feedforward = 32
max_length = 32
[train]
learning_rate = 0.01
warmup_steps = 4
schedule = "constant"
max_steps = 8
batch_size = 8
valid_every = 4
save_every = 1
threads = 1
[decode]
max_length = 12
[log]
log_every = 1
tensorboard = false
TOML
}

metrics() { sed 's/,"time":.*//' "$1/metrics.jsonl"; }
same_metrics() { [ "$(metrics "$1")" = "$(metrics "$2")" ]; }

yes "The same line, again and again." | head -n 50 > text

for task in copy reverse listops language_model; do
  toml $task
  expect 0 "new best" "$lectern" train $task.toml --run-dir $task
  expect 0 "" "$lectern" train $task.toml --run-dir $task-2 --max-steps 3 --quiet
  expect 0 "resumed at step 3" "$lectern" train $task.toml --run-dir $task-2 --resume auto
  that "$task: the bits of an uninterrupted run" \
    cmp "$(checkpoint $task 8)" "$(checkpoint $task-2 8)"
  for split in train valid test; do
    expect 0 "accuracy = .* %" "$lectern" evaluate $task --split $split
  done
  expect 0 "task = $task" "$lectern" inspect $task
  expect 2 "this run learned the task $task, and this command is for translation" \
    "$lectern" translate $task
  expect 0 "wrote self.html" "$lectern" attention $task -o self.html
  that "$task: a small picture of each head" [ "$(grep -c 'class="head"' self.html)" = 2 ]
  expect 2 "one picture is for translations" "$lectern" attention $task -o self.svg
  expect 2 "leave it out" "$lectern" evaluate $task -o file
done

expect 0 "bits per byte = " "$lectern" evaluate language_model
expect 0 "^The" "$lectern" generate language_model "The"
expect 0 "^The" "$lectern" generate language_model "The" --temperature 1 --top-k 3
long=$(head -c 33 text | tr '\n' ' ')
expect 2 "the prompt has 33 bytes, but the model reads at most 32; try a shorter one" \
  "$lectern" generate language_model "$long"
expect 0 "reads 32 bytes, and the prompt has 32: 1 of decode.max_length = 12" \
  "$lectern" generate language_model "${long%?}"
that "32 bytes and one more" test "$(head -c 100 out | tr '\n' ' ' | wc -c)" = 34
expect 0 "the prompt has 31: 2 of decode.max_length = 12" "$lectern" generate language_model "${long%??}"
expect 3 "the prompt:1: room for fewer tokens than asked for" \
  "$lectern" generate language_model "${long%?}" --strict
expect 0 "the prompt: 1 line with invalid UTF-8, read byte by byte" \
  "$lectern" generate language_model "$(printf 'The \377')"
expect 3 "the prompt:1: invalid UTF-8" "$lectern" generate language_model "$(printf 'The \377')" --strict
expect 2 "PROMPT is empty" "$lectern" generate language_model ""
expect 2 "this run learned the task copy, and this command is for language_model; try .*/lectern eval" \
  "$lectern" generate copy "The"

# what hashing keeps: lsh TASK trains a model with LSH attention, hashed however short
lsh() {
  expect 0 "" "$lectern" train $1.toml --run-dir lsh-$1 --max-steps 2 --quiet \
    --set model.attention=lsh --set attention.exact_below=1 --set attention.lsh_attn_chunk_length=4
}
for task in copy listops language_model; do
  lsh $task
  expect 0 "recall@16" "$lectern" attention lsh-$task --buckets -o $task.html
  that "$task: a line of numbers for each of two heads" [ "$(grep -c '^    1     [12] ' out)" = 2 ]
  that "$task: a picture of each head" [ "$(grep -c 'aria-label="Layer' $task.html)" = 2 ]
  expect 2 "nothing is hashed here.*model.attention = .exact" "$lectern" attention $task --buckets
done
expect 0 "2 rounds of" "$lectern" attention lsh-copy --buckets --set attention.num_hashes=2
expect 0 "fewer than 100 tokens exactly" \
  "$lectern" attention lsh-copy --buckets --set attention.exact_below=100 -o heads.svg
that "one picture" grep -q "^<svg" heads.svg
expect 2 "this model cannot write: " "$lectern" generate lsh-language_model The
that "no line of the program is told" test -z "$(grep '\.cpp:' err)"
expect 2 "with --buckets nothing is translated" \
  "$lectern" attention lsh-language_model The --buckets --beam-size 2
expect 2 "task.valid_size = 3 has no effect: --split test does not read it" \
  "$lectern" evaluate copy --set task.valid_size=3
expect 2 "leave the text out" "$lectern" attention lsh-copy "A word" --buckets
expect 0 "^8 tokens" "$lectern" attention lsh-listops "[MAX 4 [MIN 2 3 ] ]" --buckets
expect 3 "MUX" "$lectern" attention lsh-listops "[MUX 4 ]" --buckets
expect 0 "^11 tokens" "$lectern" attention lsh-language_model "Hello world" --buckets
expect 2 "the model reads 32; try a shorter one" \
  "$lectern" attention lsh-language_model "$(head -c 40 text)" --buckets
expect 0 "wrote" "$lectern" attention lsh-copy
expect 2 "nothing is translated; leave it out" "$lectern" attention lsh-language_model The --beam-size 3
prepare
expect 0 "" train --run-dir lsh --max-steps 2 --quiet --set model.attention=lsh
expect 0 "fewer than .* tokens exactly" "$lectern" attention lsh "Ein Hund rennt ." --buckets
expect 0 "^5 tokens" "$lectern" attention lsh "Ein Hund rennt ." --buckets
expect 2 "data.test is not set" "$lectern" attention lsh --buckets
expect 0 "the first test example" "$lectern" attention lsh --buckets --set data.test=valid
expect 2 "there is nothing to translate" "$lectern" attention lsh

# settings that change nothing are told; a command refuses those that it would not obey
expect 0 "warning: task.min_length = 3 has no effect: the task copy has no such key" \
  "$lectern" train copy.toml --run-dir told --max-steps 1
expect 0 "warning: attention.num_hashes = 9 has no effect: it is for lsh in model.attention" \
  "$lectern" train copy.toml --run-dir told2 --max-steps 1 --set attention.num_hashes=9
expect 2 "decode.top_k = 3 has no effect: it is for decode.temperature > 0; leave it out" \
  "$lectern" generate language_model "The" --top-k 3
expect 2 "no use for train.learning_rate; leave it out" \
  "$lectern" generate language_model "The" --set train.learning_rate=1
expect 2 "no use for model.d_model; leave it out" "$lectern" evaluate copy --set model.d_model=8
expect 2 "no use for train.seed" "$lectern" evaluate copy --set train.seed=1
expect 2 "nothing is decoded to measure" "$lectern" evaluate language_model --beam-size 3
expect 2 "attention.num_hashes = 9 has no effect: it is for lsh in model.attention; leave it out" \
  "$lectern" evaluate copy --set attention.num_hashes=9

# how a sentence is hashed depends on nothing but that sentence: not on its batch, which differs with
# the number of threads
expect 0 "" train --run-dir hashed --max-steps 2 --quiet --set model.attention=lsh \
  --set attention.exact_below=1 --set attention.lsh_attn_chunk_length=8
head -n 150 toy/train.de | awk '{ print; print $0, $0, $0 }' > mixed.de
"$lectern" translate hashed --n-best 2 --threads 1 < mixed.de > one.en 2> err
"$lectern" translate hashed --n-best 2 --threads 2 < mixed.de > two.en 2> err
that "600 lines" [ "$(wc -l < one.en)" = 600 ]
that "n-best translations by hashing, the same with one thread and with two" cmp one.en two.en

# what cannot be
expect 2 'did you mean task.length' "$lectern" train copy.toml --run-dir x --set task.lenght=8
expect 2 'task.length = 15 is odd' "$lectern" train copy.toml --run-dir x --set task.length=15
expect 2 'valid_metric = "bleu" is nothing that can be measured' \
  "$lectern" train copy.toml --run-dir x --set train.valid_metric=bleu
expect 3 "absent" "$lectern" train language_model.toml --run-dir x1 --set data.train=absent
expect 2 "data.train is not set" "$lectern" train language_model.toml --run-dir x2 --set data.train=
expect 2 "choose train, valid or test" "$lectern" evaluate copy --split dev
gzip -c text | head -c 60 > cut.gz
expect 3 "damaged or cut off" "$lectern" train language_model.toml --run-dir x3 --set data.train=cut.gz
expect 4 'was started with task.length = 16 and cannot go on with task.length = 12' \
  "$lectern" train copy.toml --run-dir copy --resume auto --set task.length=12

# what may be set over a trained model is the same for every command: obeyed, or refused
use() { "$@" < sentence; }
echo "Ein Hund rennt ." > sentence
for command in "evaluate copy" "evaluate lsh --set data.test=valid" "generate language_model The" \
    "translate lsh" "attention lsh Hund"; do
  expect 2 "has no use for train.learning_rate; leave it out" \
    use "$lectern" $command --set train.learning_rate=1
  expect 2 "has no use for model.activation; leave it out" \
    use "$lectern" $command --set model.activation=gelu
  expect 2 "attention.dilation = 2 has no effect: it is for window in model.attention" \
    use "$lectern" $command --set attention.dilation=2
done
for rounds in 1 16; do
  expect 0 "" use "$lectern" translate lsh --n-best 2 --set attention.exact_below=1 \
    --set attention.lsh_attn_chunk_length=1 --set attention.num_hashes=$rounds
  cp out rounds-$rounds
done
that "translate obeys attention.num_hashes" sh -c "! cmp -s rounds-1 rounds-16"
finish

# Language models of words, subwords and hidden tokens: train, go on after a kill, evaluate, write.
. "$(dirname "$0")/common.sh"

# toml NAME TASK KIND: a model that learns nothing, in no time.
toml() {
  cat > "$1.toml" << TOML
[task]
name = "$2"
length = 16
piece = 64
[data]
train = "text"
test = "other"
[tokenizer]
kind = "$3"
vocab_size = 40
[model]
d_model = 16
nhead = 2
num_layers = 1
dim_feedforward = 32
max_length = 32
[train]
warmup_steps = 4
schedule = "constant"
max_steps = 8
batch_size = 4
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

for i in 1 2 3 4 5 6 7 8; do
  seq $i 20 | sed 's/.*/The line & , again and again ./'
  echo
done > text
printf 'The line 3 and another\n\nagain and again .\n' > other

for kind in byte bpe word whitespace; do
  for task in language_model masked_language_model; do
    run=$task-$kind
    toml $run $task $kind
    expect 0 "data.train is read in .* pieces" "$lectern" train $run.toml --run-dir $run
    expect 0 "" "$lectern" train $run.toml --run-dir $run-2 --max-steps 3 --quiet
    expect 0 "resumed at step 3" "$lectern" train $run.toml --run-dir $run-2 --resume auto
    that "$run: the bits of an uninterrupted run" \
      cmp "$(checkpoint $run 8)" "$(checkpoint $run-2 8)"
    for split in train valid test; do
      expect 0 "accuracy = .* %" "$lectern" evaluate $run --split $split
    done
    expect 0 "task = $task" "$lectern" inspect $run
  done
  expect 0 "perplexity = " "$lectern" evaluate language_model-$kind --set task.stride=4
  expect 0 "every 4" "$lectern" evaluate language_model-$kind --set task.stride=4
  expect 0 "pseudo-perplexity = " "$lectern" evaluate masked_language_model-$kind
  that "$kind: a pseudo-perplexity is called so" test -z "$(grep '^perplexity' out)"
  expect 0 "^The line" "$lectern" generate language_model-$kind "The line"
  expect 0 "^The line" "$lectern" generate language_model-$kind "The line" --temperature 1 --top-k 3
done

# What hashing keeps of exact attention, with the names of the tokens.
for task in language_model masked_language_model; do
  expect 0 "" "$lectern" train $task-whitespace.toml --run-dir lsh-$task --max-steps 2 --quiet \
    --set model.attention=lsh --set attention.exact_below=1 --set attention.lsh_attn_chunk_length=4 \
    --set model.attention_dropout=0
  expect 0 "recall@16" "$lectern" attention lsh-$task --buckets
  expect 0 "^4 tokens" "$lectern" attention lsh-$task "The line 3 ." --buckets
done

# The vocabulary is in the checkpoint, and words that it lacks are told.
expect 0 "1 unknown" "$lectern" evaluate language_model-whitespace --set data.test=other
expect 0 "the prompt: 1 line with words that are not in the vocabulary, made <unk>" \
  "$lectern" generate language_model-whitespace "The dog"
expect 3 "the prompt:1: words that are not in the vocabulary: 1 of 2" \
  "$lectern" generate language_model-whitespace "The dog" --strict
expect 2 "the prompt is empty" "$lectern" generate language_model-whitespace " "
expect 2 "the prompt has 33 tokens, but the model reads at most 32" \
  "$lectern" generate language_model-whitespace "$(yes The | head -n 33 | tr '\n' ' ')"
printf 'The line\n' > in
expect 0 "^The line$" "$lectern" tokenizer encode language_model-whitespace -i in
expect 2 "leave out --target" "$lectern" tokenizer encode language_model-whitespace -i in --target
expect 2 "this run learned the task language_model" "$lectern" tokenizer encode language_model-byte
expect 2 "this run learned the task masked_language_model" \
  "$lectern" generate masked_language_model-word "The"

# Settings that contradict each other.
expect 2 "task.stride = 17 leaves tokens out, being above task.length = 16; try 16" \
  "$lectern" train language_model-word.toml --run-dir x1 --set task.stride=17
expect 2 "task.piece = 32 has no room for four windows of task.length = 16; try 64" \
  "$lectern" train language_model-word.toml --run-dir x2 --set task.piece=32
expect 0 "warning: tokenizer.vocab_size = 40 has no effect: it is for another tokenizer.kind" \
  "$lectern" train language_model-byte.toml --run-dir x3 --max-steps 1
expect 2 "only a language model reads bytes" \
  "$lectern" train language_model-word.toml --run-dir x4 --set task.name=translation \
  --set tokenizer.kind=byte --set data.train=toy-train --set data.max_length=20
expect 3 "other: nothing but ends of lines" sh -c \
  'printf "\n\n\n" > other && exec "$0" evaluate masked_language_model-word' "$lectern"

finish

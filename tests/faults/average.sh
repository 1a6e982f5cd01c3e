# Checkpoints that have no mean: of different models, of a vocabulary that differs, of other weights to
# begin with. And an output that would overwrite a checkpoint.
. "$(dirname "$0")/common.sh"
prepare
expect 0 "" train --run-dir one --max-steps 3 --quiet
average() { "$lectern" average -o mean.safetensors "$@"; }
expect 0 "the mean of 2 checkpoints" average "$(checkpoint one 2)" "$(checkpoint one 3)"
expect 0 "every checksum matches" "$lectern" inspect mean.safetensors

# different KEY VALUE: as one, but for that.
different() {
  expect 0 "" train --run-dir "other-$1" --max-steps 1 --quiet --set "$1=$2"
  expect 4 "$1 = .*only checkpoints of one model can be averaged" average one "other-$1"
  expect 4 "$1 = .*only checkpoints of one model can be averaged" average "other-$1" one
}
different model.nhead 4
different model.activation gelu
different model.norm_first true
different model.num_encoder_layers 2
different model.attention window
different model.architecture recurrent
different tokenizer.vocab_size 300
different train.seed 7
backwards() { sed '1!G;h;$!d' "$1"; }
backwards train.de > other.de && backwards train.en > other.en && echo "Ein neues Wort." >> other.de && echo x >> other.en
expect 0 "" train --run-dir other-words --max-steps 1 --quiet --set data.train=other
expect 4 "only checkpoints of one model can be averaged" average one other-words

cp -L one/best before
for output in best last lock config.toml metrics.jsonl checkpoints/best.jsonl \
  checkpoints/step-000099.safetensors "checkpoints/$(basename "$(checkpoint one 3)")"; do
  expect 2 "belongs to a training run.*; choose another" "$lectern" average one -o "one/$output"
  expect 2 "belongs to a training run" "$lectern" evaluate one -o "one/$output"
  expect 2 "belongs to a training run" "$lectern" attention one Hund -o "one/$output"
done
ln -s one/best link
expect 2 "belongs to a training run" "$lectern" average one -o link
expect 2 "is an input" "$lectern" evaluate one -o train.en
expect 2 "is an input" "$lectern" average one -o train.en
expect 2 "is an input" "$lectern" average one/last one/best -o valid.de
expect 2 "is a folder" "$lectern" average one -o .
expect 2 "is an input" "$lectern" attention one Hund -o train.de
cp -L one/best other.safetensors
expect 2 "is an input" "$lectern" average other.safetensors -o other.safetensors
that "the checkpoint is as it was" cmp before one/best

# A link that leads to a pipe is written through, and stays a link.
ln -s /proc/self/fd/1 pipe
"$lectern" average one -o pipe 2> err | cat > written
that "the pipe got the checkpoint" "$lectern" inspect written
that "the link is one still" test -L pipe
expect 2 "CHECKPOINT is missing" "$lectern" average
finish

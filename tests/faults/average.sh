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
different tokenizer.vocab_size 300
different train.seed 7
tac train.de > other.de && tac train.en > other.en && echo "Ein neues Wort." >> other.de && echo x >> other.en
expect 0 "" train --run-dir other-words --max-steps 1 --quiet --set data.train=other
expect 4 "only checkpoints of one model can be averaged" average one other-words

cp -L one/best before
expect 2 "best: this would overwrite the checkpoint .*; choose another -o" \
  "$lectern" average one -o one/best
expect 2 "this would overwrite the checkpoint" \
  "$lectern" average "$(checkpoint one 2)" "$(checkpoint one 3)" -o "$(checkpoint one 3)"
that "the checkpoint is as it was" cmp before one/best
expect 2 "CHECKPOINT is missing" "$lectern" average
finish

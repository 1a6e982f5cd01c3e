#!/bin/sh
# The ladder: German to English on Multi30k by rules, by counting, by recurrent networks without
# attention and with, and by a Transformer; each rung is one training and one evaluation. Beside it
# the ablations: a shorter training of the Transformer, and the same without one of its parts.
#
#   bench/ladder.sh LECTERN [FOLDER] [RUNG…]
#
# Needs `lectern data multi30k`. Without RUNG, the rungs from rules to transformer; the ablations are
# short, short_again (another seed), no_positions, no_smoothing, no_warmup, no_embedding_scale,
# no_attention_scale, xavier_embeddings; en_fr is English to French (`lectern data multi30k --french`).
# A run that is finished is not repeated, one that was cut off goes on. Leaves in FOLDER/RUNG, beside
# the run: evaluate.txt (what `lectern evaluate` says of the test set), translations.txt,
# sentence.txt (the book's sentence) and seconds.txt (processor time). bench/record_ladder.py makes
# one file of it.
set -eu
lectern=$1
folder=${2:-runs/ladder}
[ $# -lt 2 ] || shift
shift
recipes=$(dirname "$0")/../tasks/translation
few="--set train.max_epochs=4"
short="$few --set train.warmup_steps=300"

# The recipe of a rung, and its settings.
recipe() {
  case $1 in
    rules) echo "$recipes/statistical.toml --set task.method=rules" ;;
    model_1) echo "$recipes/statistical.toml --set task.method=ibm1" ;;
    hmm) echo "$recipes/statistical.toml --set task.method=hmm" ;;
    lstm) echo "$recipes/recurrent.toml --set model.attention_score=none" ;;
    lstm_attention) echo "$recipes/recurrent.toml" ;;
    transformer) echo "$recipes/multi30k.toml" ;;
    short) echo "$recipes/multi30k.toml $short" ;;
    short_again) echo "$recipes/multi30k.toml $short --set train.seed=43" ;;
    no_positions) echo "$recipes/multi30k.toml $short --set model.positions=none" ;;
    no_smoothing) echo "$recipes/multi30k.toml $short --set train.label_smoothing=0" ;;
    no_warmup) echo "$recipes/multi30k.toml $few --set train.warmup_steps=0" ;;
    no_embedding_scale) echo "$recipes/multi30k.toml $short --set model.scale_embedding=false" ;;
    no_attention_scale) echo "$recipes/multi30k.toml $short --set model.attention_scale=1" ;;
    xavier_embeddings)
      echo "$recipes/multi30k.toml $short --set model.embedding_init=xavier_uniform" ;;
    en_fr) echo "$recipes/multi30k-en-fr.toml" ;;
    *) echo "ladder.sh: there is no rung $1" >&2; exit 2 ;;
  esac
}

# What a rung is asked to translate.
sentences() {
  case $1 in
    en_fr)
      echo "I like the green cat."
      echo "A small green cat."
      echo "The green cat is sleeping."
      echo "A man in a green shirt is sleeping." ;;
    *) echo "Heute hat sie dem großen Pferd geholfen." ;;
  esac
}

for rung in ${*:-rules model_1 hmm lstm lstm_attention transformer}; do
  run=$folder/$rung
  if [ ! -e "$run/seconds.txt" ]; then
    resume=
    [ ! -e "$run/last" ] || resume="--resume auto"
    # shellcheck disable=SC2046,SC2086 # the settings are several words
    ( "$lectern" train $(recipe "$rung") --run-dir "$run" --quiet $resume
      times > "$run/seconds.txt" ) # its second line: of the command, user's and system's
  fi
  echo "== $rung"
  "$lectern" evaluate "$run" --split test --output "$run/translations.txt" 2>&1 |
    tee "$run/evaluate.txt"
  sentences "$rung" | "$lectern" translate "$run" |
    tee "$run/sentence.txt"
done

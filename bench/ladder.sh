#!/bin/sh
# The ladder: German to English on Multi30k by rules, by counting, by recurrent networks without
# attention and with, and by a Transformer; each rung is one training and one evaluation.
#
#   bench/ladder.sh LECTERN [FOLDER] [RUNG…]
#
# Needs `lectern data multi30k`. Without RUNG, all of them: rules model_1 hmm lstm lstm_attention
# transformer. A run that is finished is not repeated, one that was cut off goes on. Prints for each
# rung the seconds of its training and what `lectern evaluate` says of the test set.
set -eu
lectern=$1
folder=${2:-runs/ladder}
[ $# -lt 2 ] || shift
shift
recipes=$(dirname "$0")/../tasks/translation

# The recipe of a rung, and its settings.
recipe() {
  case $1 in
    rules) echo "$recipes/statistical.toml --set task.method=rules" ;;
    model_1) echo "$recipes/statistical.toml --set task.method=ibm1" ;;
    hmm) echo "$recipes/statistical.toml --set task.method=hmm" ;;
    lstm) echo "$recipes/recurrent.toml --set model.attention_score=none" ;;
    lstm_attention) echo "$recipes/recurrent.toml" ;;
    transformer) echo "$recipes/multi30k.toml" ;;
    *) echo "ladder.sh: there is no rung $1" >&2; exit 2 ;;
  esac
}

for rung in ${*:-rules model_1 hmm lstm lstm_attention transformer}; do
  run=$folder/$rung
  begin=$(date +%s)
  if [ ! -e "$run/finished" ]; then
    resume=
    [ ! -e "$run/last" ] || resume="--resume auto"
    # shellcheck disable=SC2046,SC2086 # the settings are several words
    "$lectern" train $(recipe "$rung") --run-dir "$run" --quiet $resume
    date -u +%F > "$run/finished"
  fi
  printf '== %s, %s s of training\n' "$rung" $(($(date +%s) - begin))
  "$lectern" evaluate "$run" --split test
done

# The smallest chatbot, as a reader trains it: it repeats what was booked.
. "$(dirname "$0")/common.sh"
recipe=$(realpath "$1")/tiny.toml

"$lectern" data dialogues 2> /dev/null
expect 0 "new best" "$lectern" train "$recipe" --run-dir chat
expect 0 "per token of the system's turns" "$lectern" evaluate chat
that "what is said is foretold: a perplexity below 1.35, above what is possible" \
  awk '$1 == "perplexity" && NR == 1 { exit !($3 > 1.22 && $3 < 1.35) }' out
cat > user << 'TALK'
i need a train from ely to york on monday .
two please .
is there parking ?
i am looking for thai food in the west .
TALK
"$lectern" chat chat < user > out
that "where it leaves" sh -c 'sed -n 1p out | grep -q "the train from ely to york leaves at ten"'
that "how many" sh -c 'sed -n 2p out | grep -q "^two seats are booked, they have the number"'
that "what was asked" sh -c 'sed -n 3p out | grep -q "^yes, there is parking\.$"'
that "which restaurant" sh -c 'sed -n 4p out | grep -q "the lotus inn.* in the west"'

finish

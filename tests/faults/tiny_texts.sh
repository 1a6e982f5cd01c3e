# The smallest recipes of language modelling, as a reader runs them: they learn what they say.
. "$(dirname "$0")/common.sh"
recipes=$(realpath "$1")

"$lectern" data toy 2> /dev/null

# below LIMIT WORD FILE: the first number behind "WORD = " is below the limit.
below() {
  awk -v limit="$1" -v word="$2" '
    $1 == word && !found { found = 1; value = $3 + 0 }
    END { exit !(found && value > 1 && value < limit) }' "$3"
}

expect 0 "new best" "$lectern" train "$recipes/tiny.toml" --run-dir words
expect 0 "per token" "$lectern" evaluate words
that "the next word is foretold: a perplexity below 13" below 13 perplexity out
expect 0 "^The old man" "$lectern" generate words "The old man" --max-length 20

expect 0 "new best" "$lectern" train "$recipes/masked_tiny.toml" --run-dir hidden
expect 0 "80/10/10" "$lectern" evaluate hidden
that "hidden words are told: a pseudo-perplexity below 20" below 20 pseudo-perplexity out

finish

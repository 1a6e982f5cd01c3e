# The smallest recipes of the tasks that make up their data, as a reader runs them: they learn.
. "$(dirname "$0")/common.sh"
tasks=$(realpath "$1")

# above LIMIT: the accuracy that was told is above the limit.
above() {
  awk -v limit="$1" '$1 == "accuracy" && $3 + 0 > limit { found = 1 } END { exit !found }' out
}

expect 0 "new best" "$lectern" train "$tasks/synthetic/tiny.toml" --run-dir recall
expect 0 "accuracy = " "$lectern" evaluate recall
that "every key is recalled: an accuracy above 95" above 95

expect 0 "new best" "$lectern" train "$tasks/listops/tiny.toml" --run-dir listops
expect 0 "always saying" "$lectern" evaluate listops
that "values are learned beyond the commonest: an accuracy above 30" above 30

"$lectern" data facts 2> /dev/null
expect 0 "new best" "$lectern" train "$tasks/question_answering/tiny.toml" --run-dir facts
expect 0 "without learning" "$lectern" evaluate facts
that "questions are answered: an F1 above 90" \
  awk '$1 == "F1" && $3 + 0 > 90 { found = 1 } END { exit !found }' out

finish

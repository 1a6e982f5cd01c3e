# The smallest recipe of grammar correction, as a reader runs it, and what becomes of texts that are
# none.
. "$(dirname "$0")/common.sh"
recipe=$(realpath "$1")/tiny.toml

"$lectern" data toy 2> /dev/null

# gains LIMIT: the GLEU that was told is above the source's by more than the limit.
gains() { awk -v limit="$1" '$1 == "GLEU" && $6 + 0 > 0 { exit !($3 - $6 > limit) }' out; }
same_lines() { [ "$(wc -l < "$1")" = "$(wc -l < "$2")" ]; }

expect 0 "errors in 10000 sentences: article" "$lectern" train "$recipe" --run-dir grammar
that "the log tells how long 4 million sentences take" grep -q "an epoch of 4,000,000" err
expect 0 "edits: " "$lectern" evaluate grammar
that "errors are mended: GLEU rises by more than 15" gains 15
expect 0 "" "$lectern" evaluate grammar --output page.html
that "the page marks the edits" grep -q "<del>.*<ins>" page.html
expect 0 "" "$lectern" evaluate grammar --output corrected.txt
that "as many lines come out as are in the file" same_lines data/toy/test.en corrected.txt

printf 'A old man see the bird.\n\n  The  dog sleeps.\r\n\377\nno end' > essay
"$lectern" correct grammar --edits --report essay.html < essay > answer 2> err
that "a filter gives N lines for N" [ "$(wc -l < answer)" = 5 ]
that "an edit leaves what is around it" grep -q "^An\{0,1\} old man sees the bird\.$" answer
that "an empty line stays empty" [ -z "$(sed -n 2p answer)" ]
that "white space stays" grep -q "^  The  dog sleeps\.$" answer
that "what was mended is told" grep -q "1 line with invalid UTF-8.*first: line 4" err
that "no colours in a pipe" sh -c '! grep -q "$(printf "\033")" answer'
that "the page is there" grep -q "</html>" essay.html
if script -qec true /dev/null > /dev/null 2>&1; then  # there is the program, and a terminal to be had
  typed="echo A old man see the bird. | $lectern correct grammar --edits"
  script -qec "$typed" /dev/null > shown < /dev/null
  that "colours on a terminal" grep -q "$(printf '\033\\[31;9m')" shown
  NO_COLOR=1 script -qec "$typed" /dev/null > shown < /dev/null
  that "NO_COLOR is honoured" sh -c '! grep -q "$(printf "\033")" shown'
fi
expect 3 "essay:4: invalid UTF-8" "$lectern" correct grammar --input essay --strict
expect 2 "would be lost" "$lectern" correct grammar --input essay --report essay
expect 2 "lectern correct" "$lectern" translate grammar

# Pairs that the corruptor wrote teach the same.
head -n 300 data/toy/train.en > clean
"$lectern" corrupt "$recipe" < clean > pairs.tsv 2> err
that "the errors are counted" grep -q "300 sentences; errors: article" err
that "a pair a line" [ "$(grep -c "$(printf '\t')" pairs.tsv)" = 300 ]
short="--max-steps 2 --quiet"
expect 0 "" "$lectern" train "$recipe" --run-dir pairs $short \
  --set task.train_form=pairs --set data.train=pairs.tsv

# What a speller has learned lies in the checkpoint, and is all that changes here.
expect 0 "speller: knows" "$lectern" train "$recipe" --run-dir spelled --max-steps 2 \
  --set task.speller=true --set task.min_gain=1000
echo "The old dgo sleeps." | "$lectern" correct spelled > answer 2> err
that "a misspelt word is mended" grep -qx "The old dog sleeps." answer
echo "The old dgo sleeps." | "$lectern" correct spelled --set task.speller=false > answer 2> err
that "but not where that is off" grep -qx "The old dgo sleeps." answer
expect 2 "has learned no speller" "$lectern" evaluate grammar --set task.speller=true

echo "no tab" >> pairs.tsv
expect 3 "pairs.tsv:301: 0 TABs" "$lectern" train "$recipe" --run-dir no --set task.train_form=pairs \
  --set data.train=pairs.tsv
expect 3 "none: No such file" "$lectern" train "$recipe" --run-dir no --set data.train=none
expect 3 "clean:301: no word" sh -c \
  "echo >> clean; '$lectern' train '$recipe' --run-dir no --strict --set data.train=clean"
expect 0 "clean: 1 line with no word, left out (first: line 301)" "$lectern" train "$recipe" \
  --run-dir blank --max-steps 1 --set data.train=clean
expect 3 "dev.ref0: no such file" "$lectern" evaluate grammar --set task.test_form=references \
  --set data.test=dev --tgt ref
expect 2 "cannot be learned from" "$lectern" train "$recipe" --run-dir no \
  --set task.train_form=references
expect 2 "confusion" "$lectern" train "$recipe" --run-dir no --set task.confusions=0.1
finish

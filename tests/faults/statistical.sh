# Translation before attention through the same commands as with a network.
. "$(dirname "$0")/common.sh"

toml=$(dirname "$(realpath "$0")")/../../tasks/translation/statistical_toy.toml
prepare
few="--set data.train=train --set data.valid=valid --set data.test=valid --set task.tuning_sentences=10"

for method in rules ibm1 hmm; do
  expect 0 "BLEU" "$lectern" train "$toml" --run-dir $method $few --set task.method=$method
  expect 0 "BLEU.*case:lc" "$lectern" evaluate $method
  expect 0 "every checksum matches" "$lectern" inspect $method
  printf 'Der Hund.\n\n   \nXyzzy\n' > lines
  "$lectern" translate $method -i lines > translated
  that "$method: four lines come out" [ "$(wc -l < translated)" = 4 ]
  that "$method: an unknown word passes through" grep -qx Xyzzy translated
  expect 0 "this run is complete" "$lectern" train "$toml" --run-dir $method $few \
    --set task.method=$method --resume auto
done
expect 0 "Model 1 of de given en" cat hmm/log.txt
expect 0 "HMM of en given de" cat hmm/log.txt
expect 0 "\"kind\":\"round\"" cat hmm/metrics.jsonl

expect 0 "wrote page.html" "$lectern" attention hmm "Der Hund schläft." -o page.html
expect 0 "Where each word comes from" cat page.html
expect 0 "wrote page.svg" "$lectern" attention ibm1 "Der Hund schläft." -o page.svg
expect 2 "rules look at no word" "$lectern" attention rules "Der Hund schläft."
expect 2 "no word in it" "$lectern" attention hmm "  "

expect 2 "holds a run already" "$lectern" train "$toml" --run-dir hmm $few
expect 2 "learns all at once" "$lectern" train "$toml" --run-dir new $few --resume hmm
expect 2 "decode.n_best = 3 has no effect" "$lectern" translate hmm --n-best 3
expect 2 "task.method = \"ibm1\": .* was trained with \"hmm\"" \
  "$lectern" translate hmm --set task.method=ibm1
expect 2 "is not whole words" "$lectern" train "$toml" --run-dir new --set tokenizer.kind=bpe
expect 2 "is made of counts" "$lectern" average hmm hmm
expect 2 "this command is for language_model" "$lectern" generate hmm "x"
expect 3 "no such\|does not exist\|tried" "$lectern" train "$toml" --run-dir new2 \
  --set data.train=nowhere
expect 0 "weights" cat hmm/log.txt

printf 'Der Hund.\n\377\376 Hund.\n' > broken
expect 3 "2: invalid UTF-8" "$lectern" translate hmm -i broken --strict
expect 0 "1 line with invalid UTF-8" "$lectern" translate hmm -i broken
yes Hund | head -n 600 | tr '\n' ' ' > long
expect 0 "600 tokens, cut to 512" "$lectern" translate hmm -i long
expect 3 "600 tokens, cut to 512" "$lectern" translate hmm -i long --strict

# A signal ends a training at the next round, and leaves no half of a run.
"$lectern" train "$toml" --run-dir stopped --set task.model_1_rounds=1000 2> said &
process=$!
for i in $(seq 100); do
  grep -q "round 3/" said && break
  sleep 0.1
done
kill -INT $process
wait $process
that "SIGINT: 130" [ $? = 130 ]
process=
expect 0 "nothing was saved" cat said
that "no checkpoint is left" [ -z "$(ls stopped/checkpoints)" ]
expect 0 "done" "$lectern" train "$toml" --run-dir stopped $few --resume auto
finish

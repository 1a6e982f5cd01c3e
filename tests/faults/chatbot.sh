# Dialogues through the commands: train, go on, evaluate, compare, look, talk; and what is wrong with them.
. "$(dirname "$0")/common.sh"
recipe=$(realpath "$1")/tiny.toml

"$lectern" data dialogues 2> err
that "how good a model can be is told" grep -q "no model can have a perplexity below 1\." err
for part in train valid test; do
  head -n 120 data/dialogues/$part.txt > part && mv part data/dialogues/$part.txt
done
small="--set model.d_model=16 --set model.dim_feedforward=32 \
  --set train.save_every=1 --set train.valid_every=3 --set train.warmup_steps=2 --set log.log_every=1"
steps=6
# learn RUN …
learn() {
  run=$1
  shift
  expect 0 "" "$lectern" train "$recipe" --run-dir $run $small --max-steps $steps "$@"
}

learn whole --threads 1
that "the data are told" grep -q "data: .* dialogues (.* turns, .* tokens, 0 unknown)" err
steps=2
learn parts --threads 2
steps=6
learn parts --threads 2 --resume auto
that "it went on" grep -q "resumed at step 2" err
that "the bits of an uninterrupted run, and of one thread" same_metrics whole parts
learn system --set task.loss_on=system
expect 0 "perplexity = .* per token of the system's turns" "$lectern" evaluate whole
expect 0 "tokens of" "$lectern" evaluate whole --split valid
expect 0 "task = chatbot" "$lectern" inspect whole
expect 0 "wrote page.html" "$lectern" attention whole -o page.html
that "speakers are in the picture" grep -q "&lt;system&gt;" page.html
expect 0 "the text" "$lectern" attention whole "i want a zebra
hello" -o page.html
expect 2 "no word in it" "$lectern" attention whole " 
 " -o page.html

# a talk: as many replies as lines, and a blank one for a blank line
talk() { "$lectern" chat "$@" > out 2> err; }
printf 'i need a train from ely to york on monday .\ntwo please .\n\ntwo please .\n' > user
talk whole < user
that "a reply for every line" [ "$(wc -l < out)" = 4 ]
that "a blank line for a blank one" [ -z "$(sed -n 3p out)" ]
that "nothing is told of a good talk" [ -z "$(grep -v "does not end" err)" ]
talk whole --temperature 1.5 --top-k 20 --seed 3 < user && mv out first
talk whole --temperature 1.5 --top-k 20 --seed 3 --threads 2 < user
that "the same seed, the same talk" cmp out first
talk whole --temperature 1.5 --top-k 20 --seed 4 < user
that "another seed, another talk" [ "$(cat out)" != "$(cat first)" ]
printf 'two please .\n/history\n/reset\n/history\n/help\n/nonsense\n/quit\ntwo please .\n' | talk whole
that "the history is shown" [ "$(grep -c '^user: two please .$' out)" = 1 ]
that "and forgotten" grep -q "^(0 tokens)$" out
that "nothing is said after the end" [ "$(wc -l < out)" = 5 ]
that "what can be typed is told" grep -q "/reset    forget what was said" err
that "what cannot, too" grep -q "there is no /nonsense" err
printf 'two zebras\n' | talk whole
that "unknown words are told" grep -q "line 1: 1 of 2" err
printf 'two \377 please .\n' | talk whole
that "odd bytes are told" grep -q "invalid UTF-8" err
yes "two please ." | head -n 40 | talk whole
that "forgetting is told" grep -q "has forgotten the [0-9]* oldest turns" err
that "and every line has its reply" [ "$(wc -l < out)" = 40 ]
printf 'two zebras\n' > user
expect 3 "standard input:1: words that are not in the vocabulary" \
  sh -c '"$0" chat whole --strict < user' "$lectern"

# what does not go together
expect 2 "has no room for the speakers' marks" \
  "$lectern" train "$recipe" --run-dir x1 --set tokenizer.kind=byte
expect 2 "task.length = 512 is above model.max_length" \
  "$lectern" train "$recipe" --run-dir x2 --set task.length=512
expect 2 "this run learned the task chatbot, and this command is for translation; try .*lectern chat" \
  "$lectern" translate whole
expect 2 "data.test is not set" "$lectern" evaluate whole --set data.test=
expect 3 "dialogues.json: a JSON file" "$lectern" evaluate whole --set data.test=dialogues.json
learn chunks --set model.attention=lsh --set attention.exact_below=1
that "what cannot talk is told before it learns" grep -q "will not be able to talk" err
expect 2 "this model cannot write: " "$lectern" chat chunks
learn buckets --set model.attention=lsh --set attention.exact_below=1 \
  --set attention.lsh_candidates=same_bucket --set attention.num_buckets=8
printf 'two please .\n' > user
expect 0 "" sh -c '"$0" chat buckets < user' "$lectern"

printf 'hello\ngood day\nbye\n' > odd
expect 0 "odd: 1 line with a user's last word that nobody answers, kept (first: line 3)" \
  "$lectern" evaluate whole --set data.test=odd
expect 3 "odd:3: a user's last word that nobody answers" \
  "$lectern" evaluate whole --set data.test=odd --strict

printf 'hello\n\ngood day\n' > mute
expect 3 "mute: the system says nothing" "$lectern" train "$recipe" --run-dir x3 $small \
  --set data.train=mute --set task.loss_on=system
printf 'hello\n\ngood day\nhello\n' > mute
expect 0 "mute: 1 dialogues or parts in which the system says nothing are left out" \
  "$lectern" train "$recipe" --run-dir x4 $small --max-steps 2 --set data.valid=mute \
  --set task.loss_on=system

finish

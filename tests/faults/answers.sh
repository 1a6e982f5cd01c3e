# Question answering: train, go on after a stop, evaluate, answer; and files of SQuAD's form that are
# broken.
. "$(dirname "$0")/common.sh"

cat > small.toml << 'TOML'
[task]
name = "question_answering"
length = 64
question_length = 16
stride = 24
max_answer = 6
[data]
train = "facts/train.json"
valid = "facts/valid.json"
test = "facts/test.json"
[tokenizer]
kind = "word"
vocab_size = 300
[model]
d_model = 16
nhead = 2
num_layers = 1
dim_feedforward = 32
max_length = 64
[train]
learning_rate = 0.01
warmup_steps = 2
schedule = "constant"
max_steps = 6
batch_size = 8
valid_every = 3
save_every = 1
threads = 1
[log]
log_every = 1
tensorboard = false
TOML

expect 0 "facts: wrote train.json" "$lectern" data facts --to facts
expect 0 "" "$lectern" data facts --to facts
expect 2 "data facts: the facts corpus has no French" "$lectern" data facts --french

expect 0 "new best" "$lectern" train small.toml --run-dir run
expect 0 "" "$lectern" train small.toml --run-dir run-2 --max-steps 2 --quiet
expect 0 "resumed at step 2" "$lectern" train small.toml --run-dir run-2 --resume auto
that "the bits of an uninterrupted run" cmp "$(checkpoint run 6)" "$(checkpoint run-2 6)"
for split in train valid test; do
  expect 0 "^F1 = .*, exact match = " "$lectern" evaluate run --split $split
done
expect 0 "without learning: F1 = " "$lectern" evaluate run -o said.json
that "an answer to each of 480 questions" [ "$(grep -c '"test-' said.json)" = 480 ]
expect 0 "" "$lectern" evaluate run -o said.html --set task.shown=2
that "two passages" [ "$(grep -o 'class="passage"' said.html | wc -l)" = 2 ]
that "whose answers are marked" grep -q "<mark>" said.html
expect 2 "no use for decode.beam_size\|has no use for it" "$lectern" evaluate run --beam-size 3

# a passage and a question of one's own
printf 'Zoë’s key is in the red box.\nIt is old.\n' > passage.txt
expect 0 "^sentence: " "$lectern" answer run --passage passage.txt "Where is the key?"
that "the answer is a part of the passage" grep -qF -- "$(head -n 1 out)" passage.txt
cp out first
expect 0 "probability = 0\.[0-9]*, characters" "$lectern" answer run --passage passage.txt \
  "Where is the key?" --threads 2
that "the same with two threads" cmp out first
expect 2 "the question has no word in it" "$lectern" answer run --passage passage.txt " "
expect 2 "the passage has no word in it" "$lectern" answer run --passage /dev/null "Where?"
expect 3 "absent.txt" "$lectern" answer run --passage absent.txt "Where?"
long="Where where where where where where where where where where where where where where where?"
expect 0 "the question: 1 line with more tokens than the model reads, cut" \
  "$lectern" answer run --passage passage.txt "$long"
expect 3 "the question:1: more tokens than the model reads" \
  "$lectern" answer run --passage passage.txt "$long" --strict
"$lectern" data toy --to toy 2> /dev/null
printf '[task]\nname = "copy"\nlength = 8\n[model]\nd_model = 8\nnhead = 1\nnum_layers = 1
max_length = 16\n[train]\nmax_steps = 1\nwarmup_steps = 1\n' > copy.toml
expect 0 "" "$lectern" train copy.toml --run-dir copy --quiet
expect 2 "this run learned the task copy, and this command is for question_answering" \
  "$lectern" answer copy --passage passage.txt "Where?"

# broken files: what is wrong, and where
broken() {
  expect 3 "$2" "$lectern" evaluate run --set data.test="$1"
}
: > empty.json && broken empty.json "empty.json: the file is empty"
head -c 3000 facts/test.json > cut.json && broken cut.json "cut.json:1: this is no JSON from byte 3001 on"
gzip -c facts/test.json | head -c 900 > cut.json.gz && broken cut.json.gz "damaged or cut off"
broken passage.txt "passage.txt:1: this is no JSON from byte 1 on"
echo '[]' > list.json && broken list.json "the file is a list, expected an object"
echo '{}' > none.json && broken none.json '"data" is missing, expected a list'
echo '{"data": [{"title": "A"}]}' > bare.json
broken bare.json 'article 1 (A): "paragraphs" is missing, expected a list'
echo '{"data": [{"paragraphs": [{"context": 3}]}]}' > number.json
broken number.json 'article 1, paragraph 1: "context" is 3, expected text'
entry() { echo '{"data": [{"title": "A", "paragraphs": [{"context": "Zoë is in.", "qas": [
  {"id": "good", "question": "Who?", "answers": [{"text": "Zoë", "answer_start": 0}]},
  '"$1"']}]}]}'; }
entry '{"id": "x", "question": "Who?"}' > unanswered.json
broken unanswered.json 'question 2 (x): "answers" is missing, expected a list'
entry '{"id": "x", "question": "Where?", "answers": [{"text": "in", "answer_start": "7"}]}' > word.json
broken word.json '"answer_start" is "7", expected a whole number from 0 on'
printf '{"data": "\377"}' > latin.json && broken latin.json "latin.json:1: this is no JSON"

# what can be left out is counted, and refused with --strict
left_out() {
  expect 0 "$2" "$lectern" evaluate run --set data.test="$1"
  expect 3 "$1: question 2: " "$lectern" evaluate run --set data.test="$1" --strict
}
entry '{"id": "x", "question": "Where?", "answers": [{"text": "in", "answer_start": 8}]}' > bytes.json
left_out bytes.json "1 question with an answer that does not stand at its answer_start, left out"
entry '{"id": "x", "question": "Where?", "answers": []}' > two.json
left_out two.json "1 question with no answer, left out (first: question 2: id x)"
entry '{"id": "good", "question": "Where?", "answers": [{"text": "in", "answer_start": 7}]}' > twice.json
left_out twice.json "1 question with an id that came before, left out"

# settings that contradict each other
expect 2 "task.length = 100 .*model.max_length" "$lectern" train small.toml --set task.length=100
expect 2 "task.stride = 60 leaves tokens of a passage out" \
  "$lectern" train small.toml --set task.stride=60
expect 2 "task.question_length = 64 leaves no room" \
  "$lectern" train small.toml --set task.question_length=64
expect 2 "data.train is not set" "$lectern" train small.toml --run-dir x --set data.train=
expect 3 "its 1 article cannot be shared out" \
  "$lectern" train small.toml --run-dir y --set data.valid=
finish

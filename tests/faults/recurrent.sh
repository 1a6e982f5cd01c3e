# A recurrent translator is trained, resumed, asked, looked at and averaged like any other model; what
# means nothing to it is told or refused.
. "$(dirname "$0")/common.sh"
prepare
cp toy/test.de toy/test.en .
edit tiny.toml 's/^valid = .*/&\
test = "test"/'
edit tiny.toml 's/^nhead = .*//; s/^dim_feedforward = .*//; s/^\[model\]/&\
architecture = "recurrent"/'

expect 0 "" train --run-dir whole --quiet --max-steps 12
expect 0 "" train --run-dir parts --quiet --max-steps 6
expect 0 "" train --run-dir parts --quiet --max-steps 12 --resume auto
that "resumed, it learns the same" same_metrics whole parts

"$lectern" translate whole < test.de > whole.en
that "a line for every line" [ "$(wc -l < whole.en)" -eq "$(wc -l < test.de)" ]
expect 0 "" sh -c "head -n 3 test.de | '$lectern' translate whole --n-best 3 --beam-size 3"
expect 0 "" sh -c "head -n 3 test.de | '$lectern' translate whole --temperature 1 --top-k 5"
expect 0 "BLEU" "$lectern" evaluate whole
expect 0 "wrote page.html" "$lectern" attention whole "Ein Hund rennt ." -o page.html
expect 0 "wrote page.svg" "$lectern" attention whole "Ein Hund rennt ." -o page.svg
expect 2 "nothing is hashed here" "$lectern" attention whole --buckets
expect 0 "the mean of" "$lectern" average "$(checkpoint whole 12)" whole/best -o mean.safetensors
expect 0 "decoder.layer0.hidden" "$lectern" inspect whole
expect 0 "architecture = .recurrent." "$lectern" inspect whole

expect 0 "nhead = 4 has no effect" train --run-dir told --max-steps 1 --nhead 4
expect 2 "cannot all start from" train --run-dir no --set model.num_encoder_layers=3
expect 2 "is not one of" train --run-dir no --set model.cell=lstn
for cell in rnn gru; do
  expect 0 "" train --run-dir $cell --quiet --max-steps 2 --set model.cell=$cell
done
for score in scaled_dot general additive content location none; do
  expect 0 "" train --run-dir $score --quiet --max-steps 2 --set model.attention_score=$score
  expect 0 "" sh -c "head -n 2 test.de | '$lectern' translate $score"
done
expect 2 "model.attention_score = \"none\"" "$lectern" attention none "Ein Hund rennt ."

# A recurrent language model attends to nothing at all.
cat > text.toml << 'TOML'
[task]
name = "language_model"
length = 16
[model]
architecture = "recurrent"
d_model = 16
num_layers = 1
[train]
max_steps = 2
warmup_steps = 1
batch_size = 2
TOML
expect 0 "nhead = 2 has no effect" "$lectern" train text.toml --run-dir text --set data.train=train.en \
  --set model.nhead=2
expect 0 "a dog" "$lectern" generate text "a dog" --max-length 8
expect 2 "nothing is looked at here" "$lectern" attention text
finish

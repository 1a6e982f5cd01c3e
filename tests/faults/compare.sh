# `lectern compare`: a finished run is never repeated, a stopped one goes on, what changed is refused.
. "$(dirname "$0")/common.sh"

cat > base.toml << 'TOML'
[task]
name = "recall"
length = 32
pairs = 4
symbols = 8
train_size = 400
valid_size = 8
test_size = 40
[model]
d_model = 16
nhead = 1
num_layers = 1
dim_feedforward = 32
max_length = 32
norm_first = true
[train]
warmup_steps = 2
max_steps = 6
batch_size = 8
valid_every = 6
save_every = 1
TOML
write_experiment

expect 0 "^window/seed-2$" "$lectern" compare few.toml --dry-run
that "five lines: four trainings and how many" [ "$(wc -l < out)" = 5 ]

expect 0 "4 trainings, 0 of them finished" "$lectern" compare few.toml --run-dir whole
that "a line for each run" [ "$(wc -l < whole/compare.csv)" = 5 ]
that "a page" grep -q "</html>" whole/report.html
cp whole/compare.csv before.csv

expect 0 "4 trainings, 4 of them finished" "$lectern" compare few.toml --run-dir whole
that "the second time the same figures" cmp before.csv whole/compare.csv

# A run whose result is lost is scored again from its checkpoint.
rm whole/window/seed-2/result.json
expect 0 "4 trainings, 3 of them finished" "$lectern" compare few.toml --run-dir whole
cut -d, -f1-8 before.csv > a
cut -d, -f1-8 whole/compare.csv > b
that "scored again, it has the same score" cmp a b

# A training that diverges is a result, too, and the others count without it.
cat > wild.toml << 'TOML'
[experiment]
base = "base.toml"
seeds = [1, 2]
[variants.exact]
model.attention = "exact"
[variants.wild]
model.attention = "exact"
train.learning_rate = 1e6
train.optimizer = "sgd"
train.clip_norm = 0
TOML
expect 0 "diverged: step" "$lectern" compare wild.toml --run-dir wild
that "two lines of scores and two without" [ "$(grep -c "diverged: step" wild/compare.csv)" = 2 ]
that "the page says it" grep -q "wild, seed 2, diverged and counts in no figure" wild/report.html
expect 0 "4 trainings, 4 of them finished" "$lectern" compare wild.toml --run-dir wild

# What was killed after three of six steps goes on, and is what it would have been.
"$lectern" train base.toml --run-dir part/exact/seed-1 --set train.seed=1 --max-steps 3 --quiet
expect 0 "" "$lectern" compare few.toml --run-dir part
cut -d, -f1-8 part/compare.csv > b
that "stopped and gone on with, it has the same score" cmp a b
that "and was not begun anew" grep -q "resumed at step 3" part/exact/seed-1/log.txt

# The experiment has changed under its runs.
sed 's/attention.window = 4/attention.window = 5/' few.toml > other.toml
expect 2 "this run was made with attention.window = 4, and the experiment now says 5" \
  "$lectern" compare other.toml --run-dir whole
expect 2 "the seeds are the experiment's" "$lectern" compare few.toml --run-dir whole --seed 4
expect 2 "absent.toml" "$lectern" compare absent.toml
echo '{' > whole/exact/seed-1/result.json
expect 3 "is damaged; delete it" "$lectern" compare few.toml --run-dir whole

finish

# Read by the scripts beside it, which are called with the program as their first word.
# A script ends with 0 when every expectation held, with 77 when it cannot be tried here.
set -u
lectern=$(realpath "$1")
shift
place=$(mktemp -d)
process=
clean() {
  [ -z "$process" ] || kill -9 "$process" 2> /dev/null
  rm -rf "$place"
}
trap clean EXIT
cd "$place" || exit 1
held=0
broken=0

# tell HELD WHAT: counts an expectation and names it when it did not hold.
tell() {
  if [ "$1" = yes ]; then
    held=$((held + 1))
  else
    broken=$((broken + 1))
    echo "BROKEN: $2"
  fi
}

# edit FILE SCRIPT: sed in place, which not every sed does by itself.
edit() { sed "$2" "$1" > "$1.edited" && mv "$1.edited" "$1"; }

# expect CODE PATTERN COMMAND…: the command must end with CODE, and PATTERN (of grep) be in what it
# says. Standard input is empty; what it writes is in the files out and err.
expect() {
  expected=$1 pattern=$2
  shift 2
  "$@" > out 2> err < /dev/null
  code=$?
  if [ "$code" = "$expected" ] && { [ -z "$pattern" ] || cat out err | grep -q -- "$pattern"; }; then
    tell yes ""
  else
    tell no "$*: expected $expected and \"$pattern\", got $code and: $(head -c 600 err)"
  fi
}

# that WHAT COMMAND…: the command must succeed.
that() {
  what=$1
  shift
  if "$@" > /dev/null 2>&1; then tell yes ""; else tell no "$what ($*)"; fi
}

finish() {
  echo "$held of $((held + broken)) expectations held"
  [ "$broken" = 0 ]
  exit
}

# A corpus of some hundred sentences, and a model that learns it badly in a second.
prepare() {
  "$lectern" data toy --to toy 2> /dev/null
  for language in de en; do
    head -n 200 "toy/train.$language" > "train.$language"
    head -n 10 "toy/valid.$language" > "valid.$language"
  done
  cat > tiny.toml << 'TOML'
[data]
train = "train"
valid = "valid"
max_length = 60
[tokenizer]
kind = "word"
vocab_size = 400
[model]
d_model = 16
nhead = 2
num_encoder_layers = 1
num_decoder_layers = 1
dim_feedforward = 32
max_length = 64
[train]
learning_rate = 0.01
warmup_steps = 4
schedule = "constant"
max_steps = 12
batch_tokens = 400
valid_every = 6
save_every = 1
keep_last = 3
threads = 1
[decode]
beam_size = 2
max_length = 8
[log]
log_every = 1
tensorboard = false
TOML
}

# An experiment of four trainings, few.toml, over a configuration base.toml that is to be written.
write_experiment() {
  cat > few.toml << 'TOML'
[experiment]
base = "base.toml"
seeds = [1, 2]
[variants.exact]
model.attention = "exact"
[variants.window]
model.attention = "window"
attention.window = 4
TOML
}

train() { "$lectern" train tiny.toml "$@"; }

# start …: trains in the background; the variable process is its number.
start() {
  "$lectern" train tiny.toml --quiet "$@" &
  process=$!
}

# The number of the newest checkpoint of a run, 0 if there is none.
newest() {
  ls "$1/checkpoints" 2> /dev/null | sed -n 's/^step-0*\([0-9]*\)\.safetensors$/\1/p' |
    sort -n | tail -n 1 | grep . || echo 0
}

checkpoint() { printf '%s/checkpoints/step-%06d.safetensors' "$1" "$2"; }

# Waits until the run has saved beyond a step, ten seconds at most.
wait_for_save() {
  tries=0
  while [ "$(newest "$1")" -le "$2" ] && [ $tries -lt 500 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
}

# metrics.jsonl without what the clock says.
metrics() { sed 's/,"time":{[^}]*}//' "$1/metrics.jsonl"; }
same_metrics() { [ "$(metrics "$1")" = "$(metrics "$2")" ]; }

# flip FILE OFFSET: changes one bit of a file.
flip() {
  byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
  printf "\\$(printf %03o $((byte ^ 16)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}

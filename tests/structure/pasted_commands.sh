#!/bin/bash
# pasted_commands.sh HOUSE PROGRAM: types what README.md, the book's own pages (its chapters have tests of
# their own), the demo's last line and the examples of `lectern COMMAND -h` say, word for word. Only what needs the network, a GPU or minutes is left out,
# and the trainings and measurements are given flags that make them short.
set -eu
house=$1 program=$(realpath "$2")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
ln -s "$house"/{tasks,script} .
mkdir -p build/release data/multi30k
ln -s "$(dirname "$program")" build/release/bin

# What the commands read: the built-in corpora, one of them in the place of Multi30k, a book, and a small
# DistilBERT.
"$program" data dialogues 2> /dev/null
"$program" data facts 2> /dev/null
"$program" data toy --to toy 2> /dev/null
for language in de en; do
  head -n 300 toy/train.$language > data/multi30k/train.$language
  head -n 8 toy/valid.$language > data/multi30k/val.$language
  head -n 8 toy/test.$language > data/multi30k/test_2016_flickr.$language
done
cp data/multi30k/val.de german.txt
cp data/multi30k/val.en reference.en
cp reference.en translated.en
head -n 400 toy/train.en > book.txt
cp -r "$house/tests/reference/distilbert" distilbert-base-uncased

quick="--max-steps 2 --set model.d_model=16 --set model.dim_feedforward=16 --set decode.max_length=8"
small="--set tokenizer.vocab_size=300 --set task.valid_size=8 --set task.test_size=8 --save-every 1"
# measure WORD…: `lectern bench`, whose longest sequence is another
measure() {
  local words=()
  while [ $# -gt 0 ]; do
    if [ "$1" = --longest ]; then shift; else words+=("$1"); fi
    shift
  done
  command lectern "${words[@]}" --longest 512
}
lectern() {
  case $1 in
    train) command lectern "$@" $quick $small ;;
    bench) measure "$@" ;;
    compare) command lectern "$@" --max-steps 2 --rounds 1 --set task.valid_size=8 --set task.test_size=8 ;;
    chat) command lectern "$@" < german.txt ;;
    *) command lectern "$@" ;;
  esac
}

# type COMMAND: as a reader would.
typed=0
type_in() {
  case $1 in
    *"data multi30k"* | "mpirun "* | *./script/* | script/* | "cmake --preset"* | build/cuda/* | "lectern demo" | \
      "lectern complexity"* | "lectern zoo"*) return ;;
  esac
  typed=$((typed + 1))
  if ! eval "$1" > said 2>&1; then
    echo "does not work as typed: $1"
    cat said
    exit 1
  fi
}

# Commands stand in the blocks of a page that are marked as a shell's; a \ goes on in the next line.
while IFS= read -r line; do type_in "$line"; done < <(
  awk '/^```sh/ { shell = 1; next } /^```/ { shell = 0 } shell && NF' "$house/README.md" "$house"/docs/book/*.md "$house"/docs/book/*/*.md |
    sed -e ':join' -e '/\\$/ { N; s/\\\n//; b join' -e '}')

# The examples of every command. Where they name runs and checkpoints, those are there.
mkdir -p runs && [ -d runs/book ] ||
  lectern train tasks/language_model/language_model.toml --set data.train=book.txt \
    --run-dir runs/book --quiet
lectern train tasks/chatbot/tiny.toml --run-dir runs/tiny-chat --quiet
lectern train tasks/question_answering/tiny.toml --run-dir runs/facts --quiet
echo "The key of Anna is in the red box." > facts.txt
lectern train tasks/grammar/tiny.toml --set data.train=toy/train.en --set data.valid=toy/valid.en \
  --run-dir runs/grammar --quiet
cp german.txt essay.txt
cp reference.en clean.txt
gzip -c book.txt > train.txt.gz
rm -rf runs/m30k  # the example of `train` makes it anew
for name in $(command lectern -h | awk '/^  [a-z]/ { sub(",", "", $1); print $1 }'); do
  type_in "$(command lectern "$name" -h | tail -n 1 | sed 's/^ *//')"
  for step in 2000 2250; do
    [ "$name" != train ] ||
      cp "$(realpath runs/m30k/last)" runs/m30k/checkpoints/step-00$step.safetensors
  done
done

# The demo's last line, from where the program stands, and from a folder with a space in its name.
"$program" demo --run-dir "my runs/demo" $quick > said
type_in "$(sed -n 's/^Try it: //p' said)"
echo "$typed commands work as they are typed"

# Texts, configurations and command lines that are wrong in every way that people get them wrong.
. "$(dirname "$0")/common.sh"
prepare
expect 0 "new best" train --run-dir good
with_data() { train --run-dir "$(mktemp -u run-XXXXXX)" --set "data.train=$1"; }
pair() { printf "$2" > "$1.de"; printf "$3" > "$1.en"; }
translate() { "$lectern" translate good "$@"; }
lines_of() { wc -l < "$1" | tr -d ' '; }

# 18: a file that is missing, a folder, or not readable
expect 3 "nowhere.de: no such file, nor nowhere.de.gz" with_data nowhere
mkdir -p folder.de && cp train.en folder.en
expect 3 "folder.de: is a folder" with_data folder
expect 3 "absent: No such file" translate -i absent
expect 3 "folder.de: is a folder" translate -i folder.de
expect 2 "absent.toml: cannot be read" "$lectern" train absent.toml
expect 4 "absent: no such file or run folder" "$lectern" translate absent
if [ "$(id -u)" != 0 ]; then
  cp train.de secret.de && cp train.en secret.en && chmod 0 secret.de
  expect 3 "secret.de: Permission denied" with_data secret
fi

# 19: line counts that differ
sed '$d' train.de > short.de && cp train.en short.en
expect 3 "short.de has 199 lines, but short.en has 200" with_data short

# 20: empty lines
{ echo; cat train.de; } > holes.de && { echo "An extra line."; cat train.en; } > holes.en
expect 0 "1 pairs dropped because a side is empty" with_data holes
printf 'Der Hund rennt.\n\n   \nDie Frau liest.\n\n' > with_empty
expect 0 "" translate -i with_empty
that "5 lines in, 5 out" test "$(lines_of out)" = 5
that "empty lines stay empty" test "$(sed -n '2p;3p;5p' out)" = "$(printf '\n\n')"

# 21: characters that some programs take for the ends of lines
printf '\357\273\277Der Hund\342\200\250rennt.\r\nDie\302\205Frau\vliest\fein\rBuch.\r\n' > odd
expect 0 "" translate -i odd
that "2 lines in, 2 out" test "$(lines_of out)" = 2

# 22: invalid UTF-8: overlong, a surrogate, cut off
printf 'Der \300\200 Hund\nein \355\240\200 Mann\nein Kind\neine Frau \342\202\n' > broken
expect 0 "broken: 3 lines with invalid UTF-8 (line 1, 2, 4)" translate -i broken
that "4 lines in, 4 out" test "$(lines_of out)" = 4
expect 3 "broken:1: invalid UTF-8" translate -i broken --strict
{ cat train.de; printf '\377\n'; } > spoilt.de && { cat train.en; echo x; } > spoilt.en
expect 0 "spoilt.de: 1 line with invalid UTF-8 (line 201)" with_data spoilt
expect 3 "spoilt.de:201: invalid UTF-8" \
  train --run-dir strict --set data.train=spoilt --strict

# 23: NUL bytes, and text that spells control tokens
printf 'Der \0 Hund\n<s> </s> <pad>\n<pad><pad>\n' > control
expect 0 "" translate -i control
that "3 lines in, 3 out" test "$(lines_of out)" = 3
"$lectern" tokenizer encode good --ids -i control > ids
that "no control token" test -z "$(tr ' ' '\n' < ids | grep -x '[012]')"

# 24: a line of a megabyte, a word of a hundred thousand letters
{ head -c 1048576 /dev/zero | tr '\0' 'x'; echo; echo "Der Hund rennt."; } > long
expect 0 "long: 1 line cut because too long" translate -i long
that "2 lines in, 2 out" test "$(lines_of out)" = 2
{ head -c 100000 /dev/zero | tr '\0' 'x'; echo; cat train.de; } > wide.de
{ echo "A word."; cat train.en; } > wide.en
expect 0 "wide.de: 1 line cut because too long" with_data wide

# 25: a .gz that is cut off, damaged, or none
gzip -c train.de > packed.de.gz && gzip -c train.en > packed.en.gz
expect 0 "200 pairs" with_data packed
size=$(wc -c < packed.de.gz)
cp packed.en.gz cut.en.gz && head -c $((size / 2)) packed.de.gz > cut.de.gz
expect 3 "cut.de.gz: damaged or cut off" with_data cut
cp packed.en.gz bent.en.gz && cp packed.de.gz bent.de.gz && flip bent.de.gz $((size / 2))
expect 3 "bent.de.gz: damaged or cut off" with_data bent
cp packed.en.gz plain.en.gz && cp train.de plain.de.gz
expect 3 "plain.de.gz: is not gzip data" with_data plain

# 26: no sentence, one, fewer than a batch, only too long ones
pair none "" ""
expect 3 "the training text is empty" with_data none
pair blank "\n\n" "\n\n"
expect 3 "the training text is empty" with_data blank
pair one "Der Hund rennt.\n" "The dog runs.\n"
expect 0 "data: 1 pairs" with_data one
expect 3 "all 200 pairs of data.train are longer than data.max_length = 1" \
  train --run-dir too-long --set data.max_length=1
printf '' > nothing
expect 0 "" translate -i nothing
that "0 lines in, 0 out" test "$(lines_of out)" = 0

# 27: token numbers outside the vocabulary
printf '4 5 6\n4 99999 6\n' > numbers
expect 3 'numbers:2: "99999" is not a token number from 0 to' \
  "$lectern" tokenizer decode good -i numbers
for wrong in -1 4294967300 99999999999999999999 4x x; do
  printf '4 %s\n' "$wrong" > numbers
  expect 3 "numbers:1: \"$wrong\" is not a token number" \
    "$lectern" tokenizer decode good -i numbers
done

# 28: a vocabulary too small or too large for the text
for kind in bpe unigram; do
  expect 3 "tokenizer.vocab_size = 8 is too small for the training text; try at least" \
    train --run-dir "small-$kind" --set tokenizer.kind=$kind --set tokenizer.vocab_size=8
  expect 3 "tokenizer.vocab_size = 90000 is too large for the training text; try at most" \
    train --run-dir "large-$kind" --set tokenizer.kind=$kind --set tokenizer.vocab_size=90000
done
# A run that failed before it began does not keep its folder.
expect 0 "new best" train --run-dir small-bpe

# 30: misspelt keys, flags and commands (a hundred of each are tried by the tests of the configuration)
expect 2 "did you mean" train --run-dir x --set model.d_modle=8
expect 2 "did you mean" train --run-dir x --bach-tokens 8
expect 2 "did you mean" "$lectern" trian tiny.toml
printf '[model]\nnhaed = 2\n' > misspelt.toml
expect 2 "misspelt.toml:2" "$lectern" train misspelt.toml

# 31: values that are none
for value in nan inf 1e400 -1 text; do
  expect 2 "train.learning_rate" train --run-dir x --set "train.learning_rate=$value"
done
printf '[model]\nd_model = 16\nnhead = 3\n' > heads.toml
expect 2 "heads.toml:3" "$lectern" train heads.toml

# 32: hostile configurations
{ printf 'a = '; head -c 100000 /dev/zero | tr '\0' '['; } > brackets.toml
expect 2 "brackets.toml" "$lectern" train brackets.toml
printf '[model]\nnhead = 2\nnhead = 4\n' > twice.toml
expect 2 "twice.toml:3" "$lectern" train twice.toml
head -c 100000000 /dev/zero | tr '\0' '#' > large.toml
expect 2 "larger than 1 MiB" "$lectern" train large.toml
rm large.toml

# 4 and 36: standard output that is full or closed, input without a last newline, a FIFO
head -n 50 train.de > fifty
"$lectern" translate good < fifty > out 2> err
that "50 lines in, 50 out" test "$(lines_of out)" = 50
"$lectern" translate good < fifty 2> err | head -n 1 > first
that "| head -1 is quiet" test ! -s err
that "| head -1 gives the first line" test "$(cat first)" = "$(head -n 1 out)"
expect 7 "standard output: cannot be written" sh -c "\"$lectern\" translate good < fifty > /dev/full"
printf 'Der Hund rennt.\nDie Frau liest.' > no_newline
expect 0 "" translate -i no_newline
that "2 lines in, 2 out" test "$(lines_of out)" = 2
mkfifo pipe
cat fifty > pipe &
expect 0 "" translate -i pipe
that "a FIFO gives 50 lines" test "$(lines_of out)" = 50
"$lectern" attention good "Der Hund rennt." -o /dev/full > out 2> err
that "-o /dev/full ends with 7" test $? = 7
that "-o /dev/full leaves the device" test -c /dev/full
finish

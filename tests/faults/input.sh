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
expect 3 "train.en has 200 lines, but short.de has 199" "$lectern" bleu short.de -i train.en

# 20: empty lines
{ echo; cat train.de; } > holes.de && { echo "An extra line."; cat train.en; } > holes.en
expect 0 "holes.en: 1 line with an empty side, left out (first: line 1)" with_data holes
expect 3 "holes.en:1: an empty side; correct the text" \
  train --run-dir strict --set data.train=holes --strict
{ printf '\343\200\200\n\302\240 \n'; cat train.de; } > wide_space.de
{ echo "One."; echo "Two."; cat train.en; } > wide_space.en
expect 0 "wide_space.en: 2 lines with an empty side, left out (first: line 1)" with_data wide_space
printf 'Der Hund rennt.\n\n   \nDie Frau liest.\n\n' > with_empty
expect 0 "" translate -i with_empty
that "5 lines in, 5 out" test "$(lines_of out)" = 5
that "empty lines stay empty" test "$(sed -n '2p;3p;5p' out)" = "$(printf '\n\n')"
expect 0 "" translate -i with_empty --n-best 2
that "5 lines in, 10 out" test "$(lines_of out)" = 10
expect 0 "" translate -i with_empty --n-best 2 --temperature 1
that "5 lines in, 10 drawn" test "$(lines_of out)" = 10
printf 'Der Hund rennt.\n\nDie Frau liest.\n' > gap.de && printf 'The dog runs.\nNo.\n\n' > gap.en
evaluate() { "$lectern" evaluate good --set data.test=gap -o scored "$@"; }
expect 0 "without 2 of 3 pairs" evaluate
expect 0 "perplexity of gap: 2 lines with an empty side, left out (first: line 2)" evaluate
that "3 pairs, 3 lines" test "$(lines_of scored)" = 3
that "line 2 stays empty" test -z "$(sed -n 2p scored)"
score=$(grep '^BLEU.*case:mixed' out | sed 's/.* = \([0-9.]*\) (.*/\1/')
expect 0 "BLEU.*= $score " "$lectern" bleu gap.en -i scored
expect 3 "gap:1: a translation that does not end" evaluate --strict
expect 2 "gap.en: is an input" "$lectern" evaluate good --set data.test=gap -o gap.en
expect 2 "is a folder" "$lectern" evaluate good --set data.test=gap -o .
expect 2 "there is no folder absent" "$lectern" evaluate good --set data.test=gap -o absent/file
expect 2 "belongs to a training run" "$lectern" attention good "Der Hund" -o good/best
printf '\343\200\200\n' > void.de && printf 'x\n' > void.en
expect 0 "perplexity is not measured" "$lectern" evaluate good --set data.test=void
that "no score is nan" test -z "$(grep -i nan out)"
expect 3 "perplexity of void:1: an empty side" \
  "$lectern" evaluate good --set data.test=void --strict
expect 2 "no word in it" "$lectern" attention good "  "
expect 0 "" "$lectern" attention good "Der Hund rennt." -o heads.SVG
that "endings in capitals are endings" grep -q '^<svg' heads.SVG

# 21: characters that some programs take for the ends of lines
printf '\357\273\277Der Hund\342\200\250rennt.\r\nDie\302\205Frau\vliest\fein\rBuch.\r\n' > odd
expect 0 "" translate -i odd
that "2 lines in, 2 out" test "$(lines_of out)" = 2

# 22: invalid UTF-8: overlong, a surrogate, cut off
printf 'Der \300\200 Hund\nein \355\240\200 Mann\nein Kind\neine Frau \342\202\n' > broken
expect 0 "broken: 3 lines with invalid UTF-8, made U+FFFD (first: line 1)" translate -i broken
that "4 lines in, 4 out" test "$(lines_of out)" = 4
expect 3 "broken:1: invalid UTF-8" translate -i broken --strict
{ cat train.de; printf '\377\n'; } > spoilt.de && { cat train.en; echo x; } > spoilt.en
expect 0 "spoilt.de: 1 line with invalid UTF-8, made U+FFFD (first: line 201)" with_data spoilt
expect 3 "spoilt.de:201: invalid UTF-8" \
  train --run-dir strict --set data.train=spoilt --strict
expect 0 "broken: 3 lines with invalid UTF-8" "$lectern" tokenizer encode good -i broken
expect 3 "broken:1: invalid UTF-8" "$lectern" tokenizer encode good -i broken --strict
expect 0 "broken: 3 lines with invalid UTF-8" "$lectern" bleu broken -i broken
expect 3 "broken:1: invalid UTF-8" "$lectern" bleu broken -i broken --strict
expect 0 "the text: 1 line with invalid UTF-8" "$lectern" attention good "$(printf 'Der \377')"
expect 3 "the text:1: invalid UTF-8" "$lectern" attention good "$(printf 'Der \377')" --strict
printf 'a b c d e \377\n' > one_byte && printf 'a b c d e \376\n' > other_byte
expect 0 "" "$lectern" bleu one_byte -i other_byte
that "different bytes differ" test -z "$(grep ' = 100.0' out)"

# 23: NUL bytes, and text that spells control tokens
printf 'Der \0 Hund\n<s> </s> <pad>\n<pad><pad>\n' > control
expect 0 "" translate -i control
that "3 lines in, 3 out" test "$(lines_of out)" = 3
"$lectern" tokenizer encode good --ids -i control > ids
that "no control token" test -z "$(tr ' ' '\n' < ids | grep -x '[012]')"

# More tokens than the model reads
{ echo "Der Hund rennt."; yes 'der Hund schläft' | head -n 60 | tr '\n' ' '; echo; } > many
reads="1 line with more tokens than the model reads, cut (first: line 2: 180 tokens, cut to 63)"
expect 0 "warning: many: $reads" translate -i many
expect 0 "warning: standard input: $reads" sh -c "\"$lectern\" translate good < many"
expect 3 "many:2: more tokens than the model reads: 180 tokens, cut to 63" translate -i many --strict
expect 0 "the text: 1 line .* (first: line 1: 180 tokens, cut to 63)" \
  "$lectern" attention good "$(sed -n 2p many)"
expect 3 "more tokens than the model reads" "$lectern" attention good "$(sed -n 2p many)" --strict
cp many many.de && printf 'The dog runs.\nIt sleeps.\n' > many.en
expect 0 "warning: many: $reads" "$lectern" evaluate good --set data.test=many
expect 0 "without 1 of 2 pairs" "$lectern" evaluate good --set data.test=many
expect 3 "many:2: more tokens" "$lectern" evaluate good --set data.test=many --strict
expect 0 "many: 1 line with more tokens than fit, left out (first: line 2: 180 tokens, at most 63" \
  train --run-dir long-valid --set data.valid=many

# Translations that the length limit cuts off are counted
yes "Der Hund rennt." | head -n 4 > four
expect 0 "warning: four: 4 lines with a translation that does not end, cut (first: line 1: after 1 tok" \
  translate -i four --max-length 1
that "4 lines in, 4 out" test "$(lines_of out)" = 4
expect 3 "four:1: a translation that does not end: after 1 tokens; try a larger decode.max_length" \
  translate -i four --max-length 1 --strict
expect 0 "the text: 1 line with a translation that does not end" \
  "$lectern" attention good "Der Hund" --max-length 1
expect 3 "the text:1: a translation that does not end" \
  "$lectern" attention good "Der Hund" --max-length 1 --strict

# One limit: what the model reads, without </s>
expect 2 "data.max_length = 64 and </s> behind them are above model.max_length = 64; try 63" \
  train --run-dir x --set data.max_length=64
{ yes Hund | head -n 63 | tr '\n' ' '; echo; yes Hund | head -n 64 | tr '\n' ' '; echo; cat train.de; } > full.de
{ yes "The dog runs." | head -n 2; cat train.en; } > full.en
expect 0 "full: 1 line with more tokens than fit, left out (first: line 2: 64 tokens, at most 63" \
  train --run-dir full --set data.train=full --set data.max_length=63
{ head -c 100000 /dev/zero | tr '\0' 'x'; echo; cat train.de; } > wide.de
{ echo "A word."; cat train.en; } > wide.en
expect 0 "1 line with a word of more than 10000 characters, cut (first: line 1)" with_data wide
{ yes 'same words ' | head -n 7000 | tr -d '\n'; echo x; } > tail_x
{ yes 'same words ' | head -n 7000 | tr -d '\n'; echo y z y z; } > tail_y
expect 0 "" "$lectern" bleu tail_x -i tail_y --width 4
that "a long line counts to its end" test -z "$(grep '^BLEU.* = 100.0000 ' out)"

# Standard input cannot be two texts
expect 2 "standard input (-) is given for two texts" "$lectern" bleu - -i -
expect 2 "standard input (-) is given for two texts" "$lectern" bleu -
expect 2 "standard input (-) is given for two texts" "$lectern" bleu train.en --baseline -

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
cp packed.en.gz more.en.gz && { cat packed.de.gz; echo garbage; } > more.de.gz
expect 3 "more.de.gz: something that is not gzip data follows" with_data more

# 26: no sentence, one, fewer than a batch, only too long ones
pair none "" ""
expect 3 "the training text is empty" with_data none
pair blank "\n\n" "\n\n"
expect 3 "the training text is empty" with_data blank
pair one "Der Hund rennt.\n" "The dog runs.\n"
expect 0 "data: 1 pairs" with_data one
expect 3 "all 200 pairs of data.train have more than 1 tokens, or none" \
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

printf '[data]\ntrain = "a\\u0000b"\n' > nul.toml
expect 2 "nul.toml:2: data.train: a NUL character" "$lectern" train nul.toml

# What is given twice, and what is given in vain
expect 2 "-i is given twice" translate -i four -i fifty
expect 2 "\-\-threads is given twice" translate --threads 1 --threads 2
expect 2 "data.test is given twice" evaluate --set data.test=gap
expect 2 "data.valid = gap has no effect: --split test does not read it" evaluate --set data.valid=gap
expect 2 "decode.n_best = 2 has no effect: only the best translation is scored" evaluate --n-best 2
for flag in "--n-best 2" "--batch-tokens 9" "--set data.test=gap"; do
  expect 2 "has no effect: .*; leave it out" "$lectern" attention good Hund $flag
done
case $("$lectern" doctor) in *cuda:0*) ;; *)
  for command in translate evaluate "attention --strict"; do
    expect 2 "train.precision = tf32 has no effect: this CPU calculates in fp32; leave it out" \
      "$lectern" $command good --set train.precision=tf32
  done ;;
esac
expect 2 "\-\-mirror has no effect" "$lectern" data toy --to toy --mirror http://localhost
expect 2 "\-\-longest has no effect: it is for attention, not for products" \
  "$lectern" bench products --longest 512
expect 2 "\-\-ids has no effect" "$lectern" tokenizer decode good --ids

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
that "| head -1 is no error" test -z "$(grep -v "^warning: .*does not end" err)"
that "| head -1 gives the first line" test "$(cat first)" = "$(head -n 1 out)"
expect 7 "standard output: cannot be written" sh -c "\"$lectern\" translate good < fifty > /dev/full"
printf 'Der Hund rennt.\nDie Frau liest.' > no_newline
expect 0 "" translate -i no_newline
that "2 lines in, 2 out" test "$(lines_of out)" = 2
mkfifo pipe
cat fifty > pipe &
expect 0 "" translate -i pipe
that "a FIFO gives 50 lines" test "$(lines_of out)" = 50

# A filter that does not wait: what has arrived is answered while the pipe stays open
wait_for_lines() {
  tries=0
  while [ "$(lines_of answers)" -lt "$1" ] && [ $tries -lt 500 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
  test "$(lines_of answers)" = "$1"
}
: > answers
"$lectern" translate good < pipe > answers 2> err &
process=$!
exec 3> pipe
echo "Der Hund rennt." >&3
that "one line is answered at once" wait_for_lines 1
printf 'Die Frau liest.\nEin halber' >&3
that "of one line and a half, one" wait_for_lines 2
echo " Satz." >&3
that "and the other when it is whole" wait_for_lines 3
head -n 20 train.de >&3
that "lines that come together" wait_for_lines 23
exec 3>&-
wait $process
that "and the end ends it" test $? = 0
{ echo "Der Hund rennt."; echo "Die Frau liest."; echo "Ein halber Satz."; head -n 20 train.de; } > whole
"$lectern" translate good < whole > at_once 2> err
that "the answers are those to the whole text" cmp answers at_once
"$lectern" attention good "Der Hund rennt." -o /dev/full > out 2> err
that "-o /dev/full ends with 7" test $? = 7
that "-o /dev/full leaves the device" test -c /dev/full
finish

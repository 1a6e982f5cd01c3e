# Checkpoints whose header is right and whose contents are not: weights that are no numbers or far too
# large, a configuration that no run can have had, a damaged tokenizer. Their checksums are put out of
# action, as in a file of another program.
. "$(dirname "$0")/common.sh"
prepare
cp toy/test.de toy/test.en .
expect 0 "" train --run-dir good --max-steps 3 --quiet
yes "The same line, again and again." | head -n 50 > text
cat > bytes.toml << 'TOML'
[task]
name = "language_model"
length = 16
[data]
train = "text"
test = "text"
[model]
d_model = 16
nhead = 2
num_layers = 1
dim_feedforward = 32
max_length = 64
TOML
bytes() { "$lectern" train bytes.toml --max-steps 2 --quiet --set log.tensorboard=false "$@"; }
expect 0 "" bytes --run-dir bytes
expect 0 "" bytes --run-dir hashed --set model.attention=lsh --set attention.exact_below=1 \
  --set attention.lsh_attn_chunk_length=4

# without_sums RUN FILE [OLD NEW]: the last checkpoint of a run without checksums; OLD of the header
# becomes NEW, which has its length.
without_sums() {
  LC_ALL=C sed "s/\"format_version\":/\"format_versio_\":/; s/\"crc32c\":/\"crc32_\":/${3:+; s/$3/$4/}" \
    "$1/last" > "$2"
  that "$2 has kept its length" test "$(wc -c < "$2")" = "$(wc -c < "$1/last")"
}

# poke FILE TENSOR FIRST COUNT BYTES: writes a number, its four bytes as printf reads them, over COUNT
# numbers of a tensor.
poke() {
  length=$(od -An -tu4 -N 4 "$1" | tr -d ' ')
  begin=$(head -c $((8 + length)) "$1" | grep -a -o "\"$2\":{[^}]*}" |
    sed 's/.*"data_offsets":\[\([0-9]*\),.*/\1/')
  that "$2 is in $1" test -n "$begin"
  printf "$5%.0s" $(seq "$4") |
    dd of="$1" bs=1 seek=$((8 + length + ${begin:-0} + 4 * $3)) conv=notrunc 2> /dev/null
}
nan='\000\000\300\177' inf='\000\000\200\177' large='\231\166\226\176'  # the last one: 1e38

# 39: weights that are not finite are refused by whatever opens them
for value in "$nan" "$inf"; do
  without_sums good broken
  poke broken encoder.layers.0.feed_forward.linear2.weight 19 1 "$value"
  for command in inspect translate "tokenizer encode" evaluate average "attention --strict"; do
    expect 4 'broken: the weight "encoder.*linear2.weight" \[32, 16\] is \(nan\|inf\) at \[1, 3\]' \
      "$lectern" $command broken
  done
done
without_sums bytes broken
poke broken generator.bias 7 1 "$nan"
expect 4 'the weight "generator.bias" \[256\] is nan at \[7\]' "$lectern" generate broken The
expect 4 "is nan at" bytes --run-dir on --resume broken

# Weights that are finite, and give an output that is not
says() { expect 6 "not finite\|the loss of this model is" "$@"; }
without_sums good large
poke large encoder.layers.0.norm2.weight 0 16 "$large"
poke large decoder.layers.0.norm3.weight 0 16 "$large"
poke large source_embedding.weight 0 6400 "$large"
expect 0 "" "$lectern" inspect large
for how in "--beam-size 2" "--beam-size 1" "--temperature 1" --by-definition; do
  says "$lectern" translate large -i test.de $how
done
says "$lectern" attention large Hund -o page.html
that "no page was written" test ! -e page.html
says "$lectern" evaluate large --set data.test=test
for run in bytes hashed; do
  without_sums $run large-$run
  poke large-$run encoder.layers.0.norm1.weight 0 16 "$large"
  poke large-$run encoder.embedding.weight 0 4096 "$large"
  says "$lectern" evaluate large-$run
done
says "$lectern" generate large-bytes The
says "$lectern" generate large-bytes The --temperature 1
says "$lectern" attention large-hashed "The same line" --buckets

# A configuration that is the checkpoint's own is the checkpoint's fault
without_sums good heads "nhead = 2" "nhead = 3"
without_sums good key "nhead = 2" "nhaed = 2"
without_sums good pattern 'attention = \\"exact' 'attention = \\"exakt'
without_sums good value "dropout = 0.1" "dropout = 7.1"
for name in heads key pattern value; do
  for command in translate evaluate "average good"; do
    expect 4 "$name:[0-9]*: .*(in the configuration that this checkpoint holds" \
      "$lectern" $command $name
  done
done
without_sums good old "max_length = 60" "max_length = 64"  # earlier versions took one too many
expect 0 "" "$lectern" translate old -i test.de
expect 2 "decode.max_length = 0 is not a whole number" "$lectern" translate good --max-length 0

# A vocabulary with a word that commands the terminal: it shows it; a file or a program gets it as it is
escape=$(printf '\033')
without_sums good crafted '^Hund$' "$escape[1m"
echo Hund | "$lectern" tokenizer encode good --ids > number
expect 0 "$escape" "$lectern" tokenizer decode crafted -i number
if script -qec true /dev/null > /dev/null 2>&1; then
  expect 0 '\\x1b\[1m' script -qec "'$lectern' tokenizer decode crafted -i number" /dev/null
  that "no escape reaches the terminal" test -z "$(grep "$escape" out)"
fi

# A tokenizer that is none
without_sums good kind 'tokenizer.kind":"word' 'tokenizer.kind":"ward'
expect 4 'kind: "tokenizer.source": .*of the kind "ward", which is none of' \
  "$lectern" translate kind
finish

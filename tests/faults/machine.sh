# machine.sh LECTERN [SANITIZER]
# A machine on which nothing can be relied on: closed descriptors, files that may not grow, memory and
# processes that run out; and names that try to command the terminal.
. "$(dirname "$0")/common.sh"
sanitizer=${1:-}
prepare
expect 0 "new best" train --run-dir good
escape=$(printf '\033')
says_no_escape() { ! grep -q "$escape" out err; }

# descriptors 0 to 2 closed: no file takes their place
"$lectern" train tiny.toml --run-dir closed --quiet 2>&-
that "a training without standard error" test $? = 0
that "says nothing in its files" grep -qx "process [0-9]*" closed/lock
"$lectern" inspect good >&- 2> err
that "standard output closed ends with 7" test $? = 7
that "and says so" grep -q "standard output: cannot be written" err
"$lectern" translate good <&- > out 2> err
that "standard input closed is empty" test $? = 0
that "and translates nothing" test ! -s out

# a file that may not grow (SIGXFSZ)
(
  ulimit -f 100
  "$lectern" train tiny.toml --run-dir limited --quiet 2> err
)
that "a file size limit ends with 7" test $? = 7
that "with a sentence" grep -q "error: .*File too large" err
that "and leaves nothing half written" test -z "$(find limited -name '*.tmp')"

# little memory: a model that does not fit. (A sanitizer reserves more than there is.)
if [ -z "$sanitizer" ]; then
  (
    ulimit -v 900000
    "$lectern" train tiny.toml --run-dir large --quiet --set model.d_model=2048 \
      --set model.dim_feedforward=16384 2> err
  )
  that "memory that is limited ends with 5" test $? = 5
  that "with advice" grep -q "error: out of memory.*--batch-tokens" err
fi

# a processor, or a program, that does not multiply bf16
case $("$lectern" doctor | sed -n 's/^compiled for *//p') in
  *AVX-512BF16*)
    expect 0 "new best" train --run-dir rounded --precision bf16
    expect 0 "" "$lectern" translate rounded --set train.precision=fp32 ;;
  *)
    expect 2 "train.precision = bf16: .* does not multiply bf16" train --run-dir rounded \
      --precision bf16
    that "a training that is refused leaves no folder" test ! -e rounded ;;
esac

# escapes in names, metadata and paths
header='{"__metadata__":{"a\u001b[31m":"\u001b[2J\n"},"w\u001b]0;x\u0007":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
size=$(printf %s "$header" | wc -c)
{ printf "\\$(printf %03o $((size & 255)))\0\0\0\0\0\0\0%s\0\0\0\0" "$header"; } > names
expect 0 'w\\x1b\]0;x\\x07' "$lectern" inspect names
that "inspect shows no escape" says_no_escape
expect 0 "no checksums in this file" "$lectern" inspect names
expect 4 'no\\x1b\[31mfile' "$lectern" inspect "no$escape[31mfile"
that "a path shows no escape" says_no_escape
expect 2 "did you mean\|unknown command" "$lectern" "tr$escape[31mian"
that "a word shows no escape" says_no_escape
finish

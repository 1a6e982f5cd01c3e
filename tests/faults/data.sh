# What `lectern data` writes, fetches and leaves alone.
. "$(dirname "$0")/common.sh"

# The built-in corpus, and files of somebody else's
expect 0 "wrote 12000 pairs" "$lectern" data toy --to toy
expect 0 "" "$lectern" data toy --to toy
mkdir mine && echo "Meine Zeile." > mine/valid.de
expect 3 "mine/valid.de: is there already, with other text in it" "$lectern" data toy --to mine
that "nothing was written" test "$(ls mine)" = valid.de
that "and nothing changed" grep -q Meine mine/valid.de

# Multi30k: files whose SHA-256 is not the pinned one never get the name
command -v curl > /dev/null || { echo "curl is not here"; finish; }
mkdir served && for part in train val test_2016_flickr; do
  for language in de en; do echo "$part" | gzip > served/$part.$language.gz; done
done
fetch() { http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 \
  "$lectern" data multi30k --to fetched "$@"; }
expect 3 "served/train.de.gz: its SHA-256 is not" fetch --from served
expect 3 "train.de.gz: no mirror gave the file" fetch --mirror "file://$place/served"
that "the wrong file is gone" test -z "$(ls fetched)"
head -c 100000 /dev/zero > fetched/train.de.gz.part
expect 3 "fetched/train.de.gz.part is no beginning of it; fetching the whole" \
  fetch --mirror "file://$place/served"
echo mine > fetched/train.de.gz
expect 3 "fetched/train.de.gz: is there already, and is not the published file" fetch
mkdir -- -odd && for odd in ./-odd "back\\slash"; do
  cp -r served/. "$odd"
  expect 3 "its SHA-256 is not" "$lectern" data multi30k --to other "--from=$odd"
done
finish

# The bug zoo: what it refuses, and a short training of one bug with its page and its record.
. "$(dirname "$0")/common.sh"

expect 2 "there is no bug 'leaky'; there are leaky_mask, missing_scale" "$lectern" zoo leaky
expect 2 "seeds" "$lectern" zoo leaky_mask --seeds 0
expect 2 "steps" "$lectern" zoo leaky_mask --steps 5
expect 2 "zoo.html" "$lectern" zoo leaky_mask -o nowhere/zoo.html
expect 0 "" "$lectern" zoo shifted_target --seeds 1 --steps 20 --record kept.json
that "few seeds are told" grep -q "Fewer than three seeds" out
that "the page was written" grep -q "Training A" zoo.html
that "what was trained is told" grep -q "shifted_target, seed 1" err
that "the instrument is printed" grep -q "very word that it is to say: 100 %; healthy" out
expect 0 "" "$lectern" zoo --from kept.json -o again.html
that "a page of a record is the page" cmp zoo.html again.html
expect 2 "trains nothing" "$lectern" zoo leaky_mask --from kept.json
expect 2 "trains nothing" "$lectern" zoo --from kept.json --steps 30
expect 2 "kept.json" "$lectern" zoo --from kept.json -o kept.json
expect 2 "same.html" "$lectern" zoo leaky_mask -o same.html --record same.html
expect 3 "missing.json" "$lectern" zoo --from missing.json
head -c 300 kept.json > half.json
expect 3 "half.json: is not what" "$lectern" zoo --from half.json
that "the record is as it was" test -s kept.json
finish

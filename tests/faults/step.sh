# The profile of a training step: its sums, its page, and what has none.
. "$(dirname "$0")/common.sh"
prepare
expect 0 "" train --run-dir toy-run --quiet
expect 0 "wrote step.html" "$lectern" inspect toy-run --step
cp out said

# The film's maximum is the allocator's high-water mark, to the byte.
that "the peak is said twice" grep -q '^peak memory  *\([0-9]*\) bytes in the film, \1 by the allocator' said
peak=$(sed -n 's/^peak memory *\([0-9]*\) .*/\1/p' said)
that "the page says the same peak" grep -q "$peak bytes, the allocator" step.html
# What nobody measures lies between the spans: the sum is below the step.
that "the sum is a part of the step" awk '/^step / { step = $2 } /^sum of its ops/ { sum = $5 }
  END { exit !(sum > 0 && sum <= step) }' said

that "the page is below 2 MB" [ "$(wc -c < step.html)" -lt 2000000 ]
that "the page loads nothing" sh -c \
  "! grep -o 'http[^\" ]*' step.html | grep -v 'http://www.w3.org/2000/svg'"
for words in encoder.layers.0.self_attention decoder.layers.0.cross_attention attention/multi_head.cpp: \
  models/output_layer.cpp: '<b>feed_forward</b>' 'share of the peak'; do
  that "the page has $words" grep -q -- "$words" step.html
done

# The run is left as it was, and any of its checkpoints will do, a mean of them too.
cp -r toy-run before
expect 0 "wrote other.html" "$lectern" inspect toy-run --step -o other.html --threads 1
that "the run is as it was" diff -r toy-run before
expect 0 "Step 12 of" "$lectern" inspect "$(checkpoint toy-run 11)" --step
expect 0 "" "$lectern" average "$(checkpoint toy-run 11)" "$(checkpoint toy-run 12)" -o mean.safetensors
expect 0 "of mean.safetensors" "$lectern" inspect mean.safetensors --step
expect 0 "wrote definition.html" "$lectern" inspect toy-run --step --by-definition -o definition.html
that "by definition, attention is several operations" grep -q '>softmax<' definition.html

# What has no step, or no data, or nowhere to go.
"$lectern" data toy --to toy 2> /dev/null
toml=$(dirname "$(realpath "$0")")/../../tasks/translation/statistical_toy.toml
expect 0 "" "$lectern" train "$toml" --run-dir counted --set data.train=train \
  --set data.valid=valid --set data.test=valid --set task.method=rules
expect 2 "learns by counting" "$lectern" inspect counted --step
expect 3 "nowhere.*de" "$lectern" inspect toy-run --step --set data.train=nowhere
mkdir begun && expect 4 "begun" "$lectern" inspect begun --step
expect 2 "belongs to a training run" "$lectern" inspect toy-run --step -o toy-run/last
expect 2 "is an input" "$lectern" inspect toy-run --step -o train.en
expect 2 "--output is for --step" "$lectern" inspect toy-run -o page.html
expect 2 "--by-definition is for --step" "$lectern" inspect toy-run --by-definition
expect 2 "without --step" "$lectern" inspect toy-run --threads 1
finish

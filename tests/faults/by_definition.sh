# --by-definition: a run learns and writes the same when no fused kernel runs; --product: or when Eigen
# multiplies.
. "$(dirname "$0")/common.sh"
prepare
cp toy/test.de toy/test.en .
edit tiny.toml 's/^valid = .*/&\
test = "test"/; s/^max_steps = .*/max_steps = 60/; s/^max_length = 8/max_length = 30/'
edit tiny.toml 's/^valid_every = .*/valid_every = 60/; s/^save_every = .*/save_every = 60/'

# figures RUN: the losses of a run's first 12 steps
figures() { metrics "$1" | grep -o '"loss":[0-9.]*' | head -n 12 | cut -d : -f 2; }

# near: of two columns, the numbers differ by less than a thousandth
near() { awk 'NF != 2 || ($1 - $2) ^ 2 > ($1 / 1000) ^ 2 { wrong = 1 } END { exit wrong || NR < 12 }'; }

# both ARGUMENT…: trains a run as ever and by definition, and translates the test sentences both ways
both() {
  rm -rf fused defined
  expect 0 "" train --run-dir fused --quiet "$@"
  expect 0 "" train --run-dir defined --quiet --by-definition --max-steps 12 "$@"
  figures fused > fused.loss
  figures defined > defined.loss
  paste fused.loss defined.loss > losses
  if near < losses; then tell yes ""; else tell no "$*: other losses by definition"; fi
  "$lectern" translate fused < test.de > fused.en 2> err
  "$lectern" translate fused --by-definition < test.de > defined.en 2> err
  that "$*: translations of $(wc -l < test.de) sentences" [ "$(wc -l < fused.en)" -ge 100 ]
  that "$*: the same translations by definition" cmp fused.en defined.en
}
both
both --norm-first
both --norm-first --set model.reversible=true --set model.attention=linear \
  --set model.attention_dropout=0
both --set model.attention=learned_window,adaptive_span
both --set model.attention=window
both --set model.attention=linformer,dynamic_convolution,hierarchical \
  --set attention.block_length=4
both --set model.num_key_value_heads=1
both --set model.architecture=recurrent --set model.attention_score=additive
both --set model.architecture=recurrent --set model.cell=gru --set model.attention_score=none
both --set model.attention=lsh --set attention.exact_below=8 --set attention.lsh_attn_chunk_length=4
expect 0 "by-definition" "$lectern" evaluate -h
expect 0 "BLEU" "$lectern" evaluate fused --by-definition
expect 0 "wrote" "$lectern" attention fused "Ein Hund rennt ." --by-definition

# By Eigen: the same up to rounding.
expect 0 "" train --run-dir eigen --quiet --product eigen --max-steps 12 --set model.attention=lsh \
  --set attention.exact_below=8 --set attention.lsh_attn_chunk_length=4
figures eigen > eigen.loss
paste fused.loss eigen.loss > losses
if near < losses; then tell yes ""; else tell no "other losses by Eigen"; fi
"$lectern" translate fused --product eigen < test.de > eigen.en 2> err
that "the same translations by Eigen" cmp fused.en eigen.en
expect 0 "Products in fp32: Eigen 3" "$lectern" bench products --product eigen --threads 1
expect 2 "expected tiles or eigen" train --run-dir eigen --product mkl
expect 2 "train.precision .* bf16" train --run-dir other --product eigen --precision bf16
expect 2 "--product is for --step" "$lectern" inspect eigen --product eigen
finish

# ranks_tasks.sh LECTERN_WITH_MPI TASKS: two steps of every task's smallest recipe, and its validation, which
# the ranks share: the same numbers, samples and weights as one process finds.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/mpirun.sh"
tasks=$(realpath "$1")
for made in toy dialogues facts; do "$lectern" data $made 2> /dev/null; done

same_run() {
  same_metrics "$1" "$2" && { [ ! -e "$2/samples.txt" ] || cmp "$1/samples.txt" "$2/samples.txt"; } &&
    cmp "$(checkpoint "$1" 2)" "$(checkpoint "$2" 2)"
}
for task in chatbot grammar language_model listops question_answering synthetic; do
  for recipe in "$tasks/$task"/*tiny.toml; do
    ! grep -q '^\[experiment\]' "$recipe" || continue  # of `lectern compare`
    name=$(basename "$recipe" .toml)
    run="train $recipe --quiet --grad-accum 4 --max-steps 2 --set train.warmup_steps=1"
    "$lectern" $run --run-dir "$task-$name"
    for count in 2 4; do
      in_ranks $count $run --run-dir "$task-$name-$count"
      that "$task, $name: $count ranks validate as one process" same_run "$task-$name-$count" "$task-$name"
    done
  done
done

# An experiment: each training is one rank's, and the table is that of one process, but for the times.
write_experiment
sed 's/^max_steps = .*/max_steps = 6/' "$tasks/synthetic/tiny.toml" > base.toml
compared="compare few.toml --rounds 1 --quiet --set task.valid_size=8 --set task.test_size=40"
"$lectern" $compared --run-dir alone > table
in_ranks 2 $compared --run-dir shared > table2
that "one table" [ "$(wc -l < table2)" = "$(wc -l < table)" ]
that "4 trainings, shared by 2 ranks" [ "$(ls shared/*/*/result.json | wc -l)" = 4 ]
for run in exact/seed-1 exact/seed-2 window/seed-1 window/seed-2; do
  that "$run is as one process trains it" same_metrics "shared/$run" "alone/$run"
done
in_ranks 2 $compared --run-dir shared > again
that "what is finished is not repeated" cmp table2 again
finish

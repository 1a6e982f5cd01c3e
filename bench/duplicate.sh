#!/bin/sh
# The duplicate task: trained with 1, 2, 4 rounds of hashing and exactly, with three seeds, each model
# evaluated with other numbers of rounds and exactly (as table 2 of Kitaev et al. 2020).
#
#   bench/duplicate.sh LECTERN [FOLDER] [RECIPE]
#
# Prints one line for each training: the accuracy in %, of every evaluation. "exact": every pair
# meets, with the keys of LSH attention.
set -eu
lectern=$1
folder=${2:-runs/duplicate}
recipe=${3:-$(dirname "$0")/../tasks/synthetic/duplicate.toml}
never=1000000

# The settings that stand for a number of rounds, or for "exact".
rounds() {
  if [ "$1" = exact ]; then
    echo "--set attention.exact_below=$never"
  else
    echo "--set attention.exact_below=1 --set attention.num_hashes=$1"
  fi
}

printf '%-10s %5s %8s %8s %8s %8s %8s\n' trained seed exact LSH-8 LSH-4 LSH-2 LSH-1
for trained in exact 4 2 1; do
  for seed in 1 2 3; do
    run=$folder/$trained-$seed
    # shellcheck disable=SC2046 # the settings are several words
    [ -e "$run/best" ] || "$lectern" train "$recipe" $(rounds $trained) --seed $seed \
        --run-dir "$run" --quiet
    [ "$trained" = exact ] && name=exact || name=LSH-$trained
    printf '%-10s %5s' "$name" "$seed"
    for evaluated in exact 8 4 2 1; do
      # shellcheck disable=SC2046
      accuracy=$("$lectern" evaluate "$run" $(rounds $evaluated) |
                 sed -n 's/^accuracy = \([0-9.]*\).*/\1/p')
      printf ' %8s' "$accuracy"
    done
    printf '\n'
  done
done

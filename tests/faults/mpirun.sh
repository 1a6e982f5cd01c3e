# Read by the scripts that start several ranks: mpirun as root and on few cores, for Open MPI, whose
# settings are these variables, and for those that do not know them.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none

# in_ranks COUNT WORD…: `lectern WORD…` in so many processes.
in_ranks() {
  processes=$1
  shift
  mpirun -n "$processes" "$lectern" "$@"
}

# in_each COMMON FIRST SECOND: two ranks with words of their own.
in_each() { mpirun -n 1 "$lectern" $1 $2 : -n 1 "$lectern" $1 $3; }

not() { ! "$@"; }

# Waits, ten seconds at most, for a line in a run's metrics.jsonl.
wait_for_line() {
  tries=0
  until grep -q "$2" "$1/metrics.jsonl" 2> /dev/null || [ $tries -ge 500 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
}

# ranks_hosts.sh LECTERN_WITH_MPI: two hosts, which are two network namespaces with names and addresses
# of their own; mpirun enters the second one by an agent in the place of ssh. The same bits, also when
# the link between them is cut for ten seconds.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/mpirun.sh"
left=lectern-left-$$ right=lectern-right-$$
remove_hosts() {
  ip netns del "$left" 2> /dev/null
  ip netns del "$right" 2> /dev/null
  clean
}
trap remove_hosts EXIT
{ ip netns add "$left" && ip netns add "$right" &&
  ip link add lectern0 netns "$left" type veth peer name lectern1 netns "$right" &&
  unshare -u true; } 2> /dev/null || { echo "skipped: needs root and network namespaces"; exit 77; }
ip -n "$left" addr add 10.97.13.1/24 dev lectern0
ip -n "$right" addr add 10.97.13.2/24 dev lectern1
for host in "$left lectern0" "$right lectern1"; do
  ip -n "${host% *}" link set lo up
  ip -n "${host% *}" link set "${host#* }" up
done

# agent HOST COMMAND…: what ssh would do.
cat > agent << END
#!/bin/sh
[ "\$1" = 10.97.13.2 ] || exit 1
shift
exec ip netns exec $right unshare -u sh -c "hostname right; \$*"
END
chmod +x agent
on_two_hosts() {
  timeout 120 ip netns exec "$left" unshare -u sh -c 'hostname left; exec "$@"' sh \
    mpirun -n 2 --host 10.97.13.1:1,10.97.13.2:1 --map-by node --mca plm_rsh_agent "$place/agent" \
    --mca btl tcp,self --mca btl_tcp_if_include 10.97.13.0/24 \
    --mca oob_tcp_if_include 10.97.13.0/24 --wdir "$place" "$lectern" "$@"
}

prepare
run="train tiny.toml --grad-accum 4 --log-every 50 --save-every 1000000 --valid-every 1000000"
"$lectern" $run --max-steps 500 --run-dir alone --quiet
on_two_hosts $run --max-steps 500 --run-dir cut 2> err &
process=$!
wait_for_line cut '"step":100'
ip -n "$right" link set lectern1 down
before=$(tail -n 1 cut/metrics.jsonl)
sleep 10
tell "$([ "$before" = "$(tail -n 1 cut/metrics.jsonl)" ] && echo yes)" "the ranks wait"
ip -n "$right" link set lectern1 up
wait $process
tell "$([ $? = 0 ] && echo yes)" "they go on: $(tail -n 5 err)"
process=
that "metrics on two hosts, and a cut" same_metrics alone cut
that "weights on two hosts, and a cut" cmp "$(checkpoint alone 500)" "$(checkpoint cut 500)"
that "each host is named" sh -c 'grep -q "rank 0 (left)" err && grep -q "rank 1 (right)" err'
finish

"""Exact attention in PyTorch against sequence length: time, GFLOP/s and memory.

    python3 bench/peers/torch_attention.py --length 4096 --mode forward_backward --kind sdpa

One length a process, so that the peak memory is its own. Work is counted as 4·heads·length²·d_head for
the forward pass and three times that for forward and backward, whatever is really computed."""
import argparse
import math

import peer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--length", type=int, required=True)
parser.add_argument("--mode", choices=["forward", "forward_backward"], default="forward_backward")
parser.add_argument("--kind", choices=["sdpa", "naive"], default="sdpa",
                    help="PyTorch's fused function, or the formula with its length x length scores")
parser.add_argument("--causal", action="store_true")
parser.add_argument("--batch", type=int, default=1)
parser.add_argument("--heads", type=int, default=8)
parser.add_argument("--d-head", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
parser.add_argument("--repeats", type=int, default=7)
peer.add_tuning(parser)
peer.add_device(parser)
options = parser.parse_args()
if options.tuned:
    peer.restart_tuned(options.threads, options.allocator)

import torch
import torch.nn.functional as F

torch.set_num_threads(options.threads)
torch.set_default_device(options.device)
torch.manual_seed(0)
backward = options.mode == "forward_backward"
dtype = torch.float32 if options.precision == "fp32" else torch.bfloat16
shape = (options.batch, options.heads, options.length, options.d_head)
query, key, value = (torch.randn(shape).to(dtype).requires_grad_(backward) for _ in range(3))
gradient = torch.randn(shape).to(dtype)


def attend():
    if options.kind == "sdpa":
        return F.scaled_dot_product_attention(query, key, value, is_causal=options.causal)
    scores = query @ key.transpose(-2, -1) / math.sqrt(options.d_head)
    if options.causal:
        future = torch.ones(options.length, options.length, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(future, float("-inf"))
    return scores.softmax(-1) @ value


def once():
    with torch.set_grad_enabled(backward):
        output = attend()
    if backward:
        query.grad = key.grad = value.grad = None
        output.backward(gradient)


before = peer.peak_rss_mib()
once()
calls = max(1, int(0.3 / peer.timed(once)[0]))


def several():
    for _ in range(calls):
        once()
    peer.wait(options.device, torch)


runs = [peer.quietest(several) for _ in range(options.repeats)]
seconds = peer.median(run[0] for run in runs) / calls
work = 4 * options.batch * options.heads * options.length**2 * options.d_head * (3 if backward else 1)
peer.report(
    peer="pytorch", torch=torch.__version__, device=options.device, work="attention", length=options.length,
    mode=options.mode, kind=options.kind, causal=options.causal, precision=options.precision,
    heads=options.heads, d_head=options.d_head, threads=options.threads,
    ms=1e3 * seconds, fastest_ms=1e3 * min(run[0] for run in runs) / calls,
    gflops=work / seconds / 1e9, extra_peak_rss_MiB=peer.peak_rss_mib() - before,
    foreign_cores=peer.median(run[1] for run in runs))

"""Training steps of PyTorch's nn.LSTM, nn.GRU or nn.RNN alone, as bench/recurrent.cpp does them.

    python3 bench/peers/torch_recurrent.py --cell lstm --threads 2 [--lengths] [--tuned]

Prints one line of JSON. README.md in this folder says which settings make the comparison fair."""
import argparse
import time

import peer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--cell", choices=["lstm", "gru", "rnn"], default="lstm")
parser.add_argument("--width", type=int, default=512)
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--length", type=int, default=30)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--warmup", type=int, default=3)
parser.add_argument("--lengths", action="store_true", help="sentences of 1 ... length tokens")
parser.add_argument("--bidirectional", action="store_true")
peer.add_tuning(parser)
options = parser.parse_args()
if options.tuned:
    peer.restart_tuned(options.threads, options.allocator)

import torch
from torch import nn

torch.set_num_threads(options.threads)
torch.manual_seed(1)
kind = dict(lstm=nn.LSTM, gru=nn.GRU, rnn=nn.RNN)[options.cell]
network = kind(options.width, options.width, options.layers, batch_first=True,
               bidirectional=options.bidirectional)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=options.tuned)
x = torch.randn(options.batch, options.length, options.width)
lengths = torch.tensor([1 + i % options.length for i in range(options.batch)])


def outputs():
    if not options.lengths:
        return network(x)[0]
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    return nn.utils.rnn.pad_packed_sequence(network(packed)[0], batch_first=True)[0]


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = outputs().mean()
    loss.backward()
    optimizer.step()
    return loss.item()


for _ in range(options.warmup):
    step()
# Of one thread, the processor time, which other programs disturb less.
runs, processor = [], []
for _ in range(options.steps):
    begin = time.process_time()
    runs.append(peer.timed(step))
    processor.append(time.process_time() - begin)
seconds = processor if options.threads == 1 else [run[0] for run in runs]
peer.report(
    peer="pytorch", torch=torch.__version__, work="recurrent", cell=options.cell,
    threads=options.threads, steps=len(runs), step_ms=1e3 * peer.median(seconds),
    fastest_step_ms=1e3 * min(seconds), peak_rss_MiB=peer.peak_rss_mib(),
    foreign_cores=peer.median(run[1] for run in runs))

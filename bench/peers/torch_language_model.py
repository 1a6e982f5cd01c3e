"""A causal language model in PyTorch: training steps, and writing tokens with a key/value cache.

    python3 bench/peers/torch_language_model.py train|generate --threads 2 [--tuned]

The work of bench/language_model.cpp, on the same tokens. Prints one line of JSON."""
import argparse
import math
import time

import peer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("work", choices=["train", "generate"])
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--warmup", type=int, default=2)
parser.add_argument("--d-model", type=int, default=512)
parser.add_argument("--layers", type=int, default=6)
parser.add_argument("--length", type=int, default=256)
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--vocab", type=int, default=33280)
parser.add_argument("--tokens", type=int, default=256, help="to write")
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32",
                    help="bf16: autocast in training; in writing, all of the model")
peer.add_tuning(parser)
options = parser.parse_args()
if options.tuned:
    peer.restart_tuned(options.threads, options.allocator)

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(options.threads)
torch.manual_seed(1)
d_model, heads, longest = options.d_model, 8, 2 * max(options.length, options.tokens)
dropout = 0.1


def token_at(i):
    return (i * i * 31 + i * 17 + 5) % options.vocab


def tokens_from(first, batch, length):
    return torch.tensor([token_at(first + i) for i in range(batch * length)]).view(batch, length)


class Layer(nn.Module):
    """Norms before the sublayers; one product for query, key and value."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.query_key_value = nn.Linear(d_model, 3 * d_model)
        self.output = nn.Linear(d_model, d_model)
        self.linear1, self.linear2 = nn.Linear(d_model, 4 * d_model), nn.Linear(4 * d_model, d_model)
        self.keys = self.values = None  # [batch, head, longest, d_head]

    def start(self, batch):
        shape = (batch, heads, longest, d_model // heads)
        dtype = self.output.weight.dtype
        self.keys, self.values = torch.empty(shape, dtype=dtype), torch.empty(shape, dtype=dtype)

    def attention(self, x, position):
        batch, length, _ = x.shape
        split = self.query_key_value(x).view(batch, length, 3, heads, d_model // heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        if position is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            end = position + length
            self.keys[:, :, position:end], self.values[:, :, position:end] = k, v
            y = F.scaled_dot_product_attention(
                q, self.keys[:, :, :end], self.values[:, :, :end], is_causal=length > 1)
        return self.output(y.transpose(1, 2).reshape(x.shape))

    def forward(self, x, position=None):
        drop = lambda y: F.dropout(y, dropout, self.training)
        x = x + drop(self.attention(self.norm1(x), position))
        return x + drop(self.linear2(drop(F.relu(self.linear1(self.norm2(x))))))


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(options.vocab, d_model)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        self.layers = nn.ModuleList(Layer() for _ in range(options.layers))
        self.norm = nn.LayerNorm(d_model)
        self.bias = nn.Parameter(torch.zeros(options.vocab))
        rate = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        angle = torch.arange(longest).unsqueeze(1) * rate
        table = torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(longest, d_model)
        self.register_buffer("table", table)

    def forward(self, tokens, position=None):
        first = position or 0
        x = self.embedding(tokens) * math.sqrt(d_model)
        x = F.dropout(x + self.table[first : first + tokens.size(1)], dropout, self.training)
        for layer in self.layers:
            x = layer(x, position)
        if position is not None:
            x = x[:, -1:]
        return F.linear(self.norm(x), self.embedding.weight, self.bias)


model = LanguageModel()
number = 0


def train_step():
    global number
    first = number * options.batch * options.length
    number += 1
    ids = tokens_from(first, options.batch, options.length)
    targets = tokens_from(first + 1, options.batch, options.length)
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
        loss = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def write():
    for layer in model.layers:
        layer.start(1)
    tokens = torch.tensor([[token_at(i) for i in range(8)]])
    position, written = 0, []
    for _ in range(options.tokens):
        logits = model(tokens, position)
        position += tokens.size(1)
        tokens = logits[:, -1].argmax(-1, keepdim=True)
        written.append(int(tokens))
    return float(sum(written))


if options.work == "train":
    model.train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, betas=(0.9, 0.98), weight_decay=0.01, fused=options.tuned)
    work, count = train_step, options.batch * options.length
else:
    model.eval()
    if options.precision == "bf16":
        model.bfloat16()
    work, count = write, options.tokens
processor = []


def timed_work():
    start = time.process_time()
    result = work()
    processor.append(time.process_time() - start)
    return result


for _ in range(options.warmup):
    work()
runs = [peer.quietest(timed_work) for _ in range(options.repeats)]
seconds = [run[0] for run in runs]
peer.report(
    peer="pytorch", torch=torch.__version__, work="lm_" + options.work, precision=options.precision, threads=options.threads,
    repeats=options.repeats, tuned=options.tuned, tokens_per_second=count / peer.median(seconds),
    ms=1e3 * peer.median(seconds), fastest_ms=1e3 * min(seconds), processor_ms=1e3 * peer.median(processor), peak_rss_MiB=peer.peak_rss_mib(),
    foreign_cores=peer.median(run[1] for run in runs), check=float(runs[-1][2]))

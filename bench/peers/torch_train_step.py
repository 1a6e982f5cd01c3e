"""Training steps of an encoder-decoder Transformer in PyTorch, on Lectern's own batches.

    python3 bench/peers/torch_train_step.py --size small --threads 2 [--batches FILE] [--tuned] [--compile]

Prints one line of JSON. README.md in this folder says which settings make the comparison fair."""
import argparse
import math
import os

import peer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--size", choices=peer.SIZES, default="small")
parser.add_argument("--batches", help="file of batches, one JSON object a line; drawn when absent")
parser.add_argument("--sentences", type=int, default=128, help="in a drawn batch")
parser.add_argument("--vocabulary", type=int, default=8000)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=20)
parser.add_argument("--warmup", type=int, default=3, help="steps before the measurement, at least 1")
parser.add_argument("--dropout", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=1)
peer.add_tuning(parser)
peer.add_device(parser)
parser.add_argument("--model", choices=["nn", "hand"], help="torch.nn.Transformer, or written by hand")
parser.add_argument("--adam", choices=["default", "foreach", "fused"])
parser.add_argument("--real-logits", action="store_true", help="no logits at padding")
parser.add_argument("--compile", action="store_true", help="torch.compile, dynamic shapes")
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="bf16: autocast")
parser.add_argument("--profile", action="store_true", help="operators by time, on stderr")
options = parser.parse_args()
options.model = options.model or ("hand" if options.tuned else "nn")
options.adam = options.adam or ("fused" if options.tuned else "default")
options.real_logits = options.real_logits or options.tuned

if options.tuned:
    peer.restart_tuned(options.threads, options.allocator)

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(options.threads)
torch.set_default_device(options.device)
torch.manual_seed(options.seed)
size = peer.SIZES[options.size]
d_model, layers, heads, d_ff = size["d_model"], size["layers"], size["heads"], size["d_ff"]


class Positions(nn.Module):
    def __init__(self, longest=1024):
        super().__init__()
        rate = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        angle = torch.arange(longest).unsqueeze(1) * rate
        table = torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(longest, d_model)
        self.register_buffer("table", table)

    def forward(self, x):
        x = x * math.sqrt(d_model) + self.table[: x.size(1)]
        return F.dropout(x, options.dropout, self.training)


class Attention(nn.Module):
    """Multi-head attention with one product for all that reads the same input."""

    def __init__(self, cross):
        super().__init__()
        self.cross = cross
        if cross:
            self.query = nn.Linear(d_model, d_model)
            self.key_value = nn.Linear(d_model, 2 * d_model)
        else:
            self.query_key_value = nn.Linear(d_model, 3 * d_model)
        self.output = nn.Linear(d_model, d_model)

    def split(self, x, parts):
        batch, length, _ = x.shape
        return x.view(batch, length, parts, heads, d_model // heads).permute(2, 0, 3, 1, 4)

    def forward(self, x, memory, mask):
        if self.cross:
            (q,) = self.split(self.query(x), 1)
            k, v = self.split(self.key_value(memory), 2)
        else:
            q, k, v = self.split(self.query_key_value(x), 3)
        dropout = options.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
        return self.output(y.transpose(1, 2).reshape(x.shape))


class Layer(nn.Module):
    def __init__(self, cross):
        super().__init__()
        self.self_attention = Attention(cross=False)
        self.cross_attention = Attention(cross=True) if cross else None
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(3 if cross else 2))

    def dropout(self, x):
        return F.dropout(x, options.dropout, self.training)

    def forward(self, x, mask, memory=None, memory_mask=None):
        x = self.norms[0](x + self.dropout(self.self_attention(x, x, mask)))
        if self.cross_attention is not None:
            x = self.norms[2](x + self.dropout(self.cross_attention(x, memory, memory_mask)))
        hidden = self.dropout(F.relu(self.linear1(x)))
        return self.norms[1](x + self.dropout(self.linear2(hidden)))


class HandWritten(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleList(Layer(cross=False) for _ in range(layers))
        self.decoder = nn.ModuleList(Layer(cross=True) for _ in range(layers))

    def forward(self, x, y, source_real, target_real):
        source_mask = source_real[:, None, None, :]
        causal = torch.ones(y.size(1), y.size(1), dtype=torch.bool).tril()
        target_mask = causal & target_real[:, None, None, :]
        for layer in self.encoder:
            x = layer(x, source_mask)
        for layer in self.decoder:
            y = layer(y, target_mask, x, source_mask)
        return y


class Library(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.Transformer(
            d_model, heads, layers, layers, d_ff, options.dropout, batch_first=True)

    def forward(self, x, y, source_real, target_real):
        causal = torch.ones(y.size(1), y.size(1), dtype=torch.bool).triu(1)
        return self.transformer(
            x, y, tgt_mask=causal, src_key_padding_mask=~source_real,
            tgt_key_padding_mask=~target_real, memory_key_padding_mask=~source_real)


class Translator(nn.Module):
    """Source and target tokens to the smoothed cross entropy of the target."""

    def __init__(self):
        super().__init__()
        self.source_embedding = nn.Embedding(options.vocabulary, d_model)
        self.target_embedding = nn.Embedding(options.vocabulary, d_model)
        self.positions = Positions()
        self.stacks = HandWritten() if options.model == "hand" else Library()
        self.generator = nn.Linear(d_model, options.vocabulary)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, source, target, answer, real_positions):
        x = self.positions(self.source_embedding(source))
        y = self.positions(self.target_embedding(target))
        y = self.stacks(x, y, source != peer.PAD, target != peer.PAD).flatten(0, 1)
        answer = answer.flatten()
        if options.real_logits:
            y, answer = y.index_select(0, real_positions), answer.index_select(0, real_positions)
        logits = self.generator(y).float()
        return F.cross_entropy(logits, answer, ignore_index=peer.PAD, label_smoothing=0.1)


def prepare(batch):
    source = peer.padded([row + [peer.EOS] for row in batch["source"]], torch)
    target = peer.padded([[peer.BOS] + row for row in batch["target"]], torch)
    answer = peer.padded([row + [peer.EOS] for row in batch["target"]], torch)
    real = answer.flatten().nonzero().flatten()
    tokens = int((source != peer.PAD).sum() + (answer != peer.PAD).sum())
    return (source, target, answer, real), tokens, source.numel() + answer.numel()


needed = options.warmup + options.steps
lists = (peer.read_batches(options.batches) if options.batches else
         peer.draw_batches(needed, options.sentences, options.vocabulary, options.seed))
batches = [prepare(lists[i % len(lists)]) for i in range(needed)]

model = Translator().train()
parameters = sum(p.numel() for p in model.parameters())
optimizer = torch.optim.Adam(
    model.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-9,
    **{"default": {}, "foreach": dict(foreach=True), "fused": dict(fused=True)}[options.adam])
compute = torch.compile(model, dynamic=True) if options.compile else model


def step(inputs):
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.precision == "bf16"):
        loss = compute(*inputs)
    loss.backward()
    optimizer.step()
    number = loss.item()
    peer.wait(options.device, torch)
    return number


# A disturbed step is run again, so only the losses before the measurement can be compared.
losses = [step(inputs) for inputs, _, _ in batches[: options.warmup]]
runs = [peer.quietest(lambda: step(inputs)) + (tokens, padded)
        for inputs, tokens, padded in batches[options.warmup:]]
seconds = [run[0] for run in runs]
peer.report(
    peer="pytorch", torch=torch.__version__, device=options.device, work="train_step", size=options.size,
    parameters=parameters, threads=options.threads, model=options.model,
    adam=options.adam, compiled=options.compile, precision=options.precision, steps=len(runs),
    tokens_per_second=peer.median(run[3] / run[0] for run in runs),
    tokens_per_second_overall=sum(run[3] for run in runs) / sum(seconds),
    sentences_per_batch=peer.median(len(inputs[0]) for inputs, _, _ in batches),
    tokens_per_step=peer.median(run[3] for run in runs),
    real_share=sum(run[3] for run in runs) / sum(run[4] for run in runs),
    step_ms=1e3 * peer.median(seconds), fastest_step_ms=1e3 * min(seconds),
    peak_rss_MiB=peer.peak_rss_mib(), foreign_cores=peer.median(run[1] for run in runs),
    first_loss=losses[0], warmed_up_loss=losses[-1])

if options.profile:
    import sys
    from torch.profiler import ProfilerActivity, profile
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        for inputs, _, _ in batches[options.warmup : options.warmup + 3]:
            step(inputs)
    operators = recorded.key_averages()
    print(operators.table(sort_by="self_cpu_time_total", row_limit=30), file=sys.stderr)

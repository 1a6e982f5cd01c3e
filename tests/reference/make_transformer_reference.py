"""Makes tests/reference/*.safetensors: what PyTorch computes for tiny Transformers and for single ops.

    python3 tests/reference/make_transformer_reference.py [FOLDER]

The C++ tests read the stored files and need no Python. README.md in this folder names every tensor."""
import json
import math
import sys
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

PADDING, BOS, EOS = 0, 1, 2
MODEL = dict(source_vocabulary=11, target_vocabulary=13, d_model=8, nhead=2, num_encoder_layers=2,
             num_decoder_layers=2, dim_feedforward=16, dropout=0.0, activation="relu")
TRAINING = dict(learning_rate=1e-3, beta1=0.9, beta2=0.98, epsilon=1e-9, label_smoothing=0.1, steps=10)
WEIGHT_DECAY = 0.01

VARIANTS = {
    "post_norm": dict(norm_first=False, tied=False, clip_norm=0.0),
    "pre_norm": dict(norm_first=True, tied=False, clip_norm=1.0),
    "post_norm_tied": dict(norm_first=False, tied=True, clip_norm=0.0),
}


# ---- The model, from PyTorch's own layers --------------------------------------------------------
# nn.Transformer would add a LayerNorm behind either stack in any case; the paper has none there
# when the layers are post-norm, so the stacks are put together here.


def sinusoids(length, dtype):
    position = torch.arange(length, dtype=torch.float64).unsqueeze(1)
    even = torch.arange(0, MODEL["d_model"], 2, dtype=torch.float64)
    angle = position / 10000.0 ** (even / MODEL["d_model"])
    table = torch.stack([angle.sin(), angle.cos()], dim=-1)  # sine in even places, cosine in odd
    return table.reshape(length, MODEL["d_model"]).to(dtype)


class Transformer(nn.Module):
    def __init__(self, norm_first, tied):
        super().__init__()
        d_model = MODEL["d_model"]
        arguments = (d_model, MODEL["nhead"], MODEL["dim_feedforward"], 0.0)
        keywords = dict(activation="relu", batch_first=True, norm_first=norm_first)
        self.source_embedding = nn.Embedding(MODEL["source_vocabulary"], d_model)
        self.target_embedding = nn.Embedding(MODEL["target_vocabulary"], d_model)
        self.encoder_layers = nn.ModuleList(
            nn.TransformerEncoderLayer(*arguments, **keywords) for _ in range(MODEL["num_encoder_layers"]))
        self.decoder_layers = nn.ModuleList(
            nn.TransformerDecoderLayer(*arguments, **keywords) for _ in range(MODEL["num_decoder_layers"]))
        self.encoder_norm = nn.LayerNorm(d_model) if norm_first else None
        self.decoder_norm = nn.LayerNorm(d_model) if norm_first else None
        self.generator = nn.Linear(d_model, MODEL["target_vocabulary"])
        if tied:
            self.generator.weight = self.target_embedding.weight

    def embed(self, embedding, tokens):
        scaled = embedding(tokens) * math.sqrt(MODEL["d_model"])
        return scaled + sinusoids(tokens.shape[1], scaled.dtype)

    def forward(self, source, target):
        source_padding, target_padding = source == PADDING, target == PADDING
        future = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        x = self.embed(self.source_embedding, source)
        for layer in self.encoder_layers:
            x = layer(x, src_key_padding_mask=source_padding)
        if self.encoder_norm is not None:
            x = self.encoder_norm(x)
        y = self.embed(self.target_embedding, target)
        for layer in self.decoder_layers:
            y = layer(y, x, tgt_mask=future, tgt_key_padding_mask=target_padding,
                      memory_key_padding_mask=source_padding)
        if self.decoder_norm is not None:
            y = self.decoder_norm(y)
        return self.generator(y)


# ---- PyTorch's names to Lectern's ----------------------------------------------------------------


def attention_names(ours, theirs):
    """PyTorch stacks query, key and value in one matrix; Lectern has three."""
    for part, name in enumerate(["query", "key", "value"]):
        yield f"{ours}.{name}", f"{theirs}.in_proj_", part
    yield f"{ours}.output", f"{theirs}.out_proj.", None


def rename(tensors):
    """A dictionary by PyTorch's names (parameters, or their gradients) to one by Lectern's. Weights
    of linear layers turn from [out, in] to [in, out]."""
    d_model, out = MODEL["d_model"], {}

    def linear(ours, theirs, part=None):
        rows = slice(None) if part is None else slice(part * d_model, (part + 1) * d_model)
        if theirs + "weight" in tensors:
            out[ours + ".weight"] = tensors[theirs + "weight"][rows].t()
        out[ours + ".bias"] = tensors[theirs + "bias"][rows]

    def norm(ours, theirs):
        out[ours + ".weight"], out[ours + ".bias"] = tensors[theirs + ".weight"], tensors[theirs + ".bias"]

    def layer(ours, theirs, attentions, norms):
        for our_attention, their_attention in attentions:
            for names in attention_names(f"{ours}.{our_attention}", f"{theirs}.{their_attention}"):
                linear(*names)
        for name in ["linear1", "linear2"]:
            linear(f"{ours}.feed_forward.{name}", f"{theirs}.{name}.")
        for number in range(1, norms + 1):
            norm(f"{ours}.norm{number}", f"{theirs}.norm{number}")

    out["source_embedding.weight"] = tensors["source_embedding.weight"]
    out["target_embedding.weight"] = tensors["target_embedding.weight"]
    for n in range(MODEL["num_encoder_layers"]):
        layer(f"encoder.layers.{n}", f"encoder_layers.{n}", [("self_attention", "self_attn")], norms=2)
    for n in range(MODEL["num_decoder_layers"]):
        layer(f"decoder.layers.{n}", f"decoder_layers.{n}",
              [("self_attention", "self_attn"), ("cross_attention", "multihead_attn")], norms=3)
    for stack in ["encoder", "decoder"]:
        if f"{stack}_norm.weight" in tensors:
            norm(f"{stack}.norm", f"{stack}_norm")
    linear("generator", "generator.")
    return out


def stored(prefix, tensors):
    return {f"{prefix}/{name}": t.detach().clone().contiguous() for name, t in tensors.items()}


# ---- One variant ---------------------------------------------------------------------------------


def batch():
    """Three pairs of unequal lengths; the target goes in behind <bos> and comes out before <eos>."""
    source = [[5, 9, 3, 10, 4, EOS], [7, 3, EOS], [8, 6, 4, 9, EOS]]
    target = [[6, 11, 4, 12, EOS], [3, 8, 10, 5, 9, 7, EOS], [12, EOS]]

    def pad(rows):
        width = max(map(len, rows))
        return torch.tensor([row + [PADDING] * (width - len(row)) for row in rows])

    return pad(source), pad([[BOS] + row[:-1] for row in target]), pad(target)


def initialise(model):
    """Random numbers everywhere, so that no bias and no gain hides behind a zero or a one. They are
    drawn in float32: the float64 files start from exactly the same values."""
    generator = torch.Generator().manual_seed(2017)
    for name, parameter in sorted(dict(model.named_parameters()).items()):
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
        is_gain = ".norm" in name and name.endswith("weight") or "_norm.weight" in name
        spread = MODEL["d_model"] ** -0.5 if parameter.dim() > 1 else 0.1
        parameter.data = (spread * noise + (1.0 if is_gain else 0.0)).to(parameter.dtype)


def new_model(variant, dtype):
    model = Transformer(variant["norm_first"], variant["tied"]).to(dtype).train()
    initialise(model)
    if variant["tied"]:
        model.generator.weight = model.target_embedding.weight
    return model


def loss_of(model, source, target_input, target_output):
    logits = model(source, target_input)
    criterion = nn.CrossEntropyLoss(ignore_index=PADDING, label_smoothing=TRAINING["label_smoothing"])
    return logits, criterion(logits.flatten(0, 1), target_output.flatten())


def train(variant, dtype, make_optimizer, data):
    """Ten steps: the loss before each, the gradient's norm before clipping, the parameters after all."""
    model = new_model(variant, dtype)
    optimizer = make_optimizer(
        model.parameters(), lr=TRAINING["learning_rate"], betas=(TRAINING["beta1"], TRAINING["beta2"]),
        eps=TRAINING["epsilon"], foreach=False)
    losses, norms = [], []
    for _ in range(TRAINING["steps"]):
        optimizer.zero_grad()
        _, loss = loss_of(model, *data)
        loss.backward()
        limit = variant["clip_norm"] or math.inf
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), limit))
        losses.append(loss.detach())
        optimizer.step()
    return torch.stack(losses), torch.stack(norms), rename(dict(model.named_parameters()))


def transformer_reference(variant, dtype):
    source, target_input, target_output = data = batch()
    model = new_model(variant, dtype)
    tensors = dict(source=source.int(), target_input=target_input.int(), target_output=target_output.int())
    tensors |= stored("parameters", rename(dict(model.named_parameters())))
    logits, loss = loss_of(model, *data)
    loss.backward()
    tensors |= dict(logits=logits.detach(), loss=loss.detach())
    tensors |= stored("gradients", rename({n: p.grad for n, p in model.named_parameters()}))

    def adamw(*arguments, **keywords):
        return torch.optim.AdamW(*arguments, weight_decay=WEIGHT_DECAY, **keywords)

    for name, optimizer in [("adam", torch.optim.Adam), ("adamw", adamw)]:
        losses, norms, parameters = train(variant, dtype, optimizer, data)
        tensors |= {f"{name}/losses": losses, f"{name}/gradient_norms": norms}
        tensors |= stored(f"{name}/parameters", parameters)
    return tensors


# ---- Single ops, in float64 ----------------------------------------------------------------------


class Ops:
    def __init__(self):
        self.generator = torch.Generator().manual_seed(1706)
        self.tensors = {}

    def random(self, *shape):
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64)

    def add(self, name, function, constants=None, output="y", **inputs):
        """Stores inputs, the output, the gradient that comes in and those that go out."""
        leaves = {key: value.clone().requires_grad_() for key, value in inputs.items()}
        y = function(**leaves)
        dy = self.random(*y.shape) if y.dim() else torch.ones((), dtype=torch.float64)
        y.backward(dy)
        for key, leaf in leaves.items():
            self.tensors[f"{name}/{key}"] = leaf.detach().clone()
            self.tensors[f"{name}/d{key}"] = leaf.grad.clone().contiguous()
        for key, constant in (constants or {}).items():
            self.tensors[f"{name}/{key}"] = constant.clone()
        self.tensors[f"{name}/{output}"] = y.detach().clone().contiguous()
        self.tensors[f"{name}/d{output}"] = dy

    def pointwise_and_rows(self):
        x = self.random(2, 3, 5) * 3
        self.add("softmax", lambda x: x.softmax(-1), x=x)
        self.add("log_softmax", lambda x: x.log_softmax(-1), x=x)
        self.add("gelu", lambda x: F.gelu(x), x=x)
        self.add("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), x=x)
        self.add("layer_norm", lambda x, weight, bias: F.layer_norm(x, (5,), weight, bias, 1e-5),
                 x=x, weight=1 + 0.3 * self.random(5), bias=0.3 * self.random(5))
        indices = torch.tensor([[3, 0, 3, 5], [1, 3, 0, 2]])
        self.add("embedding", lambda weight: F.embedding(indices, weight),
                 dict(indices=indices.int()), weight=self.random(6, 4))

    def cross_entropy(self):
        logits = 2 * self.random(2, 4, 6)
        targets = torch.tensor([[3, 5, 1, PADDING], [2, 4, PADDING, PADDING]])
        for name, smoothing in [("cross_entropy", 0.0), ("cross_entropy_smoothed", 0.1)]:
            def loss(logits):
                return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING,
                                       label_smoothing=smoothing)
            self.add(name, loss, dict(targets=targets.int()), output="loss", logits=logits)

    def attention(self):
        """[batch, head, length, d_head]; `lengths` says how many keys of each sentence are real."""
        lengths = torch.tensor([4, 6])

        def case(name, queries, keys, causal, padded):
            allowed = torch.ones(2, 1, queries, keys, dtype=torch.bool)
            if causal:
                allowed = allowed.tril()
            if padded:
                allowed = allowed & (torch.arange(keys) < lengths[:, None])[:, None, None, :]
            masked = dict(attn_mask=allowed) if causal or padded else {}
            self.add(f"attention/{name}",
                     lambda q, k, v: F.scaled_dot_product_attention(q, k, v, **masked),
                     dict(lengths=lengths.int()) if padded else None,
                     q=self.random(2, 2, queries, 4), k=self.random(2, 2, keys, 4),
                     v=self.random(2, 2, keys, 4))

        case("plain", 6, 6, causal=False, padded=False)
        case("causal", 6, 6, causal=True, padded=False)
        case("padding", 6, 6, causal=False, padded=True)
        case("causal_padding", 6, 6, causal=True, padded=True)
        case("cross", 3, 6, causal=False, padded=False)
        case("cross_padding", 3, 6, causal=False, padded=True)

    def matmul(self):
        for name, left, right in [("nn", (3, 4), (4, 5)), ("nt", (3, 4), (5, 4)),
                                  ("tn", (4, 3), (4, 5)), ("tt", (4, 3), (5, 4)),
                                  ("batched", (2, 3, 4), (2, 4, 5)),
                                  ("broadcast_right", (2, 3, 3, 4), (4, 5)),
                                  ("broadcast_left", (3, 4), (2, 4, 5)),
                                  ("broadcast_both", (2, 1, 3, 4), (1, 3, 4, 5))]:
            first = (lambda t: t.mT) if name in ("tn", "tt") else (lambda t: t)
            second = (lambda t: t.mT) if name in ("nt", "tt") else (lambda t: t)
            self.add(f"matmul/{name}", lambda a, b: first(a) @ second(b), output="c",
                     a=self.random(*left), b=self.random(*right))


def ops_reference():
    ops = Ops()
    ops.pointwise_and_rows()
    ops.cross_entropy()
    ops.attention()
    ops.matmul()
    return ops.tensors


# ---- Learning rates ------------------------------------------------------------------------------

SCHEDULES = dict(steps=50, warmup_steps=10, peak=1e-3, final=0.0, noam_factor=2.0, noam_d_model=512)


def by_pytorch(decay):
    """Warm-up and then `decay`, by torch.optim.lr_scheduler. PyTorch's step 0 has the rate
    peak / warmup_steps here, which is the rate of the first update."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(()))], lr=SCHEDULES["peak"])
    warmup, rest = SCHEDULES["warmup_steps"], SCHEDULES["steps"] - SCHEDULES["warmup_steps"]
    scheduler = torch.optim.lr_scheduler
    rising = scheduler.LinearLR(optimizer, start_factor=1 / warmup, end_factor=1.0, total_iters=warmup - 1)
    falling = {"cosine": lambda: scheduler.CosineAnnealingLR(optimizer, rest, SCHEDULES["final"]),
               "linear": lambda: scheduler.LinearLR(optimizer, 1.0, 0.0, rest)}[decay]()
    both = scheduler.SequentialLR(optimizer, [rising, falling], milestones=[warmup - 1])
    rates = []
    for _ in range(SCHEDULES["steps"]):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    return torch.tensor(rates, dtype=torch.float64)


def schedules_reference():
    """Element s - 1 is the rate of update s, s = 1, 2, …"""
    step = torch.arange(1, SCHEDULES["steps"] + 1, dtype=torch.float64)
    warmup = SCHEDULES["warmup_steps"]
    noam = (SCHEDULES["noam_factor"] * SCHEDULES["noam_d_model"] ** -0.5
            * torch.minimum(step**-0.5, step * warmup**-1.5))
    return dict(noam=noam, cosine=by_pytorch("cosine"), linear=by_pytorch("linear"))


# ---- Files ---------------------------------------------------------------------------------------


def save(path, tensors, **facts):
    metadata = dict(torch=torch.__version__, padding=PADDING, bos=BOS, eos=EOS) | facts
    save_file({name: t.contiguous() for name, t in sorted(tensors.items())}, path,
              metadata={"lectern": json.dumps(metadata, sort_keys=True)})
    print(f"{path}: {len(tensors)} tensors, {path.stat().st_size / 1024:.0f} KiB")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    torch.set_num_threads(1)
    for name, variant in VARIANTS.items():
        for dtype, suffix in [(torch.float64, "f64"), (torch.float32, "f32")]:
            save(folder / f"transformer_{name}_{suffix}.safetensors", transformer_reference(variant, dtype),
                 variant=name, dtype=suffix, weight_decay=WEIGHT_DECAY, **variant, **MODEL, **TRAINING)
    save(folder / "ops_reference.safetensors", ops_reference(), layer_norm_epsilon=1e-5, label_smoothing=0.1)
    save(folder / "schedules_reference.safetensors", schedules_reference(), **SCHEDULES)


if __name__ == "__main__":
    main()

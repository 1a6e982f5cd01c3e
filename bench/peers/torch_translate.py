"""Greedy and beam search in PyTorch with a key/value cache, for a Transformer with given weights.

    python3 bench/peers/torch_translate.py --tokens FILE --weights model.safetensors --beam-size 4

FILE holds a sentence a line, as token ids without <eos>. Written as one would write it for speed:
sentences sorted by length, one product for query, key and value, caches allocated once, the
encoder's keys and values shared by the hypotheses of a sentence, finished sentences dropped.
Prints one line of JSON."""
import argparse
import math
import sys

import peer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--tokens", help="sentences as token ids; drawn when absent")
parser.add_argument("--sentences", type=int, default=1000, help="to draw")
parser.add_argument("--weights", help="safetensors with Lectern's names; random when absent")
parser.add_argument("--prefix", default="", help="what stands before the names in the file")
parser.add_argument("--size", choices=peer.SIZES, default="small", help="of random weights")
parser.add_argument("--vocabulary", type=int, default=8000, help="of random weights")
parser.add_argument("--heads", type=int, help="default: that of --size")
parser.add_argument("--norm-first", action="store_true", help="pre-norm")
parser.add_argument("--beam-size", type=int, default=1)
parser.add_argument("--length-penalty", type=float, default=1.0, help="score / length ** penalty")
parser.add_argument("--batch-size", type=int, default=64, help="sentences")
parser.add_argument("--extra-length", type=int, default=50, help="target tokens beyond the source's")
parser.add_argument("--copy-length", action="store_true",
                    help="end every sentence at the source's length: fixes the work of random weights")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--output", help="write the translations' token ids here")
peer.add_device(parser)
peer.add_tuning(parser)
options = parser.parse_args()
options.heads = options.heads or peer.SIZES[options.size]["heads"]
if options.tuned:
    peer.restart_tuned(options.threads, options.allocator)

import torch
import torch.nn.functional as F

torch.set_num_threads(options.threads)
torch.set_default_device(options.device)
NEVER = float("-inf")


# ---- Weights: a dictionary of tensors by Lectern's names, linear ones stored [in, out] -----------


def random_weights():
    torch.manual_seed(1)
    size, weights = peer.SIZES[options.size], {}
    d_model, d_ff = size["d_model"], size["d_ff"]

    def linear(name, inputs, outputs):
        weights[name + ".weight"] = torch.randn(inputs, outputs) * inputs**-0.5
        weights[name + ".bias"] = torch.zeros(outputs)

    def norm(name):
        weights[name + ".weight"], weights[name + ".bias"] = torch.ones(d_model), torch.zeros(d_model)

    def layer(name, attentions, norms):
        for attention in attentions:
            for part in ["query", "key", "value", "output"]:
                linear(f"{name}.{attention}.{part}", d_model, d_model)
        linear(f"{name}.feed_forward.linear1", d_model, d_ff)
        linear(f"{name}.feed_forward.linear2", d_ff, d_model)
        for number in range(1, norms + 1):
            norm(f"{name}.norm{number}")

    for side in ["source", "target"]:
        weights[f"{side}_embedding.weight"] = torch.randn(options.vocabulary, d_model) * d_model**-0.5
    for n in range(size["layers"]):
        layer(f"encoder.layers.{n}", ["self_attention"], 2)
        layer(f"decoder.layers.{n}", ["self_attention", "cross_attention"], 3)
    if options.norm_first:
        norm("encoder.norm"), norm("decoder.norm")
    linear("generator", d_model, options.vocabulary)
    return weights


def load_weights():
    if not options.weights:
        return random_weights()
    from safetensors.torch import load_file
    cut = len(options.prefix)
    loaded = load_file(options.weights).items()
    return {name[cut:]: t.float() for name, t in loaded if name.startswith(options.prefix)}


# ---- Model ---------------------------------------------------------------------------------------


class Linear:
    """Several layers that read the same input, as one product."""

    def __init__(self, weights, *names):
        self.weight = torch.cat([weights[n + ".weight"] for n in names], 1).t().contiguous()
        self.bias = torch.cat([weights[n + ".bias"] for n in names])

    def __call__(self, x):
        return F.linear(x, self.weight, self.bias)


class Norm:
    def __init__(self, weights, name):
        self.weight, self.bias = weights[name + ".weight"], weights[name + ".bias"]

    def __call__(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias)


def split_heads(x, parts):
    """[batch, length, parts * d_model] to `parts` tensors [batch, head, length, d_head]"""
    batch, length, width = x.shape
    x = x.view(batch, length, parts, options.heads, width // parts // options.heads)
    return x.permute(2, 0, 3, 1, 4)


def merge_heads(x):
    return x.transpose(1, 2).flatten(2)


class Layer:
    def __init__(self, weights, name, cross):
        own, other = f"{name}.self_attention", f"{name}.cross_attention"
        self.query_key_value = Linear(weights, own + ".query", own + ".key", own + ".value")
        self.output = Linear(weights, own + ".output")
        if cross:
            self.cross_query = Linear(weights, other + ".query")
            self.cross_key_value = Linear(weights, other + ".key", other + ".value")
            self.cross_output = Linear(weights, other + ".output")
        self.linear1 = Linear(weights, f"{name}.feed_forward.linear1")
        self.linear2 = Linear(weights, f"{name}.feed_forward.linear2")
        self.norms = [Norm(weights, f"{name}.norm{n}") for n in range(1, 4 if cross else 3)]

    def residual(self, number, x, part):
        norm = self.norms[number]
        return x + part(norm(x)) if options.norm_first else norm(x + part(x))

    def feed_forward(self, x):
        return self.linear2(F.relu(self.linear1(x)))

    def encode(self, x, mask):
        def attend(x):
            q, k, v = split_heads(self.query_key_value(x), 3)
            return self.output(merge_heads(F.scaled_dot_product_attention(q, k, v, attn_mask=mask)))
        return self.residual(1, self.residual(0, x, attend), self.feed_forward)

    def decode(self, x, cache, step):
        """x: [row, 1, d_model], a row being one hypothesis of one sentence"""
        def attend_self(x):
            q, k, v = split_heads(self.query_key_value(x), 3)
            keys, values = cache.self_keys_values(self, step, k, v)
            return self.output(merge_heads(F.scaled_dot_product_attention(q, keys, values)))

        def attend_source(x):
            rows = x.shape[0]  # the hypotheses of a sentence are its queries: keys are not repeated
            beams = self.cross_query(x).view(cache.sentences, rows // cache.sentences, -1)
            (q,) = split_heads(beams, 1)
            keys, values = cache.cross[self]
            y = F.scaled_dot_product_attention(q, keys, values, attn_mask=cache.mask)
            return self.cross_output(merge_heads(y).view(rows, 1, -1))

        x = self.residual(0, x, attend_self)
        x = self.residual(1, x, attend_source)
        return self.residual(2, x, self.feed_forward)


class Cache:
    """The keys and values of a batch that is being decoded. Room for the longest target is taken
    once; a change of beams or a dropped sentence copies only what has been filled."""

    def __init__(self, layers, memory, mask, rows, longest):
        self.sentences, self.mask = memory.shape[0], mask
        d_head = memory.shape[2] // options.heads
        self.cross = {layer: split_heads(layer.cross_key_value(memory), 2).contiguous().unbind(0)
                      for layer in layers}
        self.own = {layer: torch.empty(2, rows, options.heads, longest, d_head) for layer in layers}
        self.spare = torch.empty_like(next(iter(self.own.values())))

    def self_keys_values(self, layer, step, k, v):
        keys, values = self.own[layer]
        keys[:, :, step] = k[:, :, 0]
        values[:, :, step] = v[:, :, 0]
        return keys[:, :, : step + 1], values[:, :, : step + 1]

    def take_rows(self, rows, filled):
        for layer, old in self.own.items():
            new = self.spare[:, : rows.shape[0]]
            torch.index_select(old[:, :, :, :filled], 1, rows, out=new[:, :, :, :filled])
            self.own[layer], self.spare = new, old

    def take_sentences(self, kept):
        self.sentences, self.mask = kept.shape[0], self.mask[kept]
        self.cross = {layer: (k[kept], v[kept]) for layer, (k, v) in self.cross.items()}


class Translator:
    def __init__(self, weights):
        def count(stack):
            return len({name.split(".")[2] for name in weights if name.startswith(stack + ".layers.")})

        self.source_embedding = weights["source_embedding.weight"]
        self.target_embedding = weights["target_embedding.weight"]
        self.d_model = self.source_embedding.shape[1]
        self.encoder = [Layer(weights, f"encoder.layers.{n}", cross=False) for n in range(count("encoder"))]
        self.decoder = [Layer(weights, f"decoder.layers.{n}", cross=True) for n in range(count("decoder"))]
        pre_norm = options.norm_first
        self.encoder_norm = Norm(weights, "encoder.norm") if pre_norm else lambda x: x
        self.decoder_norm = Norm(weights, "decoder.norm") if pre_norm else lambda x: x
        if "generator.weight" not in weights:  # tied
            weights["generator.weight"] = self.target_embedding.t()
        self.generator = Linear(weights, "generator")
        rate = torch.exp(torch.arange(0, self.d_model, 2) * (-math.log(10000.0) / self.d_model))
        angle = torch.arange(2048).unsqueeze(1) * rate
        self.positions = torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(2048, self.d_model)

    def embed(self, table, tokens, position=0):
        x = F.embedding(tokens, table) * math.sqrt(self.d_model)
        return x + self.positions[position : position + tokens.shape[1]]

    def encode(self, source):
        mask = (source != peer.PAD)[:, None, None, :]
        x = self.embed(self.source_embedding, source)
        for layer in self.encoder:
            x = layer.encode(x, mask)
        return self.encoder_norm(x), mask

    def next_scores(self, tokens, cache, step):
        """logits [row, vocabulary] of what follows `tokens` [row] at place `step`"""
        y = self.embed(self.target_embedding, tokens[:, None], step)
        for layer in self.decoder:
            y = layer.decode(y, cache, step)
        return self.generator(self.decoder_norm(y[:, 0]))


# ---- Search --------------------------------------------------------------------------------------


def forbid(logits, limits, step):
    """Padding and <bos> never follow; with --copy-length <eos> comes at its time and no other."""
    logits[:, [peer.PAD, peer.BOS]] = NEVER
    if options.copy_length:
        last = limits == step + 1
        logits.masked_fill_(last[:, None], NEVER)
        logits[:, peer.EOS] = torch.where(last, 0.0, NEVER)
    return logits


def greedy(model, source, limits):
    """limits: [sentence], the most tokens, <eos> included, that each may get"""
    memory, mask = model.encode(source)
    sentences, longest = source.shape[0], int(limits.max())
    cache = Cache(model.decoder, memory, mask, sentences, longest)
    alive = torch.arange(sentences)
    written = torch.full((sentences, longest), peer.PAD)
    tokens = torch.full((sentences,), peer.BOS)
    for step in range(longest):
        logits = forbid(model.next_scores(tokens, cache, step), limits, step)
        tokens = logits.argmax(1)
        written[alive, step] = tokens
        going_on = (tokens != peer.EOS) & (limits > step + 1)
        if not going_on.all():
            kept = going_on.nonzero().flatten()
            if kept.numel() == 0:
                break
            alive, tokens, limits = alive[kept], tokens[kept], limits[kept]
            cache.take_rows(kept, step + 1)
            cache.take_sentences(kept)
    return [[t for t in row if t not in (peer.PAD, peer.EOS)] for row in written.tolist()]


class Finished:
    """The best finished hypothesis of a sentence, and how many there are."""

    def __init__(self):
        self.count, self.score, self.tokens = 0, NEVER, []

    def add(self, log_probability, tokens):
        score = log_probability / (len(tokens) + 1) ** options.length_penalty
        self.count += 1
        if score > self.score:
            self.score, self.tokens = score, tokens


def beam_search(model, source, limits, width):
    """Twice as many candidates as beams are looked at, so that finished ones leave enough to go on
    with. A sentence is done when `width` hypotheses are finished or its limit is reached."""
    memory, mask = model.encode(source)
    sentences, longest = source.shape[0], int(limits.max())
    cache = Cache(model.decoder, memory, mask, sentences * width, longest)
    done = [Finished() for _ in range(sentences)]
    alive = torch.arange(sentences)
    history = torch.full((sentences, width, longest), peer.PAD)
    tokens = torch.full((sentences * width,), peer.BOS)
    totals = torch.full((sentences, width), NEVER)
    totals[:, 0] = 0.0  # all beams are alike at first: only one may grow
    for step in range(longest):
        logits = model.next_scores(tokens, cache, step)
        logits = forbid(logits, limits.repeat_interleave(width), step)
        best, words = logits.topk(2 * width, dim=1)  # of every beam, then of every sentence
        grown = (best - logits.logsumexp(1, keepdim=True)).view(-1, width, 2 * width)
        scores, choice = (grown + totals[:, :, None]).flatten(1).topk(2 * width)
        beam, token = choice // (2 * width), words.view(len(alive), -1).gather(1, choice)

        ends = (token == peer.EOS) & (scores > NEVER)
        for s, rank in ends[:, :width].nonzero().tolist():
            words = history[s, beam[s, rank], :step].tolist()
            done[alive[s]].add(float(scores[s, rank]), words)
        # Stable order: candidates that go on come first, best first.
        order = (token == peer.EOS).to(torch.int8).argsort(dim=1, stable=True)[:, :width]
        beam, token, totals = beam.gather(1, order), token.gather(1, order), scores.gather(1, order)
        totals = totals.masked_fill(token == peer.EOS, NEVER)

        rows = torch.arange(len(alive))
        history = history[rows[:, None], beam]
        history[:, :, step] = token
        enough = torch.tensor([done[a].count >= width for a in alive.tolist()])
        over = (limits <= step + 1) | enough
        for s in (over & ~enough).nonzero().flatten().tolist():
            if done[alive[s]].count == 0:
                done[alive[s]].add(float(totals[s, 0]), history[s, 0, : step + 1].tolist())
        kept = (~over).nonzero().flatten()
        if kept.numel() == 0:
            break
        parents = (rows[:, None] * width + beam)[kept].flatten()
        if len(kept) < len(alive):
            cache.take_sentences(kept)
            alive, limits, history = alive[kept], limits[kept], history[kept]
            token, totals = token[kept], totals[kept]
        if not torch.equal(parents, torch.arange(cache.own[model.decoder[0]].shape[1])):
            cache.take_rows(parents, step + 1)
        tokens = token.flatten()
    return [finished.tokens for finished in done]


# ---- Program -------------------------------------------------------------------------------------


def read_sentences():
    if options.tokens:
        with open(options.tokens) as lines:
            return [[int(word) for word in line.split()] for line in lines]
    drawn = peer.draw_batches(options.sentences, sentences=1, vocabulary=options.vocabulary)
    return [batch["source"][0] for batch in drawn]


def translate_all(model, sentences):
    order = sorted(range(len(sentences)), key=lambda i: -len(sentences[i]))
    results = [None] * len(sentences)
    for start in range(0, len(order), options.batch_size):
        group = order[start : start + options.batch_size]
        source = peer.padded([sentences[i] + [peer.EOS] for i in group], torch)
        extra = 1 if options.copy_length else options.extra_length
        limits = torch.tensor([len(sentences[i]) + extra for i in group])
        if options.beam_size == 1:
            outputs = greedy(model, source, limits)
        else:
            outputs = beam_search(model, source, limits, options.beam_size)
        for i, output in zip(group, outputs):
            results[i] = output
    return results


def main():
    model, sentences = Translator(load_weights()), read_sentences()
    with torch.inference_mode():
        translate_all(model, sentences[: options.batch_size])
        runs = [peer.timed(lambda: translate_all(model, sentences)) for _ in range(options.repeats)]
    seconds = peer.median(run[0] for run in runs)
    outputs = runs[-1][2]
    written = sum(len(output) + 1 for output in outputs)
    if options.output:
        with open(options.output, "w") as file:
            file.writelines(" ".join(map(str, output)) + "\n" for output in outputs)
    peer.report(
        peer="pytorch", torch=torch.__version__, work="translate", beam_size=options.beam_size,
        batch_size=options.batch_size, threads=options.threads,
        sentences=len(sentences), tokens=written, seconds=seconds,
        fastest_seconds=min(run[0] for run in runs), sentences_per_second=len(sentences) / seconds,
        tokens_per_second=written / seconds, peak_rss_MiB=peer.peak_rss_mib(),
        foreign_cores=peer.median(run[1] for run in runs))


if __name__ == "__main__":
    main()

"""Makes statistical_reference.json: what IBM Model 1, the hidden Markov aligner and the language model
give for ten sentence pairs, by the plainest calculation that there is.

    python3 tests/reference/make_statistical_reference.py

Every alignment of every pair is enumerated and its probability multiplied out; no recursion, no
Model 1's product of sums. The tests read the stored file; nobody needs Python to run them.
"""

import itertools
import json
import math
from collections import defaultdict
from pathlib import Path

PAIRS = [
    ("das Haus", "the house"),
    ("das Buch", "the book"),
    ("ein Buch", "a book"),
    ("das Haus ist klein", "the house is small"),
    ("ja", "yes it is"),
    ("sie hat geholfen", "she helped"),
    ("sie hat das Buch", "she has the book"),
    ("Holztisch", "wooden table"),
    ("ist das ein Haus", "is it a house"),
    ("heute hat sie geholfen", "today she helped"),
]
ROUNDS = 4
P0 = 0.2
LONGEST = 30  # jumps


def number(words, table):
    return [table.setdefault(word, len(table) + 4) for word in words]


def pairs_as_numbers():
    source, target = {}, {}
    return [(number(f.split(), source), number(e.split(), target)) for f, e in PAIRS]


def uniform(pairs):
    seen = defaultdict(set)
    for f, e in pairs:
        for word in [0] + f:
            seen[word].update(e)
    return {(f, e): 1 / len(es) for f, es in seen.items() for e in es}


def normalised(counts):
    sums = defaultdict(float)
    for (f, _), count in counts.items():
        sums[f] += count
    return {(f, e): count / sums[f] for (f, e), count in counts.items()}


def model_1_round(t, pairs):
    counts, log_likelihood = defaultdict(float), 0.0
    for f, e in pairs:
        ways = {}
        for a in itertools.product(range(len(f) + 1), repeat=len(e)):
            p = 1.0
            for j, i in enumerate(a):
                p *= t[([0] + f)[i], e[j]] / (len(f) + 1)
            ways[a] = p
        total = sum(ways.values())
        log_likelihood += math.log(total)
        for a, p in ways.items():
            for j, i in enumerate(a):
                counts[([0] + f)[i], e[j]] += p / total
    return normalised(counts), log_likelihood


def width(before, to):
    return max(-LONGEST, min(LONGEST, to - before))


def hmm_ways(t, c, f, e):
    """Every alignment (0 is NULL) with its probability and its jumps (before, to)."""
    for a in itertools.product(range(len(f) + 1), repeat=len(e)):
        p, before, jumps = 1.0, 0, []
        for j, i in enumerate(a):
            if i == 0:
                p *= P0 * t[0, e[j]]
                continue
            room = sum(c[width(before, other)] for other in range(1, len(f) + 1))
            p *= (1 - P0) * c[width(before, i)] / room * t[f[i - 1], e[j]]
            jumps.append((before, i, room))
            before = i
        yield a, p, jumps


def hmm_round(t, c, pairs):
    counts, log_likelihood = defaultdict(float), 0.0
    jumped, room_for = defaultdict(float), defaultdict(float)
    for f, e in pairs:
        ways = list(hmm_ways(t, c, f, e))
        total = sum(p for _, p, _ in ways)
        log_likelihood += math.log(total)
        for a, p, jumps in ways:
            for j, i in enumerate(a):
                counts[([0] + f)[i], e[j]] += p / total
            for before, i, room in jumps:
                jumped[width(before, i)] += p / total
                for other in range(1, len(f) + 1):
                    room_for[width(before, other)] += p / total / room
    new_c = {d: max(jumped[d] / room_for[d], 1e-12) if room_for[d] > 0 else c[d] for d in c}
    return normalised(counts), new_c, log_likelihood


def hmm_posterior(t, c, f, e):
    links = [[0.0] * (len(f) + 1) for _ in e]
    ways = list(hmm_ways(t, c, f, e))
    total = sum(p for _, p, _ in ways)
    for a, p, _ in ways:
        for j, i in enumerate(a):
            links[j][i] += p / total
    return links


def kneser_ney(sentences, vocab):
    """p(w | u, v) by the formulas, with sets of words before and after."""
    trigrams = defaultdict(int)
    for sentence in sentences:
        words = [1, 1] + sentence + [2]
        for i in range(2, len(words)):
            trigrams[tuple(words[i - 2:i + 1])] += 1
    bigrams, unigrams = defaultdict(int), defaultdict(int)
    for _, v, w in trigrams:
        bigrams[v, w] += 1
    for _, w in bigrams:
        unigrams[w] += 1

    def discount(counts):
        n1 = sum(1 for n in counts.values() if n == 1)
        n2 = sum(1 for n in counts.values() if n == 2)
        return n1 / (n1 + 2 * n2) if n1 else 0.5

    d3, d2, d1 = discount(trigrams), discount(bigrams), discount(unigrams)

    def p1(w):
        total = sum(unigrams.values())
        return max(unigrams.get(w, 0) - d1, 0) / total + d1 * len(unigrams) / total / (vocab - 2)

    def p2(w, v):
        after = [n for (first, _), n in bigrams.items() if first == v]
        if not after:
            return p1(w)
        return (max(bigrams.get((v, w), 0) - d2, 0) + d2 * len(after) * p1(w)) / sum(after)

    def p3(w, u, v):
        after = [n for (first, second, _), n in trigrams.items() if (first, second) == (u, v)]
        if not after:
            return p2(w, v)
        return (max(trigrams.get((u, v, w), 0) - d3, 0) + d3 * len(after) * p2(w, v)) / sum(after)

    return p3


def table(t):
    return [[f, e, p] for (f, e), p in sorted(t.items())]


def main():
    pairs = pairs_as_numbers()
    t = uniform(pairs)
    model_1 = []
    for _ in range(ROUNDS):
        t, log_likelihood = model_1_round(t, pairs)
        model_1.append(log_likelihood)
    result = {"pairs": pairs, "rounds": ROUNDS,
              "model_1": {"log_likelihoods": model_1, "table": table(t)}}

    c = {d: 1.0 for d in range(-LONGEST, LONGEST + 1)}
    hmm = []
    for _ in range(ROUNDS):
        t, c, log_likelihood = hmm_round(t, c, pairs)
        hmm.append(log_likelihood)
    result["hmm"] = {"log_likelihoods": hmm, "table": table(t),
                     "jumps": [c[d] for d in sorted(c)],
                     "posteriors": [hmm_posterior(t, c, f, e) for f, e in pairs]}

    sentences = [e for _, e in pairs]
    vocab = max(max(e) for e in sentences) + 1
    p = kneser_ney(sentences, vocab)
    histories = [(1, 1), (1, 4), (4, 5), (5, 4), (9, 8), (3, 3), (4, 3)]
    result["language_model"] = {
        "vocab": vocab,
        "probabilities": [[u, v, w, p(w, u, v)] for u, v in histories for w in range(2, vocab)]}
    path = Path(__file__).with_name("statistical_reference.json")
    path.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()

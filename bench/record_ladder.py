#!/usr/bin/env python3
"""Makes one file of the runs of bench/ladder.sh, for chapter 13 and for bench/results:

    bench/record_ladder.py LECTERN FOLDER DATA > bench/results/ladder-DATE.tsv

DATA is data/multi30k. Lines of cells with tabs between: `corpus` (what, how many), `rung` (name,
lower-cased BLEU, half its 95 % interval, perplexity a word, minutes of processor time, steps), `pair` (a rung, the one before, the difference of their
BLEU, p of the paired bootstrap), `train` and `valid` (name, epoch, loss, BLEU), `ablation`
(name, BLEU, and against the whole the difference and p), `sentence` (name, translation), `french`
(an English sentence, the French one)."""

import collections
import gzip
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

RUNGS = {"rules": "rules", "model_1": "Model 1", "hmm": "HMM", "lstm": "LSTM",
         "lstm_attention": "LSTM with attention", "transformer": "Transformer"}
ABLATIONS = {"short": "everything", "short_again": "everything, another seed",
             "no_positions": "without positions", "no_smoothing": "without label smoothing",
             "no_warmup": "without warm-up", "no_embedding_scale": "without √d of the embeddings",
             "xavier_embeddings": "embeddings by Xavier",
             "no_attention_scale": "without 1/√d of the scores"}
FRENCH = ["I like the green cat.", "A small green cat.", "The green cat is sleeping.",
          "A man in a green shirt is sleeping."]


def put(*cells):
    print("\t".join(str(cell) for cell in cells))


def bleu_of(text):
    line = next(line for line in text.splitlines() if "case:lc" in line)
    score, half = re.search(r"= ([\d.]+) \(μ = [\d.]+ ± ([\d.]+)\)", line).groups()
    words = int(re.search(r"ref_len = (\d+)", line)[1])
    return score, half, words


def perplexity_a_word(text, words, sentences):
    """Of the words and the ends of the references, whatever a model cuts them into."""
    own = re.search(r"^perplexity = ([\d.]+) .* (\d+) tokens", text, re.M)
    if own:
        return f"{math.exp(math.log(float(own[1])) * int(own[2]) / (words + sentences)):.1f}"
    trigrams = re.search(r"language model perplexity = ([\d.]+)", text)
    return f"{float(trigrams[1]):.1f}" if trigrams else "-"


def minutes_of(run):
    line = (run / "seconds.txt").read_text().splitlines()[-1]
    parts = re.findall(r"(\d+)m([\d.]+)s", line)
    return sum(int(m) + float(s) / 60 for m, s in parts)


def put_curve(name, run):
    """The losses and the BLEU of validation, over epochs; returns the steps, if the run has any."""
    total_steps = re.search(r"step \d+/(\d+)", (run / "log.txt").read_text())
    if not total_steps:
        return 0
    epochs = int(re.search(r"^max_epochs = (\d+)", (run / "config.toml").read_text(), re.M)[1])
    losses = []
    for line in (run / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["kind"] == "train":
            losses.append(row["loss"])
        elif row["kind"] == "valid" and losses:
            epoch = f"{row['step'] * epochs / int(total_steps[1]):.2f}"
            put("train", name, epoch, f"{sum(losses) / len(losses):.3f}")
            put("valid", name, epoch, f"{row['loss']:.3f}", f"{row['BLEU']:.1f}")
            losses = []
    return total_steps[1]


def compared(lectern, reference, base, run):
    text = subprocess.run([lectern, "bleu", reference, "--lowercase", "-i", run / "translations.txt",
                           "--baseline", base / "translations.txt"],
                          check=True, capture_output=True, text=True).stdout
    difference, p = re.search(r"BLEU: difference ([-−\d.]+), p = ([\d.]+)", text).groups()
    return f"{float(difference):+.1f}", f"{float(p):.3f}"


def lines_of(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read().splitlines()


def put_corpus(data):
    for part in ("train", "val", "test_2016_flickr"):
        put("corpus", f"pairs of {part}", len(lines_of(data / f"{part}.de.gz")))
    for language in ("de", "en"):
        lines = [re.findall(r"\w+", line.lower()) for line in lines_of(data / f"train.{language}.gz")]
        words = collections.Counter(word for line in lines for word in line)
        put("corpus", f"words a sentence, {language}", f"{words.total() / len(lines):.1f}")
        put("corpus", f"different words, {language}", len(words))
        put("corpus", f"of them once, {language}", sum(count == 1 for count in words.values()))
    heute = sum("heute" in line.lower().split() for line in lines_of(data / "train.de.gz"))
    put("corpus", "sentences with heute", heute)


def main():
    lectern, folder, data = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    put_corpus(data)
    if (folder / "en_fr" / "sentence.txt").exists():
        put_french(folder / "en_fr")
    with tempfile.NamedTemporaryFile("w", suffix=".en") as reference:
        reference.write("\n".join(lines_of(data / "test_2016_flickr.en.gz")) + "\n")
        reference.flush()
        put_runs(lectern, folder, reference.name)


def put_french(run):
    text = (run / "evaluate.txt").read_text()
    score, half, _ = bleu_of(text)
    put("french", "BLEU of the test", f"{score} ± {half}")
    for english, french in zip(FRENCH, (run / "sentence.txt").read_text().splitlines()):
        put("french", english, french)


def put_runs(lectern, folder, reference):
    for key, name in RUNGS.items():
        run = folder / key
        if not run.exists():
            continue
        text = (run / "evaluate.txt").read_text()
        score, half, words = bleu_of(text)
        sentences = len((run / "translations.txt").read_text().splitlines())
        perplexity = perplexity_a_word(text, words, sentences)
        steps = put_curve(name, run)
        put("rung", name, score, half, perplexity, f"{minutes_of(run):.1f}", steps)
        put("sentence", name, (run / "sentence.txt").read_text().strip())
    there = [key for key in RUNGS if (folder / key).exists()]
    for before, after in zip(there, there[1:]):
        put("pair", RUNGS[after], RUNGS[before],
            *compared(lectern, reference, folder / before, folder / after))
    for key, name in ABLATIONS.items():
        run = folder / key
        if not (run / "evaluate.txt").exists():
            continue
        score, _, _ = bleu_of((run / "evaluate.txt").read_text())
        if key == "short":
            put("ablation", name, score, "-", "-")
            continue
        put("ablation", name, score, *compared(lectern, reference, folder / "short", run))


main()

"""Makes metrics_golden.json: what sacreBLEU says about a handful of awkward sentences.

    pip install sacrebleu==2.6.0
    python tests/reference/make_metrics_golden.py

The tests read the stored file; nobody needs Python to run them. The sentences are invented here:
umlauts, quotation marks, numbers, dashes, entities, emoji, Chinese, odd spaces, empty lines.
"""

import json
from pathlib import Path

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

# Each line: a hypothesis and two references.
SENTENCES = [
    ("The old baker opens his shop at 7.30 in the morning.",
     "The old baker opens his shop at 7.30 every morning.",
     "Every morning at 7.30 the old baker opens up."),
    ("Der Müller kaufte 1,000.50 Säcke Öl – für 3-4 Jahre!",
     "Der Müller hat 1,000.50 Säcke Öl gekauft – für 3-4 Jahre!",
     "Der müde Müller kauft 1.000,50 Säcke Öl, für 3 Jahre."),
    ("\"Don't,\" she said, \"it's the twins' cake.\"",
     "\"Do not,\" she said, \"it is the twins' cake.\"",
     "She said: “Don’t, it’s the twins’ cake!”"),
    ("A well-known, six-year-old horse (brown) jumps...",
     "A well-known six-year-old (brown) horse jumped ...",
     "The brown horse, six years old and well-known, jumps…"),
    ("Tom &amp; Anna say &quot;3 &lt; 5&quot; &gt; nothing.",
     "Tom & Anna say \"3 < 5\" > nothing.",
     "Tom and Anna say nothing but \"3 < 5\"."),
    ("", "Nothing came out here.", ""),
    ("Something came out here.", "", ""),
    ("", "", "Only the second reference speaks."),
    ("猫在桌子上睡觉。", "猫睡在桌子上。", "那只猫在桌子上睡着了。"),
    ("We love pizza 🍕🍕 and 👩‍🚀 too!", "We love pizza 🍕 and 👩‍🚀!", "Pizza 🍕🍕 is what we love!"),
    ("Élodie a mangé l'œuf à Noël , n'est-ce pas ?",
     "Élodie a mangé l’œuf à Noël, n'est-ce pas ?",
     "ÉLODIE A MANGÉ L'ŒUF À NOËL, N'EST-CE PAS ?"),
    ("ÄPFEL UND STRAßEN IN ŁÓDŹ, ŽILINA, ΑΘΗΝΑ, МОСКВА.",
     "Äpfel und Straßen in Łódź, Žilina, Αθηνα, Москва.",
     "Äpfel und Strassen in Lodz und Moskau."),
    ("A no-break\u00a0space and an\u3000ideographic one .  ", " A no-break space and an ideographic one.",
     "\tA no-break\u2009space\u0085 and another one."),
    ("Prices: $5.00, 10%, #3; a/b=c*d+e_f ~ [x] {y} <z> \\ ^ `q` | @home",
     "Prices: $5.00 , 10 % , # 3 ; a / b = c * d + e_f ~ [x] {y} <z> \\ ^ `q` | @home",
     "Prices: $5, 10%, #3; a/b=c*d+e_f."),
    ("In 2024, 5-3=2,and .5 of 3,5-liter -- ,,what''?",
     "In 2024 , 5 - 3 = 2, and .5 of a 3,5-liter -- ,,what''?",
     "In 2024: 5-3=2; half of a 3.5 liter -,.,.- what?"),
    ("the the the the the the the", "The cat is on the mat.", "There is a cat on the mat."),
    ("<skipped>word.word,word U.S.A. a.m. 1.a a.1 9.", "word. word, word U.S.A a.m. 1 .a a. 1 9",
     "word.word U. S. A. a.m."),
    ("Yes", "Yes", "Yes."),
    ("Small birds sing in the green garden behind the house.",
     "Small birds sing in the green garden behind the house.",
     "Behind the house little birds are singing in the garden."),
]

# Every capital of the scripts whose capitals we know, and words that need their neighbours.
CAPITALS = "".join(chr(c) for block in [(0x41, 0x180), (0x1CD, 0x1F0), (0x1F8, 0x220), (0x222, 0x234),
                                        (0x386, 0x3AC), (0x400, 0x530), (0x1E00, 0x1F00),
                                        (0xFF21, 0xFF3B)]
                   for c in range(*block)
                   if chr(c).lower() != chr(c) and c != 0x3A3)
WORDS = ["ΟΔΥΣΣΕΥΣ ΣΟΦΟΣ, Σ.", "İSTANBUL", "GRÜẞE ÜBER ÖL", "ЁЖИК 猫", "İ"]


def without_version(metric):
    return str(metric.get_signature()).rsplit("|version:", 1)[0]


def bleu_case(hypotheses, references, lines, **options):
    metric = BLEU(**options)
    score = metric.corpus_score(hypotheses, references)
    return {"lines": lines, "references": len(references),
            "lowercase": options.get("lowercase", False), "tokenize": options.get("tokenize", "13a"),
            "smooth": options.get("smooth_method", "exp"), "score": score.score,
            "text": score.format(width=2, signature=without_version(metric))}


def chrf_case(hypotheses, references, lines, **options):
    metric = CHRF(**options)
    score = metric.corpus_score(hypotheses, references)
    return {"lines": lines, "references": len(references),
            "lowercase": options.get("lowercase", False), "word_order": options.get("word_order", 0),
            "score": score.score, "text": score.format(width=2, signature=without_version(metric))}


def selections():
    """All lines together, then each line alone: (lines, hypotheses, references)."""
    for chosen in [list(range(len(SENTENCES)))] + [[i] for i in range(len(SENTENCES))]:
        for count in (1, 2):
            references = [[SENTENCES[i][1 + r] for i in chosen] for r in range(count)]
            yield chosen, [SENTENCES[i][0] for i in chosen], references


def one_item_a_line(golden):
    def show(value):
        if not isinstance(value, list):
            return json.dumps(value)
        return "[\n" + ",\n".join(json.dumps(v, ensure_ascii=False) for v in value) + "\n]"
    return "{" + ",\n".join(f'"{key}": {show(value)}' for key, value in golden.items()) + "}\n"


def main():
    golden = {"sacrebleu": sacrebleu.__version__, "sentences": SENTENCES, "bleu": [], "chrf": []}
    for lines, hypotheses, references in selections():
        for lowercase in (False, True):
            for tokenize in ("13a", "none"):
                for smooth in ("exp", "none"):
                    golden["bleu"].append(bleu_case(hypotheses, references, lines,
                                                    lowercase=lowercase, tokenize=tokenize,
                                                    smooth_method=smooth))
            for word_order in (0, 2):
                golden["chrf"].append(chrf_case(hypotheses, references, lines, lowercase=lowercase,
                                                word_order=word_order))
    tokenize = Tokenizer13a()
    texts = [text for line in SENTENCES for text in line]
    golden["tokenized"] = [[text, tokenize(text.rstrip())] for text in texts]
    golden["lowered"] = [[text, text.lower()] for text in [CAPITALS] + WORDS + texts]
    folder = Path(__file__).resolve().parent
    (folder / "metrics_golden.json").write_text(one_item_a_line(golden), encoding="utf-8")


main()

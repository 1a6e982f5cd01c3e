"""Makes squad_golden.json: what SQuAD v1.1's published definition of F1 and exact match says.

    python3 tests/reference/make_squad_golden.py

Written from the definition (Rajpurkar et al. 2016, §6.1, and the README of the scorer): lower case, no
ASCII punctuation, no articles between word boundaries, single spaces; words counted as a multiset; the
best of the references, F1 and exact match each by itself. The tests read the stored file.
"""

import json
import re
import string
from collections import Counter
from pathlib import Path

# Each line: an answer, and what people answered.
CASES = [
    ("Denver Broncos", ["Denver Broncos", "Denver Broncos", "the Denver Broncos."]),
    ("The Denver Broncos!", ["denver broncos"]),
    ("Santa Clara, California", ["Santa Clara, California", "Levi's Stadium", "Levi's Stadium in Santa Clara"]),
    ("in the red box", ["the red box", "red box"]),
    ("a an the", ["the"]),
    ("", [""]),
    ("", ["nothing"]),
    ("the", ["a"]),
    ("...", ["!!!"]),
    ("the the the cat", ["The cat sat on the mat"]),
    ("10–12", ["10-12", "10–12"]),
    ("a–b", ["b"]),
    ("à la carte", ["a la carte", "la carte"]),
    ("the–theory an_other a's", ["theory another"]),
    ("U.S.", ["us", "the U.S. Army"]),
    ("naïve Zoë, MÜLLER", ["Naïve ZOË müller"]),
    ("ΟΔΟΣ", ["οδος", "οδός"]),
    ("½ of the 3 m²", ["3 m² of ½"]),
    ("東京 the 大阪", ["大阪 東京"]),
    ("two\u00a0words\u2003here\u200bnot", ["two words", "here\u200bnot"]),
    ("£1.5 million ($2 million)", ["£1.5 million", "$2 million"]),
    ("9 9 9 9", ["9 9", "9 9 9 9 9 9"]),
    ("the answer is forty-two", ["42", "forty two", "fortytwo"]),
    ("A\u0301 a\u0301", ["a"]),
    ("Ⅷ a٣ 'the'", ["the", "viii"]),
]

PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(text):
    text = text.lower().translate(PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(said, wanted):
    said, wanted = said.split(), wanted.split()
    same = sum((Counter(said) & Counter(wanted)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


def main():
    cases = []
    for answer, references in CASES:
        said, wanted = normalized(answer), [normalized(r) for r in references]
        cases.append({
            "answer": answer,
            "references": references,
            "normalized": said,
            "f1": max(f1(said, w) for w in wanted),
            "exact": any(said == w for w in wanted),
        })
    path = Path(__file__).with_name("squad_golden.json")
    path.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Makes lower_case.txt: what Python's str.lower() says of every letter that has a small one, and of
sigmas, dots and marks in all their places.

    python3.11 tests/reference/make_lower_case_golden.py     # Unicode 14

The tests read the stored file, in which every second line is the line before it in lower case; nobody
needs Python to run them.
"""

from pathlib import Path

CAPITALS = [chr(c) for c in range(0x110000)
            if not 0xD800 <= c < 0xE000 and chr(c).lower() != chr(c)]

WORDS = [
    "ο Μ.Σ. είπε ναι σήμερα",
    "Ο Μ.Σ. ΕΊΠΕ ΝΑΙ ΣΉΜΕΡΑ",
    "Բարև ձեզ ԻՄ ՍԻՐԵԼԻ ԸՆԿԵՐ",
    "ΣΟΦΟΣ ΣΟΦΟΣ",
    "Σ",
    "ΑΣ",
    "ΣΑ",
    "ΑΣΑ",
    "Α'Σ'",
    "Α'Σ'Α",
    " Σ ",
    "1Σ",
    "ΑΣ1",
    '\xad\u03a3',
    '\u0391\xad\u03a3',
    '\u0391\u03a3\u0301',
    '\u0391\u03a3\u0301\u0391',
    '\u0391\u200d\u03a3',
    "ǅΣ",
    "ªΣ",
    "ⅠΣ",
    "ⓐΣ",
    '\U0001f130\u03a3',
    '\U0001f150\u03a3',
    '\U0001f170\u03a3',
    "ʰΣ",
    "ΑʰΣ",
    "ΑΣʰ",
    "ᏍΣ",
    '\u0391\u03a3\U0001f1e6',
    '\u0345\u03a3',
    '\u0391\u03a3\u0345\u0391',
    "ΑΣ:Β",
    "ΑΣ,Β",
    "ΑΣ·Β",
    "İSTANBUL Iı",
    "IJSSELMEER ǅUNGLA ǈ",
    "ᾼᾳΧᾯ ΑΣ̓",
    "ა Ა Ⴀ Ꭰ ꭰ",
    "ΑΣ．",
    "ΑΣ․Β",
    "漢Σ字",
]

with open(Path(__file__).with_name("lower_case.txt"), "w", encoding="utf-8") as file:
    for line in [" ".join(CAPITALS)] + WORDS:
        file.write(f"{line}\n{line.lower()}\n")

"""Writes Fixtures/Evaluation: hard lines, and what sacreBLEU makes of them.

    python Scripts/Fixtures/evaluation.py [OUTPUT_DIRECTORY]

Needs sacrebleu 2.6. The lines are written here or made from them with a fixed seed, so the files are the same on every
run.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER

SEED = 20240917

# Hypothesis and references of one line; a line that ends early in a stream repeats the last reference.
HARD = [
    ("", [""]),
    ("", ["Not empty."]),
    ("Not empty.", [""]),
    ("   ", ["  \t "]),
    ("Hello world", ["Hello world"]),
    ("a", ["a"]),
    ("a", ["b", "a", "c"]),
    ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]),
    ("It is a guide to action which ensures that the military always obeys the commands of the party.",
     ["It is a guide to action that ensures that the military will forever heed Party commands.",
      "It is the guiding principle which guarantees the military forces always being under the command of the Party.",
      "It is the practical guide for the army always to heed the directions of the party."]),
    ("He said &quot;yes&quot; &amp; left &lt;b&gt;.", ['He said "yes" & left <b>.']),
    ("&amp;quot; &amp;amp;lt; & &quot", ["&quot; &lt; & \""]),
    ("It costs 1,000.50 euros, or 3.5-4.5 % more.", ["It costs 1,000.50 euros or 3.5 - 4.5% more."]),
    ("1-2-3 4,5 6. 7 .8 9.", ["1 - 2 - 3 4 , 5 6 . 7 .8 9 ."]),
    ("x.y,z 1.a a.1 1,b b,1 ...  ,,, .,.", ["x . y , z 1.a a.1 1 , b b , 1 . . . , , , . , ."]),
    ("U.S.A. vs. U.K., e.g. 3-D", ["USA vs UK, e.g. 3D"]),
    ("a/b [c] {d} (e) <f> \\g ^h _i `j |k ~l !m @n #o $p %q *r +s =t :u ;v ?w 'x' \"y\"",
     ["a / b [ c ] { d } ( e ) < f > \\ g ^ h _ i ` j | k ~ l ! m @ n # o $ p % q * r + s = t : u ; v ? w ' x ' \" y \""]),
    ("(hi) -ho- !? ... a. .a 'quoted' \"both\"", ["( hi ) ho !? … a. .a quoted both"]),
    ("<skipped>The rest of the line<skipped>", ["The rest of the line"]),
    ("Stra\u00dfe, \u00c4pfel und \u00d6l: gro\u00dfe GR\u00d6SSE", ["STRASSE, \u00e4pfel und \u00f6l; gro\u00dfe gr\u00f6sse"]),
    ("caf\u00e9 nai\u0308ve", ["cafe\u0301 na\u00efve"]),
    ("\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3 \u0391\u03a3. \u03a3", ["\u03bf\u03b4\u03bf\u03c2 \u03c3\u03b1\u03c2 \u03b1\u03c2. \u03c3"]),
    ("\u0130stanbul I\u0131 \u01c5", ["i\u0307stanbul i\u0131 \u01c6"]),
    ("a\u00a0b\u2003c\u3000d\u200be\u1680f\u0085g\u001ch", ["a b c d e f g h"]),
    ("\u4ed6\u8bf4\uff1a\u201c\u4f60\u597d\uff0c\u4e16\u754c\u3002\u201d OK 123\u2030", ["\u4ed6\u8bf4: \u201c\u4f60\u597d\u4e16\u754c\u201d\u3002OK 123 \u2030"]),
    ("\u6771\u4eac\u30bf\u30ef\u30fc\u306f333m\u3067\u3059\u3002", ["\u6771\u4eac\u30bf\u30ef\u30fc\u306f\u3001333 m \u3060\u3002"]),
    ("\ud55c\uad6d\uc5b4 \ubb38\uc7a5\uc785\ub2c8\ub2e4.", ["\ud55c\uad6d\uc5b4\ub85c \ub41c \ubb38\uc7a5."]),
    ("\u042d\u0442\u043e \u2014 \u00ab\u0442\u0435\u0441\u0442\u00bb\u2026 \u2116 5", ["\u042d\u0442\u043e \u0442\u0435\u0441\u0442: \u2116 5."]),
    ("\u0645\u0631\u062d\u0628\u0627\u060c \u0643\u064a\u0641 \u062d\u0627\u0644\u0643\u061f \u0661\u0662\u0663\u066b\u0664", ["\u0645\u0631\u062d\u0628\u0627 \u0643\u064a\u0641 \u0627\u0644\u062d\u0627\u0644\u061f 123.4"]),
    ("\u0939\u093f\u0928\u094d\u0926\u0940 \u0935\u093e\u0915\u094d\u092f\u0964", ["\u0939\u093f\u0902\u0926\u0940 \u0935\u093e\u0915\u094d\u092f \u0939\u0948\u0964"]),
    ("\U0001f600\U0001f469\u200d\U0001f469\u200d\U0001f467 ok \U0001f1e9\U0001f1ea!", ["\U0001f600 \U0001f469\u200d\U0001f467 ok \U0001f1e9\U0001f1ea !"]),
    ("\u20ac5 + \u00a36 = \u00a511 \u2260 \u221e; \u00a7 3 \u00b6 \u00a9 \u00ae \u2122 x\u00b2 \u00bd", ["5 \u20ac + 6 \u00a3 = 11 \u00a5 ; \u00a7 3 (c) TM x2 1/2"]),
    ("\ufeffbyte order mark \ufffd", ["byte order mark"]),
    ("don't John's dogs' 'tis it's 's", ["do n't John 's dogs ' 'tis it 's 's"]),
    ("tabs\tand  double   spaces ", ["tabs and double spaces"]),
    ("d e f g a b c h i j", ["a b c d e f g h i j"]),
    ("j i h g f e d c b a", ["a b c d e f g h i j"]),
    ("a b a b a b a b c c c c", ["b a b a b a b a c c d c", "c c c c a b a b a b a b"]),
    (" ".join("w%d" % (i % 7) for i in range(120)), [" ".join("w%d" % (i % 5) for i in range(90))]),
    (" ".join("x%d" % ((i * 37) % 101) for i in range(140)), [" ".join("x%d" % i for i in range(101))]),
    ("short", [" ".join("y%d" % i for i in range(80))]),
    (" ".join("z%d" % i for i in range(80)), ["z79 z3"]),
    (" ".join("z%d" % i for i in range(3)), [" ".join("z%d" % (i % 11) for i in range(200))]),
]

SENTENCES = [
    "Zwei junge Leute sitzen auf einer Bank und lesen die Zeitung.",
    "Der Zug nach Hamburg f\u00e4hrt heute um 17.45 Uhr von Gleis 9 ab, nicht von Gleis 7!",
    "\u201eIch wei\u00df es nicht\u201c, sagte sie, \u201eaber morgen fr\u00fch frage ich ihn.\u201c",
    "Where is the nearest train station, and how do I get there on foot?",
    "The committee approved a budget of $2,500,000.00 for 2024-2025 (up 12.5 %).",
    "Elle m\u2019a dit qu\u2019il faisait froid ; pourtant, il n\u2019avait pas neig\u00e9 depuis l\u2019hiver.",
    "\u00bfCu\u00e1ntos a\u00f1os tienes? \u2014 Tengo veinti\u00fan a\u00f1os.",
    "W przysz\u0142ym tygodniu pojedziemy nad jezioro, \u017ceby \u0142owi\u0107 ryby.",
    "\u041c\u044b \u0432\u0441\u0442\u0440\u0435\u0442\u0438\u043b\u0438\u0441\u044c \u0432 \u041c\u043e\u0441\u043a\u0432\u0435 10-\u0433\u043e \u043c\u0430\u044f, \u043a\u043e\u0433\u0434\u0430 \u0448\u0451\u043b \u0434\u043e\u0436\u0434\u044c.",
    "Attention is all that is needed to heed what the other words of a sentence have to say.",
]


def disturbed(sentence, generator):
    """The sentence with words dropped, doubled, swapped, shifted in blocks, and changed in case."""
    words = sentence.split()
    for _ in range(generator.randint(0, 4)):
        kind = generator.choice(["drop", "double", "swap", "block", "case", "chop"])
        at = generator.randrange(len(words))
        if kind == "drop" and len(words) > 1:
            del words[at]
        elif kind == "double":
            words.insert(at, words[at])
        elif kind == "swap":
            other = generator.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == "block":
            block = words[at : at + generator.randint(2, 5)]
            del words[at : at + len(block)]
            to = generator.randint(0, len(words))
            words[to:to] = block
        elif kind == "case":
            words[at] = words[at].swapcase()
        elif kind == "chop" and len(words[at]) > 2:
            words[at] = words[at][:-1]
    return " ".join(words)


def corpus():
    generator = random.Random(SEED)
    hypotheses, streams = [], [[], [], []]
    for hypothesis, references in HARD:
        hypotheses.append(hypothesis)
        for index, stream in enumerate(streams):
            stream.append(references[min(index, len(references) - 1)])
    for index in range(60):
        sentence = SENTENCES[index % len(SENTENCES)]
        hypotheses.append(disturbed(sentence, generator))
        for stream in streams:
            stream.append(sentence if stream is streams[0] else disturbed(sentence, generator))
    return hypotheses, streams


METRICS = {
    "bleu": lambda options: BLEU(force=True, **options),
    "chrf": lambda options: CHRF(**options),
    "ter": lambda options: TER(**options),
}

SETTINGS = (
    [("bleu", {"tokenize": t, "lowercase": lc}) for t in ["13a", "none", "char", "intl", "zh"] for lc in [False, True]]
    + [("bleu", {"smooth_method": m}) for m in ["floor", "add-k", "none"]]
    + [("bleu", {"smooth_method": "floor", "smooth_value": 0.01}), ("bleu", {"smooth_method": "add-k", "smooth_value": 0.5})]
    + [("bleu", {"effective_order": True}), ("bleu", {"effective_order": True, "smooth_method": "floor"}),
       ("bleu", {"effective_order": True, "smooth_method": "add-k"}), ("bleu", {"effective_order": True, "smooth_method": "none"})]
    + [("chrf", o) for o in [{}, {"word_order": 2}, {"word_order": 1, "beta": 3}, {"lowercase": True}, {"whitespace": True},
                             {"eps_smoothing": True}, {"char_order": 3, "word_order": 4}, {"char_order": 8}]]
    + [("ter", o) for o in [{}, {"case_sensitive": True}, {"normalized": True}, {"no_punct": True},
                            {"normalized": True, "no_punct": True, "case_sensitive": True},
                            {"normalized": True, "asian_support": True}, {"no_punct": True, "asian_support": True},
                            {"normalized": True, "no_punct": True, "asian_support": True}]]
)


def command(arguments):
    run = subprocess.run([sys.executable, "-m", "sacrebleu", *arguments, "--no-color"], capture_output=True, check=True)
    return run.stdout.decode("utf-8").rstrip("\n")


def main():
    assert sacrebleu.__version__ == "2.6.0", sacrebleu.__version__
    root = Path(__file__).resolve().parents[2]
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Fixtures" / "Evaluation"
    output.mkdir(parents=True, exist_ok=True)
    hypotheses, streams = corpus()
    for name, lines in [("hypotheses", hypotheses)] + [(f"references.{i + 1}", s) for i, s in enumerate(streams)]:
        (output / f"{name}.txt").write_bytes("".join(line + "\n" for line in lines).encode("utf-8"))

    # The files as the command reads them.
    hypotheses = [line.rstrip() for line in hypotheses]
    streams = [[line.rstrip() for line in stream] for stream in streams]
    scores = []
    for metric, options in SETTINGS:
        for count in (1, 3):
            scorer = METRICS[metric](options)
            score = scorer.corpus_score(hypotheses, streams[:count])
            signature = scorer.get_signature().format()
            # Of BLEU's settings only those for single sentences; TER's slow searches once.
            wanted = (metric == "bleu" and options.get("effective_order")) or metric == "chrf" or (metric == "ter" and not options)
            pairs = zip(hypotheses, *streams[:count]) if wanted else []
            sentences = [scorer.sentence_score(h, list(r)).score for h, *r in pairs]
            scores.append({"metric": metric, "options": options, "references": count, "score": score.score,
                           "line": score.format(1, False, signature), "python": str(score),
                           "json": score.format(3, False, signature, True), "sentences": sentences})

    tokens = []
    for name in ["13a", "intl", "zh", "char", "none"]:
        tokenizer = BLEU(tokenize=name, force=True).tokenizer
        lines = [tokenizer(line).split() for line in hypotheses[: len(HARD)] + streams[0][: len(HARD)]]
        tokens.append({"tokenizer": name, "lines": [" ".join(words) for words in lines]})

    files = [str(output / f"references.{i}.txt") for i in (1, 2, 3)]
    inputs = ["-i", str(output / "hypotheses.txt"), "-m", "bleu", "chrf", "ter"]
    printed = [{"references": n, "width": w, "text": command([*files[:n], *inputs, "--format", "text", "--width", str(w)])}
               for n in (1, 3) for w in (1, 4)]

    lower = [line.lower() for line in hypotheses[: len(HARD)]]
    for name, data in [("scores", scores), ("tokens", tokens), ("printed", printed), ("lowercase", lower)]:
        text = json.dumps(data, ensure_ascii=True, indent=None, separators=(",", ":"))
        (output / f"{name}.json").write_text(text.replace('{"metric"', '\n{"metric"') + "\n")


if __name__ == "__main__":
    main()

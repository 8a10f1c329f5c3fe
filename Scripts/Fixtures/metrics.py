"""Writes the golden figures of Fixtures/Evaluation for summaries, answers, labels and comparisons of systems.

    python Scripts/Fixtures/metrics.py --squad-v1 evaluate-v1.1.py --squad-v2 evaluate-v2.0.py \
        --summaries debian-summaries/valid.tsv --questions xquad.en.json [OUTPUT_DIRECTORY]

Needs rouge-score 0.1.2, scikit-learn and sacrebleu 2.6, and the two official scripts of SQuAD (that of version 1.1 is
also metrics/squad/compute_score.py of huggingface/evaluate). Summaries are rows of package, description and synopsis;
questions are a file of SQuAD 1.1. Run Scripts/Fixtures/evaluation.py first: systems are mixed from its lines.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import random
import re
import sys
from importlib.metadata import version
from pathlib import Path

from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

SEED = 20261122
TYPES = ["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"]

# Summary and references.
HARD_SUMMARIES = [
    ("", [""]), ("", ["Not empty."]), ("Not empty.", [""]), ("...", ["!?"]), ("\n\n", ["a\n\nb"]), ("a", ["a", "b"]),
    ("The cat sat on the mat.\nIt was happy.", ["It was happy.\nA cat sat on a mat."]),
    ("the the the the", ["the cat the"]), ("the cat\nthe cat\nthe cat", ["the cat is the cat"]),
    ("police killed the gunman", ["police kill the gunman", "the gunman kill police", "the gunman police killed"]),
    ("a b c d e f g", ["a c b d f e g\ng f e d c b a", "x y z"]), ("w1 w2 w3\nw4 w5", ["w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5"]),
    ("x y x y x\ny x y", ["y x y x\nx x y y\nx"]), ("one\r\ntwo\x0bthree\u2028four", ["one two\nthree four"]),
    ("Stra\u00dfe \u00c4pfel caf\u00e9 na\u00efve", ["strasse apfel cafe naive", "stra e pfel caf na ve"]),
    ("\u0130stanbul \u212aelvin \uff21\uff22 \u0663", ["i stanbul kelvin ab 3"]), ("don't e-mail 3.5% <n> a_b", ["don t e mail 3 5 n a b"]),
    ("running runs ran runner easily fairly", ["run run run run easi fair"]),
    ("generalizations oscillators relational conditional", ["general oscil relat condit"]),
]

# Endings of all steps, put behind beginnings of all shapes: few lists of words have all combinations.
BEGINNINGS = ["", "b", "tr", "ee", "ab", "oy", "fil", "hopp", "trouble", "crea", "syzyg", "y", "yy", "a1", "9", "conflat", "siz", "geo", "adop"]
ENDINGS = ("sses ies ss s eed ed ing at bl iz ated bled izing lling ssed zzing tted y ey by ational tional enci anci izer bli alli "
           "abli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize "
           "iciti ical ful ness al ance ence er ic able ible ant ement ment ent sion tion ion ou ism ate iti ous ive ize e ie ll lle "
           "ied ies ically fully logically aballi").split()

HARD_ANSWERS = [
    ("", ""), ("", "the"), ("the", "the"), ("a", ""), ("The Cat", "cat"), ("the–a dog", "dog"), ("U.S.A.", "usa"), ("a.b", "ab"), ("an-other", "another"),
    ("in the\u00a0house", "house in"), ("the_the", "thethe"), ("d'the", "dthe"), ("\u00e9 the\u0301", "\u00e9"), ("the\u00b2", "the\u00b2 the"),
    ("\u0130 a", "i\u0307"), ("$ 5,000 (five)", "5000 five"), ("cat cat dog", "cat dog dog"), ("\u201cthe\u201d", "\u201c\u201d"), ("A\u0640 the\u0e33", "x"),
    ("a\u2014b", "b"), ("x the\ny", "x y"), ("\u4e00the", "the"), ("theatre", "atre"),
]


def script(path):
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_").replace(".", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stems(summaries):
    words = {word for row in summaries for text in row[1:] for word in re.findall("[a-z0-9]+", text.lower())}
    words = set(random.Random(SEED).sample(sorted(words), 1500)) | {b + e for b in BEGINNINGS for e in ENDINGS}
    words |= set("sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed succeed".split())
    stemmer = PorterStemmer()
    return [(word, stemmer.stem(word)) for word in sorted(words)]


def rouge(summaries):
    cases = list(HARD_SUMMARIES)
    generator = random.Random(SEED)
    for _, description, synopsis in summaries[:25]:
        sentences = description.split(". ")
        cases.append((". ".join(sentences[:2]), [synopsis]))
        other = "\n".join(generator.sample(sentences, len(sentences))[:3])
        cases.append((other, ["\n".join(sentences[:3]), synopsis]))
    result = []
    for summary, references in cases:
        case = {"summary": summary, "references": references}
        for name, stem in (("plain", False), ("stemmed", True)):
            scores = RougeScorer(TYPES, use_stemmer=stem).score_multi(references, summary)
            case[name] = {key: list(map(float, score)) for key, score in scores.items()}
        result.append(case)
    return result


def guess(generator, answers, context):
    """A prediction: right, nearly right, or some other words of the text."""
    answer, kind = generator.choice(answers)["text"], generator.randrange(6)
    words = answer.split()
    if kind == 0:
        return answer
    if kind == 1:
        return "The " + answer.upper() + "."
    if kind == 2:
        return " ".join(words[: len(words) // 2 + 1])
    if kind == 3:
        return answer + " of the " + context.split()[0]
    start = generator.randrange(len(context.split()))
    return " ".join(context.split()[start : start + 3]) if kind == 4 else ""


def answers(v1, v2, questions):
    texts = sorted({qa["answers"][0]["text"] for article in questions for p in article["paragraphs"] for qa in p["qas"]})
    generator = random.Random(SEED)
    pairs = list(HARD_ANSWERS)
    for text in generator.sample(texts, 60):
        words = text.split() + ["the", "in"]
        pairs.append((" ".join(generator.sample(words, generator.randint(1, len(words)))), text))
    return [{"answer": a, "reference": r, "normalized": v1.normalize_answer(a), "exact": v2.compute_exact(r, a),
             "f1_v1": v1.f1_score(a, r), "f1_v2": v2.compute_f1(r, a)} for a, r in pairs]


def squad_v2(v2, dataset, predictions, probabilities, threshold):
    """The main function of the script, without its files."""
    has = v2.make_qid_to_has_ans(dataset)
    exact, f1 = v2.get_raw_scores(dataset, predictions)
    na = probabilities or {key: 0.0 for key in predictions}
    cut = [v2.apply_no_ans_threshold(scores, na, has, threshold) for scores in (exact, f1)]
    result = v2.make_eval_dict(*cut)
    for prefix, wanted in (("HasAns", True), ("NoAns", False)):
        ids = [key for key, value in has.items() if value == wanted]
        if ids:
            v2.merge_eval(result, v2.make_eval_dict(*cut, qid_list=ids), prefix)
    if probabilities:
        v2.find_all_best_thresh(result, predictions, exact, f1, na, has)
    return result


def squad(v1, v2, questions, write):
    generator = random.Random(SEED)
    paragraphs = [{"context": p["context"][:40], "qas": p["qas"][:4], "text": p["context"]} for a in questions for p in a["paragraphs"]][:30]
    predictions, probabilities = {}, {}
    data = [[], []]
    for paragraph in paragraphs:
        records = [[], []]
        for qa in paragraph["qas"]:
            answers = [{"text": a["text"], "answer_start": a["answer_start"]} for a in qa["answers"]]
            answers += [{"text": "the " + answers[0]["text"] + "!", "answer_start": 0}] if generator.random() < 0.3 else []
            predictions[qa["id"]] = guess(generator, answers, paragraph["text"])
            probabilities[qa["id"]] = generator.randrange(20) / 20
            records[0].append({"id": qa["id"], "question": "", "answers": answers})
            impossible = generator.random() < 0.4
            shown = [] if impossible else answers if generator.random() < 0.9 else [{"text": "The", "answer_start": 0}]
            records[1].append({"id": qa["id"], "question": "", "answers": shown, "is_impossible": impossible})
        for articles, qas in zip(data, records):
            articles.append({"title": "", "paragraphs": [{"context": paragraph["context"], "qas": qas}]})
    some = {key: value for index, (key, value) in enumerate(predictions.items()) if index % 7}
    write("squad-1.json", {"version": "1.1", "data": data[0]})
    write("squad-2.json", {"version": "v2.0", "data": data[1]})
    write("squad-predictions.json", predictions)
    write("squad-probabilities.json", probabilities)
    with contextlib.redirect_stderr(io.StringIO()):
        missing = v1.compute_score(data[0], some)
    return {"v1": v1.compute_score(data[0], predictions), "v1_without_every_seventh": missing,
            "v2": squad_v2(v2, data[1], predictions, None, 1.0),
            "v2_threshold": [{"threshold": t, "figures": squad_v2(v2, data[1], predictions, probabilities, t)} for t in (1.0, 0.5, 0.2)]}


def classification():
    generator = random.Random(SEED)
    cases = [([0], [0]), ([1, 1, 1], [0, 0, 0]), ([0, 0, 1], [0, 1, 1]), ([0, 1, 2], [0, 1, 3]), ([0, 0], [0, 1])]
    for classes, length, right in [(2, 50, 0.7), (7, 200, 0.6), (30, 100, 0.3), (3, 80, 0.0)]:
        labels = [min(generator.randrange(classes), generator.randrange(classes)) for _ in range(length)]
        cases.append(([y if generator.random() < right else generator.randrange(classes + 1) for y in labels], labels))
    return [{"predictions": p, "labels": y, "accuracy": float(accuracy_score(y, p)),
             "macro_f1": float(f1_score(y, p, average="macro", zero_division=0)),
             "matthews": float(matthews_corrcoef(y, p))} for p, y in cases]


def bootstrap(directory):
    """The baseline, and systems that take some lines from the second references instead."""
    def lines(name):
        return [line.rstrip() for line in (directory / name).read_bytes().decode("utf-8").split("\n")[:-1]]
    hypotheses, first, second, third = (lines(n) for n in ["hypotheses.txt"] + [f"references.{i}.txt" for i in (1, 2, 3)])
    choices = [(2, 0), (9, 5), (5, 3)]
    systems = [(f"{every}/{at}", [second[i] if i % every == at else line for i, line in enumerate(hypotheses)])
               for every, at in choices]
    metrics = {"BLEU": BLEU(), "chrF": CHRF(), "chrF++": CHRF(word_order=2), "TER": TER()}
    test = PairedTest([("baseline", hypotheses)] + systems, metrics, [first, third], test_type="bs", n_samples=2000)
    _, scores = test()
    cases = []
    for name in list(scores)[1:]:
        base, *results = scores[name]
        for (every, at), result in zip(choices, results):
            cases.append({"metric": name, "every": every, "at": at, "baseline": [base.score, float(base.mean), float(base.ci)],
                          "system": [result.score, float(result.mean), float(result.ci)], "p": result.p_value})
    return cases


def main():
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser()
    for name in ("squad-v1", "squad-v2", "summaries", "questions"):
        parser.add_argument("--" + name, type=Path, required=True)
    parser.add_argument("output", nargs="?", type=Path, default=root / "Fixtures" / "Evaluation")
    arguments = parser.parse_args()
    assert version("rouge-score") == "0.1.2" and version("sacrebleu") == "2.6.0"

    def write(name, value):
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
        text = re.sub(r'(?<=[\[,])(\{"(?:summary|answer|predictions|metric|title)")', r"\n\1", text)
        (arguments.output / name).write_text(text + "\n")

    summaries = [line.split("\t") for line in arguments.summaries.read_text(encoding="utf-8").splitlines()]
    questions = json.loads(arguments.questions.read_text(encoding="utf-8"))["data"]
    v1, v2 = script(arguments.squad_v1), script(arguments.squad_v2)
    (arguments.output / "stems.tsv").write_text("".join(f"{word}\t{stem}\n" for word, stem in stems(summaries)))
    write("rouge.json", rouge(summaries))
    write("answers.json", answers(v1, v2, questions))
    write("squad.json", squad(v1, v2, questions, write))
    write("classification.json", classification())
    write("bootstrap.json", bootstrap(arguments.output))
    print("rouge-score", version("rouge-score"), "nltk", version("nltk"), "scikit-learn", version("scikit-learn"),
          "sacrebleu", version("sacrebleu"), "Python", sys.version.split()[0], "seed", SEED)


if __name__ == "__main__":
    main()

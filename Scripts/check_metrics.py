"""Compares `heed score` over whole files with the reference tools of each metric.

    python Scripts/check_metrics.py HEED --summaries debian-summaries/valid.tsv --questions xquad.en.json \
        --squad-v1 evaluate-v1.1.py --squad-v2 evaluate-v2.0.py [--words LIST]

HEED is the program. Summaries are rows of package, description and synopsis; questions are a file of SQuAD 1.1. LIST has
a word a line: ROUGE of neighbouring words tells whether those conflate that NLTK's stemmer conflates.
Needs: pip install rouge-score==0.1.2 scikit-learn sacrebleu==2.6.0, and the two official scripts of SQuAD.
Exit status 0 if all figures agree, 65 if not.
"""
import argparse
import contextlib
import importlib.util
import io
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
failures = 0


def script(path):
    spec = importlib.util.spec_from_file_location("script", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Heed:
    def __init__(self, program, directory):
        self.program, self.directory = program, Path(directory)

    def file(self, name, value):
        path = self.directory / name
        text = "".join(line + "\n" for line in value) if isinstance(value, list) else json.dumps(value)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def score(self, *arguments):
        run = subprocess.run([self.program, "score", *arguments, "--json"], capture_output=True, text=True, check=True)
        return json.loads(run.stdout)


def check(name, found, expected, tolerance=1e-9):
    global failures
    difference = max((abs(found[key] - expected[key]) for key in expected), default=0)
    equal = set(expected) <= set(found) and difference <= tolerance
    failures += not equal
    print(f"{name}: largest difference {difference:.2g}{'' if equal else f': DIFFERENT: {found} for {expected}'}", flush=True)


def rouge(heed, name, hypotheses, streams):
    files = [heed.file(f"{index}.txt", [line.replace("\n", "<n>") for line in lines])
             for index, lines in enumerate([hypotheses, *streams])]
    for stem in (False, True):
        scorer = RougeScorer(TYPES, use_stemmer=stem)
        scores = [scorer.score_multi(list(references), line) for line, *references in zip(hypotheses, *streams)]
        found = heed.score("rouge", "-i", files[0], "-r", *files[1:], *["--stem"] * stem)
        for kind in TYPES:
            means = [100 * sum(score[kind][index] for score in scores) / len(scores) for index in range(3)]
            check(f"{name}, {len(scores)} lines, {kind}{' with stems' if stem else ''}", found[kind],
                  dict(zip(["precision", "recall", "f_measure"], means)))


def squad(heed, v1, v2, path, generator):
    data = json.loads(Path(path).read_text(encoding="utf-8"))["data"]
    predictions = {}
    for article in data:
        for paragraph in article["paragraphs"]:
            words = paragraph["context"].split()
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]["text"]
                start = generator.randrange(len(words))
                predictions[qa["id"]] = generator.choice(
                    [answer, "the " + answer, answer + " " + words[0], " ".join(words[start : start + 5]), "", answer.split()[-1]])
    text = {"version": "1.1", "data": data}
    answers = heed.file("predictions.json", predictions)
    check(f"SQuAD 1.1, {len(predictions)} questions", heed.score("squad", "--data", heed.file("v1.json", text), "--predictions", answers),
          v1.compute_score(data, predictions))
    some = {key: value for key, value in predictions.items() if generator.random() < 0.9}
    with contextlib.redirect_stderr(io.StringIO()):
        expected = v1.compute_score(data, some)
    check(f"SQuAD 1.1, {len(some)} predictions",
          heed.score("squad", "--data", heed.file("v1.json", text), "--predictions", heed.file("some.json", some)), expected)

    for article in data:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                qa["is_impossible"] = generator.random() < 0.3
                qa["answers"] = [] if qa["is_impossible"] else qa["answers"]
    has = v2.make_qid_to_has_ans(data)
    exact, f1 = v2.get_raw_scores(data, predictions)
    probabilities = {key: generator.random() for key in predictions}
    for threshold in (1.0, 0.6):
        cut = [v2.apply_no_ans_threshold(scores, probabilities, has, threshold) for scores in (exact, f1)]
        expected = v2.make_eval_dict(*cut)
        for prefix, wanted in (("HasAns", True), ("NoAns", False)):
            v2.merge_eval(expected, v2.make_eval_dict(*cut, qid_list=[key for key in has if has[key] == wanted]), prefix)
        v2.find_all_best_thresh(expected, predictions, exact, f1, probabilities, has)
        found = heed.score("squad", "--data", heed.file("v2.json", {"version": "v2.0", "data": data}), "--predictions", answers,
                           "--no-answer-probabilities", heed.file("na.json", probabilities), "--no-answer-threshold", str(threshold))
        check(f"SQuAD 2.0, threshold {threshold}", found, expected)


def classification(heed, generator):
    for classes in (2, 77):
        labels = [generator.randrange(classes) for _ in range(5000)]
        found = [label if generator.random() < 0.6 else generator.randrange(classes) for label in labels]
        files = [heed.file(f"labels.{i}", [f"label {value}" for value in values]) for i, values in enumerate((found, labels))]
        check(f"{classes} labels", heed.score("classification", "-i", files[0], "-r", files[1]), {
            "accuracy": accuracy_score(labels, found), "macro_f1": f1_score(labels, found, average="macro"),
            "matthews_correlation": matthews_corrcoef(labels, found)})


def compare(heed, sentences, generator):
    def worse(line, rate):
        words = [word for word in line.split() if generator.random() > rate]
        return " ".join(words) or line
    systems = [[worse(line, rate) for line in sentences] for rate in (0.2, 0.2, 0.21, 0.19)]
    files = [heed.file(f"system.{index}", lines) for index, lines in enumerate(systems)]
    count = 1000
    test = PairedTest([(f"system {i}", lines) for i, lines in enumerate(systems)],
                      {"bleu": BLEU(), "chrf": CHRF(), "ter": TER()}, [sentences], "bs", count)
    _, expected = test()
    found = heed.score("compare", "-r", heed.file("sentences", sentences), "--baseline", files[0], "--system", *files[1:],
                       "--resamples", str(count))
    for metric in found["metrics"]:
        for index, (ours, theirs) in enumerate(zip(metric["systems"], expected[metric["name"]])):
            name = f"{metric['name']} of system {index}"
            check(name, ours, {"score": theirs.score})
            check(name + ", mean and half-width", ours, {"mean": theirs.mean, "confidence_half_width": theirs.ci}, 0.25 * theirs.ci)
            if index:
                # Five standard errors of the difference of two proportions.
                spread = (2 * max(theirs.p_value, 0.005) * (1 - theirs.p_value) / count) ** 0.5
                print(f"  p {ours['p_value']:.4f}, sacreBLEU {theirs.p_value:.4f}")
                check(name + ", p", ours, {"p_value": theirs.p_value}, 5 * spread)


def main():
    parser = argparse.ArgumentParser(description="Compare heed score with the reference tools.")
    parser.add_argument("heed")
    for name in ("--summaries", "--questions", "--squad-v1", "--squad-v2"):
        parser.add_argument(name, required=True)
    parser.add_argument("--words")
    arguments = parser.parse_args()
    generator = random.Random(1)
    rows = [line.split("\t") for line in Path(arguments.summaries).read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as directory:
        heed = Heed(arguments.heed, directory)
        rouge(heed, "descriptions and synopses", [row[1].replace(". ", ".\n") for row in rows], [[row[2] for row in rows]])
        rouge(heed, "two references", [row[2] for row in rows],
              [["\n".join(row[1].split(". ")[:2]) for row in rows], [row[1] for row in rows]])
        if arguments.words:
            words = [word for word in Path(arguments.words).read_text(encoding="utf-8").split() if word.isalnum()]
            chunks = [words[index : index + 20] for index in range(0, len(words), 20)]
            rouge(heed, "words and their neighbours", [" ".join(chunk[::2]) for chunk in chunks], [[" ".join(chunk[1::2]) for chunk in chunks]])
        squad(heed, script(arguments.squad_v1), script(arguments.squad_v2), arguments.questions, generator)
        classification(heed, generator)
        compare(heed, [row[2] for row in rows][:300], generator)
    sys.exit(65 if failures else 0)


if __name__ == "__main__":
    main()

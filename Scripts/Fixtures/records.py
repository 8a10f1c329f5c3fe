"""Writes Fixtures/Training: CSV and SQuAD files full of hard cases, and what Python reads in them.

    python Scripts/Fixtures/records.py [OUTPUT_DIRECTORY]

Needs only the standard library: its csv module is the reference for quoting, and its strings, which are rows of
Unicode code points, are the reference for `answer_start`. The seed is fixed, so the files are the same on every run.
"""

import csv
import io
import json
import random
import sys
from pathlib import Path

SEED = 20251122
PIECES = ["a", "word", ",", ";", '"', '""', "\n", "\r\n", "\t", " ", "é", "e\u0301", "\U0001f600", "\u2028"]
PIECES += ["日本", "'", "\\"]
WORDS = ["plain", "naïve", "cafe\u0301", "\U0001f600", "日本語", "\U0001d518nicode", "x", "\u200d", "\n", "…", "ﬁn"]


def random_text(random_numbers: random.Random, longest: int) -> str:
    return "".join(random_numbers.choice(PIECES) for _ in range(random_numbers.randint(0, longest)))


def write_csv(directory: Path, name: str, separator: str, line_end: str, mark: str) -> None:
    random_numbers = random.Random(SEED + len(name))
    rows = [["id", "text", "a label"]]
    rows += [[str(i), random_text(random_numbers, 8), random_text(random_numbers, 3)] for i in range(60)]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=line_end).writerows(rows)
    (directory / f"{name}.csv").write_bytes((mark + text.getvalue()).encode())
    read = list(csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=separator))
    assert read == rows, name
    (directory / f"{name}.json").write_text(json.dumps(read[1:]) + "\n")


def write_squad(directory: Path) -> None:
    random_numbers = random.Random(SEED)
    articles, rows, expected = [], [], []
    for article in range(3):
        title = f"Article {article} é"
        paragraphs = []
        for paragraph in range(2):
            words = [random_numbers.choice(WORDS) for _ in range(30)]
            context = " ".join(words)
            questions = []
            for number in range(4):
                identifier = f"{article}-{paragraph}-{number}"
                question = f"What is “{number}”?"
                spans = []
                for _ in range(0 if number == 3 else 1 + number % 2):
                    start = random_numbers.randrange(len(context) - 6)
                    spans.append((start, start + random_numbers.randint(1, 6)))
                answers = [{"text": context[a:b], "answer_start": a} for a, b in spans]
                record = {"id": identifier, "question": question, "answers": answers, "is_impossible": not spans}
                if not spans:
                    record["plausible_answers"] = [{"text": context[:3], "answer_start": 0}]
                questions.append(record)
                columns = {key: [answer[key] for answer in answers] for key in ("text", "answer_start")}
                row = {"id": identifier, "title": title, "context": context, "question": question}
                rows.append(row | {"answers": columns})
                utf8 = [[len(context[:a].encode()), len(context[:b].encode())] for a, b in spans]
                texts = [context[a:b] for a, b in spans]
                expected.append(row | {"article": article, "texts": texts, "bytes": utf8})
            # As in SQuAD v2, whose questions stand before their context.
            paragraphs.append({"qas": questions, "context": context})
        articles.append({"paragraphs": paragraphs, "title": title})
    document = {"version": "v2.0", "data": articles}
    (directory / "squad.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    (directory / "squad.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (directory / "squad-read.json").write_text(json.dumps(expected) + "\n")


def main() -> None:
    default = Path(__file__).resolve().parents[2] / "Fixtures" / "Training"
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    directory.mkdir(parents=True, exist_ok=True)
    write_csv(directory, "commas", ",", "\r\n", "\ufeff")
    write_csv(directory, "semicolons", ";", "\n", "")
    write_squad(directory)


if __name__ == "__main__":
    main()

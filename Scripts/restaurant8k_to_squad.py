"""Writes Restaurants-8k, a data set of spans in requests to restaurants, in the form of SQuAD v2.

    python Scripts/restaurant8k_to_squad.py train_0.json train.json held-out.json

Each of the five slots becomes a question about each request: its span is the answer, and a slot without one is
`is_impossible`. About one request in ten goes to the held-out file, chosen by a hash of its text, so that equal
requests never stand in both. `--unanswerable N` keeps at most N unanswerable questions of each request for training;
the held-out file always asks all five, which is the task.

Source of the data: Coope et al., "Span-ConveRT: Few-shot Span Extraction for Dialog with Pretrained Conversational
Representations" (2020); github.com/PolyAI-LDN/task-specific-datasets, CC BY 4.0. Needs only the standard library.
"""

import argparse
import hashlib
import json
from pathlib import Path

QUESTIONS = {
    "people": "How many people is the table for?",
    "date": "What is the date?",
    "time": "What is the time?",
    "first_name": "What is the first name?",
    "last_name": "What is the last name?",
}


def fraction(text: str) -> float:
    """A number in [0, 1) that depends on nothing but the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def paragraph(number: int, item: dict, unanswerable: int) -> dict:
    context = item["userInput"]["text"]
    answers = {}
    for label in item.get("labels", []):
        # A start of 0 is left out of the file. Some spans begin with a space, which is no part of an answer.
        start, end = label["valueSpan"].get("startIndex", 0), label["valueSpan"]["endIndex"]
        span = context[start:end]
        if label["slot"] not in QUESTIONS or end > len(context) or not span.strip():
            raise SystemExit(f"request {number}: the label {label} fits no slot or no part of {context!r}")
        start += len(span) - len(span.lstrip())
        answers[label["slot"]] = [{"text": span.strip(), "answer_start": start}]
    # Which unanswerable slots are kept varies from request to request.
    missing = [slot for slot in QUESTIONS if slot not in answers]
    missing.sort(key=lambda slot: fraction(f"{number} {slot}"))
    kept = set(answers) | set(missing[:unanswerable])
    return {
        "context": context,
        "qas": [
            {
                "id": f"{number}-{slot}",
                "question": question,
                "answers": answers.get(slot, []),
                "is_impossible": slot not in answers,
            }
            for slot, question in QUESTIONS.items()
            if slot in kept
        ],
    }


def write(path: Path, paragraphs: list) -> None:
    data = [{"title": "Restaurants-8k", "paragraphs": [part for part in paragraphs if part["qas"]]}]
    document = json.dumps({"version": "v2.0", "data": data}, ensure_ascii=False, indent=1)
    path.write_text(document + "\n", encoding="utf-8")
    questions = [question for part in paragraphs for question in part["qas"]]
    answered = sum(not question["is_impossible"] for question in questions)
    print(f"{path}: {len(paragraphs)} requests, {len(questions)} questions, {answered} of them with an answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="train_0.json of Restaurants-8k")
    parser.add_argument("train", type=Path, help="the SQuAD file to train on")
    parser.add_argument("held_out", type=Path, help="the SQuAD file to validate on")
    parser.add_argument("--fraction", type=float, default=0.1, help="part of the requests to hold out (0.1)")
    parser.add_argument(
        "--unanswerable", type=int, default=len(QUESTIONS), help="unanswerable questions a request in training (all)"
    )
    arguments = parser.parse_args()
    items = json.loads(arguments.source.read_text(encoding="utf-8"))
    train, held_out = [], []
    for number, item in enumerate(items):
        is_held_out = fraction(item["userInput"]["text"].strip().lower()) < arguments.fraction
        limit = len(QUESTIONS) if is_held_out else arguments.unanswerable
        (held_out if is_held_out else train).append(paragraph(number, item, limit))
    write(arguments.train, train)
    write(arguments.held_out, held_out)


if __name__ == "__main__":
    main()

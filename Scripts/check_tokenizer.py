"""Compares identifiers and decoded text made by Heed with those of the Hugging Face tokenizers library.

Usage: python Scripts/check_tokenizer.py TOKENIZER.json TEXT IDS [--no-special-tokens] [--decoded FILE] [--limit N]

IDS has a line of identifiers, separated by spaces, for each line of TEXT; --decoded has the text that Heed makes of them.
Needs: pip install tokenizers. Exit status 0 if all lines are equal, 65 if not.
"""
import argparse
import sys

import tokenizers


def lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def main():
    parser = argparse.ArgumentParser(description="Compare Heed's tokens with the tokenizers library's.")
    parser.add_argument("tokenizer")
    parser.add_argument("text")
    parser.add_argument("ids")
    parser.add_argument("--no-special-tokens", action="store_true")
    parser.add_argument("--decoded")
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()

    reference = tokenizers.Tokenizer.from_file(arguments.tokenizer)
    texts, rows = lines(arguments.text), lines(arguments.ids)
    decoded = lines(arguments.decoded) if arguments.decoded else [None] * len(texts)
    if not len(texts) == len(rows) == len(decoded):
        sys.exit(f"{len(texts)} lines of text, {len(rows)} of identifiers, {len(decoded)} decoded: not equally many")
    limit = arguments.limit or len(texts)
    differences = restored = 0
    for number, (text, row, back) in enumerate(zip(texts[:limit], rows, decoded), 1):
        found = [int(word) for word in row.split()]
        expected = reference.encode(text, add_special_tokens=not arguments.no_special_tokens).ids
        expected_back = reference.decode(expected)
        restored += expected_back == text
        problems = []
        if found != expected:
            problems.append(f"identifiers\n  Heed      {found}\n  reference {expected}")
        if back is not None and back != expected_back:
            problems.append(f"decoded text\n  Heed      {back!r}\n  reference {expected_back!r}")
        differences += bool(problems)
        if problems and differences <= 10:
            print(f"line {number}: {text!r}: " + "; ".join(problems))
    print(f"tokenizers {tokenizers.__version__}: {differences} of {min(limit, len(texts))} lines differ; "
          f"the reference restores the text of {restored}")
    sys.exit(65 if differences else 0)


if __name__ == "__main__":
    main()

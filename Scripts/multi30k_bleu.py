"""Prints BLEU on Multi30k as Wu et al. 2021 count it, and the sacreBLEU of the same files.

    python Scripts/multi30k_bleu.py HYPOTHESES REFERENCES [--language de]

Wu et al. ("Good for Misconceived Reasons", ACL 2021) score lower-cased text in Moses tokens. Both files are therefore
tokenised with sacremoses (no aggressive hyphens) and lower-cased, and BLEU is counted with
`sacrebleu --tokenize none --lowercase --force`. Such numbers are not comparable with the second one, which is what
sacreBLEU gives for the files as they are (13a, cased). Needs sacrebleu 2.6 and sacremoses.
"""

import argparse
import sys

from sacrebleu.metrics import BLEU
from sacremoses import MosesTokenizer


def read_lines(path):
    try:
        with open(path, encoding="utf-8", newline="\n") as file:
            return [line.rstrip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{path}: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hypotheses")
    parser.add_argument("references")
    parser.add_argument("--language", default="de", help="language of the tokenizer's rules (default: %(default)s)")
    arguments = parser.parse_args()

    hypotheses, references = read_lines(arguments.hypotheses), read_lines(arguments.references)
    if not hypotheses or len(hypotheses) != len(references):
        sys.exit(f"{arguments.hypotheses} has {len(hypotheses)} lines but {arguments.references} has {len(references)}; "
                 "expected as many hypotheses as references, and at least one.")

    tokenizer = MosesTokenizer(lang=arguments.language)

    def tokenized(lines):
        return [tokenizer.tokenize(line, aggressive_dash_splits=False, return_str=True).lower() for line in lines]

    for title, metric, left, right in [
        ("Wu et al. 2021", BLEU(tokenize="none", lowercase=True, force=True), tokenized(hypotheses), tokenized(references)),
        ("sacreBLEU", BLEU(), hypotheses, references),
    ]:
        score = metric.corpus_score(left, [right])
        print(f"{title}: {score.format(width=2, signature=metric.get_signature().format())}")


if __name__ == "__main__":
    main()

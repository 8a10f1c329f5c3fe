"""Checks that transformers opens a model directory written by Heed, and finds what Heed finds, from text to text.

    python Scripts/check_transformers.py MODEL TEXT --heed .build/release/heed
    python Scripts/check_transformers.py MODEL TEXT --greedy FILE --beam FILE
    python Scripts/check_transformers.py MODEL TEXT --write-reference DIR

MODEL is read by AutoTokenizer and AutoModelForSeq2SeqLM, and each line of TEXT is translated by `generate`, greedily and
with a beam of 4. The translations are compared with Heed's, which are read from files or asked of the binary. With
--heed, logits are compared as well: the script writes what transformers computes as reference.safetensors and
search.json beside a copy of the model, and `heed doctor` compares. --write-reference leaves those two files in DIR.

Needs torch, transformers 5, safetensors. Exit status 0 if all is equal, 65 if not.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, PreTrainedTokenizerFast

NEW_TOKENS = 12
REFERENCE_LINES = 8
SEARCH_CASES = [
    {"num_beams": 4, "length_penalty": 1.0, "early_stopping": False, "num_return_sequences": 4},
    {"num_beams": 4, "length_penalty": 0.0, "early_stopping": True, "num_return_sequences": 2},
    {"num_beams": 3, "length_penalty": 2.0, "early_stopping": "never", "num_return_sequences": 3},
    {"num_beams": 4, "length_penalty": 1.0, "early_stopping": False, "num_return_sequences": 1, "no_repeat_ngram_size": 2},
    {"num_beams": 2, "length_penalty": 1.0, "early_stopping": False, "num_return_sequences": 2, "repetition_penalty": 1.5},
]


class Reference:
    """A model directory as transformers sees it."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        target = self.directory / "target_tokenizer.json"
        self.target_tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(target)) if target.exists() else self.tokenizer
        self.model, loading = AutoModelForSeq2SeqLM.from_pretrained(directory, output_loading_info=True)
        self.model.eval()
        self.complaints = {name: sorted(map(str, found)) for name, found in loading.items() if found}

    def encode(self, texts):
        return self.tokenizer(texts, padding=True, return_tensors="pt", return_token_type_ids=False)

    @torch.inference_mode()
    def translate(self, texts, batch_size=32, **settings):
        results = []
        for start in range(0, len(texts), batch_size):
            batch = self.encode(texts[start:start + batch_size])
            found = self.model.generate(**batch, do_sample=False, **settings)
            results += self.target_tokenizer.batch_decode(found, skip_special_tokens=True)
        return results

    @torch.inference_mode()
    def write(self, texts, directory):
        """reference.safetensors and search.json, as the fixtures of this repository have them."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        batch = self.encode(texts)
        end, start = self.model.generation_config.eos_token_id, self.model.config.decoder_start_token_id
        greedy = self.model.generate(**batch, num_beams=1, do_sample=False, max_length=None, max_new_tokens=NEW_TOKENS)[:, 1:]
        generated = torch.full_like(greedy, -1)
        for row, ids in enumerate(greedy.tolist()):
            count = ids.index(end) + 1 if end in ids else len(ids)
            generated[row, :count] = greedy[row, :count]
        # All rows count, so none may hold padding, whose position m2m_100 counts in a way of its own.
        fed = torch.where(generated[:, :-1] < 0, end, generated[:, :-1])
        decoder_ids = torch.cat([torch.full((len(texts), 1), start), fed], dim=1)
        output = self.model(**batch, decoder_input_ids=decoder_ids)
        save_file({
            "input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "decoder_input_ids": decoder_ids,
            "encoder_last_hidden_state": output.encoder_last_hidden_state.contiguous(),
            "logits": output.logits.float().contiguous(), "generated_ids": generated.contiguous(),
        }, str(directory / "reference.safetensors"))

        sources = [self.tokenizer(text)["input_ids"] for text in texts[:3]]
        cases = []
        for case in SEARCH_CASES:
            settings = {**case, "max_new_tokens": NEW_TOKENS}
            hypotheses = []
            for source in sources:
                found = self.model.generate(
                    torch.tensor([source]), attention_mask=torch.ones(1, len(source), dtype=torch.long), do_sample=False,
                    max_length=None, return_dict_in_generate=True, output_scores=True, **settings)
                row = []
                for ids, score in zip(found.sequences[:, 1:].tolist(), found.sequences_scores.tolist()):
                    row.append({"ids": ids[:ids.index(end) + 1] if end in ids else ids, "score": score})
                hypotheses.append(row)
            cases.append({**settings, "hypotheses": hypotheses})
        (directory / "search.json").write_text(json.dumps({"input_ids": sources, "cases": cases}) + "\n")


def lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def ask_heed(binary, directory, texts, beam_size, length):
    command = [binary, "translate", "--model", str(directory), "--no-split", "--beam-size", str(beam_size),
               "--max-length", str(length)]
    done = subprocess.run(command, input="".join(text + "\n" for text in texts), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.removesuffix("\n").split("\n")


def compare(name, expected, found):
    if len(found) != len(expected):
        print(f"{name}: {len(found)} lines, expected {len(expected)}")
        return False
    different = [index for index in range(len(expected)) if expected[index] != found[index]]
    print(f"{name}: {len(expected) - len(different)} of {len(expected)} translations are equal")
    for index in different[:5]:
        print(f"  line {index + 1}\n    transformers {expected[index]!r}\n    Heed         {found[index]!r}")
    return not different


def doctor(binary, reference, texts):
    """Lets `heed doctor` compare logits and hypotheses with those of transformers."""
    with tempfile.TemporaryDirectory() as copy:
        for file in reference.directory.iterdir():
            if file.is_file():
                shutil.copy(file, copy)
        reference.write(texts, copy)
        done = subprocess.run([binary, "doctor", copy], capture_output=True, text=True)
        print(f"heed doctor ended with {done.returncode}:\n{(done.stdout + done.stderr).strip()}")
        return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("--heed", help="the heed binary")
    parser.add_argument("--greedy", help="Heed's translations with --beam-size 1")
    parser.add_argument("--beam", help="Heed's translations with --beam-size 4")
    parser.add_argument("--limit", type=int, default=200, help="lines to translate (default: %(default)s)")
    parser.add_argument("--max-length", type=int, default=64, help="new tokens of a translation (default: %(default)s)")
    parser.add_argument("--write-reference", metavar="DIR")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    texts = [line for line in lines(arguments.text) if line.strip()]
    if arguments.greedy or arguments.beam:
        texts = lines(arguments.text)  # so that the lines of the files stand beside each other
    texts = texts[:arguments.limit]
    reference = Reference(arguments.model)
    count = sum(parameter.numel() for parameter in reference.model.parameters())
    print(f"transformers {transformers.__version__}, torch {torch.__version__}: {type(reference.model).__name__}, "
          f"{type(reference.tokenizer).__name__}, {count} parameters")
    equal = True
    for name, found in reference.complaints.items():
        print(f"  {name}: {', '.join(found)}")
        equal = False

    if arguments.write_reference:
        reference.write(texts[:REFERENCE_LINES], arguments.write_reference)
        print(f"wrote reference.safetensors and search.json to {arguments.write_reference}")
    for name, beam_size, file in [("greedy", 1, arguments.greedy), ("beam 4", 4, arguments.beam)]:
        if not (file or arguments.heed):
            continue
        expected = reference.translate(
            texts, num_beams=beam_size, length_penalty=1.0, early_stopping=False, max_length=None,
            max_new_tokens=arguments.max_length)
        found = lines(file)[:arguments.limit] if file else ask_heed(
            arguments.heed, arguments.model, texts, beam_size, arguments.max_length)
        equal = compare(name, expected, found) and equal
    if arguments.heed:
        equal = doctor(arguments.heed, reference, texts[:REFERENCE_LINES]) and equal
    elif not (arguments.greedy or arguments.beam or arguments.write_reference):
        for text, translation in zip(texts[:3], reference.translate(texts[:3], num_beams=4)):
            print(f"  {text!r} -> {translation!r}")
    sys.exit(0 if equal else 65)


if __name__ == "__main__":
    main()

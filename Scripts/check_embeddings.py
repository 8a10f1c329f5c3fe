"""Compares the vectors that `heed embed` writes with the same arithmetic in PyTorch.

    python Scripts/check_embeddings.py heed MODEL_DIRECTORY TEXTS [COUNT]

MODEL_DIRECTORY is one of sentence-transformers with BERT, mean pooling and normalisation, such as all-MiniLM-L6-v2;
TEXTS holds a text a line, of which the first COUNT (200) are taken. Needs torch, transformers and numpy. Exits with 1
if a number differs by more than 1e-5, or a text alone gives other bits than in the batch.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers


def expected(directory, texts):
    limit = json.loads((directory / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModel.from_pretrained(directory, dtype=torch.float32).eval()
    rows = []
    for text in texts:
        inputs = tokenizer(text.strip(), truncation=True, max_length=limit, padding=False, return_tensors="pt")
        with torch.no_grad():
            states = model(**inputs).last_hidden_state
        weights = inputs["attention_mask"][..., None].float()
        mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        rows.append(torch.nn.functional.normalize(mean, dim=1)[0].numpy())
    return numpy.stack(rows)


def embedded(heed, directory, texts, *options):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "vectors.npy"
        subprocess.run(
            [heed, "embed", "--model", directory, "--output", file, *options], check=True,
            input="".join(f"{text}\n" for text in texts).encode())
        return numpy.load(file)


def main():
    heed, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    with open(sys.argv[3], encoding="utf-8", newline="\n") as file:
        texts = [line.rstrip("\n") for line, _ in zip(file, range(count))]
    found, wanted = embedded(heed, directory, texts), expected(directory, texts)
    assert found.dtype == numpy.float32 and found.shape == wanted.shape, (found.dtype, found.shape, wanted.shape)
    difference = float(numpy.abs(found - wanted).max())
    print(f"{len(texts)} texts, {found.shape[1]} numbers each: largest difference {difference:.3g}")
    alone = embedded(heed, directory, texts, "--batch-tokens", "1")
    print("alone as in a batch:", "the same bits" if numpy.array_equal(found, alone) else "DIFFERENT BITS")
    return 0 if difference <= 1e-5 and numpy.array_equal(found, alone) else 1


sys.exit(main())

"""Perplexity in windows, as Hugging Face's guide "Perplexity of fixed-length models" lays them out, with PyTorch.

    python Scripts/Fixtures/perplexity.py

writes Fixtures/Evaluation/perplexity.json: tokens for Fixtures/Checkpoint/gpt2 and, for each window and stride, the sum of
-log p over the tokens that count, how many these are, and the perplexity that the guide prints, which takes one token off
each window's count. Needs torch and transformers; written with torch 2.13.0 and transformers 5.23.0.
"""

import json
import pathlib

import torch
import transformers

fixtures = pathlib.Path(__file__).resolve().parents[2] / "Fixtures"
model = transformers.GPT2LMHeadModel.from_pretrained(fixtures / "Checkpoint" / "gpt2", dtype=torch.float32).eval()
generator = torch.Generator().manual_seed(5)
tokens = torch.randint(3, 100, (1, 103), generator=generator)


@torch.no_grad()
def measure(context, stride):
    total, count, previous = 0.0, 0, 0
    guide_total, guide_count = 0.0, 0
    for begin in range(0, tokens.shape[1], stride):
        end = min(begin + context, tokens.shape[1])
        fresh = end - previous
        window = tokens[:, begin:end]
        labels = window.clone()
        labels[:, :-fresh] = -100
        counted = int((labels[:, 1:] != -100).sum())
        if counted:
            loss = float(model(window, labels=labels).loss)
            total += loss * counted
            count += counted
            valid = int((labels != -100).sum()) - 1
            guide_total += loss * valid
            guide_count += valid
        previous = end
        if end == tokens.shape[1]:
            break
    guide = float(torch.tensor(guide_total / guide_count).exp())
    return {"context": context, "stride": stride, "sum": total, "count": count, "guide": guide}


cases = [measure(*case) for case in ((16, 16), (16, 8), (16, 1), (32, 20), (34, 34), (17, 17), (60, 60))]
text = json.dumps({"tokens": tokens[0].tolist(), "cases": cases}, indent=1)
(fixtures / "Evaluation" / "perplexity.json").write_text(text + "\n")
print(cases)

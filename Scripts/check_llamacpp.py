"""Greedy text of a GGUF file beside llama.cpp's.

    python Scripts/check_llamacpp.py .build/release/heed MODEL.gguf

Continues a few prompts by 64 tokens with both and says how many tokens are equal. llama.cpp quantises activations to
8 bits where weights are quantised, and Heed computes in float32 with the weights as they stand, so that a near tie may
fall the other way: where texts part, the logarithms of the probabilities of both choices are printed, as llama.cpp has
them and as Heed has them. Needs llama-cpp-python. Exit status 0 if every text is equal, or parts at a near tie (less than
0.1 between the two choices).
"""
import json, subprocess, sys

import numpy as np
from llama_cpp import Llama

heed, model = sys.argv[1:3]
PROMPTS = [
    "The capital of France is", "Once upon a time, there was", "def fibonacci(n):", "Attention is all you need",
    "The three primary colours are", "In the morning, she",
]
llama = Llama(model, n_ctx=512, n_threads=2, logits_all=True, verbose=False)


def greedy(tokens, count):
    llama.reset()
    llama.eval(tokens)
    found, scores = [], []
    for _ in range(count):
        row = np.array(llama.scores[llama.n_tokens - 1], dtype=np.float64)
        row -= row.max() + np.log(np.exp(row - row.max()).sum())
        token = int(row.argmax())
        found.append(token)
        scores.append(row)
        if token == llama.token_eos():
            break
        llama.eval([token])
    return found, scores


status = 0
for prompt in PROMPTS:
    tokens = llama.tokenize(prompt.encode(), add_bos=False, special=False)
    theirs, scores = greedy(tokens, 64)
    ours = json.loads(subprocess.run(
        [heed, "generate", "--model", model, "--greedy", "--json", "-n", "64", prompt],
        capture_output=True, text=True, check=True).stdout)
    ids, logs = ours["token_ids"], ours["log_probabilities"]
    equal = next((i for i, (a, b) in enumerate(zip(ids, theirs)) if a != b), min(len(ids), len(theirs)))
    drift = max(abs(scores[i][ids[i]] - logs[i]) for i in range(equal)) if equal else 0
    line = f"{prompt!r}: {equal} of {len(theirs)} tokens equal, log-probabilities within {drift:.3f}"
    if equal < min(len(ids), len(theirs)):
        gap = scores[equal][theirs[equal]] - scores[equal][ids[equal]]
        line += f"; parts at a choice that llama.cpp has {gap:.3f} apart"
        status |= gap > 0.1
    print(line)
sys.exit(status)

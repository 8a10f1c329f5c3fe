"""Greedy text of a GGUF file beside llama.cpp's.

    python Scripts/check_llamacpp.py .build/release/heed MODEL.gguf

Continues a few prompts by 64 tokens with both and says how many tokens are equal, and how far the logarithms of their
probabilities are apart. llama.cpp quantises activations to 8 bits where weights are quantised, and Heed computes in
float32 with the weights as they stand, so that a near tie may fall the other way.

    python Scripts/check_llamacpp.py .build/release/heed MODEL.gguf --as-float32 /tmp/float32.gguf

writes the same weights as float32 first, and compares with both systems on that file: then nothing is quantised, and the
texts are equal. Needs llama-cpp-python, and gguf for --as-float32. Exit status 0 if every text is equal.
"""
import argparse, json, subprocess, sys

import numpy as np
from llama_cpp import Llama

parser = argparse.ArgumentParser()
parser.add_argument("heed")
parser.add_argument("model")
parser.add_argument("--as-float32", metavar="FILE")
arguments = parser.parse_args()
heed, model = arguments.heed, arguments.model


def write_float32(source, target):
    import gguf

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value = 0 if name == "general.file_type" else field.contents()
        kind = field.types[0]
        writer.add_key_value(name, value, kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None)
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.add_tensor(tensor.name, values.reshape([int(extent) for extent in reversed(tensor.shape)]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if arguments.as_float32:
    write_float32(model, arguments.as_float32)
    model = arguments.as_float32
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
    if ids != theirs:
        status = 1
    if equal < min(len(ids), len(theirs)):
        gap = scores[equal][theirs[equal]] - scores[equal][ids[equal]]
        line += f"; parts at a choice that llama.cpp has {gap:.3f} apart"
    print(line)
sys.exit(status)

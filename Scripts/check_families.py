"""What Heed writes, transformers opens and computes the same: every family.

    python Scripts/check_families.py .build/release/heed Fixtures/Checkpoint

Each directory of Fixtures/Checkpoint is converted by Heed (read and written again), opened through transformers' Auto
classes, and its outputs compared with the reference that is kept beside the original. Needs torch, transformers and
safetensors; no part of Heed or of its tests needs this script. Written with transformers 5.23.
"""
import json, subprocess, sys, tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file

heed, fixtures = sys.argv[1], Path(sys.argv[2])
CLASSES = {
    "ForMaskedLM": "AutoModelForMaskedLM", "ForSequenceClassification": "AutoModelForSequenceClassification",
    "ForTokenClassification": "AutoModelForTokenClassification",
    "ForQuestionAnswering": "AutoModelForQuestionAnswering",
    "ForConditionalGeneration": "AutoModelForSeq2SeqLM", "MTModel": "AutoModelForSeq2SeqLM",
    "LMHeadModel": "AutoModelForCausalLM", "ForCausalLM": "AutoModelForCausalLM", "Model": "AutoModel",
}
failures = 0
for directory in sorted(path for path in fixtures.iterdir() if (path / "config.json").exists()):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            [heed, "convert", str(directory), "--precision", "float32", "--output", out, "--overwrite"], check=True)
        architecture = json.loads((Path(out) / "config.json").read_text())["architectures"][0]
        auto = next(name for suffix, name in CLASSES.items() if architecture.endswith(suffix))
        model, info = getattr(transformers, auto).from_pretrained(out, output_loading_info=True)
        model.eval()
    reference = load_file(directory / "reference.safetensors")
    inputs = {name: reference[name] for name in
              ("input_ids", "attention_mask", "token_type_ids", "decoder_input_ids") if name in reference}
    with torch.no_grad():
        outputs = model(**inputs)
    mask = inputs.get("attention_mask")
    worst = 0.0
    for name in ("last_hidden_state", "encoder_last_hidden_state", "pooler_output", "logits", "start_logits", "end_logits"):
        if name not in reference:
            continue
        expected, found = reference[name], outputs[name]
        if mask is not None and expected.shape[:2] == mask.shape and "decoder_input_ids" not in inputs or name.startswith("encoder"):
            expected, found = expected[mask.bool()], found[mask.bool()]
        worst = max(worst, float((expected - found).abs().max() / max(1.0, float(expected.abs().max()))))
    odd = [key for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[key]]
    fine = worst <= 1e-4 and not odd
    failures += not fine
    print(f"{directory.name:26} {architecture:32} largest difference {worst:.1e}{'' if fine else '   DIFFERS ' + str({key: info[key] for key in odd})}")
sys.exit(1 if failures else 0)

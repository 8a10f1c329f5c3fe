"""Writes Fixtures/Checkpoint/NAME/attention.safetensors: the attention weights that transformers computes.

    python Scripts/Fixtures/attention.py

Needs torch, transformers and safetensors; the file's metadata names the versions. Each model reads the inputs of its
`reference.safetensors`, with `attn_implementation="eager"` and `output_attentions=True`. A tensor `KIND.LAYER` is
`[sequences, heads, queries, keys]`, kind being encoder, decoder or cross; only what `attention_mask` leaves is to be
compared.
"""

import pathlib

import safetensors.torch
import torch
import transformers

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Checkpoint"
CLASSES = {
    "marian": transformers.MarianMTModel,
    "m2m_100": transformers.M2M100ForConditionalGeneration,
    "bart": transformers.BartForConditionalGeneration,
    "t5": transformers.T5ForConditionalGeneration,
    "t5-v1.1": transformers.T5ForConditionalGeneration,
    "bert": transformers.BertModel,
    "roberta-masked-lm": transformers.RobertaForMaskedLM,
    "distilbert": transformers.DistilBertModel,
    "gpt2": transformers.GPT2LMHeadModel,
    "llama": transformers.LlamaForCausalLM,
    "qwen2": transformers.Qwen2ForCausalLM,
}
KINDS = {"encoder_attentions": "encoder", "decoder_attentions": "decoder", "cross_attentions": "cross"}


def main():
    for name, kind in CLASSES.items():
        directory = FOLDER / name
        model = kind.from_pretrained(directory, attn_implementation="eager", dtype=torch.float32).eval()
        reference = safetensors.torch.load_file(directory / "reference.safetensors")
        inputs = {
            key: reference[key]
            for key in ("input_ids", "attention_mask", "token_type_ids", "decoder_input_ids")
            if key in reference
        }
        with torch.no_grad():
            output = model(**inputs, output_attentions=True, return_dict=True)
        found = {}
        for field, label in KINDS.items():
            for layer, weights in enumerate(getattr(output, field, None) or ()):
                found[f"{label}.{layer}"] = weights
        if "attentions" in output:
            label = "decoder" if name in ("gpt2", "llama", "qwen2") else "encoder"
            found |= {f"{label}.{layer}": weights for layer, weights in enumerate(output.attentions)}
        assert found, name
        safetensors.torch.save_file(
            {key: value.contiguous() for key, value in found.items()},
            directory / "attention.safetensors",
            metadata={"transformers": transformers.__version__, "torch": torch.__version__},
        )
        print(name, {key: tuple(value.shape) for key, value in found.items()})


if __name__ == "__main__":
    main()

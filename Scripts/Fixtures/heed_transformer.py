"""Writes Fixtures/Checkpoint/heed_transformer-after and -before: the paper's Transformer with learned positions.

    python Scripts/Fixtures/heed_transformer.py

No other library has models of this type, so that they are made here of PyTorch's own layers (torch.nn.Transformer), whose
parameters are then written under the names of Heed's checkpoints. The files are those that the other directories of
Fixtures/Checkpoint have; sentences go through the model one by one, so that no padding is involved.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

DIRECTORY = Path(__file__).resolve().parents[2] / "Fixtures" / "Checkpoint"
SEED, STEPS, SMOOTHING = 20170612, 10, 0.1
VOCABULARY, WIDTH, HEADS, INNER, LAYERS, POSITIONS = 101, 32, 4, 64, 2, 24
PAD, END = 1, 2


class Transformer(nn.Module):
    """Embeddings of words, times √width, and of positions; encoder and decoder; logits by the table of words."""

    def __init__(self, norm_first):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.source_positions = nn.Embedding(POSITIONS, WIDTH)
        self.target_positions = nn.Embedding(POSITIONS, WIDTH)
        self.layers = nn.Transformer(
            WIDTH, HEADS, LAYERS, LAYERS, INNER, dropout=0, activation="relu", batch_first=True, norm_first=norm_first)
        if not norm_first:  # nn.Transformer has a last norm in both forms; the paper's has none
            self.layers.encoder.norm = self.layers.decoder.norm = None
            self.register_buffer("bias", torch.zeros(1, VOCABULARY))  # as Marian's, which is not trained

    def encode(self, source):
        return self.layers.encoder(self.input(source, self.source_positions))

    def logits(self, states, target):
        mask = nn.Transformer.generate_square_subsequent_mask(len(target))
        hidden = self.layers.decoder(self.input(target, self.target_positions), states, tgt_mask=mask, tgt_is_causal=True)
        logits = hidden[0] @ self.words.weight.T
        return logits + self.bias if hasattr(self, "bias") else logits

    def input(self, tokens, positions):
        return (math.sqrt(WIDTH) * self.words(tokens) + positions(torch.arange(len(tokens))))[None]


def named(values):
    """The tensors of `values`, which are named as those of the model, under the names of a checkpoint."""
    result = {}
    for name, value in values.items():
        if name == "words.weight":
            result["model.shared.weight"] = value
        elif name == "bias":
            result["final_logits_bias"] = value
        elif name.endswith("_positions.weight"):
            side = "encoder" if name.startswith("source") else "decoder"
            result[f"model.{side}.embed_positions.weight"] = value
        else:
            side, rest = name.removeprefix("layers.").split(".", 1)
            norms = {"norm1": "self_attn_layer_norm", "norm2": "final_layer_norm"}
            if side == "decoder":
                norms = {"norm1": "self_attn_layer_norm", "norm2": "encoder_attn_layer_norm", "norm3": "final_layer_norm"}
            if rest.startswith("norm."):
                result[f"model.{side}.layer_norm.{rest.removeprefix('norm.')}"] = value
                continue
            for old, new in {**norms, "linear1": "fc1", "linear2": "fc2", "multihead_attn": "encoder_attn"}.items():
                rest = rest.replace(f".{old}.", f".{new}.")
            if "in_proj_" in rest:
                attention, kind = rest.split("in_proj_")
                for letter, part in zip("qkv", value.chunk(3)):
                    result[f"model.{side}.{attention}{letter}_proj.{kind}"] = part
            else:
                result[f"model.{side}.{rest}"] = value
    return {name: value.detach().clone().contiguous() for name, value in result.items()}


def write(name, norm_first):
    torch.manual_seed(SEED)
    model = Transformer(norm_first)
    with torch.no_grad():  # larger than usual, so that a wrong bias, norm or position shows
        for key, parameter in model.state_dict().items():
            centre = 1 if "norm" in key and key.endswith("weight") else 0
            parameter.copy_(centre + 0.25 * torch.randn(parameter.shape))
    directory = DIRECTORY / name
    directory.mkdir(exist_ok=True)
    configuration = {
        "model_type": "heed_transformer", "normalize_before": norm_first, "position_embedding_type": "learned",
        "vocab_size": VOCABULARY, "decoder_vocab_size": VOCABULARY, "share_encoder_decoder_embeddings": True,
        "d_model": WIDTH, "encoder_layers": LAYERS, "decoder_layers": LAYERS, "encoder_attention_heads": HEADS,
        "decoder_attention_heads": HEADS, "encoder_ffn_dim": INNER, "decoder_ffn_dim": INNER,
        "max_position_embeddings": POSITIONS, "activation_function": "relu", "scale_embedding": True, "dropout": 0.1,
        "attention_dropout": 0.0, "activation_dropout": 0.0, "is_encoder_decoder": True, "tie_word_embeddings": True,
        "bos_token_id": 0, "pad_token_id": PAD, "eos_token_id": END, "decoder_start_token_id": END if norm_first else PAD,
        "init_std": 0.02, "dtype": "float32",
    }
    (directory / "config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    start = configuration["decoder_start_token_id"]
    generation = {"bos_token_id": 0, "pad_token_id": PAD, "eos_token_id": END, "decoder_start_token_id": start}
    (directory / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    metadata = {"torch": torch.__version__, "seed": str(SEED), "script": "Scripts/Fixtures/heed_transformer.py"}
    save_file(named(model.state_dict()), directory / "model.safetensors", {"format": "pt"})

    lengths, target_length = (9, 4, 6), 6
    sources = [torch.cat([torch.randint(3, VOCABULARY, (length - 1,)), torch.tensor([END])]) for length in lengths]
    targets = torch.randint(3, VOCABULARY, (len(sources), target_length))
    targets[:, 0] = start
    padded, mask = torch.full((len(sources), max(lengths)), PAD), torch.zeros(len(sources), max(lengths), dtype=torch.int64)
    states, logits, generated = torch.zeros(len(sources), max(lengths), WIDTH), [], []
    with torch.no_grad():
        for row, source in enumerate(sources):
            padded[row, : len(source)], mask[row, : len(source)] = source, 1
            encoded = model.encode(source)
            states[row, : len(source)] = encoded[0]
            logits.append(model.logits(encoded, targets[row]))
            read = [start]
            while len(read) < 13 and (len(read) == 1 or read[-1] != END):
                read.append(int(model.logits(encoded, torch.tensor(read))[-1].argmax()))
            generated.append(read[1:] + [-1] * (13 - len(read)))
    inputs = {"input_ids": padded, "attention_mask": mask, "decoder_input_ids": targets}
    save_file(
        {**inputs, "encoder_last_hidden_state": states, "logits": torch.stack(logits),
         "generated_ids": torch.tensor(generated)},
        directory / "reference.safetensors", {**metadata, "generation": json.dumps({"num_beams": 1, "max_new_tokens": 12, "do_sample": False})})

    labels = torch.cat([targets[:, 1:], torch.full((len(sources), 1), END)], dim=1)
    labels[1, 4:] = -100
    tensors, losses = {**inputs, "labels": labels}, []
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    for step in range(STEPS):
        optimizer.zero_grad()
        found = torch.cat([model.logits(model.encode(source), target) for source, target in zip(sources, targets)])
        loss = functional.cross_entropy(found, labels.flatten(), label_smoothing=SMOOTHING)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            for key, gradient in named({key: p.grad for key, p in model.named_parameters()}).items():
                tensors[f"gradient.{key}"] = gradient
        optimizer.step()
    save_file({**tensors, "losses": torch.tensor(losses)}, directory / "training.safetensors", metadata)
    print(name, losses[0], losses[-1])


if __name__ == "__main__":
    write("heed_transformer-after", False)
    write("heed_transformer-before", True)

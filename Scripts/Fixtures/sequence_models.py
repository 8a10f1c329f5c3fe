"""Writes Fixtures/Sequence: the recurrent and convolutional models in PyTorch, and ten steps of their training.

    python Scripts/Fixtures/sequence_models.py [--references]

With --references the models stay as they are. Each directory holds a model as Heed stores it (config.json,
model.safetensors) and training.safetensors: some pairs, the states and logits of the first forward pass, the loss of ten
steps of Adam, and the gradients of the first. Beside them lie reference.safetensors, as `heed doctor` reads it, and,
where the model has attention, attention.safetensors with the weights of that pass. Sentences go through the models one
by one, so that no padding is involved. The layers are torch.nn.LSTM, torch.nn.GRU and torch.nn.functional.conv1d; what joins them is written after the papers, with the departures that Heed's sources name.
"""

import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

DIRECTORY = Path(__file__).resolve().parents[2] / "Fixtures" / "Sequence"
SEED = 20170612
SMOOTHING = 0.1
STEPS = 10

TOKENS = {"pad_token_id": 1, "decoder_start_token_id": 1, "eos_token_id": 2, "is_encoder_decoder": True}


class SequenceModel(nn.Module):
    """Embeddings, and logits by the table of target embeddings."""

    def __init__(self, configuration):
        super().__init__()
        self.seen = []
        self.configuration = configuration
        width = configuration["embedding_size"]
        self.embedding = nn.Embedding(configuration["vocab_size"], width)
        if not configuration["share_embeddings"]:
            self.target_embedding = nn.Embedding(configuration["decoder_vocab_size"], width)

    @property
    def table(self):
        return self.embedding if self.configuration["share_embeddings"] else self.target_embedding

    def logits(self, source, target):
        return self.states(source, target) @ self.table.weight.T


class Additive(nn.Module):
    """v · tanh(W q + U k + b): Bahdanau et al. (2015)."""

    def __init__(self, hidden):
        super().__init__()
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.key = nn.Linear(hidden, hidden)
        self.vector = nn.Parameter(torch.zeros(hidden))

    def forward(self, states, memory):
        return torch.tanh(self.query(states)[:, None] + self.key(memory)[None]) @ self.vector


class Multiplicative(nn.Module):
    """q W k: Luong et al. (2015), "general"."""

    def __init__(self, hidden):
        super().__init__()
        self.query = nn.Linear(hidden, hidden, bias=False)

    def forward(self, states, memory):
        return self.query(states) @ memory.T


class Recurrent(SequenceModel):
    """A bidirectional encoder; a decoder that begins with its last states; attention between them or none."""

    def __init__(self, configuration):
        super().__init__(configuration)
        width, hidden = configuration["embedding_size"], configuration["hidden_size"]
        layer = {"lstm": nn.LSTM, "gru": nn.GRU}[configuration["cell"]]
        inputs = [width] + [hidden] * (configuration["num_layers"] - 1)
        self.encoder = nn.ModuleList(
            nn.ModuleDict({"forwards": layer(size, hidden // 2), "backwards": layer(size, hidden // 2)})
            for size in inputs
        )
        self.decoder = nn.ModuleList(layer(size, hidden) for size in inputs)
        attention = configuration["attention"]
        if attention != "none":
            setattr(self, attention, {"additive": Additive, "multiplicative": Multiplicative}[attention](hidden))
        self.readout = nn.Linear(hidden if attention == "none" else 2 * hidden, width)

    def states(self, source, target):
        memory, starts = self.embedding(source), []
        for layer in self.encoder:
            ahead, ahead_end = layer["forwards"](memory)
            back, back_end = layer["backwards"](memory.flip(0))
            memory = torch.cat([ahead, back.flip(0)], -1)
            if isinstance(ahead_end, tuple):
                starts.append(tuple(torch.cat(ends, -1) for ends in zip(ahead_end, back_end)))
            else:
                starts.append(torch.cat([ahead_end, back_end], -1))
        states = self.table(target)
        for layer, start in zip(self.decoder, starts):
            states, _ = layer(states, start)
        attention = self.configuration["attention"]
        if attention != "none":
            weights = torch.softmax(getattr(self, attention)(states, memory), -1)
            self.seen.append(weights.detach())
            states = torch.cat([weights @ memory, states], -1)
        return torch.tanh(self.readout(states))


class Convolution(nn.Module):
    """A gated convolution whose weight lies as Heed's: [2 hidden, width × hidden]."""

    def __init__(self, hidden, width, causal):
        super().__init__()
        self.convolution = nn.Linear(width * hidden, 2 * hidden)
        self.hidden, self.width = hidden, width
        self.past = width - 1 if causal else (width - 1) // 2

    def forward(self, states):
        weight = self.convolution.weight.view(2 * self.hidden, self.width, self.hidden).transpose(1, 2)
        padded = functional.pad(states.T, (self.past, self.width - 1 - self.past))
        return functional.glu(functional.conv1d(padded, weight, self.convolution.bias).T, -1)


class ConvolutionAttention(nn.Module):
    def __init__(self, hidden, width):
        super().__init__()
        self.query = nn.Linear(hidden, width)
        self.output = nn.Linear(width, hidden)

    def forward(self, states, embedded, keys, values):
        queries = (self.query(states) + embedded) * math.sqrt(0.5)
        self.weights = torch.softmax(queries @ keys.T, -1)
        found = self.weights @ values * math.sqrt(len(keys))
        return (states + self.output(found)) * math.sqrt(0.5)


class Convolutional(SequenceModel):
    """Gehring et al. (2017)."""

    def __init__(self, configuration):
        super().__init__(configuration)
        width, hidden = configuration["embedding_size"], configuration["hidden_size"]
        kernel, positions = configuration["kernel_size"], configuration["max_position_embeddings"]
        self.source_positions = nn.Embedding(positions, width)
        self.target_positions = nn.Embedding(positions, width)
        self.encoder_input = nn.Linear(width, hidden)
        self.encoder = nn.ModuleList(
            Convolution(hidden, kernel, causal=False) for _ in range(configuration["num_encoder_layers"])
        )
        self.encoder_output = nn.Linear(hidden, width)
        self.decoder_input = nn.Linear(width, hidden)
        layers = range(configuration["num_decoder_layers"])
        self.decoder = nn.ModuleList(Convolution(hidden, kernel, causal=True) for _ in layers)
        self.attention = nn.ModuleList(ConvolutionAttention(hidden, width) for _ in layers)
        self.decoder_output = nn.Linear(hidden, width)

    def states(self, source, target):
        def places(ids):
            return torch.arange(len(ids)).clamp(max=self.configuration["max_position_embeddings"] - 1)

        embedded = self.embedding(source) + self.source_positions(places(source))
        states = self.encoder_input(embedded)
        for block in self.encoder:
            states = (block(states) + states) * math.sqrt(0.5)
        keys = self.encoder_output(states)
        values = (keys + embedded) * math.sqrt(0.5)
        embedded = self.table(target) + self.target_positions(places(target))
        states = self.decoder_input(embedded)
        for block, attention in zip(self.decoder, self.attention):
            states = (attention(block(states), embedded, keys, values) + states) * math.sqrt(0.5)
            self.seen.append(attention.weights.detach())
        return self.decoder_output(states)


MODELS = {
    "lstm": (Recurrent, {"cell": "lstm", "attention": "none", "num_layers": 2}),
    "lstm-additive": (Recurrent, {"cell": "lstm", "attention": "additive", "num_layers": 1}),
    "gru-multiplicative": (Recurrent, {"cell": "gru", "attention": "multiplicative", "num_layers": 2}),
    "convolutional": (
        Convolutional,
        # Sources longer than the positions, so that the last is shared.
        {"num_encoder_layers": 2, "num_decoder_layers": 2, "kernel_size": 3, "max_position_embeddings": 8},
    ),
}


def write(name, kind, own):
    torch.manual_seed(SEED)
    shared = name != "gru-multiplicative"
    configuration = {
        "model_type": "heed_convolutional" if kind is Convolutional else "heed_recurrent",
        "vocab_size": 23, "decoder_vocab_size": 23 if shared else 19, "share_embeddings": shared,
        "embedding_size": 12, "hidden_size": 14, "dropout": 0.0, **TOKENS, **own,
    }
    model = kind(configuration)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    directory = DIRECTORY / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(configuration, indent=2, sort_keys=True) + "\n")
    metadata = {"format": "pt"}
    save_file({key: value.contiguous() for key, value in model.state_dict().items()},
              directory / "model.safetensors", metadata)

    def sentence(length, size):
        return torch.cat([torch.randint(3, size, (length,)), torch.tensor([TOKENS["eos_token_id"]])])

    sources = [sentence(length, 23) for length in (4, 1, 10, 4)]
    labels = [sentence(length, configuration["decoder_vocab_size"]) for length in (3, 6, 0, 11)]
    start = torch.tensor([TOKENS["decoder_start_token_id"]])
    targets = [torch.cat([start, label[:-1]]) for label in labels]
    tensors = {
        "source_ids": torch.cat(sources), "source_lengths": torch.tensor([len(ids) for ids in sources]),
        "target_ids": torch.cat(targets), "target_lengths": torch.tensor([len(ids) for ids in targets]),
        "labels": torch.cat(labels),
    }
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = torch.cat([model.logits(source, target) for source, target in zip(sources, targets)])
        loss = functional.cross_entropy(logits, tensors["labels"], label_smoothing=SMOOTHING)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            tensors["logits"] = logits.detach().clone()
            for key, parameter in model.named_parameters():
                tensors[f"gradient.{key}"] = parameter.grad.clone()
        optimizer.step()
    tensors["losses"] = torch.tensor(losses)
    metadata = {"seed": str(SEED), "torch": torch.__version__, "script": "Scripts/Fixtures/sequence_models.py"}
    save_file(tensors, directory / "training.safetensors", metadata)
    print(name, sum(parameter.numel() for parameter in model.parameters()), losses[0], losses[-1])


def greedy(model, source, most):
    """The likeliest token again and again, up to and with the end of sentence; -1 fills the row behind it."""
    read, found = [TOKENS["decoder_start_token_id"]], []
    while len(found) < most and (not found or found[-1] != TOKENS["eos_token_id"]):
        found.append(int(model.logits(source, torch.tensor(read))[-1].argmax()))
        read.append(found[-1])
    return found + [-1] * (most - len(found))


def write_reference(name, kind):
    """What the model of a directory makes of some sentences."""
    directory = DIRECTORY / name
    configuration = json.loads((directory / "config.json").read_text())
    model = kind(configuration)
    model.load_state_dict(load_file(directory / "model.safetensors"))
    generator = torch.Generator().manual_seed(SEED)
    lengths, width, target_length = (7, 2, 11, 4), 11, 6
    sources = [torch.randint(3, configuration["vocab_size"], (length,), generator=generator) for length in lengths]
    for source in sources:
        source[-1] = TOKENS["eos_token_id"]
    targets = torch.randint(3, configuration["decoder_vocab_size"], (len(sources), target_length), generator=generator)
    targets[:, 0] = TOKENS["decoder_start_token_id"]
    padded = torch.full((len(sources), width), TOKENS["pad_token_id"])
    mask = torch.zeros_like(padded)
    attention = {}
    with torch.no_grad():
        logits, generated = [], []
        for row, source in enumerate(sources):
            padded[row, : len(source)], mask[row, : len(source)] = source, 1
            model.seen = []
            logits.append(model.logits(source, targets[row]))
            for layer, weights in enumerate(model.seen):
                whole = attention.setdefault(f"cross.{layer}", torch.zeros(len(sources), 1, target_length, width))
                whole[row, 0, :, : len(source)] = weights
            generated.append(greedy(model, source, 12))
    metadata = {"seed": str(SEED), "torch": torch.__version__, "script": "Scripts/Fixtures/sequence_models.py"}
    tensors = {
        "input_ids": padded, "attention_mask": mask, "decoder_input_ids": targets, "logits": torch.stack(logits),
        "generated_ids": torch.tensor(generated),
    }
    save_file(tensors, directory / "reference.safetensors", metadata)
    if attention:
        save_file(attention, directory / "attention.safetensors", metadata)


if __name__ == "__main__":
    for name, (kind, own) in MODELS.items():
        if "--references" not in sys.argv:
            write(name, kind, own)
        write_reference(name, kind)

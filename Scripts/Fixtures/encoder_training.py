"""Ten training steps of text encoders with PyTorch: losses before each update, gradients of the first.

    python Scripts/Fixtures/encoder_training.py

writes Fixtures/Checkpoint/{bert-classification,bert-question-answering}/training.safetensors and
Fixtures/Checkpoint/bert/contrastive.safetensors. As in the other training files there: Adam with learning rate 1e-3,
betas 0.9 and 0.98, epsilon 1e-9, no dropout, no clipping, no weight decay. Each text is run by itself, without padding.
Needs torch and transformers; written with torch 2.13.0 and transformers 5.23.0.
"""

import pathlib

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.nn import functional

fixtures = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Checkpoint"
temperature = 0.05


def rows(tensors, index):
    length = int(tensors["attention_mask"][index].sum())
    return {
        "input_ids": tensors["input_ids"][index : index + 1, :length],
        "token_type_ids": tensors["token_type_ids"][index : index + 1, :length],
    }


def classification(model, tensors, labels):
    logits = torch.cat([model(**rows(tensors, index)).logits for index in range(len(labels))])
    return functional.cross_entropy(logits, labels)


def answers(model, tensors, labels):
    losses = []
    for index, (start, end) in enumerate(labels.tolist()):
        output = model(**rows(tensors, index))
        for logits, place in ((output.start_logits, start), (output.end_logits, end)):
            losses.append(functional.cross_entropy(logits, torch.tensor([place])))
    return torch.stack(losses).mean()


def contrastive(model, tensors, labels):
    """The first half of the texts against the second, both ways."""
    embedded = []
    for index in range(len(tensors["input_ids"])):
        ids = rows(tensors, index)["input_ids"]
        states = model(input_ids=ids).last_hidden_state
        embedded.append(functional.normalize(states.mean(dim=1)))
    half = len(embedded) // 2
    left, right = torch.cat(embedded[:half]), torch.cat(embedded[half:])
    scores = left @ right.T / temperature
    right_ones = torch.arange(half)
    return (functional.cross_entropy(scores, right_ones) + functional.cross_entropy(scores.T, right_ones)) / 2


def write(name, cls, loss_of, labels, file="training", tensors=None):
    directory = fixtures / name
    model = cls.from_pretrained(directory, attn_implementation="eager", dtype=torch.float32).eval()
    tensors = tensors or load_file(directory / "reference.safetensors")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    losses, gradients = [], {}
    for step in range(10):
        optimizer.zero_grad()
        loss = loss_of(model, tensors, labels)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients = {
                f"gradient.{key}": value.grad.clone().contiguous()
                for key, value in model.named_parameters()
                if value.grad is not None
            }
        optimizer.step()
    kept = {key: tensors[key] for key in ("input_ids", "attention_mask", "token_type_ids")}
    save_file(
        {**kept, "labels": labels, "losses": torch.tensor(losses), **gradients},
        directory / f"{file}.safetensors",
        metadata={"torch": torch.__version__, "transformers": transformers.__version__},
    )
    print(name, losses[0], losses[-1])


write("bert-classification", transformers.BertForSequenceClassification, classification, torch.tensor([2, 0, 1]))
write(
    "bert-question-answering", transformers.BertForQuestionAnswering, answers,
    torch.tensor([[2, 4], [0, 0], [3, 3]]),
)
generator = torch.Generator().manual_seed(7)
lengths = [5, 9, 2, 4, 7, 6]
ids = torch.randint(4, 100, (6, 9), generator=generator)
mask = torch.tensor([[1] * length + [0] * (9 - length) for length in lengths])
write(
    "bert", transformers.BertModel, contrastive, torch.arange(3), file="contrastive",
    tensors={"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)},
)

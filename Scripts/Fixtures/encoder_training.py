"""Ten training steps of text encoders with PyTorch: losses before each update, gradients of the first.

    python Scripts/Fixtures/encoder_training.py

writes Fixtures/Checkpoint/{bert-classification,bert-question-answering}/training.safetensors,
Fixtures/Checkpoint/bert/contrastive.safetensors, and all of Fixtures/Checkpoint/bert-pretraining: a model with random
weights, larger than usual, its outputs and its training on masked words and next sentences. As in the other training files there: Adam with learning rate 1e-3,
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


def pretraining(model, tensors, labels):
    """The mean over the masked words and the mean over the pairs, as BertForPreTraining adds them up."""
    outputs = [model(**rows(tensors, index)) for index in range(len(labels))]
    words = torch.cat([output.prediction_logits[0] for output in outputs])
    kept = torch.cat([labels[index, : len(output.prediction_logits[0])] for index, output in enumerate(outputs)])
    pairs = torch.cat([output.seq_relationship_logits for output in outputs])
    return functional.cross_entropy(words, kept) + functional.cross_entropy(pairs, tensors["next_labels"])


def pretraining_model():
    """Writes the model and its outputs; returns the inputs of its training."""
    directory = fixtures / "bert-pretraining"
    torch.manual_seed(11)
    config = transformers.BertConfig.from_pretrained(fixtures / "bert-masked-lm")
    config.architectures = ["BertForPreTraining"]
    model = transformers.BertForPreTraining(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)
    lengths, firsts = [9, 12, 6, 10], [4, 7, 3, 5]
    ids = torch.randint(4, 100, (4, 12))
    mask = torch.tensor([[1] * length + [0] * (12 - length) for length in lengths])
    segments = torch.tensor([[0] * first + [1] * (12 - first) for first in firsts]) * mask
    inputs = {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": segments}
    with torch.no_grad():
        output = model(**inputs)
        # Summed over words and pairs by transformers itself, so that the loss below is known to be its own.
        labels = torch.where((torch.rand(4, 12) < 0.4) & (mask == 1), torch.randint(4, 100, (4, 12)), -100)
        next_labels = torch.tensor([0, 1, 1, 0])
        whole = model(**inputs, labels=labels, next_sentence_label=next_labels).loss
    kept = {"prediction_logits": output.prediction_logits, "seq_relationship_logits": output.seq_relationship_logits}
    save_file(
        {**inputs, **{key: value.contiguous() for key, value in kept.items()}},
        directory / "reference.safetensors",
        metadata={"torch": torch.__version__, "transformers": transformers.__version__},
    )
    tensors = {**inputs, "next_labels": next_labels}
    assert torch.allclose(whole, pretraining(model, tensors, labels), atol=1e-5)
    return tensors, labels


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
    names = ("input_ids", "attention_mask", "token_type_ids", "next_labels")
    kept = {key: tensors[key] for key in names if key in tensors}
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

tensors, labels = pretraining_model()
write("bert-pretraining", transformers.BertForPreTraining, pretraining, labels, tensors=tensors)

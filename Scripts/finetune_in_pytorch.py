"""Fine-tunes an encoder in PyTorch as a recipe of Heed says, to compare what both reach with the same data and steps.

    python Scripts/finetune_in_pytorch.py Recipes/banking77.yaml --data DIR --model MODEL_DIR [--seed N] [--head xavier|normal]

The recipe's task is classification or question_answering. The same examples are held out, the batches of each epoch are
the same ones (the generator, the shuffling and the cutting by tokens are Heed's), and so are the optimiser, the schedule
and the steps; only what is drawn for the new head and for dropout differs. The head's first values have Heed's distribution,
Xavier's, or with `--head normal` that of transformers, a normal one of deviation 0.02. Answers are searched as Heed searches
them: spans of at most 30 tokens, best over all windows. Prints the metric of the held-out examples at each validation.
Needs: pip install torch transformers pyyaml.
"""
import argparse
import collections
import csv
import json
import re
import string
import time
from pathlib import Path

import torch
import yaml
from transformers import (AutoModelForQuestionAnswering, AutoModelForSequenceClassification, PreTrainedTokenizerFast)

MASK = (1 << 64) - 1


class SplitMix64:
    """Heed's generator of random numbers."""

    def __init__(self, seed, stream=None):
        self.state = seed & MASK
        if stream is not None:
            self.state = SplitMix64(self.next() ^ (stream * 0xD1B54A32D192ED03 & MASK)).next()

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        product = self.next() * bound
        if product & MASK < bound:
            threshold = (1 << 64) % bound
            while product & MASK < threshold:
                product = self.next() * bound
        return product >> 64

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def is_held_out(share, seed, number):
    """Whether a record, or an article of questions, is held out."""
    return (SplitMix64(seed, number).next() >> 11) * 2.0**-53 < share


def batches(lengths, budget, seed, epoch):
    """The batches of an epoch: shuffled, sorted by length, cut by tokens, shuffled."""
    random = SplitMix64(seed, epoch)
    order = list(range(len(lengths)))
    random.shuffle(order)
    order.sort(key=lambda index: lengths[index])
    found, tokens = [], 0
    for index in order:
        if not found or tokens + lengths[index] > budget:
            found.append([])
            tokens = 0
        found[-1].append(index)
        tokens += lengths[index]
    random.shuffle(places := list(range(len(found))))
    return [found[place] for place in places]


def padded(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


class Classification:
    """Texts with labels."""

    def __init__(self, recipe, data, tokenizer, model_dir):
        self.tokenizer, settings = tokenizer, recipe["data"]
        fields = settings.get("source_field"), settings.get("target_field")
        rows = list(self.read(data / settings["source"], *fields))
        if share := settings.get("valid_share"):
            chosen = [is_held_out(share, recipe["training"]["seed"], index) for index in range(len(rows))]
            held = [row for row, out in zip(rows, chosen) if out]
            rows = [row for row, out in zip(rows, chosen) if not out]
        else:
            held = list(self.read(data / settings["valid_source"], *fields))
        names = sorted({label for _, label in rows})
        numbers = {name: number for number, name in enumerate(names)}
        limit = settings["max_length"]
        self.texts = [tokenizer(text, truncation=True, max_length=limit).input_ids for text, _ in rows]
        self.labels = [numbers[label] for _, label in rows]
        self.held = [(tokenizer(text, truncation=True, max_length=limit).input_ids, numbers[label]) for text, label in held]
        self.lengths = [len(text) for text in self.texts]
        self.model = AutoModelForSequenceClassification.from_pretrained(model_dir, num_labels=len(names), dtype=torch.float32)
        self.head = self.model.classifier
        print(f"{len(rows)} to train, {len(held)} held out, {len(names)} labels")

    @staticmethod
    def read(path, source, target):
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.reader(file) if path.suffix == ".csv" else csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if source is None:  # two columns without names
                yield from ((row[0], row[1]) for row in rows)
                return
            names = next(rows)
            for row in rows:
                yield row[names.index(source)], row[names.index(target)]

    def loss(self, indices):
        ids = padded([self.texts[index] for index in indices], 0)
        mask = padded([[1] * self.lengths[index] for index in indices], 0)
        return self.model(input_ids=ids, attention_mask=mask, labels=torch.tensor([self.labels[i] for i in indices])).loss

    @torch.no_grad()
    def validate(self):
        right = 0
        for start in range(0, len(self.held), 64):
            part = self.held[start:start + 64]
            logits = self.model(input_ids=padded([ids for ids, _ in part], 0),
                                attention_mask=padded([[1] * len(ids) for ids, _ in part], 0)).logits
            right += sum(int(a == b) for a, (_, b) in zip(logits.argmax(-1).tolist(), part))
        return f"accuracy {100 * right / len(self.held):.2f}"


Question = collections.namedtuple("Question", "text context answers starts impossible")


class Answers:
    """Questions about contexts, as SQuAD has them."""

    def __init__(self, recipe, data, tokenizer, model_dir):
        self.tokenizer, settings = tokenizer, recipe["data"]
        groups = self.read(data / settings["source"])  # by article
        if share := settings.get("valid_share"):
            seed = recipe["training"]["seed"]
            held = [question for number, group in enumerate(groups) if is_held_out(share, seed, number) for question in group]
            train = [question for number, group in enumerate(groups) if not is_held_out(share, seed, number) for question in group]
        else:
            train = [question for group in groups for question in group]
            held = [question for group in self.read(data / settings["valid_source"]) for question in group]
        self.limit = settings["max_length"]
        self.stride = min(128, self.limit // 4)
        self.examples = [example for question in train for example in self.windows(question)]
        self.lengths = [len(ids) for ids, *_ in self.examples]
        self.held = [(question, self.windows(question)) for question in held]
        self.has_impossible = any(question.impossible for question in held)
        self.model = AutoModelForQuestionAnswering.from_pretrained(model_dir, dtype=torch.float32)
        self.head = self.model.qa_outputs
        print(f"{len(train)} questions in {len(self.examples)} windows to train, {len(held)} held out")

    @staticmethod
    def read(path):
        groups = []
        for article in json.loads(path.read_text())["data"]:
            group = [Question(qa["question"], part["context"], [answer["text"] for answer in qa["answers"]],
                              [answer["answer_start"] for answer in qa["answers"]], qa.get("is_impossible", False))
                     for part in article["paragraphs"] for qa in part["qas"]]
            groups.append(group)
        return groups

    def windows(self, question):
        """Ids, segments, first and last token of the answer, offsets and whether they are of the context."""
        encoded = self.tokenizer(question.text, question.context, truncation="only_second", max_length=self.limit,
                                 stride=self.stride, return_overflowing_tokens=True, return_offsets_mapping=True,
                                 return_token_type_ids=True)
        found = []
        for number, ids in enumerate(encoded.input_ids):
            offsets, owners = encoded.offset_mapping[number], encoded.sequence_ids(number)
            first = last = 0
            if question.answers and not question.impossible:
                start, end = question.starts[0], question.starts[0] + len(question.answers[0])
                context = [place for place, owner in enumerate(owners) if owner == 1]
                firsts = [place for place in context if offsets[place][1] > start]
                lasts = [place for place in context if offsets[place][0] < end]
                if firsts and lasts and offsets[firsts[0]][0] <= start and offsets[lasts[-1]][1] >= end and firsts[0] <= lasts[-1]:
                    first, last = firsts[0], lasts[-1]
            found.append((ids, encoded.token_type_ids[number], first, last, offsets, [owner == 1 for owner in owners]))
        return found

    def run(self, examples, **labels):
        return self.model(input_ids=padded([example[0] for example in examples], 0),
                          token_type_ids=padded([example[1] for example in examples], 0),
                          attention_mask=padded([[1] * len(example[0]) for example in examples], 0), **labels)

    def loss(self, indices):
        examples = [self.examples[index] for index in indices]
        return self.run(examples, start_positions=torch.tensor([example[2] for example in examples]),
                        end_positions=torch.tensor([example[3] for example in examples])).loss

    @torch.no_grad()
    def validate(self):
        exact = overlap = 0
        for question, windows in self.held:
            best, text, null = float("-inf"), "", float("-inf")
            result = self.run(windows)
            for number, (ids, _, _, _, offsets, in_context) in enumerate(windows):
                starts, ends = result.start_logits[number][:len(ids)], result.end_logits[number][:len(ids)]
                null = max(null, float(starts[0] + ends[0]))
                allowed = torch.tensor(in_context)
                length = torch.arange(len(ids))[None, :] - torch.arange(len(ids))[:, None]  # of the span, less one
                possible = allowed[:, None] & allowed[None, :] & (length >= 0) & (length < 30)
                scores = (starts[:, None] + ends[None, :]).masked_fill(~possible, float("-inf"))
                value, place = scores.flatten().max(0)
                if value > best:
                    first, last = divmod(int(place), len(ids))
                    best, text = float(value), question.context[offsets[first][0]:offsets[last][1]]
            if self.has_impossible and null > best:
                text = ""
            golds = question.answers if question.answers and not question.impossible else [""]
            exact += max(normalized(text) == normalized(gold) for gold in golds)
            overlap += max(token_f1(text, gold) for gold in golds)
        return f"exact match {100 * exact / len(self.held):.2f}  F1 {100 * overlap / len(self.held):.2f}"


def normalized(text):
    text = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def token_f1(prediction, gold):
    mine, theirs = normalized(prediction).split(), normalized(gold).split()
    if not mine or not theirs:
        return float(mine == theirs)
    common = sum((collections.Counter(mine) & collections.Counter(theirs)).values())
    return 2 * common / (len(mine) + len(theirs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1, help="of the new head and of dropout")
    parser.add_argument("--head", choices=["xavier", "normal"], default="xavier", help="distribution of its first values")
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    recipe = yaml.safe_load(arguments.recipe.read_text())
    training = recipe["training"]
    steps = arguments.max_steps or training["max_steps"]
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(arguments.model / "tokenizer.json"), pad_token="[PAD]",
                                        cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]")
    tokenizer._tokenizer.no_padding()
    task = {"classification": Classification, "question_answering": Answers}[recipe["task"]](
        recipe, arguments.data, tokenizer, arguments.model)
    model = task.model
    if arguments.head == "xavier":
        torch.nn.init.xavier_uniform_(task.head.weight)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": training["weight_decay"]}, {"params": others, "weight_decay": 0.0}],
        lr=training["learning_rate"], betas=(0.9, training["adam_beta2"]), eps=training["adam_epsilon"])
    warmup = training["warmup_steps"]
    step, epoch, start, sum_of_losses = 0, 0, time.time(), 0.0
    while step < steps:
        for batch in batches(task.lengths, training["batch_tokens"], training["seed"], epoch):
            step += 1
            share = step / warmup if step < warmup else max(0.0, (steps - step) / (steps - warmup))
            for group in optimizer.param_groups:
                group["lr"] = training["learning_rate"] * share
            model.train()
            optimizer.zero_grad()
            loss = task.loss(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), training["clip_norm"])
            optimizer.step()
            sum_of_losses += float(loss.detach())
            if step % recipe["validation"]["every_steps"] == 0 or step == steps:
                model.eval()
                print(f"step {step}  loss {sum_of_losses / step:.4f}  {task.validate()}  {time.time() - start:.0f} s", flush=True)
            if step == steps:
                break
        epoch += 1


main()

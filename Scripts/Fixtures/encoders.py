"""Writes Fixtures/Encoders: tiny text encoders with tokenizers, and what transformers makes of texts with them.

    python Scripts/Fixtures/encoders.py

Needs torch, transformers and tokenizers; `expected.json` records the versions. Weights are random (seed 11), larger
than usual so that outputs differ, and rounded to half precision, in which they are stored.
"""

import json
import pathlib
import re
import shutil

import numpy
import tokenizers
import torch
import transformers
from transformers.pipelines.document_question_answering import select_starts_ends

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Encoders"
SEED = 11
LINES = [
    "Paris is the capital of France.",
    "Ada Lovelace lived in London and wrote programs for a machine.",
    "What a wonderful day!",
    "The old house stands behind the red church.",
    "Where is the train station?",
    "She reads a book, and he drinks coffee.",
    "Don't go there: it's dark, isn't it?",
    "Two dogs run across the green field in 1984.",
    "I would like a cup of tea, please.",
    "It rains.",
]
TEXTS = LINES + [
    "",
    "  spaces   around  ",
    "Caf\u00e9 na\u00efve \U0001f600 \u6771\u4eac",
    "the " * 60 + "end",
    "a",
]
SIZES = dict(
    hidden_size=32, num_attention_heads=4, intermediate_size=64, num_hidden_layers=2, max_position_embeddings=64)


def pieces():
    """Letters, every other word whole, and the others in two halves; trained vocabularies differ from run to run."""
    words = sorted(set(re.findall(r"\w+", " ".join(LINES).lower())))
    letters = sorted(set("".join(words)))
    found = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"!',.:?", *letters, *(f"##{letter}" for letter in letters)]
    for number, word in enumerate(words):
        half = (len(word) + 1) // 2
        found += [word] if number % 2 == 0 else [word[:half], f"##{word[half:]}"]
    return [token for token in dict.fromkeys(found) if token != "##"]


def word_pieces(folder, saves_json):
    """A WordPiece tokenizer, as vocab.txt alone or as tokenizer.json."""
    folder.mkdir(parents=True)
    vocabulary = pieces()
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary), encoding="utf-8")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"), model_max_length=64)
    assert len(tokenizer) == len(vocabulary)
    if saves_json:
        (folder / "vocab.txt").unlink()
        tokenizer.save_pretrained(folder)
    return tokenizer


def byte_pairs(folder):
    """A byte-level BPE tokenizer in RoBERTa's form."""
    base = tokenizers.ByteLevelBPETokenizer(add_prefix_space=False)
    base.train_from_iterator(
        LINES, vocab_size=330, min_frequency=1, show_progress=False,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    folder.mkdir(parents=True)
    base.save_model(str(folder))
    tokenizer = transformers.RobertaTokenizer.from_pretrained(folder, model_max_length=64)
    for name in ["vocab.json", "merges.txt"]:
        (folder / name).unlink()
    tokenizer.save_pretrained(folder)
    return tokenizer


def save(model, folder):
    """Writes the model in half precision and returns it with the values that were written."""
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # The last layer stronger still, so that labels and places stand out.
            is_last = name.startswith("qa_outputs") or name == "classifier.weight"
            deviation = 0.6 if is_last else 0.25 if parameter.dim() > 1 else 0.2
            noise = torch.randn(parameter.shape, generator=generator) * deviation
            parameter.copy_((noise + (1 if name.endswith("orm.weight") else 0)).half().float())
    model.half().save_pretrained(folder)
    return model.float().eval()


def rounded(values):
    return [float(f"{float(value):.7g}") for value in values]


def embedder():
    folder = FOLDER / "embedder"
    tokenizer = word_pieces(folder, saves_json=False)
    model = save(transformers.BertModel(transformers.BertConfig(vocab_size=len(tokenizer), **SIZES)), folder)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write(folder / "modules.json", [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for index, (path, kind) in enumerate(modules)])
    (folder / "1_Pooling").mkdir()
    write(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False})
    write(folder / "sentence_bert_config.json", {"max_seq_length": 24, "do_lower_case": False})
    rows = {name: [] for name in ["mean", "cls", "max", "mean-sqrt", "normalized"]}
    for text in TEXTS:
        inputs = tokenizer(text.strip(), truncation=True, max_length=24, return_tensors="pt")
        with torch.no_grad():
            states = model(**inputs).last_hidden_state[0]
        mean = states.mean(0)
        rows["mean"].append(rounded(mean))
        rows["cls"].append(rounded(states[0]))
        rows["max"].append(rounded(states.max(0).values))
        rows["mean-sqrt"].append(rounded(states.sum(0) / len(states) ** 0.5))
        rows["normalized"].append(rounded(torch.nn.functional.normalize(mean, dim=0)))
    return {"texts": TEXTS, **rows}


def masked():
    folder = FOLDER / "masked"
    tokenizer = word_pieces(folder, saves_json=True)
    model = save(transformers.BertForMaskedLM(transformers.BertConfig(vocab_size=len(tokenizer), **SIZES)), folder)
    pipeline = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer)
    texts = [
        "Paris is the [MASK] of France.", "[MASK]", "She reads a [MASK], and he drinks [MASK].",
        "Caf\u00e9 \U0001f600 is[MASK]old!",
    ]
    cases = []
    for text in texts:
        found = pipeline(text, top_k=4)
        if isinstance(found[0], dict):
            found = [found]
        encoded = tokenizer(text, return_offsets_mapping=True)
        places = [place for place, id in enumerate(encoded["input_ids"]) if id == tokenizer.mask_token_id]
        masks = []
        for place, row in zip(places, found):
            candidates = []
            for one in row:
                ids = list(encoded["input_ids"])
                ids[place] = one["token"]
                # With several masks, transformers shows [CLS] and [SEP] as well, which are no part of the text.
                filled = one["sequence"] if len(places) == 1 else tokenizer.decode(ids[1:-1])
                candidates.append({
                    "id": one["token"], "word": one["token_str"], "score": rounded([one["score"]])[0], "text": filled})
            start, end = encoded["offset_mapping"][place]
            masks.append({"start": start, "end": end, "candidates": candidates})
        cases.append({"text": text, "masks": masks})
    return cases


def classifier():
    folder = FOLDER / "classifier"
    tokenizer = word_pieces(folder, saves_json=True)
    labels = ["contradiction", "entailment", "neutral"]
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), id2label=dict(enumerate(labels)), label2id={name: id for id, name in enumerate(labels)},
        problem_type="single_label_classification", **SIZES)
    model = save(transformers.BertForSequenceClassification(config), folder)
    pipeline = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer)
    inputs = [{"text": text} for text in LINES] + [
        {"text": LINES[0], "text_pair": LINES[3]}, {"text": LINES[9], "text_pair": LINES[9]}]
    cases = []
    for one in inputs:
        case = {"text": one["text"], "pair": one.get("text_pair")}
        for function in ["softmax", "sigmoid", "none"]:
            found = pipeline(one, top_k=None, function_to_apply=function)
            case[function] = {score["label"]: rounded([score["score"]])[0] for score in found}
        cases.append(case)
    return cases


def labeler():
    folder = FOLDER / "labeler"
    tokenizer = byte_pairs(folder)
    labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    sizes = dict(SIZES, max_position_embeddings=66)
    config = transformers.RobertaConfig(
        vocab_size=len(tokenizer), id2label=dict(enumerate(labels)), label2id={name: id for id, name in enumerate(labels)},
        type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, **sizes)
    model = save(transformers.RobertaForTokenClassification(config), folder)
    pipeline = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer)
    cases = []
    for text in LINES + ["Caf\u00e9 \U0001f600 London"]:
        for strategy in ["none", "simple", "first", "average", "max"]:
            spans = [{
                "label": one["entity" if strategy == "none" else "entity_group"],
                "score": rounded([one["score"]])[0], "start": one["start"], "end": one["end"],
            } for one in pipeline(text, aggregation_strategy=strategy)]
            cases.append({"text": text, "aggregation": strategy, "spans": spans})
    return cases


def answerer():
    folder = FOLDER / "answerer"
    tokenizer = word_pieces(folder, saves_json=True)
    config = transformers.DistilBertConfig(
        vocab_size=len(tokenizer), dim=32, n_heads=4, hidden_dim=64, n_layers=2, max_position_embeddings=64)
    model = save(transformers.DistilBertForQuestionAnswering(config), folder)
    context = "\U0001f600 " + " ".join(LINES)
    cases = []
    for question, text, window, stride, longest in [
        ("Where is Paris?", LINES[0], 64, 32, 15), ("Who wrote programs?", LINES[1], 64, 32, 3),
        ("Who reads a book?", context, 64, 32, 15), ("Where do dogs run?", context, 40, 10, 5),
        ("What is red?", context, 24, 0, 15),
    ]:
        # What the question answering of transformers 4 does, whose pieces are still in transformers 5.
        encoded = tokenizer(
            question, text, truncation="only_second", max_length=window, stride=stride,
            return_overflowing_tokens=True, return_offsets_mapping=True)
        null, answers = 1e6, []
        for number, ids in enumerate(encoded["input_ids"]):
            with torch.no_grad():
                output = model(input_ids=torch.tensor([ids]))
            mask = [part != 1 for part in encoded.sequence_ids(number)]
            for place, id in enumerate(ids):
                if id == tokenizer.cls_token_id:
                    mask[place] = False
            starts, ends, scores, null = select_starts_ends(
                output.start_logits.double().numpy(), output.end_logits.double().numpy(), numpy.array([mask]).astype(int),
                numpy.ones((1, len(ids)), dtype=int), null, top_k=10**6, handle_impossible_answer=True,
                max_answer_len=longest)
            window_encoding = encoded.encodings[number]
            for start, end, score in zip(starts, ends, scores):
                if end < start or score == 0:
                    continue
                first = window_encoding.word_to_chars(window_encoding.token_to_word(int(start)), 1)[0]
                last = window_encoding.word_to_chars(window_encoding.token_to_word(int(end)), 1)[1]
                answers.append((float(score), first, last))
        best = {}
        for score, first, last in answers:
            best[first, last] = max(score, best.get((first, last), 0))
        ordered = sorted(((score, *place) for place, score in best.items()), reverse=True)[:6]
        cases.append({
            "question": question, "context": text, "window": window, "stride": stride, "longest": longest,
            "windows": len(encoded["input_ids"]), "null": rounded([null])[0],
            "answers": [{"score": rounded([score])[0], "start": first, "end": last, "text": text[first:last]}
                        for score, first, last in ordered]})
    return cases


def write(file, value):
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main():
    for name in ["embedder", "masked", "classifier", "labeler", "answerer"]:
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    torch.manual_seed(SEED)
    expected = {
        "versions": {module.__name__: module.__version__ for module in [torch, transformers, tokenizers]},
        "embedder": embedder(), "masked": masked(), "classifier": classifier(), "labeler": labeler(),
        "answerer": answerer()}
    (FOLDER / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


main()

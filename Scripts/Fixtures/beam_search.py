"""Writes Fixtures/Generation/beam_search.json and sampling.json: what transformers' `generate` finds for a model whose
logits are a fixed function of everything generated so far.

The model is integer arithmetic (see `logit_row`), so that the Swift tests can compute the same logits exactly; the
searches, processors and scores are transformers' own.

    python Scripts/Fixtures/beam_search.py

Needs torch and transformers; the versions used are recorded in the files.
"""

import json
import pathlib
import random

import torch
import transformers
from transformers import GenerationConfig, MarianConfig, MarianMTModel
from transformers.generation import logits_process
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Generation"
MASK = (1 << 64) - 1
END, START = 0, 10


def mix(value):
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014)."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def logit_row(state, case):
    """20 bits of a hash, as a number in ±spread/2; the end token has a constant added. Exact in single precision."""
    row = [(mix(state ^ token) >> 44) / 2**20 * case["spread"] - case["spread"] / 2 for token in range(case["vocabulary"])]
    row[END] += case["endBonus"]
    return row


class SourceNumbers(torch.nn.Module):
    """An encoder that passes on the number of the source."""

    main_input_name = "input_ids"

    def forward(self, input_ids=None, attention_mask=None, **kwargs):
        return BaseModelOutput(last_hidden_state=input_ids[:, :, None].double())


class HashModel(MarianMTModel):
    """A model whose logits depend on the seed, the source and all target tokens."""

    def set_case(self, case):
        self.case = case
        return self

    def get_encoder(self, *args, **kwargs):
        return SourceNumbers()

    def forward(self, input_ids=None, decoder_input_ids=None, encoder_outputs=None, **kwargs):
        sources = encoder_outputs.last_hidden_state[:, 0, 0].long().tolist()
        rows = []
        for source, tokens in zip(sources, decoder_input_ids.tolist()):
            state = mix(self.case["seed"] ^ source)
            for token in tokens:
                state = mix(state ^ token)
            rows.append(logit_row(state, self.case))
        return Seq2SeqLMOutput(logits=torch.tensor(rows, dtype=torch.float32)[:, None, :])


def make_model(vocabulary):
    config = MarianConfig(
        vocab_size=vocabulary, d_model=4, encoder_layers=1, decoder_layers=1, encoder_attention_heads=1,
        decoder_attention_heads=1, encoder_ffn_dim=4, decoder_ffn_dim=4, max_position_embeddings=64,
        pad_token_id=START, eos_token_id=END, decoder_start_token_id=START, forced_eos_token_id=None, use_cache=False)
    model = HashModel(config).eval()
    model.generation_config = GenerationConfig(
        pad_token_id=START, eos_token_id=END, decoder_start_token_id=START, use_cache=False)
    return model


def random_case(generator, index):
    case = {
        "seed": generator.getrandbits(63),
        "vocabulary": generator.choice([11, 11, 13, 40]),
        "spread": generator.choice([2.0, 4.0, 8.0, 16.0]),
        "endBonus": generator.choice([-2.0, 0.0, 0.0, 1.0, 3.0]),
        "sourceCount": generator.choice([1, 2, 3]),
    }
    beam_size = generator.choice([1, 2, 3, 4, 5])
    settings = {
        "num_beams": beam_size,
        "max_new_tokens": generator.choice([1, 2, 5, 8, 12]),
        "num_return_sequences": generator.randint(1, beam_size),
        "length_penalty": generator.choice([-1.0, 0.0, 0.6, 1.0, 1.0, 2.0]),
        "early_stopping": generator.choice([True, False, False, "never"]),
    }
    # Each option alone in some cases, several together in others.
    tokens = range(1, 10)
    optional = {
        "no_repeat_ngram_size": lambda: generator.choice([1, 2, 3]),
        "repetition_penalty": lambda: generator.choice([0.5, 1.3, 2.0]),
        "min_new_tokens": lambda: min(generator.choice([1, 3, 6]), settings["max_new_tokens"]),
        "forced_bos_token_id": lambda: generator.choice(tokens),
        "forced_eos_token_id": lambda: END,
        "bad_words_ids": lambda: [[generator.choice(tokens)], generator.choices(tokens, k=2), [END], generator.choices(tokens, k=3)],
        "suppress_tokens": lambda: generator.sample(tokens, 2),
        "eos_token_id": lambda: [END, generator.choice(tokens)],
    }
    names = list(optional)
    if index % 3 == 0:
        chosen = []
    elif index % 3 == 1:
        chosen = [names[index // 3 % len(names)]]
    else:
        chosen = generator.sample(names, generator.randint(2, 4))
    for name in chosen:
        settings[name] = optional[name]()
    case["prefix"] = generator.choices(tokens, k=generator.choice([1, 2])) if index % 5 == 4 else []
    return case, settings


def hypotheses(model, case, settings):
    sources = torch.arange(case["sourceCount"])[:, None]
    prompt = torch.tensor([[START] + case["prefix"]] * case["sourceCount"])
    ends = settings.get("eos_token_id", END)
    ends = ends if isinstance(ends, list) else [ends]
    with torch.no_grad():
        output = model.set_case(case).generate(
            sources, decoder_input_ids=prompt, return_dict_in_generate=True, output_scores=True, do_sample=False,
            **settings)
    is_greedy = settings["num_beams"] == 1
    transitions = model.compute_transition_scores(
        output.sequences, output.scores, getattr(output, "beam_indices", None), normalize_logits=is_greedy)
    count = settings["num_return_sequences"]
    rows = []
    for index, sequence in enumerate(output.sequences.tolist()):
        generated = sequence[prompt.shape[1]:]
        length = next((i + 1 for i, token in enumerate(generated) if token in ends), len(generated))
        log_probabilities = transitions[index][:length].tolist()
        if is_greedy:
            score = sum(log_probabilities) / length ** settings["length_penalty"]
        else:
            score = output.sequences_scores[index].item()
        rows.append({
            "ids": case["prefix"] + generated[:length], "score": score, "tokenLogProbabilities": log_probabilities})
    return [rows[i:i + count] for i in range(0, len(rows), count)]


def search_cases():
    generator = random.Random(2)
    models = {}
    cases = []
    while len(cases) < 360:
        case, settings = random_case(generator, len(cases))
        model = models.setdefault(case["vocabulary"], make_model(case["vocabulary"]))
        found = hypotheses(model, case, settings)
        # Where the settings leave fewer hypotheses than are asked for, transformers fills up with impossible ones.
        if any(h["score"] < -1e6 or not h["tokenLogProbabilities"] for row in found for h in row):
            continue
        cases.append({**case, "settings": settings, "hypotheses": found})
    return cases


def sampling_cases():
    """The distributions that the samplers' filters leave."""
    generator = random.Random(3)
    torch.manual_seed(3)
    cases = []
    for _ in range(60):
        size = generator.choice([5, 11, 40])
        logits = (torch.randn(1, size) * 3).float()
        settings = {
            "temperature": generator.choice([1.0, 0.5, 1.7]),
            "topK": generator.choice([None, 1, 3, 10]),
            "topP": generator.choice([None, 0.3, 0.9, 0.95]),
            "minP": generator.choice([None, 0.05, 0.3]),
        }
        scores = logits
        if settings["temperature"] != 1.0:
            scores = logits_process.TemperatureLogitsWarper(settings["temperature"])(None, scores)
        if settings["topK"] is not None:
            scores = logits_process.TopKLogitsWarper(settings["topK"])(None, scores)
        if settings["topP"] is not None:
            scores = logits_process.TopPLogitsWarper(settings["topP"])(None, scores)
        if settings["minP"] is not None:
            scores = logits_process.MinPLogitsWarper(settings["minP"])(None, scores)
        cases.append({**settings, "logits": logits[0].tolist(), "probabilities": scores.softmax(-1)[0].tolist()})
    return cases


def write(name, cases):
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = '{"versions":' + json.dumps(versions) + ',"cases":[\n' + lines + "\n]}\n"
    (FOLDER / name).write_text(text)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("beam_search.json", search_cases())
    write("sampling.json", sampling_cases())

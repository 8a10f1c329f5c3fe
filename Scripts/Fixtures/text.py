"""Writes Fixtures/Text/components.jsonl, byte-model.json and the cases of translation/tokenizer.json.

Run from the repository root: python Scripts/Fixtures/text.py [COUNT]   (needs: pip install tokenizers; seed 7)
COUNT is the number of texts for each component, 24 in the repository.
"""
import json
import random
import sys
from pathlib import Path

import tokenizers

ROOT = Path("Fixtures/Text")
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 24
random.seed(7)

# Only bytes, each piece ending in a suffix that is spelled out: the identifiers show exactly where the pieces end.
BYTES = {f"<0x{byte:02X}>": byte for byte in range(256)}
MODEL = {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
         "end_of_word_suffix": "|", "fuse_unk": False, "byte_fallback": True, "ignore_merges": False,
         "vocab": BYTES | {"<unk>": 256, "▁a": 257, "Ġb": 258, "ab</w>": 259, "c</w>d": 260, "▁▁": 261, " x ": 262},
         "merges": []}


def added(id, content, **options):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True} | options


def byte_level(prefix, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def metaspace(scheme, split=True, mark="▁"):
    return {"type": "Metaspace", "replacement": mark, "prepend_scheme": scheme, "split": split}


def replace(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def sequence(name, *steps):
    return {"type": "Sequence", name: list(steps)}


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
NORMALIZERS = [{"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents")] + [
    {"type": "Strip", "strip_left": left, "strip_right": right}
    for left, right in [(True, False), (False, True), (True, True)]] + [
    replace("a", "bc"), replace("ss", ""), {"type": "Prepend", "prepend": "▁"},
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
     "lowercase": True},
    {"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": False, "strip_accents": True,
     "lowercase": False},
    sequence("normalizers", {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, replace(" ", "_"))]
PRE_TOKENIZERS = [{"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "BertPreTokenizer"},
                  {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
                  byte_level(False), byte_level(True), byte_level(True, False), metaspace("always"),
                  metaspace("first"), metaspace("never"), metaspace("always", False, "_")]
PRE_TOKENIZERS += [{"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS]
PRE_TOKENIZERS += [{"type": "Split", "pattern": {"String": "ab"}, "behavior": behavior, "invert": invert}
                   for behavior in BEHAVIORS for invert in (False, True)]
PRE_TOKENIZERS += [sequence("pretokenizers", {"type": "Punctuation", "behavior": "Isolated"}, metaspace("first")),
                   sequence("pretokenizers", {"type": "WhitespaceSplit"}, byte_level(True), metaspace("always"))]
DECODERS = [metaspace("always"), metaspace("never"), byte_level(True), {"type": "ByteFallback"}, {"type": "Fuse"},
            replace("▁", " "), {"type": "Strip", "content": " ", "start": 1, "stop": 2},
            {"type": "BPEDecoder", "suffix": "</w>"},
            sequence("decoders", replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"},
                     {"type": "Strip", "content": " ", "start": 1, "stop": 0})]
ADDED = [[added(263, "<x>"), added(264, "ab", single_word=True), added(265, "mask", lstrip=True, rstrip=True),
          added(266, "<xy>", special=False), added(267, "É", normalized=True)]]


def scalar():
    kind = random.randrange(20)
    if kind < 8:
        return random.choice("abcsSxyA1BÉé'")
    if kind < 11:
        return random.choice("   \t\n\u00a0\u2003")
    if kind < 13:
        return random.choice(",.!?-_'\"«»„▁¿。")
    ranges = [(0x20, 0x7F), (0xA0, 0x250), (0x250, 0x370), (0x300, 0x370), (0x370, 0x3000), (0x3000, 0xD7FF),
              (0xE000, 0x10000), (0x10000, 0x20000), (0x20000, 0x110000)]
    return chr(random.randrange(*random.choice(ranges)))


def text():
    words = ["ab", "abab", "'ll", "<x>", "<xy>", " mask ", "  ", "12", "ss", "don't", "한글", "각", "ﬁ", "Å"]
    return "".join(random.choice(words) if random.random() < 0.3 else scalar() for _ in range(random.randrange(14)))


def case(tokenizer, text):
    ids = tokenizer.encode(text).ids
    return {"text": text, "ids": ids, "ids_plain": tokenizer.encode(text, add_special_tokens=False).ids,
            "decoded": tokenizer.decode(ids)}


def components():
    pipelines = [("normalizer", part) for part in NORMALIZERS] + [("pre_tokenizer", part) for part in PRE_TOKENIZERS]
    pipelines += [("decoder", part) for part in DECODERS] + [("added_tokens", part) for part in ADDED]
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
             "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": MODEL}
    (ROOT / "byte-model.json").write_text(json.dumps(whole, ensure_ascii=False) + "\n")
    with open(ROOT / "components.jsonl", "w") as file:
        for name, part in pipelines:
            change = {name: part}
            if name == "added_tokens":
                change["normalizer"] = {"type": "Lowercase"}
                change["pre_tokenizer"] = metaspace("first")
            tokenizer = tokenizers.Tokenizer.from_str(json.dumps(whole | change))
            cases = [case(tokenizer, text()) for _ in range(COUNT)]
            if name == "decoder":
                for item in cases:
                    item["ids"] = [random.choice([257, 258, 259, 260, 261, 262, random.randrange(256), 0x41, 0xC3, 0xA9])
                                   for _ in range(random.randrange(1, 9))]
                    item["decoded"] = tokenizer.decode(item["ids"])
                    del item["text"]
            file.write(json.dumps({"change": change, "cases": cases}) + "\n")


def translation():
    path = ROOT / "translation"
    if not (path / "tokenizer.json").exists():
        return
    tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
    texts = (path / "texts.txt").read_text().splitlines() + ["", " ", "  a  b ", "\tä\n", "a</s>b", "日本 <0x41>"]
    texts += [text() for _ in range(60)]
    with open(path / "cases.jsonl", "w") as file:
        for line in texts:
            file.write(json.dumps(case(tokenizer, line)) + "\n")


if __name__ == "__main__":
    components()
    translation()

"""Writes Fixtures/Text/parts.jsonl, windows.json, parts-model.json and charsmap.txt: parts of tokenizers with what the library makes of texts.

Run from the repository root: python Scripts/Fixtures/tokenizer_parts.py [COUNT] [DIRECTORY]
COUNT is the number of texts for each part, 6 in the repository. Needs: pip install tokenizers sentencepiece; seed 11.
"""
import base64
import io
import json
import random
import sys
from pathlib import Path

import sentencepiece
import tokenizers

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 6
ROOT = Path(sys.argv[2] if len(sys.argv) > 2 else "Fixtures/Text")
random.seed(11)

# A token for each byte: identifiers show the text after the normalizer, words the pieces, offsets the alignment.
BYTES = {f"<0x{byte:02X}>": byte for byte in range(256)}
MODEL = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
         "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": True, "ignore_merges": False,
         "vocab": BYTES | {"[CLS]": 256, "[SEP]": 257, "▁a": 258, "##b": 259, "|": 260, "'s": 261, "Ġb": 262},
         "merges": []}
WHOLE = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
         "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": MODEL}


def added(id, content, **options):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True} | options


def byte_level(prefix, regex=True, trim=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def metaspace(scheme, split=True):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


def replace(pattern, content, kind="Regex"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(name, *steps):
    return {"type": "Sequence", name: list(steps)}


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
KNOWN = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "gpt4": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "gpt4o": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "llama3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "clip": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "bloom": r" ?[^(\s|[.,!?…。，、।۔،])]+",
    "deepseek": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "kimi": r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "digits": r"\d{1,3}(?=(?:\d{3})*\b)", "cjk": "[一-龥぀-ゟ゠-ヿ]+",
}
OTHER = [r"a+?b", r"(?:ab|a)(?:c|bcd)?", r"(?>a+|ab)b", r"\s+$", r"^\s+", r"^", r"$", r"\A.", r".\z", r"\b", r"\bs?\w", r"\B",
         r"(?<=a)b", r"(?<!a)b", r"(?<=ab|cd)\w", r"[a-cB-D]+", r"[^a-z\d\s]", r"[[:alpha:]]+", r"[[:punct:]]", r"[[:space:]]+",
         r"[[:upper:]][[:lower:]]*", r"[\w&&[^\d_]]+", r"(?i)straSSe|k|s", r"(?i:[a-f]+)x?", r"(a|b|ab)*c", r"(?:a*)*b",
         r"(?:a|ab)(?=c|b)", r"x{2}", r"a{1,2}+b", r"a{,2}b", r"{", r"a{", r"[]a]", r"[a\]\-x]", r"[a-]", r"\x41|\u00e9|\x{1F600}",
         r"(?m:a.b)", r"a.b", r"(?i)É|k|σ|[^ks]", r"\p{^L}+", r"\P{L}+", r"\p{Sc}|\p{Pd}|\p{Zs}", r"\p{Latin}+|\p{Greek}+|\p{Cyrillic}+",
         r"\p{Hiragana}|\p{Katakana}|\p{Hangul}", r"\h+", r"\R", r"a*?", r"(?:ab?)+?b", r"[^\S\n]+", r"(?#comment)a", r"(?<name>a)b",
         r"a|", r"", r"(?=a)", r"\d(?=(\d{3})+$)", r"[\s\S]{3}", r"\p{M}+|\p{C}+", r"\p{Cn}", r"\p{Co}", r"a++b", r"a?+a",
         r"(?i)\p{Lu}", r"\w+|[^\w\s]+", r"\p{Alpha}+", r"[^\p{Alnum}]", r"\p{Punct}",
         r"(?i)[\p{Lu}_]+", r"(?i)[[:lower:]]", r"(?i:[^\p{Ll}])+", r"\p{Word}+", r"[[:word:]]+", r"[\W_]+", r"\p{Cntrl}|\p{Space}|\p{Digit}"]

WORDS = ["ab", "abab", "'ll", "'LL", "I'M", "'ſ", "don't", "  ", "\n", "\r\n", "\n\n", " \n ", "\t", "12", "1234567", "ss", "ß",
         "한글", "각", "ﬁ", "Å", "é", "e\u0301", "q\u0301\u0323", "世界", "カタ", "ひら", "ー", "नमस्ते", "สวัสดี", "😀", "👩‍👩‍👧", "$5", "a-b",
         "...", "//", "<x>", "[MASK]", " mask ", "ABc", "aBC", "xyz ", "К", "Ω", "σς", "ǅ", "ʰ", "Ⅷ", "½", "٣", "\u00a0", "\u3000",
         "\u200b", "\u200d", "\ufeff", "a\u0300b", "🇩🇪", "\u0600", "\u1100\u1161\u11a8", "ﷺ", "①", "㍿", "straße", "K", "C", "_", "</s>"]


def scalar():
    kind = random.randrange(20)
    if kind < 9:
        return random.choice("abcdsSxyA1BÉé'7")
    if kind < 12:
        return random.choice("   \t\n\r\u00a0\u2003\u0085")
    if kind < 14:
        return random.choice(",.!?-_'\"«»„▁¿。/")
    ranges = [(0x1, 0x7F), (0xA0, 0x250), (0x250, 0x370), (0x300, 0x370), (0x370, 0x3000), (0x3000, 0xD7FF),
              (0xE000, 0x10000), (0x10000, 0x20000), (0x20000, 0x110000)]
    return chr(random.randrange(*random.choice(ranges)))


def text():
    return "".join(random.choice(WORDS) if random.random() < 0.45 else scalar() for _ in range(random.randrange(14)))


def words():
    return " ".join(random.choice(["the", "a", "cat", "sits", "on", "mats", "unhappy", "Haus", "dog's", "é", "x", "世", "\u0301", ",", ""])
                    for _ in range(random.randrange(8)))


def case(tokenizer, text, pair=None, whole=False, decodes=True):
    both = tokenizer.encode(text, pair)
    shown = both if whole or pair is not None else tokenizer.encode(text, add_special_tokens=False)
    result = {"text": text, "ids": both.ids, "tokens": shown.tokens, "offsets": shown.offsets, "words": shown.word_ids}
    if pair is not None:
        result["pair"] = pair
    else:
        result["ids_plain"] = tokenizer.encode(text, add_special_tokens=False).ids
    if whole or pair is not None:
        result |= {"whole": True, "type_ids": both.type_ids, "special": both.special_tokens_mask,
                   "texts": [None if special else text for special, text in zip(both.special_tokens_mask, both.sequence_ids)]}
    if decodes:
        result["decoded"] = tokenizer.decode(both.ids)
    return result


def charsmap():
    """The map of characters that SentencePiece puts into models for T5 and Marian."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 10), model_writer=model, vocab_size=12, minloglevel=2,
        normalization_rule_name="nmt_nfkc")
    from sentencepiece import sentencepiece_model_pb2
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()


def small_charsmap(entries):
    """A compiled map with the given texts: a double array built the slow way."""
    nodes, texts = [{}], b""
    values = {}
    for key, value in entries.items():
        node = 0
        for byte in key.encode():
            if byte not in nodes[node]:
                nodes.append({})
                nodes[node][byte] = len(nodes) - 1
            node = nodes[node][byte]
        values[node] = len(texts)
        texts += value.encode() + b"\0"
    units, place, base_of = {0: 0}, {0: 0}, {}
    used, block = {0}, 1
    for node in range(len(nodes)):
        labels = list(nodes[node]) + ([0] if node in values else [])
        base = 256 * block
        block += 1
        base_of[node] = base
        here = place[node]
        units[here] |= ((here ^ base) << 10) | (256 if node in values else 0)
        for byte in nodes[node]:
            child = nodes[node][byte]
            place[child] = base ^ byte
            units[base ^ byte] = byte
        if node in values:
            units[base] = 1 << 31 | values[node]
    blob = [units.get(i, 0) for i in range(256 * block)]
    trie = b"".join(unit.to_bytes(4, "little") for unit in blob)
    return base64.b64encode(len(trie).to_bytes(4, "little") + trie + texts).decode()


def parts():
    yield "nmt", {"normalizer": {"type": "Nmt"}}
    yield "byte-level normalizer", {"normalizer": {"type": "ByteLevel"}}
    yield "precompiled", {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "nmt_nfkc"}}
    yield "precompiled in t5", {
        "normalizer": sequence("normalizers", {"type": "Precompiled", "precompiled_charsmap": "nmt_nfkc"},
                               {"type": "Strip", "strip_left": False, "strip_right": True}, replace(" {2,}", "▁")),
        "pre_tokenizer": metaspace("first")}
    small = small_charsmap({"a": "", "b": "xyz", "é": "ee", "e\u0301": "q", "\r": " ", "世": "W", "ab": "never", "\u0301": ""})
    yield "small precompiled", {"normalizer": {"type": "Precompiled", "precompiled_charsmap": small}}
    yield "small precompiled, lower", {"normalizer": sequence(
        "normalizers", {"type": "Lowercase"}, {"type": "Precompiled", "precompiled_charsmap": small}, {"type": "NFD"})}
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"):
        yield name, {"normalizer": {"type": name}}
    yield "strip", {"normalizer": {"type": "Strip", "strip_left": True, "strip_right": True}, "pre_tokenizer": metaspace("first")}
    yield "prepend", {"normalizer": sequence("normalizers", {"type": "Prepend", "prepend": "▁é"}, replace(" ", "▁", "String"))}
    for clean, chinese, accents, lower in [(True, True, None, True), (False, True, True, False), (True, False, False, True)]:
        yield "bert", {"normalizer": {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
                                      "strip_accents": accents, "lowercase": lower},
                       "pre_tokenizer": {"type": "BertPreTokenizer"}}
    yield "nfd accents", {"normalizer": sequence("normalizers", {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"})}
    yield "nfkc accents", {"normalizer": sequence("normalizers", {"type": "NFKC"}, {"type": "NFD"}, {"type": "NFC"})}
    for pattern in [r"\s+", r" {2,}", r"a|", r"[^\w\s]", r"(?<=a)b", r"\s+$", "e\u0301"]:
        for content in ["", " ", "xyz"]:
            yield f"replace {pattern}", {"normalizer": replace(pattern, content), "pre_tokenizer": metaspace("first")}
    yield "replace literal", {"normalizer": replace("ab", "é", "String")}
    for name, pattern in KNOWN.items():
        yield name, {"pre_tokenizer": split(pattern)}
        yield f"{name} inverted", {"pre_tokenizer": split(pattern, "Removed", True)}
    for name in ("llama3", "gpt4o"):
        yield f"{name} with bytes", {"pre_tokenizer": sequence("pretokenizers", split(KNOWN[name]), byte_level(False, False)),
                                     "decoder": byte_level(True)}
    for pattern in OTHER:
        yield f"split {pattern}", {"pre_tokenizer": split(pattern, random.choice(BEHAVIORS), random.random() < 0.3)}
    for behavior in BEHAVIORS:
        yield f"split {behavior}", {"pre_tokenizer": split(r"\s+|[,.]", behavior)}
        yield f"split inverted {behavior}", {"pre_tokenizer": split(r"\w+", behavior, True)}
        yield f"split empty {behavior}", {"pre_tokenizer": split("", behavior, kind="String")}
    yield "scripts", {"pre_tokenizer": {"type": "UnicodeScripts"}}
    yield "delimiter", {"pre_tokenizer": {"type": "CharDelimiterSplit", "delimiter": "a"}}
    yield "length", {"pre_tokenizer": {"type": "FixedLength", "length": 3}}
    for scheme in ("always", "first", "never"):
        yield f"metaspace {scheme}", {"pre_tokenizer": metaspace(scheme), "decoder": metaspace(scheme)}
        yield f"metaspace {scheme} unsplit", {"pre_tokenizer": sequence("pretokenizers", {"type": "Whitespace"}, metaspace(scheme, False))}
    for prefix in (False, True):
        for trim in (False, True):
            yield "byte level", {"pre_tokenizer": byte_level(prefix), "post_processor": byte_level(prefix, True, trim),
                                 "decoder": byte_level(True)}
    yield "digits", {"pre_tokenizer": sequence("pretokenizers", {"type": "Digits", "individual_digits": True}, byte_level(False))}
    yield "punctuation", {"pre_tokenizer": sequence("pretokenizers", {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"})}
    tokens = [added(263, "<x>", lstrip=True), added(264, "ab", single_word=True, special=False), added(265, "[MASK]", lstrip=True, rstrip=True),
              added(266, "É", normalized=True, special=False), added(267, "x", normalized=True, single_word=True),
              added(268, "</s>", rstrip=True, normalized=True), added(269, "  ", normalized=False)]
    for normalizer in (None, {"type": "Lowercase"}, {"type": "NFD"}, {"type": "Prepend", "prepend": "▁"}):
        yield "added tokens", {"added_tokens": tokens, "normalizer": normalizer, "pre_tokenizer": metaspace("first")}
    yield "added tokens and words", {"added_tokens": tokens, "pre_tokenizer": {"type": "Whitespace"}}


def processors():
    cls, sep = ["[CLS]", 256], ["[SEP]", 257]
    template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 2}}, {"SpecialToken": {"id": "pair", "type_id": 1}}],
                "pair": [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[CLS]", "type_id": 3}},
                         {"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [256], "tokens": ["[CLS]"]},
                                   "pair": {"id": "pair", "ids": [257, 256], "tokens": ["[SEP]", "[CLS]"]}}}
    roberta = {"type": "RobertaProcessing", "sep": sep, "cls": cls, "trim_offsets": True, "add_prefix_space": True}
    yield "no processor", {}
    yield "bert processor", {"post_processor": {"type": "BertProcessing", "sep": sep, "cls": cls},
                             "pre_tokenizer": {"type": "BertPreTokenizer"}}
    for trim, prefix in [(True, True), (True, False), (False, True)]:
        yield "roberta processor", {"post_processor": roberta | {"trim_offsets": trim, "add_prefix_space": prefix},
                                    "pre_tokenizer": byte_level(prefix)}
    yield "template", {"post_processor": template}
    yield "byte level and template", {"post_processor": sequence("processors", byte_level(True), template),
                                      "pre_tokenizer": byte_level(True)}
    yield "template and byte level", {"post_processor": sequence("processors", template, byte_level(False)),
                                      "pre_tokenizer": byte_level(False)}


def decoders():
    for prefix, cleanup in [("##", True), ("##", False), ("", True)]:
        yield {"type": "WordPiece", "prefix": prefix, "cleanup": cleanup}
    for cleanup in (True, False):
        yield {"type": "CTC", "pad_token": "[SEP]", "word_delimiter_token": "|", "cleanup": cleanup}
    yield sequence("decoders", replace("<0x(4|6)", "<"), {"type": "Fuse"})
    yield sequence("decoders", {"type": "ByteFallback"}, {"type": "Fuse"}, replace(r"\s+", "_"))


def models():
    pieces = [["<unk>", 0.0], ["▁", -2.5], ["a", -3.0], ["b", -3.5], ["ab", -4.0], ["▁a", -4.0], ["▁ab", -5.5], ["s", -4.5], ["ss", -6.0],
              ["é", -7.0], ["世界", -8.0], ["界", -9.0], ["e", -5.0], ["\u0301", -9.5], ["▁the", -3.0], ["th", -6.0], ["cat", -6.0], ["xy", -7.0],
              ["aba", -6.5], ["bab", -6.5], ["'", -5.0], ["'ll", -7.5], ["12", -7.0], ["</s>", 0.0]]
    falls_back = [[f"<0x{byte:02X}>", -12.0] for byte in range(256)]
    base = {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False}
    yield "unigram", {"model": base, "pre_tokenizer": metaspace("always")}
    yield "unigram, whole text", {"model": base, "normalizer": {"type": "NFKC"}, "pre_tokenizer": metaspace("first", False)}
    yield "unigram with bytes", {"model": base | {"vocab": pieces + falls_back, "byte_fallback": True}, "pre_tokenizer": metaspace("always"),
                                 "decoder": sequence("decoders", {"type": "ByteFallback"}, metaspace("always"))}
    yield "unigram with some bytes", {"model": base | {"vocab": pieces + falls_back[:200], "byte_fallback": True}, "pre_tokenizer": metaspace("never")}
    yield "unigram, high scores", {"model": base | {"vocab": [[p, s + 30] for p, s in pieces] + [["zz", 1.0], ["世", 2.0], ["cdsS", 3.0]]}}
    # An odd one: a piece stands twice.
    yield "unigram, twice", {"model": base | {"vocab": pieces + [["ab", -1.0], ["a", -0.5]]}}
    vocabulary = ["[UNK]", "a", "b", "ab", "##a", "##b", "##ab", "##s", "the", "cat", "s", "##it", "é", "##é", "世", "##界", "un", "##happy", "on", "mat", ",",
                  "'", "##'", "x", "##x", "Haus", "dog", "e", "##\u0301", "##", "12", "##34"]
    piece = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 6,
             "vocab": {token: index for index, token in enumerate(vocabulary)}}
    for pre_tokenizer in ({"type": "Whitespace"}, {"type": "BertPreTokenizer"}, None):
        yield "wordpiece", {"model": piece, "pre_tokenizer": pre_tokenizer, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True}}
    yield "wordpiece without prefix", {"model": piece | {"continuing_subword_prefix": ""}, "pre_tokenizer": {"type": "Whitespace"}}
    yield "word level", {"model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "the": 1, "cat": 2, "é": 3, ",": 4, "ab": 9}, "unk_token": "[UNK]"},
                         "pre_tokenizer": {"type": "Whitespace"}}
    letters = ["a", "b", "s", "ab", "ss", "abab", "e", "é", " ", "世", "<unk>", "th", "the", "t", "h", "▁", "▁a"]
    bpe = MODEL | {"vocab": {token: index for index, token in enumerate(letters)}, "byte_fallback": False, "unk_token": "<unk>",
                   "merges": [["a", "b"], ["s", "s"], ["ab", "ab"], ["t", "h"], ["th", "e"], ["▁", "a"]]}
    yield "bpe", {"model": bpe, "pre_tokenizer": {"type": "Whitespace"}}
    yield "bpe, fused unknowns", {"model": bpe | {"fuse_unk": True}, "pre_tokenizer": metaspace("first")}
    yield "bpe, dropped unknowns", {"model": bpe | {"unk_token": None}, "pre_tokenizer": {"type": "Whitespace"}}
    yield "bpe, whole words", {"model": bpe | {"ignore_merges": True, "merges": [["t", "h"]]}, "pre_tokenizer": {"type": "Whitespace"}}
    suffixed = {token: index for index, token in enumerate(letters + ["a</w>", "b</w>", "ab</w>", "s</w>", "ss</w>"])}
    yield "bpe with a suffix", {"model": bpe | {"vocab": suffixed, "end_of_word_suffix": "</w>", "merges": [["a", "b"], ["a", "b</w>"], ["s", "s</w>"]]},
                                "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "BPEDecoder", "suffix": "</w>"}}
    prefixed = {token: index for index, token in enumerate(letters + ["##a", "##b", "##s", "##ss"])}
    yield "bpe with a prefix", {"model": bpe | {"vocab": prefixed, "continuing_subword_prefix": "##", "merges": [["a", "##b"], ["##s", "##s"]]},
                                "pre_tokenizer": {"type": "Whitespace"}}


def windows():
    """Pairs cut into windows, as for questions and contexts."""
    vocabulary = ["[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "##a", "##b", "##c", "the", "cat", "sat", "on"]
    model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9,
             "vocab": {token: index for index, token in enumerate(vocabulary)}}
    change = {"model": model, "pre_tokenizer": {"type": "Whitespace"},
              "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]}}
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(WHOLE | change))
    sentence = lambda: " ".join(random.choice(["the", "cat", "sat", "on", "abc", "x", "aa"]) for _ in range(random.randrange(12)))
    cases = []
    while len(cases) < 10 * COUNT:
        text, pair = sentence(), random.choice([None, sentence()])
        limit, stride = random.randrange(4, 16), random.randrange(4)
        strategy = random.choice(["longest_first", "only_first", "only_second"])
        if strategy == "longest_first" and pair is not None:
            stride = 0
        tokenizer.no_truncation()
        lengths = [len(tokenizer.encode(part or "", add_special_tokens=False).ids) for part in (text, pair)]
        kept = lengths[1] if strategy == "only_first" else lengths[0] if strategy == "only_second" else 0
        if limit - (2 if pair is None else 3) - kept <= stride or (strategy == "only_second" and pair is None):
            continue  # no room for a window
        tokenizer.enable_truncation(limit, stride=stride, strategy=strategy)
        first = tokenizer.encode(text, pair)
        found = [first] if strategy == "longest_first" and pair is not None else [first] + first.overflowing
        if any(len(window.ids) > limit for window in found):
            continue
        cases.append({"text": text, "pair": pair, "limit": limit, "stride": stride, "strategy": strategy,
                      "windows": [window.ids for window in found], "offsets": [window.offsets for window in found]})
    return {"change": change, "cases": cases}


def compact(value):
    # Foundation takes a byte-order mark at the beginning of a string for one of the file's.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("\ufeff", "\\ufeff") + "\n"


def main():
    ROOT.mkdir(parents=True, exist_ok=True)
    whole_map = charsmap()
    (ROOT / "charsmap.txt").write_text(whole_map + "\n")
    (ROOT / "parts-model.json").write_text(compact(WHOLE))

    def load(change):
        return tokenizers.Tokenizer.from_str(json.dumps(WHOLE | change).replace('"nmt_nfkc"', f'"{whole_map}"'))

    (ROOT / "windows.json").write_text(compact(windows()))
    with open(ROOT / "parts.jsonl", "w") as file:
        def write(name, change, cases):
            file.write(compact({"name": name, "change": change, "cases": cases}))

        for name, change in parts():
            try:
                tokenizer = load(change)
            except Exception as error:
                print("the library refuses", name, error)
                continue
            write(name, change, [case(tokenizer, text(), decodes="decoder" in change) for _ in range(COUNT)])
        for name, change in processors():
            tokenizer = load(change)
            cases = [case(tokenizer, text(), whole=True, decodes=False) for _ in range(COUNT)]
            cases += [case(tokenizer, text(), text(), decodes=False) for _ in range(COUNT)]
            if name == "template and byte level":
                for item in cases:  # the library numbers the parts of the template there, not the texts
                    del item["texts"]
            write(name, change, cases)
        for decoder in decoders():
            tokenizer = load({"decoder": decoder})
            rows = [[random.choice([256, 257, 257, 258, 259, 259, 260, 260, 261, 262, 0x41, 0x41, random.randrange(256)])
                     for _ in range(random.randrange(1, 12))] for _ in range(COUNT)]
            write(json.dumps(decoder), {"decoder": decoder}, [{"ids": row, "decoded": tokenizer.decode(row)} for row in rows])
        for name, change in models():
            tokenizer = load(change)
            write(name, change, [case(tokenizer, random.choice([text, words])()) for _ in range(2 * COUNT)])


if __name__ == "__main__":
    main()

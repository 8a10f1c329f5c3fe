"""Writes Fixtures/Text/files: small tokenizers in every form that HeedText reads, and what the reference makes of texts.

Run from the repository root: python Scripts/Fixtures/tokenizer_files.py TEXT_EN TEXT_DE
(needs: pip install transformers tokenizers sentencepiece protobuf sacremoses; seed 11)
TEXT_EN and TEXT_DE are files of sentences, of which the first 2,000 are used: those of Multi30k in the repository.
"""
import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import sentencepiece
import tokenizers
from transformers import (BartTokenizer, BertTokenizer, GPT2Tokenizer, LlamaTokenizer, M2M100Tokenizer, MarianTokenizer,
                          Qwen2Tokenizer, RobertaTokenizer, T5Tokenizer)

ROOT = Path("Fixtures/Text/files")
random.seed(11)
ENGLISH = Path(sys.argv[1]).read_text().splitlines()[:2000]
GERMAN = Path(sys.argv[2]).read_text().splitlines()[:2000]

# A map of characters that is small and has what matters: longer rules before shorter ones, spaces, and deletion.
RULES = [("ﬁ", "fi"), ("Ａ", "A"), ("\u00a0", " "), ("\u3000", " "), ("\t", " "), ("e\u0301", "é"), ("e\u0323", "ẹ"),
         ("e\u0323\u0302", "ệ"), ("½", "1⁄2"), ("…", "..."), ("\u200b", ""), ("㎏", "kg"), ("´", " \u0301")]

TEXTS = ["", " ", "   ", "a", " a", "a ", "  two  spaces  here ", "\ttab\tand\nnewline\r\n", "Hello world", "hello WORLD",
         "A man in a blue shirt is standing on a ladder.", "Zwei junge weiße Männer sind im Freien.", "e\u0301 é e\u0323\u0302 ệ",
         "ﬁne ﬁﬁ Ａ㎏ ½ …", "日本語のテキスト", "한국어 텍스트", "Привет мир", "مرحبا", "🙂 smile 👩‍👩‍👧 🇩🇪", "a\u200bb", "\u00a0nbsp\u00a0",
         "\u3000wide\u3000", "▁", "▁▁a", "a▁b", "12345 3.14 1,000", "don't won't I'll", "x" * 90, "aaaaaaaaaaa", "ababababab",
         "<0x41>", "http://a.b/c?d=e&f", "C++ & C# (2024) [x] {y}", "#hashtag @user", "tab\tend", "multi\n\nline", "\u0000nul",
         "\ufeffbom", "ÄÖÜ äöü ß ẞ", "İstanbul ıi", "ＦＵＬＬ", "a\u0308", "\u0301a", ". , ; !", "...", "«quote» „Zitat“", "en–dash —",
         "a  b   c    d", "The   dog runs  ", "trailing\u00a0 ", "𝔘𝔫𝔦", "\U0010ffff", "mixed日本English", "☃ ♥", "1", "007", "A" * 30]
WORDS = ["dog", "Mann", "  ", "é", "e\u0301", "日", "🙂", "don't", "12", ",", ".", " ", "\t", "ﬁ", "Straße", "running", "▁", "ß", "…",
         "\u00a0", "Ａ", "zwei", "weißen", "the", "A", "in", "-", "\n"]


def texts(*more):
    lines = random.sample(ENGLISH, 12) + random.sample(GERMAN, 12)
    lines += ["".join(random.choice(WORDS) + random.choice(["", " ", " ", "  "]) for _ in range(random.randrange(1, 9)))
              for _ in range(24)]
    return TEXTS + lines + list(more)


def write(directory, cases):
    with open(ROOT / directory, "w") as file:
        for case in cases:
            file.write(json.dumps(case) + "\n")


def reference(directory, tokenizer, *more, **arguments):
    """Cases of a tokenizer of transformers."""
    cases = []
    for text in texts(*more):
        ids = tokenizer.encode(text)
        cases.append({"text": text, "ids": ids, "ids_plain": tokenizer.encode(text, add_special_tokens=False),
                      "decoded": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False,
                                                  **arguments)})
    write(f"{directory}/cases.jsonl", cases)


def train(path, lines, rules=None, **options):
    path = ROOT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text"
        text.write_text("\n".join(lines) + "\n")
        if rules:
            table = Path(folder) / "rules.tsv"
            hexadecimal = lambda s: " ".join(f"{ord(c):X}" for c in s)
            table.write_text("".join(f"{hexadecimal(a)}\t{hexadecimal(b)}\n" for a, b in rules))
            options["normalization_rule_tsv"] = str(table)
        sentencepiece.SentencePieceTrainer.train(input=str(text), model_prefix=folder + "/m", minloglevel=2, num_threads=1,
                                                 **options)
        # Only what a reader needs: the trainer's list of files would name a temporary folder.
        from sentencepiece import sentencepiece_model_pb2
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(folder + "/m.model").read_bytes())
        model.trainer_spec.ClearField("input")
        model.trainer_spec.ClearField("model_prefix")
        model.normalizer_spec.ClearField("normalization_rule_tsv")
        path.write_bytes(model.SerializeToString())


def sentence_piece():
    both = ENGLISH + GERMAN
    train("sentencepiece/unigram.model", both, model_type="unigram", vocab_size=900, user_defined_symbols=["<sep>", "xx", "Mann"],
          control_symbols=["<ctrl>"], pad_id=3)
    train("sentencepiece/bpe.model", both, RULES, model_type="bpe", vocab_size=900, byte_fallback=True, split_digits=True)
    train("sentencepiece/suffix.model", both, RULES, model_type="unigram", vocab_size=500, treat_whitespace_as_suffix=True)
    train("sentencepiece/plain.model", both, model_type="bpe", vocab_size=500, normalization_rule_name="identity",
          add_dummy_prefix=False, remove_extra_whitespaces=False)
    train("sentencepiece/across.model", both, RULES, model_type="unigram", vocab_size=700, split_by_whitespace=False,
          byte_fallback=True, remove_extra_whitespaces=False)
    for name in ["unigram", "bpe", "suffix", "plain", "across"]:
        processor = sentencepiece.SentencePieceProcessor(model_file=str(ROOT / f"sentencepiece/{name}.model"))
        cases = []
        for text in texts("xxx<sep>y <sep>", "Mannmann"):
            ids = processor.encode(text)
            cases.append({"text": text, "ids": ids, "pieces": processor.encode(text, out_type=str),
                          "decoded": processor.decode([i for i in ids if i != processor.unk_id()])})
        write(f"sentencepiece/{name}.jsonl", cases)


def t5():
    train("t5/spiece.model", ENGLISH + GERMAN, RULES, model_type="unigram", vocab_size=700, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    reference("t5", T5Tokenizer.from_pretrained(ROOT / "t5"), "a <extra_id_0> b <extra_id_99>", "x </s> y", "<extra_id_1>")


def llama():
    train("llama/tokenizer.model", ENGLISH, model_type="bpe", vocab_size=900, byte_fallback=True, split_digits=True,
          normalization_rule_name="identity", remove_extra_whitespaces=False)
    for name, configuration in [("llama", {"add_bos_token": True, "add_eos_token": False, "legacy": False}),
                                ("llama-legacy", {"add_bos_token": True, "add_eos_token": True, "legacy": True, "pad_token": "<pad>"})]:
        (ROOT / name).mkdir(exist_ok=True)
        if name != "llama":
            shutil.copy(ROOT / "llama/tokenizer.model", ROOT / name)
        configuration["tokenizer_class"] = "LlamaTokenizer"
        (ROOT / name / "tokenizer_config.json").write_text(json.dumps(configuration, indent=2) + "\n")
        reference(name, LlamaTokenizer.from_pretrained(ROOT / name), "<s>a</s> b", "a<s> b")


def marian():
    train("marian/source.spm", ENGLISH, RULES, model_type="unigram", vocab_size=500)
    train("marian/target.spm", GERMAN, model_type="unigram", vocab_size=500, normalization_rule_name="identity")
    pieces = []
    for name in ["source", "target"]:
        processor = sentencepiece.SentencePieceProcessor(model_file=str(ROOT / f"marian/{name}.spm"))
        pieces += [processor.id_to_piece(i) for i in range(3, processor.get_piece_size())]
    # As in the real ones: both sides in one vocabulary, which lacks some pieces, and language codes.
    pieces = [piece for piece in dict.fromkeys(pieces) if piece not in ("ing", "▁man", "x", "ß")]
    random.shuffle(pieces)
    pieces = ["</s>", "<unk>"] + pieces + [">>de<<", ">>fr<<", "日本", "<pad>"]
    (ROOT / "marian/vocab.json").write_text(json.dumps({p: i for i, p in enumerate(pieces)}, ensure_ascii=False) + "\n")
    (ROOT / "marian/tokenizer_config.json").write_text(
        json.dumps({"source_lang": "en", "target_lang": "de", "tokenizer_class": "MarianTokenizer"}) + "\n")
    tokenizer = MarianTokenizer.from_pretrained(ROOT / "marian")
    more = [">>de<< A dog.", ">>fr<<Dog", ">>xx<< dog", "a >>de<< b", ">>open", "x </s> y", "日本", "A 日本 B"]
    reference("marian", tokenizer, *more)
    cases = []
    for text in texts(*more):
        ids = tokenizer(text_target=text)["input_ids"]
        cases.append({"text": text, "ids": ids, "ids_plain": tokenizer(text_target=text, add_special_tokens=False)["input_ids"],
                      "decoded": tokenizer.decode(ids, skip_special_tokens=True, use_source_tokenizer=False,
                                                  clean_up_tokenization_spaces=False)})
    write("marian/target-cases.jsonl", cases)


def m2m100():
    train("m2m100/sentencepiece.bpe.model", ENGLISH + GERMAN, RULES, model_type="bpe", vocab_size=700)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(ROOT / "m2m100/sentencepiece.bpe.model"))
    pieces = [processor.id_to_piece(i) for i in range(3, processor.get_piece_size())]
    random.shuffle(pieces)
    pieces = ["<s>", "<pad>", "</s>", "<unk>"] + [piece for piece in pieces if piece not in ("▁der", "ä")]
    (ROOT / "m2m100/vocab.json").write_text(json.dumps({p: i for i, p in enumerate(pieces)}, ensure_ascii=False) + "\n")
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    (ROOT / "m2m100/special_tokens_map.json").write_text(json.dumps(
        {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>",
         "additional_special_tokens": languages}) + "\n")
    (ROOT / "m2m100/tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "M2M100Tokenizer", "src_lang": None, "tgt_lang": None, "language_codes": "m2m100"}) + "\n")
    tokenizer = M2M100Tokenizer.from_pretrained(ROOT / "m2m100", src_lang="en", tgt_lang="de")
    reference("m2m100", tokenizer, "a __de__ b", "x </s> y")
    tokenizer.src_lang = "zu"
    reference("m2m100", M2M100Tokenizer.from_pretrained(ROOT / "m2m100"), "a __de__ b", "x </s> y")
    languages = {"en": tokenizer.get_lang_id("en"), "de": tokenizer.get_lang_id("de"), "af": tokenizer.get_lang_id("af"),
                 "zu": tokenizer.get_lang_id("zu")}
    (ROOT / "m2m100/languages.json").write_text(json.dumps(languages) + "\n")


def bert():
    tokenizer = tokenizers.BertWordPieceTokenizer(lowercase=False)
    tokenizer.train_from_iterator(ENGLISH + GERMAN, vocab_size=700, show_progress=False,
                                  special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    configurations = {"bert": None, "bert-cased": {"do_lower_case": False, "tokenizer_class": "BertTokenizer"},
                      "bert-flags": {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False,
                                     "tokenizer_class": "BertTokenizerFast", "additional_special_tokens": ["[NEW]"]}}
    for name, configuration in configurations.items():
        (ROOT / name).mkdir(parents=True, exist_ok=True)
        (ROOT / name / "vocab.txt").write_text("".join(token + "\n" for token, _ in vocabulary))
        if configuration:
            (ROOT / name / "tokenizer_config.json").write_text(json.dumps(configuration, indent=2) + "\n")
        reference(name, BertTokenizer.from_pretrained(ROOT / name), "the [MASK] sits", "[MASK][SEP]", "a [NEW] b")


def byte_level():
    lines = ENGLISH + GERMAN
    for name, reader, specials, configuration in [
            ("gpt2", GPT2Tokenizer, ["<|endoftext|>"], None),
            ("roberta", RobertaTokenizer, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], {"special_tokens_map.json": {
                "mask_token": {"content": "<mask>", "lstrip": True, "rstrip": False, "single_word": False, "normalized": False}}}),
            ("bart", BartTokenizer, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
             {"tokenizer_config.json": {"add_prefix_space": True, "tokenizer_class": "BartTokenizer"}}),
            ("qwen2", Qwen2Tokenizer, [], {
                "tokenizer_config.json": {
                    "add_prefix_space": False, "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
                    "unk_token": None, "tokenizer_class": "Qwen2Tokenizer", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
                    "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}",
                    "added_tokens_decoder": {str(600 + i): {
                        "content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": i < 3}
                        for i, token in enumerate(["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool>"])}}})]:
        folder = ROOT / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer = tokenizers.ByteLevelBPETokenizer()
        tokenizer.train_from_iterator(lines, vocab_size=600, show_progress=False, special_tokens=specials)
        tokenizer.save_model(str(folder))
        for file, content in (configuration or {}).items():
            (folder / file).write_text(json.dumps(content, indent=2) + "\n")
        reference(name, reader.from_pretrained(folder), "a <mask> b", "<s>x</s>", "<|endoftext|>a", "<|im_start|>user\nhi<|im_end|>", "a<tool>b")


if __name__ == "__main__":
    if ROOT.exists():
        shutil.rmtree(ROOT)
    ROOT.mkdir(parents=True)
    sentence_piece()
    t5()
    llama()
    marian()
    m2m100()
    bert()
    byte_level()

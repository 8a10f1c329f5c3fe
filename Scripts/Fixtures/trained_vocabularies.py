"""Says how many tokens vocabularies that the Hugging Face library learns make of held-out text.

TrainingVocabularyTests compares Heed's with them.
Run from the repository root: python Scripts/Fixtures/trained_vocabularies.py [TRAIN HELD_OUT [SIZE]]   (needs: pip install tokenizers)
Without files: 500 tokens, from the first 180 lines of Fixtures/Text/translation/texts.txt, of the other 60.
"""
import sys
import time

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

lines = open("Fixtures/Text/translation/texts.txt").read().splitlines()
train, held_out, size = lines[:180], lines[180:], 500
if len(sys.argv) > 2:
    train, held_out = (open(path).read().splitlines() for path in sys.argv[1:3])
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 8000
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def vocabularies():
    common = {"vocab_size": size, "show_progress": False}
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    yield "bpe", tokenizer, trainers.BpeTrainer(min_frequency=2, special_tokens=["<unk>"], **common)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    yield "byte-bpe", tokenizer, trainers.BpeTrainer(min_frequency=2, special_tokens=["<unk>"],
                                                     initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **common)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    yield "wordpiece", tokenizer, trainers.WordPieceTrainer(min_frequency=2, limit_alphabet=1000, special_tokens=BERT, **common)
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    yield "unigram", tokenizer, trainers.UnigramTrainer(unk_token="<unk>", special_tokens=["<unk>"], **common)


for name, tokenizer, trainer in vocabularies():
    start = time.time()
    tokenizer.train_from_iterator(train, trainer)
    seconds = time.time() - start
    count = sum(len(tokenizer.encode(line, add_special_tokens=False).ids) for line in held_out)
    print(f"{name}: {tokenizer.get_vocab_size()} tokens in {seconds:.1f} s; {count} on held-out text, "
          f"{count / sum(map(len, held_out)):.4f} a character")

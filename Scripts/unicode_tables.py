"""Writes Sources/HeedText/Unicode/UnicodeTables+*.swift.

The tables say how the Hugging Face tokenizers library (which mixes several Unicode versions) classifies, lower-cases
and decomposes each scalar, so that Heed gives the same tokens as it does, on every platform and Swift version.
Run from the repository root: python Scripts/unicode_tables.py   (needs: pip install tokenizers)
"""
import unicodedata
from pathlib import Path

import tokenizers
from tokenizers import normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
WIDTH = 100


def pieces(pre_tokenizer, text):
    return len(pre_tokenizer.pre_tokenize_str(text))


def ranges(scalars):
    items, start, previous = [], None, None
    for c in list(scalars) + [None]:
        if start is not None and (c is None or c != previous + 1):
            items.append(f"{start:X}" if start == previous else f"{start:X}-{previous:X}")
            start = None
        if start is None:
            start = c
        previous = c
    return items


def mapping_runs(entries):
    """Entries (scalar, tuple of scalars, mark) with runs of consecutive single scalars folded into one item."""
    items, i = [], 0
    while i < len(entries):
        c, target, mark = entries[i]
        j = i
        while (len(target) == 1 and not mark and j + 1 < len(entries) and entries[j + 1][0] == entries[j][0] + 1
               and len(entries[j + 1][1]) == 1 and not entries[j + 1][2]
               and entries[j + 1][1][0] == entries[j][1][0] + 1):
            j += 1
        left = f"{c:X}" if i == j else f"{c:X}-{entries[j][0]:X}"
        items.append(left + mark + "=" + ".".join(f"{t:X}" for t in target))
        i = j + 1
    return items


def wrapped(items):
    lines, line = [], ""
    for item in items:
        if line and len(line) + 1 + len(item) > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {item}" if line else item
    return "\n".join("    " + text + " \\" for text in lines + [line])


def write(name, tables):
    out = ["// Written by Scripts/unicode_tables.py with tokenizers " + tokenizers.__version__
           + " and Unicode data " + unicodedata.unidata_version + "; do not edit.", "",
           "extension UnicodeTables {"]
    for index, (identifier, comment, items) in enumerate(tables):
        if index:
            out.append("")
        out += [f"  /// {comment}", f"  static let {identifier}: StaticString = \"\"\"", wrapped(items),
                "", "    \"\"\""]
    out += ["}", ""]
    Path(f"Sources/HeedText/Unicode/UnicodeTables+{name}.swift").write_text("\n".join(out))


def classes():
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    punctuation, digits = pre_tokenizers.Punctuation("isolated"), pre_tokenizers.Digits(True)
    white, words = pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Whitespace()
    accents = normalizers.StripAccents()
    clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    bert_accents = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True,
                                              lowercase=False)
    select = lambda test: ranges(c for c in SCALARS if test(chr(c)))
    write("Classes", [
        ("letters", "Scalars of \\p{L} in GPT-2's pattern.", select(lambda s: pieces(byte_level, "a" + s + "a") == 1)),
        ("numbers", "Scalars of \\p{N} in GPT-2's pattern.", select(lambda s: pieces(byte_level, "1" + s + "1") == 1)),
        ("numerics", "Scalars that the Digits pre-tokenizer takes for digits.",
         select(lambda s: pieces(digits, "a" + s + "a") == 3)),
        ("whitespace", "White space.", select(lambda s: pieces(white, "a" + s + "a") == 2)),
        ("punctuation", "Scalars at which the Punctuation pre-tokenizer splits.",
         select(lambda s: pieces(punctuation, "a" + s + "a") == 3)),
        ("wordScalars", "Scalars of \\w in the Whitespace pre-tokenizer.",
         select(lambda s: pieces(words, "a" + s + "a") == 1)),
        ("marks", "Combining marks, which StripAccents removes.", select(lambda s: accents.normalize_str("a" + s) == "a")),
        ("nonspacingMarks", "Marks that BertNormalizer removes.",
         ranges(c for c in SCALARS if unicodedata.normalize("NFD", chr(c)) == chr(c)
                and bert_accents.normalize_str("a" + chr(c)) == "a")),
        ("removedControls", "Controls, format and private-use scalars, which BertNormalizer removes.",
         select(lambda s: clean.normalize_str("a" + s) == "a")),
    ])


def lower_case():
    lower = normalizers.Lowercase()
    changed = [(c, tuple(map(ord, lower.normalize_str(chr(c))))) for c in SCALARS if lower.normalize_str(chr(c)) != chr(c)]
    items, i = [], 0
    while i < len(changed):
        c, target = changed[i]
        if len(target) != 1:
            items.append(f"{c:X}=" + ".".join(f"{t:X}" for t in target))
            i += 1
            continue
        best = (i, 1)
        for step in (1, 2):
            j = i
            while (j + 1 < len(changed) and changed[j + 1][0] == changed[j][0] + step and len(changed[j + 1][1]) == 1
                   and changed[j + 1][1][0] - changed[j + 1][0] == target[0] - c):
                j += 1
            if j > best[0]:
                best = (j, step)
        j, step = best
        last = changed[j][0]
        left = f"{c:X}" if j == i else f"{c:X}-{last:X}" + ("/2" if step == 2 else "")
        items.append(f"{left}={target[0]:X}")
        i = j + 1
    write("LowerCase", [("lowerCase", "Lower-case mappings; `/2` takes every second scalar of the range.", items)])


def decompositions():
    nfd, nfkd, nfc = normalizers.NFD(), normalizers.NFKD(), normalizers.NFC()
    canonical, compatibility = [], []
    for c in SCALARS:
        s = chr(c)
        if 0xAC00 <= c <= 0xD7A3:
            continue  # Hangul is computed
        d, k = nfd.normalize_str(s), nfkd.normalize_str(s)
        if d != s:
            excluded = len(d) > 1 and nfc.normalize_str(d) != s
            canonical.append((c, tuple(map(ord, d)), "!" if excluded else ""))
        if k != d:
            compatibility.append((c, tuple(map(ord, k)), ""))
    marks = normalizers.StripAccents()
    combining = {}
    for c in SCALARS:
        if unicodedata.combining(chr(c)) and marks.normalize_str("a" + chr(c)) == "a":
            combining.setdefault(unicodedata.combining(chr(c)), []).append(c)
    orders = [f"{value}:" + ",".join(ranges(scalars)) for value, scalars in sorted(combining.items())]
    write("Canonical", [
        ("combiningClasses", "Canonical combining classes (decimal) and their scalars.",
         [piece for item in orders for piece in split_long(item)]),
        ("canonical", "Full canonical decompositions; `!` marks those never composed again.", mapping_runs(canonical)),
    ])
    write("Compatibility", [
        ("compatibility", "Full compatibility decompositions where they differ from the canonical ones.",
         mapping_runs(compatibility))])


def split_long(item):
    value, rest = item.split(":")
    parts, line = [], ""
    for part in rest.split(","):
        if line and len(line) + len(part) > 80:
            parts.append(f"{value}:{line}")
            line = ""
        line = f"{line},{part}" if line else part
    return parts + [f"{value}:{line}"]


# Everything in one text; offsets of pieces then say which scalars they are.
WHOLE = "".join(map(chr, SCALARS))
CATEGORIES = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
              "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co"]
SCRIPTS = ["Arabic", "Armenian", "Bengali", "Bopomofo", "Common", "Cyrillic", "Devanagari", "Ethiopic", "Georgian",
           "Greek", "Gujarati", "Gurmukhi", "Han", "Hangul", "Hebrew", "Hiragana", "Inherited", "Kannada", "Katakana",
           "Khmer", "Lao", "Latin", "Malayalam", "Mongolian", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai",
           "Tibetan"]


def matching(pattern):
    """Scalars that a class of the reference's regular expressions holds."""
    split = pre_tokenizers.Split(tokenizers.Regex(f"(?:{pattern})+"), "removed", invert=True)
    return [SCALARS[i] for _, (start, end) in split.pre_tokenize_str(WHOLE) for i in range(start, end)]


def properties():
    tables = [(f"category{name}", f"Scalars of \\p{{{name}}} in regular expressions.", ranges(matching(f"\\p{{{name}}}")))
              for name in CATEGORIES]
    tables += [("patternSpace", "Scalars of \\s in regular expressions.", ranges(matching("\\s"))),
               ("patternWord", "Scalars of \\w in regular expressions.", ranges(matching("\\w"))),
               ("patternAlphabetic", "Scalars of \\p{Alpha} in regular expressions.", ranges(matching("\\p{Alpha}"))),
               ("patternUpper", "Scalars of \\p{Upper} in regular expressions.", ranges(matching("\\p{Upper}"))),
               ("patternLower", "Scalars of \\p{Lower} in regular expressions.", ranges(matching("\\p{Lower}")))]
    write("Properties", tables)
    write("Scripts", [(f"script{name}", f"Scalars of \\p{{{name}}} in regular expressions.",
                       ranges(matching(f"\\p{{{name}}}"))) for name in SCRIPTS])


def graphemes():
    # A map of every byte to X makes an X of each cluster of up to five bytes.
    label = {byte: 256 ^ byte for byte in range(1, 256)}
    units = [0] * 1024
    units[0] = 256 << 10
    for byte, position in label.items():
        units[position] = byte | 1 << 8 | ((position ^ 512 ^ position) << 10)
    for position in label.values():
        units[position ^ 512] = 1 << 31
    trie = b"".join(unit.to_bytes(4, "little") for unit in units)
    charsmap = (len(trie)).to_bytes(4, "little") + trie + b"X\0"
    normalizer = normalizers.Precompiled(charsmap)
    count = lambda text: len(normalizer.normalize_str(text))
    assert count("a") == 1 and count("ab") == 2 and count("a\u0301") == 1 and count("\r\n") == 1
    select = lambda test: ranges(c for c in SCALARS if test(chr(c)))
    write("Graphemes", [
        ("graphemeExtenders", "Scalars that attach to the one before them.",
         select(lambda s: s != "\0" and count("a" + s) == 1)),
        ("graphemePrepends", "Scalars that attach to the one after them.",
         select(lambda s: s not in "\0\r" and count(s + "a") == 1)),
        ("graphemeControls", "Scalars that nothing attaches to; looked for below U+10000 only.",
         select(lambda s: 0 < ord(s) < 0x10000 and count(s + "\u0301") != 1)),
    ])


def writing_systems():
    """What the UnicodeScripts pre-tokenizer tells apart, as numbers; 0 goes with everything."""
    scripts = pre_tokenizers.UnicodeScripts()
    joined = lambda left, right: len(scripts.pre_tokenize_str(left + right)) == 1
    known, numbers, previous = [], {}, None
    for c in SCALARS:
        s = chr(c)
        if joined("a", s) and joined("\u4e00", s):
            number = 0
        elif previous and joined(previous[0], s):
            number = previous[1]
        else:
            number = next((n for n, left in enumerate(known, 1) if joined(left, s)), None)
            if number is None:
                known.append(s)
                number = len(known)
        if number:
            previous = (s, number)
        numbers.setdefault(number, []).append(c)
    write("WritingSystems", [
        ("writingSystems", "For each writing system of the UnicodeScripts pre-tokenizer its scalars; the first go with "
                           "all.", [piece for number, scalars in sorted(numbers.items())
                                    for piece in split_long(f"{number}:" + ",".join(ranges(scalars)))])])


if __name__ == "__main__":
    Path("Sources/HeedText/Unicode").mkdir(parents=True, exist_ok=True)
    classes()
    lower_case()
    decompositions()
    properties()
    graphemes()
    writing_systems()

"""Times Heed beside the systems that a user would pick instead, on the same work, and draws what it finds.

    swift build -c release
    python Benchmarks/compare.py --models DIR [--only PATTERN] [--rounds 5]

Each case runs Heed and its peers in turn, `--rounds` times, so that whatever the machine does meanwhile happens to all of
them; medians count. A peer that is far behind another one in the first turn is not run again. Results go to Benchmarks/results.json (added to what is there), docs/benchmarks.svg and, as a table
in Markdown, to standard output. A peer that is not installed, or a model that is not in DIR, leaves its cases out and is
named at the end. The interpreter that runs this runs the peers: see Benchmarks/README.md for what to install and where
the models come from. On a machine that does anything else, the figures are worth nothing.
"""

import argparse
import datetime
import fnmatch
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEED = ROOT / ".build" / "release" / "heed"
PEERS = ROOT / "Benchmarks" / "peers"
RESULTS = ROOT / "Benchmarks" / "results.json"
PICTURE = ROOT / "docs" / "benchmarks.svg"
THREADS = 2  # what the peers' scripts take
FAR_BEHIND = 0.8  # of the best peer's speed in the first turn: such a peer's median could not be the best


class Case:
    """One kind of work: Heed's command and the key of its figure; each peer's script and the pattern of its figure."""

    def __init__(self, name, unit, heed, key, peers, target=None, needs=()):
        self.name, self.unit, self.heed, self.key = name, unit, heed, key
        self.peers, self.target, self.needs = peers, target, needs


def cases(models, text):
    """All cases, with what issue and documents promise of each as `target`."""
    found = []
    for size, target in [("tiny", 2.3), ("small", 1.6), ("base", 1.35)]:
        pattern = r"target tokens/s ([0-9.]+)"
        found.append(Case(
            f"train {size}", "target tokens/s", ["benchmark", "train", "--size", size], "target_tokens_per_second",
            {"PyTorch eager": (["torch_train.py", size, "eager"], pattern),
             "PyTorch compile": (["torch_train.py", size, "compile"], pattern)}, target))
    opus, converted = models / "marian-opus", models / "marian-opus-ct2"
    for precision, beam, batch, target in [
        ("float32", 1, 1, 1.2), ("float32", 1, 32, 1.4), ("int8", 1, 1, 2), ("int8", 1, 32, 1.5),
        ("int8", 4, 1, 2), ("int8", 4, 32, 1.4),
    ]:
        how = "greedy" if beam == 1 else f"beam {beam}"
        found.append(Case(
            f"translate {precision}, {how}, batch {batch}", "tokens/s",
            ["benchmark", "translate", "--model", str(opus), "--precision", precision, "--beam-size", str(beam),
             "--batch", str(batch)], "target_tokens_per_second",
            {"CTranslate2": (["ct2_decode.py", str(converted), precision, str(beam), str(batch)],
                             r": ([0-9.]+) tokens/s")}, target, [opus, converted]))
    minilm = models / "all-MiniLM-L6-v2"
    for precision, batch, target in [("float32", 32, 1.2), ("float32", 1, 1.3), ("int8", 32, None), ("int8", 1, None)]:
        found.append(Case(
            f"embed {precision}, batch {batch}", "sentences/s",
            ["benchmark", "embed", "--model", str(minilm), "--precision", precision, "--input", str(text), "--count",
             "512", "--batch", str(batch)], "sentences_per_second",
            {"ONNX Runtime float32": (["bert_embed.py", "onnxruntime", str(minilm), str(text), str(batch), "512"],
                                      r": ([0-9.]+) sentences/s"),
             "PyTorch float32": (["bert_embed.py", "torch", str(minilm), str(text), str(batch), "512"],
                                 r": ([0-9.]+) sentences/s")},
            target, [minilm, text]))
    gguf = models / "SmolLM2-135M-Instruct.Q4_1.gguf"
    for kind, key, pattern in [
        ("prompt of 256", "prompt_tokens_per_second", r"prompt ([0-9.]+)"),
        ("128 new tokens", "generated_tokens_per_second", r"generation ([0-9.]+)"),
    ]:
        found.append(Case(
            f"generate Q4_1, {kind}", "tokens/s", ["benchmark", "generate", "--model", str(gguf)], key,
            {"llama.cpp": (["llamacpp_decode.py", str(gguf), "256", "128"], pattern)}, 1.5, [gguf]))
    return found


class Failure(Exception):
    """A command that failed, or printed no figure; its text says why."""


class Runs:
    """Runs commands. Where cases are figures of one run of Heed (the two of `generate`), that run and those of its peers
    beside it count for all of them; others run anew for each case, beside each other."""

    def __init__(self):
        self.outputs = {}

    def output(self, command, case, turn):
        key = (tuple(command), tuple(case.heed), turn)
        if key not in self.outputs:
            done = subprocess.run(command, capture_output=True, text=True)
            self.outputs[key] = (done.stdout if done.returncode == 0 else None, done.stderr)
        return self.outputs[key]

    def heed(self, case, turn):
        text, errors = self.output([str(HEED), *case.heed, "--threads", str(THREADS), "--json"], case, turn)
        if text is None:
            raise Failure(errors.strip() or "it failed")
        report = json.loads(text)
        return report[case.key], report["peak_memory_bytes"] / 1e6

    def peer(self, case, script, pattern, turn):
        text, errors = self.output([sys.executable, str(PEERS / script[0]), *script[1:]], case, turn)
        if text is None:
            raise Failure((errors.strip().splitlines() or ["it failed"])[-1])
        speed, memory = re.search(pattern, text), re.search(r"peak memory ([0-9.]+) MB", text)
        if speed is None:
            raise Failure(f"{script[0]} printed no figure")
        return float(speed.group(1)), float(memory.group(1)) if memory else None


def measure(case, rounds, runs, missing):
    """Medians of Heed and of each peer, taken in turn; a peer that has failed once is left out from there on."""
    values, memories, done = {"Heed": []}, {"Heed": []}, set()
    for turn in range(rounds):
        value, memory = runs.heed(case, turn)
        values["Heed"].append(value)
        memories["Heed"].append(memory)
        for peer, (script, pattern) in case.peers.items():
            if peer in done:
                continue
            try:
                value, memory = runs.peer(case, script, pattern, turn)
            except Failure as failure:
                missing.setdefault(f"{peer} in {case.name}", str(failure))
                done.add(peer)
                values.pop(peer, None)
                memories.pop(peer, None)
                continue
            values.setdefault(peer, []).append(value)
            memories.setdefault(peer, []).append(memory)
        if turn == 0:
            first = {peer: values[peer][0] for peer in case.peers if peer in values}
            done |= {peer for peer, value in first.items() if value < FAR_BEHIND * max(first.values())}
    result = {
        "case": case.name, "unit": case.unit, "target": case.target, "rounds": rounds,
        "command": " ".join(["heed", *(os.path.basename(a) if os.sep in a else a for a in case.heed)]),
        "speed": {name: statistics.median(found) for name, found in values.items() if found},
        "megabytes": {name: statistics.median(found) for name, found in memories.items() if found and None not in found},
    }
    peers = {name: speed for name, speed in result["speed"].items() if name != "Heed"}
    if peers:
        result["best_peer"] = max(peers, key=peers.get)
        result["ratio"] = result["speed"]["Heed"] / peers[result["best_peer"]]
    return result


def machine():
    """The processor, as the system calls it, and the versions of what was measured."""
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        fields = dict(re.findall(r"^(vendor_id|cpu family|model|model name)\s*: (.*)$",
                                 Path("/proc/cpuinfo").read_text(), re.M))
        name = f"{fields.get('model name', name)} (family {fields.get('cpu family')}, model {fields.get('model')})"
    versions = {}
    for package in ["torch", "ctranslate2", "onnxruntime", "llama-cpp-python", "transformers"]:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    return {"processor": name, "threads": THREADS, "date": datetime.date.today().isoformat(), "versions": versions}


def table(results):
    lines = ["| work | Heed | the best peer | | memory |", "| --- | ---: | ---: | ---: | --- |"]
    for result in results:
        speed, megabytes = result["speed"], result["megabytes"]
        peer = result.get("best_peer")
        other = f"{speed[peer]:,.0f} ({peer})" if peer else "none ran"
        ratio = f"{result['ratio']:.2f} ×" if peer else ""
        memory = f"{megabytes['Heed']:,.0f} MB" + (f", {megabytes[peer]:,.0f} MB" if peer in megabytes else "")
        lines.append(f"| {result['case']} | {speed['Heed']:,.0f} {result['unit']} | {other} | {ratio} | {memory} |")
    return "\n".join(lines)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def picture(results, about):
    """Bars of speed relative to the best peer, whose own speed is the line at 1."""
    shown = [result for result in results if "ratio" in result]
    left, width, row = 270, 420, 26
    most = max([2.5, *(result["ratio"] for result in shown)])
    height = 74 + row * len(shown) + 34

    def x(ratio):
        return left + width * ratio / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 130} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">',
        "<title>Speed of Heed relative to the fastest peer</title>",
        f'<rect width="{left + width + 130}" height="{height}" fill="#fff"/>',
        '<text x="16" y="26" font-size="16" font-weight="600" fill="#111">Speed relative to the fastest peer</text>',
        f'<text x="16" y="46" fill="#555">{escaped(about["processor"])}, {about["threads"]} threads, {about["date"]}; '
        "medians of alternating runs</text>",
    ]
    for index, result in enumerate(shown):
        y = 62 + row * index
        colour = "#1f77b4" if result["ratio"] >= 1 else "#c44"
        parts += [
            f'<text x="{left - 10}" y="{y + 16}" text-anchor="end" fill="#111">{escaped(result["case"])}</text>',
            f'<rect x="{left}" y="{y + 4}" width="{x(result["ratio"]) - left:.1f}" height="{row - 9}" fill="{colour}"/>',
            f'<text x="{x(result["ratio"]) + 6:.1f}" y="{y + 16}" fill="#111">{result["ratio"]:.2f} × '
            f'<tspan fill="#777">{escaped(result["best_peer"])}</tspan></text>',
        ]
    end = 62 + row * len(shown)
    parts += [
        f'<line x1="{x(1):.1f}" y1="58" x2="{x(1):.1f}" y2="{end + 4}" stroke="#111" stroke-dasharray="3 3"/>',
        f'<text x="{x(1):.1f}" y="{end + 20}" text-anchor="middle" fill="#555">as fast</text>', "</svg>",
    ]
    return "\n".join(parts) + "\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="where the models are, named as in Benchmarks/README.md")
    parser.add_argument("--text", type=Path, help="lines to embed (default: multi30k-train.en in the models' directory)")
    parser.add_argument("--only", default="*", help="a pattern of cases, such as 'translate*' (default: all)")
    parser.add_argument("--without", default="", help="a pattern of peers to leave out, such as '*compile' (default: none)")
    parser.add_argument("--rounds", type=int, default=5, help="alternations (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not HEED.is_file():
        sys.exit(f"{HEED}: not built; run swift build -c release")

    text = arguments.text or arguments.models / "multi30k-train.en"
    chosen = [case for case in cases(arguments.models, text) if fnmatch.fnmatch(case.name, arguments.only)]
    for case in chosen:
        case.peers = {name: peer for name, peer in case.peers.items() if not fnmatch.fnmatch(name, arguments.without)}
    if not chosen:
        sys.exit(f"--only {arguments.only}: no case has such a name")
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"results": []}
    results = {result["case"]: result for result in known["results"]}
    order = [case.name for case in cases(arguments.models, text)]

    def in_order(results):
        """Cases that there are no more come last: what was measured once is kept."""
        return sorted(results.values(), key=lambda found: order.index(found["case"]) if found["case"] in order else len(order))

    runs, missing, about, failures = Runs(), {}, machine(), 0
    for case in chosen:
        absent = [path.name for path in case.needs if not path.exists()]
        if absent:
            missing[case.name] = f"{', '.join(absent)} is not in {arguments.models}"
            continue
        print(case.name, file=sys.stderr, flush=True)
        try:
            results[case.name] = measure(case, arguments.rounds, runs, missing) | {"machine": about}
        except Failure as failure:
            missing[f"heed in {case.name}"] = str(failure)
            failures += 1
            continue
        # After each case: hours of measuring are not lost with the last of them.
        write(RESULTS, json.dumps({"results": in_order(results)}, indent=1, ensure_ascii=False) + "\n")
    ordered = in_order(results)
    # Only figures of this machine stand side by side.
    here = [result for result in ordered if result["machine"]["processor"] == about["processor"]]
    write(PICTURE, picture(here, about))
    print(table(here))
    for name, reason in missing.items():
        print(f"left out: {name}: {reason}", file=sys.stderr)
    if failures:
        sys.exit(f"heed failed in {failures} of {len(chosen)} cases")


if __name__ == "__main__":
    main()

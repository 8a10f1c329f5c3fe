"""Writes Fixtures/Checkpoint/GGUF: small GGUF files, and what the gguf package makes of them.

    python Scripts/Fixtures/gguf_files.py

Needs gguf, numpy and safetensors (for numpy); the versions used are recorded in versions.json.
"""

import importlib.metadata
import json
import pathlib

import gguf
import numpy
import safetensors.numpy
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType as Value

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Checkpoint" / "GGUF"
SEED = 20261122

# Each type with its elements and bytes in a block, and where a block's half-precision scales stand.
BLOCKS = {
    Type.Q4_0: (32, 18, [0]),
    Type.Q4_1: (32, 20, [0, 2]),
    Type.Q5_0: (32, 22, [0]),
    Type.Q5_1: (32, 24, [0, 2]),
    Type.Q8_0: (32, 34, [0]),
    Type.Q4_K: (256, 144, [0, 2]),
    Type.Q5_K: (256, 176, [0, 2]),
    Type.Q6_K: (256, 210, [208]),
}


def random_blocks(random, kind):
    """Three rows of 256 elements: bytes at random, and scales of every kind, among them zeros and subnormals."""
    length, size, scales = BLOCKS[kind]
    count = 3 * 256 // length
    blocks = random.integers(0, 256, (count, size), dtype=numpy.uint8)
    for at in scales:
        values = random.normal(0, 0.05, count).astype(numpy.float16)
        values[:3] = [3e-7, -0.0, 60000]
        blocks[:, at : at + 2] = values.view(numpy.uint8).reshape(count, 2)
    return blocks.reshape(3, 256 // length * size)


def write_types(random):
    """types.gguf: every element type, and metadata of every type."""
    writer = gguf.GGUFWriter(FOLDER / "types.gguf", "test")
    writer.add_uint8("u8", 200)
    writer.add_int8("i8", -100)
    writer.add_uint16("u16", 60000)
    writer.add_int16("i16", -30000)
    writer.add_uint32("u32", 4000000000)
    writer.add_int32("i32", -2000000000)
    writer.add_uint64("u64", 2**64 - 1)
    writer.add_int64("i64", -(2**63))
    writer.add_float32("f32", 0.1)
    writer.add_float64("f64", 0.1)
    writer.add_bool("yes", True)
    writer.add_bool("no", False)
    writer.add_string("text", "Grüße, 世界 🌍")
    writer.add_array("texts", ["", "a", "ä b"])
    writer.add_array("numbers", [1, -2, 3])
    writer.add_array("floats", [0.5, -1.25])
    writer.add_array("truths", [True, False, True])
    writer.add_key_value("bytes", [0, 127, 255], Value.ARRAY, sub_type=Value.UINT8)
    writer.add_array("nested", [[1, 2], [3]])
    writer.add_key_value("large", [2**63, 1], Value.ARRAY, sub_type=Value.UINT64)
    writer.add_custom_alignment(64)

    expected = {}
    for kind in BLOCKS:
        data = random_blocks(random, kind)
        writer.add_tensor(f"blocks.{kind.name}", data, raw_dtype=kind)
        expected[f"blocks.{kind.name}"] = gguf.quants.dequantize(data, kind)
    halves = random.normal(0, 1, (2, 3, 5)).astype(numpy.float16)
    halves[0, 0] = [6e-8, -0.0, 65504, numpy.inf, -numpy.inf]
    writer.add_tensor("F16", halves)
    expected["F16"] = halves.astype(numpy.float32)
    brains = random.integers(0, 2**15 - 2**7, (4, 3), dtype=numpy.uint16)
    writer.add_tensor("BF16", brains.view(numpy.uint8), raw_dtype=Type.BF16)
    expected["BF16"] = gguf.quants.dequantize(brains.view(numpy.uint8), Type.BF16)
    plain = {
        "F32": random.normal(0, 1, (2, 2, 2, 2)).astype(numpy.float32),
        "F64": random.normal(0, 1, 3),
        "I8": numpy.array([-128, 0, 127], numpy.int8),
        "I16": numpy.array([-32768, 32767], numpy.int16),
        "I32": numpy.array([-(2**31), 2**24], numpy.int32),
        "I64": numpy.array([-(2**63), 2**24], numpy.int64),
    }
    for name, data in plain.items():
        writer.add_tensor(name, data)
        expected[name] = data.astype(numpy.float32)
    finish(writer)
    expected = {name: numpy.ascontiguousarray(data) for name, data in expected.items()}
    safetensors.numpy.save_file(expected, FOLDER / "types.safetensors")


def interleaved(rows, heads):
    """Rows of queries or keys in the order of llama.cpp: the halves of each head alternate."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def write_model(random, architecture):
    """llama.gguf, qwen2.gguf: a model of one layer with its tokenizer, and the tensors under Hugging Face's names."""
    heads, groups, hidden, inner, vocabulary = 4, 2, 32, 64, 12
    writer = gguf.GGUFWriter(FOLDER / f"{architecture}.gguf", architecture)
    writer.add_name(f"a small {architecture}")
    writer.add_context_length(128)
    writer.add_embedding_length(hidden)
    writer.add_block_count(1)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(groups)
    writer.add_layer_norm_rms_eps(1e-5)
    if architecture == "llama":
        writer.add_rope_dimension_count(hidden // heads)
        writer.add_vocab_size(vocabulary)
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(2.0)
        writer.add_tokenizer_model("llama")
        tokens = ["<unk>", "<s>", "</s>", "<0x0A>"] + list("▁abcdefg")
        writer.add_token_scores([0.0] * 4 + [-float(i) for i in range(8)])
        writer.add_token_types([2, 3, 3, 6] + [1] * 8)
        writer.add_unk_token_id(0)
        writer.add_add_bos_token(True)
        writer.add_add_space_prefix(False)
    else:
        writer.add_rope_freq_base(1000000.0)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("qwen2")
        tokens = ["<|endoftext|>", "<s>", "</s>"] + list("Ġabcdef") + ["ab", "Ġab"]
        writer.add_token_types([3, 3, 3] + [1] * 9)
        writer.add_token_merges(["a b", "Ġ ab"])
        writer.add_pad_token_id(0)
        writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    assert len(tokens) == vocabulary
    writer.add_token_list(tokens)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    size, expected = hidden // heads, {}

    def add(name, other, shape, kind=Type.F32, interleaving=0):
        data = random.normal(0, 1, shape).astype(numpy.float32)
        if name == "rope_freqs.weight":
            data = numpy.array([1, 1.5, 4, 8], numpy.float32)  # each divides a frequency
        stored = interleaved(data, interleaving) if interleaving and architecture == "llama" else data
        if kind == Type.F32:
            writer.add_tensor(name, stored)
        else:
            blocks = gguf.quants.quantize(stored, kind)
            writer.add_tensor(name, blocks, raw_dtype=kind)
            # A row is quantised by itself, so that its place makes no difference.
            data = gguf.quants.dequantize(gguf.quants.quantize(data, kind), kind)
        expected[other] = data

    layer = "model.layers.0"
    add("token_embd.weight", "model.embed_tokens.weight", (vocabulary, hidden), Type.Q8_0)
    add("blk.0.attn_norm.weight", f"{layer}.input_layernorm.weight", hidden)
    add("blk.0.attn_q.weight", f"{layer}.self_attn.q_proj.weight", (heads * size, hidden), Type.Q4_0, heads)
    add("blk.0.attn_k.weight", f"{layer}.self_attn.k_proj.weight", (groups * size, hidden), Type.F32, groups)
    add("blk.0.attn_v.weight", f"{layer}.self_attn.v_proj.weight", (groups * size, hidden), Type.Q5_1)
    if architecture == "qwen2":
        add("blk.0.attn_q.bias", f"{layer}.self_attn.q_proj.bias", heads * size)
        add("blk.0.attn_k.bias", f"{layer}.self_attn.k_proj.bias", groups * size)
        add("blk.0.attn_v.bias", f"{layer}.self_attn.v_proj.bias", groups * size)
    add("blk.0.attn_output.weight", f"{layer}.self_attn.o_proj.weight", (hidden, heads * size), Type.Q4_1)
    add("blk.0.ffn_norm.weight", f"{layer}.post_attention_layernorm.weight", hidden)
    add("blk.0.ffn_gate.weight", f"{layer}.mlp.gate_proj.weight", (inner, hidden), Type.Q5_0)
    add("blk.0.ffn_up.weight", f"{layer}.mlp.up_proj.weight", (inner, hidden), Type.Q8_0)
    add("blk.0.ffn_down.weight", f"{layer}.mlp.down_proj.weight", (hidden, inner), Type.Q8_0)
    add("output_norm.weight", "model.norm.weight", hidden)
    if architecture == "llama":
        add("output.weight", "lm_head.weight", (vocabulary, hidden), Type.Q8_0)
        add("rope_freqs.weight", "rope_freqs.weight", size // 2)
    finish(writer)
    expected = {name: numpy.ascontiguousarray(data) for name, data in expected.items()}
    safetensors.numpy.save_file(expected, FOLDER / f"{architecture}.safetensors")


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(SEED)
    write_types(random)
    write_model(random, "llama")
    write_model(random, "qwen2")
    versions = {
        "gguf": importlib.metadata.version("gguf"),
        "numpy": numpy.__version__,
        "safetensors": safetensors.__version__,
        "seed": SEED,
    }
    (FOLDER / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


main()

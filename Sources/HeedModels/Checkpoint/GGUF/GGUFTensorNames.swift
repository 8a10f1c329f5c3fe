/// What the tensors of GGUF files of type `llama` and `qwen2` are called in Hugging Face checkpoints.
public enum GGUFTensorNames {
  /// Names outside the layers, without their ending.
  private static let outerNames = [
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
  ]
  /// Names behind `blk.N.`, which becomes `model.layers.N.`, without their ending.
  private static let layerNames = [
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
  ]

  /// The name in a Hugging Face checkpoint, or the same name if it has no counterpart.
  public static func huggingFaceName(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let ending = parts.last, ["weight", "bias"].contains(ending) else { return name }
    switch parts.count {
    case 2: return outerNames[parts[0]].map { "\($0).\(ending)" } ?? name
    case 4 where parts[0] == "blk":
      guard let layer = Int(parts[1]), String(layer) == parts[1], let inner = layerNames[parts[2]] else {
        return name
      }
      return "model.layers.\(layer).\(inner).\(ending)"
    default: return name
    }
  }
}

/// What a parameter is called in a checkpoint.
///
/// A `*` stands for the number of a layer, in both names. A parameter that is stacked from several tensors of a
/// checkpoint, one under the other, names them all.
struct WeightName: Sendable {
  let parameter: String
  let stored: [String]

  init(_ parameter: String, _ stored: String...) {
    self.parameter = parameter
    self.stored = stored
  }

  /// The names in the checkpoint of the parameter at `path`, if this entry is about it.
  func storedNames(of path: String) -> [String]? {
    guard let star = parameter.firstIndex(of: "*") else { return path == parameter ? stored : nil }
    let (prefix, suffix) = (parameter[..<star], parameter[parameter.index(after: star)...])
    guard path.count > prefix.count + suffix.count, path.hasPrefix(prefix), path.hasSuffix(suffix) else {
      return nil
    }
    let number = path.dropFirst(prefix.count).dropLast(suffix.count)
    guard number.allSatisfy(\.isNumber) else { return nil }
    return stored.map { $0.replacing("*", with: number) }
  }
}

/// How a family names the parameters of its checkpoints.
struct WeightTable: Sendable {
  let names: [WeightName]
  /// Constants, with the number of leading axes of extent 1 that the file adds to `[vocabulary]`.
  let outputBias: String?
  /// Names that may be in a file without being needed: copies of tied weights, tables that are computed.
  let ignored: Set<String>

  /// The names in the checkpoint of the parameter at `path`.
  func storedNames(of path: String) -> [String] {
    for name in names {
      if let stored = name.storedNames(of: path) { return stored }
    }
    preconditionFailure("no name in the checkpoint for the parameter \(path)")
  }
}

extension WeightTable {
  /// The names that fairseq's line of encoder-decoders have in common.
  static func encoderDecoder(_ configuration: TransformerConfiguration) -> WeightTable {
    var names = linear("encoder.blocks.*.attention.output", "model.encoder.layers.*.self_attn.out_proj")
    names += linear("decoder.blocks.*.attention.output", "model.decoder.layers.*.self_attn.out_proj")
    names += linear("decoder.blocks.*.crossAttention.output", "model.decoder.layers.*.encoder_attn.out_proj")
    names += linear("decoder.blocks.*.crossAttention.query", "model.decoder.layers.*.encoder_attn.q_proj")
    for suffix in ["weight", "bias"] {
      for stack in ["encoder", "decoder"] {
        let attention = "model.\(stack).layers.*.self_attn"
        names.append(
          WeightName(
            "\(stack).blocks.*.attention.projection.\(suffix)", "\(attention).q_proj.\(suffix)",
            "\(attention).k_proj.\(suffix)", "\(attention).v_proj.\(suffix)"))
      }
      let attention = "model.decoder.layers.*.encoder_attn"
      names.append(
        WeightName(
          "decoder.blocks.*.crossAttention.memory.\(suffix)", "\(attention).k_proj.\(suffix)",
          "\(attention).v_proj.\(suffix)"))
    }
    for stack in ["encoder", "decoder"] {
      let layer = "model.\(stack).layers.*"
      names += linear("\(stack).blocks.*.feedForward.inner", "\(layer).fc1")
      names += linear("\(stack).blocks.*.feedForward.outer", "\(layer).fc2")
      names += linear("\(stack).blocks.*.attentionNorm", "\(layer).self_attn_layer_norm")
      names += linear("\(stack).blocks.*.feedForwardNorm", "\(layer).final_layer_norm")
      names += linear("\(stack).finalNorm", "model.\(stack).layer_norm")
    }
    names += linear("decoder.blocks.*.crossAttentionNorm", "model.decoder.layers.*.encoder_attn_layer_norm")

    var ignored: Set<String> = [
      "lm_head.weight", "model.encoder.embed_positions.weight", "model.decoder.embed_positions.weight",
      "model.encoder.embed_positions.weights", "model.decoder.embed_positions.weights",
    ]
    if configuration.sharesEmbeddings {
      names.append(WeightName("embedding", "model.shared.weight"))
      ignored.formUnion(["model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"])
    } else {
      names.append(WeightName("embedding", "model.encoder.embed_tokens.weight"))
      names.append(WeightName("targetEmbedding", "model.decoder.embed_tokens.weight"))
    }
    return WeightTable(
      names: names, outputBias: configuration.hasOutputBias ? "final_logits_bias" : nil, ignored: ignored)
  }

  private static func linear(_ parameter: String, _ stored: String) -> [WeightName] {
    ["weight", "bias"].map { WeightName("\(parameter).\($0)", "\(stored).\($0)") }
  }
}

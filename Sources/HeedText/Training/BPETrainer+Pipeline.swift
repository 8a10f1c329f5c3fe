extension BPETrainer {
  /// The tokenizer round a model.
  ///
  /// In the metaspace scheme the mark is set before the text by a normalizer, always, rather than by the pre-tokenizer,
  /// which leaves it out before a text that begins with a space: so decoding gives back that space too. (A `▁` in the
  /// text itself comes back as a space.)
  static func pipeline(
    _ options: Options, _ model: any TokenModel, addedTokens: [AddedToken]
  ) -> TextTokenizer {
    var normalizers: [any Normalizer] = []
    switch options.normalization {
    case .none: break
    case .nfc: normalizers.append(NFCNormalizer())
    case .nfkc: normalizers.append(NFKCNormalizer())
    }
    if options.lowercases { normalizers.append(LowercaseNormalizer()) }
    var preTokenizers: [any PreTokenizer] = []
    let decoder: any TokenDecoder
    switch options.scheme {
    case .metaspace:
      normalizers += [PrependNormalizer("▁"), ReplaceNormalizer(" ", with: "▁")] as [any Normalizer]
      preTokenizers.append(MetaspacePreTokenizer(MetaspaceSettings(scheme: .never)))
      if options.splitsPunctuation ?? true { preTokenizers.append(PunctuationPreTokenizer(.isolated)) }
      if options.splitsDigits { preTokenizers.append(DigitsPreTokenizer(isolatesDigits: true)) }
      decoder = DecoderSequence([
        ReplaceDecoder("▁", with: " "), ByteFallbackDecoder(), FuseDecoder(),
        StripDecoder(" ", start: 1, end: 0),
      ])
    case .byteLevel:
      if options.splitsPunctuation ?? false { preTokenizers.append(PunctuationPreTokenizer(.isolated)) }
      if options.splitsDigits { preTokenizers.append(DigitsPreTokenizer(isolatesDigits: true)) }
      preTokenizers.append(ByteLevelPreTokenizer(addsPrefixSpace: false))
      decoder = ByteLevelDecoder()
    }
    let end = addedTokens.first { $0.content.elementsEqual("</s>".utf8) }
    return TextTokenizer(
      normalizer: normalizers.count > 1 ? NormalizerSequence(normalizers) : normalizers.first,
      preTokenizer: preTokenizers.count > 1 ? PreTokenizerSequence(preTokenizers) : preTokenizers.first,
      model: model, postProcessor: end.map { TemplatePostProcessor(appending: "</s>", id: $0.id) },
      decoder: decoder, addedTokens: addedTokens)
  }
}

extension ByteLetters {
  /// The letters of bytes, in UTF-8.
  static func spelling(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    for byte in bytes { output.append(scalar: letter(of: byte)) }
    return output
  }
}

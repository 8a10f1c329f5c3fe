import Foundation
import Heed
import Testing

@Suite struct TranslatorLoadingTests {
  @Test func anEnsembleOfOneModelTwiceIsThatModel() throws {
    try TinyModel.with { one in
      try TinyModel.with { two in
        let single = try one.translator().translate(TinyModel.lines)
        let both = try Translator(directories: [one.directory, two.directory]).translate(TinyModel.lines)
        #expect(single.map { $0.hypotheses[0].tokens } == both.map { $0.hypotheses[0].tokens })
      }
    }
  }

  @Test func modelsOfAnEnsembleShareTheirVocabulary() throws {
    try TinyModel.with { one in
      try TinyModel.with(vocabularySize: 400) { two in
        let error = #expect(throws: TranslatorError.self) {
          try Translator(directories: [one.directory, two.directory])
        }
        #expect(error?.description.contains("tokenizer.json") == true)
      }
    }
  }

  @Test func aTokenizerOfMoreTokensIsRefused() throws {
    try TinyModel.with(vocabularySize: 400) { small in
      try TinyModel.with { large in
        let tokenizer = try TextTokenizer(contentsOf: ModelDirectory(large.directory).tokenizerURL)
        try tokenizer.write(to: ModelDirectory(small.directory).tokenizerURL)
        #expect(throws: TranslatorError.self) { try small.translator() }
      }
    }
  }

  @Test func missingFilesAreNamed() throws {
    try TinyModel.with { model in
      try FileManager.default.removeItem(at: ModelDirectory(model.directory).tokenizerURL)
      let error = #expect(throws: TokenizerError.self) { try model.translator() }
      #expect(error?.description.contains("tokenizer.json") == true)
      try FileManager.default.removeItem(at: ModelDirectory(model.directory).configurationURL)
      #expect(throws: ConfigurationError.self) { try model.translator() }
    }
  }

  @Test func bytesInMemoryAreADirectory() throws {
    try TinyModel.with { model in
      let files = ModelDirectory(model.directory)
      func bytes(_ url: URL) throws -> UnsafeRawBufferPointer {
        let data = try Data(contentsOf: url)
        // For the life of the process, as bytes that are part of it.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count, alignment: 1)
        copy.copyBytes(from: data)
        return UnsafeRawBufferPointer(copy)
      }
      let embedded = EmbeddedModel(
        name: "shipped", configuration: try bytes(files.configurationURL),
        generationConfiguration: try bytes(files.generationConfigurationURL),
        tokenizer: try bytes(files.tokenizerURL),
        weights: try bytes(files.weightsURL))
      let found = try Translator(embedded: embedded).translate(TinyModel.lines)
      #expect(found == (try model.translator().translate(TinyModel.lines)))
      let empty = EmbeddedModel(
        name: "shipped", configuration: embedded.configuration, tokenizer: embedded.tokenizer,
        weights: UnsafeRawBufferPointer(start: nil, count: 0))
      let error = #expect(throws: CheckpointError.self) { try Translator(embedded: empty) }
      #expect(error?.description.contains("shipped/model.safetensors") == true)
    }
  }

  @Test(arguments: [WeightPrecision.int8, .bfloat16, .int4])
  func smallerFormsTranslate(_ precision: WeightPrecision) throws {
    try TinyModel.with { model in
      let small = model.directory.appending(path: "small")
      let original = try ModelDirectory(model.directory).loadModel()
      try ModelDirectory(small).save(original, precision: precision)
      try FileManager.default.copyItem(
        at: ModelDirectory(model.directory).tokenizerURL, to: ModelDirectory(small).tokenizerURL)
      let translator = try Translator(directory: small)
      let (sources, given) = (TinyModel.lines, Array(TinyModel.lines.reversed()))
      let expected = try model.translator().score(sources, translations: given)
      for (found, expected) in zip(try translator.score(sources, translations: given), expected) {
        let difference = abs(found.hypotheses[0].score - expected.hypotheses[0].score)
        // A stored number errs by 1/254 of the largest in its row at most; few layers leave some percent of that.
        #expect(difference > 0 && difference < 0.1 * abs(expected.hypotheses[0].score))
      }
    }
  }

  @Test func aDescriptionOfMoreThanTheFileHoldsIsRefusedBeforeMemoryIsTaken() throws {
    try TinyModel.with { model in
      let file = ModelDirectory(model.directory).configurationURL
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      let changed = text.replacing("\"d_model\" : 16", with: "\"d_model\" : 65536")
      #expect(changed != text)
      try Data(changed.utf8).write(to: file)
      #expect(throws: CheckpointError.self) { try model.translator() }
    }
  }
}

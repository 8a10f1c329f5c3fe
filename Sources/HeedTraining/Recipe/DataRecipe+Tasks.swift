extension DataRecipe {
  /// The files of running text to train on.
  ///
  /// - Throws: `RecipeError` if none is named.
  func textFiles() throws(RecipeError) -> [TextFile] {
    RecipeList.items(try requiredSource("the text to train on")).map { textFile($0) }
  }

  /// The files of running text to validate with; none where a share of the training text serves for that.
  var validationTextFiles: [TextFile] { validSources.map { textFile($0) } }

  private func textFile(_ file: String) -> TextFile {
    switch passages ?? .lines {
    case .lines: TextFile(resolve(file), .lines)
    case .blocks: TextFile(resolve(file), .blocks)
    case .whole: TextFile(resolve(file), .whole)
    }
  }

  /// Texts with their labels: the text, what belongs to it if `pair_field` is given, and the label.
  ///
  /// - Throws: `RecipeError` if no file is named, or two.
  package func labelledTexts() throws(RecipeError) -> (training: RecordFile, validation: RecordFile?) {
    let source = try requiredSource("the file of texts with their labels")
    let training = try records(source, target, key: "target")
    guard let validSource else { return (training, nil) }
    return (training, try records(validSource, validTarget, key: "valid_target"))
  }

  private func records(_ file: String, _ other: String?, key: String) throws(RecipeError) -> RecordFile {
    guard other == nil else {
      throw RecipeError(
        origin: nil, key: "data.\(key)",
        .unusable(reason: "must be left out: one file holds texts and labels"))
    }
    let format: RecordFile.Format =
      switch self.format ?? Self.format(ofFile: file) {
      case .csv: .csv
      case .jsonl: .jsonLines
      case .tsv, .plain: .tsv
      }
    func field(_ given: String?, _ usual: RecordField, position: Int) -> RecordField {
      let columns: [RecordFile.Column] =
        given.map { [.init($0)] } ?? (format == .tsv ? [.index(position)] : usual.columns)
      return RecordField(columns, kind: usual.kind)
    }
    var fields = [field(sourceField, .sentence, position: 1)]
    if let pairField { fields.append(RecordField(.init(pairField))) }
    fields.append(field(targetField, .label, position: fields.count + 1))
    return RecordFile(resolve(file), format, fields: fields)
  }

  /// Questions with texts and answers.
  ///
  /// - Throws: `RecipeError` if no file is named.
  func questions() throws(RecipeError) -> (training: SQuADFile, validation: SQuADFile?) {
    let source = try requiredSource("the file of questions, in SQuAD's form")
    return (SQuADFile(resolve(source)), validSource.map { SQuADFile(resolve($0)) })
  }

  /// Checks that the files named can be read again from their beginning, as training does.
  ///
  /// - Throws: `CorpusError` for a pipe or a device. Files that are not there are found by whoever reads them.
  func checkCanBeReadAgain() throws(CorpusError) {
    let files = sources + validSources + [target, validTarget].compactMap { $0 }
    for file in files.map(resolve) {
      guard let status = POSIX.status(file), !status.isRegular, !status.isDirectory else { continue }
      throw CorpusError(
        file: file,
        .unreadable(
          reason: "it is a pipe or a device, and training reads its text more than once; "
            + "write it to a file first"))
    }
  }

  private func requiredSource(_ what: String) throws(RecipeError) -> String {
    guard let source else {
      throw RecipeError(origin: nil, key: "data.source", .unusable(reason: "is missing: name \(what)"))
    }
    return source
  }
}

extension Recipe {
  /// Which of the training examples are held out, where no file is named for that.
  var heldOut: HeldOut? {
    guard data.validSource == nil else { return nil }
    return data.validShare.map { .fraction($0, seed: training.seed) }
  }
}

/// What a parameter is called in a checkpoint.
///
/// A `*` stands for the number of a layer, in both names. A parameter that is stacked from several tensors of a
/// checkpoint, one under the other, names them all.
struct WeightName: Sendable {
  /// A tensor of the checkpoint.
  struct Piece: Sendable {
    var name: String
    /// How much of the parameter's rows it holds, relative to the others.
    var share = 1
    var form = Form.same
  }

  /// How the checkpoint stores what a parameter holds.
  enum Form: Sendable {
    case same
    /// `[inputs, outputs]`, as GPT-2 has it.
    case transposed
    /// `[1, count]` for `[count]`.
    case row
  }

  let parameter: String
  let pieces: [Piece]

  init(_ parameter: String, _ stored: String..., form: Form = .same) {
    self.init(parameter, pieces: stored.map { Piece(name: $0, form: form) })
  }

  init(_ parameter: String, pieces: [Piece]) {
    self.parameter = parameter
    self.pieces = pieces
  }

  /// The pieces of the parameter at `path`, if this entry is about it.
  func pieces(of path: String) -> [Piece]? {
    guard let number = Self.match(path, parameter) else { return nil }
    return pieces.map { piece in
      var piece = piece
      if let star = piece.name.utf8.firstIndex(of: Self.star) {
        piece.name.replaceSubrange(star...star, with: number)
      }
      return piece
    }
  }

  private static let star = UInt8(ascii: "*")

  /// What stands for the `*` of a pattern; the empty text for a pattern without one. Nil if there is no match.
  ///
  /// By bytes, as all here: a model has hundreds of names, and characters are found by rules that take their time.
  static func match(_ name: String, _ pattern: String) -> Substring? {
    let (text, form) = (name.utf8, pattern.utf8)
    guard let place = form.firstIndex(of: star) else { return name == pattern ? "" : nil }
    let (prefix, suffix) = (form[..<place], form[form.index(after: place)...])
    let length = text.count - prefix.count - suffix.count
    guard length > 0, text.starts(with: prefix), text.suffix(suffix.count).elementsEqual(suffix) else {
      return nil
    }
    let number = text.dropFirst(prefix.count).prefix(length)
    return number.allSatisfy { 0x30...0x39 ~= $0 } ? Substring(number) : nil
  }
}

/// What parameters are called in a checkpoint, found by their paths.
struct WeightIndex: Sendable {
  private let names: [String: WeightName]

  init(_ names: [WeightName]) {
    self.names = Dictionary(names.map { ($0.parameter, $0) }) { first, _ in first }
  }

  /// The pieces of the parameter at `path`.
  func pieces(of path: String) -> [WeightName.Piece] {
    // A path has the number of its layer where the pattern has a star.
    var pattern: [UInt8] = []
    for part in path.utf8.split(separator: UInt8(ascii: ".")) {
      if !pattern.isEmpty { pattern.append(UInt8(ascii: ".")) }
      if let first = part.first, 0x30...0x39 ~= first {
        pattern.append(UInt8(ascii: "*"))
      } else {
        pattern += part
      }
    }
    guard let pieces = (names[path] ?? names[String(decoding: pattern, as: UTF8.self)])?.pieces(of: path)
    else {
      preconditionFailure("no name in the checkpoint for the parameter \(path)")
    }
    return pieces
  }
}

/// How a family names the parameters of its checkpoints.
struct WeightTable: Sendable {
  var names: [WeightName] = []
  /// What names begin with in checkpoints of models with a head, and not in those without: `bert.`, for example. Either
  /// is read.
  var prefix = ""
  /// Whether norms may be called gamma and beta, as checkpoints from TensorFlow have it.
  var readsOldNormNames = false
  /// Patterns of names that may be in a file without being needed: tables that are computed, heads for other purposes.
  var ignored: [String] = []
  /// Copies of tied weights, which must be equal to what they are copies of.
  var copies: [(name: String, original: String)] = []

  /// The names by parameter, for many look-ups.
  var index: WeightIndex { WeightIndex(names) }

  /// A name as it would be without the freedoms that checkpoints take.
  func canonical(_ name: String) -> String {
    var name = name
    if !prefix.isEmpty, name.utf8.starts(with: prefix.utf8) {
      name = String(Substring(name.utf8.dropFirst(prefix.utf8.count)))
    }
    if readsOldNormNames {
      for (old, new) in [(".gamma", ".weight"), (".beta", ".bias")] where name.hasSuffix(old) {
        name = String(Substring(name.utf8.dropLast(old.utf8.count))) + new
      }
    }
    return name
  }

  func isIgnored(_ name: String) -> Bool {
    let name = canonical(name)
    return ignored.contains { WeightName.match(name, canonical($0)) != nil }
  }

  /// A linear layer under one name.
  mutating func linear(_ parameter: String, _ stored: String, form: WeightName.Form = .same) {
    names.append(WeightName("\(parameter).weight", "\(stored).weight", form: form))
    names.append(WeightName("\(parameter).bias", "\(stored).bias"))
  }

  /// A norm under one name.
  mutating func norm(_ parameter: String, _ stored: String) { linear(parameter, stored) }

  /// Linear layers of a checkpoint that are one here, their rows stacked, with the share of rows of each.
  mutating func stacked(_ parameter: String, _ stored: [(name: String, share: Int)]) {
    for suffix in ["weight", "bias"] {
      let pieces = stored.map { WeightName.Piece(name: "\($0.name).\(suffix)", share: $0.share) }
      names.append(WeightName("\(parameter).\(suffix)", pieces: pieces))
    }
  }

  /// Linear layers of equal size that are one here.
  mutating func stacked(_ parameter: String, _ stored: String...) {
    stacked(parameter, stored.map { ($0, 1) })
  }
}

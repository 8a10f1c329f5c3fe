import HeedChat
import HeedGeneration
import HeedText

extension TextGenerator {
  /// Continues a text, piece by piece as it is written.
  ///
  /// The pieces joined are the text that ``generate(_:_:)`` gives. Leaving the loop, or cancelling its task, stops the
  /// model at its next token.
  ///
  /// - Parameters:
  ///   - prompt: What comes before.
  ///   - options: How to search; nil for ``defaults``. A beam search gives its text as one piece.
  ///   - isChat: Whether the prompt comes from a chat template.
  /// - Returns: The pieces; the sequence throws what ``generate(_:_:)`` throws.
  public func stream(
    _ prompt: String, _ options: GenerationOptions? = nil, isChat: Bool = false
  ) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task.detached {
        do {
          try write(prompt, options, isChat: isChat) { continuation.yield($0) }
          continuation.finish()
        } catch is CancellationError {
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// The same on the calling thread: hands each piece to `body` as it is written.
  ///
  /// - Throws: What ``generate(_:_:)`` throws; `CancellationError` if the task is cancelled.
  public func write(
    _ prompt: String, _ options: GenerationOptions? = nil, isChat: Bool = false,
    _ body: @escaping (String) -> Void
  ) throws {
    var options = options ?? defaults
    options.returnedCount = 1
    if options.beamSize > 1 {
      // A beam knows what it has written only at its end.
      return body(try generate([prompt], options, isChat: isChat)[0][0].text)
    }
    var pieces = PieceDecoder(tokenizer: tokenizer)
    _ = try generator.generate([promptTokens(prompt, isChat: isChat)], options) { _, _, token in
      if let piece = pieces.append(token) { body(piece) }
    }
    if let rest = pieces.finish() { body(rest) }
  }
}

/// Turns tokens into pieces of text that are final: a character that lacks bytes waits for them.
package struct PieceDecoder {
  private let tokenizer: TextTokenizer
  private var tokens: [TokenID] = []
  /// Tokens from here on are decoded together: enough of them that what comes before changes nothing.
  private var start = 0
  /// Tokens before this are written.
  private var written = 0

  package init(tokenizer: TextTokenizer) { self.tokenizer = tokenizer }

  /// What a token adds to the text, if anything is final.
  package mutating func append(_ token: TokenID) -> String? {
    tokens.append(token)
    let before = tokenizer.decode(tokens[start..<written])
    let now = tokenizer.decode(tokens[start...])
    guard now.utf8.count > before.utf8.count, !now.unicodeScalars.hasSuffix("\u{FFFD}") else { return nil }
    start = written
    written = tokens.count
    return String(decoding: now.utf8.dropFirst(before.utf8.count), as: UTF8.self)
  }

  /// What is left when no more tokens come: bytes that are no character.
  package mutating func finish() -> String? {
    let before = tokenizer.decode(tokens[start..<written])
    let now = tokenizer.decode(tokens[start...])
    written = tokens.count
    guard now.utf8.count > before.utf8.count else { return nil }
    return String(decoding: now.utf8.dropFirst(before.utf8.count), as: UTF8.self)
  }
}

extension String.UnicodeScalarView {
  fileprivate func hasSuffix(_ scalar: Unicode.Scalar) -> Bool { last == scalar }
}

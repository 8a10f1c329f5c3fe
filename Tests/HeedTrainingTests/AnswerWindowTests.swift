import Foundation
import HeedText
import HeedTraining
import TestSupport
import Testing

/// Where answers are found in windows of tokens.
@Suite struct AnswerWindowTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  /// The words of each window's answer; empty where it has none.
  private func answers(_ answer: String, in context: String, length: Int) throws -> (
    words: [[String]], lost: Int
  ) {
    let start = try #require(context.unicodeScalars.firstRange(of: answer.unicodeScalars)?.lowerBound)
    let place = context.unicodeScalars.distance(from: context.unicodeScalars.startIndex, to: start)
    let document: [String: Any] = [
      "version": "1.1",
      "data": [
        [
          "title": "t",
          "paragraphs": [
            [
              "context": context,
              "qas": [
                ["id": "1", "question": "what", "answers": [["text": answer, "answer_start": place]]]
              ],
            ]
          ],
        ]
      ],
    ]
    let file = try scratch.write(
      "q.json", String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self))
    var questions: [SQuADQuestion] = []
    try SQuADFile(file).forEach { questions.append($0) }
    var options = WordPieceTrainer.Options()
    options.lowercases = true
    options.vocabularySize = 200
    var trainer = try WordPieceTrainer(options)
    for _ in 0..<4 { trainer.add("what \(context)") }
    let tokenizer = try trainer.train()
    let windows = AnswerWindows(ExampleEncoder(tokenizer, hasSegments: true, length: length))
    let found = windows.examples(questions)
    let words = (0..<found.examples.count).map { window -> [String] in
      let ends = found.examples.ends[2 * window...2 * window + 1].map(Int.init)
      guard ends[0] > 0 else { return [] }
      let tokens = found.examples.windows.tokens[window]
      return tokens[tokens.startIndex + ends[0]...tokens.startIndex + ends[1]].compactMap {
        tokenizer.token(for: $0)
      }
    }
    return (words, found.lostAnswerCount)
  }

  /// Accents of their own, joiners and the like are dropped by tokenizers, at an answer's edges too.
  @Test(arguments: ["cafe\u{301}", "\u{200B}cafe", "cafe\u{FE0F}"])
  func droppedCharactersDoNotHideAnswers(_ answer: String) throws {
    let found = try answers(answer, in: "the \(answer) is open", length: 40)
    #expect(found.words.map { $0.joined() } == ["cafe"] && found.lost == 0)
  }

  @Test func answersWithoutATokenAreCounted() throws {
    let found = try answers("\u{200B}", in: "the caf\u{200B} is open", length: 40)
    #expect(found.words == [[]] && found.lost == 1)
  }

  @Test func answersLongerThanWindowsAreCounted() throws {
    let context = "aa bb cc dd ee ff gg hh ii jj kk ll"
    let found = try answers(context, in: context, length: 12)
    #expect(found.words.count > 1 && found.words.allSatisfy(\.isEmpty) && found.lost == 1)
  }

  /// A window that was cut within the answer has none; the one that holds all of it has all.
  @Test func windowsHoldWholeAnswersOrNone() throws {
    let context = "aa bb cc dd ee ff gg hh ii jj kk ll"
    let found = try answers("gg hh ii", in: context, length: 12)
    let whole = found.words.filter { !$0.isEmpty }
    #expect(found.words.count > 1 && !whole.isEmpty)
    #expect(
      whole.allSatisfy { $0.joined(separator: " ").replacing(" ##", with: "") == "gg hh ii" },
      "\(found.words)")
  }
}

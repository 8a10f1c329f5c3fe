import Foundation
import HeedChat
import Testing

@Suite struct ChatTemplateTests {
  private func text(_ source: String, _ variables: [String: TemplateValue] = [:]) throws -> String {
    try ChatTemplate(source).render(messages: [], addingGenerationPrompt: false, variables: variables)
  }

  private func failure(_ source: String, _ variables: [String: TemplateValue] = [:]) -> ChatTemplateError? {
    do throws(ChatTemplateError) {
      _ = try ChatTemplate(source).render(
        messages: [], addingGenerationPrompt: false, variables: variables)
      return nil
    } catch {
      return error
    }
  }

  @Test func messagesTokensToolsAndVariablesArrive() throws {
    let template = try ChatTemplate(
      """
      {{ bos_token }}{% for m in messages %}{{ m.role }}={{ m['content'] }};{% endfor %}\
      {{ tools | tojson }}{{ documents is none }}{{ more }}{% if add_generation_prompt %}>{% endif %}
      """)
    let found = try template.render(
      messages: [
        ChatMessage(role: "user", content: "hi"),
        ChatMessage(fields: [.init("role", "tool"), .init("content", 4)]),
      ],
      addingGenerationPrompt: true, tokens: ["bos_token": "<s>"],
      tools: [["name": "f", "of": [1, 2.5, nil, true]]], variables: ["more": "x"])
    #expect(found == #"<s>user=hi;tool=4;[{"name": "f", "of": [1, 2.5, null, true]}]Truex>"#)
    #expect(
      try template.render(messages: [], addingGenerationPrompt: false) == "nullTrue")
  }

  @Test func laterFieldsCount() throws {
    let object = TemplateValue.object([.init("a", 1), .init("b", 2), .init("a", 3)])
    #expect(try text("{{ x }}", ["x": object]) == "{'a': 3, 'b': 2}")
  }

  @Test func refusalsCarryTheMessage() throws {
    let error = try #require(failure("a\n{% if true %}\n{{ raise_exception('no ' ~ 1) }}{% endif %}"))
    #expect(error.problem == .refused)
    #expect(error.line == 3)
    #expect(error.description == "the chat template refuses these messages: no 1 (line 3)")
  }

  @Test(arguments: [
    ("\n{% include 'x' %}", "the statement `{% include %}`", 2),
    ("{{ 1 | pprint }}", "the filter `pprint`", 1),
    ("{{ 1 is foo }}", "the test `is foo`", 1), ("{% do x %}", "the statement `{% do %}`", 1),
    ("\n\n{{ cycler('a') }}", "the function `cycler`", 3), ("{{ '%s' % 1 }}", nil, 1),
    ("{{ 'a'.format(1) }}", "the method `format` of a string", 1),
    ("{% for x in [1] recursive %}{% endfor %}", "a loop that is `recursive`", 1),
  ])
  func whatIsLackingIsNamed(_ source: String, _ construct: String?, _ line: Int) throws {
    let error = try #require(failure(source))
    guard case .unsupported(let named) = error.problem else {
      Issue.record("\(error)")
      return
    }
    if let construct { #expect(named == construct) }
    #expect(error.line == line)
  }

  @Test func linesAreThoseOfTheSource() throws {
    let template =
      "{# a\n b #}\n{% raw %}\n{% endraw %}\n{% set x = 'a\nb' %}\n{%- if x -%}\n\n\n{{ nope.more }}{% endif %}"
    #expect(failure(template)?.line == 10)
    #expect(failure(template)?.problem == .undefined)
    #expect(failure("a\n\n{{ 1 +\n }}")?.line == 4)
    #expect(failure("a\n{% if x %}\n")?.problem == .syntax)
  }

  @Test func timeIsLocalTime() throws {
    let year = Calendar(identifier: .gregorian).component(.year, from: Date())
    #expect(try text("{{ strftime_now('%Y') | int }}") == "\(year)")
    #expect(try text("{{ strftime_now('') }}") == "")
  }

  // MARK: Limits

  @Test(arguments: [
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 10000000000 }}", "{{ [0] * 10000000000 }}", "{{ range(100001) }}",
    "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s.replace('', ns.s) %}{% endfor %}",
    "{% set ns = namespace(l=[0]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[0]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
    "{% set ns = namespace(l=[0], m=[0]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
    "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}",
    "{% macro m(x) %}{{ m(x + 1) }}{% endmacro %}{{ m(0) }}", "{{ 2 ** 1000 }}", "{{ 2.5 ** 100000 }}",
    "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}", "{{ 99999999999999999999 }}",
    "{{ 'x' | indent(1000000000000) }}", "{{ ''.ljust(99999999999) }}",
    "{{ 1 | tojson(indent=99999999999) }}",
    "{% set ns = namespace(x=0) %}{% for i in range(99999) %}{% set ns.x = namespace(y=ns.x) %}{% endfor %}{{ ns.x + 1 }}",
  ])
  func hostileTemplatesEnd(_ source: String) throws {
    #expect(failure(source) != nil)
  }

  @Test(arguments: [
    String(repeating: "(", count: 5000),
    String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000),
    "{" + String(repeating: "{'a':", count: 5000), String(repeating: "- ", count: 5000) + "1",
    String(repeating: "1 if ", count: 5000) + "1", String(repeating: "x[", count: 5000),
    String(repeating: "f(", count: 5000), "1" + String(repeating: " if 1", count: 5000),
    "1" + String(repeating: " if 1 else 1", count: 5000), String(repeating: "x is in ", count: 300) + "(",
  ])
  func deepExpressionsAreRefused(_ inside: String) throws {
    let error = try onASmallStack { failure("{{ \(inside) }}") }
    #expect(error != nil)
  }

  @Test(arguments: [
    "{% if 1 %}", "{% for x in [1] %}", "{% set x %}", "{% macro m() %}", "{% filter upper %}",
  ])
  func deepBlocksAreRefused(_ tag: String) throws {
    let error = try onASmallStack { failure(String(repeating: tag, count: 5000)) }
    #expect(error != nil)
  }

  @Test func longChainsAreNoDeepTrees() throws {
    let cases = [
      ("{{ 0" + String(repeating: " + 1", count: 20_000) + " }}", "20000"),
      ("{{ (''" + String(repeating: " ~ 1", count: 20_000) + ") | length }}", "20000"),
      ("{{ 'x'" + String(repeating: " | upper", count: 5000) + " }}", "X"),
      ("{% if 0 %}" + String(repeating: "{% elif 0 %}", count: 5000) + "{% else %}y{% endif %}", "y"),
      ("{{ " + String(repeating: "not ", count: 5001) + "1 }}", "False"),
    ]
    for (source, expected) in cases {
      let found = try onASmallStack { try text(source) }
      #expect(found == expected)
    }
  }

  /// As deep as the parser and the interpreter allow.
  @Test func theDeepestThatIsAllowedFitsASmallStack() throws {
    let brackets = String(repeating: "(1 + ", count: 55) + "1" + String(repeating: ")", count: 55)
    let sum = try onASmallStack { try text("{{ \(brackets) }}") }
    #expect(sum == "56")
    let blocks = String(repeating: "{% for x in [1] %}", count: 38)
    let inside = blocks + "x" + String(repeating: "{% endfor %}", count: 38)
    let found = try onASmallStack { try text(inside) }
    #expect(found == "x")
    let recursion = """
      {% macro m(x) %}{% if x %}{% for y in [m(x - 1)] %}{{ ((y)) | upper | lower }}{% endfor %}{% endif %}\
      {% endmacro %}{{ m(1000) }}
      """
    let error = try onASmallStack { failure(recursion) }
    #expect(error?.problem == .limit)
  }

  /// Threads of Swift's pool have half a megabyte on macOS.
  private func onASmallStack<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value
  {
    let outcome = Outcome<Value>()
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      outcome.result = Result { try body() }
      finished.signal()
    }
    thread.stackSize = 512 * 1024
    thread.start()
    finished.wait()
    return try #require(outcome.result).get()
  }

  /// Written by the thread before the signal, read after it.
  private final class Outcome<Value>: @unchecked Sendable {
    var result: Result<Value, any Error>?
  }

  // MARK: Fuzzing

  /// Broken and recombined templates give a text or an error, and never a crash.
  @Test(arguments: UInt64(0)..<8) func brokenTemplatesDoNotCrash(_ seed: UInt64) throws {
    var random = SplitMix(state: seed &* 0x1234_5678_9ABC_DEF1)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: ChatFixture.directory.appending(path: "templates").path
    ).sorted()
    var corpus = try names.map { Array(try ChatFixture.text("templates/\($0)").unicodeScalars) }
    let pieces = try ChatFixture.list(try ChatFixture.json("pieces.json")["cases"])
    for piece in pieces {
      corpus.append(Array(try ChatFixture.string(try ChatFixture.fields(piece)["template"]).unicodeScalars))
    }
    let variables = try ChatFixture.fields(try ChatFixture.json("pieces.json")["variables"])
    let marks: [[Unicode.Scalar]] = [
      "{{", "}}", "{%", "%}", "{#", "#}", "-", "'", "\"", "|", "(", ")", "[", "]", "{", "}", ".", ":", ",",
      "is ",
      "not ", "if ", "else ", "for x in ", "loop.", "\\", "\n", "9223372036854775807", "1e999", "**", "\u{0}",
    ].map { Array($0.unicodeScalars) }
    var (rendered, refused) = (0, 0)
    for _ in 0..<400 {
      var text = corpus[random.below(corpus.count)]
      for _ in 0...random.below(4) where !text.isEmpty {
        let start = random.below(text.count)
        let end = min(text.count, start + random.below(12))
        switch random.below(4) {
        case 0: text.removeSubrange(start..<end)
        case 1: text.insert(contentsOf: marks[random.below(marks.count)], at: start)
        case 2: text.insert(contentsOf: text[start..<end], at: random.below(text.count))
        default:
          let other = corpus[random.below(corpus.count)]
          let from = random.below(other.count)
          text.insert(contentsOf: other[from..<min(other.count, from + random.below(60))], at: start)
        }
      }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: text)
      do throws(ChatTemplateError) {
        _ = try ChatTemplate(String(view)).render(variables: variables)
        rendered += 1
      } catch {
        #expect(error.line >= 1)
        refused += 1
      }
    }
    #expect(rendered > 20 && refused > 20)
  }
}

/// The generator of Steele, Lea and Flood (2014).
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
}

import HeedChat
import Testing

@Suite struct TemplateJSONTests {
  @Test func documentsAreRead() throws {
    let value = try TemplateValue(
      json:
        " {\"b\": [1, -2.5e1, true, false, null], \"a\\u00e9\\ud83d\\ude00\\n\": {}, \"n\": 12345678901234567890}"
    )
    #expect(
      value
        == .object([
          .init("b", [1, -25.0, true, false, nil]), .init("aé😀\n", .object([])),
          .init("n", .number(12_345_678_901_234_567_890)),
        ]))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "01", "1.", "1e", "-", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"",
    "tru",
    "[1] 2", "\"a\nb\"", "1e999", "\"abc", "{1: 2}", String(repeating: "[", count: 100_000),
  ])
  func whatIsNotJSONIsRefused(_ text: String) {
    #expect(throws: TemplateValue.JSONError.self) { try TemplateValue(json: text) }
  }
}

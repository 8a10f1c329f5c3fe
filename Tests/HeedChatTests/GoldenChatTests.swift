import HeedChat
import Testing

@Suite struct GoldenChatTests {
  /// Some six hundred expressions and statements.
  @Test func piecesGiveWhatJinjaGives() throws {
    let file = try ChatFixture.json("pieces.json")
    let variables = try ChatFixture.fields(file["variables"])
    let cases = try ChatFixture.list(file["cases"])
    #expect(cases.count > 500)
    for fields in try cases.map({ try ChatFixture.fields($0) }) {
      let source = try ChatFixture.string(fields["template"])
      try Expectation(fields).check(source, variables, source.debugDescription)
    }
  }

  @Test func conversationsGiveWhatJinjaGives() throws {
    let cases = try ChatFixture.list(try ChatFixture.json("conversations.json")["cases"])
    #expect(cases.count > 150)
    for fields in try cases.map({ try ChatFixture.fields($0) }) {
      let source = try ChatFixture.text("templates/\(try ChatFixture.string(fields["file"]))")
      let variables = try ChatFixture.fields(fields["variables"])
      try Expectation(fields).check(source, variables, try ChatFixture.string(fields["name"]))
    }
  }
}

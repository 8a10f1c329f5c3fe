import Foundation
import HeedTraining
import Testing

/// The path of a file under Fixtures.
private func fixture(_ name: String) -> String {
  var root = URL(fileURLWithPath: #filePath)
  while root.path != "/", !FileManager.default.fileExists(atPath: root.path + "/Package.swift") {
    root.deleteLastPathComponent()
  }
  return "\(root.path)/Fixtures/\(name)"
}

@Suite struct TensorBoardTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  /// The events that `Fixtures/Training/events.py` writes with TensorBoard's own classes.
  private let reference = [
    TensorBoardEvent(wallTime: 1_700_000_000.25, step: 0, fileVersion: "brain.Event:2"),
    TensorBoardEvent(
      wallTime: 1_700_000_001.5, step: 1,
      scalars: [.init(tag: "train/loss", value: 8.75), .init(tag: "train/learning_rate", value: 1e-7)]),
    TensorBoardEvent(
      wallTime: 1_700_000_002.5, step: 300, scalars: [.init(tag: "validation/bleu", value: -0.0)]),
    TensorBoardEvent(wallTime: 1_700_000_003, step: 301, isSessionStart: true),
    TensorBoardEvent(
      wallTime: 1_700_000_004, step: 1 << 40, scalars: [.init(tag: "größe", value: 3.4e38)]),
  ]

  @Test func readsWhatTensorBoardWrites() throws {
    let events = try TensorBoardLog.read(fixture("Training/events.out.tfevents.reference"))
    #expect(events == reference)
  }

  /// Beyond its first event, which carries the time of its making, a file equals TensorBoard's byte for byte.
  @Test func writesWhatTensorBoardWrites() throws {
    let log = try TensorBoardLog(directory: scratch.path, wallTime: 1_700_000_000.25)
    for event in reference.dropFirst() { try log.append(event) }
    let written = try Data(contentsOf: URL(fileURLWithPath: log.path))
    let expected = try Data(
      contentsOf: URL(fileURLWithPath: fixture("Training/events.out.tfevents.reference")))
    #expect(written == expected)
  }

  @Test func namesSortByTime() throws {
    let first = try TensorBoardLog(directory: scratch.path, wallTime: 999).path
    let second = try TensorBoardLog(directory: scratch.path, wallTime: 1_700_000_000).path
    let third = try TensorBoardLog(directory: scratch.path, wallTime: 1_700_000_000).path
    #expect([third, first, second].sorted() == [first, second, third])
    #expect(first.contains("/events.out.tfevents.0000000999."))
  }

  @Test func isCutBackToAStep() throws {
    let log = try TensorBoardLog(directory: scratch.path, wallTime: 1)
    for step in 1...9 {
      try log.append(MetricsRecord(.train, step: step, time: 2, values: ["loss": 1 / Double(step)]))
    }
    try TensorBoardLog.truncate(directory: scratch.path, afterStep: 6)
    #expect(try TensorBoardLog.read(log.path).map(\.step) == [0, 1, 2, 3, 4, 5, 6])
    let resumed = try TensorBoardLog(directory: scratch.path, wallTime: 2, resumingAfterStep: 6)
    try resumed.append(MetricsRecord(.validation, step: 7, time: 3, values: ["bleu": 30.5, "loss": 2]))
    let events = try TensorBoardLog.read(resumed.path)
    #expect(events.map(\.step) == [0, 7, 7])
    #expect(events.map(\.isSessionStart) == [false, true, false])
    #expect(events[2].scalars.map(\.tag) == ["validation/bleu", "validation/loss"])
    // Back to before the resumption.
    try TensorBoardLog.truncate(directory: scratch.path, afterStep: 5)
    #expect(try TensorBoardLog.read(resumed.path).count == 1)
  }

  /// However a file is torn or damaged, what stands before is read and nothing else.
  @Test func survivesTornAndDamagedFiles() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("Training/events.out.tfevents.reference")))
    for size in 0..<whole.count {
      let path = try scratch.write("events.out.tfevents.torn", whole.prefix(size))
      let events = try TensorBoardLog.read(path)
      #expect(events.count < reference.count && events == Array(reference.prefix(events.count)))
    }
    for place in whole.indices {
      var bytes = whole
      bytes[place] ^= 0x41
      let path = try scratch.write("events.out.tfevents.damaged", bytes)
      let events = try TensorBoardLog.read(path)
      #expect(events.count < reference.count && events == Array(reference.prefix(events.count)))
    }
    let damaged = try scratch.write("events.out.tfevents.damaged", whole.prefix(whole.count - 1))
    try TensorBoardLog.truncate(directory: scratch.path, afterStep: .max)
    let size = try FileManager.default.attributesOfItem(atPath: damaged)[.size] as? Int
    #expect(try TensorBoardLog.read(damaged).count == 4)
    #expect(try #require(size) < whole.count - 1)
  }
}

import Foundation
import HeedModels
import Testing

/// A zip archive made by hand, of which every part can be wrong.
private struct Archive {
  struct Member {
    var name: String
    var bytes: [UInt8]
    var flags: UInt16 = 0
    var method: UInt16 = 0
    /// What the directory says, if not the truth.
    var size: UInt64?
    var headerOffset: UInt64?
  }

  var members: [Member]
  var isLong = false
  var count: UInt64?
  var directoryOffset: UInt64?
  var comment: [UInt8] = []

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    func field(_ value: some FixedWidthInteger, _ target: inout [UInt8]) {
      CheckpointFixtures.append(value, to: &target)
    }
    for member in members {
      let offset = member.headerOffset ?? UInt64(bytes.count)
      let size = member.size ?? UInt64(member.bytes.count)
      let name = Array(member.name.utf8)
      field(UInt32(0x0403_4B50), &bytes)
      bytes += [UInt8](repeating: 0, count: 22)
      field(UInt16(name.count), &bytes)
      field(UInt16(3), &bytes)
      bytes += name + [1, 2, 3] + member.bytes

      field(UInt32(0x0201_4B50), &directory)
      field(UInt32(0), &directory)
      field(member.flags, &directory)
      field(member.method, &directory)
      field(UInt64(0), &directory)
      for _ in 0..<2 { field(isLong ? UInt32.max : UInt32(truncatingIfNeeded: size), &directory) }
      field(UInt16(name.count), &directory)
      field(UInt16(isLong ? 32 : 0), &directory)
      directory += [UInt8](repeating: 0, count: 10)
      field(isLong ? UInt32.max : UInt32(truncatingIfNeeded: offset), &directory)
      directory += name
      guard isLong else { continue }
      field(UInt32(9), &directory)  // an extension of no bytes that means nothing here
      field(UInt16(1), &directory)
      field(UInt16(24), &directory)
      for value in [size, size, offset] { field(value, &directory) }
    }
    let start = directoryOffset ?? UInt64(bytes.count)
    let number = count ?? UInt64(members.count)
    bytes += directory
    if isLong {
      let end = UInt64(bytes.count)
      field(UInt32(0x0606_4B50), &bytes)
      bytes += [UInt8](repeating: 0, count: 20)
      for value in [number, number, UInt64(directory.count), start] { field(value, &bytes) }
      field(UInt32(0x0706_4B50), &bytes)
      field(UInt32(0), &bytes)
      field(end, &bytes)
      field(UInt32(1), &bytes)
    }
    field(UInt32(0x0605_4B50), &bytes)
    field(UInt32(0), &bytes)
    for _ in 0..<2 { field(isLong ? UInt16.max : UInt16(truncatingIfNeeded: number), &bytes) }
    field(UInt32(directory.count), &bytes)
    field(isLong ? UInt32.max : UInt32(truncatingIfNeeded: start), &bytes)
    field(UInt16(comment.count), &bytes)
    return bytes + comment
  }
}

@Suite struct PickleArchiveTests {
  private static let pickle: [UInt8] = {
    var pickle = PickleWriter()
    pickle.code("}")
    pickle.string("a")
    pickle.tensor("k", count: 2, shape: [2], strides: [1])
    pickle.code("s")
    return pickle.finished
  }()

  private static let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]

  private var sound: Archive {
    Archive(members: [
      .init(name: "x/data.pkl", bytes: Self.pickle), .init(name: "x/byteorder", bytes: Array("little".utf8)),
      .init(name: "x/data/k", bytes: Self.data),
    ])
  }

  private func message(_ archive: Archive) -> String {
    do {
      let file = try CheckpointFixtures.pyTorch(archive.bytes)
      return "\(try file.entries.map { try file.floats(of: $0) })"
    } catch {
      return "\(error)"
    }
  }

  @Test func readsSoundArchives() {
    var archive = sound
    #expect(message(archive) == "[[1.0, -2.0]]")
    archive.isLong = true
    #expect(message(archive) == "[[1.0, -2.0]]")
    archive.comment = Array("PK\u{5}\u{6} and more of a comment that looks like an end".utf8)
    #expect(message(archive) == "[[1.0, -2.0]]")
    archive.isLong = false
    archive.members.swapAt(0, 2)
    #expect(message(archive) == "[[1.0, -2.0]]")
  }

  @Test(arguments: [false, true]) func refusesUnsoundOnes(_ isLong: Bool) {
    func changed(_ change: (inout Archive) -> Void) -> String {
      var archive = sound
      archive.isLong = isLong
      change(&archive)
      return message(archive)
    }
    #expect(changed { $0.members[2].size = 9 }.contains("shares bytes") == false)
    let beyond = changed { $0.members[2].size = 0xFFFF_FFF0 }
    #expect(beyond.contains("\"x/data/k\" in the zip archive reaches beyond its end"))
    #expect(changed { $0.members[2].headerOffset = 0xFFFF_FF00 }.contains("directory is damaged"))
    #expect(changed { $0.members[2].headerOffset = 1 }.contains("directory is damaged"))
    #expect(changed { $0.members[2].headerOffset = 0 }.contains("shares bytes with another member"))
    #expect(changed { $0.members[0].size = 300 }.contains("shares bytes with another member"))
    #expect(changed { $0.members[0].flags = 1 }.contains("\"x/data.pkl\" in the zip archive is encrypted"))
    #expect(changed { $0.members[0].method = 8 }.contains("is compressed (method 8)"))
    #expect(changed { $0.members[1].name = "x/data/k" }.contains("two members with the name \"x/data/k\""))
    #expect(changed { $0.members[0].name = "data.pkl" }.contains("has no member data.pkl"))
    #expect(changed { $0.members[0].name = "x/y/data.pkl" }.contains("has no member data.pkl"))
    #expect(changed { $0.members[1].bytes = Array("big".utf8) }.contains("are not little-endian"))
    #expect(changed { $0.members[1].name = "x/constants.pkl" }.contains("a TorchScript program"))
    #expect(changed { $0.members[2].name = "x/data/l" }.contains("has no member \"x/data/k\""))
    #expect(changed { $0.members[2].bytes.removeLast() }.contains("for which the file has only 7 bytes"))
    #expect(changed { $0.count = 2 }.contains("has no member \"x/data/k\""))
    #expect(changed { $0.count = 0xFFF0 }.contains("directory is"))
    #expect(changed { $0.directoryOffset = 0xFFFF_FF00 }.contains("directory is damaged"))
    #expect(changed { $0.directoryOffset = 3 }.contains("directory is damaged"))
    if isLong {
      #expect(changed { $0.members[2].size = .max }.contains("reaches beyond its end"))
      #expect(changed { $0.members[2].headerOffset = .max }.contains("directory is damaged"))
      #expect(changed { $0.count = .max }.contains("directory is"))
      #expect(changed { $0.directoryOffset = .max }.contains("directory is damaged"))
    }
  }
}

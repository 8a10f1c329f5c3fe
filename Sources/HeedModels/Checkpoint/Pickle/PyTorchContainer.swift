/// The two forms of file that `torch.save` writes, seen alike: a pickle, and storages by their keys.
struct PyTorchContainer {
  let document: PickleDocument
  /// Where each storage's bytes are.
  private(set) var storages: [String: Range<Int>] = [:]

  /// Whether the bytes begin as a file of either form.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    ZipArchive.recognizes(bytes) || LegacyMark.begins(bytes)
  }

  /// Reads the pickle and finds the storages.
  init(_ bytes: UnsafeRawBufferPointer) throws(FormatFlaw) {
    if ZipArchive.recognizes(bytes) {
      try self.init(archive: bytes)
    } else if LegacyMark.begins(bytes) {
      try self.init(stream: bytes)
    } else {
      throw FormatFlaw(
        "this is not a file that torch.save writes: neither a zip archive nor a stream of pickles")
    }
  }

  private static func pickle(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FormatFlaw)
    -> PickleDocument
  {
    do throws(PickleReader.SyntaxError) {
      return try PickleReader.read(bytes, at: position)
    } catch {
      throw FormatFlaw("its pickle cannot be read: \(error.reason), at byte \(error.offset)")
    }
  }

  // MARK: A zip archive: NAME/data.pkl, NAME/byteorder and NAME/data/KEY (since PyTorch 1.6)

  private init(archive bytes: UnsafeRawBufferPointer) throws(FormatFlaw) {
    let archive = try ZipArchive(bytes)
    // The name of the archive comes before all others.
    let pickleName = archive.names.first { name in
      name.hasSuffix("/data.pkl") && name.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 1
    }
    guard let pickleName else {
      throw FormatFlaw("the zip archive has no member data.pkl, which torch.save writes")
    }
    let prefix = String(pickleName.dropLast("data.pkl".count))
    guard !archive.contains(prefix + "constants.pkl") else {
      throw FormatFlaw("this is a TorchScript program, not weights: save its state_dict() with torch.save")
    }
    if let order = try archive.range(of: prefix + "byteorder"), !bytes[order].elementsEqual("little".utf8) {
      throw FormatFlaw("its numbers are not little-endian, and no other order is supported")
    }
    let pickle = try archive.range(of: pickleName) ?? 0..<0
    document = try Self.pickle(
      UnsafeRawBufferPointer(rebasing: bytes[..<pickle.upperBound]), at: pickle.lowerBound)
    for storage in document.storages {
      let name = "\(prefix)data/\(storage.key)"
      guard let range = try archive.range(of: name) else {
        throw FormatFlaw("the zip archive has no member \(quoted(name)), which its pickle mentions")
      }
      storages[storage.key] = range
    }
  }

  // MARK: Five pickles, then the storages (before PyTorch 1.6, and still on request)

  /// The first pickle of the stream: an integer that no other file begins with.
  private enum LegacyMark {
    static let bytes: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    static func begins(_ file: UnsafeRawBufferPointer) -> Bool {
      guard file.first == 0x80 else { return false }
      // The protocol, from protocol 4 on perhaps a frame, the instruction and the integer's length.
      return [4, 13].contains {
        file.count >= $0 + bytes.count && file[$0..<$0 + bytes.count].elementsEqual(bytes)
      }
    }
  }

  private init(stream bytes: UnsafeRawBufferPointer) throws(FormatFlaw) {
    func failure(_ reason: String) -> FormatFlaw { FormatFlaw(reason) }
    let mark = try Self.pickle(bytes, at: 0)
    let version = try Self.pickle(bytes, at: mark.end)
    guard case .integer(1001) = version.root else { throw failure("the version of its format is not 1001") }
    let system = try Self.pickle(bytes, at: version.end)
    guard case .dictionary(let index) = system.root else {
      throw failure("it does not say how it was written")
    }
    for (key, value) in system.dictionaries[index] {
      if case .string("little_endian") = key, case .bool(false) = value {
        throw failure("its numbers are not little-endian, and no other order is supported")
      }
    }
    document = try Self.pickle(bytes, at: system.end)
    let keys = try Self.pickle(bytes, at: document.end)
    guard case .list(let list) = keys.root else { throw failure("it has no list of storages") }

    // Each storage: the count of its elements in 64 bits, then the elements. Their size is known from the pickle alone.
    var types: [String: ElementType] = [:]
    for storage in document.storages { types[storage.key] = storage.elementType }
    var cursor = ByteCursor(bytes, at: keys.end)
    for value in keys.lists[list] {
      guard case .string(let key) = value, let type = types[key] else {
        throw failure("a storage is listed that no tensor uses")
      }
      guard storages[key] == nil else { throw failure("storage \(quoted(key)) is listed twice") }
      do throws(ByteCursor.EndOfBytes) {
        let count = try cursor.integer(UInt64.self)
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: UInt64(type.blockByteSize))
        storages[key] = try cursor.take(overflow ? .max : byteCount)
      } catch {
        throw failure("storage \(quoted(key)) reaches beyond its end: the file is cut off")
      }
    }
    for storage in document.storages where storages[storage.key] == nil {
      throw failure("it has no storage \(quoted(storage.key)), which its pickle mentions")
    }
  }
}

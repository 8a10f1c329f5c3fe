#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes figures to a file that TensorBoard opens: `tensorboard --logdir RUN/tensorboard`.
///
/// Each start or resumption of a run writes a file of its own. Not safe to use from several tasks at once.
public final class TensorBoardLog {
  /// The file.
  public var path: String { file.path }
  private let file: AppendOnlyFile
  private static let namePrefix = "events.out.tfevents."

  /// Starts a new file in a directory.
  ///
  /// - Parameters:
  ///   - directory: The directory, which exists.
  ///   - wallTime: The time, in seconds since 1970; it becomes part of the file's name.
  ///   - step: The last step before, if a run is resumed: TensorBoard then forgets later ones.
  /// - Throws: `RunDirectoryError` if the file cannot be written.
  public init(directory: String, wallTime: Double, resumingAfterStep step: Int? = nil)
    throws(RunDirectoryError)
  {
    // TensorBoard reads a directory's files in the order of their names, so the time stands first.
    let seconds = String(UInt32(clamping: Int64(max(0, min(wallTime, 4e9)))))
    let padded = String(repeating: "0", count: 10 - seconds.count) + seconds
    var ordinal = 0
    var path: String
    repeat {
      path = "\(directory)/\(Self.namePrefix)\(padded).\(Self.hostName).\(getpid()).\(ordinal)"
      ordinal += 1
    } while POSIX.status(path) != nil
    file = try AppendOnlyFile(path)
    try append(TensorBoardEvent(wallTime: wallTime, step: 0, fileVersion: "brain.Event:2"))
    if let step { try append(TensorBoardEvent(wallTime: wallTime, step: step + 1, isSessionStart: true)) }
  }

  /// Appends an event, whole or not at all.
  ///
  /// - Throws: `RunDirectoryError` if the disk is full or the file cannot be written.
  public func append(_ event: TensorBoardEvent) throws(RunDirectoryError) {
    try file.append(TFRecord.frame(event.encoded))
  }

  /// Appends a record's figures, named by its kind: `train/loss`, `validation/bleu`.
  ///
  /// - Throws: `RunDirectoryError` if the disk is full or the file cannot be written.
  public func append(_ record: MetricsRecord) throws(RunDirectoryError) {
    let scalars = record.values.sorted { $0.key < $1.key }.map {
      TensorBoardEvent.Scalar(tag: "\(record.kind.rawValue)/\($0.key)", value: Float($0.value))
    }
    guard !scalars.isEmpty else { return }
    try append(TensorBoardEvent(wallTime: record.time, step: record.step, scalars: scalars))
  }

  /// Waits until all events are on the disk.
  ///
  /// - Throws: `RunDirectoryError` if the disk refuses.
  public func synchronize() throws(RunDirectoryError) { try file.synchronize() }

  /// Reads a file's events, up to the first that is torn or damaged.
  ///
  /// - Throws: `RunDirectoryError` if the file cannot be read.
  public static func read(_ path: String) throws(RunDirectoryError) -> [TensorBoardEvent] {
    var events: [TensorBoardEvent] = []
    _ = try scan(path) { event in
      events.append(event)
      return true
    }
    return events
  }

  /// Cuts each file of a directory back to the events up to and including a step; torn ones go as well.
  ///
  /// - Throws: `RunDirectoryError` if a file cannot be read or changed.
  public static func truncate(directory: String, afterStep step: Int) throws(RunDirectoryError) {
    for name in files(in: directory) {
      let path = "\(directory)/\(name)"
      // A session start stands for the step that follows it, and is of no use without it.
      try AppendOnlyFile.truncate(path, to: try scan(path) { $0.step <= step })
    }
  }

  /// The names of a directory's event files, in order.
  static func files(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(namePrefix) { names.append(name) }
    }
    return names.sorted()
  }

  /// Goes through a file's events until one is damaged or `isKept` refuses one.
  ///
  /// - Returns: The size in bytes of the file up to the last event that was kept.
  private static func scan(
    _ path: String, _ isKept: (TensorBoardEvent) -> Bool
  ) throws(RunDirectoryError) -> Int {
    guard let descriptor = POSIX.open(path, O_RDONLY) else { throw .lastCall("read the events", path) }
    defer { POSIX.close(descriptor) }
    var size = 0
    while let header = try read(descriptor, TFRecord.headerLength, path),
      let length = TFRecord.dataLength(header[...]),
      let body = try read(descriptor, length + TFRecord.footerLength, path),
      let data = TFRecord.data(body[...]), let event = TensorBoardEvent(encoded: data), isKept(event)
    {
      size += header.count + body.count
    }
    return size
  }

  /// Reads so many bytes, or nil if the file ends before.
  private static func read(_ descriptor: Int32, _ count: Int, _ path: String) throws(RunDirectoryError)
    -> [UInt8]?
  {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let part = bytes.withUnsafeMutableBytes { buffer in
        POSIX.read(descriptor, into: .init(rebasing: buffer[filled...]))
      }
      guard let part else { throw .lastCall("read the events", path) }
      if part == 0 { return nil }
      filled += part
    }
    return bytes
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self).replacing("/", with: "-")
  }
}

extension String {
  fileprivate func replacing(_ character: Character, with other: Character) -> String {
    String(map { $0 == character ? other : $0 })
  }
}

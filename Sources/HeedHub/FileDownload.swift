import Foundation
import HeedHubCache

/// Fetches one file into `blobs`, going on where an earlier attempt ended.
struct FileDownload {
  let client: HubClient
  let cache: HubCache
  let model: String
  let commit: String
  let file: HubFile
  let tag: String
  let report: @Sendable (_ bytes: Int) -> Void

  /// Fetches the file, unless it is there.
  func run() async throws {
    let blob = cache.blob(model, tag)
    if isThere(blob) { return }
    try HubStorage.makeDirectory(blob.deletingLastPathComponent())
    let lock = try await HubLock.take(cache.lock(model, tag))
    defer { withExtendedLifetime(lock) {} }
    // Another process may have fetched it meanwhile.
    if isThere(blob) { return }
    let partial = try PartialFile(
      blob.deletingLastPathComponent().appendingPathComponent("\(tag).incomplete"))
    let wasResumed = partial.size > 0
    do {
      do {
        try await fetch(into: partial)
      } catch let error as HubError where error.problem == .untrusted && wasResumed {
        // The earlier part may be what is wrong: once more from the start.
        try partial.truncate()
        try await fetch(into: partial)
      }
    } catch let error as HubError where error.problem == .untrusted {
      partial.remove()
      throw error
    }
    try partial.move(to: blob)
  }

  private func isThere(_ blob: URL) -> Bool {
    guard let size = HubStorage.size(blob) else { return false }
    return file.size.map { $0 == size } ?? true
  }

  private func fetch(into partial: PartialFile) async throws {
    let subject = HubSubject(
      model: model, revision: commit, file: file.path, hasToken: client.settings.token != nil)
    if let size = file.size, partial.size > size { try partial.truncate() }
    let receiver = try BodyReceiver(subject, partial, file.size, tag, report)
    let address = try client.url(model, "resolve", commit, file.path)
    try await client.repeating(progress: { receiver.size }) {
      if receiver.isComplete { return }
      var request = client.request("GET", address)
      if receiver.size > 0 { request.headers["Range"] = "bytes=\(receiver.size)-" }
      try await client.send(request, into: receiver)
      try receiver.checkEnd()
    }
    try receiver.checkContent()
  }
}

/// Appends a body to a file, and hashes it on the way.
private final class BodyReceiver: HubReceiver, @unchecked Sendable {
  private let partial: PartialFile
  private let expectedSize: Int?
  private let tag: String
  private let report: @Sendable (Int) -> Void
  private var hash: ContentHash?
  /// The size that the current answer promises for the whole file.
  private var promised: Int?
  private var hasEnded = false

  init(
    _ subject: HubSubject, _ partial: PartialFile, _ expectedSize: Int?, _ tag: String,
    _ report: @escaping @Sendable (Int) -> Void
  ) throws(HubError) {
    self.partial = partial
    self.expectedSize = expectedSize
    self.tag = tag
    self.report = report
    super.init(subject, limit: 0)
    // Without a size git's hash cannot be begun, and what is there cannot be trusted.
    if expectedSize == nil { try partial.truncate() }
    try startHash()
    report(partial.size)
  }

  var size: Int { partial.size }
  var isComplete: Bool { expectedSize == partial.size }

  private func startHash() throws(HubError) {
    hash = expectedSize.flatMap { ContentHash(for: tag, size: $0) }
    guard hash != nil, partial.size > 0 else { return }
    var resumed = hash
    try partial.forEachPiece { resumed?.update($0) }
    hash = resumed
  }

  private func restart() throws(HubError) {
    try partial.truncate()
    try startHash()
  }

  override func begin(_ head: HTTPHead) throws {
    hasEnded = false
    promised = nil
    switch head.status {
    case 206:
      guard let range = head["content-range"].flatMap({ ContentRange($0) }), range.start == partial.size
      else {
        try restart()
        throw HubRetry(error: untrusted("sends another part than it was asked for"))
      }
      promised = range.total
    case 416:
      // What is here is longer than what is there.
      try restart()
      throw HubRetry(error: untrusted("has no such part"))
    case 200:
      if partial.size > 0 { try restart() }
      promised = head["content-length"].flatMap { Int($0) }
    default:
      throw HubError(
        .server(status: head.status), "the hub answers with status \(head.status) for \(subject.shown)")
    }
    if let expectedSize, let promised, promised != expectedSize {
      throw untrusted("would send \(promised) bytes, but lists \(expectedSize)")
    }
    hasEnded = true
  }

  override func take(_ bytes: Data) throws {
    if let limit = expectedSize ?? promised, bytes.count > limit - partial.size {
      throw untrusted("sends more than the \(limit) bytes that it lists")
    }
    try bytes.withUnsafeBytes { bytes in
      try partial.append(bytes)
      hash?.update(bytes)
    }
    report(partial.size)
  }

  /// Checks that all has come.
  func checkEnd() throws {
    guard let limit = expectedSize ?? promised, partial.size < limit else { return }
    throw HubRetry(
      error: HubError(
        .unreachable,
        "the hub ended \(subject.shown) after \(partial.size) of \(limit) bytes; try again, and it will go on from there"
      ))
  }

  /// Checks size and hash.
  func checkContent() throws {
    var hash = hash
    if hash == nil, let late = ContentHash(for: tag, size: partial.size) {
      hash = late
      try partial.forEachPiece { hash?.update($0) }
    }
    guard let hash else { return }
    let found = hash.hexadecimal()
    guard found == tag else {
      throw untrusted("sends content with the hash \(found), but lists \(tag); the file was deleted")
    }
  }

  private func untrusted(_ what: String) -> HubError {
    HubError(.untrusted, "the hub \(what) for \(subject.shown)")
  }
}

/// `bytes 100-199/200`.
private struct ContentRange {
  let start: Int
  let total: Int?

  init?(_ text: String) {
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "-" || $0 == "/" })
    guard parts.count == 4, parts[0].lowercased() == "bytes", let start = Int(parts[1]) else { return nil }
    self.start = start
    total = Int(parts[3])
  }
}

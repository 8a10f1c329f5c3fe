import Foundation
import HeedHubCache

/// A file of a repository, as the server lists it.
struct HubFile: Sendable, Hashable {
  let path: String
  /// In bytes; nil where the server does not say.
  var size: Int?
  /// The ETag: SHA-256 of a large file, git's name of a small one; nil where the server does not say.
  var tag: String?
}

/// Speaks with the hub: lists, heads and bodies, with redirects and further attempts.
struct HubClient: Sendable {
  let settings: HubSettings
  /// Seconds between attempts; their number is that of the attempts after the first.
  let delays: [Double]
  let transport: HTTPTransport

  /// A list may be no longer than this many bytes.
  private static let listLimit = 64 << 20

  init(_ settings: HubSettings, delays: [Double], timeout: Double) {
    self.settings = settings
    self.delays = delays
    transport = HTTPTransport(timeout: timeout)
  }

  // MARK: Requests

  /// The address of a path, whose components are encoded; slashes stay.
  func url(_ path: String...) throws(HubError) -> URL {
    let encoded = path.map { Self.encoded($0, keeping: "/") }
    guard let url = URL(string: ([settings.endpoint] + encoded).joined(separator: "/")),
      let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https", url.host?.isEmpty == false
    else {
      throw HubError(
        .name,
        "HF_ENDPOINT \"\(HubNames.shown(settings.endpoint))\" is not the address of a server; expected one "
          + "like \(HubSettings.defaultEndpoint)")
    }
    return url
  }

  private static func encoded(_ text: String, keeping others: String = "") -> String {
    let plain = CharacterSet(charactersIn: "-._~" + others).union(.alphanumerics)
    return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
  }

  func request(_ method: String, _ url: URL) -> HTTPRequest {
    var request = HTTPRequest(method: method, url: url)
    request.headers["User-Agent"] = "heed"
    if let token = settings.token { request.headers["Authorization"] = "Bearer \(token)" }
    return request
  }

  /// Sends a request, and again after a pause where the server is busy, broken or away.
  ///
  /// `attempt` says how many bytes have arrived in all, so that a transfer that gets on is not given up.
  func repeating<Result>(
    progress: () -> Int = { 0 }, _ attempt: () async throws -> Result
  ) async throws -> Result {
    var failures = 0
    var arrived = progress()
    while true {
      do {
        return try await attempt()
      } catch let retry as HubRetry {
        if progress() > arrived { failures = 0 }
        arrived = progress()
        guard failures < delays.count else { throw retry.error }
        let pause = max(delays[failures], min(retry.pause ?? 0, 60))
        failures += 1
        try await Task.sleep(nanoseconds: UInt64(max(0, pause) * 1e9))
      }
    }
  }

  /// Sends one request and follows redirects.
  func send(_ request: HTTPRequest, into receiver: HubReceiver) async throws {
    var request = request
    for _ in 0...HubRedirects.limit {
      do {
        try await transport.send(request, into: receiver)
      } catch let error as HubError where error.problem == .unreachable {
        throw HubRetry(error: error)
      }
      guard let head = receiver.head else {
        throw HubRetry(
          error: HubError(.unreachable, "\(request.url.host ?? "the server") sends no answer"))
      }
      guard HubRedirects.isRedirect(head.status) else { return }
      let next = try HubRedirects.next(request, head)
      if receiver.staysOnServer, !HubRedirects.isSameServer(next.url, request.url) { return }
      request = next
    }
    throw HubError(
      .untrusted,
      "\(settings.endpoint) redirects more than \(HubRedirects.limit) times; is HF_ENDPOINT right?")
  }

  // MARK: Lists and heads

  /// The files of a revision, and the commit that it stands for.
  func list(_ model: String, revision: String) async throws -> (commit: String, files: [HubFile]) {
    let address = try url("api", "models", model, "revision")
    guard let url = URL(string: "\(address.absoluteString)/\(Self.encoded(revision))?blobs=true") else {
      throw HubError(.name, "\"\(HubNames.shown(revision))\" is not a revision")
    }
    let subject = HubSubject(model: model, revision: revision, hasToken: settings.token != nil)
    let data = try await repeating {
      let receiver = HubReceiver(subject, limit: Self.listLimit)
      try await send(request("GET", url), into: receiver)
      return receiver.body
    }
    return try HubListing.parse(data, subject)
  }

  /// The size and the tag of a file where the list has none.
  func head(_ model: String, commit: String, _ path: String) async throws -> HubFile {
    let address = try url(model, "resolve", commit, path)
    let subject = HubSubject(model: model, revision: commit, file: path, hasToken: settings.token != nil)
    return try await repeating {
      let receiver = HubReceiver(subject, limit: 0, staysOnServer: true)
      try await send(request("HEAD", address), into: receiver)
      return receiver.described(path)
    }
  }
}

/// A failure after which another attempt may succeed.
struct HubRetry: Error {
  let error: HubError
  /// How many seconds the server wants to be left alone.
  var pause: Double?
}

/// What is asked for, for messages.
struct HubSubject: Sendable {
  let model: String
  let revision: String
  var file: String?
  let hasToken: Bool

  var shown: String {
    file.map { "\(model), file \(HubNames.shown($0))" }
      ?? (revision == "main" ? model : "\(model) at \(revision)")
  }

  /// The error for a status; nil for one that is none.
  func failure(_ head: HTTPHead) -> (any Error)? {
    let code = head["x-error-code"] ?? ""
    switch head.status {
    case 200..<400, 416: return nil
    case 401 where code == "RepoNotFound" && hasToken, 404:
      let what =
        switch code {
        case "RevisionNotFound": "the hub has no revision \(HubNames.shown(revision)) of \(model)"
        case "EntryNotFound": "the hub has no file \(HubNames.shown(file ?? "")) in \(model)"
        default: file == nil ? "the hub has no model \(model)" : "the hub does not have \(shown)"
        }
      return HubError(.missing, "\(what); check the spelling, or set HF_TOKEN if it is private")
    case 401, 403:
      if code == "GatedRepo" || head.status == 403 {
        let remedy =
          hasToken
          ? "ask for access on its page with the account that the token belongs to"
          : "ask for access on its page and set HF_TOKEN to a token of yours"
        return HubError(.denied, "\(model) is gated or private: \(remedy)")
      }
      return HubError(
        .denied,
        hasToken
          ? "the hub does not accept HF_TOKEN for \(model): is the token right, and still valid?"
          : "\(model) does not exist, or is private: check the spelling, or set HF_TOKEN to a token of yours")
    case 429:
      let error = HubError(
        .busy,
        "the hub limits how often it may be asked: try again later\(hasToken ? "" : ", or set HF_TOKEN")")
      return HubRetry(error: error, pause: head["retry-after"].flatMap { Double($0) })
    case 408, 500...599:
      let error = HubError(
        .server(status: head.status),
        "the hub answers with error \(head.status) for \(shown): try again later")
      return HubRetry(error: error, pause: head["retry-after"].flatMap { Double($0) })
    default:
      return HubError(.server(status: head.status), "the hub answers with status \(head.status) for \(shown)")
    }
  }
}

/// Keeps what a server sends, up to a limit.
///
/// `@unchecked`: a transfer is taken by one thread at a time, and read when it has ended.
class HubReceiver: HTTPReceiver, @unchecked Sendable {
  let subject: HubSubject
  let staysOnServer: Bool
  private let limit: Int
  private(set) var head: HTTPHead?
  private(set) var body: [UInt8] = []
  /// What was said about the file on the way through redirects.
  private var tag: String?
  private var size: Int?

  init(_ subject: HubSubject, limit: Int, staysOnServer: Bool = false) {
    self.subject = subject
    self.limit = limit
    self.staysOnServer = staysOnServer
  }

  func receive(_ head: HTTPHead) throws {
    self.head = head
    body = []
    if let failure = subject.failure(head) { throw failure }
    let isRedirect = HubRedirects.isRedirect(head.status)
    tag = tag ?? (head["x-linked-etag"] ?? (isRedirect ? nil : head["etag"])).map { Self.plain($0) }
    size = size ?? (head["x-linked-size"] ?? (isRedirect ? nil : head["content-length"])).flatMap { Int($0) }
    if !isRedirect { try begin(head) }
  }

  /// The head of the answer after all redirects.
  func begin(_ head: HTTPHead) throws {}

  func receive(_ bytes: Data) throws {
    guard let head, !HubRedirects.isRedirect(head.status) else { return }
    try take(bytes)
  }

  /// A piece of the body of the answer.
  func take(_ bytes: Data) throws {
    guard bytes.count <= limit - body.count else {
      throw HubError(.untrusted, "the hub sends more than \(limit) bytes about \(subject.shown)")
    }
    body += bytes
  }

  func described(_ path: String) -> HubFile { HubFile(path: path, size: size, tag: tag) }

  /// An ETag without quotes and the mark of weak ones.
  static func plain(_ tag: String) -> String {
    let strong = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    return strong.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
  }
}

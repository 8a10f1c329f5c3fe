import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What a server says before the body.
struct HTTPHead: Sendable {
  let status: Int
  /// Values by names in lower case.
  let headers: [String: String]

  subscript(_ name: String) -> String? { headers[name] }
}

/// A request.
struct HTTPRequest: Sendable {
  var method = "GET"
  var url: URL
  var headers: [String: String] = [:]
}

/// Sends requests with `URLSession`; redirects are not followed but returned.
final class HTTPTransport: Sendable {
  private let session: URLSession
  private let delegate: TransferDelegate

  /// - Parameter timeout: How many seconds a server may be silent.
  init(timeout: Double) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeout
    configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
    configuration.urlCache = nil
    configuration.httpCookieStorage = nil
    delegate = TransferDelegate()
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
  }

  deinit { session.invalidateAndCancel() }

  /// Sends a request; `receive` is given the head and then the body piece by piece, on a thread of the session.
  ///
  /// - Throws: What `receive` throws, `CancellationError`, and `HubError` where the server cannot be reached or stops.
  func send(_ request: HTTPRequest, into receiver: any HTTPReceiver) async throws {
    var native = URLRequest(url: request.url)
    native.httpMethod = request.method
    for (name, value) in request.headers { native.setValue(value, forHTTPHeaderField: name) }
    native.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    let task = session.dataTask(with: native)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        delegate.begin(task, Transfer(receiver, request.url, continuation))
        task.resume()
      }
    } onCancel: {
      task.cancel()
    }
    try Task.checkCancellation()
  }
}

/// Takes what a server sends. The calls come one after another.
protocol HTTPReceiver: AnyObject, Sendable {
  /// The head; throwing ends the transfer.
  func receive(_ head: HTTPHead) throws
  /// A piece of the body; throwing ends the transfer.
  func receive(_ bytes: Data) throws
}

/// A transfer under way.
private final class Transfer {
  let receiver: any HTTPReceiver
  let url: URL
  let continuation: CheckedContinuation<Void, any Error>
  /// Why the receiver wants no more.
  var refusal: (any Error)?

  init(_ receiver: any HTTPReceiver, _ url: URL, _ continuation: CheckedContinuation<Void, any Error>) {
    self.receiver = receiver
    self.url = url
    self.continuation = continuation
  }
}

/// Hands what arrives to the transfer that it belongs to.
///
/// `@unchecked`: the table is guarded by the lock, and a transfer is touched by the session's one queue only.
private final class TransferDelegate: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let lock = NSLock()
  private var transfers: [Int: Transfer] = [:]

  func begin(_ task: URLSessionTask, _ transfer: Transfer) {
    lock.withLock { transfers[task.taskIdentifier] = transfer }
  }

  private func transfer(_ task: URLSessionTask) -> Transfer? {
    lock.withLock { transfers[task.taskIdentifier] }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    guard let transfer = transfer(dataTask) else { return completionHandler(.cancel) }
    do {
      guard let response = response as? HTTPURLResponse else {
        throw HubError(.unreachable, "\(transfer.url.host ?? "the server") does not speak HTTP")
      }
      var headers: [String: String] = [:]
      for (name, value) in response.allHeaderFields {
        headers["\(name)".lowercased()] = "\(value)"
      }
      try transfer.receiver.receive(HTTPHead(status: response.statusCode, headers: headers))
      completionHandler(.allow)
    } catch {
      transfer.refusal = error
      completionHandler(.cancel)
    }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard let transfer = transfer(dataTask), transfer.refusal == nil else { return }
    do {
      try transfer.receiver.receive(data)
    } catch {
      transfer.refusal = error
      dataTask.cancel()
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard let transfer = lock.withLock({ transfers.removeValue(forKey: task.taskIdentifier) }) else { return }
    if let refusal = transfer.refusal {
      transfer.continuation.resume(throwing: refusal)
    } else if let error {
      transfer.continuation.resume(throwing: Self.problem(error, transfer.url))
    } else {
      transfer.continuation.resume()
    }
  }

  private static func problem(_ error: any Error, _ url: URL) -> any Error {
    let code = (error as? URLError)?.code
    if code == .cancelled { return CancellationError() }
    let host = url.host ?? "the server"
    let reason =
      switch code {
      case .timedOut: "it does not answer in time"
      case .cannotFindHost, .dnsLookupFailed: "its name cannot be resolved"
      case .cannotConnectToHost: "it takes no connections"
      case .networkConnectionLost: "the connection broke"
      case .notConnectedToInternet: "this machine has no network"
      case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
        .serverCertificateHasUnknownRoot:
        "its certificate cannot be trusted"
      default: error.localizedDescription
      }
    return HubError(.unreachable, "\(host) cannot be reached: \(reason)")
  }
}

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A small HTTP server on the loopback, for tests: one request a connection.
///
/// `@unchecked`: the log is guarded by the lock, the rest does not change.
final class LoopbackServer: @unchecked Sendable {
  struct Request: Sendable {
    var method = ""
    /// With the query, as it was sent.
    var path = ""
    /// Values by names in lower case.
    var headers: [String: String] = [:]
  }

  struct Response: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// After how many bytes of the body the connection is closed.
    var cut: Int?
  }

  let port: UInt16
  private let listener: Int32
  private let lock = NSLock()
  private var log: [Request] = []
  private let answer: @Sendable (Request) -> Response

  /// Starts to answer requests, each with what `answer` says.
  init(_ answer: @escaping @Sendable (Request) -> Response) throws {
    self.answer = answer
    #if canImport(Darwin)
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #else
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard listener >= 0, isBound else { throw ServerError(reason: String(cString: strerror(errno))) }
    port = UInt16(bigEndian: address.sin_port)
    let thread = Thread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        guard let server = self else {
          close(connection)
          return
        }
        Thread.detachNewThread { server.serve(connection) }
      }
    }
    thread.start()
  }

  private var isStopped = false

  deinit { stop() }

  /// Takes no more connections.
  func stop() {
    // Closed twice, the number could be that of a file which someone else has opened since.
    let isFirst = lock.withLock {
      defer { isStopped = true }
      return !isStopped
    }
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var endpoint: String { "http://127.0.0.1:\(port)" }

  /// The requests so far.
  var requests: [Request] { lock.withLock { log } }

  func forgetRequests() { lock.withLock { log = [] } }

  // MARK: Connections

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    #if canImport(Darwin)
      var on: Int32 = 1
      setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    #endif
    guard let request = readRequest(connection) else { return }
    lock.withLock { log.append(request) }
    let response = answer(request)
    var head = "HTTP/1.1 \(response.status) Status\r\nConnection: close\r\n"
    for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
    if !response.headers.contains(where: { $0.0.lowercased() == "content-length" }) {
      head += "Content-Length: \(response.body.count)\r\n"
    }
    var bytes = Array("\(head)\r\n".utf8)
    if request.method != "HEAD" { bytes += response.body.prefix(response.cut ?? response.body.count) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        #if canImport(Darwin)
          send(connection, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, 0)
        #else
          send(
            connection, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
            Int32(MSG_NOSIGNAL))
        #endif
      }
      guard count > 0 else { return }
      sent += count
    }
    // So that what was sent is read before the connection is gone.
    shutdown(connection, Int32(SHUT_WR))
    var rest = [UInt8](repeating: 0, count: 1024)
    while recv(connection, &rest, rest.count, 0) > 0 {}
  }

  private func readRequest(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 1 << 16 {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
      guard bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) else { continue }
      let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ")
      guard words.count == 3 else { return nil }
      var request = Request(method: String(words[0]), path: String(words[1]))
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        request.headers[line[..<colon].lowercased()] = value
      }
      return request
    }
    return nil
  }
}

struct ServerError: Error {
  let reason: String
}

import Foundation
import HeedHubCache

/// Where a server may send a request on, and with what.
enum HubRedirects {
  static let limit = 10

  static func isRedirect(_ status: Int) -> Bool { [301, 302, 303, 307, 308].contains(status) }

  /// The request at the place that a redirect names.
  ///
  /// The token stays with the server that it was meant for: another host, another port or plain HTTP does not get it.
  ///
  /// - Throws: `HubError` for a redirect to nowhere, to what is not HTTP, or from HTTPS to HTTP.
  static func next(_ request: HTTPRequest, _ head: HTTPHead) throws(HubError) -> HTTPRequest {
    let host = request.url.host ?? "the server"
    guard let location = head["location"],
      let url = URL(string: location, relativeTo: request.url)?.absoluteURL, url.host?.isEmpty == false,
      let scheme = url.scheme?.lowercased()
    else {
      throw HubError(.untrusted, "\(host) redirects to nowhere; is HF_ENDPOINT a server of models?")
    }
    guard scheme == "https" || scheme == "http" else {
      throw HubError(.untrusted, "\(host) redirects to \"\(HubNames.shown(scheme))\", which is not HTTP")
    }
    guard scheme == "https" || request.url.scheme?.lowercased() == "http" else {
      throw HubError(
        .untrusted, "\(host) redirects from HTTPS to HTTP, which anybody on the way could change")
    }
    var next = request
    next.url = url
    if !isSameServer(url, request.url) { next.headers["Authorization"] = nil }
    return next
  }

  static func isSameServer(_ left: URL, _ right: URL) -> Bool {
    left.host?.lowercased() == right.host?.lowercased() && port(left) == port(right)
      && left.scheme?.lowercased() == right.scheme?.lowercased()
  }

  private static func port(_ url: URL) -> Int { url.port ?? (url.scheme?.lowercased() == "http" ? 80 : 443) }
}

/// A model that cannot be found, fetched or stored: what was asked for, what was found, and what to do.
public struct HubError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Problem: Sendable, Hashable {
    /// The name of a repository, revision or file cannot be one.
    case name
    /// There is no such repository, revision or file.
    case missing
    /// The server wants another token, or one at all.
    case denied
    /// The server is asked too often.
    case busy
    /// The server answered with an error of its own.
    case server(status: Int)
    /// The server cannot be reached, or stops answering.
    case unreachable
    /// Nothing may be fetched, and the cache does not have it.
    case offline
    /// What the server sent is not what it promised, or means harm.
    case untrusted
    /// The cache cannot be read or written.
    case storage
  }

  /// What kind of thing went wrong.
  public let problem: Problem
  /// The whole in one sentence.
  public let description: String

  /// An error.
  package init(_ problem: Problem, _ description: String) {
    self.problem = problem
    self.description = description
  }

  /// How a command ends that meets the error, in the numbers of sysexits.h.
  package var exitStatus: Int32 {
    switch problem {
    case .name: 64
    case .untrusted: 65
    case .missing, .denied, .offline: 66
    case .busy, .server, .unreachable, .storage: 74
    }
  }
}

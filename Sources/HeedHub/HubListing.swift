import Foundation
import HeedHubCache

/// The list of files that the hub gives for a revision.
enum HubListing {
  private struct Listing: Decodable {
    let sha: String
    let siblings: [Entry]?
  }

  private struct Entry: Decodable {
    struct Large: Decodable {
      let sha256: String?
      let oid: String?
      let size: Int?
    }
    let rfilename: String
    let size: Int?
    let blobId: String?
    let lfs: Large?
  }

  /// How many files a repository may list.
  private static let countLimit = 100_000

  /// Reads a list.
  ///
  /// - Throws: `HubError` for what is no list, and for a commit, a path or a size that cannot be.
  static func parse(
    _ data: [UInt8], _ subject: HubSubject
  ) throws(HubError) -> (commit: String, files: [HubFile]) {
    guard let listing = try? JSONDecoder().decode(Listing.self, from: Data(data)) else {
      throw HubError(
        .untrusted,
        "the answer about \(subject.shown) is no list of files; is HF_ENDPOINT a server of models?")
    }
    guard HubNames.isCommit(listing.sha) else {
      throw HubError(
        .untrusted, "the hub names \"\(HubNames.shown(listing.sha))\" as a commit of \(subject.model)")
    }
    let entries = listing.siblings ?? []
    guard entries.count <= countLimit else {
      throw HubError(.untrusted, "the hub lists more than \(countLimit) files in \(subject.model)")
    }
    var files: [HubFile] = []
    for entry in entries {
      let path = entry.rfilename
      guard HubNames.isRelativePath(path) else {
        throw HubError(
          .untrusted,
          "\(subject.model) lists a file \"\(HubNames.shown(path))\", which would lie outside its directory")
      }
      let size = entry.lfs?.size ?? entry.size
      guard (size ?? 0) >= 0 else {
        throw HubError(.untrusted, "\(subject.model) lists \(HubNames.shown(path)) with \(size ?? 0) bytes")
      }
      let tag = entry.lfs.map { $0.sha256 ?? $0.oid } ?? entry.blobId
      files.append(HubFile(path: path, size: size, tag: tag))
    }
    return (listing.sha, files)
  }
}

import Foundation
import HeedHub

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `heed-download MODEL REVISION [PATTERN…]`: fetches a model for `heed` and prints its directory.
///
/// It is a program of its own because network code takes longer to start than a sentence takes to translate.
@main
enum HeedDownload {
  static func main() async {
    guard let request = DownloadRequest(arguments: Array(CommandLine.arguments.dropFirst())) else {
      finish("usage: heed-download MODEL REVISION [PATTERN…]; `heed download --help` says more", 64)
    }
    let printer = ProgressPrinter()
    do {
      let directory = try await Hub().download(
        request.model, revision: request.revision,
        files: request.patterns.isEmpty ? .model : .matching(request.patterns),
        progress: { printer.show($0) })
      printer.end()
      print(directory.path)
    } catch let error as HubError {
      printer.end()
      finish(error.description, error.exitStatus)
    } catch {
      printer.end()
      finish("\(error)", 70)
    }
  }

  private static func finish(_ message: String, _ status: Int32) -> Never {
    FileHandle.standardError.write(Data("heed: \(message)\n".utf8))
    exit(status)
  }
}

import Foundation
import HeedModels
import Testing

@Suite struct CheckpointFileTests {
  @Test func replacesAFile() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appendingPathComponent("file")
      try AtomicFile.write(Data("old".utf8), to: url)
      #expect(chmod(url.path, 0o640) == 0)
      let link = directory.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: url)
      try AtomicFile.write(Data("new".utf8), to: link)
      #expect(try Data(contentsOf: url) == Data("new".utf8))
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(
        try FileManager.default.attributesOfItem(atPath: link.path)[.type] as? FileAttributeType
          == .typeSymbolicLink)
      #expect(try contents(of: directory) == ["file", "link"])
    }
  }

  @Test func saysWhyItCannotWrite() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let missing = directory.appendingPathComponent("missing/file")
      let error = #expect(throws: FileError.self) { try AtomicFile.write(Data("x".utf8), to: missing) }
      #expect(error?.description == "cannot write \(missing.path): No such file or directory")
      #expect(throws: FileError(.write, resolved(directory), code: EISDIR)) {
        try AtomicFile.write(Data("x".utf8), to: directory)
      }
    }
  }

  @Test func leavesTheOldFileWhenTheBodyFails() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appendingPathComponent("file")
      try AtomicFile.write(Data("old".utf8), to: url)
      #expect(throws: FileError(.write, "elsewhere", code: EIO)) {
        try AtomicFile.write(to: url) { (output: borrowing AtomicFile.Output) throws(FileError) in
          try output.write(Data("new".utf8))
          throw FileError(.write, "elsewhere", code: EIO)
        }
      }
      #expect(try Data(contentsOf: url) == Data("old".utf8))
      #expect(try contents(of: directory) == ["file"])
    }
  }

  #if os(Linux)
    @Test func reportsAFullDevice() {
      let tensor = SafetensorsTensor(name: "a", shape: [2], floats: [1, 2])
      #expect(throws: FileError(.write, "/dev/full", code: ENOSPC)) {
        try SafetensorsWriter.write([tensor], to: URL(fileURLWithPath: "/dev/full"))
      }
      var status = stat()
      #expect(stat("/dev/full", &status) == 0)
      let kind = status.st_mode & S_IFMT
      #expect(kind == S_IFCHR)  // it was written to, not replaced
    }
  #endif

  /// In a process of its own, because the limit on the size of files holds for all of it.
  @Test func survivesAFullDisk() async {
    await #expect(processExitsWith: .success) {
      try CheckpointFixtures.withTemporaryDirectory { directory in
        let url = directory.appendingPathComponent("model.safetensors")
        let small = SafetensorsTensor(name: "a", shape: [2], floats: [1, 2])
        try SafetensorsWriter.write([small], to: url)
        let old = try Data(contentsOf: url)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
        #if canImport(Glibc)
          #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        #else
          #expect(setrlimit(RLIMIT_FSIZE, &limit) == 0)
        #endif
        let large = SafetensorsTensor(name: "a", shape: [5000], floats: [Float](repeating: 1, count: 5000))
        let error = #expect(throws: FileError.self) { try SafetensorsWriter.write([large], to: url) }
        #expect(error?.code == EFBIG)
        #expect(try Data(contentsOf: url) == old)
        #expect(try contents(of: directory) == ["model.safetensors"])
      }
    }
  }
}

private func contents(of directory: URL) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
}

/// The path with links followed: the temporary directory of macOS is behind one.
private func resolved(_ url: URL) -> String {
  guard let pointer = realpath(url.path, nil) else { return url.path }
  defer { free(pointer) }
  return String(cString: pointer)
}

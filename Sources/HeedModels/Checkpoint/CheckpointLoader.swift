import Foundation

/// Opens checkpoints of every form that can be read.
public enum CheckpointLoader {
  /// What a directory is searched for, in this order; after these, for one file that ends in `.gguf`.
  public static let fileNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
  ]

  /// Opens the checkpoint in a directory: the first of ``fileNames`` that is there, or else its only GGUF file.
  ///
  /// - Throws: A `CheckpointError` that names all that was looked for if nothing is there, or of the file.
  public static func open(directory url: URL) throws(CheckpointError) -> any CheckpointFile {
    func failure(_ reason: String) -> CheckpointError {
      CheckpointError(file: url.path, problems: [.unreadable(reason: reason)])
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    } catch {
      throw failure("the directory cannot be read: \(FileError.reason(ofListing: url.path))")
    }
    if let name = fileNames.first(where: names.contains) { return try open(file: url.appending(path: name)) }
    let quantized = names.filter { $0.lowercased().hasSuffix(".gguf") && !$0.hasPrefix(".") }
    guard let name = quantized.first else {
      let searched = fileNames.joined(separator: ", ")
      throw failure("the directory holds no weights: looked for \(searched) and *.gguf")
    }
    guard quantized.count == 1 else {
      let shown = quantized.prefix(8).joined(separator: ", ") + (quantized.count > 8 ? ", …" : "")
      throw failure("the directory holds several GGUF files (\(shown)): name one of them")
    }
    return try open(file: url.appending(path: name))
  }

  /// Opens a file by what it starts with: an index of shards by its ending `.index.json`, then GGUF and both forms of
  /// PyTorch's files (and any file that ends in `.bin`, `.pt` or `.pth`), and safetensors otherwise.
  ///
  /// - Throws: A `CheckpointError` if the file cannot be read or is not whole and valid.
  public static func open(file url: URL) throws(CheckpointError) -> any CheckpointFile {
    if url.lastPathComponent.hasSuffix(".index.json") { return try ShardedCheckpoint(index: url) }
    return try openSingle(url)
  }

  /// Opens a file that is no index.
  static func openSingle(_ url: URL) throws(CheckpointError) -> any CheckpointFile {
    let mapped = try MappedFile(
      opening: url, expecting: "a checkpoint (safetensors, GGUF or PyTorch's)")
    return try open(named: url.path, bytes: mapped.bytes, owner: mapped)
  }

  /// Opens a file that is in memory already, by what it starts with.
  ///
  /// - Parameters:
  ///   - name: What errors call it.
  ///   - bytes: The whole file. They must stay as they are while the checkpoint or `owner` lives.
  ///   - owner: What keeps the bytes alive; nil if they always are.
  /// - Returns: The checkpoint.
  /// - Throws: A `CheckpointError` if it is not whole and valid.
  public static func open(
    named name: String, bytes: UnsafeRawBufferPointer, owner: AnyObject?
  ) throws(CheckpointError) -> any CheckpointFile {
    if bytes.starts(with: Array("GGUF".utf8)) {
      return try GGUFFile(named: name, bytes: bytes, owner: owner)
    }
    if bytes.starts(with: Array("version https://git-lfs".utf8)) {
      let reason = "this is a pointer of Git LFS: the file that it stands for was not downloaded"
      throw CheckpointError(file: name, problems: [.malformed(tensor: nil, reason: reason)])
    }
    let isNamedSo = [".bin", ".pt", ".pth"].contains(where: name.hasSuffix)
    if isNamedSo || PyTorchFile.recognizes(bytes) {
      return try PyTorchFile(named: name, bytes: bytes, owner: owner)
    }
    return try SafetensorsFile(named: name, bytes: bytes, owner: owner)
  }
}

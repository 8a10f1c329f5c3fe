import Foundation
import HeedModels

/// The files by which sentence-transformers, and Heed, know how a model's states become an embedding: the mean over the
/// tokens, of length 1.
enum EmbeddingFiles {
  /// Writes them beside the weights.
  ///
  /// - Throws: `FileError`, or an error of the system if a directory cannot be made.
  static func write(to directory: ModelDirectory, hiddenSize: Int, maximumLength: Int) throws {
    let modules = """
      [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
      ]

      """
    let pooling = """
      {
        "word_embedding_dimension": \(hiddenSize),
        "pooling_mode_cls_token": false,
        "pooling_mode_mean_tokens": true,
        "pooling_mode_max_tokens": false,
        "pooling_mode_mean_sqrt_len_tokens": false
      }

      """
    let encoder = "{\"max_seq_length\": \(maximumLength), \"do_lower_case\": false}\n"
    for name in ["1_Pooling", "2_Normalize"] {
      try FileManager.default.createDirectory(
        at: directory.url.appending(path: name), withIntermediateDirectories: true)
    }
    for (name, text) in [
      ("1_Pooling/config.json", pooling), ("sentence_bert_config.json", encoder), ("modules.json", modules),
    ] {
      try AtomicFile.write(Data(text.utf8), to: directory.url.appending(path: name))
    }
  }
}

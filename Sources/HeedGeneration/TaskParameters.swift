import Foundation
import HeedModels

/// `task_specific_params` of a config.json: for each task what its inputs begin with, and how to search.
struct TaskParameters: Decodable {
  let prefix: String?
  let settings: GenerationSettings

  private enum CodingKeys: String, CodingKey { case prefix }

  init(from decoder: any Decoder) throws {
    prefix = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .prefix)
    settings = try GenerationSettings(from: decoder, besides: .any)
  }

  /// The part of config.json that holds them.
  struct File: Decodable {
    let tasks: [String: TaskParameters]?
    enum CodingKeys: String, CodingKey { case tasks = "task_specific_params" }
  }
}

extension ModelDirectory {
  private func tasks() throws -> [String: TaskParameters] {
    let data = try ConfigurationError.data(of: configurationURL)
    do {
      return try JSONDecoder().decode(TaskParameters.File.self, from: data).tasks ?? [:]
    } catch let error as DecodingError {
      throw ConfigurationError(file: configurationURL.path, decoding: error, in: data)
    }
  }

  /// What the inputs of each task begin with, by the task's name in `task_specific_params`.
  public func taskPrefixes() throws -> [String: String] { try tasks().compactMapValues(\.prefix) }

  /// Changes the options as `task_specific_params` say of a task, where they do.
  public func apply(task: String, to options: inout GenerationOptions) throws {
    try tasks()[task]?.settings.apply(to: &options)
  }
}

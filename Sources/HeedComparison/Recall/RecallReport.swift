/// What the comparison on generated data measured.
package struct RecallReport: Codable, Sendable {
  /// How it was measured.
  package var options: RecallPartOptions
  /// The threads that computed: one number, unless parts were measured with different ones.
  package var threads: [Int]
  /// What each model made of each task.
  package var parts: [RecallPart]
  /// The times of layers.
  package var layers: [LayerTimes]

  /// The parts of a task, in the order of their models.
  func parts(of task: RecallTask) -> [RecallPart] { parts.filter { $0.task == task } }
}

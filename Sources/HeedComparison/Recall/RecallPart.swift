import Foundation
import HeedModels
import HeedTensor
import HeedTraining

/// What one model made of one task: a part of the comparison that is measured, and written down, by itself.
package struct RecallPart: Codable, Hashable, Sendable {
  /// The task.
  package var task: RecallTask
  /// The model.
  package var model: RecallModel
  /// Its width.
  package var width: Int
  /// Its parameters.
  package var parameterCount: Int
  /// How it learned.
  package var training: RecallTrainingFigures
  /// What it reached, by length.
  package var accuracy: [RecallAccuracy]
  /// What reaches its first input, by length.
  package var gradients: [RecallGradientFigures]

  /// Seconds of trials and training in all are the budget; this is what the measurements took beside them.
  package var measuringSeconds: Double
}

/// What decides the figures of a part.
package struct RecallPartOptions: Codable, Hashable, Sendable {
  /// The lengths that are measured.
  package var lengths = [8, 16, 32, 64, 128, 256, 512]
  /// What all random choices follow from.
  package var seed: UInt64 = 1
  /// How models learn.
  package var training = RecallTrainingOptions()
  /// How large they are.
  package var shape = RecallShape()
  /// The sequences that accuracy is measured on at each length.
  package var testCount = 100
  /// The sequences whose gradients are averaged at each length.
  package var gradientCount = 16

  /// The usual ones.
  package init() {}
}

extension RecallPart {
  /// Trains a model on a task and measures it.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - task: The task.
  ///   - options: How.
  ///   - progress: Is told how far it is.
  ///   - isInterrupted: Whether to stop.
  /// - Returns: The figures.
  /// - Throws: `RecallInterruption`, `ConfigurationError` for sizes that make no model.
  static func measure(
    _ model: RecallModel, _ task: RecallTask, _ options: RecallPartOptions,
    progress: (String) -> Void, isInterrupted: @escaping () -> Bool
  ) throws -> RecallPart {
    var shape = options.shape
    shape.trainedLength = options.training.lengths.upperBound
    return try shape.withModel(model, seed: options.seed) { learner, width in
      try measure(
        learner, model, task, options, width: width, progress: progress, isInterrupted: isInterrupted)
    }
  }

  private static func measure<Learner: RecallLearner>(
    _ learner: Learner, _ model: RecallModel, _ task: RecallTask, _ options: RecallPartOptions, width: Int,
    progress: (String) -> Void, isInterrupted: @escaping () -> Bool
  ) throws -> RecallPart {
    let data = RecallData(task, seed: options.seed)
    let (trained, training) = try RecallTrainer(
      learner, data, options.training, isInterrupted: isInterrupted
    ).train(progress)
    let start = ContinuousClock.now
    let gradients = try options.lengths.map { length in
      guard !isInterrupted() else { throw RecallInterruption() }
      let sequences = data.gradient(count: options.gradientCount, length: length)
      return RecallGradientFigures(
        length: length, initial: learner.inputGradients(sequences), trained: trained.inputGradients(sequences)
      )
    }
    let accuracy = try options.lengths.map { length in
      guard !isInterrupted() else { throw RecallInterruption() }
      let found = try RecallAccuracy.measure(
        trained, length: length, data.test(count: options.testCount, length: length))
      progress("length \(length): \(found.token.percent) of tokens, \(found.sequence.percent) of sequences")
      return found
    }
    let time = (ContinuousClock.now - start).components
    return RecallPart(
      task: task, model: model, width: width, parameterCount: learner.parameterCount, training: training,
      accuracy: accuracy, gradients: gradients,
      measuringSeconds: Double(time.seconds) + Double(time.attoseconds) * 1e-18)
  }
}

extension Double {
  /// A share as per cent with a digit behind the point.
  var percent: String { "\(String(format: "%.1f", self * 100)) %" }
}

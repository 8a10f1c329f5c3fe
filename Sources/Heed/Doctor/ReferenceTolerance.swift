import HeedModels
import HeedTensor

/// How near a model must come to what another system computed with float32 numbers.
///
/// Rounded weights give other numbers, and where two tokens are nearly as likely as each other a search may go another
/// way from there on: at less than float32, tokens and their scores are told, and outputs decide.
package struct ReferenceTolerance: Sendable, Hashable {
  /// The fewest bits that weights were rounded to.
  package let precision: WeightPrecision

  /// The tolerance for weights that were rounded so.
  package init(_ precision: WeightPrecision) {
    self.precision = precision
  }

  /// The tolerance for a model as it lies in memory.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - asked: The precision that was asked for when it was loaded; nil for that of its file. Weights that a file has
  ///     as bfloat16 are exact, and products with them are as exact as others.
  package init(of model: CheckedModel, loadedAs asked: WeightPrecision?) {
    let forms = model.weightForms
    precision =
      if forms.contains(.int4Blocks) {
        .int4
      } else if forms.contains(.int8Rows) || forms.contains(.int8Blocks) {
        .int8
      } else if forms.contains(.bfloat16), asked == .bfloat16 {
        .bfloat16
      } else {
        .float32
      }
  }

  /// What an output may differ by: at float32 the largest difference, as a part of the largest expected magnitude (at
  /// least 1); else the relative error, because single numbers, such as those behind a tanh, may go anywhere.
  ///
  /// For float32 it is what the order of sums makes. Rounding gave any output of the tiny random models in
  /// Fixtures/Checkpoint a relative error of at most 0.015 (bfloat16), 0.032 (int8) and 0.46 (int4), where their weights
  /// are larger than those of trained models, and the bias of one norm in the place of another's gave 0.04 to 0.3: with
  /// int4 only coarse faults show.
  package var share: Float {
    switch precision {
    case .float32: 1e-4
    case .bfloat16: 0.03
    case .int8: 0.06
    case .int4: 0.6
    }
  }

  /// Whether an output is near enough.
  func allows(largestDifference: Float, scale: Float, relativeError: Float) -> Bool {
    precision == .float32 ? largestDifference <= share * scale : relativeError <= share
  }

  /// Whether searches must find the same tokens with the same scores.
  package var wantsEqualTokens: Bool { precision == .float32 }
}

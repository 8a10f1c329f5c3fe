import HeedTraining

extension ArchitectureComparison {
  /// A model with its place in the comparison.
  struct Entry: Sendable {
    let model: ComparedModel
    let match: ParameterMatch
    /// Its runs, one for each learning rate; one at least.
    var trials: [Trial]

    /// A model whose runs lie in a directory: at the recipe's own learning rate under the model's name, at others with the rate
    /// behind it, so that rates may be added to a comparison that was made without.
    init(
      _ model: ComparedModel, _ match: ParameterMatch, rates: [Double], _ settings: MeasurementSettings,
      _ directory: ComparisonDirectory
    ) throws {
      (self.model, self.match) = (model, match)
      let own = match.recipe.training.learningRate
      trials = try (rates.isEmpty ? [own] : rates.map(Optional.some)).map { rate in
        var recipe = match.recipe
        recipe.training.learningRate = rate
        let name = rate == own ? model.rawValue : "\(model.rawValue)-\(rate ?? 0)"
        let run = directory.run(name, try recipe.resolved())
        return Trial(rate: rate ?? 0, run: run, figures: run.figures(settings))
      }
    }

    /// The run with the least held-out loss among those that are measured; nil where none is.
    var best: Trial? { trials.filter { $0.figures != nil }.min { $0.loss < $1.loss } }

    /// What was measured of the best run.
    var figures: RunFigures? { best?.figures }
  }

  /// A run of a model with one learning rate.
  struct Trial: Sendable {
    /// The highest learning rate of the schedule.
    let rate: Double
    let run: ComparedRun
    /// What was measured; nil until that is done.
    var figures: RunFigures?

    /// The held-out loss; infinite for a run that diverged, and for one that is not measured.
    var loss: Double {
      guard let loss = figures?.quality?.loss, !loss.isNaN else { return .infinity }
      return loss
    }
  }
}

import HeedTraining
import Testing

/// Whether two rates agree to a few units in the last place.
private func isClose(_ rate: Double, _ expected: Double) -> Bool {
  abs(rate - expected) <= 1e-14 * max(abs(expected), 1e-6)
}

@Suite struct ScheduleTests {
  /// Worked out by hand: hidden size 256 and 100 steps of warm-up make every root whole.
  @Test func paper() {
    let schedule = LearningRateSchedule.paper(factor: 2, hiddenSize: 256, warmupSteps: 100)
    #expect(isClose(schedule.rate(atStep: 1), 2.0 / 16 / 1000))
    #expect(isClose(schedule.rate(atStep: 50), 2.0 / 16 * 0.05))
    #expect(isClose(schedule.rate(atStep: 100), 2.0 / 16 / 10))
    #expect(isClose(schedule.rate(atStep: 400), 2.0 / 16 / 20))
    #expect(isClose(schedule.rate(atStep: 1_000_000), 2.0 / 16 / 1000))
  }

  /// The paper's base model: the peak at step 4000 is (512 · 4000)^-0.5 = 6.987712429686844e-4.
  @Test func paperBasePeak() {
    let schedule = LearningRateSchedule.paper(factor: 1, hiddenSize: 512, warmupSteps: 4000)
    #expect(isClose(schedule.rate(atStep: 4000), 6.987712429686844e-4))
    #expect(schedule.rate(atStep: 3999) < schedule.rate(atStep: 4000))
    #expect(schedule.rate(atStep: 4001) < schedule.rate(atStep: 4000))
  }

  /// The setting of Wu et al. (2021) on Multi30k: 5e-3 after 2000 steps from 1e-7.
  @Test func inverseSquareRoot() {
    let schedule = LearningRateSchedule.inverseSquareRoot(peak: 5e-3, warmupSteps: 2000, initial: 1e-7)
    #expect(isClose(schedule.rate(atStep: 1), 1e-7 + (5e-3 - 1e-7) / 2000))
    #expect(isClose(schedule.rate(atStep: 1000), (5e-3 + 1e-7) / 2))
    #expect(isClose(schedule.rate(atStep: 2000), 5e-3))
    #expect(isClose(schedule.rate(atStep: 8000), 2.5e-3))
    let cold = LearningRateSchedule.inverseSquareRoot(peak: 1, warmupSteps: 0, initial: 0.5)
    #expect(cold.rate(atStep: 1) == 1)
    #expect(cold.rate(atStep: 4) == 0.5)
  }

  @Test func cosine() {
    let schedule = LearningRateSchedule.cosine(
      peak: 1, warmupSteps: 10, initial: 0, totalSteps: 110, floor: 0.2)
    #expect(isClose(schedule.rate(atStep: 5), 0.5))
    #expect(isClose(schedule.rate(atStep: 10), 1))
    // A quarter, half and three quarters of the way: cos 45°, 90° and 135°.
    #expect(isClose(schedule.rate(atStep: 35), 0.2 + 0.4 * (1 + 0.5.squareRoot())))
    #expect(isClose(schedule.rate(atStep: 60), 0.6))
    #expect(isClose(schedule.rate(atStep: 85), 0.2 + 0.4 * (1 - 0.5.squareRoot())))
    #expect(schedule.rate(atStep: 110) == 0.2)
    #expect(schedule.rate(atStep: 10_000) == 0.2)
  }

  @Test func linear() {
    let schedule = LearningRateSchedule.linear(
      peak: 1, warmupSteps: 4, initial: 0.2, totalSteps: 12, floor: 0)
    #expect(isClose(schedule.rate(atStep: 1), 0.4))
    #expect(isClose(schedule.rate(atStep: 4), 1))
    #expect(isClose(schedule.rate(atStep: 6), 0.75))
    #expect(schedule.rate(atStep: 12) == 0)
    #expect(schedule.rate(atStep: 13) == 0)
    let floored = LearningRateSchedule.linear(
      peak: 1, warmupSteps: 0, initial: 0, totalSteps: 4, floor: 0.5)
    #expect(floored.rate(atStep: 2) == 0.75)
    #expect(floored.rate(atStep: 9) == 0.5)
  }

  @Test func constant() {
    let schedule = LearningRateSchedule.constant(rate: 3e-4, warmupSteps: 3, initial: 0)
    #expect(isClose(schedule.rate(atStep: 1), 1e-4))
    #expect(isClose(schedule.rate(atStep: 2), 2e-4))
    #expect(schedule.rate(atStep: 3) == 3e-4)
    #expect(schedule.rate(atStep: 1_000_000) == 3e-4)
  }

  @Test(arguments: [
    LearningRateSchedule.paper(factor: 1, hiddenSize: 1, warmupSteps: 0),
    .inverseSquareRoot(peak: 1, warmupSteps: 0, initial: 0),
    .cosine(peak: 1, warmupSteps: 5, initial: 0, totalSteps: 5, floor: 0),
    .cosine(peak: 1, warmupSteps: 9, initial: 0, totalSteps: 5, floor: 0),
    .linear(peak: 1, warmupSteps: 0, initial: 0, totalSteps: 0, floor: 0),
    .constant(rate: 1, warmupSteps: Int.max, initial: 0),
  ]) func degenerateCasesStayFinite(_ schedule: LearningRateSchedule) {
    for step in [1, 2, 5, 6, 1000, Int.max] {
      let rate = schedule.rate(atStep: step)
      #expect(rate.isFinite && rate >= 0)
    }
  }
}

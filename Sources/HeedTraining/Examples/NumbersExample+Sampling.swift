import HeedTensor

extension NumbersExample {
  /// Numbers to learn from and numbers to be judged by.
  public struct Split: Hashable, Sendable {
    /// Pairs to train on; small numbers occur several times, and none is held out.
    public let train: [Pair]
    /// Different pairs, none of which is in `train`, of every length from one digit to six.
    public let heldOut: [Pair]
  }

  /// Random pairs, the same for the same seed on every machine.
  ///
  /// Half are drawn evenly from all numbers, nearly all of which have six digits; half have a length drawn evenly from
  /// one to six digits, so that small numbers occur often.
  ///
  /// - Precondition: `count` is not negative.
  public static func pairs(count: Int, seed: UInt64) -> [Pair] {
    precondition(count >= 0, "\(count) pairs cannot be drawn.")
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in Pair(sample(&generator)) }
  }

  /// Pairs to train on and different ones to be judged by, the same for the same seed on every machine.
  ///
  /// At most a tenth of the numbers of each length is held out, and never zero: its words occur in no other number, so
  /// that nothing could be learnt about them.
  ///
  /// - Parameters:
  ///   - trainCount: How many pairs to draw for training, as `pairs(count:seed:)` does.
  ///   - heldOutCount: How many different numbers to hold out; from 6 on, all lengths are among them.
  ///   - seed: What the random choices start from.
  /// - Returns: Both lists, without a number in common.
  /// - Precondition: `trainCount` is not negative, and `heldOutCount` is in 0...100,000.
  public static func split(trainCount: Int, heldOutCount: Int = 1_000, seed: UInt64) -> Split {
    precondition(trainCount >= 0, "\(trainCount) pairs cannot be drawn.")
    precondition(
      (0...100_000).contains(heldOutCount), "\(heldOutCount) numbers cannot be held out; 100,000 at most can."
    )
    var generator = SplitMix64(seed: seed)
    let heldOut = heldOutNumbers(count: heldOutCount, &generator)
    let excluded = Set(heldOut)
    var train: [Pair] = []
    train.reserveCapacity(trainCount)
    while train.count < trainCount {
      let number = sample(&generator)
      if !excluded.contains(number) { train.append(Pair(number)) }
    }
    return Split(train: train, heldOut: heldOut.map(Pair.init))
  }

  private static func heldOutNumbers(count: Int, _ generator: inout SplitMix64) -> [Int] {
    // 1, 9, 90, 900, … : a tenth of the numbers of one, two, three, four, … digits.
    var quota = (1...6).map { max(1, numbers(ofLength: $0).count / 10) }
    var chosen: [Int] = []
    var seen: Set<Int> = [0]
    while chosen.count < count {
      // The first six take one of each length.
      let number =
        chosen.count < 6
        ? draw(from: numbers(ofLength: chosen.count + 1), &generator) : sample(&generator)
      let length = String(number).utf8.count
      guard quota[length - 1] > 0, seen.insert(number).inserted else { continue }
      quota[length - 1] -= 1
      chosen.append(number)
    }
    return chosen
  }

  private static func sample(_ generator: inout SplitMix64) -> Int {
    generator.next(below: 2) == 0
      ? draw(from: range, &generator)
      : draw(from: numbers(ofLength: 1 + generator.next(below: 6)), &generator)
  }

  private static func draw(from numbers: ClosedRange<Int>, _ generator: inout SplitMix64) -> Int {
    numbers.lowerBound + generator.next(below: numbers.count)
  }

  /// The numbers of `length` digits, zero being one of a single digit.
  private static func numbers(ofLength length: Int) -> ClosedRange<Int> {
    let power = (1..<length).reduce(1) { power, _ in 10 * power }
    return (length == 1 ? 0 : power)...(10 * power - 1)
  }
}

/// Paints weights as cells in one of the styles of a heat map.
struct Painter {
  private let style: TerminalHeatMap.Style
  private let largest: Float

  /// Cells in `style`, of which those with the weight `largest` are brightest.
  init(_ style: TerminalHeatMap.Style, largest: Float) {
    self.style = style
    self.largest = largest
  }

  /// Cells of the given weights and widths, one after the other, with colours switched off behind them.
  func paint(_ cells: [(weight: Float, width: Int)]) -> String {
    var text = ""
    var colour = ""
    for (weight, width) in cells {
      let share = share(of: weight)
      if style == .shades {
        text += String(repeating: Self.shade(share), count: width)
      } else {
        let next = self.colour(share)
        if next != colour { text += "\u{1B}[" + next + "m" }
        colour = next
        text += String(repeating: " ", count: width)
      }
    }
    return colour.isEmpty ? text : text + "\u{1B}[0m"
  }

  /// The scale, from zero to the largest weight.
  var legend: String {
    let steps = style == .shades ? 5 : 12
    let scale = (0..<steps).map { (largest * Float($0) / Float(steps - 1), style == .shades ? 2 : 1) }
    let hundredths = Int((largest * 100).rounded(.toNearestOrEven).clamped(to: 0...1e9))
    let digits = String(hundredths % 100)
    return "0 " + paint(scale) + " \(hundredths / 100)." + (digits.utf8.count < 2 ? "0" : "") + digits
  }

  /// A weight between 0 and 1; what is not a number counts as zero.
  private func share(of weight: Float) -> Float {
    guard largest > 0, weight > 0 else { return 0 }
    return min(weight / largest, 1)
  }

  private static func shade(_ share: Float) -> Character {
    let shades: [Character] = [" ", "░", "▒", "▓", "█"]
    return shades[Int((share * 4).rounded())]
  }

  /// The background colour as the parameters of an escape sequence.
  private func colour(_ share: Float) -> String {
    if style == .color256 {
      let index = Int((share * Float(Self.palette256.count - 1)).rounded())
      return "48;5;\(Self.palette256[index])"
    }
    let position = share * Float(Self.anchors.count - 1)
    let lower = min(Int(position), Self.anchors.count - 2)
    let fraction = position - Float(lower)
    let (from, to) = (Self.anchors[lower], Self.anchors[lower + 1])
    let channels = (0..<3).map { Int((from[$0] + (to[$0] - from[$0]) * fraction).rounded()) }
    return "48;2;\(channels[0]);\(channels[1]);\(channels[2])"
  }

  /// Black by purple and orange to pale yellow: brightness grows all the way, so it reads without colour vision too.
  private static let palette256 = [232, 234, 53, 54, 90, 126, 162, 167, 203, 209, 215, 221, 229]
  private static let anchors: [SIMD3<Float>] = [
    [8, 8, 16], [60, 15, 100], [130, 35, 110], [195, 60, 80], [240, 115, 40], [250, 185, 60],
    [255, 250, 190],
  ]
}

extension Float {
  fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
    isNaN ? range.lowerBound : min(max(self, range.lowerBound), range.upperBound)
  }
}

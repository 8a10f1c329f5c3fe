import CHeedKernels
import Foundation
import Testing

/// One product: its extents, how its operands lie in memory, and what is done besides multiplying.
struct MatmulCase: CustomStringConvertible {
  var rows: Int
  var columns: Int
  var inner: Int
  var leftIsTransposed = false
  var rightIsTransposed = false
  var hasBias = false
  var accumulates = false
  var activation = HEED_ACTIVATION_NONE
  var padding = 3  // floats between rows, in all matrices

  var description: String {
    "\(rows)×\(inner)×\(columns) left \(leftIsTransposed ? "T" : "N") right \(rightIsTransposed ? "T" : "N") "
      + "bias \(hasBias) accumulate \(accumulates) activation \(activation.rawValue)"
  }
}

/// Memory for a case, with everything filled in, and the packed right side.
struct MatmulFixture {
  let scheme: MatmulCase
  let left, right, packed, bias, start: GuardedBuffer<Float>
  let resultStride: Int

  init(_ scheme: MatmulCase, seed: UInt64 = 1) {
    self.scheme = scheme
    var randomness = Randomness(seed: seed)
    func matrix(_ rows: Int, _ columns: Int, offset: Int) -> GuardedBuffer<Float> {
      let buffer = GuardedBuffer<Float>(count: rows * (columns + scheme.padding), offset: offset)
      buffer.randomize(&randomness)
      return buffer
    }
    let (m, n, k) = (scheme.rows, scheme.columns, scheme.inner)
    left = scheme.leftIsTransposed ? matrix(k, m, offset: 1) : matrix(m, k, offset: 1)
    right = scheme.rightIsTransposed ? matrix(n, k, offset: 3) : matrix(k, n, offset: 3)
    bias = matrix(1, n, offset: 5)
    start = matrix(m, n, offset: 7)
    packed = GuardedBuffer(count: heed_packed_count(n, k), offset: 2)
    resultStride = n + scheme.padding
    pack(0, panelCount)
  }

  var panelCount: Int { (scheme.columns + 15) / 16 }
  private var leftStrides: (row: Int, inner: Int) {
    scheme.leftIsTransposed ? (1, scheme.rows + scheme.padding) : (scheme.inner + scheme.padding, 1)
  }
  private var rightStrides: (inner: Int, column: Int) {
    scheme.rightIsTransposed ? (1, scheme.inner + scheme.padding) : (scheme.columns + scheme.padding, 1)
  }
  func left(_ i: Int, _ k: Int) -> Float { left[i * leftStrides.row + k * leftStrides.inner] }
  func right(_ k: Int, _ j: Int) -> Float { right[k * rightStrides.inner + j * rightStrides.column] }
  func pack(_ firstPanel: Int, _ count: Int) {
    heed_pack(
      right.pointer, rightStrides.inner, rightStrides.column, scheme.columns, scheme.inner, firstPanel, count,
      packed.pointer)
  }

  /// Where C begins before the multiplication: what it starts from if that accumulates, noise if not.
  func freshResult() -> GuardedBuffer<Float> {
    let result = GuardedBuffer<Float>(count: scheme.rows * resultStride, offset: 3)
    for index in 0..<result.count { result[index] = start[index] }
    return result
  }

  /// Multiplies the rows and panels given, into `result`.
  ///
  /// `inPlace` takes B as it lies instead of its panels; its rows must be whole, and its columns full panels.
  func multiply(
    _ result: GuardedBuffer<Float>, rows: Range<Int>? = nil, panels: Range<Int>? = nil, inPlace: Bool = false
  ) {
    let rows = rows ?? 0..<scheme.rows
    let panels = panels ?? 0..<panelCount
    var job = heed_matmul_job()
    job.a = UnsafePointer(left.pointer + rows.lowerBound * leftStrides.row)
    job.a_row_stride = leftStrides.row
    job.a_inner_stride = leftStrides.inner
    job.packed = UnsafePointer(inPlace ? right.pointer : packed.pointer)
    job.b_inner_stride = inPlace ? rightStrides.inner : 0
    job.c = result.pointer + rows.lowerBound * resultStride
    job.c_row_stride = resultStride
    job.bias = scheme.hasBias ? UnsafePointer(bias.pointer) : nil
    job.activation = scheme.activation
    job.accumulate = scheme.accumulates
    job.rows = rows.count
    job.columns = scheme.columns
    job.inner = scheme.inner
    heed_matmul(&job, panels.lowerBound, panels.count)
  }

  /// The result in double precision, and a bound for the error of single precision.
  func expected(_ i: Int, _ j: Int) -> (value: Double, tolerance: Double) {
    var sum = scheme.accumulates ? Double(start[i * resultStride + j]) : scheme.hasBias ? Double(bias[j]) : 0
    var size = abs(sum)
    for k in 0..<scheme.inner {
      let product = Double(left(i, k)) * Double(right(k, j))
      sum += product
      size += abs(product)
    }
    // Each step rounds by at most 2⁻²⁴ of a partial sum (twice that unfused); no activation is steeper than 1.13.
    let tolerance = 1.2 * Double(scheme.inner + 1) * 0x1p-23 * size + 3e-7 * (1 + abs(sum))
    return (scheme.accumulates ? sum : activated(sum, by: scheme.activation), tolerance)
  }

  /// The same chain of fused multiply-adds in Swift, without the activation.
  func chain(_ i: Int, _ j: Int) -> Float {
    var sum = scheme.accumulates ? start[i * resultStride + j] : scheme.hasBias ? bias[j] : 0
    for k in 0..<scheme.inner { sum = sum.addingProduct(left(i, k), right(k, j)) }
    return sum
  }
}

/// The activation in double precision.
func activated(_ x: Double, by activation: heed_activation) -> Double {
  switch activation {
  case HEED_ACTIVATION_RELU: max(0, x)
  case HEED_ACTIVATION_GELU: 0.5 * x * erfc(-x / 2.0.squareRoot())
  case HEED_ACTIVATION_GELU_TANH:
    0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  case HEED_ACTIVATION_SILU: x / (1 + exp(-x))
  case HEED_ACTIVATION_TANH: tanh(x)
  default: x
  }
}

extension KernelTests {
  @Suite struct Matmul {
    static let activations = [
      HEED_ACTIVATION_NONE, HEED_ACTIVATION_RELU, HEED_ACTIVATION_GELU, HEED_ACTIVATION_GELU_TANH,
      HEED_ACTIVATION_SILU, HEED_ACTIVATION_TANH,
    ]

    /// Small and odd extents, and some beyond the blocks of rows (128 KB of A) and of k (512), in turn with each
    /// orientation, start and activation.
    static var cases: [MatmulCase] {
      var extents: [(Int, Int, Int)] = []
      for rows in 1...14 {
        for (columns, inner) in [(1, 1), (15, 2), (16, 3), (17, 37), (37, 5), (100, 19), (131, 0)] {
          extents.append((rows, columns, inner))
        }
      }
      extents += [(37, 33, 515), (130, 17, 260), (61, 47, 1030), (9, 5, 1100), (140, 16, 512), (300, 1, 129)]
      var cases: [MatmulCase] = []
      for (index, (rows, columns, inner)) in extents.enumerated() {
        for transposition in 0..<4 {
          var next = MatmulCase(rows: rows, columns: columns, inner: inner)
          next.leftIsTransposed = transposition & 1 != 0
          next.rightIsTransposed = transposition & 2 != 0
          let variation = index + transposition
          next.accumulates = variation % 3 == 0
          next.hasBias = !next.accumulates && variation % 2 == 0
          next.activation =
            next.accumulates ? HEED_ACTIVATION_NONE : activations[variation / 2 % activations.count]
          next.padding = variation % 4
          cases.append(next)
        }
      }
      return cases
    }

    @Test func matchesDoublePrecision() {
      KernelTests.withEachVariant { name in
        for scheme in Self.cases {
          let fixture = MatmulFixture(scheme)
          let result = fixture.freshResult()
          fixture.multiply(result)
          var worst = 0.0
          var stray = 0
          for i in 0..<scheme.rows {
            for j in 0..<fixture.resultStride {
              let value = result[i * fixture.resultStride + j]
              if j >= scheme.columns {
                if value != fixture.start[i * fixture.resultStride + j] { stray += 1 }
                continue
              }
              let (expected, tolerance) = fixture.expected(i, j)
              let error = abs(Double(value) - expected) / tolerance
              worst = error.isNaN ? .infinity : max(worst, error)
            }
          }
          #expect(worst <= 1, "\(name) \(scheme): \(worst) times the tolerance")
          #expect(stray == 0, "\(name) \(scheme): wrote between the rows")
          #expect(
            result.guardsAreIntact && fixture.packed.guardsAreIntact, "\(name) \(scheme): wrote outside")
        }
      }
    }

    /// The law: an element is one chain of fused multiply-adds, to the last bit.
    @Test func eachElementIsOneChain() {
      KernelTests.withEachVariant { name in
        // Portable code rounds the products too, where the processor's baseline has no fused operation.
        guard name != "portable" else { return }
        for var scheme in Self.cases {
          scheme.activation = HEED_ACTIVATION_NONE
          let fixture = MatmulFixture(scheme)
          let result = fixture.freshResult()
          fixture.multiply(result)
          var differences = 0
          for i in 0..<scheme.rows {
            for j in 0..<scheme.columns
            where result[i * fixture.resultStride + j].bitPattern != fixture.chain(i, j).bitPattern {
              differences += 1
            }
          }
          #expect(differences == 0, "\(name) \(scheme)")
        }
      }
    }

    /// The same bits for a row alone, among 2 to 13 others, and with the panels divided in any way.
    @Test func resultsDoNotDependOnTheDivision() {
      var randomness = Randomness(seed: 7)
      KernelTests.withEachVariant { name in
        for (index, activation) in Self.activations.enumerated() {
          for inner in [7, 64, 700, 1300] {
            for transposed in [false, true] {
              var scheme = MatmulCase(rows: 150, columns: 203, inner: inner)
              scheme.leftIsTransposed = transposed
              scheme.activation = activation
              scheme.hasBias = index % 2 == 0
              let fixture = MatmulFixture(scheme)
              let whole = fixture.freshResult()
              fixture.multiply(whole)
              for rowCount in 1...13 {
                let row = Int.random(in: 0...scheme.rows - rowCount, using: &randomness)
                let part = fixture.freshResult()
                fixture.multiply(part, rows: row..<row + rowCount)
                let range = row * fixture.resultStride..<(row + rowCount) * fixture.resultStride
                #expect(
                  part.elements[range].elementsEqual(whole.elements[range]) {
                    $0.bitPattern == $1.bitPattern
                  },
                  "\(name) \(scheme): rows \(row) and \(rowCount - 1) more")
              }
              let divided = fixture.freshResult()
              var panel = 0
              while panel < fixture.panelCount {
                let count = min(Int.random(in: 1...5, using: &randomness), fixture.panelCount - panel)
                let cut = Int.random(in: 0...scheme.rows, using: &randomness)
                fixture.multiply(divided, rows: 0..<cut, panels: panel..<panel + count)
                fixture.multiply(divided, rows: cut..<scheme.rows, panels: panel..<panel + count)
                panel += count
              }
              #expect(
                divided.elements.elementsEqual(whole.elements) { $0.bitPattern == $1.bitPattern },
                "\(name) \(scheme): divided panels")
            }
          }
        }
      }
    }

    /// The right factor in place gives the bits of the packed one.
    @Test func inPlaceEqualsPacked() {
      KernelTests.withEachVariant { name in
        for rows in 1...14 {
          for (columns, inner) in [(16, 1), (48, 37), (112, 300), (208, 1100)] {
            var scheme = MatmulCase(rows: rows, columns: columns, inner: inner)
            scheme.hasBias = rows.isMultiple(of: 2)
            let fixture = MatmulFixture(scheme)
            let (packed, inPlace) = (fixture.freshResult(), fixture.freshResult())
            fixture.multiply(packed)
            fixture.multiply(inPlace, inPlace: true)
            #expect(
              packed.elements.elementsEqual(inPlace.elements) { $0.bitPattern == $1.bitPattern },
              "\(name) \(scheme)")
            #expect(inPlace.guardsAreIntact)
          }
        }
      }
    }

    @Test func packsPanelsAndPadsWithZeros() {
      KernelTests.withEachVariant { name in
        for (columns, inner) in [
          (1, 1), (16, 16), (17, 9), (40, 33), (200, 70), (128, 64), (15, 8), (300, 3),
        ] {
          for transposed in [false, true] {
            var scheme = MatmulCase(rows: 1, columns: columns, inner: inner)
            scheme.rightIsTransposed = transposed
            let fixture = MatmulFixture(scheme)
            var wrong = 0
            for panel in 0..<fixture.panelCount {
              for k in 0..<inner {
                for j in 0..<16 {
                  let column = panel * 16 + j
                  let expected = column < columns ? fixture.right(k, column) : 0
                  if fixture.packed[(panel * inner + k) * 16 + j] != expected { wrong += 1 }
                }
              }
            }
            #expect(wrong == 0, "\(name) \(columns) columns, inner \(inner), transposed \(transposed)")
            // Packing some panels writes those and no others.
            for index in 0..<fixture.packed.count { fixture.packed[index] = 9 }
            let first = fixture.panelCount / 2
            fixture.pack(first, 1)
            let written = first * inner * 16..<(first + 1) * inner * 16
            #expect(
              (0..<fixture.packed.count).allSatisfy { (fixture.packed[$0] == 9) == !written.contains($0) },
              "\(name) \(columns) columns: panel \(first) alone")
            #expect(fixture.packed.guardsAreIntact)
          }
        }
      }
    }

    /// Without steps of k, the result is the activation of the bias: accuracy over many sizes, and special values.
    @Test(arguments: [
      HEED_ACTIVATION_RELU, HEED_ACTIVATION_GELU, HEED_ACTIVATION_GELU_TANH, HEED_ACTIVATION_SILU,
      HEED_ACTIVATION_TANH,
    ])
    func activationsAreAccurate(_ activation: heed_activation) {
      var inputs: [Float] = [
        0, -0.0, .infinity, .nan, 0x1p-133, -0x1p-133, 88, -88, 104, -104, 200, -200, 1e30, -1e30,
      ]
      inputs += stride(from: Float(-12), through: 12, by: 0.0137)
      KernelTests.withEachVariant { name in
        var scheme = MatmulCase(rows: 2, columns: inputs.count, inner: 0)
        scheme.hasBias = true
        scheme.activation = activation
        let fixture = MatmulFixture(scheme)
        for (index, input) in inputs.enumerated() { fixture.bias[index] = input }
        let result = fixture.freshResult()
        fixture.multiply(result)
        for (index, input) in inputs.enumerated() {
          let value = result[index]
          guard !input.isNaN else {
            #expect(value.isNaN, "\(name)")
            continue
          }
          let expected = Float(activated(Double(input), by: activation))
          #expect(
            value == expected || abs(value - expected) <= 2.5e-7 * max(abs(input), 1e-30),
            "\(name): f(\(input)) = \(value), not \(expected)")
        }
      }
    }

    @Test func noRowsAndNoPanelsWriteNothing() {
      KernelTests.withEachVariant { name in
        let fixture = MatmulFixture(MatmulCase(rows: 5, columns: 20, inner: 6))
        let result = fixture.freshResult()
        fixture.multiply(result, rows: 0..<0)
        fixture.multiply(result, panels: 1..<1)
        #expect(result.elements == fixture.freshResult().elements, "\(name)")
      }
    }
  }
}

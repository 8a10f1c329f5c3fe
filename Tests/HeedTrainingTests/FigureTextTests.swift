import HeedTraining
import Testing

@Suite struct FigureTextTests {
  @Test(arguments: [
    (0, "0"), (0.0021, "0.0021"), (1.5, "1.5"), (1254, "1,254"), (123_456, "123.5k"), (1.5e-4, "1.5e-4"),
    (-2.39e-5, "−2.39e-5"), (9.24e9, "9.24e9"),
    // What rounds up to a power of ten, or is one that has no exact value.
    (1e-12, "1e-12"), (9.996e-7, "1e-6"), (9.999e9, "1e10"),
  ])
  func figuresHaveAboutFourDigits(_ value: Double, _ text: String) {
    #expect(FigureText.figure(value) == text)
  }
}

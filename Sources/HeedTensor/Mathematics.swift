#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few functions of the C library that set-up code needs, so that no other file imports it.
extension Double {
  package static func logarithm(_ x: Double) -> Double { log(x) }
  package static func exponential(_ x: Double) -> Double { exp(x) }
  package static func sine(_ x: Double) -> Double { sin(x) }
  package static func cosine(_ x: Double) -> Double { cos(x) }
  package static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
}

extension Float {
  package static func logarithm(_ x: Float) -> Float { log(x) }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the C library is needed for.
enum CMath {
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

  /// The number with `places` decimal places, rounded from its exact value, ties to even.
  static func rounded(_ number: Double, places: Int) -> Double {
    guard number.isFinite else { return number }
    if places > 300 { return number }
    if places < 0 {
      let scale = pow(10, Double(min(-places, 320)))
      return scale.isFinite ? (number / scale).rounded(.toNearestOrEven) * scale : 0 * number
    }
    var buffer = [CChar](repeating: 0, count: 800)
    let length = withVaList([Int32(places), number]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
    guard length > 0, length < buffer.count else { return number }
    let text = buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }
    return Double(String(decoding: text, as: UTF8.self)) ?? number
  }

  /// The local time of now in the given format of `strftime`; nil where that gives no text of a decent length.
  static func now(_ format: String) -> String? {
    var seconds = time(nil)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return nil }
    if format.isEmpty { return "" }
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = strftime(&buffer, buffer.count, format, &parts)
    guard length > 0 else { return nil }
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

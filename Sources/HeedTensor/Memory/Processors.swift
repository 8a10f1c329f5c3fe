import CHeedKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processors of the machine, as far as this process may use them.
package enum Processors {
  /// At least 1: those that the process is bound to, and no more than the share of a container. Threads that wait for
  /// each other on fewer processors than there are threads take them from one another.
  package static var availableCount: Int {
    let online = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    #if os(Linux)
      let bound = heed_bound_processor_count()
      return max(1, min(bound > 0 ? bound : online, containerShare ?? online))
    #else
      return online
    #endif
  }

  /// How many processors a quota comes to.
  ///
  /// - Parameter numbers: The quota and the period that it is for, in microseconds.
  /// - Returns: Rounded up; nil for what is no limit.
  package static func share(_ numbers: [Int]) -> Int? {
    guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
    return (numbers[0] - 1) / numbers[1] + 1
  }

  #if os(Linux)
    /// How many processors' time the container has, rounded up; nil if it is not limited.
    private static var containerShare: Int? {
      if let limit = numbers(in: "/sys/fs/cgroup/cpu.max") { return share(limit) }
      let folder = "/sys/fs/cgroup/cpu/cpu.cfs_"
      guard let quota = numbers(in: folder + "quota_us"), let period = numbers(in: folder + "period_us")
      else {
        return nil
      }
      return share(quota + period)
    }

    /// The numbers in a short file; nil if there is no such file, none for what is no number.
    private static func numbers(in path: String) -> [Int]? {
      guard let file = fopen(path, "r") else { return nil }
      defer { fclose(file) }
      var buffer = [CChar](repeating: 0, count: 64)
      guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
      let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return text.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
    }
  #endif
}

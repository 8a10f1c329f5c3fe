import ArgumentParser
import CHeedKernels
import Foundation
import HeedTensor
import HeedTraining

/// The choices about this machine that commands share.
struct MachineOptions: ParsableArguments {
  @Option(help: "Threads that compute (default: HEED_THREADS, else all processors).")
  var threads: Int?

  /// Makes the choices hold.
  func apply() throws {
    guard let threads else { return }
    guard (1...256).contains(threads) else {
      throw CommandError.usage("--threads must be from 1 to 256, got \(threads)")
    }
    ThreadPool.shared.setThreadCount(threads)
  }
}

/// What the environment and the build say about how fast this will be.
enum Machine {
  /// Refuses settings of the environment that would otherwise be passed over, and warns of a slow build.
  static func check() throws {
    let environment = ProcessInfo.processInfo.environment
    if let wanted = environment["HEED_ISA"], !wanted.isEmpty {
      let supported = variants.filter { heed_isa_supported($0) }.map { String(cString: heed_isa_name($0)) }
      guard supported.contains(wanted) else {
        throw CommandError.usage(
          "HEED_ISA=\(wanted) is not possible on this processor; it can run \(supported.joined(separator: ", "))"
        )
      }
    }
    if let wanted = environment["HEED_THREADS"], !wanted.isEmpty {
      guard let count = Int(wanted), (1...256).contains(count) else {
        throw CommandError.usage("HEED_THREADS must be a number from 1 to 256, got \"\(wanted)\"")
      }
    }
    if !heed_kernels_optimized() {
      StandardError.say("this build is not optimised and about a hundred times slower; build with -c release")
    }
  }

  /// The variant of the kernels in use.
  static var instructionSet: String { String(cString: heed_isa_name(heed_isa_current())) }

  /// The most memory that the process has had so far.
  static var peakMemoryBytes: Int { POSIX.peakMemory }

  private static let variants = [HEED_ISA_PORTABLE, HEED_ISA_NEON, HEED_ISA_AVX2, HEED_ISA_AVX512]

  /// Ends the process at once with status 130 when Ctrl-C is pressed; for commands that have nothing to put away.
  static func exitOnInterrupt() {
    signal(SIGINT) { _ in _exit(ExitStatus.interrupted.rawValue) }
  }
}

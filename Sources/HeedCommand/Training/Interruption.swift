import Foundation
import HeedTraining

/// Ctrl-C as a request: the first one lets the work come to a good end, the second one ends the process.
enum Interruption {
  /// Raised by Ctrl-C.
  static let flag = StopFlag()

  /// Listens to Ctrl-C and to the request to end that systems send before they kill.
  static func install() {
    // Made before a handler needs it: a handler may not wait for what it interrupts.
    _ = flag.isRaised
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if Interruption.flag.isRaised { _exit(ExitStatus.interrupted.rawValue) }
        Interruption.flag.raise()
      }
    }
  }
}

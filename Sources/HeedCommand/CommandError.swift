import ArgumentParser
import Foundation
import Heed
import HeedComparison
import HeedEvaluation
import HeedGeneration
import HeedModels
import HeedText
import HeedTraining

/// How the command ends. The numbers are those of sysexits.h, and a shell's for Ctrl-C.
enum ExitStatus: Int32 {
  /// Wrong usage.
  case usage = 64
  /// Bad data: a file that is there and cannot be used.
  case data = 65
  /// Missing input.
  case missingInput = 66
  /// Our fault.
  case software = 70
  /// The system refused to write, or to read what is there.
  case inputOutput = 74
  /// Ctrl-C.
  case interrupted = 130
  /// The reader of the results went away: 128 and the number of SIGPIPE.
  case brokenPipe = 141
}

/// An error that only the command line can make.
struct CommandError: Error, CustomStringConvertible {
  /// How the command ends.
  let status: ExitStatus
  /// One sentence; nothing is said where it is empty.
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  /// An option or an argument that cannot be used.
  static func usage(_ description: String) -> CommandError { CommandError(.usage, description) }
  /// A call of the system that failed just now; `errno` says why.
  static func lastCall(_ action: String, _ path: String) -> CommandError {
    let code = errno
    let status: ExitStatus = code == ENOENT || code == ENOTDIR ? .missingInput : .inputOutput
    return CommandError(status, "\(path): cannot be \(action): \(String(cString: strerror(code)))")
  }
}

/// A command of `heed`: it is told of errors by throwing them, of any type.
protocol HeedSubcommand: ParsableCommand {
  /// The work.
  mutating func perform() throws
}

extension HeedSubcommand {
  mutating func run() throws {
    try runCatching {
      try Machine.check()
      try perform()
    }
  }
}

/// Runs `body`; an error goes to standard error as one sentence, and the command ends with the status that fits it.
func runCatching(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let code as ExitCode {
    throw code
  } catch let help as CleanExit {
    throw help
  } catch {
    let status = ExitStatus(error)
    let message = ExitStatus.message(error)
    if status != .brokenPipe, !message.isEmpty { StandardError.say(message) }
    throw ExitCode(status.rawValue)
  }
}

/// Standard error, where everything goes that is not a result.
enum StandardError {
  /// Writes a line, with the program's name before it.
  static func say(_ message: String) {
    write("heed: \(message)\n")
  }

  /// Writes text as it is; where it cannot be written, nobody could be told.
  static func write(_ text: String) {
    Array(text.utf8).withUnsafeBytes { _ = POSIX.write(STDERR_FILENO, $0) }
  }

  /// Whether it is a terminal that wants colours and moving bars.
  static var isTerminal: Bool { isatty(STDERR_FILENO) != 0 }
}

extension ExitStatus {
  /// The status for an error: one place for all types of errors.
  init(_ error: any Error) {
    switch error {
    case let error as CommandError: self = error.status
    case let error as FileError: self = error.action == .read ? .missingInput : .inputOutput
    case let error as CheckpointError: self = error.isUnreadable ? .missingInput : .data
    case let error as ConfigurationError:
      self = access(error.file, R_OK) == 0 || !error.file.contains("/") ? .data : .missingInput
    case let error as TokenizerError: self = ExitStatus(tokenizer: error.problem)
    case is GenerationOptionsError: self = .usage
    case TranslatorError.noSuchLayer: self = .usage
    case is TextGeneratorError, is InspectionError: self = .usage
    case is ArchiveTooLarge, is TranslatorError, is SearchError, is PromptError, is ChatTemplateError,
      is TrainingStateError,
      is BatchScheduleError,
      is NoUsablePairs, is NoUsableText, is LabelError:
      self = .data
    case EncoderError.option: self = .usage
    case is EncoderError: self = .data
    case let error as EvaluationError: self = ExitStatus(evaluation: error)
    case let error as CorpusError: self = ExitStatus(corpus: error.problem)
    case let error as RecipeError: self = ExitStatus(recipe: error)
    case let error as RunDirectoryError: self = ExitStatus(runDirectory: error.problem)
    case ComparisonError.nothingToMeasure: self = .data
    case RecallError.unreadable: self = .data
    case is ComparisonError, is RecallError: self = .usage
    case is CancellationError, is TrainingInterrupted, is ComparisonInterrupted: self = .interrupted
    case let error as CocoaError: self = error.isFileError ? .inputOutput : .software
    default: self = .software
    }
  }

  private init(tokenizer problem: TokenizerError.Problem) {
    switch problem {
    case .unreadable: self = .missingInput
    case .unwritable: self = .inputOutput
    default: self = .data
    }
  }

  private init(evaluation error: EvaluationError) {
    switch error {
    case .unreadable, .gzipMissing: self = .missingInput
    case .noReferences: self = .usage
    default: self = .data
    }
  }

  private init(corpus problem: CorpusError.Problem) {
    switch problem {
    case .unreadable, .gzipMissing: self = .missingInput
    default: self = .data
    }
  }

  private init(recipe error: RecipeError) {
    if case .unreadable = error.problem {
      self = .missingInput
    } else if case .file = error.origin {
      self = .data
    } else {
      self = .usage
    }
  }

  private init(runDirectory problem: RunDirectoryError.Problem) {
    switch problem {
    case .emptyPath, .notADirectory, .holdsRun, .holdsNoRun: self = .usage
    case .nothingToResume: self = .missingInput
    case .locked, .system: self = .inputOutput
    }
  }

  /// What is said about an error.
  static func message(_ error: any Error) -> String {
    switch error {
    case let error as CocoaError: error.sentence
    default: String(describing: error)
    }
  }
}

extension CheckpointError {
  fileprivate var isUnreadable: Bool {
    problems.contains { if case .unreadable = $0 { true } else { false } }
  }
}

extension CocoaError {
  fileprivate var isFileError: Bool { (4..<1024).contains(code.rawValue) }

  /// The file and the system's reason. Foundation's own words name no file, and say that an operation could not be
  /// completed.
  fileprivate var sentence: String {
    guard let path = filePath ?? url?.path, let cause = underlying as? POSIXError else {
      return localizedDescription
    }
    return "\(path): \(POSIX.message(cause.code.rawValue))"
  }
}

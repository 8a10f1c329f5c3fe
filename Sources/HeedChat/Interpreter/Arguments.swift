/// The arguments of a call.
struct Arguments {
  var positional: [Value] = []
  var named: [(name: String, value: Value)] = []

  /// The arguments in the order of `parameters`, with nil for those that were not given.
  ///
  /// - Throws: `ChatTemplateError` for too many arguments, and for names that are not parameters.
  func matched(_ parameters: [String], required: Int = 0, of name: String, _ interpreter: Interpreter)
    throws(ChatTemplateError) -> [Value?]
  {
    guard positional.count <= parameters.count else {
      throw interpreter.failure(
        "`\(name)` takes at most \(parameters.count) arguments, not \(positional.count)")
    }
    var result: [Value?] = positional
    result += [Value?](repeating: nil, count: parameters.count - positional.count)
    for argument in named {
      guard let index = parameters.firstIndex(of: argument.name) else {
        throw interpreter.failure("`\(name)` has no argument `\(argument.name)`")
      }
      guard result[index] == nil else {
        throw interpreter.failure("the argument `\(argument.name)` of `\(name)` is given twice")
      }
      result[index] = argument.value
    }
    for index in 0..<required where result[index] == nil {
      throw interpreter.failure("`\(name)` needs the argument `\(parameters[index])`")
    }
    return result
  }
}

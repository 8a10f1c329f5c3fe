/// The page's script, in parts that each do one thing.
enum PageScript {
  static let text = [
    "'use strict';\n(() => {", data, state, heads, map, lines, vectors, steps, measures, page, "})();",
  ].joined(separator: "\n")
}

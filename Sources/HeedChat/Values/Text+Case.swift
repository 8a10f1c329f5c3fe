/// Changes of case, after Unicode's full mappings.
extension Text {
  var uppercased: Text { mapped { $0.flatMap { Array($0.properties.uppercaseMapping.unicodeScalars) } } }
  var lowercased: Text { mapped { scalars in scalars.indices.flatMap { Self.lower(scalars, $0) } } }
  var swappedCase: Text {
    mapped { scalars in
      scalars.indices.flatMap { index in
        scalars[index].properties.isUppercase
          ? Self.lower(scalars, index)
          : scalars[index].properties.isLowercase
            ? Array(scalars[index].properties.uppercaseMapping.unicodeScalars) : [scalars[index]]
      }
    }
  }

  /// The first scalar in title case, the others in lower case.
  var capitalized: Text {
    mapped { scalars in
      scalars.indices.flatMap { index in
        index == 0
          ? Array(scalars[0].properties.titlecaseMapping.unicodeScalars) : Self.lower(scalars, index)
      }
    }
  }

  /// Python's `title()`: each run of cased letters begins with a capital.
  var titlecased: Text {
    mapped { scalars in
      var followsCased = false
      return scalars.indices.flatMap { index in
        defer { followsCased = scalars[index].properties.isCased }
        return followsCased
          ? Self.lower(scalars, index) : Array(scalars[index].properties.titlecaseMapping.unicodeScalars)
      }
    }
  }

  /// Jinja's `title` filter: each word begins with a capital, and words are parted by space, `-`, `(`, `{`, `[`, `<`.
  var titleFiltered: Text {
    var result: [Unicode.Scalar] = []
    var word: [Unicode.Scalar] = []
    func appendWord() {
      guard let first = word.first else { return }
      result += Array(first.properties.uppercaseMapping.unicodeScalars)
      result += Text(word.dropFirst()).lowercased.scalars
      word.removeAll()
    }
    for scalar in scalars {
      if scalar.isPythonSpace || ["-", "(", "{", "[", "<"].contains(scalar) {
        appendWord()
        result.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    appendWord()
    return Text(result)
  }

  /// Whether there is a cased letter, and each of them is a capital.
  var isUppercase: Bool {
    scalars.contains { $0.properties.isUppercase }
      && !scalars.contains { $0.properties.isLowercase || $0.properties.generalCategory == .titlecaseLetter }
  }
  /// Whether there is a cased letter, and none of them is a capital.
  var isLowercase: Bool {
    scalars.contains { $0.properties.isLowercase }
      && !scalars.contains { $0.properties.isUppercase || $0.properties.generalCategory == .titlecaseLetter }
  }

  /// The lower case of a scalar; a capital sigma at the end of a word becomes a final one.
  private static func lower(_ scalars: [Unicode.Scalar], _ index: Int) -> [Unicode.Scalar] {
    let scalar = scalars[index]
    guard scalar == "\u{3A3}" else { return Array(scalar.properties.lowercaseMapping.unicodeScalars) }
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
    return [isFinal ? "\u{3C2}" : "\u{3C3}"]
  }
}

/// The stem of an English word as NLTK's `PorterStemmer` gives it in its default mode.
///
/// Source: Porter, "An algorithm for suffix stripping" (1980), with the extensions of NLTK: a table of irregular words,
/// and rules that keep apart short words such as "die" and "dying".
package struct PorterStemmer {
  /// The stem of a word of lower-case ASCII letters and digits; digits are consonants.
  package static func stem(_ word: [UInt8]) -> [UInt8] {
    if let stem = irregular[word] { return stem }
    if word.count <= 2 { return word }
    var stem = word
    for step in [plural, pastOrParticiple, finalY, doubleSuffix, suffix, lastSuffix, finalE, doubleL] {
      stem = step(stem)
    }
    return stem
  }

  private static let irregular: [[UInt8]: [UInt8]] = [
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe", "proceed": "proceed", "exceed": "exceed",
    "succeed": "succeed",
  ].reduce(into: [:]) { $0[Array($1.key.utf8)] = Array($1.value.utf8) }

  /// A suffix and what takes its place if the stem before it fulfils a condition.
  private struct Rule {
    let suffix: [UInt8]
    let replacement: [UInt8]

    init(_ suffix: StaticString, _ replacement: StaticString) {
      self.suffix = Array(suffix.description.utf8)
      self.replacement = Array(replacement.description.utf8)
    }

    func applied(to word: [UInt8]) -> [UInt8] { word.removing(last: suffix.count) + replacement }
  }

  /// Applies the first rule whose suffix the word has, or none of them if its stem does not fulfil the condition.
  private static func apply(
    _ rules: [Rule], to word: [UInt8], where condition: (Rule, [UInt8]) -> Bool = { _, _ in true }
  ) -> [UInt8] {
    guard let rule = rules.first(where: { word.ends(with: $0.suffix) }) else { return word }
    return condition(rule, word.removing(last: rule.suffix.count)) ? rule.applied(to: word) : word
  }

  // Step 1a.
  private static let pluralRules = [Rule("sses", "ss"), Rule("ies", "i"), Rule("ss", "ss"), Rule("s", "")]

  private static func plural(_ word: [UInt8]) -> [UInt8] {
    // NLTK: "dies" becomes "die", though "flies" becomes "fli".
    if word.count == 4, word.ends(with: "ies") { return word.removing(last: 1) }
    return apply(pluralRules, to: word)
  }

  // Step 1b.
  private static let restoringRules = [Rule("at", "ate"), Rule("bl", "ble"), Rule("iz", "ize")]

  private static func pastOrParticiple(_ word: [UInt8]) -> [UInt8] {
    // NLTK: "died" becomes "die", though "spied" becomes "spi".
    if word.ends(with: "ied") { return word.removing(last: word.count == 4 ? 1 : 2) }
    if word.ends(with: "eed") { return measure(word.removing(last: 3)) > 0 ? word.removing(last: 1) : word }

    let stem: [UInt8]
    if word.ends(with: "ed") {
      stem = word.removing(last: 2)
    } else if word.ends(with: "ing") {
      stem = word.removing(last: 3)
    } else {
      return word
    }
    guard let last = stem.last, consonants(stem).contains(false) else { return word }
    if restoringRules.contains(where: { stem.ends(with: $0.suffix) }) {
      return apply(restoringRules, to: stem)
    }
    if endsInDoubleConsonant(stem) { return "lsz".utf8.contains(last) ? stem : stem.removing(last: 1) }
    return measure(stem) == 1 && endsShort(stem) ? stem + "e".utf8 : stem
  }

  // Step 1c, with NLTK's condition: a consonant stands before the y, and is not the first letter.
  private static func finalY(_ word: [UInt8]) -> [UInt8] {
    guard word.ends(with: "y") else { return word }
    let stem: [UInt8] = word.removing(last: 1)
    return stem.count > 1 && consonants(stem).last == true ? stem + "i".utf8 : word
  }

  // Step 2.
  private static let doubleSuffixRules = [
    Rule("ational", "ate"), Rule("tional", "tion"), Rule("enci", "ence"), Rule("anci", "ance"),
    Rule("izer", "ize"), Rule("bli", "ble"), Rule("alli", "al"), Rule("entli", "ent"), Rule("eli", "e"),
    Rule("ousli", "ous"), Rule("ization", "ize"), Rule("ation", "ate"), Rule("ator", "ate"),
    Rule("alism", "al"), Rule("iveness", "ive"), Rule("fulness", "ful"), Rule("ousness", "ous"),
    Rule("aliti", "al"), Rule("iviti", "ive"), Rule("biliti", "ble"), Rule("fulli", "ful"),
    Rule("logi", "log"),
  ]

  private static func doubleSuffix(_ word: [UInt8]) -> [UInt8] {
    var word = word
    // NLTK: before "bli" and the others, and what is left goes through the step again.
    if word.ends(with: "alli"), measure(word.removing(last: 4)) > 0 { word = word.removing(last: 2) }
    return apply(doubleSuffixRules, to: word) { rule, stem in
      // NLTK: the l of "logi" counts as part of the stem, so that "geologi" becomes "geolog".
      measure(rule.suffix.elementsEqual("logi".utf8) ? stem + "l".utf8 : stem) > 0
    }
  }

  // Step 3.
  private static let suffixRules = [
    Rule("icate", "ic"), Rule("ative", ""), Rule("alize", "al"), Rule("iciti", "ic"), Rule("ical", "ic"),
    Rule("ful", ""), Rule("ness", ""),
  ]

  private static func suffix(_ word: [UInt8]) -> [UInt8] {
    apply(suffixRules, to: word) { _, stem in measure(stem) > 0 }
  }

  // Step 4.
  private static let lastSuffixRules = [
    Rule("al", ""), Rule("ance", ""), Rule("ence", ""), Rule("er", ""), Rule("ic", ""), Rule("able", ""),
    Rule("ible", ""), Rule("ant", ""), Rule("ement", ""), Rule("ment", ""), Rule("ent", ""), Rule("ion", ""),
    Rule("ou", ""), Rule("ism", ""), Rule("ate", ""), Rule("iti", ""), Rule("ous", ""), Rule("ive", ""),
    Rule("ize", ""),
  ]

  private static func lastSuffix(_ word: [UInt8]) -> [UInt8] {
    apply(lastSuffixRules, to: word) { rule, stem in
      guard measure(stem) > 1 else { return false }
      return !rule.suffix.elementsEqual("ion".utf8) || stem.ends(with: "s") || stem.ends(with: "t")
    }
  }

  // Step 5a.
  private static func finalE(_ word: [UInt8]) -> [UInt8] {
    guard word.ends(with: "e") else { return word }
    let stem: [UInt8] = word.removing(last: 1)
    let measure = measure(stem)
    return measure > 1 || (measure == 1 && !endsShort(stem)) ? stem : word
  }

  // Step 5b.
  private static func doubleL(_ word: [UInt8]) -> [UInt8] {
    guard word.ends(with: "ll"), measure(word.removing(last: 1)) > 1 else { return word }
    return word.removing(last: 1)
  }

  /// Whether each letter is a consonant; y is one at the beginning and after a vowel.
  private static func consonants(_ word: [UInt8]) -> [Bool] {
    var flags: [Bool] = []
    flags.reserveCapacity(word.count)
    for letter in word {
      if letter == UInt8(ascii: "y") {
        flags.append(!(flags.last ?? false))
      } else {
        flags.append(!"aeiou".utf8.contains(letter))
      }
    }
    return flags
  }

  /// How often a consonant follows a vowel: Porter's m.
  private static func measure(_ stem: [UInt8]) -> Int {
    let flags = consonants(stem)
    return zip(flags, flags.dropFirst()).count { !$0 && $1 }
  }

  /// Porter's condition *d.
  private static func endsInDoubleConsonant(_ word: [UInt8]) -> Bool {
    word.count >= 2 && word[word.count - 1] == word[word.count - 2] && consonants(word).last == true
  }

  /// Porter's condition *o, consonant, vowel and a consonant other than w, x and y; in NLTK also a vowel and a consonant
  /// that are the whole word.
  private static func endsShort(_ word: [UInt8]) -> Bool {
    let flags = consonants(word)
    if flags == [false, true] { return true }
    guard flags.suffix(3).elementsEqual([true, false, true]), let last = word.last else { return false }
    return !"wxy".utf8.contains(last)
  }
}

extension [UInt8] {
  fileprivate func ends(with suffix: some Collection<UInt8>) -> Bool {
    self.suffix(suffix.count).elementsEqual(suffix)
  }

  fileprivate func ends(with suffix: StaticString) -> Bool {
    suffix.withUTF8Buffer { ends(with: $0) }
  }

  fileprivate func removing(last count: Int) -> [UInt8] { Array(self[..<Swift.max(0, self.count - count)]) }
}

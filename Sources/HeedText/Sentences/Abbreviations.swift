/// Words whose full stop does not end a sentence, without that full stop.
struct Abbreviations: Sendable {
  /// Followed by more of the sentence, whatever it is.
  private let always: Set<String>
  /// Followed by more of the sentence if that is a number.
  private let beforeNumbers: Set<String>

  init(_ language: SentenceSplitter.Language) {
    switch language {
    case .english: (always, beforeNumbers) = (Self.english, Self.englishBeforeNumbers)
    case .german: (always, beforeNumbers) = (Self.german, Self.germanBeforeNumbers)
    case .other: (always, beforeNumbers) = ([], [])
    }
  }

  /// Whether the sentence goes on after `word` and its full stop.
  ///
  /// Case counts ("Mag." is a degree, "mag." is a verb at the end), but any word may begin a sentence.
  func continues(_ word: String, nextIsDigit: Bool) -> Bool {
    let lowered = word.prefix(1).lowercased() + word.dropFirst()
    return always.contains(word) || always.contains(lowered)
      || nextIsDigit && (beforeNumbers.contains(word) || beforeNumbers.contains(lowered))
  }

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map { String($0) })
  }

  private static let english = set(
    """
    Mr Mrs Ms Mx Dr Prof Rev Hon St Messrs Mmes Gen Col Maj Capt Cmdr Lt Sgt Cpl Pvt Adm Gov Sen Rep Pres Supt Mt Ft \
    e.g i.e cf viz vs al approx ca dept Dept est Fig Figs fig figs Eq U.S U.K U.N
    """)

  private static let englishBeforeNumbers = set(
    """
    No Nos no nos p pp Vol vol Ch ch Chap Sec sec Art art ed Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
    """)

  private static let german = set(
    """
    Hr Hrn Fr Dr Prof Dipl Ing Mag St z.B z d.h d u.a i.d.R i.A o.Ä u.U v.a z.T z.Zt bzw ca evtl ggf inkl exkl zzgl \
    vgl Vgl sog bspw geb gest gegr allg insb Tel Str Nr Abs Bd Hrsg hrsg Jh Jhd Mio Mrd MwSt Tsd v.Chr n.Chr \
    Abb Anm Aufl Bes ebd ehem frz engl dt lat hl Hl kath ev kgl
    """)

  private static let germanBeforeNumbers = set(
    """
    S Kap Ziff Art Jan Feb Mär Apr Jun Jul Aug Sep Sept Okt Nov Dez
    """)
}

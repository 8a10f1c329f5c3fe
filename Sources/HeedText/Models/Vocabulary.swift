/// Spellings and their identifiers, both ways.
struct Vocabulary: Sendable {
  private(set) var table: ByteStringTable
  /// The identifier of each spelling of the table.
  private(set) var ids: [TokenID]
  /// The spelling of each identifier, -1 where there is none.
  private var indices: [Int32]

  init(minimumCapacity: Int = 0) {
    table = ByteStringTable(minimumCapacity: minimumCapacity)
    ids = []
    indices = []
  }

  var count: Int { ids.count }
  /// One more than the largest identifier.
  var idLimit: Int { indices.count }

  /// Reads an object of spellings and identifiers.
  init(json: JSONValue) throws(TokenizerError) {
    let count = json.kind == .object ? json.childCount : 0
    self.init(minimumCapacity: count)
    // Gaps are allowed, but no more memory is taken than the file's own size warrants.
    let limit = count * 4 + 65_536
    ids.reserveCapacity(count)
    indices.reserveCapacity(count)
    try json.forEachMember { (_, name, node) throws(TokenizerError) in
      let value = json.at(node)
      let id = try value.integer(in: 0...limit)
      if let problem = insert(name, TokenID(truncatingIfNeeded: id)) { throw value.invalid(problem) }
    }
  }

  /// Adds a spelling, or returns what is wrong with it.
  mutating func insert(_ spelling: UnsafeBufferPointer<UInt8>, _ id: TokenID) -> String? {
    let position = Int(id)
    if position < indices.count, indices[position] >= 0 {
      let other = String(decoding: table[Int(indices[position])], as: UTF8.self)
      return "the identifier \(id) is already that of \"\(other)\""
    }
    guard table.insert(spelling).isNew else {
      return "the token \"\(String(decoding: spelling, as: UTF8.self))\" stands twice"
    }
    ids.append(id)
    while indices.count <= position { indices.append(-1) }
    indices[position] = Int32(truncatingIfNeeded: table.count - 1)
    return nil
  }

  mutating func insert(_ spelling: some Collection<UInt8>, _ id: TokenID) -> String? {
    let problem = spelling.withContiguousStorageIfAvailable { insert($0, id) }
    return problem ?? Array(spelling).withUnsafeBufferPointer { insert($0, id) }
  }

  /// Adds a spelling; if it is there already, it has the new identifier from now on, and both are spelled so.
  mutating func replace(_ spelling: [UInt8], _ id: TokenID) {
    let (index, isNew) = table.insert(spelling)
    if isNew { ids.append(id) } else { ids[index] = id }
    while indices.count <= Int(id) { indices.append(-1) }
    indices[Int(id)] = Int32(truncatingIfNeeded: index)
  }

  @inline(__always) func id(_ spelling: UnsafeBufferPointer<UInt8>) -> TokenID? {
    table.find(spelling).map { ids[$0] }
  }

  func id(_ spelling: some Collection<UInt8>) -> TokenID? { table.find(spelling).map { ids[$0] } }

  func spelling(_ id: TokenID) -> ArraySlice<UInt8>? { place(id).map { table[$0] } }

  /// Where in the table the spelling of an identifier stands.
  @inline(__always) func place(_ id: TokenID) -> Int? {
    guard id >= 0, Int(id) < indices.count, indices[Int(id)] >= 0 else { return nil }
    return Int(indices[Int(id)])
  }

  /// The identifiers in ascending order.
  var sortedIDs: [TokenID] {
    indices.indices.filter { indices[$0] >= 0 }.map { TokenID(truncatingIfNeeded: $0) }
  }

  var json: JSONOutput {
    .table(sortedIDs.map { (Array(spelling($0) ?? []), .integer(Int($0))) })
  }
}

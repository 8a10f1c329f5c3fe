import HeedLayers

extension CacheSlots {
  /// The slots of all rows, as attention reads them.
  var history: CacheHistory {
    var offsets = [0]
    offsets.reserveCapacity(rows.count + 1)
    for row in rows { offsets.append(offsets[offsets.count - 1] + row.count) }
    return CacheHistory(slots: Array(rows.joined()), offsets: offsets, capacity: capacity)
  }
}

// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The deliveries that a next message continues: the first and the last of each channel.
package struct Thread: Sendable, Hashable {
  package private(set) var deliveries: [ChannelName: [DeliveryID]]

  package init(_ deliveries: [ChannelName: [DeliveryID]] = [:]) { self.deliveries = deliveries }

  package subscript(channel: ChannelName) -> [DeliveryID] { deliveries[channel] ?? [] }

  package mutating func add(_ delivery: DeliveryID, on channel: ChannelName) {
    deliveries[channel] = [deliveries[channel]?.first, delivery].compactMap(\.self)
  }
}

extension Thread {
  /// The first and the last delivery of each channel, in order, as they are stored.
  var list: [Ends] {
    get {
      deliveries.sorted { $0.key < $1.key }.compactMap { channel, ids in
        ids.first.map { Ends(channel: channel, first: $0, last: ids.last == $0 ? nil : ids.last) }
      }
    }
    set {
      self = Thread()
      for ends in newValue {
        add(ends.first, on: ends.channel)
        if let last = ends.last { add(last, on: ends.channel) }
      }
    }
  }

  struct Ends: Storable, Hashable {
    var channel: ChannelName
    var first: DeliveryID
    var last: DeliveryID?

    static let stored = Stored(Ends(channel: "", first: DeliveryID(""))) { fields in
      fields.required("channel", { $0.channel }, { $0.channel = $1 })
      fields.required("first", { $0.first }, { $0.first = $1 })
      fields.optional("last", { $0.last }, { $0.last = $1 })
    }
  }

  /// Reads what a Belfry wrote up to version 7 of the ledger: of each channel its name, the first and the last delivery.
  init?(olderTexts texts: [String]) {
    guard texts.count.isMultiple(of: 3) else { return nil }
    var thread = Thread()
    for start in stride(from: 0, to: texts.count, by: 3) {
      let channel = ChannelName(texts[start])
      thread.add(DeliveryID(texts[start + 1]), on: channel)
      if texts[start + 2] != texts[start + 1] { thread.add(DeliveryID(texts[start + 2]), on: channel) }
    }
    self = thread
  }
}

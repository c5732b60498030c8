// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Bounds what all requests together hold in memory until their alerts are written, and what those of one caller do.
///
/// A caller who finds it full is asked to come back: an answer in time is worth more to a sender, who pushes again anyway,
/// than a place in a long queue.
final class PushGate: Sendable {
  /// A request that was let in, and how much room it takes.
  struct Place: Sendable, Hashable {
    fileprivate let caller: String
    fileprivate var bytes = 0
  }

  private struct Load {
    var bytes = 0
    var requests = 0
  }

  private struct Loads {
    var all = Load()
    var callers: [String: Load] = [:]
  }

  private let byteLimit: Int
  private let requestLimit: Int
  private let callerByteLimit: Int
  private let callerRequestLimit: Int
  private let loads = Mutex(Loads())

  init(bytes: Int, requests: Int, callerBytes: Int = .max, callerRequests: Int = .max) {
    byteLimit = bytes
    requestLimit = requests
    callerByteLimit = callerBytes
    callerRequestLimit = callerRequests
  }

  /// Lets a request in; its place has to be left again.
  func enter(as caller: String) -> Place? {
    loads.withLock { loads in
      let own = loads.callers[caller] ?? Load()
      guard loads.all.requests < requestLimit, own.requests < callerRequestLimit else { return nil }
      loads.all.requests += 1
      loads.callers[caller, default: Load()].requests += 1
      return Place(caller: caller)
    }
  }

  /// Takes room for bytes that came.
  func take(_ count: Int, _ place: inout Place) -> Bool {
    let isTaken = loads.withLock { [place] loads in
      let own = loads.callers[place.caller] ?? Load()
      // One alone always has room: else what is larger than all the room could never come in.
      guard loads.all.bytes == 0 || loads.all.bytes + count <= byteLimit else { return false }
      guard own.bytes == 0 || own.bytes + count <= callerByteLimit else { return false }
      loads.all.bytes += count
      loads.callers[place.caller, default: Load()].bytes += count
      return true
    }
    if isTaken { place.bytes += count }
    return isTaken
  }

  /// Ends a request.
  func leave(_ place: Place) {
    loads.withLock { loads in
      loads.all.bytes -= place.bytes
      loads.all.requests -= 1
      guard var own = loads.callers[place.caller] else { return }
      own.bytes -= place.bytes
      own.requests -= 1
      loads.callers[place.caller] = own.requests == 0 ? nil : own
    }
  }

  var isIdle: Bool { loads.withLock { $0.all.bytes == 0 && $0.all.requests == 0 && $0.callers.isEmpty } }
}

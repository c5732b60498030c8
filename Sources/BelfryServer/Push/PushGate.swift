// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Limits the memory that all requests use until their alerts are written, in total and per caller.
///
/// When it is full, callers are asked to come back later: for a sender that pushes again anyway, a quick answer is
/// better than a place in a long queue.
final class PushGate: Sendable {
  /// An admitted request, and the space that it uses.
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

  /// Admits a request; `leave` must be called with the returned place.
  func enter(as caller: String) -> Place? {
    loads.withLock { loads in
      let own = loads.callers[caller] ?? Load()
      guard loads.all.requests < requestLimit, own.requests < callerRequestLimit else { return nil }
      loads.all.requests += 1
      loads.callers[caller, default: Load()].requests += 1
      return Place(caller: caller)
    }
  }

  /// Reserves space for bytes that arrived.
  func take(_ count: Int, _ place: inout Place) -> Bool {
    let isTaken = loads.withLock { [place] loads in
      let own = loads.callers[place.caller] ?? Load()
      // A single request always gets space, otherwise one larger than the whole limit could never enter.
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

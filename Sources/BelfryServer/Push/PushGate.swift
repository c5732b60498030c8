// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Bounds what all requests together hold in memory until their alerts are written.
///
/// Whoever finds it full is told to come back: an answer in time is worth more to a sender, who pushes again anyway, than a
/// place in a long queue.
final class PushGate: Sendable {
  private struct Load {
    var bytes = 0
    var requests = 0
  }

  private let byteLimit: Int
  private let requestLimit: Int
  private let load = Mutex(Load())

  init(bytes: Int, requests: Int) {
    byteLimit = bytes
    requestLimit = requests
  }

  /// Lets a request in; who is let in calls `leave`.
  func enter() -> Bool {
    load.withLock { load in
      guard load.requests < requestLimit else { return false }
      load.requests += 1
      return true
    }
  }

  /// Takes room for bytes that came.
  func take(_ count: Int) -> Bool {
    load.withLock { load in
      // One alone always has room: else what is larger than all the room could never come in.
      guard load.bytes == 0 || load.bytes + count <= byteLimit else { return false }
      load.bytes += count
      return true
    }
  }

  /// Ends a request that took so many bytes in all.
  func leave(_ count: Int) {
    load.withLock { load in
      load.bytes -= count
      load.requests -= 1
    }
  }

  var isIdle: Bool { load.withLock { $0.bytes == 0 && $0.requests == 0 } }
}

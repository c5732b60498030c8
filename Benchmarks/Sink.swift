// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import Foundation
internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// A server on loopback that accepts everything and stores nothing, on one thread for all connections so that it costs
/// little.
///
/// The servers of the tests store what they receive and have a thread per connection, which would be measured too.
final class Sink: Sendable {
  enum Talk: Sendable {
    case http
    case smtp
  }

  private struct State {
    var arrivals: [ContinuousClock.Instant] = []
    var marked: [Int: ContinuousClock.Instant] = [:]
    var cpu = Duration.zero
  }

  /// The text before an alert's number in a message.
  static let mark = "number-"  // the same as SinkDialogue.mark, which has another type

  let port: Int
  private let isMarked: Bool
  private let state = Mutex(State())
  private let isStopping = Atomic(false)

  /// Starts to listen; with `isMarked` it searches each message for the number.
  init(_ talk: Talk, isMarked: Bool = false) throws {
    self.isMarked = isMarked
    let listener = socket(AF_INET, streamKind, 0)
    guard listener >= 0 else { throw POSIXError(.EMFILE) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 512) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRINUSE) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { self.run(listener, talk) }
  }

  /// When each message had arrived completely.
  var arrivals: [ContinuousClock.Instant] { state.withLock(\.arrivals) }

  /// The number of messages received.
  var count: Int { state.withLock(\.arrivals.count) }

  /// When the first message with each number had arrived.
  var marked: [Int: ContinuousClock.Instant] { state.withLock(\.marked) }

  /// The processor time of its thread, which is not part of what is measured.
  var cpu: Duration { state.withLock(\.cpu) }

  func stop() { isStopping.store(true, ordering: .relaxed) }

  private func run(_ listener: CInt, _ talk: Talk) {
    var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
    var dialogues: [CInt: SinkDialogue] = [:]
    while !isStopping.load(ordering: .relaxed) {
      guard poll(&polled, nfds_t(polled.count), 100) > 0 else { continue }
      var taken = 0
      var numbers: [Int] = []
      var gone: Set<CInt> = []
      for entry in polled.dropFirst() where entry.revents != 0 {
        let count = dialogues[entry.fd]?.serve(isMarked ? { numbers.append($0) } : nil)
        if let count { taken += count } else { gone.insert(entry.fd) }
      }
      for descriptor in gone {
        dialogues[descriptor] = nil
        close(descriptor)
      }
      polled.removeAll { gone.contains($0.fd) }
      if polled[0].revents != 0 { welcome(accept(listener, nil, nil), talk, &polled, &dialogues) }
      note(taken, numbers)
    }
    for entry in polled { close(entry.fd) }
  }

  private func welcome(
    _ descriptor: CInt,
    _ talk: Talk,
    _ polled: inout [pollfd],
    _ dialogues: inout [CInt: SinkDialogue]
  ) {
    guard descriptor >= 0 else { return }
    var on: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    dialogues[descriptor] = SinkDialogue(descriptor, talk)
    polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
  }

  private func note(_ taken: Int, _ numbers: [Int]) {
    var used = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
    let now = ContinuousClock.now
    state.withLock {
      $0.arrivals.append(contentsOf: repeatElement(now, count: taken))
      for number in numbers where $0.marked[number] == nil { $0.marked[number] = now }
      $0.cpu = .seconds(used.tv_sec) + .nanoseconds(used.tv_nsec)
    }
  }
}

#if canImport(Darwin)
let streamKind = SOCK_STREAM
#else
let streamKind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
#endif

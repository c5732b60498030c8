// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Wakes the thread that runs a program: the program has ended, or must be ended.
///
/// It uses a pipe, so that one `poll` waits for everything.
final class ProcessWake: Sendable {
  private struct State {
    var isCancelled = false
    var hasEnded = false
  }

  private let state = Mutex(State())
  private let pipe: Pipe

  init() throws(TransportFailure) {
    do throws(SystemError) {
      pipe = try Pipe()
    } catch {
      throw TransportFailure(.notStarted, "the program could not be started: \(error.text)")
    }
    pipe.reading.makeNonblocking()
    pipe.writing.makeNonblocking()
  }

  /// The file descriptor to wait for.
  var number: CInt { pipe.reading.number }
  var isCancelled: Bool { state.withLock(\.isCancelled) }
  var hasEnded: Bool { state.withLock(\.hasEnded) }

  func cancel() {
    state.withLock { $0.isCancelled = true }
    ring()
  }

  /// Waits on its own thread until a program has ended, without reaping it.
  ///
  /// Until it is reaped, neither its process ID nor its group ID can be reused.
  ///
  /// - Returns: false if there is no thread for it.
  func watch(_ process: pid_t) -> Bool {
    startThread(name: "belfry-wait") { [self] in
      var information = siginfo_t()
      while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
      state.withLock { $0.hasEnded = true }
      ring()
    }
  }

  /// Empties the pipe, for the next wait.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 16)
    while read(pipe.reading.number, &bytes, bytes.count) > 0 {}
  }

  private func ring() {
    // A full pipe wakes the thread as well.
    var byte: UInt8 = 1
    _ = write(pipe.writing.number, &byte, 1)
  }
}

// SPDX-License-Identifier: Apache-2.0
internal import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// One run of a program from start to end: writes its input, reads its output, and ends it when its time is up.
///
/// It blocks its thread and never leaves it.
struct ProcessExchange: ~Copyable {
  /// How the program is being ended.
  private enum Stage {
    case running
    case asked
    case killed
  }

  private var process: RunningProcess
  private let run: ProcessRun
  private let wake: ProcessWake
  private var rest: ArraySlice<UInt8>
  private var output: OutputTail
  private var errors: OutputTail
  private var stage = Stage.running
  private var stageEnd: ContinuousClock.Instant

  /// Runs the program and returns when it and its children have ended.
  static func reply(to prepared: PreparedProcess, wake: ProcessWake) -> Reply {
    do throws(SystemError) {
      var exchange = ProcessExchange(try RunningProcess(prepared), prepared.run, wake)
      return exchange.send()
    } catch {
      return .failed(TransportFailure(.notStarted, "\(prepared.run.path) could not be started: \(error.text)"))
    }
  }

  private init(_ process: consuming RunningProcess, _ run: ProcessRun, _ wake: ProcessWake) {
    self.process = process
    self.run = run
    self.wake = wake
    rest = run.input[...]
    output = OutputTail(limit: run.limits.outputBytes)
    errors = OutputTail(limit: run.limits.outputBytes)
    stageEnd = .now + run.limits.total
  }

  private mutating func send() -> Reply {
    guard wake.watch(process.number) else {
      process.signal(SIGKILL)
      _ = process.reap()
      return .failed(.noThread)
    }
    while !wake.hasEnded {
      wait()
      advance()
    }
    // Ends the children that it left running, which usually closes the pipes too.
    process.signal(SIGKILL)
    output.read(from: process.output)
    errors.read(from: process.errors)
    let end = process.reap()
    if wake.isCancelled { return .failed(.cancelled) }
    guard stage == .running else {
      let text = "\(run.path) did not finish within \(run.limits.total.text) and was killed"
      return .failed(TransportFailure(.timedOutAfterSending, text))
    }
    return .process(ProcessReply(end, output: output.bytes, errors: errors.bytes))
  }

  /// Waits until data can be read or written, the program has ended, or the stage's time is up.
  private mutating func wait() {
    var waits = [
      pollfd(fd: wake.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: output.isOpen ? process.output.number : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors.isOpen ? process.errors.number : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: process.inputNumber, events: Int16(POLLOUT), revents: 0),
    ]
    guard poll(&waits, nfds_t(waits.count), timeout) > 0 else { return }
    if waits[0].revents != 0 { wake.drain() }
    if waits[1].revents != 0 { output.read(from: process.output) }
    if waits[2].revents != 0 { errors.read(from: process.errors) }
    if waits[3].revents != 0 { feed() }
  }

  /// Milliseconds to the end of the stage, rounded up; -1 for no limit.
  private var timeout: CInt {
    guard stage != .killed else { return -1 }
    let left = (stageEnd - .now) / .milliseconds(1)
    return CInt(min(max(left.rounded(.up), 0), 1e9))
  }

  /// Moves to the next stage when this one's time is up, or at once if the caller has cancelled.
  private mutating func advance() {
    guard !wake.hasEnded else { return }
    switch stage {
    case .running where wake.isCancelled || .now >= stageEnd:
      process.signal(SIGTERM)
      stage = .asked
      stageEnd = .now + run.limits.grace
    case .asked where .now >= stageEnd:
      process.signal(SIGKILL)
      stage = .killed
    default: break
    }
  }

  /// Writes as much of the input as the program accepts now.
  ///
  /// The input ends after the last byte, or when the program stops reading.
  ///
  /// SIGPIPE is blocked on this thread.
  private mutating func feed() {
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(process.inputNumber, $0.baseAddress, $0.count) }
      guard count >= 0 else {
        if errno == EAGAIN || errno == EINTR { return }
        break
      }
      rest = rest.dropFirst(count)
    }
    rest = []
    process.closeInput()
  }
}

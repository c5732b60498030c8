// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The built program `belfry`, running in a test's own folder.
///
/// Tests can wait for its output as it arrives. It is killed with the last reference to it, so that a failing test
/// leaves nothing behind.
final class BelfryProcess: Sendable {
  /// The result of a finished run.
  struct Result: CustomStringConvertible {
    let status: Int32
    /// Its standard output.
    let answer: String
    /// The lines of both streams, in order of arrival.
    let output: String

    var description: String { "exit status \(status), and it printed:\n\(output)" }
  }

  /// The expected event did not happen.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let process: Process
  private let transcript = Transcript()
  private let arguments: [String]

  /// Starts it.
  ///
  /// - Parameters:
  ///   - arguments: The arguments after `belfry` on the command line.
  ///   - folder: The working folder, with `./channels.json`.
  ///   - environment: Variables added to the environment of the tests.
  /// - Throws: If it is not built or cannot be started.
  init(arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
    self.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process = Process()
    process.executableURL = try BelfryProcess.program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    process.terminationHandler = { [transcript] process in
      let isSignal = process.terminationReason == .uncaughtSignal
      transcript.end(with: isSignal ? 128 + process.terminationStatus : process.terminationStatus)
    }
    try process.run()
    transcript.read(output, isAnswer: true)
    transcript.read(errors, isAnswer: false)
  }

  deinit { kill() }

  /// Runs it to its end.
  ///
  /// - Throws: ``Failure`` if it is still running after this time.
  static func run(
    _ arguments: [String],
    in folder: URL,
    environment: [String: String] = [:],
    within limit: Duration = .untilItHangs
  ) async throws -> Result {
    let belfry = try BelfryProcess(arguments: arguments, in: folder, environment: environment)
    let status = try await belfry.exit(within: limit)
    return Result(status: status, answer: belfry.answer, output: belfry.output)
  }

  /// The lines of both streams so far, in order of arrival.
  var output: String { transcript.text { _ in true } }

  /// Its standard output so far.
  var answer: String { transcript.text(where: \.isAnswer) }

  var identifier: Int32 { process.processIdentifier }

  /// Waits for a line that contains this text, including past ones: the first one, or the one with that number.
  ///
  /// - Throws: ``Failure`` if it ends without the line, or has not printed it after this time.
  @discardableResult
  func line(containing text: String, number: Int = 1, within limit: Duration = .untilItHangs) async throws -> String {
    let line = await transcript.first(within: limit) { state -> String?? in
      let matching = state.lines.filter { $0.text.contains(text) }
      if matching.count >= number { return matching[number - 1].text }
      return state.isOver ? .some(nil) : nil
    }
    if let line = line ?? nil { return line }
    throw failure("did not print “\(text)”" + (number > 1 ? " \(number) times" : ""), limit)
  }

  /// Waits for its end.
  ///
  /// - Returns: The exit status; 128 plus the signal's number if a signal ended it.
  /// - Throws: ``Failure`` if it is still running after this time.
  @discardableResult
  func exit(within limit: Duration = .untilItHangs) async throws -> Int32 {
    let status = await transcript.first(within: limit) { $0.isOver ? $0.status : nil }
    guard let status else { throw failure("did not end", limit) }
    return status
  }

  /// Sends SIGTERM.
  func terminate() { send(SIGTERM) }

  /// Sends SIGINT.
  func interrupt() { send(SIGINT) }

  /// Sends SIGKILL.
  func kill() { send(SIGKILL) }

  private func send(_ signal: Int32) {
    guard process.isRunning else { return }
    _ = Foundation.kill(process.processIdentifier, signal)
  }

  private func failure(_ what: String, _ limit: Duration) -> Failure {
    let command = (["belfry"] + arguments).joined(separator: " ")
    return Failure(description: "\(command) \(what) within \(limit); it printed:\n\(output)")
  }

  /// The program beside the running tests, otherwise the debug build of this package.
  static var program: URL {
    get throws {
      let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
      let tests = [Bundle.main.executableURL, URL(filePath: CommandLine.arguments[0])].compactMap { $0 }
      let beside = tests.map { $0.standardizedFileURL.deletingLastPathComponent().appending(path: "belfry") }
      let candidates = beside + [root.appending(path: ".build/debug/belfry")]
      if let program = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) {
        return program
      }
      throw Failure(description: "belfry is not built. Run swift build --product belfry first.")
    }
  }
}

/// The output of a process, and a way to wait for more of it.
private final class Transcript: Sendable {
  struct Line {
    let text: String
    let isAnswer: Bool
  }

  struct State {
    var lines: [Line] = []
    var status: Int32?
    var openStreams = 2
    /// Signalled at each change; signalling one without a listener does nothing.
    var bells: [AsyncStream<Void>.Continuation] = []

    /// Whether it has ended and all its output has been read.
    var isOver: Bool { status != nil && openStreams == 0 }
  }

  private let state = Mutex(State())

  func text(where isWanted: (Line) -> Bool) -> String {
    state.withLock { $0.lines.filter(isWanted).map(\.text).joined(separator: "\n") }
  }

  func end(with status: Int32) { change { $0.status = status } }

  /// Reads to the end, on its own thread because reading blocks.
  func read(_ pipe: Pipe, isAnswer: Bool) {
    Thread.detachNewThread {
      var rest: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = Foundation.read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        rest += buffer[..<count]
        var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        rest = Array(lines.removeLast())
        self.change { $0.lines += lines.map { Line(text: String(decoding: $0, as: UTF8.self), isAnswer: isAnswer) } }
      }
      self.change { state in
        if !rest.isEmpty { state.lines.append(Line(text: String(decoding: rest, as: UTF8.self), isAnswer: isAnswer)) }
        state.openStreams -= 1
      }
    }
  }

  /// Waits until `find` returns a value; nil if the time is over or the task is cancelled.
  func first<Found: Sendable>(within limit: Duration, _ find: (State) -> Found?) async -> Found? {
    let (changes, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    state.withLock { $0.bells.append(bell) }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Cancelled or over: either way the wait ends.
        do { try await Task.sleep(for: limit) } catch {}
        bell.finish()
      }
      defer { group.cancelAll() }
      var iterator = changes.makeAsyncIterator()
      repeat {
        if let found = state.withLock({ find($0) }) { return found }
      } while await iterator.next() != nil
      return nil
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let bells = state.withLock { state in
      body(&state)
      return state.bells
    }
    for bell in bells { bell.yield() }
  }
}

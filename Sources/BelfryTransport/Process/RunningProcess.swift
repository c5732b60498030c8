// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl
internal import CSpawn

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// A program that was started, and our ends of its pipes.
///
/// It leads a session and a group of its own: what it starts can be ended with it, and a terminal's signals do not reach it.
struct RunningProcess: ~Copyable {
  let number: pid_t
  private var input: Descriptor?
  /// Our end of its standard input; -1 once that has ended.
  private(set) var inputNumber: CInt
  let output: Descriptor
  let errors: Descriptor

  init(_ process: PreparedProcess) throws(SystemError) {
    let input = try Pipe()
    let output = try Pipe()
    let errors = try Pipe()
    number = try RunningProcess.spawn(process, input.reading.number, output.writing.number, errors.writing.number)
    input.writing.makeNonblocking()
    output.reading.makeNonblocking()
    errors.reading.makeNonblocking()
    inputNumber = input.writing.number
    self.input = .some(input.writing)
    self.output = output.reading
    self.errors = errors.reading
  }

  mutating func closeInput() {
    input = nil
    inputNumber = -1
  }

  /// Sends a signal to the program and to all that it started and that did not leave its group.
  ///
  /// Only before the program is reaped: until then no other group can have its number.
  func signal(_ signal: CInt) { _ = kill(-number, signal) }

  /// Takes note of its end, which must have come.
  func reap() -> ProcessReply.End {
    var status: CInt = 0
    while waitpid(number, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exited(Int(status >> 8) & 0xFF) : .signalled(Int(signal))
  }

  private static func spawn(
    _ process: PreparedProcess,
    _ input: CInt,
    _ output: CInt,
    _ errors: CInt
  ) throws(SystemError) -> pid_t {
    #if canImport(Darwin)
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
    #else
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    cspawn_set_folder(&actions, process.run.folder)
    // Ours are closed as the program begins anyhow; a library may have opened one that is not.
    cspawn_close_from(&actions, 3)
    var flags = CInt(POSIX_SPAWN_SETSIGDEF) | CInt(POSIX_SPAWN_SETSIGMASK) | CInt(CSPAWN_OWN_SESSION)
    #if canImport(Darwin)
    flags |= CInt(POSIX_SPAWN_CLOEXEC_DEFAULT)
    #endif
    // This thread handles no signal, which a program would inherit: it is to begin as any does.
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var number = pid_t()
    for _ in 0..<50 {
      let code = CStrings.with(process.arguments) { arguments in
        CStrings.with(process.environment) { environment in
          posix_spawn(&number, process.path, &actions, &attributes, arguments, environment)
        }
      }
      if code == 0 { return number }
      // A program that is just being written, as when it is replaced by a newer one, will not be for long.
      guard code == ETXTBSY else { throw SystemError(code: code) }
      usleep(10_000)
    }
    throw SystemError(code: ETXTBSY)
  }
}

/// Strings as C's programs are given them.
private enum CStrings {
  static func with<Result>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}

// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl
internal import CSpawn

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// A started program, and our ends of its pipes.
///
/// It leads its own session and process group: its children can be ended with it, and a terminal's signals do not reach
/// it.
struct RunningProcess: ~Copyable {
  let number: pid_t
  private var input: Descriptor?
  /// Our end of its standard input; -1 once closed.
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

  /// Sends a signal to the program and to all of its descendants that stayed in its group.
  ///
  /// Only call it before the program is reaped: until then no other group can have its ID.
  func signal(_ signal: CInt) { _ = kill(-number, signal) }

  /// Reaps the program, which must have ended.
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
    // Our own descriptors are closed on exec anyway; a library may have opened one that is not.
    cspawn_close_from(&actions, 3)
    var flags = CInt(POSIX_SPAWN_SETSIGDEF) | CInt(POSIX_SPAWN_SETSIGMASK) | CInt(CSPAWN_OWN_SESSION)
    #if canImport(Darwin)
    flags |= CInt(POSIX_SPAWN_CLOEXEC_DEFAULT)
    #endif
    // This thread blocks all signals, and a program would inherit that. It must start with the defaults.
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
      // ETXTBSY: the program is being written, for example by an upgrade. That ends soon, so try again.
      guard code == ETXTBSY else { throw SystemError(code: code) }
      usleep(10_000)
    }
    throw SystemError(code: ETXTBSY)
  }
}

/// Strings in the form that C programs receive them.
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

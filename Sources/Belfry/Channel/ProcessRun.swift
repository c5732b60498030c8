// SPDX-License-Identifier: Apache-2.0

/// One run of a program, without a shell: what it is given, and how long it may take.
public struct ProcessRun: Sendable, Hashable {
  /// The program, an absolute path; only what may be shown of it where `sealed` has one.
  public var path: String
  /// What it is given on its command line, the name of the program not among it; only what may be shown of each that
  /// `sealed` has.
  public var arguments: [String]
  /// Its whole environment: nothing of ours is handed down.
  public var environment: [EnvironmentVariable]
  /// The absolute folder that it works in.
  public var folder: String
  /// What it reads from its standard input, which then ends.
  public var input: [UInt8]
  /// How long it may take, and how much of what it prints is kept.
  public var limits: ProcessLimits
  /// What is used in place of `path` and `arguments` where they hold a secret.
  public var sealed: Sealed

  /// The path and the arguments as the program gets them, each where it holds a secret and empty where it does not.
  public struct Sealed: Sendable, Hashable {
    /// The whole path.
    public var path: Secret
    /// The whole of each argument; those that are missing at the end hold no secret.
    public var arguments: [Secret]
    /// Creates a value; without arguments nothing is secret.
    public init(path: Secret = Secret(), arguments: [Secret] = []) {
      self.path = path
      self.arguments = arguments
    }
  }

  /// Creates a run.
  public init(
    path: String,
    arguments: [String] = [],
    environment: [EnvironmentVariable] = [],
    folder: String = "/",
    input: [UInt8] = [],
    limits: ProcessLimits = ProcessLimits(),
    sealed: Sealed = Sealed()
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.input = input
    self.limits = limits
    self.sealed = sealed
  }
}

/// A variable in the environment of a program.
public struct EnvironmentVariable: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// What it holds.
  public var value: HTTPField.Value

  /// Creates a variable that may be shown.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = .text(value)
  }

  /// Creates a variable that holds a secret.
  public init(_ name: String, secret: Secret) {
    self.name = name
    self.value = .secret(prefix: "", secret)
  }
}

/// How long a program may take, and how much of what it prints is kept.
public struct ProcessLimits: Sendable, Hashable {
  /// From its start to its end; then it and what it started are asked to end.
  public var total: Duration
  /// How long they have for that, before they are ended.
  public var grace: Duration
  /// Bytes that are kept of each output, the last ones; the rest is read and forgotten.
  public var outputBytes: Int

  /// Creates limits.
  public init(total: Duration = .seconds(10), grace: Duration = .seconds(2), outputBytes: Int = 16_384) {
    self.total = total
    self.grace = grace
    self.outputBytes = outputBytes
  }
}

/// How a program ended, and what it printed last.
public struct ProcessReply: Sendable, Hashable {
  /// How a program can end.
  public enum End: Sendable, Hashable {
    /// By itself, with a status.
    case exited(Int)
    /// By a signal.
    case signalled(Int)
  }

  /// How it ended.
  public var end: End
  /// The end of what it wrote to its standard output.
  public var output: [UInt8]
  /// The end of what it wrote to its standard error.
  public var errors: [UInt8]

  /// Creates a reply.
  public init(_ end: End, output: [UInt8] = [], errors: [UInt8] = []) {
    self.end = end
    self.output = output
    self.errors = errors
  }
}

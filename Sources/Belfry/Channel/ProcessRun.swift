// SPDX-License-Identifier: Apache-2.0

/// One run of a program, without a shell: its input and its limits.
public struct ProcessRun: Sendable, Hashable {
  /// The program's absolute path; if `sealed` has one, only the part that may be shown.
  public var path: String
  /// The command-line arguments without the program's name; for those that `sealed` has, only the part that may be
  /// shown.
  public var arguments: [String]
  /// Its complete environment: Belfry's own is not passed on.
  public var environment: [EnvironmentVariable]
  /// The absolute path of its working folder.
  public var folder: String
  /// The content of its standard input, which then ends.
  public var input: [UInt8]
  /// The time limits, and how much of the output is kept.
  public var limits: ProcessLimits
  /// The values used instead of `path` and `arguments` if they hold a secret.
  public var sealed: Sealed

  /// The path and the arguments that the program gets, each if it holds a secret and otherwise empty.
  public struct Sealed: Sendable, Hashable {
    /// The whole path.
    public var path: Secret
    /// The complete arguments; those missing at the end hold no secret.
    public var arguments: [Secret]
    /// Creates a value; by default nothing is secret.
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

/// An environment variable of a program.
public struct EnvironmentVariable: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// Its value.
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

/// The time limits of a program, and how much of its output is kept.
public struct ProcessLimits: Sendable, Hashable {
  /// The time from its start until it and its children are asked to end.
  public var total: Duration
  /// The time they have to end before they are killed.
  public var grace: Duration
  /// The number of bytes kept of each output, the last ones; the rest is read and discarded.
  public var outputBytes: Int

  /// Creates limits.
  public init(total: Duration = .seconds(10), grace: Duration = .seconds(2), outputBytes: Int = 16_384) {
    self.total = total
    self.grace = grace
    self.outputBytes = outputBytes
  }
}

/// How a program ended, and the end of its output.
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
  /// The end of its standard output.
  public var output: [UInt8]
  /// The end of its standard error.
  public var errors: [UInt8]

  /// Creates a reply.
  public init(_ end: End, output: [UInt8] = [], errors: [UInt8] = []) {
    self.end = end
    self.output = output
    self.errors = errors
  }
}

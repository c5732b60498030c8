// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// What every channel has to keep, as a test: whatever an alert holds and whatever a service answers, nothing breaks,
/// nothing leaks, and nothing is judged wrongly that can be judged without knowing the service.
///
/// ```swift
/// @Test("keeps the contract of channels")
/// func contract() async throws {
///   try await ChannelContract(PagerChannel.self, settings: #"{ "url": "https://example.com", "token": "t0p-s3cret" }"#).verify()
/// }
/// ```
/// It is a value with one function and belongs to no test library.
public struct ChannelContract<Channel: NotificationChannel>: Sendable {
  let settings: String
  let environment: [String: String]
  let success: Reply?

  /// Creates the contract for a channel.
  ///
  /// - Parameters:
  ///   - type: the channel.
  ///   - settings: its settings as they stand in `channels.json`, with every secret set to a word that is found nowhere
  ///     else: the contract looks for it where it must not be.
  ///   - environment: what the variables in the settings hold, such as `${TOKEN}`. All of it is secret.
  ///   - success: what the service answers when it has accepted. When left out: status 200, code 250, an append done, or exit
  ///     status 0.
  public init(
    _ type: Channel.Type,
    settings: String,
    environment: [String: String] = [:],
    success: Reply? = nil
  ) {
    self.settings = settings
    self.environment = environment
    self.success = success
  }

  /// Checks all of it.
  ///
  /// Nothing in it waits yet; it is `async` so that a check that does needs no change in anyone's tests.
  ///
  /// - Throws: `BrokenContract`, which lists every breach.
  public func verify() async throws {
    var breaches = Breaches()
    checkSettings(&breaches)
    if let channel = try? channel(), let sample = try? channel.compose(ContractNotices.plain) {
      checkSecrecy(channel, sample, &breaches)
      checkComposing(channel, sample, &breaches)
      checkInterpreting(channel, sample, &breaches)
    } else {
      breaches.add("a plain alert cannot be composed with these settings.")
    }
    try breaches.finish()
  }

  /// The channel made of the settings, for tests of what is its own.
  ///
  /// - Throws: `BrokenContract` when the settings have errors.
  public func channel() throws -> Channel { Channel(name: "contract", settings: try decoded()) }

  func decoded() throws -> Channel.Settings {
    let (settings, report) = decode(try node())
    guard let settings else { throw BrokenContract(breaches: report.findings.map(\.text)) }
    return settings
  }

  func node() throws -> JSONNode {
    let (node, problems) = JSONTree.parse(source)
    guard let node, problems.isEmpty else {
      throw BrokenContract(breaches: ["the settings given to the contract are not JSON: \(problems)"])
    }
    var report = Report(source: source, folder: "/srv/belfry")
    let expanded = Substitution(environment: environment).expand(node, report: &report)
    guard report.errorCount == 0 else { throw BrokenContract(breaches: report.findings.map(\.text)) }
    return expanded
  }

  func decode(_ node: JSONNode) -> (settings: Channel.Settings?, report: Report) {
    var report = Report(source: source, folder: "/srv/belfry")
    let settings = Channel.Settings(decoding: node, besides: ["kind"], report: &report)
    return (settings, report)
  }

  /// What stands in the settings' secret fields, also in those of objects and lists within them, and what came from variables.
  var secrets: [String] {
    guard let node = try? node() else { return [] }
    let members = Channel.Settings.fields.map(\.summary).map { (node[$0.name], $0.shape) }
    let written = members.flatMap { node, shape in node.map { ChannelContract.secrets(in: $0, shape) } ?? [] }
    return Set(written + environment.values).filter { !$0.isEmpty }.sorted()
  }

  private static func secrets(in node: JSONNode, _ shape: FieldShape) -> [String] {
    switch shape {
    case .secret: [node.string ?? ""].filter { !$0.isEmpty }
    case .record(let fields): fields.flatMap { field in node[field.name].map { secrets(in: $0, field.shape) } ?? [] }
    case .list(let element): (node.elements ?? []).flatMap { secrets(in: $0, element) }
    case .oneOf(let shapes): shapes.flatMap { secrets(in: node, $0) }
    case .said(_, let shape): secrets(in: node, shape)
    default: []
    }
  }

  private var source: SourceText { SourceText(name: "settings", bytes: Array(settings.utf8)) }
}

extension FieldShape {
  /// Whether every value of this shape is a secret.
  fileprivate var isSecret: Bool {
    switch self {
    case .secret: true
    case .list(let element): element.isSecret
    case .oneOf(let shapes): shapes.allSatisfy(\.isSecret)
    default: false
    }
  }
}

/// What a channel does that no channel may do.
public struct BrokenContract: Error, Sendable, CustomStringConvertible {
  /// Every breach, a sentence each.
  public var breaches: [String]

  /// Creates the error from sentences.
  public init(breaches: [String]) { self.breaches = breaches }

  /// The breaches, one a line.
  public var description: String {
    (["the channel breaks its contract:"] + breaches.map { "* \($0)" }).joined(separator: "\n")
  }
}

/// Breaches as they are found.
struct Breaches {
  private var sentences: [String] = []
  private var seen: Set<String> = []

  mutating func add(_ sentence: String) {
    if seen.insert(sentence).inserted { sentences.append(sentence) }
  }

  mutating func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) {
    if !holds { add(sentence()) }
  }

  func finish() throws(BrokenContract) {
    guard !sentences.isEmpty else { return }
    // One mistake in a table can break the contract for every status.
    let rest = sentences.count > 50 ? ["and \(sentences.count - 50) more."] : []
    throw BrokenContract(breaches: sentences.prefix(50) + rest)
  }
}

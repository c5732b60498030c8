// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The contract of every channel, as a test: whatever an alert holds and whatever a service answers, nothing crashes,
/// nothing leaks, and every answer with a universal meaning is judged correctly.
///
/// ```swift
/// @Test("keeps the channel contract")
/// func contract() async throws {
///   try await ChannelContract(PagerChannel.self, settings: #"{ "url": "https://example.com", "token": "t0p-s3cret" }"#).verify()
/// }
/// ```
/// It is a value with one function and depends on no test library.
public struct ChannelContract<Channel: NotificationChannel>: Sendable {
  let settings: SettingsContract<Channel.Settings>
  let success: Reply?

  /// Creates the contract for a channel.
  ///
  /// - Parameters:
  ///   - type: The channel.
  ///   - settings: Its settings as in `channels.json`, with every secret set to a word that occurs nowhere else. The
  ///     contract searches for that word where it must not occur.
  ///   - environment: The values of the variables in the settings, such as `${TOKEN}`. All of them are secret.
  ///   - success: The service's answer when it accepts. By default: status 200, code 250, a completed append, or exit
  ///     status 0.
  public init(
    _ type: Channel.Type,
    settings: String,
    environment: [String: String] = [:],
    success: Reply? = nil
  ) {
    self.settings = SettingsContract(text: settings, environment: environment, folder: "/srv/belfry")
    self.success = success
  }

  /// Checks the whole contract.
  ///
  /// Nothing in it suspends yet. It is `async` so that future checks can, without changes to existing tests.
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

  /// Checks the settings, and that nothing shows their secrets: what other settings of a verified channel can break.
  ///
  /// - Throws: `BrokenContract`, which lists every breach.
  package func verifySettings() throws {
    var breaches = Breaches()
    checkSettings(&breaches)
    let channel = try channel()
    do throws(Uncomposable) {
      checkSecrecy(channel, try channel.compose(ContractNotices.plain), &breaches)
    } catch {
      breaches.add("a plain alert cannot be composed with these settings.")
    }
    try breaches.finish()
  }

  /// The channel made from the settings, for the channel's own tests.
  ///
  /// - Throws: `BrokenContract` if the settings have errors.
  public func channel() throws -> Channel { Channel(name: "contract", settings: try settings.decoded()) }
}

/// The breaches of a contract by a channel or a source.
public struct BrokenContract: Error, Sendable, CustomStringConvertible {
  /// Every breach, as one sentence each.
  public var breaches: [String]

  /// Creates the error from sentences.
  public init(breaches: [String]) { self.breaches = breaches }

  /// The breaches, one per line.
  public var description: String {
    (["the contract is broken:"] + breaches.map { "* \($0)" }).joined(separator: "\n")
  }
}

/// Collects breaches.
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

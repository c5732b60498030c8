// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension ChannelContract {
  /// Checks that no printed form of anything shows a secret, and that a dry run records none.
  func checkSecrecy(_ channel: Channel, _ sample: Outgoing, _ breaches: inout Breaches) {
    let secrets = settings.secrets
    let hasSecret = Channel.Settings.fields.contains { $0.summary.shape == .secret && $0.summary.isRequired }
    breaches.expect(!hasSecret || !secrets.isEmpty, "the settings given to the contract set no secret to check for.")
    settings.checkForms(of: channel, "the channel", &breaches)
    if let decoded = try? settings.decoded() { settings.checkForms(of: decoded, "the settings", &breaches) }
    settings.checkForms(of: sample, "what is sent", &breaches)
    for secret in secrets where sample.carriesOpenly(secret) {
      breaches.add("a secret appears in the body, the address or a plain header field of what is sent.")
    }
  }
}

extension Outgoing {
  /// Whether a dry run would show the text.
  func carriesOpenly(_ text: String) -> Bool {
    switch self {
    case .http(let exchange):
      exchange.url.contains(text) || exchange.body.holds(text)
        || exchange.fields.contains { $0.value.description.contains(text) }
    case .mail(let mail): mail.message.holds(text)
    case .append(let append): append.bytes.holds(text)
    case .process(let run):
      run.input.holds(text) || ([run.path, run.folder] + run.arguments).contains { $0.contains(text) }
        || run.environment.contains { $0.value.description.contains(text) }
    }
  }
}

extension [UInt8] {
  func holds(_ text: String) -> Bool { !ranges(of: Array(text.utf8)).isEmpty }
}

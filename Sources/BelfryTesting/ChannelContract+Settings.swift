// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension ChannelContract {
  /// Checks that settings are decoded strictly, and that an unset variable disables only this channel.
  func checkSettings(_ breaches: inout Breaches) {
    guard let node = settings.check(&breaches) else { return }
    for field in Channel.Settings.fields.map(\.summary) where field.isRequired {
      checkUnset(field.name, field.shape, in: node, &breaches)
    }
  }

  private func checkUnset(_ name: String, _ shape: FieldShape, in node: JSONNode, _ breaches: inout Breaches) {
    let environment = Substitution(environment: [:])
    var report = Report(source: SourceText(name: "settings", bytes: []), folder: "/")
    let expanded = environment.expand(node.replacing(name, .string("${UNSET:-}")), report: &report)
    guard let settings = self.settings.decode(expanded).settings else {
      return breaches.add("the setting `\(name)` that an unset variable leaves empty is an error, not a warning.")
    }
    do throws(Uncomposable) {
      _ = try Channel(name: "contract", settings: settings).compose(ContractNotices.plain)
      breaches.add("without `\(name)` a notice is composed all the same; throw Uncomposable.")
    } catch {
      breaches.expect(
        shape != .secret || error.rejection == .operator,
        "without the secret `\(name)` the recipient is blamed; throw Uncomposable with `rejection: .operator`."
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension ChannelContract {
  /// Checks that settings are decoded strictly, and that an unset variable disables only this channel.
  func checkSettings(_ breaches: inout Breaches) {
    guard let node = try? node(), (try? decoded()) != nil else {
      return breaches.add("the settings given to the contract have errors: \(settingsErrors)")
    }
    let fields = Channel.Settings.fields.map(\.summary)
    breaches.expect(
      Set(fields.map(\.name)).count == fields.count,
      "two settings have one name."
    )
    breaches.expect(
      hasErrors(node.replacing("no_such_key", .bool(true))),
      "an unknown key is taken without an error."
    )
    for field in fields {
      breaches.expect(!field.note.isEmpty, "the setting `\(field.name)` has no note.")
      breaches.expect(
        hasErrors(node.replacing(field.name, .object([]))),
        "the setting `\(field.name)` takes an empty object without an error."
      )
    }
    for field in fields where field.isRequired { checkRequired(field.name, field.shape, in: node, &breaches) }
  }

  private func checkRequired(_ name: String, _ shape: FieldShape, in node: JSONNode, _ breaches: inout Breaches) {
    breaches.expect(hasErrors(node.removing(name)), "the setting `\(name)` is required, but may be left out.")
    breaches.expect(hasErrors(node.replacing(name, .string(""))), "the setting `\(name)` may be the empty string.")
    let environment = Substitution(environment: [:])
    var report = Report(source: SourceText(name: "settings", bytes: []), folder: "/")
    let expanded = environment.expand(node.replacing(name, .string("${UNSET:-}")), report: &report)
    guard let settings = decode(expanded).settings else {
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

  private func hasErrors(_ node: JSONNode) -> Bool { decode(node).settings == nil }

  private var settingsErrors: String {
    do {
      _ = try decoded()
      return ""
    } catch { return "\(error)" }
  }
}

extension JSONNode {
  fileprivate func replacing(_ name: String, _ value: Value) -> JSONNode {
    let member = Member(name: name, offset: offset, node: JSONNode(value, offset: offset))
    return JSONNode(.object((removing(name).members ?? []) + [member]), offset: offset)
  }

  fileprivate func removing(_ name: String) -> JSONNode {
    JSONNode(.object((members ?? []).filter { $0.name != name }), offset: offset)
  }
}

// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// One integration of a receiver, such as an element of `email_configs`, while it is converted.
struct Integration {
  var section: YAMLSection
  /// The receiver's name.
  let receiver: String
  let defaults: AlertmanagerDefaults

  /// Takes a secret, or else the one of `global`.
  mutating func secret(
    _ name: String,
    orGlobal shared: String? = nil,
    _ result: inout ImportedConfiguration
  ) -> ImportedSecret? {
    ImportedSecret(&section, name, &result.report) ?? shared.flatMap(defaults.secret)
  }

  /// Takes a text, or else the one of `global`.
  mutating func text(
    _ name: String,
    orGlobal shared: String? = nil,
    _ result: inout ImportedConfiguration
  ) -> String? {
    section.text(name, &result.report) ?? shared.flatMap(defaults.text)
  }

  /// The key `template` of the channel, for the keys of the title and the text.
  mutating func template(
    title: String? = nil,
    body: String? = nil,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    GoTemplate.template(title: title, body: body, in: &section, defaults, &result.report)
  }

  /// Reports keys whose texts and decorations Belfry makes itself.
  mutating func replace(_ keys: [String], _ result: inout ImportedConfiguration) {
    GoTemplate.change(keys, in: &section, &result.report)
  }

  /// Takes how it connects; only some kinds of channel use a proxy of the environment.
  mutating func connection(
    hasEnvironmentProxy: Bool = false,
    _ result: inout ImportedConfiguration
  ) -> HTTPConnection {
    HTTPConnection(
      &section,
      receiver: receiver,
      defaults,
      hasEnvironmentProxy: hasEnvironmentProxy,
      &result
    )
  }

  /// How `channels.json` refers to a secret of this integration.
  func reference(_ secret: ImportedSecret, _ purpose: String, _ result: inout ImportedConfiguration) -> String {
    secret.reference(secret.parts(of: receiver), purpose, &result)
  }
}

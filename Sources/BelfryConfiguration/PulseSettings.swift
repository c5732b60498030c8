// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `pulse`: the URL that Belfry requests while it is healthy, so that an external monitor notices when it
/// stops.
package struct PulseSettings: FieldValue, AddressRestricting {
  package var url = WebAddress()
  package var every = Period(.seconds(60))
  package var ca: SourcePath?
  package var addresses = AddressLists()
  package var note = ""

  static let note = "An address to call while Belfry is well, so that an external service notices when it stops."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  static let fields: [Field<PulseSettings>] =
    [
      .required("url", \.url, "The address, called with GET.", example: "https://watch.example.com/ping/belfry"),
      .optional("every", \.every, "How often.", otherwise: "1m"),
      .optional(
        "ca",
        \.ca,
        "A PEM file with the authorities to trust instead of the system's.",
        otherwise: "the system's"
      ),
      .optional("note", \.note, "Free text.", otherwise: "none"),
    ] + Field.addressFields

  package static func read(_ node: JSONNode, _ report: inout Report) -> PulseSettings? {
    var settings = PulseSettings()
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    settings.checkAddresses(reaching: settings.url.host, of: "url", in: node, &report)
    return report.troubleCount == trouble ? settings : nil
  }

  package var shown: String { "every \(every.duration.text)" }
}

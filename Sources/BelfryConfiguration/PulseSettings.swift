// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `pulse`: the URL that Belfry requests while it is healthy, so that an external monitor notices when it
/// stops.
package struct PulseSettings: FieldRecord, AddressRestricting, HTTPConfigurable {
  package var url = WebAddress()
  package var every = Period(.seconds(60))
  package var ca: SourcePath?
  package var addresses = AddressLists()
  package var httpOptions = HTTPOptions()
  package var note = ""

  package init() {}

  static let note = "An address to call while Belfry is well, so that an external service notices when it stops."

  package static let fields: [Field<PulseSettings>] =
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
    ] + Field.httpFields + Field.addressFields

  package mutating func check(_ node: JSONNode, _ report: inout Report) {
    checkHTTP(url, key: "url", addresses: addresses != AddressLists(), &report)
    checkAddresses(reaching: url.host, of: "url", in: node, &report)
  }

  package var shown: String { "every \(every.duration.text)" }
}

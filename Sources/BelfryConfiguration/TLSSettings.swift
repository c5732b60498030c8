// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `server.tls`: the files for TLS.
package struct TLSSettings: FieldRecord {
  /// The server's certificate chain in PEM, its own certificate first.
  package var certificate = Located(LocalPath(), at: 0)
  /// The private key of that certificate in PEM, without a passphrase.
  package var key = Located(LocalPath(), at: 0)
  package var note = ""

  package init() {}

  package static let fields: [Field<TLSSettings>] = [
    .required(
      "certificate",
      \.certificate,
      "A PEM file with the server's certificate, followed by the certificates that lead to an authority.",
      example: "/etc/belfry/server.pem"
    ),
    .required("key", \.key, "A PEM file with its private key.", example: "/etc/belfry/server.key"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  /// Whether it names the same files.
  package func isSame(as other: TLSSettings?) -> Bool {
    certificate.value == other?.certificate.value && key.value == other?.key.value
  }

  package var shown: String { certificate.shown }
}

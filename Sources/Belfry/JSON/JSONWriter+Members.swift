// SPDX-License-Identifier: Apache-2.0

// Members, one line each.
extension JSONWriter {
  /// Writes an object; `body` writes its members.
  public mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  /// Writes a list; `body` writes each element.
  public mutating func array<Element>(
    _ elements: some Sequence<Element>,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    beginArray()
    for element in elements { body(&self, element) }
    endArray()
  }

  /// Writes a member with a string, or with `null`.
  public mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// Writes a member with a whole number.
  public mutating func member(_ name: String, _ value: Int) {
    key(name)
    int(value)
  }

  /// Writes a member with `true` or `false`.
  public mutating func member(_ name: String, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// Writes a member with a list of strings.
  public mutating func member(_ name: String, _ values: [String]) {
    key(name)
    array(values) { $0.string($1) }
  }

  /// Writes a member with a secret: it is in `sealedText`, and in `bytes` it is masked.
  public mutating func member(_ name: String, _ value: Secret) {
    key(name)
    secret(value)
  }

  /// Writes a member with an object; `body` writes its members.
  public mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    object(body)
  }

  /// Writes a member with a list; `body` writes each element.
  public mutating func array<Element>(
    _ name: String,
    _ elements: some Sequence<Element>,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    key(name)
    array(elements, body)
  }

  /// Writes an alert as an object in Belfry's own format, the one that sources read.
  public mutating func alert(_ alert: Alert) { alert.encode(into: &self) }
}

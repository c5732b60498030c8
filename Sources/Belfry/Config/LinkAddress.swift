// SPDX-License-Identifier: Apache-2.0

/// A web address that appears in messages, such as the base of links; values from variables are shown too.
package struct LinkAddress: FieldValue, Hashable {
  package var address: WebAddress

  package init(_ address: WebAddress) { self.address = address }

  package static var shape: FieldShape { WebAddress.shape }

  package static func read(_ node: JSONNode, _ report: inout Report) -> LinkAddress? {
    var plain = node
    plain.substitution = nil
    return WebAddress.read(plain, &report).map(LinkAddress.init)
  }

  package var shown: String { address.shown }
}

// SPDX-License-Identifier: Apache-2.0

extension Receipt {
  /// Who is not going to get it, as the channel names them; nil when there is nobody.
  package var refused: String? { self["refused"] }
  /// Who is still to get it, as the channel names them; nil when there is nobody.
  package var waiting: String? { self["waiting"] }

  /// The same when there is no further attempt: who was still to get it is not going to.
  package var givenUp: Receipt {
    var values = values
    values["refused"] = [refused, waiting].compactMap(\.self).joined(separator: ", ")
    values["waiting"] = nil
    return Receipt(values)
  }
}

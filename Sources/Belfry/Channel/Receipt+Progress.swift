// SPDX-License-Identifier: Apache-2.0

extension Receipt {
  /// The recipients refused for good, as the channel names them; nil if there are none.
  package var refused: String? { self["refused"] }
  /// The recipients that still have to get it, as the channel names them; nil if there are none.
  package var waiting: String? { self["waiting"] }

  /// The receipt after the last attempt: recipients that still had to get it count as refused.
  package var givenUp: Receipt {
    var values = values
    values["refused"] = [refused, waiting].compactMap(\.self).joined(separator: ", ")
    values["waiting"] = nil
    return Receipt(values)
  }
}

// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension SilenceID: StoredText {
  package var storedText: String { text }
  package init(storedText: String) { self.init(storedText) }
}

extension ListKey: StoredText {
  package var storedText: String { description }
  package init?(storedText: String) { self.init(text: storedText) }
}

extension HoldKey: StoredText {
  package var storedText: String { text }
  package init(storedText: String) { self.init(storedText) }
}

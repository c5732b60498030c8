// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension SilenceID: StoredText {
  package var storedText: String { text }
  package init(storedText: String) { self.init(storedText) }
}

extension HoldID: StoredText {
  package var storedText: String { description }
  package init?(storedText: String) { self.init(text: storedText) }
}

extension GroupKey: StoredText {
  package var storedText: String { text }
  package init(storedText: String) { self.init(storedText) }
}

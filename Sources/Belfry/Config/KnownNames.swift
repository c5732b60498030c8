// SPDX-License-Identifier: Apache-2.0

/// The names that a file may refer to, and the closest one to a mistyped name.
///
/// A lookup takes about the same time however many names there are.
package struct KnownNames: Sendable {
  private let names: [String]
  private let members: Set<String>
  /// The names in order, and in the order of their reversed texts; empty for a few names, which are all compared.
  private var byStart: [String] = []
  private var byEnd: [(reversed: String, name: String)] = []

  /// How many names are compared with a mistyped one.
  package static let compared = 100

  package init(_ names: [String]) {
    self.names = names
    members = Set(names)
    guard names.count > KnownNames.compared else { return }
    byStart = names.sorted()
    byEnd = names.map { (String($0.reversed()), $0) }.sorted { $0.reversed < $1.reversed }
  }

  package var isEmpty: Bool { names.isEmpty }
  package func contains(_ name: String) -> Bool { members.contains(name) }

  /// A sentence that suggests the name closest to an unknown one, or lists the names if none is close.
  package func remedy(for name: String, besides other: String? = nil) -> String {
    let near = candidates(for: name).filter { $0 != other }
    if let near = Nearest.name(to: name, among: near) { return "Did you mean \"\(near)\"?" }
    return Nearest.list(names.filter { $0 != other })
  }

  /// The names that may be the closest to a name: of many, those that begin or end most like it.
  private func candidates(for name: String) -> [String] {
    guard names.count > KnownNames.compared else { return names }
    let reach = KnownNames.compared / 4
    let start = KnownNames.position(in: byStart.count) { byStart[$0] < name }
    let reversed = String(name.reversed())
    let end = KnownNames.position(in: byEnd.count) { byEnd[$0].reversed < reversed }
    let alike = byStart[max(0, start - reach)..<min(byStart.count, start + reach)]
    let ending = byEnd[max(0, end - reach)..<min(byEnd.count, end + reach)]
    return alike + ending.map(\.name)
  }

  /// The number of leading indices for which `isBefore` holds, of those below `count`.
  private static func position(in count: Int, _ isBefore: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A value that a template can use.
package enum TemplateValue: Sendable {
  /// There is no such value; its text is empty.
  case none
  case text(String)
  case number(Int)
  case bool(Bool)
  case instant(Instant)
  case duration(Duration)
  case list([TemplateValue])
  /// Names chosen by others, such as labels, in order.
  case labels(Labels)
  case object(any TemplateObject)
}

/// Values by name, made when a template uses them.
package protocol TemplateObject: Sendable {
  /// The names of the members, in the order in which JSON has them.
  var memberNames: [String] { get }
  /// The member's value; `.none` if there is no such member.
  func member(_ name: String) -> TemplateValue
}

extension TemplateValue {
  /// Whether a condition with this value holds: it is not missing, empty, zero or false.
  var isTrue: Bool {
    switch self {
    case .none: false
    case .bool(let value): value
    case .number(let number): number != 0
    case .text(let text): !text.isEmpty
    case .instant, .object: true
    case .duration(let duration): duration != .zero
    case .list(let elements): !elements.isEmpty
    case .labels(let labels): !labels.isEmpty
    }
  }

  /// Whether it is missing or empty, so that a default takes its place.
  var isMissing: Bool {
    switch self {
    case .none: true
    case .text(let text): text.isEmpty
    case .list(let elements): elements.isEmpty
    case .labels(let labels): labels.isEmpty
    default: false
    }
  }

  /// The text of a single value; empty for lists and objects.
  var text: String {
    switch self {
    case .none, .list, .labels, .object: ""
    case .text(let text): text
    case .number(let number): String(number)
    case .bool(let value): value ? "true" : "false"
    case .instant(let instant): Instant(seconds: Int64(instant.wholeSeconds)).iso8601
    case .duration(let duration): duration.brief
    }
  }

  /// The values that a loop visits; of anything but a list or labels, none.
  var elements: [TemplateValue] {
    switch self {
    case .list(let elements): elements
    case .labels(let labels): labels.map { .object(TemplateLabel($0)) }
    default: []
    }
  }

  /// The number of elements of a list, or of characters of a text.
  var count: Int {
    switch self {
    case .list(let elements): elements.count
    case .labels(let labels): labels.count
    case .none: 0
    default: text.count
    }
  }

  func member(_ name: String) -> TemplateValue {
    switch self {
    case .labels(let labels): labels[name].map { .text($0) } ?? .none
    case .object(let object): object.member(name)
    case .list(let elements):
      switch name {
      case "first": elements.first ?? .none
      case "last": elements.last ?? .none
      case "count": .number(elements.count)
      default: Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil } ?? .none
      }
    case .none, .text, .number, .bool, .instant, .duration: .none
    }
  }

  /// How two values are ordered: numbers, moments and durations as such, everything else by the bytes of its text.
  func order(_ other: TemplateValue) -> Order {
    switch (self, other) {
    case (.number(let left), .number(let right)): Order(left, right)
    case (.instant(let left), .instant(let right)): Order(left, right)
    case (.duration(let left), .duration(let right)): Order(left, right)
    case (.duration(let left), .text(let text)): Duration(text: text).map { Order(left, $0) } ?? byText(other)
    case (.text(let text), .duration(let right)): Duration(text: text).map { Order($0, right) } ?? byText(other)
    case (.number(let left), .text(let text)): Int(text).map { Order(left, $0) } ?? byText(other)
    case (.text(let text), .number(let right)): Int(text).map { Order($0, right) } ?? byText(other)
    default: byText(other)
    }
  }

  private func byText(_ other: TemplateValue) -> Order { Order(ExactText(text), ExactText(other.text)) }

  enum Order {
    case less, equal, greater

    init<Value: Comparable>(_ left: Value, _ right: Value) {
      self = left == right ? .equal : left < right ? .less : .greater
    }
  }

  /// Whether it is an element of a list, a name of labels, or part of a text.
  func isContained(in other: TemplateValue) -> Bool {
    switch other {
    case .list(let elements): elements.contains { $0.order(self) == .equal }
    case .labels(let labels): labels[text] != nil
    case .none, .object: false
    default: TemplateValue.contains(other.text, text)
    }
  }

  private static func contains(_ text: String, _ part: String) -> Bool {
    part.isEmpty || !BytePattern(Array(part.utf8)).occurrences(in: Array(text.utf8)).isEmpty
  }
}

/// A label in a loop: `name` and `value`.
struct TemplateLabel: TemplateObject {
  private let label: Labels.Label
  init(_ label: Labels.Label) { self.label = label }

  var memberNames: [String] { ["name", "value"] }
  func member(_ name: String) -> TemplateValue {
    switch name {
    case "name": .text(label.name)
    case "value": .text(label.value)
    default: .none
    }
  }
}

extension Duration {
  /// The two largest units, rounded down: `42s`, `14m`, `3h 42m`, `2d 4h`.
  var brief: String {
    let seconds = max(0, components.seconds)
    func parts(_ first: Int64, _ unit: String, _ second: Int64, _ smaller: String) -> String {
      second == 0 ? "\(first)\(unit)" : "\(first)\(unit) \(second)\(smaller)"
    }
    return switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86_400: parts(seconds / 3600, "h", seconds % 3600 / 60, "m")
    default: parts(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
    }
  }
}

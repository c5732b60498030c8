// SPDX-License-Identifier: Apache-2.0

/// The labels of an alert: name and value pairs, sorted by the bytes of the name, each name once.
///
/// It is an array instead of a dictionary: alerts have few labels, and a sorted array compares, hashes and encodes in
/// one order.
public struct Labels: Sendable, Hashable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
  /// A name and its value.
  public struct Label: Sendable, Hashable {
    /// The name, unique among an alert's labels.
    @ExactText public private(set) var name: String
    /// The value; may be empty.
    @ExactText public private(set) var value: String
    /// Creates a label.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }

    /// The name for comparing by bytes.
    fileprivate var key: ExactText { _name }
  }

  private var pairs: [Label] = []

  /// Creates an empty list.
  public init() {}

  /// Creates labels; of two with the same name, the later one wins.
  public init(_ labels: some Sequence<Label>) {
    pairs.reserveCapacity(labels.underestimatedCount)
    for label in labels { self[label.name] = label.value }
  }

  /// Creates labels from a literal; of two with the same name, the later one wins.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(elements.map { Label(name: $0.0, value: $0.1) })
  }

  /// The labels that all of these lists have, with the same value.
  package init(sharedBy lists: some Collection<Labels>) {
    guard let first = lists.first else { return }
    if lists.count == 1 {
      self = first
    } else {
      pairs = first.pairs.filter { label in
        lists.dropFirst().allSatisfy { $0[label.name]?.isExactly(label.value) == true }
      }
    }
  }

  /// Always 0.
  public var startIndex: Int { pairs.startIndex }
  /// The number of labels.
  public var endIndex: Int { pairs.endIndex }
  /// The label at an index, in the order of names.
  public subscript(position: Int) -> Label { pairs[position] }

  /// The value of the label with that name; nil if there is none.
  ///
  /// Setting nil removes the label.
  public subscript(name: String) -> String? {
    get {
      // One after the other: most differ in length, so that this costs less than a binary search.
      let key = ExactText(name)
      for index in pairs.indices where pairs[index].key == key { return pairs[index].value }
      return nil
    }
    set {
      let key = ExactText(name)
      let index = position(of: key)
      let isPresent = index < pairs.count && pairs[index].key == key
      switch (isPresent, newValue) {
      case (true, let value?): pairs[index] = Label(name: name, value: value)
      case (false, let value?): pairs.insert(Label(name: name, value: value), at: index)
      case (true, nil): pairs.remove(at: index)
      case (false, nil): break
      }
    }
  }

  /// The index of `name`, or the index at which to insert it.
  private func position(of name: ExactText) -> Int {
    // Labels are usually sorted already: check the end before searching.
    if let last = pairs.last, last.key < name { return pairs.count }
    var low = 0
    var high = pairs.count
    while low < high {
      let middle = (low + high) / 2
      if pairs[middle].key < name { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

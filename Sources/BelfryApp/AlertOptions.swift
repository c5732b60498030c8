// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry

/// `--label k=v` or `--annotation k=v`.
struct LabelArgument: ExpressibleByArgument {
  let name: String
  let value: String

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
    name = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}

/// `--label k=v` or `--label k!=v`, where alerts are chosen by their labels.
struct LabelCondition: ExpressibleByArgument {
  let name: String
  let value: String
  let isNegated: Bool

  init?(argument: String) {
    guard let label = LabelArgument(argument: argument) else { return nil }
    isNegated = label.name.utf8.last == UInt8(ascii: "!")
    name = isNegated ? String(label.name.dropLast()) : label.name
    value = label.value
    if name.isEmpty { return nil }
  }
}

extension Labels {
  init(_ arguments: [LabelArgument]) {
    self.init(arguments.map { Label(name: $0.name, value: $0.value) })
  }
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry

/// `--label k=v`.
struct LabelArgument: ExpressibleByArgument {
  let name: String
  let value: String

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
    name = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}

extension Labels {
  init(_ arguments: [LabelArgument]) {
    self.init(arguments.map { Label(name: $0.name, value: $0.value) })
  }
}

// SPDX-License-Identifier: Apache-2.0
import PackagePlugin

@main struct NewChannel: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) throws {}
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import PackagePlugin

/// Registers every channel target that an executable depends on.
///
/// A channel target's folder is in a folder named `Channels`, in this package or another one.
@main
struct ChannelRegistry: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let channels = channels(of: target)
    // Two modules of this package have the list; only the one for other packages shows it.
    let isPublic = context.package.products(ofType: LibraryProduct.self).contains { product in
      product.targets.contains { $0.id == target.id }
    }
    for folder in isPublic ? unlisted(besides: channels, in: context.package) : [] {
      Diagnostics.warning(
        "\(folder.path) is not a target, so its channel is not in the program. Add \"\(folder.lastPathComponent)\" to the list "
          + "`channels` in Package.swift, or remove the folder."
      )
    }
    let output = context.pluginWorkDirectoryURL.appending(path: "LinkedChannels.swift")
    return [
      .buildCommand(
        displayName: "Registering the channels of \(target.name)",
        executable: try context.tool(named: "RegistryGenerator").url,
        arguments: ["--program", target.name, "--access", isPublic ? "public" : "internal", "--output", output.path]
          + channels.flatMap { ["--channel", "\($0.moduleName)=\($0.directoryURL.path)"] },
        inputFiles: channels.flatMap { $0.sourceFiles(withSuffix: "swift").map(\.url) },
        outputFiles: [output]
      )
    ]
  }

  private func channels(of target: any Target) -> [any SourceModuleTarget] {
    target.dependencies
      .flatMap { dependency -> [any Target] in
        switch dependency {
        case .target(let target): [target]
        case .product(let product): product.targets
        @unknown default: []
        }
      }
      .compactMap { $0 as? any SourceModuleTarget }
      .filter { $0.directoryURL.deletingLastPathComponent().lastPathComponent == "Channels" }
  }

  /// The folders beside those of the channels that are no target.
  private func unlisted(besides channels: [any SourceModuleTarget], in package: Package) -> [URL] {
    let listed = Set(channels.map(\.directoryURL.lastPathComponent))
    let parents = Set(channels.map { $0.directoryURL.deletingLastPathComponent().standardizedFileURL })
    return parents.filter { $0.path.hasPrefix(package.directoryURL.standardizedFileURL.path) }
      .flatMap { parent in
        // A folder that cannot be read fails the build elsewhere.
        (try? FileManager.default.contentsOfDirectory(at: parent, includingPropertiesForKeys: [.isDirectoryKey])) ?? []
      }
      .filter { $0.hasDirectoryPath && !listed.contains($0.lastPathComponent) }
      .sorted { $0.path < $1.path }
  }
}

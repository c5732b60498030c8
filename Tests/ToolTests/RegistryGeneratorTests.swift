// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

@testable import RegistryGenerator

@Suite("The registry generator")
struct RegistryGeneratorTests {
  @Test("lists the channels in the order of their types, and imports each module once")
  func lists() throws {
    let source = try RegistrySource(
      program: "BelfryApp",
      channels: [target("SlackDM"), target("File"), target("SMTP"), target("Pager", module: "AcmePager")]
    )
    #expect(
      source.text == """
        // Written at build time by the ChannelRegistry plugin, from the channel targets that BelfryApp depends on.
        // To add a channel, add its target to those dependencies; this file follows.
        public import Belfry
        internal import AcmePager
        internal import BelfryFile
        internal import BelfrySMTP
        internal import BelfrySlackDM

        extension [any NotificationChannel.Type] {
          /// The channel kinds that Belfry comes with.
          public static var builtIn: [any NotificationChannel.Type] {
            [
              FileChannel.self,
              PagerChannel.self,
              SMTPChannel.self,
              SlackDMChannel.self,
            ]
          }
        }

        """
    )
  }

  @Test("keeps the list inside its module if other packages do not use it")
  func access() throws {
    let source = try RegistrySource(program: "Kit", channels: [target("File")], isPublic: false)
    #expect(source.text.contains("internal import Belfry\n"))
    #expect(source.text.contains("  internal static var builtIn: "))
  }

  @Test("refuses two channels of one type, and names both modules")
  func twins() throws {
    let complaint = #expect(throws: Complaint.self) {
      try RegistrySource(program: "App", channels: [target("Pager"), target("Pager", module: "AcmePager")])
    }
    #expect(complaint?.message.contains("AcmePager and BelfryPager both declare `PagerChannel`") == true)
  }

  @Test(
    "recognises how a type is declared",
    arguments: [
      ("public struct PagerChannel: NotificationChannel {", true),
      ("  package struct PagerChannel {", true),
      ("public final class PagerChannel<T>: Base {", true),
      ("@frozen public enum PagerChannel {", true),
      ("struct PagerChannel {", false),
      ("fileprivate actor PagerChannel {", false),
      ("// public struct PagerChannel {", nil),
      ("/// A `struct PagerChannel`", nil),
      ("public struct PagerChannelSettings {", nil),
      ("public struct MyPagerChannel {", nil),
      ("extension PagerChannel {", nil),
      ("", nil),
      ("struct PagerChannel {\n}\n\npublic struct PagerChannel {}", true),
    ] as [(String, Bool?)]
  )
  func declarations(text: String, isVisible: Bool?) {
    #expect(ChannelTarget.access(of: "PagerChannel", in: text) == isVisible)
  }

  @Test("names the folder that lacks a type, and what to do")
  func missingType() throws {
    let folder = try TemporaryFolder()
    try folder.write("public struct BeeperChannel {}\n", to: "Channels/Pager/BeeperChannel.swift")
    let complaint = #expect(throws: Complaint.self) { try run(folder.url) }
    let message = try #require(complaint?.message)
    #expect(message.contains("/Channels/Pager"))
    #expect(message.contains(": error: "))
    #expect(message.contains("no Swift file here declares `PagerChannel`"))
    #expect(message.contains("or rename the folder"))
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "out.swift").path))
  }

  @Test("names the file of a type that is not public")
  func hiddenType() throws {
    let folder = try TemporaryFolder()
    try folder.write("struct PagerChannel {}\n", to: "Channels/Pager/PagerChannel.swift")
    let complaint = #expect(throws: Complaint.self) { try run(folder.url) }
    #expect(complaint?.message.contains("/Pager/PagerChannel.swift: error: `PagerChannel` is not visible") == true)
  }

  @Test("leaves an identical registry untouched, so that nothing is rebuilt")
  func unchanged() throws {
    let folder = try TemporaryFolder()
    try folder.write("public struct PagerChannel {}\n", to: "Channels/Pager/Deep/Pager.swift")
    try run(folder.url)
    let output = folder.url.appending(path: "out.swift")
    let past = Date(timeIntervalSince1970: 1_000_000)
    try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: output.path)
    try run(folder.url)
    let modified = try FileManager.default.attributesOfItem(atPath: output.path)[.modificationDate] as? Date
    #expect(modified == past)
    #expect(try folder.text("out.swift").contains("PagerChannel.self,"))
  }

  @Test(
    "refuses arguments that the plugin does not give",
    arguments: [
      [], ["--program", "App"], ["--program"], ["--program", "App", "--output", "x", "--channel", "Pager"],
      ["--kinds", "x"], ["--access", "open", "--program", "App", "--output", "x"],
    ]
  )
  func badArguments(arguments: [String]) {
    #expect(throws: Complaint.self) { try Invocation(arguments) }
  }

  private func target(_ kind: String, module: String? = nil) -> ChannelTarget {
    ChannelTarget(module: module ?? "Belfry\(kind)", folder: URL(filePath: "/Channels/\(kind)"))
  }

  private func run(_ folder: URL) throws {
    try Invocation([
      "--program", "App", "--output", folder.appending(path: "out.swift").path,
      "--channel", "BelfryPager=\(folder.appending(path: "Channels/Pager").path)",
    ]).run()
  }
}

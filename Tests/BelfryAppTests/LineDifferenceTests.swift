// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BelfryApp

@Suite("The difference between two texts")
struct LineDifferenceTests {
  @Test("is shown with the lines around it, like diff -u")
  func unified() {
    let old = (1...20).map { "line \($0)" }
    var new = old
    new[1] = "changed"
    new.remove(at: 17)
    let shown = LineDifference(from: old.joined(separator: "\n"), to: new.joined(separator: "\n") + "\n")
      .text(from: "version 1", to: "version 2")
    #expect(
      shown == """
        --- version 1
        +++ version 2
        @@ -1,5 +1,5 @@
         line 1
        -line 2
        +changed
         line 3
         line 4
         line 5
        @@ -15,6 +15,5 @@
         line 15
         line 16
         line 17
        -line 18
         line 19
         line 20
        """
    )
  }

  @Test("is empty for equal texts, and complete if one is empty")
  func edges() {
    #expect(LineDifference(from: "a\nb\n", to: "a\nb").text(from: "1", to: "2").isEmpty)
    #expect(LineDifference(from: "", to: "a").text(from: "1", to: "2") == "--- 1\n+++ 2\n@@ -0,0 +1,1 @@\n+a")
  }
}

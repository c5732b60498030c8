// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryServer

@Suite("Queries")
struct QueryTests {
  @Test("are decoded like a form")
  func query() throws {
    let query = Query("filter=a%3D%22b+c%22&filter=d%3De&active=false&x")
    #expect(query.all("filter") == [#"a="b c""#, "d=e"])
    #expect(try query.flag("active", otherwise: true) == false)
    #expect(try query.flag("silenced", otherwise: true))
    #expect(throws: Refusal.self) { try Query("active=maybe").flag("active", otherwise: true) }
    #expect(Query.decoded("100%") == "100%")
    #expect(Query.decoded("%+1%4a%4A%g1%-1") == "% 1JJ%g1%-1")
  }

  @Test(
    "with an invalid filter are refused with 400",
    arguments: ["filter=a", "filter=%7Ba%3Db", "filter=", "filter=a-b%3Db%2Cc%3Dd%21"]
  )
  func refused(query: String) {
    #expect(throws: Refusal.self) { try Query(query).matchers("filter") }
  }

  @Test("with more filters than a person writes are refused")
  func many() throws {
    let filters = Array(repeating: "filter=a%3Db", count: 32).joined(separator: "&")
    #expect(try Query(filters).matchers("filter").count == 32)
    #expect(throws: Refusal.self) { try Query(filters + "&filter=a%3Db").matchers("filter") }
  }
}
